"""Evaluations, the data behind them and the models, opened once and shared between sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.records import finished, loading
from dashboard.wording import Answer
from sentiment_core import models
from sentiment_core.classifiers.remote.classifier import RemoteClassifier
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from sentiment_core.classifiers.base import Classifier
    from sentiment_core.evaluation.records import Comparison, Evaluation


def evaluations() -> list[Evaluation]:
    """Return the finished evaluations, newest first; read from disk only when there is a new one."""
    from sentiment_core.evaluation import records as evaluation

    return finished.listed(evaluation.KIND, evaluation.list_evaluations)


@st.cache_resource(max_entries=16, show_spinner=False)
def open_evaluation(run_id: str) -> Evaluation:
    """Return an evaluation record; its frame is shared by all visitors: do not write into it."""
    from sentiment_core.evaluation import records as evaluation

    return evaluation.open_evaluation(run_id)


@st.cache_resource(max_entries=3, show_spinner="Reading the reviews")
def dataset(fingerprint: str) -> Dataset:
    """Return the prepared reviews of a data set that was evaluated; read-only, like `open_evaluation`."""
    from sentiment_core import data

    return data.by_fingerprint(fingerprint)


@st.cache_resource(max_entries=32, show_spinner="Comparing the two models on the same reviews")
def comparison(run_id_a: str, run_id_b: str) -> Comparison:
    """Return the paired comparison of two evaluations of the same reviews."""
    from sentiment_core.evaluation import records as evaluation

    return evaluation.compare(open_evaluation(run_id_a).frame, open_evaluation(run_id_b).frame)


def classifier(model_id: str) -> Classifier:
    """Return a trained model, shared by all visitors; waits where it is still being loaded."""
    started = loading.started(model_id)
    if started.done():
        return started.result()
    with st.spinner("Loading the model (first use)"):
        return started.result()


@st.cache_resource(max_entries=4, show_spinner=False)
def words(fingerprint: str) -> pd.Series[int]:
    """Return the number of words of every review of a data set, by its position."""
    from sentiment_core.evaluation import review_order

    return review_order.count_words(dataset(fingerprint).examples["text"])


@st.cache_resource(max_entries=4, show_spinner="Comparing with the training reviews")
def text_keys(fingerprint: str, split: str) -> pd.Series[int]:
    """Return `training_texts.keys` of a split's reviews by example_id: what tells who learned from them."""
    import pandas as pd

    from sentiment_core import training_texts

    rows = dataset(fingerprint).split(split)
    return pd.Series(training_texts.keys(rows["text"]), index=pd.Index(rows["example_id"].astype(str)))


@st.cache_resource(max_entries=4, show_spinner=False)
def sources(fingerprint: str) -> list[str]:
    """Return the sources of a data set's reviews, each once."""
    return sorted(map(str, dataset(fingerprint).examples["source"].dropna().unique()))


@st.cache_data(max_entries=512, show_spinner=False)
def ask(model_id: str, text: str) -> Answer:
    """Return a model's answer to one cleaned text; the seconds are those of the first time it was asked."""
    from sentiment_core.evaluation import prediction

    model = classifier(model_id)
    began = time.perf_counter()
    said = prediction.answer(model, [text])
    seconds = time.perf_counter() - began
    lost = bool(said.knows_nothing[0])
    prob, n_tokens = float(said.prob_positive[0]), int(said.n_tokens[0])
    return Answer(prob, n_tokens, model.max_tokens, seconds, lost, isinstance(model, RemoteClassifier))


def model_colours() -> dict[str, str]:
    """Return every model's colour, by its place on the shelf."""
    from dashboard import charts

    return charts.model_colours([card.model_id for card in models.list_models()])


def reviews_per_second(card: ModelCard, choice: DataChoice) -> float | None:
    """Return the model's speed when it was measured on these reviews."""
    found = evaluation_of(card.model_id, choice)
    speed = found.manifest.get("reviews_per_second") if found else None
    return float(speed) if speed else None


@dataclass(frozen=True)
class DataChoice:
    """One split of one data set that at least one model was evaluated on."""

    name: str
    fingerprint: str
    split: str
    n: int

    @property
    def key(self) -> str:
        """The short form used in the URL."""
        return f"{self.fingerprint}-{self.split}"

    @property
    def argument(self) -> str:
        """The value for a command's --data: a name that all installations know, else the fingerprint.

        A bare file name would be searched for in the server's folder.
        """
        from sentiment_core.data import DATASETS

        return self.name if self.name in DATASETS else self.fingerprint

    @property
    def short_title(self) -> str:
        """The form that fits into a picker: `imdb-embedded test`."""
        return f"{self.name} {self.split}"

    @property
    def title(self) -> str:
        """The form for people: `imdb-embedded test, 4,000 reviews`."""
        return f"{self.short_title}, {self.n:,} reviews"


def evaluation_of(model_id: str, choice: DataChoice) -> Evaluation | None:
    """Return the newest evaluation of a model on that split of that data set, if there is one."""
    wanted = (model_id, choice.fingerprint, choice.split)
    return next(
        (found for found in evaluations() if (found.model_id, found.fingerprint, found.split) == wanted), None
    )

"""What the pages remember: the selection (kept in session and URL) and every cached call into the core."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import finished
from dashboard.address import Address
from dashboard.batch import Pieces, Upload, read_upload
from dashboard.verdicts import Answer
from sentiment_core import models
from sentiment_core.schema import Dataset

if TYPE_CHECKING:
    from sentiment_core.classifiers.base import Classifier
    from sentiment_core.evaluation import Comparison, Evaluation
    from sentiment_core.models import ModelCard

#: Session keys of the sidebar's pickers; each is also a query parameter of the same name.
DATA, MODEL_A, MODEL_B = "data", "model_a", "model_b"
SHARED = (DATA, MODEL_A, MODEL_B)
ADDRESS = Address("shared", SHARED)
#: The page that was shown last.
_PAGE = "_page"

#: Threads that prediction on a page may use; the workers of jobs set their own.
PAGE_THREADS = 2


@dataclass(frozen=True)
class DataChoice:
    """One split of one data set that at least one model was evaluated on."""

    name: str
    fingerprint: str
    split: str
    n: int

    @property
    def key(self) -> str:
        """The short form that stands in the URL."""
        return f"{self.fingerprint}-{self.split}"

    @property
    def argument(self) -> str:
        """What a command takes as --data: a name that all installations know, else the fingerprint.

        The name alone of a file would be looked for in the server's folder.
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


@dataclass(frozen=True)
class Selection:
    """What is chosen in the sidebar; any of it is None where the workspace has nothing to choose."""

    data: DataChoice | None
    model_a: ModelCard | None
    model_b: ModelCard | None

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The chosen models' ids, A first."""
        return tuple(card.model_id for card in (self.model_a, self.model_b) if card)


def selection() -> Selection:
    """Return what the sidebar has chosen; `navigation.draw_sidebar` has run before any page does."""
    shelf = {card.model_id: card for card in models.list_models()}
    choices = {choice.key: choice for choice in data_choices()}
    get = st.session_state.get
    return Selection(choices.get(get(DATA, "")), shelf.get(get(MODEL_A, "")), shelf.get(get(MODEL_B, "")))


def data_choices() -> list[DataChoice]:
    """Return the data sets that models on the shelf were measured on.

    Those that models learned from come first, then the most measured ones.
    """
    shelf = tuple(card.model_id for card in models.list_models())
    return list(_choices(finished.folders("evaluation"), shelf, tuple(sorted(_learned_from()))))


@st.cache_resource(max_entries=4, show_spinner=False)
def _choices(folders: tuple[str, ...], shelf: tuple[str, ...], learned: tuple[str, ...]) -> list[DataChoice]:
    counts = Counter(_data_choice(found) for found in evaluations() if found.model_id in shelf)
    return sorted(counts, key=lambda choice: (choice.fingerprint not in learned, -counts[choice]))


def is_home_ground(choice: DataChoice) -> bool:
    """Whether the brief's targets speak of these reviews: IMDb's, or those that a model learned from."""
    return "imdb" in choice.name.lower() or choice.fingerprint in _learned_from()


def _learned_from() -> set[str]:
    return {str(card.trained_on.get("fingerprint")) for card in models.list_models()}


def _data_choice(evaluation: Evaluation) -> DataChoice:
    record = evaluation.manifest["data"]
    return DataChoice(record["name"], record["fingerprint"], record["split"], int(record["n"]))


def evaluation_of(model_id: str, choice: DataChoice) -> Evaluation | None:
    """Return the newest evaluation of a model on that split of that data set, if there is one."""
    wanted = (model_id, choice.fingerprint, choice.split)
    return next(
        (found for found in evaluations() if (found.model_id, found.fingerprint, found.split) == wanted), None
    )


def evaluations() -> list[Evaluation]:
    """Return the finished evaluations, newest first; read from disk only when there is a new one."""
    from sentiment_core import evaluation

    return finished.listed(evaluation.KIND, evaluation.list_evaluations)


# --- the address bar -----------------------------------------------------------------------------


def adopt_url(page: str) -> None:
    """Let the sidebar say what a link that was followed says; what the link leaves out is at its default."""
    asked = ADDRESS.followed(arrived=st.session_state.get(_PAGE) != page)
    st.session_state[_PAGE] = page
    if asked is None:
        return
    for name in SHARED:
        value = asked.get(name)
        st.session_state[name] = models.aliases().get(value, value) if value and name != DATA else value


def write_url() -> None:
    """Put the choice into the address once somebody chose; ids, since an alias moves."""
    ADDRESS.write(shared_params())


def shared_params() -> dict[str, str]:
    """Return the choice as query parameters, for links to other pages."""
    return {name: st.session_state[name] for name in SHARED if st.session_state.get(name)}


# --- cached calls: by id, since finished runs and models never change ----------------------------


@st.cache_resource(max_entries=16, show_spinner=False)
def open_evaluation(run_id: str) -> Evaluation:
    """Return an evaluation record; its frame is shared by all visitors, so nobody writes into it."""
    from sentiment_core import evaluation

    return evaluation.open_evaluation(run_id)


@st.cache_resource(max_entries=3, show_spinner="Reading the reviews")
def dataset(fingerprint: str) -> Dataset:
    """Return the prepared reviews of a data set that was evaluated; read-only, like `open_evaluation`."""
    from sentiment_core import data

    return data.by_fingerprint(fingerprint)


@st.cache_resource(max_entries=32, show_spinner="Comparing the two models on the same reviews")
def comparison(run_id_a: str, run_id_b: str) -> Comparison:
    """Return the paired comparison of two evaluations of the same reviews."""
    from sentiment_core import evaluation

    return evaluation.compare(open_evaluation(run_id_a).frame, open_evaluation(run_id_b).frame)


@st.cache_resource(max_entries=6, show_spinner="Loading the model")
def classifier(model_id: str) -> Classifier:
    """Return a trained model, loaded once for all visitors, and warm: its first answer takes no longer."""
    if models.resolve(model_id).family == "transformer":
        _limit_torch_threads()
    loaded = models.load_model(model_id)
    loaded.predict_proba(["warm up"])
    return loaded


@st.cache_data(max_entries=512, show_spinner=False)
def ask(model_id: str, text: str) -> Answer:
    """Return a model's answer to one cleaned text; the seconds are those of the first time it was asked."""
    model = classifier(model_id)
    began = time.perf_counter()
    prob_positive = float(model.predict_proba([text])[0, 1])
    seconds = time.perf_counter() - began
    return Answer(prob_positive, int(model.token_counts([text])[0]), model.max_tokens, seconds)


@st.cache_data(max_entries=4, show_spinner="Reading the file")
def uploaded(content: bytes, filename: str, text_column: str | None) -> Upload:
    """Return an uploaded table of texts; DataError names the row or column that cannot be read."""
    return read_upload(content, filename, text_column)


@st.cache_resource(max_entries=8, show_spinner=False)
def batch_pieces(digest: str, model_id: str) -> Pieces:
    """Return what is answered so far of an uploaded file; filled in place, for who comes back."""
    return {}


@st.cache_resource(show_spinner=False)
def _limit_torch_threads() -> int:
    """Set torch's threads once: its default, one a core for every visitor at once, makes all of them slow."""
    import torch

    torch.set_num_threads(PAGE_THREADS)
    return PAGE_THREADS


def model_colours() -> dict[str, str]:
    """Return every model's colour, by its place on the shelf."""
    from dashboard import charts

    return charts.model_colours([card.model_id for card in models.list_models()])

"""What the pages read of one review: what is kept of it, and what models say, once for all visitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.records import attacks, bias, evaluations, probings, slices
from dashboard.records.evaluations import DataChoice
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.errors import ReelcheckError
from sentiment_core.storage import workspace

if TYPE_CHECKING:
    from attacks.passport.answers import Answer, Folds
    from attacks.passport.stress import Attacked, Changed
    from sentiment_core.data.finding import Review
    from sentiment_core.embeddings.neighbors import Neighbor
    from sentiment_core.evaluation.records import Evaluation
    from sentiment_core.explanation.base import Explainer
    from sentiment_core.explanation.fewest import Fewest
    from sentiment_core.labels.votes import Ballot
    from sentiment_core.models import ModelCard
    from sentiment_core.uncertainty.disagreement import Disagreement


@st.cache_resource(max_entries=256, show_spinner=False)
def review(fingerprint: str, example_id: str) -> Review:
    """Return a review of a data set that was evaluated; DataError where it has none of that id."""
    from sentiment_core.data.finding import review_of

    return review_of(evaluations.dataset(fingerprint), example_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def ids(fingerprint: str, split: str) -> list[str]:
    """Return the ids of a split's reviews, in order."""
    return [str(name) for name in evaluations.dataset(fingerprint).split(split)["example_id"]]


def id_of(fingerprint: str, text: str) -> str | None:
    """Return the id of the first review of exactly this text; None where there is none."""
    return _ids_by_text(fingerprint).get(text)


@st.cache_resource(max_entries=3, show_spinner=False)
def _ids_by_text(fingerprint: str) -> dict[str, str]:
    rows = evaluations.dataset(fingerprint).examples.drop_duplicates("text")
    return dict(zip(rows["text"].astype(str), rows["example_id"].astype(str), strict=True))


@st.cache_resource(max_entries=8, show_spinner=False)
def most_wrong(run_id: str) -> str:
    """Return the id of the review that an evaluation's model gets most wrong."""
    from sentiment_core.metrics.calibration import row_log_loss

    frame = evaluations.open_evaluation(run_id).frame
    losses = row_log_loss(frame["label"].to_numpy("int64"), frame["prob_positive"].to_numpy("float64"))
    return str(frame["example_id"].iloc[int(losses.argmax())])


# --- answers -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What the models say: the answers, and the models that were not asked, as loading them takes long."""

    answers: list[Answer]
    not_asked: list[ModelCard]


def is_quick(card: ModelCard) -> bool:
    """Whether a model is asked in no time, and here."""
    return not FAMILIES[card.family].asked_when_wanted


def is_ready(card: ModelCard) -> bool:
    """Whether a model may be asked at once: it is quick, or this visitor has waited for it before."""
    return is_quick(card) or card.model_id in _asked_for()


def load(card: ModelCard) -> None:
    """Let a slow model be loaded, for all pages that this visitor opens."""
    _asked_for().add(card.model_id)


def _asked_for() -> set[str]:
    found: set[str] = st.session_state.setdefault("_review_loaded", set())
    return found


def answers(fingerprint: str, example_id: str, split: str) -> Said:
    """Return every model's answer: the kept one, else asked now where the model is ready."""
    found, missing = [], []
    for card in models.list_models():
        kept = evaluations.evaluation_of(card.model_id, DataChoice("", fingerprint, split, 0))
        answer = _answer(card.model_id, fingerprint, example_id, kept.run_id if kept else "", is_ready(card))
        if answer is None:
            missing.append(card)
        else:
            found.append(answer)
    return Said(found, missing)


@st.cache_resource(max_entries=512, show_spinner=False)
def _answer(model_id: str, fingerprint: str, example_id: str, run_id: str, ready: bool) -> Answer | None:
    from attacks.passport import answers as said

    card, asked = models.resolve(model_id), review(fingerprint, example_id)
    try:
        found = said.kept_answer(card, evaluations.open_evaluation(run_id), asked) if run_id else None
        if found is None and ready:
            found = said.asked_now(card, evaluations.classifier(model_id), asked)
        if found is None:
            return None
        best = _best_evaluation(model_id, fingerprint, asked.split)
        return said.with_worth(found, best, example_id, slices.seen(best.run_id) if best else None)
    except ReelcheckError:
        return None  # the frame of the page says what is damaged


def _best_evaluation(model_id: str, fingerprint: str, split: str) -> Evaluation | None:
    from sentiment_core.evaluation.worth import evaluation_for

    found = evaluation_for(model_id, fingerprint, split)
    return evaluations.open_evaluation(found.run_id) if found else None


@st.cache_resource(max_entries=16, show_spinner="Looking for suspect labels")
def _suspected(run_id: str) -> dict[str, str] | None:
    from attacks.passport import answers as said

    return said.suspected(evaluations.open_evaluation(run_id))


def _folds(model_id: str, fingerprint: str, split: str) -> Folds | None:
    """Return what models fitted out of fold said; what is not there yet is looked for again."""
    if not workspace.cache_folder("out_of_fold").is_dir():
        return None
    try:
        return _kept_folds(model_id, fingerprint, split)
    except LookupError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept_folds(model_id: str, fingerprint: str, split: str) -> Folds:
    from attacks.passport import answers as said

    found = said.folds_of(models.resolve(model_id), evaluations.dataset(fingerprint), split)
    if found is None:
        raise LookupError("not fitted yet")  # an exception is not cached
    return found


def disagreement(found: list[Answer]) -> Disagreement | None:
    """Return how far the models disagree."""
    from attacks.passport import answers as said

    return said.disagreement(found)


def ballot(
    choice: DataChoice, asked: Review, found: list[Answer], near: list[Neighbor], known: bool
) -> Ballot:
    """Return the votes on the review's label; `known`: whether the nearest reviews are known."""
    from attacks.passport import answers as said
    from sentiment_core.labels import verdicts, votes

    voters = [
        said.as_voter(
            one,
            asked.example_id,
            _suspected(one.run_id) if one.run_id else None,
            _folds(one.model_id, choice.fingerprint, asked.split) if one.seen != "" else None,
        )
        for one in found
    ]
    current = verdicts.current(choice.fingerprint)
    mine: pd.DataFrame = current[current["example_id"] == asked.example_id]
    return votes.ballot(asked.label, voters, mine, [one.label for one in near] if known else None)


# --- nearest reviews ---------------------------------------------------------------------------------


def missing_vectors(fingerprint: str) -> list[str]:
    """Return the splits whose vectors are not made yet."""
    from attacks.passport import passport

    return passport.missing_vectors(evaluations.dataset(fingerprint))


def nearest(fingerprint: str, example_id: str) -> tuple[list[Neighbor], bool]:
    """Return the nearest reviews, and whether vectors were compared: else only equal texts are known."""
    missing = tuple(missing_vectors(fingerprint))
    return _nearest(fingerprint, example_id, missing)


@st.cache_resource(max_entries=128, show_spinner=False)
def _nearest(fingerprint: str, example_id: str, missing: tuple[str, ...]) -> tuple[list[Neighbor], bool]:
    from attacks.passport import passport
    from sentiment_core.embeddings import neighbors

    dataset, asked = evaluations.dataset(fingerprint), review(fingerprint, example_id)
    if asked.split in missing:
        return neighbors.equal_texts(asked.text, dataset.examples, example_id), False
    return passport.nearest(dataset, asked), True


@st.cache_data(max_entries=16, show_spinner=False)
def seconds_of_vectors(fingerprint: str, split: str) -> float:
    """Return about how long making the vectors of a split takes."""
    from sentiment_core import embeddings

    return embeddings.seconds(evaluations.dataset(fingerprint).split(split)["text"].tolist())


# --- one model ---------------------------------------------------------------------------------------


def passes(model_id: str, text: str) -> Disagreement | None:
    """Return how far passes with dropout disagree, where that was computed."""
    from sentiment_core.uncertainty import dropout

    return dropout.find_kept(model_id, text)


def may_have_dropout(card: ModelCard) -> bool:
    """Whether a model's family is one of torch networks, which alone can be asked with dropout."""
    return FAMILIES[card.family].further is not None


def has_dropout(model_id: str) -> bool:
    """Whether passes of a model with dropout can be had."""
    from sentiment_core.uncertainty import dropout

    return not dropout.lacking(evaluations.classifier(model_id))


def seconds_of_one(model_id: str, text: str) -> float:
    """Return about how long one answer of a model to a text takes."""
    return _seconds_of_one(model_id, text)


@st.cache_data(max_entries=256, show_spinner=False)
def _seconds_of_one(model_id: str, text: str) -> float:
    from sentiment_core.explanation.explaining import seconds_of_prediction

    return seconds_of_prediction(evaluations.classifier(model_id), text)


def kept_fewest(model_id: str, text: str) -> Fewest | None:
    """Return the fewest words whose removal turns a model's answer, where they were searched."""
    from sentiment_core.explanation import fewest

    return fewest.find_kept(model_id, _guide(model_id).name, text, _queries(model_id))


def search_fewest(model_id: str, text: str) -> Fewest:
    """Search them now, and keep what is found."""
    from sentiment_core.explanation import fewest

    return fewest.fewest_of(evaluations.classifier(model_id), text, _guide(model_id), _queries(model_id))


def seconds_of_fewest(model_id: str, text: str) -> float:
    """Return about how long that takes at most."""
    return _queries(model_id) * seconds_of_one(model_id, text)


def _queries(model_id: str) -> int:
    from sentiment_core.explanation import fewest

    return fewest.queries_for(evaluations.classifier(model_id))


def _guide(model_id: str) -> Explainer:
    from sentiment_core.explainers import explainers_for

    return next(iter(explainers_for(evaluations.classifier(model_id)).values()))


# --- runs --------------------------------------------------------------------------------------------


def attacks_on(fingerprint: str, example_id: str) -> list[Attacked]:
    """Return what the kept attacks made of a review."""
    from attacks.passport import stress

    runs = [attacks.open_run(run.run_id) for run in attacks.list_runs() if example_id in run.spec.example_ids]
    return stress.attacks_on(fingerprint, example_id, runs, attacks.verdicts)


def changes_of(fingerprint: str, example_id: str) -> list[Changed]:
    """Return the changed copies of a review that models were asked about in probes and bias reports."""
    from attacks.passport import stress

    return stress.changes_of(fingerprint, example_id, probings.list_runs(), bias.list_runs())


def traits(asked: Review, found: list[Answer]) -> tuple[dict[str, str], dict[str, object]]:
    """Return the slices that a review is in, with their titles, and what can be counted in it."""
    from attacks.passport import traits as of_review

    counted = of_review.counted(asked, found)
    return of_review.slices_of(asked, counted), of_review.figures(counted)

"""What the Evaluate page shows: threshold, costs, bins and filters; and its cached figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements.measured import Measured
from dashboard.records import abstention, attacks, evaluations, slices
from dashboard.session import desk_place
from dashboard.session.address import Address
from dashboard.session.desk_place import read_threshold
from dashboard.session.reader import Reader
from sentiment_core import languages
from sentiment_core.abstention import risk_coverage as curves
from sentiment_core.calibration.scaling import Scaling
from sentiment_core.evaluation import breakdowns, operating_points
from sentiment_core.evaluation import suggestions as suggesting
from sentiment_core.evaluation.comparison import Comparison
from sentiment_core.evaluation.review_order import ABOUT_REVIEWS, Filters
from sentiment_core.metrics import METRICS
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice
    from sentiment_core.abstention.conformal import Sets
    from sentiment_core.abstention.thresholds import Held, Rule

#: Session keys of the widgets.
THRESHOLD, TYPED = "evaluate_threshold", "evaluate_threshold_typed"
COST_FP, COST_FN, BINS = "evaluate_cost_fp", "evaluate_cost_fn", "evaluate_bins"
ERRORS, ATTACK = "evaluate_errors", "evaluate_attack"
#: How probabilities are binned, by their word in the address.
BINNINGS = {"width": "equal width", "mass": "equal number of reviews"}
#: Places whose value is a word, not a number.
WORDS = ("bins", "attack")
NO_ATTACK = "none"
HIGHEST_COST = suggesting.HIGHEST_COST

#: The columns of the table of suggested thresholds, after the model.
SUGGESTED = ("rule", "threshold", "F1", "false positives", "false negatives", "cost per review")

COUNT_METRICS = tuple(name for name, metric in METRICS.items() if metric.counts)
PROBABILITY_METRICS = tuple(name for name in METRICS if name not in COUNT_METRICS)


@dataclass(frozen=True)
class Place:
    """What the page shows: threshold, what errors cost, bins, errors of a model that abstains, and filters.

    `attack` is the recipe under which abstaining is shown: "" for the newest there is, `NO_ATTACK` for none.
    """

    threshold: float = 0.5
    cost_fp: float = 1.0
    cost_fn: float = 1.0
    bins: str = "width"
    errors: float = abstention.USUAL
    attack: str = ""
    filters: Filters = Filters(outcome="all")

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        own = {
            name: str(getattr(self, name)) if name in WORDS else f"{getattr(self, name):g}"
            for name in OWN_PARAMS
            if getattr(self, name) != getattr(Place, name)
        }
        about = self.filters.about_reviews.to_params()
        return own | {name: value for name, value in about.items() if name in ABOUT_REVIEWS}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default, since people edit URLs."""
        bins = params.get("bins", "")
        return cls(
            round(read_threshold(params.get("threshold")), 3),
            _cost(params.get("cost_fp")),
            _cost(params.get("cost_fn")),
            bins if bins in BINNINGS else "width",
            _errors(params.get("errors")),
            params.get("attack", ""),
            Filters.from_params(params).about_reviews,
        )


def _errors(given: str | None) -> float:
    return next((rate for rate in abstention.ERROR_RATES if f"{rate:g}" == given), abstention.USUAL)


def _cost(given: str | None) -> float:
    try:
        cost = float(given) if given else 1.0
    except ValueError:
        return 1.0
    return cost if 0 <= cost <= HIGHEST_COST else 1.0


OWN_PARAMS = ("threshold", "cost_fp", "cost_fn", "bins", "errors", "attack")
READER = Reader("evaluate_place", Address("evaluate", (*OWN_PARAMS, *ABOUT_REVIEWS)), Place())
here = READER.here


def adopt() -> Place:
    """Return what is shown: what a control was set to, else what the address says."""
    READER.follow(Place.from_params, arrived=THRESHOLD not in st.session_state)
    return here()


def go(**changes: Any) -> None:
    """Show something else because a control was used."""
    READER.go(replace(here(), **changes))


def settle() -> None:
    """Put what is shown into the address, where a control was used."""
    READER.settle(here())


def costs() -> tuple[float, float]:
    """Return what a false positive and a false negative cost; 1 each by default."""
    return here().cost_fp, here().cost_fn


@dataclass(frozen=True)
class Reviews:
    """Which reviews the figures are of: those of one evaluation, or of two, that pass filters.

    `defined` are the filters' slices as they are now, since a user may change theirs.
    """

    run_a: str
    run_b: str | None
    filters: Filters
    defined: tuple[OwnSlice, ...]

    @property
    def ids(self) -> pd.Index:
        """The reviews' ids."""
        rows = desk_place.rows(self.run_a, self.run_b, 0.5)
        return pd.Index(
            rows["example_id"].iloc[desk_place.matching(self.run_a, self.run_b, 0.5, self.filters)]
        )

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a model's answers to these reviews, in the frame's order."""
        return frame[frame["example_id"].isin(self.ids)].reset_index(drop=True)


#: None: all reviews.
Kept = Reviews | None


@dataclass(frozen=True)
class Rescaled:
    """Other probabilities of the same weights: calibrated ones of a model's own, or its own of calibrated."""

    scaling: Scaling
    undo: bool

    def of(self, prob_positive: np.ndarray) -> np.ndarray:
        """Return the other probabilities of these."""
        return self.scaling.undone(prob_positive) if self.undo else self.scaling.of(prob_positive)


@dataclass(frozen=True)
class Selective:
    """Accuracy on all reviews, and on the surest 80 % of them."""

    everything: Estimate
    surest: Estimate

    @classmethod
    def of(cls, y_true: np.ndarray, prob_positive: np.ndarray) -> Selective:
        """Return both."""
        return cls(*(curves.selective_accuracy(y_true, prob_positive, share) for share in (1.0, 0.8)))


@dataclass(frozen=True)
class Abstaining:
    """A threshold and conformal sets for the same error rate, with what they do on the reviews shown."""

    rule: Rule
    held: Held
    sets: Sets


@dataclass(frozen=True)
class UnderAttack:
    """Labels and probabilities of attacked texts, and accuracy at each share that is answered."""

    answers: tuple[np.ndarray, np.ndarray]
    curve: pd.DataFrame
    selective: Selective


def kept(models: Sequence[Measured], filters: Filters) -> Kept:
    """Return which reviews the figures are of; None where the filters leave none out."""
    if not filters.narrowed_reviews:
        return None
    run_b = models[1].run_id if len(models) > 1 else None
    return Reviews(models[0].run_id, run_b, filters, slices.defined(filters.slices))


# --- cached figures: a run never changes, so its id and the threshold name everything ------------


@st.cache_resource(max_entries=16, show_spinner=False)
def sweep(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return counts and metrics at every thousandth of a threshold, so that the slider only looks them up."""
    return suggesting.sweep(*_answers(run_id, reviews))


def at(run_id: str, threshold: float, reviews: Kept = None) -> dict[str, Any]:
    """Return the sweep's row of a threshold: threshold, tn, fp, fn, tp and the metrics of these counts."""
    return suggesting.at(sweep(run_id, reviews), threshold)


@st.cache_resource(max_entries=16, show_spinner=False)
def roc(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return the points of the ROC curve."""
    return operating_points.roc_points(*_answers(run_id, reviews))


@st.cache_resource(max_entries=16, show_spinner=False)
def precision_recall(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return the points of the precision-recall curve."""
    return operating_points.precision_recall_points(*_answers(run_id, reviews))


@st.cache_resource(max_entries=32, show_spinner=False)
def reliability(
    run_id: str, equal_mass: bool, reviews: Kept = None, rescaled: Rescaled | None = None
) -> pd.DataFrame:
    """Return the reliability table, of other probabilities of the same weights where they are given."""
    labels, prob = _answers(run_id, reviews)
    prob = prob if rescaled is None else rescaled.of(prob)
    return operating_points.reliability_table(labels, prob, equal_mass=equal_mass)


@st.cache_data(max_entries=64, show_spinner=False)
def calibration_errors(run_id: str, reviews: Kept, rescaled: Rescaled) -> dict[str, Estimate]:
    """Return ECE of other probabilities of the same weights."""
    from sentiment_core.evaluation import records

    frame = _frame(run_id, reviews)
    prob = rescaled.of(frame["prob_positive"].to_numpy(np.float64))
    return records.score(frame.assign(prob_positive=prob), metrics=("ece", "ece_mass"))


@st.cache_resource(max_entries=32, show_spinner=False)
def risk_coverage(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return accuracy at each share of the reviews that is answered."""
    return curves.curve(*_answers(run_id, reviews))


@st.cache_data(max_entries=128, show_spinner=False)
def selective(run_id: str, reviews: Kept = None) -> Selective:
    """Return accuracy on the surest reviews, and on all."""
    return Selective.of(*_answers(run_id, reviews))


@st.cache_data(max_entries=256, show_spinner=False)
def abstaining(run_id: str, fitted_to: str, error_rate: float, reviews: Kept = None) -> Abstaining:
    """Return the rules that another evaluation's reviews give for an error rate, and how they do on these."""
    from sentiment_core.abstention import conformal, thresholds

    fitting, answers = abstention.fitting(fitted_to), _answers(run_id, reviews)
    rule, largest = fitting.rule(error_rate), fitting.largest_score(1 - error_rate)
    return Abstaining(rule, thresholds.held(rule, *answers), conformal.figures(*answers, largest))


def attacks_on(models: Sequence[Measured]) -> dict[str, dict[str, str]]:
    """Return, by recipe, the newest finished run on these reviews' data by model id; the newest recipe first.

    Without runs that edit by chance, and texts that were typed.
    """
    first = models[0].evaluation
    wanted = {"fingerprint": first.fingerprint, "split": first.split}
    ids, found = {model.card.model_id for model in models}, dict[str, dict[str, str]]()
    for run in attacks.list_runs():
        on = {name: run.spec.data.get(name) for name in wanted}
        if run.finished and run.spec.model_id in ids and on == wanted and not attacks.is_baseline(run):
            found.setdefault(run.spec.recipe, {}).setdefault(run.spec.model_id, run.run_id)
    return found


@st.cache_resource(max_entries=32, show_spinner=False)
def under_attack(run_id: str) -> UnderAttack:
    """Return how a model that abstains answers a run's texts; it never changes once it is finished."""
    from attacks.figures import selective as answers_to

    frame = answers_to.answers(attacks.open_run(run_id).records)
    answers = frame["label"].to_numpy(np.int64), frame["attacked"].to_numpy(np.float64)
    return UnderAttack(answers, curves.curve(*answers), Selective.of(*answers))


def operating_points_table(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return both curves at every twentieth of a threshold: the plain table beside the charts."""
    rows = sweep(run_id, reviews).iloc[::50]
    false_positive_rate = rows["fp"] / (rows["fp"] + rows["tn"])
    return rows[["threshold", "recall", "precision"]].assign(false_positive_rate=false_positive_rate)


def suggestions(run_id: str, cost_fp: float, cost_fn: float, reviews: Kept = None) -> dict[str, float]:
    """Return the thresholds that a model's answers suggest, by what each one optimizes."""
    return suggesting.suggested(sweep(run_id, reviews), cost_fp, cost_fn)


def suggestions_table(
    models: Sequence[Measured], cost_fp: float, cost_fn: float, reviews: Kept = None
) -> pd.DataFrame:
    """Return the results of each suggested threshold of each model, and of 0.5."""
    rows = [
        {"model": model.name, **_as_columns(outcome)}
        for model in models
        for outcome in suggesting.outcomes(sweep(model.run_id, reviews), cost_fp, cost_fn)
    ]
    return pd.DataFrame(rows)


def _as_columns(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return an outcome under the titles of its columns, F1 in percent."""
    shown = {**outcome, "F1": 100 * outcome["f1"]}
    return {name: shown[name.replace(" ", "_")] for name in SUGGESTED}


@st.cache_resource(max_entries=16, show_spinner=False)
def scores(run_id: str, reviews: Kept = None) -> pd.DataFrame:
    """Return the number of reviews of each label by probability."""
    return operating_points.score_histogram(*_answers(run_id, reviews))


@st.cache_data(max_entries=64, show_spinner=False)
def metrics(run_id: str, reviews: Kept = None) -> dict[str, Estimate]:
    """Return every metric at one half: of all reviews as it was recorded."""
    from sentiment_core.evaluation import records

    record = evaluations.open_evaluation(run_id)
    return record.metrics if reviews is None else records.score(_frame(run_id, reviews))


@st.cache_data(max_entries=512, show_spinner=False)
def metrics_at(run_id: str, threshold: float, reviews: Kept = None) -> dict[str, Estimate]:
    """Return every metric at a threshold; those that do not depend on it are those at one half."""
    from sentiment_core.evaluation import records

    now = records.score(_frame(run_id, reviews), threshold, metrics=COUNT_METRICS)
    return metrics(run_id, reviews) | now


@st.cache_resource(max_entries=256, show_spinner=False)
def comparison_at(run_a: str, run_b: str, threshold: float, reviews: Kept = None) -> Comparison:
    """Return the paired comparison at a threshold, of the metrics that depend on it."""
    from sentiment_core.evaluation import records

    frame_a, frame_b = (_frame(run_id, reviews) for run_id in (run_a, run_b))
    return records.compare(frame_a, frame_b, threshold, metrics=COUNT_METRICS)


@st.cache_resource(max_entries=32, show_spinner=False)
def comparison_under_way(run_a: str, run_b: str, reviews: Kept = None) -> Future[Comparison]:
    """Start the paired comparison of the metrics that do not depend on the threshold.

    It takes seconds for many reviews.

    In a thread, which uses no Streamlit, so that the slider stays responsive.
    """
    from sentiment_core.evaluation import records

    frames = [_frame(run_id, reviews) for run_id in (run_a, run_b)]
    return _pool().submit(records.compare, *frames, metrics=PROBABILITY_METRICS)


@st.cache_resource(show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="comparison")


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_length(run_id: str, threshold: float, reviews: Kept = None) -> pd.DataFrame:
    """Return accuracy by the number of words, a unit that all models share."""
    record = evaluations.open_evaluation(run_id)
    frame = _frame(run_id, reviews)
    words = _words(record.fingerprint).reindex(frame["example_id"])
    return breakdowns.accuracy_by_length(frame, words, threshold=threshold)


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_truncation(run_id: str, threshold: float, reviews: Kept = None) -> pd.DataFrame:
    """Return accuracy of reviews that are read in full and of those cut at the model's limit."""
    return breakdowns.accuracy_by_truncation(_frame(run_id, reviews), threshold)


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_language(run_id: str, threshold: float, reviews: Kept = None) -> pd.DataFrame:
    """Return accuracy by the data's language column; no rows where there is no such column."""
    record = evaluations.open_evaluation(run_id)
    frame = _frame(run_id, reviews)
    named = _languages(record.fingerprint).reindex(frame["example_id"])
    return breakdowns.accuracy_by_language(frame, named, threshold)


@st.cache_resource(max_entries=4, show_spinner=False)
def _languages(fingerprint: str) -> pd.Series:
    examples = evaluations.dataset(fingerprint).examples
    said = languages.of_column(examples)
    named = pd.Series(None, examples.index, dtype="string") if said is None else said
    return named.map(languages.title_of, na_action="ignore").set_axis(examples["example_id"])


def _words(fingerprint: str) -> pd.Series:
    examples = evaluations.dataset(fingerprint).examples
    return evaluations.words(fingerprint).set_axis(examples["example_id"])


def _answers(run_id: str, reviews: Kept) -> tuple[np.ndarray, np.ndarray]:
    frame = _frame(run_id, reviews)
    return frame["label"].to_numpy(dtype=np.int64), frame["prob_positive"].to_numpy(dtype=np.float64)


def _frame(run_id: str, reviews: Kept) -> pd.DataFrame:
    """Return a model's answers to the reviews that are kept; read-only."""
    frame = evaluations.open_evaluation(run_id).frame
    return frame if reviews is None else _filtered(run_id, reviews)


@st.cache_resource(max_entries=16, show_spinner=False)
def _filtered(run_id: str, reviews: Reviews) -> pd.DataFrame:
    return reviews.of(evaluations.open_evaluation(run_id).frame)

"""The Evaluate page's state, the threshold and the costs; and its cached figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements.measured import Measured
from dashboard.records import evaluations
from dashboard.session.address import Address
from dashboard.session.desk_place import read_threshold
from sentiment_core import languages
from sentiment_core.evaluation import breakdowns, operating_points
from sentiment_core.evaluation.comparison import Comparison
from sentiment_core.metrics import METRICS
from sentiment_core.schema import Estimate

#: Session keys. Streamlit forgets a widget's value when another page is shown; the kept copy stays.
THRESHOLD, COST_FP, COST_FN = "evaluate_threshold", "evaluate_cost_fp", "evaluate_cost_fn"
_KEPT = "_threshold_kept"
PARAM = "threshold"
ADDRESS = Address("threshold", (PARAM,))

COUNT_METRICS = tuple(name for name, metric in METRICS.items() if metric.counts)
PROBABILITY_METRICS = tuple(name for name in METRICS if name not in COUNT_METRICS)


def adopt_threshold() -> float:
    """Return the threshold: what the slider or a button was set to, else what the address says."""
    asked = ADDRESS.followed(arrived=THRESHOLD not in st.session_state)
    if asked is not None:
        st.session_state[THRESHOLD] = round(read_threshold(asked.get(PARAM)), 3)
    st.session_state.setdefault(THRESHOLD, st.session_state.get(_KEPT, 0.5))
    return float(st.session_state[THRESHOLD])


def write_threshold(threshold: float) -> None:
    """Remember the threshold and, where it was moved here, put it into the address unless it is one half."""
    st.session_state[_KEPT] = threshold
    ADDRESS.write({} if threshold == 0.5 else {PARAM: f"{threshold:g}"})


def threshold_moved() -> None:
    """Note that the slider was used in this run, so that the address does not win."""
    ADDRESS.acted()


def use_threshold(threshold: float) -> None:
    """Move the slider; for callbacks of buttons, which run before it is drawn."""
    st.session_state[THRESHOLD] = threshold
    threshold_moved()


def costs() -> tuple[float, float]:
    """Return what a false positive and a false negative cost; 1 each by default."""
    for key in (COST_FP, COST_FN):
        st.session_state.setdefault(key, st.session_state.get(f"_kept_{key}", 1.0))
    false_positive, false_negative = (st.session_state[key] or 0.0 for key in (COST_FP, COST_FN))
    return float(false_positive), float(false_negative)


def keep_costs() -> None:
    """Remember the costs for when the page is shown again."""
    for key in (COST_FP, COST_FN):
        st.session_state[f"_kept_{key}"] = st.session_state[key]


# --- cached figures: a run never changes, so its id and the threshold name everything ------------


@st.cache_resource(max_entries=16, show_spinner=False)
def sweep(run_id: str) -> pd.DataFrame:
    """Return counts and metrics at every thousandth of a threshold, so that the slider only looks them up."""
    return operating_points.threshold_sweep(*_answers(run_id), operating_points.GRID)


def at(run_id: str, threshold: float) -> dict[str, Any]:
    """Return the sweep's row of a threshold: threshold, tn, fp, fn, tp and the metrics of these counts."""
    return dict(sweep(run_id).iloc[round(1000 * threshold)])


@st.cache_resource(max_entries=16, show_spinner=False)
def roc(run_id: str) -> pd.DataFrame:
    """Return the points of the ROC curve."""
    return operating_points.roc_points(*_answers(run_id))


@st.cache_resource(max_entries=16, show_spinner=False)
def precision_recall(run_id: str) -> pd.DataFrame:
    """Return the points of the precision-recall curve."""
    return operating_points.precision_recall_points(*_answers(run_id))


@st.cache_resource(max_entries=32, show_spinner=False)
def reliability(run_id: str, equal_mass: bool) -> pd.DataFrame:
    """Return the reliability table."""
    return operating_points.reliability_table(*_answers(run_id), equal_mass=equal_mass)


def operating_points_table(run_id: str) -> pd.DataFrame:
    """Return both curves at every twentieth of a threshold: the plain table beside the charts."""
    rows = sweep(run_id).iloc[::50]
    false_positive_rate = rows["fp"] / (rows["fp"] + rows["tn"])
    return rows[["threshold", "recall", "precision"]].assign(false_positive_rate=false_positive_rate)


def suggestions(run_id: str, cost_fp: float, cost_fn: float) -> dict[str, float]:
    """Return the thresholds that a model's answers suggest, by what each one optimizes."""
    cheapest, _ = operating_points.cheapest_threshold(sweep(run_id), cost_fp, cost_fn)
    return {"best F1": operating_points.best_f1_threshold(sweep(run_id)), "lowest cost": cheapest}


def suggestions_table(models: Sequence[Measured], cost_fp: float, cost_fn: float) -> pd.DataFrame:
    """Return the results of each suggested threshold of each model, and of 0.5."""
    rows = [
        {"model": model.name, "rule": rule} | _outcome(at(model.run_id, threshold), cost_fp, cost_fn)
        for model in models
        for rule, threshold in ({"0.5": 0.5} | suggestions(model.run_id, cost_fp, cost_fn)).items()
    ]
    return pd.DataFrame(rows)


def _outcome(row: Mapping[str, Any], cost_fp: float, cost_fn: float) -> dict[str, float]:
    n = sum(row[cell] for cell in ("tn", "fp", "fn", "tp"))
    return {
        "threshold": row["threshold"],
        "F1": 100 * row["f1"],
        "false positives": int(row["fp"]),
        "false negatives": int(row["fn"]),
        "cost per review": (cost_fp * row["fp"] + cost_fn * row["fn"]) / n,
    }


@st.cache_resource(max_entries=16, show_spinner=False)
def scores(run_id: str) -> pd.DataFrame:
    """Return the number of reviews of each label by probability."""
    return operating_points.score_histogram(*_answers(run_id))


@st.cache_data(max_entries=512, show_spinner=False)
def metrics_at(run_id: str, threshold: float) -> dict[str, Estimate]:
    """Return every metric at a threshold; those that do not depend on it come from the record."""
    from sentiment_core.evaluation import records

    record = evaluations.open_evaluation(run_id)
    return record.metrics | records.score(record.frame, threshold, metrics=COUNT_METRICS)


@st.cache_resource(max_entries=256, show_spinner=False)
def comparison_at(run_a: str, run_b: str, threshold: float) -> Comparison:
    """Return the paired comparison at a threshold, of the metrics that depend on it."""
    from sentiment_core.evaluation import records

    frame_a, frame_b = (evaluations.open_evaluation(run_id).frame for run_id in (run_a, run_b))
    return records.compare(frame_a, frame_b, threshold, metrics=COUNT_METRICS)


@st.cache_resource(max_entries=32, show_spinner=False)
def comparison_under_way(run_a: str, run_b: str) -> Future[Comparison]:
    """Start the paired comparison of the metrics that do not depend on the threshold.

    It takes seconds for many reviews.

    In a thread, which uses no Streamlit, so that the slider stays responsive.
    """
    from sentiment_core.evaluation import records

    frames = [evaluations.open_evaluation(run_id).frame for run_id in (run_a, run_b)]
    return _pool().submit(records.compare, *frames, metrics=PROBABILITY_METRICS)


@st.cache_resource(show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="comparison")


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_length(run_id: str, threshold: float) -> pd.DataFrame:
    """Return accuracy by the number of words, a unit that all models share."""
    record = evaluations.open_evaluation(run_id)
    words = _words(record.fingerprint).reindex(record.frame["example_id"])
    return breakdowns.accuracy_by_length(record.frame, words, threshold=threshold)


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_truncation(run_id: str, threshold: float) -> pd.DataFrame:
    """Return accuracy of reviews that are read in full and of those cut at the model's limit."""
    return breakdowns.accuracy_by_truncation(evaluations.open_evaluation(run_id).frame, threshold)


@st.cache_resource(max_entries=256, show_spinner=False)
def accuracy_by_language(run_id: str, threshold: float) -> pd.DataFrame:
    """Return accuracy by the data's language column; no rows where there is no such column."""
    record = evaluations.open_evaluation(run_id)
    named = _languages(record.fingerprint).reindex(record.frame["example_id"])
    return breakdowns.accuracy_by_language(record.frame, named, threshold)


@st.cache_resource(max_entries=4, show_spinner=False)
def _languages(fingerprint: str) -> pd.Series:
    examples = evaluations.dataset(fingerprint).examples
    said = languages.of_column(examples)
    named = pd.Series(None, examples.index, dtype="string") if said is None else said
    return named.map(languages.title_of, na_action="ignore").set_axis(examples["example_id"])


def _words(fingerprint: str) -> pd.Series:
    examples = evaluations.dataset(fingerprint).examples
    return evaluations.words(fingerprint).set_axis(examples["example_id"])


def _answers(run_id: str) -> tuple[np.ndarray, np.ndarray]:
    frame = evaluations.open_evaluation(run_id).frame
    return frame["label"].to_numpy(dtype=np.int64), frame["prob_positive"].to_numpy(dtype=np.float64)

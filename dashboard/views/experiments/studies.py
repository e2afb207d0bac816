"""The parts of Experiments on several trainings: a search for settings, and accuracy by training size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import widgets
from dashboard.views.experiments import charts, fields, state
from dashboard.wording import escape_markdown, format_estimate
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from sentiment_core.search.records import StudyRecord


def show_search() -> None:
    """Draw one search, chosen among all."""
    run_id = fields.picked_run("Search", "experiments_search", state.searches())
    record = state.open_search(run_id)
    st.markdown(escape_markdown(search_in_words(record)))
    n_done = int(record.trials["value"].notna().sum())
    if n_done > 1:
        _draw_paths(record)
    mattered, table = st.columns([2, 3], gap="large")
    with mattered:
        _draw_importance(record, n_done)
    with table:
        st.dataframe(state.trials_table(record), hide_index=True, key="search-trials")


def search_in_words(record: StudyRecord) -> str:
    """Say what the best trial reached, with the caveat that it was chosen by that figure."""
    best, manifest = record.best, record.manifest or {}
    if best is None:
        return "No trial is complete yet."
    figure = (manifest.get("best") or {}).get("validation")
    value = format_estimate(Estimate.from_json(figure)) if figure else f"{100 * best['value']:.1f} %"
    n = int((record.trials["state"] == "complete").sum())
    return (
        f"Trial {best['number']} is the most accurate of {n} on the validation reviews: {value}. It was "
        "chosen by that figure, which is therefore optimistic: measure its model on the test reviews."
    )


def _draw_paths(record: StudyRecord) -> None:
    st.plotly_chart(
        charts.parallel_coordinates(record.trials, record.axes),
        key="search-paths",
        config={"displayModeBar": False},
        alt="A line a trial through its settings to its accuracy; the table has the same figures",
    )
    st.caption("A line a trial, from its settings to its accuracy on the right: gray is worst, magenta best.")


def _draw_importance(record: StudyRecord, n_done: int) -> None:
    shares, n, reason = state.importance(record.run_id, n_done, record)
    if reason:
        st.caption(escape_markdown(f"No importance of settings: {reason}."))
        return
    st.plotly_chart(
        charts.importance_bars(shares),
        key="search-importance",
        config={"displayModeBar": False},
        alt="Share of the variance of accuracy that each setting explains",
    )
    st.caption(f"How much each setting mattered: fANOVA over {n} complete trials, a rough guide with few.")


def show_sizes() -> None:
    """Draw one learning curve, chosen among all."""
    curves = state.size_curves()
    run_id = fields.picked_run("Learning curve", "experiments_sizes", curves)
    curve = state.open_size_curve(run_id)
    if curve.frame.empty:
        st.caption("No point of this learning curve is measured yet.")
        return
    widgets.chart_with_table(
        charts.accuracy_by_size(curve.frame),
        curve.frame,
        key="size-curve",
        caption=f"{sizes_in_words(curve.frame)} {len(curve.frame)} of {curve.n_points} points are measured.",
    )


def sizes_in_words(points: pd.DataFrame) -> str:
    """Say which family leads with the fewest and with the most reviews."""
    fewest, most = points["n_train"].min(), points["n_train"].max()
    sizes = [fewest] if fewest == most else [fewest, most]
    return " ".join(_leader(points[points["n_train"] == size], int(size)) for size in sizes)


def _leader(points: pd.DataFrame, size: int) -> str:
    best = points.loc[points["accuracy"].idxmax()]
    figure = Estimate(best["accuracy"], best["ci_low"], best["ci_high"], int(best["n"]))
    return f"With {size:,} training reviews {best['family']} is ahead: {format_estimate(figure)}."

"""The part of Experiments that shows how accuracy grows with the number of training reviews."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.elements import widgets
from dashboard.views.experiments import charts, fields, state
from dashboard.wording import format_estimate
from sentiment_core.schema import Estimate


def show() -> None:
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
        caption=f"{in_words(curve.frame)} {len(curve.frame)} of {curve.n_points} points are measured.",
    )


def in_words(points: pd.DataFrame) -> str:
    """Say which family leads with the fewest and with the most reviews."""
    fewest, most = points["n_train"].min(), points["n_train"].max()
    sizes = [fewest] if fewest == most else [fewest, most]
    return " ".join(_leader(points[points["n_train"] == size], int(size)) for size in sizes)


def _leader(points: pd.DataFrame, size: int) -> str:
    best = points.loc[points["accuracy"].idxmax()]
    figure = Estimate(best["accuracy"], best["ci_low"], best["ci_high"], int(best["n"]))
    return f"With {size:,} training reviews {best['family']} is ahead: {format_estimate(figure)}."

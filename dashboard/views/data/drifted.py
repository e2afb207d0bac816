"""Whether a data set differs from what the models were trained on, said before it is used; and over time."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.records import datasets, evaluations
from dashboard.records.datasets import Stored
from dashboard.wording import escape_markdown, format_estimate
from sentiment_core import models, periods
from sentiment_core.drift import Drift, drift
from sentiment_core.errors import ReelcheckError
from sentiment_core.schema import Estimate

#: Up to so many reviews are compared while the page is drawn, in some two seconds; more when asked for.
AT_ONCE = 2_000
TRAIN = "train"
#: Figures of both sides, as they are written: a factor, digits, and the unit.
_UNITS = {"words": (1, 1, ""), "share": (100, 1, " %"), "probability": (100, 1, " %")}


def draw(stored: Stored) -> None:
    """Draw the comparison with the reviews that models were trained on, and the figures by period."""
    known = [one for one in trained_on() if one.fingerprint != stored.fingerprint]
    if known:
        st.header("Is it like what the models know?", anchor=False)
        _compared(stored, known[0])
    _over_time(stored)


def trained_on() -> list[Stored]:
    """Return the stored data sets that models on the shelf were trained on, the newest model's first."""
    here = {one.fingerprint: one for one in datasets.stored() if one.splits.get(TRAIN)}
    learned = (str(card.trained_on.get("fingerprint")) for card in reversed(models.list_models()))
    return [here[fingerprint] for fingerprint in dict.fromkeys(learned) if fingerprint in here]


def _compared(stored: Stored, known: Stored) -> None:
    key = f"data-drift-{stored.fingerprint}"
    if stored.splits[stored.split] > AT_ONCE and not st.session_state.get(key):
        st.button(
            escape_markdown(f"Compare with the training reviews of {known.name}"),
            icon=":material/compare:",
            key=f"{key}-button",
            on_click=lambda: st.session_state.update({key: True}),
        )
        return
    try:
        found = _drift(stored.fingerprint, stored.split, known.fingerprint)
    except ReelcheckError as error:
        st.caption(escape_markdown(f"Not compared: {error}"))
        return
    said = f"{found.sentence[0].upper()}{found.sentence[1:]}."
    st.write(escape_markdown(said))
    st.table(pd.DataFrame(_rows(found)), border="horizontal", hide_index=True)
    st.caption(
        escape_markdown(
            f"{found.n_new:,} of these reviews ({stored.split}) against {found.n_before:,} training reviews "
            f"of {known.name}, each text once, with 95 % intervals."
        )
    )


@st.cache_data(max_entries=32, show_spinner="Comparing with the training reviews")
def _drift(fingerprint: str, split: str, known: str) -> Drift:
    new, before = (evaluations.dataset(one) for one in (fingerprint, known))
    return drift(new.split(split), before.split(TRAIN))


def _rows(found: Drift) -> list[dict[str, str]]:
    return [
        {
            "figure": figure.title,
            "here": _written(figure.new, figure.unit),
            "in training": _written(figure.before, figure.unit),
            "difference": _difference(figure.difference, figure.unit),
        }
        for figure in found.figures
    ]


def _written(value: float, unit: str) -> str:
    factor, digits, sign = _UNITS.get(unit, (1, 2, ""))
    return f"{factor * value:.{digits}f}{sign}" if value == value else ""


def _difference(estimate: Estimate, unit: str) -> str:
    if not estimate.defined:
        return f"undefined: {estimate.reason}"
    factor, digits, _ = _UNITS.get(unit, (1, 2, ""))
    value, low, high = (
        f"{factor * bound:{'+' if unit in _UNITS else ''}.{digits}f}".replace("-", "\u2212")
        for bound in (estimate.value, estimate.ci_low, estimate.ci_high)
    )
    sign = " points" if factor == 100 else ""
    return f"{value}{sign} [{low}, {high}]"


def _over_time(stored: Stored) -> None:
    found = _periods(stored.fingerprint, stored.split)
    if found is None or len(found["rows"]) < 2:
        return
    with st.expander(escape_markdown(f"By {found['unit']} of column {found['column']}")):
        st.dataframe(pd.DataFrame(found["rows"]), hide_index=True, key="data-periods")


@st.cache_data(max_entries=32, show_spinner=False)
def _periods(fingerprint: str, split: str) -> dict[str, Any] | None:
    rows = evaluations.dataset(fingerprint).split(split)
    column = periods.date_column(rows)
    if column is None:
        return None
    unit, found = periods.over_time(rows, column)
    table = [
        {
            unit: one.name,
            "n": one.n,
            "words per review": format_estimate(one.words, percent=False, with_n=False),
            "positive": format_estimate(one.positive, with_n=False),
        }
        for one in found
    ]
    return {"column": column, "unit": unit, "rows": table}

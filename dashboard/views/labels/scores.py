"""The scores of the chosen models under given and corrected labels, the reviewers' agreement, and files."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.elements.measured import Measured
from dashboard.records.evaluations import DataChoice, dataset
from dashboard.wording import escape_markdown, format_estimate
from sentiment_core import terminal
from sentiment_core.labels import corrected, exchange, verdicts
from sentiment_core.storage import spreadsheet


def draw(choice: DataChoice, models: Sequence[Measured], agreed: dict[str, str]) -> None:
    """Draw the comparison of labels, where anybody judged anything."""
    st.header("What corrected labels change", anchor=False)
    if not agreed:
        st.caption("Judge a review above, and the scores under corrected labels are drawn here.")
        return
    for change in corrected.rerankings([(model.name, model.evaluation) for model in models], agreed):
        st.warning(escape_markdown(change.sentence), icon=":material/swap_vert:")
    st.dataframe(_table(models, agreed), hide_index=True, width="stretch")
    st.caption(
        f"{len(agreed):,} reviews judged. Only suspects were judged, so the corrected figures are not an "
        "estimate for all reviews: errors that no model points at stay."
    )
    _draw_agreement(choice.fingerprint)
    _draw_files(choice)


def _table(models: Sequence[Measured], agreed: dict[str, str]) -> pd.DataFrame:
    rows = []
    for model in models:
        found = corrected.scores(model.evaluation.frame, agreed, ("accuracy",))
        row = {"model": model.name}
        for way, what in corrected.WAYS.items():
            row[what] = format_estimate(found[way]["accuracy"])
        rows.append(row)
    return pd.DataFrame(rows)


def _draw_agreement(fingerprint: str) -> None:
    for item in verdicts.agreements(fingerprint, resamples=300):
        kappa = item.kappa
        said = (
            f"Cohen's kappa {kappa.value:.2f} [{kappa.ci_low:.2f}, {kappa.ci_high:.2f}]"
            if kappa.defined
            else f"Cohen's kappa undefined: {kappa.reason}"
        )
        names = " and ".join(item.authors)
        st.caption(escape_markdown(f"{names} agree on {item.same:,} of {item.n:,} reviews; {said}."))


def _draw_files(choice: DataChoice) -> None:
    data = dataset(choice.fingerprint)
    with st.container(horizontal=True):
        st.download_button(
            "Download verdicts as CSV",
            data=lambda: spreadsheet.to_csv(exchange.to_table(data)),
            file_name=f"verdicts-{choice.name}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Download verdicts as JSON",
            data=lambda: exchange.as_text(exchange.to_json(data)),
            file_name=f"verdicts-{choice.name}.json",
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
            help="In the form of cleanlab/label-errors",
        )
    argv = ["labels", "import", "verdicts.csv", "--data", choice.argument]
    st.caption("At a terminal, verdicts of a file are kept by:")
    st.code(terminal.command("sentiment_core", *argv), language="bash", wrap_lines=True)

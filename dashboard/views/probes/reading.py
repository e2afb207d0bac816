"""One case in full: the models' answers, the original beside the changed text, and what drives the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import answer_bars, diff_html, explained_words, review_html
from dashboard.elements.review_html import Verdict
from dashboard.records.probings import Probed
from dashboard.views.probes import wording
from dashboard.wording import Answer, escape_markdown

#: Longer texts are read below in full width, both versions beside each other.
SHORT = 700
READING_HEIGHT = 300
SIDE = "probes_texts"


def is_short(row: dict[str, Any]) -> bool:
    """Whether a case has room in the panel beside the matrix."""
    return len(str(row["text"])) + len(str(row["original"])) <= SHORT


def is_changed(row: dict[str, Any]) -> bool:
    """Whether a case is a text beside its original."""
    return row["kind"] != "MFT" and not pd.isna(row["original"])


def answers(row: dict[str, Any], models: Sequence[Probed]) -> None:
    """Draw what is expected and what each model says, as bars."""
    expected = wording.expectation(str(row["kind"]), row["expected"])
    st.caption(escape_markdown(f"Expected: {expected}. Template: {_shortened(str(row['template']))}"))
    known = [(at, model) for at, model in enumerate(models) if not pd.isna(row[f"prob_{at}"])]
    if row["kind"] == "MFT":
        said = [
            Verdict(model.name, model.colour, float(row[f"prob_{at}"]), 0.5, bool(row[f"held_{at}"]))
            for at, model in known
        ]
        st.html(review_html.verdicts_html(said))
        return
    bars = [
        answer_bars.change_html(
            model.name, model.colour, *(_answer(row[f"{what}_{at}"]) for what in ("before", "prob"))
        )
        for at, model in known
    ]
    st.html(answer_bars.verdicts_html(bars))


def _answer(probability: float) -> Answer:
    return Answer(float(probability), 0, None, 0.0)


def _shortened(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:159]}…"


def texts(row: dict[str, Any], *, beside: bool) -> None:
    """Draw the text; of a changed one the original too, with the words marked that differ."""
    if not is_changed(row):
        st.html(review_html.review_html(str(row["text"])))
        return
    original, text = str(row["original"]), str(row["text"])
    pieces = (
        ("Original", diff_html.original_html(original, text)),
        ("Changed", diff_html.perturbed_html(original, text)),
    )
    st.html(diff_html.STYLE)
    if not beside:
        for title, html in pieces:
            st.caption(title)
            st.html(html)
        return
    for column, (title, html) in zip(st.columns(2, gap="medium"), pieces, strict=True):
        with column:
            st.caption(title)
            with st.container(
                height=READING_HEIGHT, border=True, key=f"{SIDE}-{title}-{row['case_id'][:24]}"
            ):
                st.html(html)


def words(row: dict[str, Any], models: Sequence[Probed], *, beside: bool) -> None:
    """Draw the case's texts for each model, the words marked that drive its score."""
    text = str(row["text"])
    texts = {"Original": str(row["original"]), "Changed": text} if is_changed(row) else {"Text": text}
    for at, model in enumerate(models):
        explained_words.offer(model.model_id, model.name, texts, key=f"probes-words-{at}", beside=beside)

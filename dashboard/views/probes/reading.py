"""One case in full: the models' answers, the original beside the changed text, and what drives the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import answer_bars, diff_html, highlighting, review_html
from dashboard.elements.highlighting import Word
from dashboard.elements.review_html import Verdict
from dashboard.records import evaluations
from dashboard.records.probings import Probed
from dashboard.views.probes import wording
from dashboard.wording import Answer, escape_html, escape_markdown, format_log_odds
from sentiment_core import models as shelf

#: Longer texts are read below in full width, both versions beside each other.
SHORT = 700
READING_HEIGHT = 300
SIDE = "probes_texts"


def is_short(row: dict[str, Any]) -> bool:
    """Whether a case has room in the panel beside the matrix."""
    return len(str(row["text"])) + len(str(row["original"])) <= SHORT


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
    if row["kind"] == "MFT" or pd.isna(row["original"]):
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


def words(row: dict[str, Any], models: Sequence[Probed], *, asked: bool) -> None:
    """Draw the text once a model, the words marked that drive its score.

    `asked`: a case was picked. Before that only linear models are asked, since others take seconds to load.
    """
    text = str(row["text"])
    families = {card.model_id: card.families for card in shelf.list_models()}
    ready = [m for m in models if asked or "transformer" not in families.get(m.model_id, ())]
    here = [model for model in ready if model.model_id in families]
    hows = []
    for model in here:
        found = marks(model.model_id, text)
        dot = f"<span class='dot' style='background:{model.colour}'></span>"
        st.html(f"<div class='marked-by'>{dot}{escape_html(model.name)}</div>{found.html}")
        if found.strongest:
            st.caption(escape_markdown(found.strongest))
        hows.append(found.how)
    if hows:
        lines = [LINES] if {EXACT, LEFT_OUT} & set(hows) else []
        said = [*lines, *(HOW[how] for how in dict.fromkeys(hows))]
        st.caption(escape_markdown(" ".join(said)))
    later = [model.name for model in models if model not in ready]
    if later:
        if not here:
            st.html(f"<div class='marked' dir='auto' tabindex='0'>{escape_html(text)}</div>")
        st.caption(escape_markdown(f"Pick a case to see which words drive the score of {', '.join(later)}."))
    gone = [model.name for model in models if model.model_id not in families]
    if gone:
        st.html(f"<div class='marked' dir='auto' tabindex='0'>{escape_html(text)}</div>")
        st.caption(
            escape_markdown(
                f"{', '.join(gone)} is no longer in the workspace, so its words cannot be computed."
            )
        )


#: A longer text would need as many predictions as it has words.
MOST_LEFT_OUT = 60
EXACT, LEFT_OUT, READ, TOO_LONG = "exact", "left out", "read", "too long"
LINES = "Solid blue line: pushes to positive; dashed orange: to negative."
HOW = {
    EXACT: "In log-odds; the words of a linear model add up to its answer.",
    LEFT_OUT: "A transformer's words: how the log-odds change when the word is left out.",
    READ: "Grayed out: what the model never reads.",
    TOO_LONG: "Leaving each word out in turn takes too long for a text of this length.",
}


@dataclass(frozen=True)
class Marks:
    """A text with its marks as HTML, and how they came about: a key of HOW."""

    html: str
    how: str
    strongest: str


@st.cache_data(max_entries=256, show_spinner="Finding the words that drive the score")
def marks(model_id: str, text: str) -> Marks:
    """Return a text with the words marked that drive this model's score."""
    from sentiment_core.classifiers.base import LinearInWords, ShowsTruncation
    from sentiment_core.explainers import EXPLAINERS
    from sentiment_core.explanation.explaining import explain

    classifier = evaluations.classifier(model_id)
    if isinstance(classifier, LinearInWords):
        words = highlighting.word_contributions(text, classifier.word_weights(text))
        return Marks(highlighting.marked_html(text, words), EXACT, _strongest(text, words))
    if 0 < len(text.split()) <= MOST_LEFT_OUT:
        words = explain(classifier, [text], EXPLAINERS["occlusion"])[0].words
        return Marks(highlighting.marked_html(text, words), LEFT_OUT, _strongest(text, words))
    if isinstance(classifier, ShowsTruncation):
        return Marks(highlighting.read_html(text, classifier.spans(text)), READ, "")
    return Marks(f"<div class='marked' dir='auto' tabindex='0'>{escape_html(text)}</div>", TOO_LONG, "")


def _strongest(text: str, words: list[Word]) -> str:
    """Name the words that push most, to both sides."""
    sides = [highlighting.strongest_words(text, words, side, most=3) for side in (True, False)]
    return ", ".join(f"“{word}” {format_log_odds(score)}" for side in sides for word, score in side)

"""Which words of a case carry a model's score: exact for linear models, by leaving words out for others."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import highlighting, state
from dashboard.highlighting import Word
from dashboard.wording import escape_html, format_log_odds

EXACT, LEFT_OUT, READ, TOO_LONG = "exact", "left out", "read", "too long"
LINES = "Solid blue line: pushes to positive; dashed orange: to negative."
HOW = {
    EXACT: "In log-odds; the words of a linear model add up to its answer.",
    LEFT_OUT: "A transformer's words: how the log-odds change when the word is left out.",
    READ: "Greyed: what the model never reads.",
    TOO_LONG: "Leaving each word out in turn takes too long for a text of this length.",
}


@dataclass(frozen=True)
class Marks:
    """A text with its marks as HTML, and how they came about: a key of HOW."""

    html: str
    how: str
    strongest: str


@st.cache_data(max_entries=256, show_spinner="Looking for the words that carry the score")
def marks(model_id: str, text: str) -> Marks:
    """Return a text with the words marked that carry this model's score."""
    from attacks.probes import occlusion
    from sentiment_core.classifiers.base import LinearInWords, ShowsTruncation

    classifier = state.classifier(model_id)
    if isinstance(classifier, LinearInWords):
        words = highlighting.word_contributions(text, classifier.word_weights(text))
        return Marks(highlighting.marked_html(text, words), EXACT, _strongest(text, words))
    if occlusion.affordable(text):
        words = occlusion.word_effects(classifier, text)
        return Marks(highlighting.marked_html(text, words), LEFT_OUT, _strongest(text, words))
    if isinstance(classifier, ShowsTruncation):
        return Marks(highlighting.read_html(text, classifier.spans(text)), READ, "")
    return Marks(f"<div class='marked' dir='auto'>{escape_html(text)}</div>", TOO_LONG, "")


def _strongest(text: str, words: list[Word]) -> str:
    """Name the words that push most, to both sides."""
    sides = [highlighting.strongest_words(text, words, side, most=3) for side in (True, False)]
    return ", ".join(f"“{word}” {format_log_odds(score)}" for side in sides for word, score in side)

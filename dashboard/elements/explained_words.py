"""The words that carry a score: a method to choose, its cost before it runs, marks, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import highlighting, widgets
from dashboard.records import evaluations, explanations
from dashboard.wording import escape_markdown, format_log_odds, format_seconds
from sentiment_core.classifiers.base import ShowsTruncation

if TYPE_CHECKING:
    from sentiment_core.explanation.base import Attribution

#: What takes longer runs as a job, which can be left and come back to.
MOST_SECONDS_HERE = 10.0
#: A longer text does not fit into the arguments of a job's process.
MOST_CHARACTERS_OF_JOB = 30_000
LINES = "Solid blue line: toward positive; dashed orange: toward negative."


def draw(model_id: str, name: str, text: str, *, key: str) -> None:
    """Draw a text with the words marked that carry a model's score.

    Args:
        model_id: of a model that is loaded.
        name: the model's short name.
        text: cleaned; offsets of marks are into it.
        key: keeps the widgets apart from others of the same page.
    """
    method = method_picker(model_id, text, key=key)
    found = explanations.at_once(model_id, method, text)
    if found is None:
        found = _made_here_or_by_a_job(model_id, name, method, text, key)
    if found is None:
        _draw_unread(model_id, text)
    else:
        draw_attribution(found, text, key=key)


def method_picker(model_id: str, text: str, *, key: str) -> str:
    """Draw the choice of a method, each with its seconds, and return it."""
    able = explanations.methods(model_id)
    first = explanations.first_method(model_id)
    kept = f"{key}-method-{model_id}"
    if st.session_state.get(kept) not in able:
        st.session_state[kept] = first
    chosen = st.selectbox(
        "Method",
        list(able),
        key=kept,
        format_func=lambda name: f"{able[name].title}, {_cost(model_id, name, text)}",
        help=escape_markdown(" ".join(f"{one.title}: {one.description}" for one in able.values())),
    )
    return str(chosen)


def _cost(model_id: str, method: str, text: str) -> str:
    if explanations.at_once(model_id, method, text) is not None:
        return "at once"
    seconds = explanations.seconds(model_id, method, text)
    return f"about {format_seconds(seconds)}" if seconds >= 1 else "under 1 s"


def _made_here_or_by_a_job(model_id: str, name: str, method: str, text: str, key: str) -> Attribution | None:
    """Draw the button that explains, and return what it makes at once."""
    seconds = explanations.seconds(model_id, method, text)
    title = explanations.methods(model_id)[method].title
    long = seconds > MOST_SECONDS_HERE
    if long and len(text) > MOST_CHARACTERS_OF_JOB:
        st.caption(f"A text of {len(text):,} characters is too long for {title} here; choose another method.")
        return None
    if not st.button("Explain", key=f"{key}-explain-{model_id}-{method}", icon=":material/psychology:"):
        return None
    if long:
        argv = ["explain", "--model", model_id, "--method", method, f"--text={text}"]
        widgets.start_job(argv, f"Explain a text by {title} for {name}")
    with st.spinner(f"Explaining by {title}, about {format_seconds(seconds)}"):
        return explanations.explained(model_id, method, text)


def _draw_unread(model_id: str, text: str) -> None:
    """Draw the plain text, gray where the model never reads."""
    model = evaluations.classifier(model_id)
    spans = model.spans(text) if isinstance(model, ShowsTruncation) else []
    if any(not span.read for span in spans):
        st.html(highlighting.read_html(text, spans))
        st.caption("Gray: text that this model never reads.")


def draw_attribution(found: Attribution, text: str, *, key: str) -> None:
    """Draw marks, the strongest words in a sentence, what the scores add up to, and a table."""
    st.html(highlighting.marked_html(text, found.words, found.unread))
    positive, negative = (
        in_words(highlighting.strongest_words(text, found.words, side)) for side in (True, False)
    )
    st.caption(
        escape_markdown(
            f"Toward positive (solid line): {positive}. Toward negative (dashed line): {negative}. "
            + sum_in_words(found)
            + (" Gray: text that this model never reads." if found.truncated else "")
        )
    )
    with st.expander("Table", icon=":material/table:"):
        st.dataframe(words_table(found), hide_index=True, key=f"{key}-words-{found.method}")


def sum_in_words(found: Attribution) -> str:
    """Return what the scores add up to."""
    value, base = format_log_odds(found.value), format_log_odds(found.base_value)
    sentence = f"In log-odds: the answer is {value}, from {base} ({found.baseline})"
    if abs(found.delta) < 0.005:
        return f"{sentence}; the words add up exactly to its answer."
    return f"{sentence}; the words are {format_log_odds(found.delta)} from adding up."


def words_table(found: Attribution) -> pd.DataFrame:
    """Return each word with its score, the strongest first."""
    order = sorted(range(len(found.tokens)), key=lambda place: -abs(found.scores[place]))
    return pd.DataFrame(
        {
            "Word": [found.tokens[place] for place in order],
            "Log-odds": [round(float(found.scores[place]), 4) for place in order],
            "Place": [place + 1 for place in order],
        }
    )


def in_words(strongest: Sequence[tuple[str, float]]) -> str:
    """Return words with their log-odds, or that there are none."""
    return ", ".join(f"“{word}” {format_log_odds(score)}" for word, score in strongest) or "nothing"

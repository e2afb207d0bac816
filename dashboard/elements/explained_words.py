"""The words that carry a score: a method to choose, its cost before it runs, marks, and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import public
from dashboard.elements import highlighting, widgets
from dashboard.records import evaluations, explanations
from dashboard.session import pace
from dashboard.wording import escape_markdown, format_log_odds, format_seconds
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import ShowsTruncation

if TYPE_CHECKING:
    from sentiment_core.explanation.base import Attribution

#: What takes longer runs as a job, which can be left and come back to.
MOST_SECONDS_HERE = 10.0
#: A longer text does not fit into the arguments of a job's process.
MOST_CHARACTERS_OF_JOB = 30_000
#: In public, texts that a second of explaining counts as.
PACE_OF_SECONDS = 4.0
#: Names that are longer together than this do not fit beside the heading, so they are listed.
MOST_CHARACTERS_IN_A_ROW = 40


def heading_with_model(names: Mapping[str, str], first: str, *, key: str) -> str:
    """Draw the heading and beside it the choice of a model, and return the model's id.

    Args:
        names: short names by model id; at least one.
        first: the model that is chosen at first.
        key: of the choice in the session.
    """
    heading, choice = st.columns(2, gap="large", vertical_alignment="center")
    heading.header("Words that drive the answer", anchor=False)
    if st.session_state.get(key) not in names:
        st.session_state[key] = first
    listed = sum(map(len, names.values())) > MOST_CHARACTERS_IN_A_ROW
    with choice:
        picked = (_listed if listed else _in_a_row)(names, key)
    return picked if picked in names else first


def _listed(names: Mapping[str, str], key: str) -> str:
    return str(
        st.selectbox(
            "Model", list(names), key=key, format_func=names.__getitem__, label_visibility="collapsed"
        )
    )


def _in_a_row(names: Mapping[str, str], key: str) -> str:
    picked = st.segmented_control(
        "Model",
        list(names),
        key=key,
        format_func=lambda model_id: escape_markdown(names[model_id]),
        required=True,
        label_visibility="collapsed",
    )
    return str(picked)


def draw(model_id: str, name: str, text: str, *, key: str, typed: bool = False) -> None:
    """Draw a text with the words marked that carry a model's score.

    Args:
        model_id: of a model that is loaded.
        name: the model's short name.
        text: offsets of marks are into it.
        key: keeps the widgets apart from others of the same page.
        typed: whether a person typed the text and does not want it kept: what is made of it stays in the
            session.
    """
    method = method_picker(model_id, [text], key=key, typed=typed)
    (found,) = _found_or_made(model_id, name, method, [text], key, typed)
    _draw_one(model_id, found, text, key=key)


def offer(model_id: str, name: str, texts: Mapping[str, str], *, key: str, beside: bool = True) -> None:
    """Draw a switch, and behind it texts by their titles, marked by one method each with its words.

    A model that is slow to load waits for the switch; one that is not starts with it on. A model that is no
    longer in the workspace is named.

    Args:
        model_id: of any model that was in the workspace once.
        name: the model's short name.
        texts: as given, by title; equal ones are explained once.
        key: keeps the widgets apart from others of the same page.
        beside: whether the texts stand side by side.
    """
    card = next((card for card in models.list_models() if card.model_id == model_id), None)
    if card is None:
        st.caption(escape_markdown(f"{name} is no longer in the workspace, so its words cannot be computed."))
        return
    slow = FAMILIES[card.family].asked_when_wanted if card.family in FAMILIES else True
    kept = f"{key}-shown-{'slow' if slow else 'quick'}"
    st.session_state.setdefault(kept, not slow)
    if st.toggle(escape_markdown(f"Words that drive {name}"), key=kept):
        _draw_beside(model_id, name, texts, key=key, beside=beside)


def _draw_beside(model_id: str, name: str, texts: Mapping[str, str], *, key: str, beside: bool) -> None:
    method = method_picker(model_id, list(texts.values()), key=key)
    found = _found_or_made(model_id, name, method, list(texts.values()), key)
    columns = st.columns(len(texts), gap="medium") if beside else [st.container() for _ in texts]
    for place, (column, one, (title, text)) in enumerate(zip(columns, found, texts.items(), strict=True)):
        with column:
            st.caption(f"**{escape_markdown(title)}**")
            _draw_one(model_id, one, text, key=f"{key}-{place}")


def method_picker(model_id: str, texts: Sequence[str], *, key: str, typed: bool = False) -> str:
    """Draw the choice of a method, each with its seconds for all the texts, and return it."""
    able = explanations.methods(model_id)
    first = explanations.first_method(model_id)
    kept = f"{key}-method-{model_id}"
    if st.session_state.get(kept) not in able:
        st.session_state[kept] = first
    chosen = st.selectbox(
        "Method",
        list(able),
        key=kept,
        format_func=lambda name: f"{able[name].title}, {_cost(model_id, name, texts, typed)}",
        help=escape_markdown(" ".join(f"{one.title}: {one.description}" for one in able.values())),
    )
    return str(chosen)


def _cost(model_id: str, method: str, texts: Sequence[str], typed: bool) -> str:
    left = _left(model_id, method, texts, typed)
    if not left:
        return "at once"
    seconds = _seconds(model_id, method, left)
    return f"about {format_seconds(seconds)}" if seconds >= 1 else "under 1 s"


def _left(model_id: str, method: str, texts: Sequence[str], typed: bool) -> list[str]:
    """Return the texts, each once, whose explanation costs something."""
    distinct = dict.fromkeys(texts)
    found = {text: explanations.at_once(model_id, method, text, typed=typed) for text in distinct}
    return [text for text in distinct if found[text] is None]


def _seconds(model_id: str, method: str, texts: Sequence[str]) -> float:
    return sum(explanations.seconds(model_id, method, text) for text in texts)


def _found_or_made(
    model_id: str, name: str, method: str, texts: Sequence[str], key: str, typed: bool = False
) -> list[Attribution | None]:
    """Return what is explained already; draw the button that explains the rest, and return what it makes."""
    left = _left(model_id, method, texts, typed)
    if left and _make(model_id, name, method, left, key, typed):
        left = []
    return [
        None if text in left else explanations.at_once(model_id, method, text, typed=typed) for text in texts
    ]


def _make(model_id: str, name: str, method: str, texts: Sequence[str], key: str, typed: bool) -> bool:
    """Draw the button that explains texts, here or by a job, and return whether they are explained now."""
    seconds = _seconds(model_id, method, texts)
    title = explanations.methods(model_id)[method].title
    long = seconds > MOST_SECONDS_HERE
    longest = max(map(len, texts))
    if long and longest > MOST_CHARACTERS_OF_JOB:
        st.caption(f"A text of {longest:,} characters is too long for {title} here; choose another method.")
        return False
    if long and (typed or public.is_public()):
        takes = f"{title} takes about {format_seconds(seconds)} for this text"
        why = "a job would keep it" if not public.is_public() else "a public copy starts none"
        st.caption(f"{takes}. What takes that long is a job, and {why}; choose another method.")
        return False
    if not st.button("Explain", key=f"{key}-explain-{model_id}-{method}", icon=":material/psychology:"):
        return False
    if long:
        argv = ["explain", "--model", model_id, "--method", method]
        widgets.start_jobs(
            [([*argv, f"--text={text}"], f"Explain a text by {title} for {name}") for text in texts]
        )
    try:
        pace.take("explain", model_id, method, *texts, texts=1 + PACE_OF_SECONDS * seconds)
    except pace.TooFast as error:
        st.info(escape_markdown(error.sentence), icon=":material/hourglass_top:")
        return False
    with st.spinner(f"Explaining by {title}, about {format_seconds(seconds)}"):
        for text in texts:
            explanations.explained(model_id, method, text, typed=typed)
    return True


def _draw_one(model_id: str, found: Attribution | None, text: str, *, key: str) -> None:
    if found is None:
        _draw_unread(model_id, text)
    else:
        draw_attribution(found, text, key=key)


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

"""The sidebar's choices: reviews, a model, and another to compare it with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.records.evaluations import DataChoice
from dashboard.session import selection
from dashboard.wording import escape_markdown
from sentiment_core import models


def data_picker() -> None:
    """Draw the choice of evaluated data."""
    choices = {choice.key: choice for choice in selection.data_choices()}
    if not choices:
        st.session_state.pop(selection.DATA, None)
        return
    _keep_valid(selection.DATA, list(choices), next(iter(choices)))
    titles = Counter(choice.short_title for choice in choices.values())
    chosen = st.session_state[selection.DATA]
    st.selectbox(
        "Reviews",
        list(choices),
        key=selection.DATA,
        index=0 if chosen else None,
        placeholder="choose",
        on_change=selection.ADDRESS.acted,
        format_func=lambda key: _distinguished(choices[key], titles),
        help=escape_markdown(choices[chosen].title) if chosen else None,
    )


def _distinguished(choice: DataChoice, titles: Counter[str]) -> str:
    """Return a short title, with digits of the content's hash where another data set has the same."""
    alone = titles[choice.short_title] == 1
    return choice.short_title if alone else f"{choice.short_title} ({choice.fingerprint[:4]})"


def distinguished(names: Mapping[str, str]) -> dict[str, str]:
    """Return data sets' names by fingerprint, with digits of it where another has the same name."""
    known = Counter(names.values())
    return {key: name if known[name] == 1 else f"{name} ({key[:4]})" for key, name in names.items()}


def model_picker(key: str, label: str, *, default: str | None, without: str | None = None) -> str | None:
    """Draw the choice of one model by its short name; an optional one (`default` None) can be cleared."""
    names = {card.model_id: card.short_name for card in models.list_models() if card.model_id != without}
    if not names:
        st.session_state.pop(key, None)
        return None
    _keep_valid(key, list(names), default)
    chosen = st.selectbox(
        label,
        list(names),
        key=key,
        on_change=selection.ADDRESS.acted,
        index=None if default is None else 0,
        format_func=lambda model_id: names.get(model_id, model_id),
        placeholder="none" if default is None else "choose",
    )
    return str(chosen) if chosen else None


def _keep_valid(key: str, options: Sequence[str], default: str | None) -> None:
    """Keep the session's choice while it is still available.

    Where the address asks for something that is not here, nothing is chosen: another's figures would stand
    under that address.
    """
    chosen = st.session_state.get(key)
    if chosen in options:
        return
    asked = selection.asked(key)
    is_first = key == selection.MODEL_B and asked == st.session_state.get(selection.MODEL_A)
    if asked and asked not in options and not is_first:
        st.caption(f":material/link_off: {escape_markdown(asked)} is not in this workspace")
        default = None
    st.session_state[key] = default

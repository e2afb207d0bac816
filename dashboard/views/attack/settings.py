"""The part of Attack, folded away, with a recipe's parameters: each an input with its source."""

from __future__ import annotations

from typing import Any

import streamlit as st

from attacks.composition.base import Recipe
from dashboard.wording import escape_markdown, in_words, plain, written

KEY = "attack_set_{}_{}_{}".format


def show(recipe: Recipe, place: str) -> dict[str, Any]:
    """Draw a recipe's parameters; return those that differ from its defaults, checked."""
    from attacks.recipes import settled

    if not recipe.constants:
        return {}
    with st.expander("Settings of this recipe", icon=":material/tune:"):
        given = {name: _input(recipe, name, KEY(place, recipe.name, name)) for name in recipe.constants}
        changed = {name: value for name, value in given.items() if value != recipe.constants[name]}
        if changed:
            st.button(
                "Reset to defaults", icon=":material/undo:", key=KEY(place, recipe.name, ""), type="tertiary",
                on_click=_forget, args=(recipe, place),
            )  # fmt: skip
    if changed:
        st.caption(escape_markdown(f"Changed: {in_words(changed)}"))
    settled(recipe, changed)
    return changed


def _input(recipe: Recipe, name: str, key: str) -> Any:
    """Draw one parameter as what it is: a word of a few, a switch, a count, a share or a text."""
    default, label = recipe.constants[name], plain(name).capitalize()
    facts: dict[str, Any] = {
        "key": key,
        "persist_state": "session",
        "help": escape_markdown(f"Default {written(default)}: {recipe.constant_sources.get(name, '')}"),
    }
    if name in recipe.choices:
        words = list(recipe.choices[name])
        return st.selectbox(label, words, index=words.index(default), **facts)
    if isinstance(default, bool):
        return st.toggle(label, default, **facts)
    if isinstance(default, int):
        return _number(default, st.number_input(label, min(1, default), None, default, 1, **facts))
    if isinstance(default, float):
        most = 1.0 if 0 <= default <= 1 else None
        return _number(default, st.number_input(label, 0.0, most, default, 0.01, format="%g", **facts))
    return st.text_input(label, str(default), **facts) or default


def _number(default: Any, chosen: Any) -> Any:
    return default if chosen is None else chosen


def _forget(recipe: Recipe, place: str) -> None:
    for name, default in recipe.constants.items():
        st.session_state[KEY(place, recipe.name, name)] = default

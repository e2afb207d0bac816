"""The options of Attack's form: the limits per review, where the work runs, and a recipe's settings."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from attacks.composition.base import Recipe
from dashboard.session import listed
from dashboard.wording import escape_markdown, in_words, plain, written

KEY = "attack_{}".format


def limits(*, offer_quick: bool) -> dict[str, Any]:
    """Draw the limits of each review, the quick mode and where it runs; return what a Batch calls them."""
    queries = st.number_input(
        "Queries, at most",
        1,
        10_000_000,
        2_000,
        500,
        key=KEY("budget"),
        placeholder="no limit",
        help="Texts that the model may score; a search stopped by this limit counts as not fooled",
        persist_state="session",
    )
    seconds = st.number_input(
        "Seconds, at most",
        1.0,
        86_400.0,
        None,
        30.0,
        format="%g",
        key=KEY("seconds"),
        placeholder="no limit",
        help="With a limit, results depend on how fast this machine is",
        persist_state="session",
    )
    chosen = {
        "query_budget": None if queries is None else int(queries),
        "seconds": None if seconds is None else float(seconds),
    }
    if offer_quick:
        chosen["quick"] = st.toggle(
            "Quick search",
            key=KEY("quick"),
            help="Search with a lighter copy of the model (int8 weights), then "
            "confirm the result: an edit counts only if the model itself is fooled",
            persist_state="session",
        )
    with st.expander("Where it runs", icon=":material/memory:"):
        return chosen | _where()


def _where() -> dict[str, Any]:
    """Draw the cluster, or the number of processes here; the results depend on neither."""
    cores = os.cpu_count() or 1
    address = _cluster(listed.clusters())
    workers = number(
        st,
        "Processes",
        "workers",
        1,
        max(cores, 2),
        max(1, min(cores, 2)),
        1,
        help="Does not change the results",
        disabled=bool(address),
    )
    return {"workers": workers, "cluster": address}


def _cluster(addresses: list[str]) -> str:
    """Draw which cluster attacks, or why none can; "" is this machine."""
    if not addresses:
        st.caption(escape_markdown(listed.NO_CLUSTER))
        return ""
    cluster = st.selectbox(
        "Dask scheduler",
        addresses,
        index=None,
        key=KEY("cluster"),
        placeholder="none: this machine",
        help="Its workers run the attack instead of this machine. They need this project and this workspace "
        "on a shared disk. Does not change the results",
        persist_state="session",
    )
    return str(cluster or "")


def number(place: Any, label: str, name: str, low: int, high: int, value: int, step: int, **more: Any) -> int:
    """Draw a whole number, kept for the session; an emptied field gives the first value."""
    chosen = place.number_input(label, low, high, value, step, key=KEY(name), persist_state="session", **more)
    return value if chosen is None else int(chosen)


SET_KEY = "attack_set_{}_{}_{}".format


def settings(recipe: Recipe, place: str) -> dict[str, Any]:
    """Draw a recipe's parameters; return those that differ from its defaults, checked."""
    from attacks.recipes import settled

    if not recipe.constants:
        return {}
    with st.expander("Settings of this recipe", icon=":material/tune:"):
        given = {name: _input(recipe, name, SET_KEY(place, recipe.name, name)) for name in recipe.constants}
        changed = {name: value for name, value in given.items() if value != recipe.constants[name]}
        if changed:
            st.button(
                "Reset to defaults", icon=":material/undo:", key=SET_KEY(place, recipe.name, ""),
                type="tertiary", on_click=_forget, args=(recipe, place),
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
        st.session_state[SET_KEY(place, recipe.name, name)] = default

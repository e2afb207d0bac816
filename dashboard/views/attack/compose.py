"""The part of Attack, folded away, that builds a recipe from named parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.elements import widgets
from dashboard.views.attack import form
from dashboard.wording import escape_markdown, plain

if TYPE_CHECKING:
    from attacks.own.recipe_parts import Part

SAVED = "_attack_composed"
FALLBACK_CONSTRAINTS = ("no-repeat", "no-stopwords")


def adopt_saved() -> None:
    """Choose the recipe that was saved in the run before; only before the form draws its picker."""
    saved = st.session_state.pop(SAVED, None)
    if saved:
        for place in ("batch", "single"):
            st.session_state[form.KEY(f"recipe_{place}")] = saved


def show() -> None:
    """Draw the parts to choose from; what is saved appears among the recipes at once."""
    with st.expander("Compose your own recipe", icon=":material/construction:"):
        _compose()
        _own()


@widgets.show_fixable
def _compose() -> None:
    from attacks.own import recipes
    from attacks.own.recipe_parts import CONSTRAINTS, SEARCHES, TRANSFORMATIONS

    names, parts = st.columns([2, 3], gap="large")
    with names:
        name = st.text_input(
            "Name", key="compose_name", max_chars=41, placeholder="small-letters-and-hyphens",
            persist_state="session",
        )  # fmt: skip
        description = st.text_input(
            "Description", key="compose_description", max_chars=200, placeholder="made from its parts",
            persist_state="session",
        )  # fmt: skip
    with parts:
        search = _pick("Search", "compose_search", SEARCHES)
        changes = _pick_some("Changes", "compose_changes", TRANSFORMATIONS, ())
        limits = _pick_some("Limits", "compose_limits", CONSTRAINTS, FALLBACK_CONSTRAINTS)
    record: dict[str, Any] = {
        "name": (name or "").strip(),
        "search": _with_params("search", search, SEARCHES),
        "transformations": [_with_params("change", change, TRANSFORMATIONS) for change in changes],
        "constraints": [_with_params("limit", limit, CONSTRAINTS) for limit in limits],
    }
    record |= {"description": description.strip()} if description and description.strip() else {}
    ready = bool(record["name"] and changes)
    if st.button("Save", key="compose-save", icon=":material/save:", disabled=not ready):
        recipes.save_own(record)
        st.session_state[SAVED] = record["name"]
        st.rerun()
    if not ready:
        st.caption("Enter a name and at least one change.")


def _pick(label: str, key: str, known: Mapping[str, Part]) -> str:
    chosen = st.selectbox(label, list(known), key=key, persist_state="session") or next(iter(known))
    st.caption(escape_markdown(f"{chosen}: {known[chosen].description}"))
    return chosen


def _pick_some(label: str, key: str, known: Mapping[str, Part], default: tuple[str, ...]) -> list[str]:
    if key not in st.session_state:
        st.session_state[key] = [name for name in default if name in known]
    chosen = st.multiselect(label, list(known), key=key, persist_state="session")
    for name in chosen:
        st.caption(escape_markdown(f"{name}: {known[name].description}"))
    return chosen


def _with_params(kind: str, name: str, known: Mapping[str, Part]) -> dict[str, Any]:
    """Draw a part's parameters, where it has some, and return what a recipe's file holds of it."""
    part = known[name]
    if not part.params:
        return {"part": name}
    columns = st.columns(4)
    given = {
        param: _param(
            columns[place % 4], f"compose_{kind}_{name}_{param}", f"{name}: {plain(param)}", part, param
        )
        for place, param in enumerate(part.params)
    }
    return {"part": name, **given}


def _param(column: Any, key: str, label: str, part: Part, param: str) -> Any:
    value = part.params[param]
    if param in part.choices:
        words = list(part.choices[param])
        return column.selectbox(label, words, index=words.index(value), key=key)
    if isinstance(value, bool):
        return column.checkbox(label, value, key=key)
    if isinstance(value, int | float):
        chosen = column.number_input(
            label, value=value, key=key, format=None if isinstance(value, int) else "%g"
        )
        return value if chosen is None else chosen
    return column.text_input(label, str(value), key=key)


@widgets.show_fixable
def _own() -> None:
    """Draw the recipes that were composed, to delete one, and the files that are none."""
    from attacks.own import recipes

    own = recipes.STORE.all()
    for file, reason in recipes.STORE.wrong().items():
        st.caption(escape_markdown(f"{file} is skipped: {reason}"))
    if not own:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Your recipes", list(own), key="compose_own", width=320)
        if st.button("Remove", key="compose-delete", icon=":material/delete:") and name:
            recipes.STORE.delete(name)
            st.rerun()

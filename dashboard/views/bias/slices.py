"""The part of Bias and slices for your own slices: write one, see what is in it, save it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import columns, public_copy
from dashboard.elements.measured import Measured
from dashboard.views.bias import contents
from dashboard.views.bias import place as bias_place
from dashboard.views.bias import reviews as bias_reviews
from dashboard.views.bias.place import Place
from dashboard.views.bias.reviews import Reviews
from dashboard.wording import escape_markdown
from sentiment_core.errors import ReelcheckError

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice
    from attacks.slices.properties import Property

QUERY, PATTERN = "A query", "A regular expression"
NAME, KIND, TEXT, KEPT = "bias_slice_name", "bias_slice_kind", "bias_slice_text", "bias_slice_kept"
LOADED = "_bias_slice_loaded"
FIRST = "words > 300 and not states_rating"
NEW = ""


def show(models: Sequence[Measured], reviews: Reviews, place: Place) -> Place:
    """Draw the builder and, beside it, what is in the slice."""
    place = _adopt(place)
    left, right = columns.beside([7, 15], "slices", gap="large")
    with left:
        own = _builder(place)
        _columns(reviews)
    with right:
        title = title_of(place.slice) if place.slice else ""
        return contents.show(models, reviews, own, title, place) if own else place


def _kept(name: str) -> OwnSlice | None:
    from attacks.own import named, picked

    return None if picked.is_name(name) else named.find(name)  # what was picked has nothing to write


def title_of(name: str) -> str:
    """Return what the page calls a slice."""
    from attacks.own import named

    return named.title_of(name)


# --- the builder ---------------------------------------------------------------------------------


def _adopt(place: Place) -> Place:
    """Fill the fields from the slice that the place names, once; an unknown name is reported."""
    get = st.session_state.get
    if place.slice and (get(LOADED) != place.slice or TEXT not in st.session_state):
        own = _kept(place.slice)
        if own is None:
            st.caption(f":material/link_off: {escape_markdown(place.slice[:60])} is not in this workspace")
            return replace(place, slice="")
        _fill(own)
    st.session_state.setdefault(KIND, QUERY)
    st.session_state.setdefault(TEXT, FIRST)
    st.session_state.setdefault(NAME, "")
    return place


def _fill(own: OwnSlice) -> None:
    st.session_state[LOADED] = own.name
    st.session_state[KIND] = QUERY if own.query is not None else PATTERN
    st.session_state[TEXT] = own.query if own.query is not None else own.pattern
    st.session_state[NAME] = own.name if _is_own(own.name) else ""


def _is_own(name: str) -> bool:
    from attacks.own.slices import STORE

    return name in STORE.all()


def _edited() -> None:
    """Note that what is written is no longer the slice that the address names."""
    st.session_state.pop(LOADED, None)
    bias_place.go(slice="")


def _builder(place: Place) -> OwnSlice | None:
    """Draw the fields; return what is written, None while nothing is."""
    from attacks.own.slices import OwnSlice

    _open_row(place)
    if public_copy.switched_off("bias-slice"):  # a query of one's own may take long
        return _kept(place.slice) if place.slice else None
    kind = st.segmented_control(
        "Kind", [QUERY, PATTERN], key=KIND, required=True, on_change=_edited,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    hint = (
        "Columns, numbers, 'texts', and, or, not, in, < <= == != >= >"
        if kind == QUERY
        else r"Found anywhere in the text, capitals or not: \bsequels?\b"
    )
    text = st.text_area(
        hint, key=TEXT, height=86, on_change=_edited, persist_state="session",
        max_chars=2000, placeholder=FIRST if kind == QUERY else r"\bsequels?\b",
    )  # fmt: skip
    written = (text or "").strip()
    own = OwnSlice("draft", written, None) if kind == QUERY else OwnSlice("draft", None, written)
    _keep_row(own, place)
    return own if written else None


def _open_row(place: Place) -> None:
    """Draw the kept slices, to open one."""
    from attacks.own.slices import STORE

    names = list(STORE.all())
    linked = [place.slice] if place.slice and place.slice not in names else []
    st.session_state[KEPT] = place.slice
    st.selectbox(
        "Slice",
        [NEW, *linked, *names],
        key=KEPT,
        format_func=lambda name: title_of(name) if name else "new slice",
        on_change=lambda: bias_place.go(slice=st.session_state[KEPT]),
    )


def _keep_row(own: OwnSlice, place: Place) -> None:
    """Draw name, save and delete."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name", key=NAME, max_chars=40, placeholder="letters, digits, dashes", width=165,
            persist_state="session",
        )  # fmt: skip
        if st.button("Save", icon=":material/save:", key="bias-slice-save"):
            _save(own, (name or "").strip())
        if place.slice and _is_own(place.slice):
            st.button(
                "Remove",
                icon=":material/delete:",
                key="bias-slice-delete",
                on_click=_delete,
                args=(place.slice,),
            )


def _save(own: OwnSlice, name: str) -> None:
    from attacks.own import slices as own_slices

    try:
        own_slices.save_own(name, query=own.query, pattern=own.pattern, columns=_further())
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    st.session_state[LOADED] = name
    bias_place.go(slice=name)
    st.rerun()


def _further() -> list[str]:
    """Return the columns that a query may name beyond those of everybody."""
    return list(st.session_state.get("_bias_columns", []))


def _delete(name: str) -> None:
    from attacks.own import slices as own_slices

    if _is_own(name):
        own_slices.STORE.delete(name)
    st.session_state.pop(LOADED, None)
    st.session_state.pop(NAME, None)
    bias_place.go(slice="")


def _columns(reviews: Reviews) -> None:
    """Draw the columns that a query can name, what each says, and an example of a condition."""
    known = bias_reviews.known_columns(reviews)
    st.session_state["_bias_columns"] = list(known)
    frame = reviews.properties
    with st.expander(f"The {len(known)} columns of a query", icon=":material/view_column:", expanded=True):
        st.dataframe(
            pd.DataFrame(
                {
                    "column": list(known),
                    "meaning": [item.title for item in known.values()],
                    "example": [_example(name, item, frame[name]) for name, item in known.items()],
                }
            ),
            hide_index=True,
            height=300,
            row_height=31,
            key="bias-columns",
            column_config={
                "column": st.column_config.TextColumn("Column", width=112),
                "meaning": st.column_config.TextColumn("Meaning", width=200),
                "example": st.column_config.TextColumn("For example", width=132),
            },
        )


def _example(name: str, item: Property, values: pd.Series) -> str:
    from attacks.slices.properties import NUMBER, YES_NO

    if item.type == YES_NO:
        return name
    known = values.dropna()
    if item.type == NUMBER:
        return f"{name} > {float(known.astype(float).quantile(0.75)):.3g}"
    return f"{name} == {str(known.value_counts().index[0])[:30]!r}"

"""Where the Data page is: which data set is shown, in the session and in the address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.records.datasets import Stored
from dashboard.session import selection
from dashboard.session.address import Address

#: The picker's key; `set` in the address, since `data` there is the sidebar's choice.
SET = "data_set"
ADDRESS = Address("data_page", ("set",))
_KEPT = "_data_set_kept"


def adopt() -> None:
    """Take the data set that a followed link asks for."""
    asked = ADDRESS.followed(arrived=SET not in st.session_state)
    if asked is not None:
        st.session_state[SET] = asked.get("set")
    elif SET not in st.session_state:  # Streamlit forgets it when another page is shown
        st.session_state[SET] = st.session_state.get(_KEPT)


def settle(sets: Sequence[Stored]) -> str | None:
    """Return what the address asked for and is not here; where none is asked, the sidebar's is shown."""
    there = [one.fingerprint for one in sets]
    asked = st.session_state.get(SET)
    gone = asked if asked and asked not in there else None
    if asked not in there:
        chosen = selection.selection().data
        default = chosen.fingerprint if chosen and chosen.fingerprint in there else there[0]
        st.session_state[SET] = default
    st.session_state[_KEPT] = st.session_state[SET]
    return gone


def write() -> None:
    """Put the choice into the address once somebody chose."""
    ADDRESS.write({"set": st.session_state.get(SET) or ""})


def go(fingerprint: str) -> None:
    """Show a data set from the next run on, and put it into the address."""
    st.session_state[_KEPT] = fingerprint
    st.session_state.pop(SET, None)
    ADDRESS.go(set=fingerprint)


def forget() -> None:
    """Show another data set from the next run on: this one is gone."""
    for key in (SET, _KEPT):
        st.session_state.pop(key, None)
    ADDRESS.go()

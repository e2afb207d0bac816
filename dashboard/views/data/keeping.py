"""Renaming and removing a data set; removing says what depends on it, and asks first."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import widgets
from dashboard.records.datasets import Stored
from dashboard.views.data import place, plan
from dashboard.wording import escape_markdown
from sentiment_core import data_shelf
from sentiment_core.data import DATASETS, names


def draw(stored: Stored) -> None:
    """Draw both, each with its command."""
    left, right = st.columns(2, gap="large")
    with left:
        _rename(stored)
    with right:
        _remove(stored)


@widgets.show_fixable
def _rename(stored: Stored) -> None:
    if stored.name in DATASETS:
        st.caption(escape_markdown(f"{stored.name} is a name that every installation knows; it stays."))
        return
    key = f"data_rename_{stored.fingerprint}"
    new = st.text_input("Rename", stored.name, key=key, max_chars=names.MOST_CHARACTERS)
    changed = bool(new.strip()) and new.strip() != stored.name
    if st.button("Rename", disabled=not changed, icon=":material/edit:"):
        data_shelf.rename(stored.fingerprint, new)
        st.rerun()
    line = plan.command(["data", "rename", stored.fingerprint, new.strip() if changed else "NEW NAME"])
    st.code(line, language="bash", wrap_lines=True)


@widgets.show_fixable
def _remove(stored: Stored) -> None:
    for sentence in data_shelf.uses(stored.fingerprint).sentences:
        st.caption(escape_markdown(f"{sentence[0].upper()}{sentence[1:]}."))
    sure = st.checkbox("Remove it from this workspace", key=f"data_sure_{stored.fingerprint}")
    if st.button("Remove", disabled=not sure, icon=":material/delete:"):
        data_shelf.remove(stored.fingerprint)
        place.forget()
        st.rerun()
    st.code(plan.command(["data", "remove", stored.fingerprint, "--yes"]), language="bash", wrap_lines=True)

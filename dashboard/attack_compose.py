"""The part of Attack, folded away, in which a recipe of one's own is put together from named parts."""

from __future__ import annotations

import streamlit as st


def show() -> None:
    """Draw the parts to choose from; what is saved stands among the recipes at once."""
    with st.expander("Compose a recipe of your own", icon=":material/construction:"):
        st.caption("Not yet.")

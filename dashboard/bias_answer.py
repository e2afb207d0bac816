"""What stands on top of each part of Bias and slices: its question answered, a line a model."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.wording import escape_markdown


def draw(lines: Sequence[str], then: str) -> None:
    """Draw the answers, and below them, quietly, how they are to be read."""
    st.markdown("  \n".join(f"**{escape_markdown(line)}**" for line in lines))
    st.caption(escape_markdown(then))

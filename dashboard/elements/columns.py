"""Columns of Bias and slices that stack where the window is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

#: Below this width, sidebar included, two columns leave neither a plot nor a table enough room.
NARROW = 1100
KEY = "bias-beside"
STYLE = f"""<style>
@media (max-width: {NARROW}px) {{
  [class*="st-key-{KEY}"] [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) {{
    flex-wrap: wrap;}}
  [class*="st-key-{KEY}"] [data-testid="stColumn"] {{flex: 1 1 100%; min-width: 100%;}}
}}
</style>"""


def beside(
    widths: Sequence[int], name: str, *, gap: Literal["small", "medium", "large"] = "medium",
    align: Literal["top", "bottom"] = "top",
) -> list[DeltaGenerator]:  # fmt: skip
    """Return columns of these widths; each place on the page has a name of its own."""
    with st.container(key=f"{KEY}-{name}"):
        return list(st.columns(list(widths), gap=gap, vertical_alignment=align))

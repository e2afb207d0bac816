"""Charts drawn once for all visitors: to build one takes ten times as long as to send it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go


def drawn(draw: Callable[..., go.Figure], *args: Any, **kwargs: Any) -> go.Figure:
    """Return `draw(*args, **kwargs)`, the same figure for equal arguments: do not change it.

    Args:
        draw: a function of a `charts` module, which depends on its arguments alone.
        args: frames of what is drawn, of at most some thousand rows: equal ones are found by their content.
        kwargs: the same.
    """
    return _drawn(f"{draw.__module__}.{draw.__qualname__}", draw, args, kwargs)


@st.cache_resource(max_entries=128, show_spinner=False)
def _drawn(name: str, _draw: Callable[..., go.Figure], args: Any, kwargs: Any) -> go.Figure:
    return _draw(*args, **kwargs)

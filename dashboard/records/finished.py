"""One list of finished runs for all visitors: its records are the same objects until a run comes or goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from sentiment_core.storage import runs

Record = TypeVar("Record")


def listed(kind: str, read: Callable[[], list[Record]]) -> list[Record]:
    """Return `read()`, the records of the finished runs of a kind, which keep what they have read."""
    found: list[Record] = _listed(kind, folders(kind), read)
    return found


def folders(kind: str) -> tuple[str, ...]:
    """Return the folders of the finished runs of a kind, newest first: what a list of them depends on."""
    return tuple(str(run.folder) for run in runs.list_runs(kind) if run.finished)


@st.cache_resource(max_entries=8, show_spinner=False)
def _listed(kind: str, folders: Sequence[str], _read: Callable[[], list[Any]]) -> list[Any]:
    return _read()

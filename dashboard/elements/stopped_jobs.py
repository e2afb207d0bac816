"""Jobs that were cancelled or failed: how they ended, and the buttons that resume or dismiss them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.wording import escape_markdown

if TYPE_CHECKING:
    from sentiment_core.jobs.jobs import JobStatus

SHOWN = 3
LONGEST_MESSAGE = 90  # characters; the whole of it is in the help


def in_words(status: JobStatus) -> str:
    """Return how a job ended and why."""
    return f"{status.state}. {status.message}".removesuffix(". ").strip()


def sidebar(stopped: Sequence[JobStatus]) -> None:
    """Draw the newest stopped jobs as one line each."""
    if not stopped:
        return
    st.caption("Stopped")
    for status in stopped[:SHOWN]:
        _line(status)
    if len(stopped) > 1:
        more = f" ({len(stopped) - SHOWN:,} more)" if len(stopped) > SHOWN else ""
        st.button(
            f"Dismiss all{more}", key="dismiss-all", type="tertiary", on_click=_dismiss, args=(stopped,)
        )


def buttons(status: JobStatus) -> None:
    """Draw what can be done about a stopped job, into a horizontal container of the page."""
    from sentiment_core.jobs import jobs

    if st.button("Resume", icon=":material/resume:", key=f"resume-{status.run_id}"):
        jobs.resume(status.run_id)
        st.rerun()
    _dismiss_button("Dismiss", status, place="page")


def _dismiss_button(label: str, status: JobStatus, *, place: str) -> None:
    st.button(
        label,
        icon=":material/close:",
        key=f"dismiss-{place}-{status.run_id}",
        type="tertiary",
        help="Dismiss: it is not listed any more",
        on_click=_dismiss,
        args=([status],),
    )


def _line(status: JobStatus) -> None:
    said = in_words(status)
    short = said if len(said) <= LONGEST_MESSAGE else f"{said[: LONGEST_MESSAGE - 1]}…"
    with st.container(gap=None):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
            st.markdown(f":small[{escape_markdown(status.title)}]", width="stretch")
            _dismiss_button("", status, place="sidebar")
        st.caption(escape_markdown(short), help=None if short == said else escape_markdown(said))


def _dismiss(stopped: Sequence[JobStatus]) -> None:
    from sentiment_core.jobs import jobs

    for status in stopped:
        jobs.dismiss(status.run_id)

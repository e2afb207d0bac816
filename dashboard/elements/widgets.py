"""Parts that several pages show: running jobs, empty states, figures with intervals, charts with tables."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec

import pandas as pd
import streamlit as st

from dashboard import public
from dashboard.elements import public_copy, stopped_jobs
from dashboard.session.address import Address
from dashboard.wording import (
    escape_markdown,
    format_seconds,
    message_markdown,
)
from dashboard.wording import format_estimate as format_estimate
from sentiment_core import models
from sentiment_core.errors import ReelcheckError
from sentiment_core.redaction import redacted
from sentiment_core.storage import runs

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from dashboard.records.evaluations import DataChoice
    from sentiment_core.jobs.jobs import JobStatus
    from sentiment_core.models import ModelCard

DEMO_COMMAND = ["demo"]
POLL_SECONDS = 1.5
IDLE_POLL_SECONDS = 10  # jobs may be started at a terminal too
SEEN = "_what_there_is"
P = ParamSpec("P")


def show_fixable(draw: Callable[P, None]) -> Callable[P, None]:
    """Let `draw` end in a sentence, not a traceback, on an error that a person can fix.

    For whole pages and for every fragment: a fragment reruns outside the page's own call.
    """

    @functools.wraps(draw)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except ReelcheckError as error:
            st.error(message_markdown(public.without_paths(redacted(str(error)))), icon=":material/error:")

    return guarded


# --- jobs ----------------------------------------------------------------------------------------


def start_job(argv: Sequence[str], title: str) -> None:
    """Start a command as a job and draw the page again, so that its bar is there at once."""
    start_jobs([(argv, title)])


def start_jobs(commands: Sequence[tuple[Sequence[str], str]]) -> None:
    """Start commands, each with its title, as jobs that run one after the other; draw the page again."""
    from sentiment_core.jobs import jobs

    for argv, title in commands:
        jobs.start(list(argv), title)
    st.rerun()


def job_panel(status: JobStatus, *, place: str) -> None:
    """Draw one job: title, bar, what it does now, time left, cancel; `place` keeps keys apart."""
    from sentiment_core.jobs import jobs

    with st.container(gap=None):
        line = st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False
        )
        line.markdown(f":small[{escape_markdown(status.title)}]")
        public_copy.button(
            "",
            key=f"cancel-{place}-{status.run_id}",
            column=line,
            type="tertiary",
            icon=":material/close:",
            help="Stopping" if status.stopping else "Cancel",
            disabled=status.stopping,
            on_click=jobs.cancel,  # before anything is drawn: the line says at once that it stops
            args=(status.run_id,),
        )
        st.progress(status.fraction)
        st.caption(escape_markdown(_job_in_words(status)))


def _job_in_words(status: JobStatus) -> str:
    if status.stopping:
        return status.message
    if status.state == "queued":
        return status.message or "waiting for its turn"
    left = f"{format_seconds(status.seconds_left)} left" if status.seconds_left is not None else ""
    return ", ".join(part for part in (status.what or status.message, left) if part) or "starting"


def anything_running() -> bool:
    """Whether a job runs or waits for its turn."""
    from sentiment_core.jobs import jobs

    return bool(jobs.list_jobs(active_only=True))


def job_list(place: str, *, otherwise: str = "") -> None:
    """Draw every active job and keep it up to date; the sidebar's watch redraws the page when one ends."""
    if anything_running():
        _job_list(place)
    elif otherwise:
        st.caption(otherwise)


@st.fragment(run_every=POLL_SECONDS)
@show_fixable
def _job_list(place: str) -> None:
    from sentiment_core.jobs import jobs

    for status in jobs.list_jobs(active_only=True):
        job_panel(status, place=place)


def unfinished_job() -> None:
    """Report the last job that failed or was cancelled: why, its log, and buttons to resume or dismiss it."""
    from sentiment_core.jobs import jobs

    last = next(iter(jobs.list_stopped()), None)
    if last is None or anything_running() or public.is_public():
        return
    st.warning(escape_markdown(f"{last.title}: {stopped_jobs.in_words(last)}"))
    with st.expander("Log"):
        st.code(jobs.log_tail(last.run_id) or "nothing", language=None, wrap_lines=True)
    with st.container(horizontal=True):
        stopped_jobs.buttons(last)


def sidebar_jobs() -> None:
    """Draw active and stopped jobs as one line each; redraw the whole page when there is something new.

    In public there is nothing to watch: what runs there is the operator's.
    """
    if public.is_public():
        return
    st.session_state[SEEN] = _what_there_is()
    st.fragment(_sidebar_jobs, run_every=POLL_SECONDS if anything_running() else IDLE_POLL_SECONDS)()


@show_fixable
def _sidebar_jobs() -> None:
    from sentiment_core.jobs import jobs

    if _what_there_is() != st.session_state.get(SEEN):
        st.rerun()
    active = jobs.list_jobs(active_only=True)
    if active:
        st.caption("Running")
    for status in active:
        job_panel(status, place="sidebar")
    stopped_jobs.sidebar(jobs.list_stopped())


def _what_there_is() -> tuple[object, ...]:
    """Return what a page may have to be drawn again for: jobs, models, and runs begun or finished."""
    from sentiment_core.jobs import jobs

    active = tuple(status.run_id for status in jobs.list_jobs(active_only=True))
    stopped = tuple(status.run_id for status in jobs.list_stopped())
    begun = tuple((run.run_id, run.finished) for run in runs.list_runs() if run.kind != jobs.KIND)
    return active, stopped, len(models.list_models()), begun


# --- empty states --------------------------------------------------------------------------------


def part_picker(parts: Mapping[str, str], key: str, changed: Callable[[], None]) -> None:
    """Draw which part of a page is shown; `parts` are titles by what stands in the session under `key`."""
    st.segmented_control(
        "Part",
        list(parts),
        key=key,
        format_func=lambda part: parts.get(part, part),
        required=True,
        on_change=changed,
        label_visibility="collapsed",
    )


def linked_part_picker(parts: Mapping[str, str], key: str) -> str:
    """Draw which part of a page is shown, and return it; the address names it where it is not the first.

    For a page whose address says nothing else of the part; one with a place of its own keeps the part there.
    """
    address, first, kept = Address(key, ("part",)), next(iter(parts)), f"_{key}_kept"
    asked = address.followed(arrived=key not in st.session_state)
    if asked is not None:
        st.session_state[key] = asked.get("part", first)
    elif key not in st.session_state:  # Streamlit forgets it when another page is shown
        st.session_state[key] = st.session_state.get(kept, first)
    if st.session_state[key] not in parts:
        st.session_state[key] = first
    part_picker(parts, key, address.acted)
    chosen = st.session_state[kept] = str(st.session_state[key])
    address.write({"part": "" if chosen == first else chosen})
    return chosen


def nothing_measured(title: str) -> None:
    """Draw the empty state of a page that needs a model measured on reviews."""
    if models.list_models():
        missing = "There are trained models, but none has been measured on reviews. The demo measures two."
    else:
        missing = "There is no trained model in this workspace. The demo trains two on real movie reviews."
    empty_state(title, missing)


def empty_state(title: str, sentence: str) -> None:
    """Say what is missing, and offer the one button that makes it (or its progress, once pressed)."""
    with st.container(border=True):
        st.header(title, anchor=False)
        st.write(sentence)
        demo_button()


def measure_button(card: ModelCard, choice: DataChoice) -> None:
    """Say that a model is not measured on these reviews, and offer the one button that does it."""
    with st.container(border=True):
        st.write(escape_markdown(f"{card.short_name} is not measured on {choice.title}."))
        if anything_running():
            job_list(f"measure-{card.model_id}")
            return
        key = f"measure-{card.model_id}"
        if public_copy.button("Measure the model", type="primary", icon=":material/play_arrow:", key=key):
            argv = ["evaluate", "--model", card.model_id, "--data", choice.argument, "--split", choice.split]
            start_job(argv, f"Measure {card.short_name} on {choice.name}")


def demo_button() -> None:
    """Offer to make the demo; while a job runs, its bar stands here instead of the button."""
    if anything_running():
        job_list("empty")
    elif public_copy.button("Make the demo", type="primary", icon=":material/play_arrow:", key="make-demo"):
        start_job(DEMO_COMMAND, "Make the demo")


# --- figures and charts --------------------------------------------------------------------------


def chart_with_table(
    figure: go.Figure,
    table: pd.DataFrame,
    *,
    key: str,
    caption: str,
    column_config: dict[str, Any] | None = None,
) -> None:
    """Draw a chart, its sentence, and the same figures as a plain table for screen readers."""
    st.plotly_chart(figure, width="stretch", key=key, config={"displayModeBar": False}, alt=caption)
    st.caption(escape_markdown(caption))
    with st.expander("Table", icon=":material/table:"):
        st.dataframe(table, hide_index=True, width="stretch", column_config=column_config, key=f"{key}-table")

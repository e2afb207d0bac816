"""The part of Experiments that watches: progress and curves of what trains, and what can be resumed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import public
from dashboard.elements import stopped_jobs, widgets
from dashboard.records import trainings
from dashboard.views.experiments import charts, state
from dashboard.wording import escape_markdown
from sentiment_core.jobs.jobs import JobStatus

POLL_SECONDS = 2.0
SHOWN = 3


def show() -> None:
    """Draw the trainings under way, else those that can be resumed."""
    if state.active_trainings():
        _show_active()
        return
    stopped = state.stopped_trainings()[:SHOWN]
    if stopped and not public.is_public():
        _show_stopped(stopped)


@st.fragment(run_every=POLL_SECONDS)
@widgets.show_fixable
def _show_active() -> None:
    active = state.active_trainings()
    curves = trainings.losses(state.live_curves(active))
    jobs, chart = st.columns([2, 3], gap="large")
    with jobs:
        for status in active:
            widgets.job_panel(status, place="experiments")
        if in_epochs := any(map(state.learns_in_epochs, active)):
            st.caption("Cancelling keeps the last checkpoint; a cancelled training can be resumed from it.")
    with chart:
        if curves.empty and not in_epochs:
            st.caption("Linear models are not trained in epochs, so there is no learning curve.")
        elif curves.empty:
            st.caption("The learning curve appears here after the first measured loss.")
        else:
            _draw(curves, active)


def _draw(curves: pd.DataFrame, active: Sequence[JobStatus]) -> None:
    colours = {status.title: charts.LIVE_COLOUR for status in active}
    figure = trainings.learning_chart(curves, colours)
    figure.update_layout(height=190)
    st.plotly_chart(figure, key="live-curves", config={"displayModeBar": False}, alt="Losses so far by epoch")


def _show_stopped(stopped: Sequence[JobStatus]) -> None:
    from sentiment_core.jobs import jobs

    for status in stopped:
        with st.container(border=True, horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(escape_markdown(f"{status.title}: {stopped_jobs.in_words(status)}"), width="stretch")
            with st.popover("Log", type="tertiary"):
                st.code(jobs.log_tail(status.run_id) or "nothing", language=None, wrap_lines=True)
            stopped_jobs.buttons(status)

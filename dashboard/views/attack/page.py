"""Attack: run an adversarial batch, watch it, and resume one that was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import attacks
from dashboard.session import selection
from dashboard.views.attack import batch_list, compose, form, running, single
from dashboard.views.attack import state as attack_state
from dashboard.wording import escape_markdown

if TYPE_CHECKING:
    from sentiment_core.jobs.jobs import JobStatus

BATCH, SINGLE = "A batch", "One review"
PART = "attack_part"


def show() -> None:
    chosen = selection.selection().data
    title, part = st.columns([3, 2], vertical_alignment="bottom")
    title.title("Attack", anchor=False)
    compose.adopt_saved()
    if not attack_state.cards() or chosen is None:
        widgets.nothing_measured("Nothing to attack yet")
        return
    job, run_id = what_is_watched()
    if job is not None or run_id is not None:
        show_watched(job, run_id)
        return
    if public_copy.switched_off("attack"):
        batch_list.show()
        return
    with part.container(horizontal=True, horizontal_alignment="right"):
        kind = st.segmented_control(
            "Part", [BATCH, SINGLE], default=BATCH, required=True, key=PART, label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
    what = "a review that you type" if kind == SINGLE else f"reviews of {chosen.short_title}"
    st.caption(escape_markdown(f"Edit {what} until the model changes its answer."))
    if kind == SINGLE:
        single.show()
    else:
        form.show(chosen)
    compose.show()
    batch_list.show()


def what_is_watched() -> tuple[JobStatus | None, str | None]:
    """Return the job and the run that the address names, each found from the other; the run wins."""
    job_id, run_id = attack_state.watched()
    if run_id and not attacks.known(run_id):
        st.caption(f":material/link_off: {escape_markdown(run_id)} is not in this workspace")
        run_id = None
    job = attacks.job(job_id) if job_id else None
    if run_id is None and job is not None:
        run_id = attack_state.run_of(job)
    if job is None and run_id is not None:
        job = attack_state.job_of(run_id)
    return job, run_id


def show_watched(job: JobStatus | None, run_id: str | None) -> None:
    running.show(job, run_id)
    if st.button("Back to the form", icon=":material/arrow_back:", key="attack-back", type="tertiary"):
        attack_state.watch()
        st.rerun()
    batch_list.show(run_id, job.run_id if job else None)


show()

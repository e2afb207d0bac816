"""One typed review attacked while somebody waits, where the model is fast; what is slow becomes a job.

A process of its own attacks, with a limit on its memory, and stays for the next review. The batch is kept
like any other: the answer is in the list, and a click elsewhere leaves a batch that can be resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from attacks.batches import request, runs
from attacks.composition.base import LINEAR_FAMILIES, Recipe
from attacks.schema import AttackSpec
from dashboard.records import attacks
from dashboard.views.attack import running, state
from dashboard.views.attack.plan import Single
from sentiment_core import models
from sentiment_core.execution.staying import Staying
from sentiment_core.models import ModelCard

#: Seconds until a review becomes a job: loading takes up to ten of them on a slow machine, once.
MOST_SECONDS = 30.0
SHOWN_AFTER = 1.0
ANSWERED = "_attack_answered"


class TakesLonger(Exception):
    """The review is not finished within the time that somebody waits."""


@st.cache_resource(show_spinner=False)
def _process() -> Staying:
    return Staying()


def possible(card: ModelCard) -> bool:
    """Whether a model answers fast enough to wait for an attack."""
    return card.family in LINEAR_FAMILIES


def attack(plan: Single, recipe: Recipe, title: str) -> None:
    """Attack the review now and remember which batch has the answer; a slow one goes on as a job."""
    run_id = _started(plan)
    if recipe.kind == "own":
        _process().end()  # another recipe may have been saved under this name since
    bar = st.empty()
    try:
        runs.resume(run_id, workers=1, executor=_process(), progress=_watching(bar.progress))
    except TakesLonger:
        state.watch(job=attacks.start(["run", "--resume", run_id], title), run=run_id)
        st.rerun()
    bar.empty()
    st.session_state[ANSWERED] = (plan, run_id)


def show_answer(plan: Single) -> None:
    """Draw what came of the review on the form; nothing once the form says something else."""
    answered, run_id = st.session_state.get(ANSWERED, (None, ""))
    if answered == plan and attacks.known(run_id):
        st.html(running.STYLE)
        running.show_single(attacks.open_run(run_id))


def _started(plan: Single) -> str:
    card = models.resolve(plan.model)
    params = dict(plan.params)
    request.check_recipe(plan.recipe, params, card, lighter=False)
    examples, source = request.typed(plan.text, plan.label)
    spec = AttackSpec(
        card.model_id, plan.recipe, params, data=source, seed=plan.seed,
        query_budget=plan.query_budget, seconds=plan.seconds,
    )  # fmt: skip
    return runs.start(spec, examples).name


def _watching(draw: Callable[..., object]) -> Callable[[float, float, str], None]:
    """Return what is called while the process works: it draws the time, and ends what takes too long."""
    began = time.monotonic()

    def look(done: float, total: float, what: str) -> None:
        waited = time.monotonic() - began
        if waited > MOST_SECONDS and done < total:
            raise TakesLonger
        if waited > SHOWN_AFTER:  # drawing also lets a click elsewhere end it
            draw(min(1.0, waited / MOST_SECONDS), text=f"Attacking, {waited:.0f} s")

    return look

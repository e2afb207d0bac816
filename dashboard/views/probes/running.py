"""The part of Probes that asks a model: what it takes, the button, and the job's progress."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import public
from dashboard.elements import public_copy, widgets
from dashboard.records import attacks, evaluations, probings
from dashboard.records.evaluations import DataChoice
from dashboard.session import selection
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core.jobs.jobs import JobStatus
from sentiment_core.models import ModelCard

REVIEWS_KEY = "probes_reviews"
REVIEWS, MOST_REVIEWS = 50, 1000
COMMAND = "probe"


def argv_language(card: ModelCard, capabilities: Sequence[str] = ()) -> list[str]:
    """Return the command that asks a model about kinds of language: all of them, or these."""
    asked = ["--capability", *capabilities] if capabilities else []
    return [COMMAND, "--model", card.model_id, *asked]


def argv_reviews(card: ModelCard, choice: DataChoice, reviews: int) -> list[str]:
    """Return the command that asks a model about changed reviews."""
    from attacks.probing import perturbations

    where = ["--data", choice.argument, "--split", choice.split, "--reviews", str(reviews)]
    return [COMMAND, "--model", card.model_id, *where, "--capability", *perturbations.PERTURBATIONS]


def start(argv: Sequence[str], title: str) -> None:
    """Start a probe run as a job and draw the page again, so that its bar is there at once."""
    attacks.start(argv, title)
    st.rerun()


def jobs_of(card: ModelCard) -> list[JobStatus]:
    """Return a model's probe runs that run or wait."""
    return [job for job in attacks.active(COMMAND) if card.model_id in job.argv]


def show_failed(card: ModelCard) -> None:
    """Report a failed last probe run of a model, with its log."""
    from sentiment_core.jobs import jobs

    mine = (job for job in jobs.list_jobs() if job.module == "attacks" and job.argv[:1] == (COMMAND,))
    last = next((job for job in mine if card.model_id in job.argv), None)
    if last is None or public.is_public() or last.active or last.state in ("finished", "cancelled"):
        return
    st.warning(escape_markdown(f"{last.title}: {last.state}. {last.message}".strip()))
    with st.expander("Log"):
        st.code(jobs.log_tail(last.run_id) or "nothing", language=None, wrap_lines=True)


def offer_language(card: ModelCard) -> None:
    """Say that a model is not probed on language yet, and offer the one button that does it."""
    n = language_texts()
    sentence = f"{card.short_name} is not probed on kinds of language yet: {n:,} short built-in texts."
    seconds = language(card, probings.list_runs(), _measured(card))
    _offer(card, sentence, seconds, argv_language(card), f"Probe {card.short_name}", "language")


def offer_reviews(card: ModelCard, choice: DataChoice | None) -> None:
    """Say that a model is not probed on changed reviews yet, and offer to do it."""
    if choice is None:
        st.caption("Changed reviews need a data set that a model was measured on.")
        return
    sentence = (
        f"{card.short_name} is not probed on changed reviews yet: some of {choice.short_title}, each "
        "changed in eleven ways at three severities."
    )
    with st.container(border=True):
        st.write(escape_markdown(sentence))
        if jobs_of(card):
            widgets.job_list(f"probes-reviews-{card.model_id}")
            return
        if public_copy.switched_off(f"probe-reviews-{card.model_id}"):
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            reviews = _how_many(choice)
            seconds = changed_reviews(card, reviews, _measured(card))
            title = f"Probe {card.short_name} with changed reviews"
            _button(card, seconds, argv_reviews(card, choice, reviews), title, "reviews")


def _how_many(choice: DataChoice) -> int:
    most = min(MOST_REVIEWS, choice.n)
    asked = st.session_state.get(REVIEWS_KEY)
    st.session_state[REVIEWS_KEY] = min(int(asked or REVIEWS), most)
    chosen = st.number_input(
        "Reviews to change", 1, most, step=10, key=REVIEWS_KEY, width=180,
        help="More reviews give narrower intervals: with 50, a rate of 10 % has the interval [4.3, 21.4]",
        persist_state="session",
    )  # fmt: skip
    return int(chosen or min(REVIEWS, most))


def _measured(card: ModelCard) -> float | None:
    choice = selection.selection().data
    return evaluations.reviews_per_second(card, choice) if choice else None


def _offer(
    card: ModelCard, sentence: str, seconds: float, argv: Sequence[str], title: str, part: str
) -> None:
    with st.container(border=True):
        st.write(escape_markdown(sentence))
        if jobs_of(card):
            widgets.job_list(f"probes-{part}-{card.model_id}")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            _button(card, seconds, argv, title, part)


def _button(card: ModelCard, seconds: float, argv: Sequence[str], title: str, part: str) -> None:
    key = f"probe-{part}-{card.model_id}"
    if public_copy.switched_off(key):
        return
    if public_copy.button("Start the probes", type="primary", icon=":material/play_arrow:", key=key):
        start(argv, title)
    st.caption(f"About {format_seconds(seconds)}. It keeps running if you leave the page.", width="content")


def again(card: ModelCard, choice: DataChoice | None) -> None:
    """Offer to probe a model again, on language or on changed reviews."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if public_copy.button(
            f"Probe {escape_markdown(card.short_name)} again",
            icon=":material/replay:",
            key=f"again-{card.model_id}",
        ):
            start(argv_language(card), f"Probe {card.short_name}")
        if choice is not None and public_copy.button(
            f"{escape_markdown(card.short_name)} with changed reviews",
            icon=":material/replay:",
            key=f"again-reviews-{card.model_id}",
        ):
            title = f"Probe {card.short_name} with changed reviews"
            start(argv_reviews(card, choice, min(REVIEWS, choice.n)), title)


if TYPE_CHECKING:
    from attacks.probing.runs import ProbeRun

#: The libraries and the model, before the first text.
START_SECONDS = 3.0
#: Short texts a second, where nothing is known: a linear model, and a small encoder on one core.
LINEAR_TEXTS_PER_SECOND, ENCODER_TEXTS_PER_SECOND = 2_000.0, 60.0
#: Reviews a second, likewise.
LINEAR_REVIEWS_PER_SECOND, ENCODER_REVIEWS_PER_SECOND = 1_000.0, 15.0
#: Texts made from one review: itself, and about 31 changed ones of the 33.
TEXTS_A_REVIEW = 32


@functools.cache
def language_texts() -> int:
    """Return how many texts the built-in capabilities have."""
    from attacks.probes import PROBES

    return len({case.text for probe in PROBES.values() for case in probe.cases()})


def language(card: ModelCard, past: Sequence[ProbeRun], measured: float | None) -> float:
    """Return the seconds that all kinds of language take: as an earlier run, else by the family."""
    alike = next(
        (run for run in past if run.model_id == card.model_id and not run.manifest.get("data")), None
    )
    if alike is not None and alike.manifest["n_texts"]:
        pace = float(alike.manifest["seconds"]) / int(alike.manifest["n_texts"])
        return START_SECONDS + pace * language_texts()
    if card.asks_a_network:
        rate = max(ENCODER_TEXTS_PER_SECOND, measured or 0.0)
        return START_SECONDS + language_texts() / rate
    return START_SECONDS + language_texts() / LINEAR_TEXTS_PER_SECOND


def changed_reviews(card: ModelCard, n: int, measured: float | None) -> float:
    """Return the seconds that n reviews take in all their changed forms."""
    linear = not card.asks_a_network
    rate = measured or (LINEAR_REVIEWS_PER_SECOND if linear else ENCODER_REVIEWS_PER_SECOND)
    return START_SECONDS + n * TEXTS_A_REVIEW / rate

"""The part of Probes that asks a model: what it takes, the button, and the job's progress."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import attack_records, attack_state, probes_estimate, probes_records, state, widgets
from dashboard.state import DataChoice
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core.jobs import JobStatus
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
    from attacks.probes import perturbations

    where = ["--data", choice.argument, "--split", choice.split, "--reviews", str(reviews)]
    return [COMMAND, "--model", card.model_id, *where, "--capability", *perturbations.PERTURBATIONS]


def start(argv: Sequence[str], title: str) -> None:
    """Start a probing as a job and draw the page again, so that its bar is there at once."""
    attack_records.start(argv, title)
    st.rerun()


def jobs_of(card: ModelCard) -> list[JobStatus]:
    """Return the probings of a model that run or wait."""
    return [job for job in attack_records.active(COMMAND) if card.model_id in job.argv]


def show_failed(card: ModelCard) -> None:
    """Say so where the last probing of a model ended badly, with what it printed."""
    from sentiment_core import jobs

    mine = (job for job in jobs.list_jobs() if job.module == "attacks" and job.argv[:1] == (COMMAND,))
    last = next((job for job in mine if card.model_id in job.argv), None)
    if last is None or last.active or last.state in ("finished", "cancelled"):
        return
    st.warning(escape_markdown(f"{last.title}: {last.state}. {last.message}".strip()))
    with st.expander("What it printed"):
        st.code(jobs.log_tail(last.run_id) or "nothing", language=None, wrap_lines=True)


def offer_language(card: ModelCard) -> None:
    """Say that a model was not asked about language, and offer the one button that does it."""
    n = probes_estimate.language_texts()
    sentence = f"{card.short_name} has not been asked about kinds of language: {n:,} short texts of our own."
    seconds = probes_estimate.language(card, probes_records.list_runs(), _measured(card))
    _offer(card, sentence, seconds, argv_language(card), f"Probe {card.short_name}", "language")


def offer_reviews(card: ModelCard, choice: DataChoice | None) -> None:
    """Say that a model was not asked about changed reviews, and offer to do it."""
    if choice is None:
        st.caption("Changed reviews need a data set that a model was measured on.")
        return
    sentence = (
        f"{card.short_name} has not been asked about changed reviews: some of {choice.short_title}, each "
        "changed in eleven ways and three steps."
    )
    with st.container(border=True):
        st.write(escape_markdown(sentence))
        if jobs_of(card):
            widgets.job_list(f"probes-reviews-{card.model_id}")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            reviews = _how_many(choice)
            seconds = probes_estimate.reviews(card, reviews, _measured(card))
            title = f"Probe {card.short_name} with changed reviews"
            _button(card, seconds, argv_reviews(card, choice, reviews), title, "reviews")


def _how_many(choice: DataChoice) -> int:
    most = min(MOST_REVIEWS, choice.n)
    asked = st.session_state.get(REVIEWS_KEY)
    st.session_state[REVIEWS_KEY] = min(int(asked or REVIEWS), most)
    chosen = st.number_input(
        "Reviews to change", 1, most, step=10, key=REVIEWS_KEY, width=180,
        help="More reviews, narrower intervals: with 50, a rate of 10 % reads [4.3, 21.4]",
        persist_state="session",
    )  # fmt: skip
    return int(chosen or min(REVIEWS, most))


def _measured(card: ModelCard) -> float | None:
    choice = state.selection().data
    return attack_state.reviews_per_second(card, choice) if choice else None


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
    if st.button("Probe it", type="primary", icon=":material/play_arrow:", key=key):
        start(argv, title)
    st.caption(f"About {format_seconds(seconds)}. It goes on if you leave the page.", width="content")


def again(card: ModelCard, choice: DataChoice | None) -> None:
    """Offer to ask a model once more, of language or of changed reviews."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(
            f"Probe {escape_markdown(card.short_name)} again",
            icon=":material/replay:",
            key=f"again-{card.model_id}",
        ):
            start(argv_language(card), f"Probe {card.short_name}")
        if choice is not None and st.button(
            f"{escape_markdown(card.short_name)} with changed reviews",
            icon=":material/replay:",
            key=f"again-reviews-{card.model_id}",
        ):
            title = f"Probe {card.short_name} with changed reviews"
            start(argv_reviews(card, choice, min(REVIEWS, choice.n)), title)

"""The part of Bias and slices that looks at a model: what is asked, the time it takes, the job."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import attack_records, attack_state, bias_estimate, bias_records, widgets
from dashboard.state import DataChoice
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core.jobs import JobStatus
from sentiment_core.models import ModelCard

COMMAND = "bias"
REVIEWS_KEY = "bias_reviews"
REVIEWS, MOST_REVIEWS = 200, 5000


def argv(card: ModelCard, choice: DataChoice, reviews: int) -> list[str]:
    """Return the command that looks at a model's bias on these reviews."""
    where = ["--data", choice.argument, "--split", choice.split, "--reviews", str(reviews)]
    return [COMMAND, "--model", card.model_id, *where]


def jobs_of(card: ModelCard) -> list[JobStatus]:
    """Return the looks at a model that run or wait."""
    return [job for job in attack_records.active(COMMAND) if card.model_id in job.argv]


def offer(cards: Sequence[ModelCard], choice: DataChoice) -> None:
    """Say of each chosen model without a kept run what would be asked, and offer to do it."""
    reviews: int | None = None
    for card in cards:
        if bias_records.newest(card.model_id, choice) is not None:
            continue
        with st.container(border=True):
            st.write(
                escape_markdown(
                    f"{card.short_name} has not been looked at on {choice.short_title}: "
                    f"{bias_estimate.sentences():,} sentences of our own, up to "
                    f"{kept_reviews(choice):,} real reviews rewritten for each of "
                    f"{len(bias_records.attributes())} attributes, and what it says to all {choice.n:,}."
                )
            )
            if jobs_of(card):
                widgets.job_list(f"bias-{card.model_id}")
                continue
            reviews = _button(card, choice, reviews)


def kept_reviews(choice: DataChoice) -> int:
    """Return how many reviews an attribute are asked for."""
    return min(int(st.session_state.get(REVIEWS_KEY) or REVIEWS), MOST_REVIEWS, choice.n)


def _button(card: ModelCard, choice: DataChoice, reviews: int | None) -> int:
    """Draw the button and, for the first model, the field that says how many reviews; return its value."""
    measured = attack_state.reviews_per_second(card, choice)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if reviews is None:
            reviews = _how_many(choice)
        if st.button("Look at it", type="primary", icon=":material/play_arrow:", key=f"bias-{card.model_id}"):
            start(card, choice, reviews)
        seconds = bias_estimate.seconds(card, reviews, choice.n, bias_records.list_runs(), measured)
        st.caption(f"About {format_seconds(seconds)}. It goes on if you leave the page.", width="content")
    return reviews


def _how_many(choice: DataChoice) -> int:
    most = min(MOST_REVIEWS, choice.n)
    if st.session_state.get(REVIEWS_KEY) is not None:
        st.session_state[REVIEWS_KEY] = min(int(st.session_state[REVIEWS_KEY]), most)
    chosen = st.number_input(
        "Reviews an attribute", 1, most, min(REVIEWS, most), 50, key=REVIEWS_KEY, width=170,
        help="More reviews, narrower intervals; fewer where fewer mention the attribute",
        persist_state="session",
    )  # fmt: skip
    return int(chosen or min(REVIEWS, most))


def start(card: ModelCard, choice: DataChoice, reviews: int) -> None:
    """Start a look as a job and draw the page again, so that its bar is there at once."""
    attack_records.start(argv(card, choice, reviews), f"Bias of {card.short_name}")
    st.rerun()

"""The part of Bias and slices about runs: measure a model, download its tables, and see what made them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import attacks, bias, evaluations
from dashboard.records.bias import Audited
from dashboard.records.evaluations import DataChoice
from dashboard.views.bias.place import Place
from dashboard.wording import escape_markdown, format_seconds, format_started
from sentiment_core.jobs.jobs import JobStatus
from sentiment_core.models import ModelCard
from sentiment_core.storage import spreadsheet

if TYPE_CHECKING:
    from attacks.bias.runs import BiasRun


COMMAND = "bias"
REVIEWS_KEY = "bias_reviews"
REVIEWS, MOST_REVIEWS = 200, 5000


def argv(card: ModelCard, choice: DataChoice, reviews: int) -> list[str]:
    """Return the command that measures a model's bias on these reviews."""
    where = ["--data", choice.argument, "--split", choice.split, "--reviews", str(reviews)]
    return [COMMAND, "--model", card.model_id, *where]


def jobs_of(card: ModelCard) -> list[JobStatus]:
    """Return a model's bias runs that run or wait."""
    return [job for job in attacks.active(COMMAND) if card.model_id in job.argv]


def offer(cards: Sequence[ModelCard], choice: DataChoice) -> None:
    """For each chosen model without a stored run say what it takes, and offer to measure it."""
    reviews: int | None = None
    for card in cards:
        if bias.newest(card.model_id, choice) is not None:
            continue
        with st.container(border=True):
            st.write(
                escape_markdown(
                    f"The bias of {card.short_name} is not measured on {choice.short_title}. This takes its "
                    f"answers to {sentences():,} built-in sentences, to up to {kept_reviews(choice):,} "
                    f"real reviews rewritten for each of {len(bias.attributes())} attributes, and to all "
                    f"{choice.n:,} reviews."
                )
            )
            if jobs_of(card):
                widgets.job_list(f"bias-{card.model_id}")
                continue
            reviews = _button(card, choice, reviews)


def kept_reviews(choice: DataChoice) -> int:
    """Return how many reviews per attribute are asked for."""
    return min(int(st.session_state.get(REVIEWS_KEY) or REVIEWS), MOST_REVIEWS, choice.n)


def _button(card: ModelCard, choice: DataChoice, reviews: int | None) -> int:
    """Draw the button and, for the first model, the field that says how many reviews; return its value."""
    if public_copy.switched_off(f"bias-{card.model_id}"):
        return reviews or REVIEWS
    measured = evaluations.reviews_per_second(card, choice)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if reviews is None:
            reviews = _how_many(choice)
        if public_copy.button(
            "Measure bias", type="primary", icon=":material/play_arrow:", key=f"bias-{card.model_id}"
        ):
            start(card, choice, reviews)
        left = seconds(card, reviews, choice.n, bias.list_runs(), measured)
        st.caption(f"About {format_seconds(left)}. It keeps running if you leave the page.", width="content")
    return reviews


def _how_many(choice: DataChoice) -> int:
    most = min(MOST_REVIEWS, choice.n)
    if st.session_state.get(REVIEWS_KEY) is not None:
        st.session_state[REVIEWS_KEY] = min(int(st.session_state[REVIEWS_KEY]), most)
    chosen = st.number_input(
        "Reviews per attribute", 1, most, min(REVIEWS, most), 50, key=REVIEWS_KEY, width=170,
        help="More reviews give narrower intervals; fewer are used where fewer mention the attribute",
        persist_state="session",
    )  # fmt: skip
    return int(chosen or min(REVIEWS, most))


def start(card: ModelCard, choice: DataChoice, reviews: int) -> None:
    """Start the job and draw the page again, so that its bar is there at once."""
    attacks.start(argv(card, choice, reviews), f"Bias of {card.short_name}")
    st.rerun()


#: The libraries, the model, and each thousand reviews whose properties are read.
START_SECONDS, SECONDS_A_THOUSAND_REVIEWS = 5.0, 2.0
#: Where nothing is known: short texts and reviews a second of a linear model, and of a small encoder.
LINEAR_SENTENCES, ENCODER_SENTENCES = 3_000.0, 60.0
LINEAR_REVIEWS, ENCODER_REVIEWS = 1_000.0, 15.0
#: Of the reviews asked for, about this share can be rewritten, on average over the attributes.
REWRITABLE = 0.4


@functools.cache
def sentences() -> int:
    """Return how many built-in sentences there are, counting every group's version."""
    from attacks.identities import ATTRIBUTES

    return sum(len(attribute.templates()) for attribute in ATTRIBUTES.values())


@functools.cache
def versions() -> int:
    """Return how many versions one review has that mentions every attribute."""
    from attacks.identities import ATTRIBUTES

    return sum(len(attribute.groups) for attribute in ATTRIBUTES.values())


def rewritten(reviews: int, n: int) -> int:
    """Return about how many rewritten reviews there will be; two more versions each are for abuse."""
    return round(min(reviews, n) * (REWRITABLE * versions() + 2))


def seconds(card: ModelCard, reviews: int, n: int, past: Sequence[BiasRun], measured: float | None) -> float:
    """Return the seconds that a run takes: as an earlier one of the model, else by its family's pace.

    Args:
        card: the model.
        reviews: to rewrite, an attribute.
        n: in the split.
        past: earlier runs, newest first.
        measured: reviews per second, where the model was measured.
    """
    texts = sentences() + rewritten(reviews, n)
    alike = next((run for run in past if run.manifest["model_id"] == card.model_id), None)
    if alike is not None and alike.manifest.get("n_texts"):
        return START_SECONDS + texts * float(alike.manifest["seconds"]) / int(alike.manifest["n_texts"])
    linear = not card.asks_a_network
    short = LINEAR_SENTENCES if linear else ENCODER_SENTENCES
    long = measured or (LINEAR_REVIEWS if linear else ENCODER_REVIEWS)
    overhead = START_SECONDS + SECONDS_A_THOUSAND_REVIEWS * n / 1000
    return overhead + sentences() / short + rewritten(reviews, n) / long


#: Downloads: title, file, and where it is in a run.
TABLES: tuple[tuple[str, str, Callable[[Any], pd.DataFrame]], ...] = (
    ("Groups' changes", "report", lambda run: run.report),
    ("All rewritten texts", "texts", lambda run: run.frame),
    ("Generalized metrics", "generalised", lambda run: run.generalised),
    ("Rewrites left out", "left-out", lambda run: run.left_out),
    ("Gaps by slice", "gaps", lambda run: run.fairness),
    ("Weakest slices", "weakest", lambda run: run.weak),
    ("Toxicity", "toxicity", lambda run: run.toxicity),
)


def files(models: Sequence[Audited], cards: Sequence[ModelCard], choice: DataChoice, place: Place) -> Place:
    """Draw downloads, the button that measures again, and each run's manifest."""
    if models:
        st.header("Download", anchor=False)
        st.caption("CSV, both models in one file; shares and probabilities from 0 to 1.")
        _downloads(models)
    st.header("Measure again", anchor=False)
    if attacks.active(COMMAND):
        widgets.job_list("bias-files")
    _again([card for card in cards if any(model.model_id == card.model_id for model in models)], choice)
    for model in models:
        st.header(escape_markdown(model.name), anchor=False)
        st.caption(escape_markdown(f"{model.run_id}, {format_started(model.run_id)} UTC"))
        st.json({"run_id": model.run_id, **model.run.manifest}, expanded=1)
    return place


def _downloads(models: Sequence[Audited]) -> None:
    with st.container(horizontal=True):
        for title, name, read in TABLES:
            st.download_button(
                f"Download {title[0].lower()}{title[1:]} as CSV",
                data=partial(csv, models, read),
                file_name=f"bias-{name}.csv",
                mime="text/csv",
                on_click="ignore",
                icon=":material/download:",
                key=f"bias-export-{name}",
            )


def csv(models: Sequence[Audited], read: Callable[[Any], pd.DataFrame]) -> bytes:
    """Return one table of every model as CSV in which no cell can run as a formula."""
    tables = [bias.flat(read(model.run)) for model in models]
    for model, table in zip(models, tables, strict=True):
        table.insert(0, "model", model.name)
        table.insert(1, "run_id", model.run_id)
    return spreadsheet.to_csv(pd.concat(tables, ignore_index=True))


def _again(cards: Sequence[ModelCard], choice: DataChoice) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for card in cards:
            label = escape_markdown(f"Measure bias of {card.short_name} again")
            if public_copy.button(label, icon=":material/replay:", key=f"bias-again-{card.model_id}"):
                start(card, choice, kept_reviews(choice))

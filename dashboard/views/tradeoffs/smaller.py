"""The part of Trade-offs that makes a smaller model: the kinds, how long each takes, and the button."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import evaluations
from dashboard.records.evaluations import DataChoice
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models
from sentiment_core.models import ModelCard

FROM, KIND = "tradeoffs_from", "tradeoffs_kind"
#: Of 20,000 training reviews, on one core; the job says it again, as tried on the model itself.
LINEAR_SECONDS = 180.0
#: A training step costs about three forward passes, and a student's layers are half of its teacher's.
PASSES = 2 * 3 * 0.5
EXPORT_SECONDS = 60.0


@dataclass(frozen=True)
class Kind:
    """A way to a smaller model: what it is called, what it does, and its command's arguments."""

    title: str
    what: str
    argv: tuple[str, ...]
    network: bool

    @property
    def teaches(self) -> bool:
        """Whether a new model learns the answers of the one that it is made from."""
        return self.argv[0] == "distil"


KINDS = {
    "int8": Kind(
        "int8 copy",
        "The same network in 8-bit weights, for ONNX Runtime: smaller, faster, nearly the same answers.",
        ("export", "--format", "onnx", "--int8"),
        True,
    ),
    "pruned": Kind(
        "int8 copy, pruned vocabulary",
        "Leaves out the tokens that the training reviews hardly use as well, which halves the size again.",
        ("export", "--format", "onnx", "--int8", "--prune-vocabulary"),
        True,
    ),
    "linear": Kind(
        "linear student",
        "A linear model over n-grams that learns the model's answers: under 1 MB, and hundreds of times as "
        "fast as a network.",
        ("distil", "--student", "nbsvm", "--features", "60000"),
        False,
    ),
    "layers": Kind(
        "three-layer student",
        "Half of the layers, which learn the model's answers: half the time, for hours of training.",
        ("distil", "--student", "minilm-3", "--set", "precision=bf16"),
        False,
    ),
}


def show(cards: Sequence[ModelCard], first: ModelCard, choice: DataChoice) -> None:
    """Draw the choice of a model and a kind, how long it takes, and the button that starts the job."""
    if public_copy.switched_off("tradeoffs-make"):
        return
    st.header("Make a smaller one", anchor=False)
    if widgets.anything_running():
        widgets.job_list("tradeoffs")
        return
    by_id = {card.model_id: card for card in cards}
    if st.session_state.get(FROM) not in by_id:
        st.session_state[FROM] = first.model_id
    with st.container(horizontal=True, vertical_alignment="top"):
        st.selectbox("From", list(by_id), key=FROM, format_func=lambda one: by_id[one].short_name, width=300)
        card = by_id[str(st.session_state[FROM])]
        offered = offered_for(card)
        kind = st.segmented_control(
            "Kind", offered, key=KIND, format_func=lambda name: KINDS[name].title, default=offered[0],
            required=True,
        )  # fmt: skip
    chosen = KINDS[str(kind)] if kind in offered else KINDS[offered[0]]
    seconds = expected_seconds(card, chosen, choice)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Make it", key="tradeoffs-make", icon=":material/play_arrow:"):
            title = f"Make a smaller model from {card.short_name}"
            widgets.start_job(argv(card, chosen), title)
        took = "unknown time" if math.isnan(seconds) else f"about {format_seconds(seconds)}"
        st.caption(
            escape_markdown(
                f"{chosen.what} {took[:1].upper()}{took[1:]}; it keeps running if you leave the page."
            ),
            width="stretch",
        )


def offered_for(card: ModelCard) -> list[str]:
    """Return the kinds that can be made from a model: a copy only from a transformer.

    From a model that is linear throughout, a linear one: a network would be larger and slower.
    """
    if not card.asks_a_network:
        return ["linear"]
    return [name for name, kind in KINDS.items() if not kind.network or card.family == "transformer"]


def argv(card: ModelCard, kind: Kind) -> list[str]:
    """Return the command that makes the smaller model."""
    named = ["--teacher" if kind.teaches else "--model", card.model_id]
    data = ["--data", str(card.trained_on.get("name"))] if kind.teaches else []
    return [kind.argv[0], *named, *kind.argv[1:], *data, *_alias(card, kind)]


def expected_seconds(card: ModelCard, kind: Kind, choice: DataChoice) -> float:
    """Return about how long it takes; NaN where the model's speed is not known."""
    if not kind.teaches:
        return EXPORT_SECONDS
    speed = evaluations.reviews_per_second(card, choice)
    n = int(card.trained_on.get("n_train") or 0)
    if not speed:
        return math.nan
    asking = n / speed
    return asking + (LINEAR_SECONDS * n / 20_000 if "nbsvm" in kind.argv else PASSES * asking)


def _alias(card: ModelCard, kind: Kind) -> list[str]:
    """Return the option that names the new model after its parent; none where the name is taken."""
    name = next(name for name, known in KINDS.items() if known == kind)
    alias = f"{card.alias}-{name}" if card.alias else ""
    return ["--alias", alias] if alias and alias not in models.aliases() else []

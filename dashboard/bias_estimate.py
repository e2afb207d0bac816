"""How long a look at bias will take, before it is started. No streamlit."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.slices.bias_runs import BiasRun

#: The libraries, the model, and each thousand reviews whose properties are read.
START_SECONDS, SECONDS_A_THOUSAND_REVIEWS = 5.0, 2.0
#: Where nothing is known: short texts and reviews a second of a linear model, and of a small encoder.
LINEAR_SENTENCES, ENCODER_SENTENCES = 3_000.0, 60.0
LINEAR_REVIEWS, ENCODER_REVIEWS = 1_000.0, 15.0
#: Of the reviews asked for, about this share can be rewritten, on average over the attributes.
REWRITABLE = 0.4


@functools.cache
def sentences() -> int:
    """Return how many sentences of our own there are, every group's version counted."""
    from attacks.slices import ATTRIBUTES

    return sum(len(attribute.templates()) for attribute in ATTRIBUTES.values())


@functools.cache
def versions() -> int:
    """Return how many versions one review has that mentions every attribute."""
    from attacks.slices import ATTRIBUTES

    return sum(len(attribute.groups) for attribute in ATTRIBUTES.values())


def rewritten(reviews: int, n: int) -> int:
    """Return about how many rewritten reviews there will be; two more versions each are for abuse."""
    return round(min(reviews, n) * (REWRITABLE * versions() + 2))


def seconds(card: ModelCard, reviews: int, n: int, past: Sequence[BiasRun], measured: float | None) -> float:
    """Return the seconds that a look takes: as an earlier one of the model, else by its family's pace.

    Args:
        card: the model.
        reviews: to rewrite, an attribute.
        n: in the split.
        past: earlier looks, newest first.
        measured: reviews a second, where the model was measured.
    """
    texts = sentences() + rewritten(reviews, n)
    alike = next((run for run in past if run.manifest["model_id"] == card.model_id), None)
    if alike is not None and alike.manifest.get("n_texts"):
        return START_SECONDS + texts * float(alike.manifest["seconds"]) / int(alike.manifest["n_texts"])
    linear = card.family != "transformer"
    short = LINEAR_SENTENCES if linear else ENCODER_SENTENCES
    long = measured or (LINEAR_REVIEWS if linear else ENCODER_REVIEWS)
    overhead = START_SECONDS + SECONDS_A_THOUSAND_REVIEWS * n / 1000
    return overhead + sentences() / short + rewritten(reviews, n) / long

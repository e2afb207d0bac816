"""How long a probing will take, before it is started. No streamlit."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.probes.probe_runs import ProbeRun

#: The libraries and the model, before the first text.
START_SECONDS = 3.0
#: Short texts a second, where nothing is known: a linear model, and a small encoder on one core.
LINEAR_TEXTS_PER_SECOND, ENCODER_TEXTS_PER_SECOND = 2_000.0, 60.0
#: Reviews a second, likewise.
LINEAR_REVIEWS_PER_SECOND, ENCODER_REVIEWS_PER_SECOND = 1_000.0, 15.0
#: Texts that come of one review: itself, and about 31 changed ones of the 33.
TEXTS_A_REVIEW = 32


@functools.cache
def language_texts() -> int:
    """Return how many texts the capabilities of our own have."""
    from attacks.probes import PROBES

    return len({case.text for probe in PROBES.values() for case in probe.cases()})


def language(card: ModelCard, past: Sequence[ProbeRun], measured: float | None) -> float:
    """Return the seconds that all kinds of language take: as an earlier probing of it, else by its family."""
    alike = next(
        (run for run in past if run.model_id == card.model_id and not run.manifest.get("data")), None
    )
    if alike is not None and alike.manifest["n_texts"]:
        pace = float(alike.manifest["seconds"]) / int(alike.manifest["n_texts"])
        return START_SECONDS + pace * language_texts()
    if card.family == "transformer":
        rate = max(ENCODER_TEXTS_PER_SECOND, measured or 0.0)
        return START_SECONDS + language_texts() / rate
    return START_SECONDS + language_texts() / LINEAR_TEXTS_PER_SECOND


def reviews(card: ModelCard, n: int, measured: float | None) -> float:
    """Return the seconds that n reviews take in all their changed forms."""
    linear = card.family != "transformer"
    rate = measured or (LINEAR_REVIEWS_PER_SECOND if linear else ENCODER_REVIEWS_PER_SECOND)
    return START_SECONDS + n * TEXTS_A_REVIEW / rate

"""A training with a teacher: its answers, texts without labels to learn them on, and the record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sentiment_core.classifiers.base import Teaching


@dataclass(frozen=True)
class Taught:
    """What a teacher adds to a training.

    Attributes:
        teaching: has a value for each training row, those of `transfer` last.
        transfer: EXAMPLE_COLUMNS of texts without labels, which are not held out anywhere; their column label
            is the teacher's answer, of no weight in the loss.
        identity: what decides the training besides data and settings, JSON-ready.
        record: `distilled_from` of the manifest, JSON-ready.
    """

    teaching: Teaching
    transfer: pd.DataFrame
    identity: Mapping[str, Any]
    record: Mapping[str, Any]

"""A training against substitutions of words, and the record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentiment_core.classifiers.base import Substitutions


@dataclass(frozen=True)
class Against:
    """What a model is trained against.

    Attributes:
        substitutions: the candidates of each word, and how many words.
        identity: what decides the training besides data and settings, JSON-ready; the manifest keeps it.
    """

    substitutions: Substitutions
    identity: Mapping[str, Any]

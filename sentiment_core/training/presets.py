"""Named sets of settings: `train --preset NAME` is a whole training in one word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sentiment_core.errors import ModelError


@dataclass(frozen=True)
class Preset:
    """A training by name: its data, its settings, and what to expect of it."""

    name: str
    description: str
    data: str
    family: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    limit: int | None = None


QUICK = Preset(
    name="quick",
    description="A fine-tuning of minutes on two cores: few reviews, their first and last words.",
    data="imdb-embedded",
    family="transformer",
    params=MappingProxyType(
        {
            "base": "distilbert-minilm",
            "epochs": 2.0,
            "learning_rate": 1e-4,
            "max_length": 128,
            "truncation": "head+tail",
            "attention_dropout": 0.0,  # lets the CPU use fused attention: the same accuracy in less time
        }
    ),
    limit=1_600,
)

REFERENCE = Preset(
    name="reference",
    description=(
        "The transformer in the box: all 20,000 embedded training reviews, embeddings frozen so that the "
        "difference from the base is a small adapter. About two hours on one core that has bf16."
    ),
    data="imdb-embedded",
    family="transformer",
    params=MappingProxyType(
        {
            "base": "distilbert-minilm",
            "epochs": 2.0,
            "learning_rate": 1e-4,
            "warmup_ratio": 0.06,
            "max_length": 384,
            "truncation": "head+tail",
            "attention_dropout": 0.0,
            "freeze_embeddings": True,
            "adapter_rank": 60,
            "precision": "bf16",
            "evaluate_every": 625,
            "logging_steps": 50,
        }
    ),
)

DISTILBERT_IMDB = Preset(
    name="distilbert-imdb",
    description="The usual fine-tuning of distilbert-base-uncased on the hub's IMDb. For a GPU.",
    data="imdb",
    family="transformer",
    params=MappingProxyType(
        {
            "base": "distilbert-base-uncased",
            "learning_rate": 2e-5,
            "epochs": 3.0,
            "batch_size": 16,
            "eval_batch_size": 32,
            "weight_decay": 0.01,
            "max_length": 512,
        }
    ),
)

PRESETS = {preset.name: preset for preset in (QUICK, REFERENCE, DISTILBERT_IMDB)}


def preset_named(name: str) -> Preset:
    """Return the preset with this name, or say which there are."""
    if name not in PRESETS:
        raise ModelError(f"preset '{name}' is not known; known: {', '.join(PRESETS)}")
    return PRESETS[name]

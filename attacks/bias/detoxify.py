"""Detoxify's judgement of a text, where its weights are at hand (Hanu & Unitary 2020, "original").

Detoxify's own files are pickles and are not read; the same model's safetensors are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from attacks.composition.settings import Missing
from attacks.resources import places
from attacks.resources.catalog import resource_named
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.classifiers.transformer.foreign import open_folder
from sentiment_core.errors import ModelError, ResourceMissing
from sentiment_core.metrics.base import FloatArray

NAME = "unitary/toxic-bert"
#: From this probability on a text counts as toxic; the usual cut of a sigmoid.
TOXIC_FROM = 0.5
_TEXTS_AT_ONCE, _TOKENS = 16, 512


def where() -> Path | None:
    """Return the folder of the weights, None where they are not here; looks at paths only."""
    folder = places.hub_snapshot(NAME)
    return folder if folder is not None and (folder / "model.safetensors").is_file() else None


def missing_detoxify() -> Missing | None:
    """Return what to get, what it enables and how to get it; None where it is here."""
    if where() is not None:
        return None
    resource = resource_named(NAME)
    return Missing(f"{NAME} with model.safetensors and tokenizer", resource.enables, resource.how_to_get)


def toxicities(texts: Sequence[str], progress: Progress = no_progress) -> FloatArray:
    """Return Detoxify's probability that each text is toxic, float64 [n]; texts are cut at 512 tokens.

    Raises:
        ResourceMissing: the weights are not here, or cannot be read.
    """
    lacks = missing_detoxify()
    if lacks is not None:
        raise ResourceMissing(f"{lacks.what} is not here; {lacks.how_to_get}")
    tokenizer, model, place = _loaded()
    found = np.full(len(texts), np.nan)
    order = sorted(range(len(texts)), key=lambda position: -len(texts[position]))
    for start in range(0, len(order), _TEXTS_AT_ONCE):
        some = order[start : start + _TEXTS_AT_ONCE]
        found[some] = _probabilities(tokenizer, model, [texts[position] for position in some])[:, place]
        progress(start + len(some), len(order), f"judging toxicity of {len(order):,} texts")
    return found


def _loaded() -> tuple[Any, Any, int]:
    """Return tokenizer, model, and which of its outputs says "toxic"."""
    folder = where()
    try:
        opened = open_folder(Path(str(folder)), classes=None)
    except ModelError as error:
        raise ResourceMissing(f"{NAME} cannot be read ({error}); fetch it again") from error
    tokenizer, model = opened.tokenizer, opened.model.eval()
    labels = {str(label).lower(): int(place) for place, label in model.config.id2label.items()}
    return tokenizer, model, next((labels[name] for name in ("toxic", "toxicity") if name in labels), 0)


def _probabilities(tokenizer: Any, model: Any, texts: list[str]) -> FloatArray:
    import torch

    read = tokenizer(texts, padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt")
    with torch.no_grad():
        probabilities: FloatArray = torch.sigmoid(model(**read).logits).double().numpy()
    return probabilities

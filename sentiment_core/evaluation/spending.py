"""What a run asked of models elsewhere: the host, requests, seconds and cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.remote import classifier as remote
from sentiment_core.classifiers.remote import usage
from sentiment_core.classifiers.remote.usage import Usage
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard
from sentiment_core.storage.kept import Shape

#: The key of a manifest, and what is relied on there.
KEY = "elsewhere"
SHAPE: Shape = [
    {
        "model_id": str,
        "host": str,
        "requests": int,
        "texts": int,
        "retries": int,
        "seconds": float,
        "cost": float,
    }
]


class Spending:
    """Looks at the counts when it is made, and says later what came after."""

    def __init__(self, card: ModelCard) -> None:
        self.before = {model_id: usage.read(model_id) for model_id in _elsewhere(card)}

    @property
    def record(self) -> dict[str, Any]:
        """Return {KEY: one row per model elsewhere} for a manifest; nothing where there is none."""
        rows = [row(model_id, usage.read(model_id).since(was)) for model_id, was in self.before.items()]
        return {KEY: rows} if rows else {}


def so_far(card: ModelCard) -> list[dict[str, Any]]:
    """Return what was asked in this workspace so far of a model and its members, where they are elsewhere."""
    return [row(model_id, usage.read(model_id)) for model_id in _elsewhere(card)]


def row(model_id: str, found: Usage) -> dict[str, Any]:
    """Return the host, the counts and the cost of one model."""
    counts = {name: value for name, value in asdict(found).items() if name != "next"}
    try:
        endpoint = remote.read(models.resolve(model_id).folder)
    except ModelError:
        return {"model_id": model_id, "host": "unknown", **counts, "cost": 0.0}
    return {"model_id": model_id, "host": endpoint.host, **counts, "cost": found.cost(endpoint.price)}


def in_words(asked: Mapping[str, Any]) -> str:
    """Return a row as a sentence without its full stop."""
    again = f" ({asked['retries']:,} of them repeated)" if asked["retries"] else ""
    cost = f", cost {asked['cost']:,.4g}" if asked["cost"] else ""
    return (
        f"asked {asked['host']}: {_counted(asked['requests'], 'request')}{again} for "
        f"{_counted(asked['texts'], 'text')} in {asked['seconds']:,.1f} s{cost}"
    )


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _elsewhere(card: ModelCard) -> list[str]:
    rows = card.manifest.get("members") or ({"model_id": card.model_id, "family": card.family},)
    return [str(row["model_id"]) for row in rows if FAMILIES[row["family"]].elsewhere]

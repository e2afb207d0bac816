"""How the reviews of a batch were drawn, as its spec records it: by chance, or picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Parts of a selection that name reviews one by one.
_NAMED = ("ids", "file", "desk")


def picked(selection: Mapping[str, Any]) -> str:
    """Return in words how reviews were picked, by name or by a model's answers; empty for a random sample.

    Figures of picked reviews are about these reviews only: those that a model has wrong are all skipped,
    so that its accuracy under attack is 0, and with those that it has right it starts at 100 %.

    Args:
        selection: the spec's record of a `Selection`; an empty one is a random sample.
    """
    if any(selection.get(name) for name in _NAMED):
        return "hand-picked"
    if selection.get("right_by"):
        return "only reviews that all chosen models get right"
    if selection.get("outcome", "any") != "any":
        return f"only reviews that the model gets {selection['outcome']}"
    return ""


def lengths(selection: Mapping[str, Any]) -> str:
    """Return in words how long the reviews of a sample had to be; empty for any length."""
    low, high = selection.get("min_words") or 0, selection.get("max_words")
    if high:
        return f"{low:,} to {high:,} words" if low else f"up to {high:,} words"
    return f"{low:,} words or more" if low else ""

"""Counterfactual sets: the versions of a text that differ by an identity only, ours and of real reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attacks.rewriting.base import Attribute, Filled, Refused

#: One row per version of a text; the versions of a set differ by the group only.
PAIR_COLUMNS = (
    "attribute",
    "source",
    "template",
    "set_id",
    "group",
    "original",
    "text",
    "label",
)
LEFT_OUT_COLUMNS = ("attribute", "reason", "n")
REVIEWS, TEMPLATES = "reviews", "templates"


@dataclass(frozen=True)
class Pairs:
    """Sets of versions, and how often a rewrite was refused and why.

    Attributes:
        frame: PAIR_COLUMNS; label Int64.
        left_out: LEFT_OUT_COLUMNS, the most frequent reasons of an attribute first.
    """

    frame: pd.DataFrame
    left_out: pd.DataFrame


def pairs_of(attributes: Iterable[Attribute], reviews: pd.DataFrame, *, n: int, seed: int) -> Pairs:
    """Return the counterfactual sets of each attribute: our own sentences, and up to n real reviews.

    The reviews are looked at in one random order (the same for every attribute) until n of them could be
    rewritten cleanly to every group; `left_out` counts those that were looked at in vain, of which those
    that do not mention the attribute are a reason of their own.

    Args:
        attributes: what to rewrite.
        reviews: example_id, text, label.
        n: sets of real reviews an attribute, at most.
        seed: of the order.
    """
    shuffled = reviews.iloc[np.random.default_rng(seed).permutation(len(reviews))]
    rows: list[tuple[Any, ...]] = []
    reasons: list[tuple[str, str, int]] = []
    for attribute in attributes:
        rows += [_own(attribute.name, sentence) for sentence in attribute.templates()]
        made, refused = _from_reviews(attribute, shuffled, n)
        rows += made
        reasons += [(attribute.name, reason, count) for reason, count in refused.most_common()]
    frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS)).astype({"label": "Int64", "original": bool})
    return Pairs(frame, pd.DataFrame(reasons, columns=list(LEFT_OUT_COLUMNS)))


def _own(attribute: str, sentence: Filled) -> tuple[Any, ...]:
    label = pd.NA if sentence.expected is None else sentence.expected
    set_id = f"{attribute}:{sentence.set_id}"
    return (attribute, TEMPLATES, sentence.template, set_id, sentence.group, False, sentence.text, label)


def _from_reviews(
    attribute: Attribute, reviews: pd.DataFrame, n: int
) -> tuple[list[tuple[Any, ...]], Counter[str]]:
    rows: list[tuple[Any, ...]] = []
    refused: Counter[str] = Counter()
    made = 0
    columns = (reviews[name] for name in ("example_id", "text", "label"))
    for example_id, text, label in zip(*columns, strict=True):
        if made == n:
            break
        versions = versions_of(attribute, text)
        if isinstance(versions, Refused):
            refused[versions.reason] += 1
            continue
        made += 1
        set_id = f"{attribute.name}:{example_id}"
        rows += [
            (attribute.name, REVIEWS, str(example_id), set_id, group, version == text, version, label)
            for group, version in versions.items()
        ]
    return rows, refused


def versions_of(attribute: Attribute, text: str) -> dict[str, str] | Refused:
    """Return a text in the version of every group, the original among them, or why there is none."""
    if not attribute.mentioned(text):
        return Refused("the attribute is not mentioned")
    versions: dict[str, str] = {}
    for group in attribute.groups:
        version = attribute.rewrite(text, group)
        if isinstance(version, Refused):
            return version
        versions[group] = version
    return versions

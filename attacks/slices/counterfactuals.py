"""Whom a model treats differently: versions of a text that differ by an identity, and the figures on them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attacks.slices.base import Attribute, Filled, Refused, SliceError
from sentiment_core.metrics.base import FloatArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import benjamini_hochberg, percentile_interval

#: One version of a text a row; the versions of a set differ by the group only.
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

#: One attribute x group x source a row, see `report`.
REPORT_COLUMNS = (
    "attribute",
    "group",
    "source",
    "n",
    "change",
    "largest",
    "largest_set",
    "flips",
    "p",
    "p_adjusted",
    "template_min",
    "template_max",
    "unreliable",
    "verdict",
)
WORST_COLUMNS = (
    "attribute",
    "source",
    "template",
    "group_a",
    "text_a",
    "prob_a",
    "group_b",
    "text_b",
    "prob_b",
    "change",
    "flipped",
)
ALPHA = 0.05
#: With fewer clusters the smallest two-sided p of a sign-flip test, 2 / 2^clusters, is above ALPHA.
ENOUGH_CLUSTERS = 6
RESAMPLES = 2000
#: Up to this many clusters all sign flips are tried, beyond it RESAMPLES random ones.
EXACT_UP_TO = 11
HIGHER, LOWER, NO_DIFFERENCE, TOO_FEW = "treated higher", "treated lower", "no difference found", "too few"


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


def report(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return REPORT_COLUMNS, a row for each attribute x group x source.

    With p[s, g] the probability of positive of group g's version in set s, and d[s, g] = p[s, g] - mean over
    the groups of p[s, .]:

    - n: sets. change: Estimate, the mean of d[., g]; positive: read more favourably than the other groups. Its
      interval is the percentile bootstrap over clusters: templates for our own sentences (their sets are
      paraphrases with other words in them), reviews for real ones.
    - largest, largest_set: the largest |d[s, g]| and where.
    - flips: Estimate, the share of sets in which this group's class differs from the class of the text as
      written (real reviews; over the sets whose original is of another group) or from the class of the
      majority of the set's groups (our own sentences; sets without a majority are left out).
    - p: two-sided sign-flip test over clusters that the mean of d is 0 (all flips of up to 11 clusters, else
      2,000 random ones; the clusters' sums of d are flipped); p_adjusted after Benjamini & Hochberg 1995 over
      all rows.
    - template_min, template_max: the lowest and highest mean of d in a template (NaN for real reviews).
    - unreliable: the sign depends on the template: some are above 0 and some below by more than a tenth
      of the largest, though the mean is called different or not.
    - verdict: "too few" below 6 clusters, else by p_adjusted < 0.05 and the sign.

    The test takes a group's differences to be symmetric about 0 where there is no bias. Groups of one set are
    not independent: with two groups the two rows mirror each other and have one p.
    """
    raise NotImplementedError


def generalised(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return attribute, source, metric, value (Estimate)."""
    raise NotImplementedError


def worst_pairs(frame: pd.DataFrame, attribute: str | None = None, k: int = 20) -> pd.DataFrame:
    """Return WORST_COLUMNS: of each set the two versions that differ most, the largest differences first."""
    raise NotImplementedError

"""Which groups a model treats differently: figures on counterfactual sets of texts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attacks.bias.clustered import Clusters
from attacks.rewriting.pairing import PAIR_COLUMNS, REVIEWS, TEMPLATES, Pairs, pairs_of
from attacks.schema import SliceError
from sentiment_core.metrics.base import BoolArray, FloatArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import benjamini_hochberg, wilson

__all__ = [
    "PAIR_COLUMNS",
    "REVIEWS",
    "TEMPLATES",
    "Pairs",
    "generalised",
    "pairs_of",
    "report",
    "worst_pairs",
]

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
GENERALISED_COLUMNS = ("attribute", "source", "metric", "value")
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
THRESHOLD = 0.5
#: With fewer clusters the smallest two-sided p of a sign-flip test, 2 / 2^clusters, is not below ALPHA.
ENOUGH_CLUSTERS = 6
#: A template moves against the others if it does so by this much, and a quarter of all do.
MOVES = 0.01
AGAINST = 0.25
HIGHER, LOWER, NO_DIFFERENCE, TOO_FEW = "treated higher", "treated lower", "no difference found", "too few"


def report(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return REPORT_COLUMNS, a row for each attribute x group x source; frame: PAIR_COLUMNS, prob_positive.

    With p[s, g] the probability of positive of group g's version in set s, and d[s, g] = p[s, g] - the mean
    over the groups of p[s, .]:

    - n: sets. change: Estimate, the mean of d[., g]; above 0: read more favorably than the other groups. The
      interval is by bootstrap over clusters (`Clusters.estimates`): templates for our own sentences, as their
      sets are one sentence with other words in it, and reviews for real ones.
    - largest, largest_set: the largest |d[s, g]| and where it is.
    - flips: Estimate, of real reviews the share whose class changes when they are moved to this group (over
      those written of another one; Wilson), of our own sentences the share in which this group's class is not
      that of the set's mean probability (Wilson at the number of templates: wide rather than narrow).
    - p: two-sided sign-flip test over clusters that the mean of d is 0, NaN below ENOUGH_CLUSTERS; p_adjusted
      over all rows (Benjamini & Hochberg 1995). The test takes differences to be symmetric about 0 where
      there is no bias.
    - template_min, template_max: the lowest and highest mean of d in a template (NaN for real reviews).
    - unreliable: the sign depends on the template: a quarter or more of them move by at least MOVES against
      the mean of all.
    - verdict: "too few" below ENOUGH_CLUSTERS; "treated higher" or "lower" where p_adjusted < ALPHA and the
      interval leaves 0 out; else "no difference found".

    With two groups the two rows mirror each other: they say one thing twice. Chance is that of other
    sentences and reviews with the same words for a group, not of other words: a difference may be one word's.

    Simulated: 12 templates x 3 sets, 60 reviews, three groups, normal noise of 0.03 by template and 0.03 by
    text (tests/attacks/test_counterfactuals.py): without a bias 3.0 % of 200 reports have a p_adjusted below
    ALPHA in any of their 6 rows, and 95.7 % of the intervals cover 0; +0.05 for one group is found with its
    sign in 96.5 % (sentences) and 100 % (reviews) of 200.
    """
    rng = np.random.default_rng(seed)
    rows = [row for scores in _scores(frame) for row in _rows(scores, rng)]
    table = pd.DataFrame(rows, columns=list(REPORT_COLUMNS))
    table["p_adjusted"] = benjamini_hochberg(list(table["p"]))
    table["verdict"] = [
        _verdict(change, p) for change, p in zip(table["change"], table["p_adjusted"], strict=True)
    ]
    return table.astype({"unreliable": bool})


def generalised(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return attribute, source, metric, value (Estimate): metrics after Czarnowska, Vyas & Shah 2021.

    Metrics" (TACL 9), section 4, in their counterfactual form, scored by the probability of positive. With
    sets S,
    groups T, p[s, t], and the background of a set b[s] = the mean over its versions:

    - "PCM", pairwise comparison: the mean over S and over all pairs of groups of |p[s, t] - p[s, u]|.
    - "BCM", background comparison: the mean over S and over T of |p[s, t] - b[s]|.
    - "VBCM: group", the vector-valued one: one value per group, the mean over S of |p[s, t] - b[s]|.
    - "MCM", multi-group comparison: the mean over S of the standard deviation (dividing by |T|) of p[s, .].

    All are at least 0, and 0 only for a model that never distinguishes the groups: noise counts too, and says
    nothing of a direction (see `report`). Intervals as in `report`, cut at 0.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for scores in _scores(frame):
        names, columns = _generalised(scores)
        for name, estimate in zip(names, scores.clusters(rng).estimates(columns), strict=True):
            value = Estimate(
                estimate.value, max(estimate.ci_low, 0.0), estimate.ci_high, estimate.n, estimate.reason
            )
            rows.append((scores.attribute, scores.source, name, value))
    return pd.DataFrame(rows, columns=list(GENERALISED_COLUMNS))


def worst_pairs(frame: pd.DataFrame, attribute: str | None = None, k: int = 20) -> pd.DataFrame:
    """Return WORST_COLUMNS: of each set the two versions that differ most, the largest differences first.

    `change` is prob_b - prob_a and at least 0; of a real review (see `source`) neither need be the original.
    """
    chosen = frame if attribute is None else frame[frame["attribute"] == attribute]
    ordered = chosen.sort_values("prob_positive", kind="stable")
    keys = ["attribute", "source", "set_id"]
    lowest, highest = (ordered.drop_duplicates(keys, keep=keep) for keep in ("first", "last"))
    kept = {"group": "group", "text": "text", "prob_positive": "prob"}
    a = lowest[[*keys, "template", *kept]].rename(columns={old: f"{new}_a" for old, new in kept.items()})
    b = highest[[*keys, *kept]].rename(columns={old: f"{new}_b" for old, new in kept.items()})
    pairs = a.merge(b, on=keys)
    pairs["change"] = pairs["prob_b"] - pairs["prob_a"]
    pairs["flipped"] = (pairs["prob_b"] >= THRESHOLD) & (pairs["prob_a"] < THRESHOLD)
    worst = pairs.sort_values("change", ascending=False, kind="stable").head(k)
    return worst.reset_index(drop=True)[list(WORST_COLUMNS)]


@dataclass(frozen=True)
class _Scores:
    """The probabilities of one attribute and source.

    Attributes:
        prob: float64 [sets, groups].
        original: bool [sets, groups], the version as written.
        templates: one name per set.
    """

    attribute: str
    source: str
    groups: tuple[str, ...]
    sets: tuple[str, ...]
    templates: tuple[str, ...]
    prob: FloatArray
    original: BoolArray

    @property
    def difference(self) -> FloatArray:
        """p[s, g] - the set's mean; exactly 0 where all versions have one probability."""
        apart = self.prob - self.prob[:, :1]
        centred: FloatArray = apart - apart.mean(axis=1, keepdims=True)
        return centred

    def clusters(self, rng: np.random.Generator) -> Clusters:
        return Clusters(pd.factorize(np.array(self.templates, dtype=object))[0], rng)


def _scores(frame: pd.DataFrame) -> Iterator[_Scores]:
    for (attribute, source), rows in frame.groupby(["attribute", "source"], sort=False):
        groups = tuple(dict.fromkeys(rows["group"]))
        sets = pd.factorize(rows["set_id"])
        places = sets[0] * len(groups) + pd.Index(groups).get_indexer(rows["group"])
        size = len(sets[1]) * len(groups)
        if len(rows) != size or len(np.unique(places)) != size:
            raise SliceError(
                f"{attribute} ({source}): each set needs one text for each of {', '.join(groups)}; "
                f"{len(sets[1])} sets have {len(rows)} texts"
            )
        order = np.argsort(places)
        prob = rows["prob_positive"].to_numpy(dtype=float)[order].reshape(-1, len(groups))
        original = rows["original"].to_numpy(dtype=bool)[order].reshape(-1, len(groups))
        templates = tuple(rows["template"].to_numpy()[order][:: len(groups)])
        yield _Scores(str(attribute), str(source), groups, tuple(sets[1]), templates, prob, original)


def _rows(scores: _Scores, rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    clusters = scores.clusters(rng)
    apart = scores.difference
    changes = clusters.estimates(apart)
    enough = clusters.count >= ENOUGH_CLUSTERS
    p = clusters.sign_flip_p(apart) if enough else np.full(apart.shape[1], math.nan)
    means = clusters.means(apart)
    for place, group in enumerate(scores.groups):
        at = int(np.abs(apart[:, place]).argmax())
        spread = _spread(means[:, place], scores.source)
        yield (
            *(scores.attribute, group, scores.source, len(apart), changes[place]),
            *(float(abs(apart[at, place])), scores.sets[at], _flips(scores, place, clusters.count)),
            *(float(p[place]), math.nan, *spread, _unreliable(means[:, place], scores.source), ""),
        )


def _spread(means: FloatArray, source: str) -> tuple[float, float]:
    return (math.nan, math.nan) if source == REVIEWS else (float(means.min()), float(means.max()))


def _unreliable(means: FloatArray, source: str) -> bool:
    against = means * np.sign(means.mean()) <= -MOVES
    return source != REVIEWS and bool(against.mean() >= AGAINST)


def _flips(scores: _Scores, place: int, clusters: int) -> Estimate:
    """Return the share of sets in which a group's class is another one, see `report`."""
    classes = scores.prob >= THRESHOLD
    if scores.source == REVIEWS:
        moved = ~scores.original[:, place]
        as_written = (classes & scores.original).any(axis=1)
        flipped = (classes[:, place] != as_written)[moved]
    else:
        flipped = classes[:, place] != (scores.prob.mean(axis=1) >= THRESHOLD)
    n = len(flipped)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "no review is written of another group")
    share, seen = float(flipped.mean()), n if scores.source == REVIEWS else clusters
    return Estimate(share, *wilson(share * seen, seen), n)


def _verdict(change: Estimate, p_adjusted: float) -> str:
    if math.isnan(p_adjusted):
        return TOO_FEW
    if p_adjusted >= ALPHA or change.ci_low <= 0 <= change.ci_high:
        return NO_DIFFERENCE
    return HIGHER if change.value > 0 else LOWER


def _generalised(scores: _Scores) -> tuple[list[str], FloatArray]:
    """Return the metrics' names and each set's share of them, float64 [sets, metrics]."""
    prob, apart = scores.prob, scores.difference
    first, second = np.triu_indices(prob.shape[1], k=1)
    background = np.abs(apart)
    columns = [
        np.abs(prob[:, first] - prob[:, second]).mean(axis=1, keepdims=True),
        background.mean(axis=1, keepdims=True),
        background,
        np.sqrt((apart**2).mean(axis=1, keepdims=True)),
    ]
    names = ["PCM", "BCM", *(f"VBCM: {group}" for group in scores.groups), "MCM"]
    return names, np.concatenate(columns, axis=1)

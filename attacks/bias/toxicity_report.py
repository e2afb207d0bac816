"""Does abuse in a review drive its score? Error rates, scores given the label, and the text without abuse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from attacks.bias.clustered import Clusters
from attacks.language.abuse import toxic, without, without_others
from attacks.slices.fairness import ALPHA, FISHER, WELCH, Gap, gaps
from sentiment_core.evaluation.breakdowns import ENOUGH
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.metrics.base import BoolArray
from sentiment_core.schema import LABEL_NAMES, Estimate
from sentiment_core.statistics import benjamini_hochberg, percentile_interval, row_weights

#: One row per figure, see `toxicity_report`.
TOXICITY_COLUMNS = (
    "measure",
    "label",
    "value",
    "against",
    "difference",
    "p",
    "test",
    "p_adjusted",
    "verdict",
)
ERROR_RATE, MEAN_SCORE = "error rate", "mean probability"
CORRELATION, TAKEN_OUT = "rank correlation", "without the abuse"
#: One sentence each for the page: what is in `value` and in `against`.
MEASURES = {
    ERROR_RATE: "Share of reviews that the model gets wrong: with abuse, and without any.",
    MEAN_SCORE: "Mean probability of positive, of one label at a time: with abuse, and without any.",
    CORRELATION: "Spearman's correlation of the probability with the number of abusive words, by label.",
    TAKEN_OUT: "Change of the probability when the abusive words are taken out, and when as many others are.",
}
SPEARMAN, SIGN_FLIP = "Spearman's rank correlation", "sign-flip test"
RESAMPLES = 1000
_SIDES: tuple[tuple[str, int | None], ...] = (
    ("all", None),
    *((name, label) for label, name in LABEL_NAMES.items()),
)


def rewritten(examples: pd.DataFrame, *, n: int, seed: int) -> pd.DataFrame:
    """Return up to n toxic reviews, drawn with a seed: example_id, label, text, without, others.

    `without` lacks the abusive words, `others` as many other words.
    """
    chosen = examples.iloc[np.random.default_rng(seed).permutation(len(examples))]
    hit = chosen[[toxic(text) > 0 for text in chosen["text"]]].head(n)
    kept = hit[["example_id", "label", "text"]].reset_index(drop=True)
    return kept.assign(
        without=[without(text) for text in kept["text"]],
        others=[without_others(text, seed + place) for place, text in enumerate(kept["text"])],
    )


def toxicity_report(
    frame: pd.DataFrame, taken_out: pd.DataFrame | None = None, *, seed: int = 0
) -> pd.DataFrame:
    """Return TOXICITY_COLUMNS, a figure (an Estimate each) a row, for all reviews and for each label.

    Toxic reviews are mostly negative, so that only figures of one label tell abuse from blame; the mean
    probability is therefore given by label only, and so is the correlation.

    - "error rate", "mean probability": value in the toxic reviews, against in the others, difference.
    - "rank correlation": value over the reviews of a label; against and difference do not apply.
    - "without the abuse": value the mean change of probability when the abusive words go, against the same
      for as many other words, difference what is left for the abuse itself (paired; intervals and test as in
      `clustered`, a review a cluster).

    p_adjusted is Benjamini & Hochberg's over the table; verdict: "higher", "lower" (than against, or than 0)
    where it is below ALPHA, "no difference found", or "too few" below ENOUGH reviews on a side.

    Args:
        frame: label, prob_positive, toxicity (number of abusive words).
        taken_out: label, prob_positive, prob_without, prob_others of `rewritten` reviews.
        seed: of the bootstrap.
    """
    rows = [*_compared(frame), *_correlated(frame, np.random.default_rng(seed))]
    if taken_out is not None:
        rows += _counterfactual(taken_out, np.random.default_rng(seed + 1))
    table = pd.DataFrame(rows, columns=list(TOXICITY_COLUMNS[:7]))
    table["p_adjusted"] = benjamini_hochberg(list(table["p"].astype(float)))
    table["verdict"] = [_verdict(row) for row in table.to_dict(orient="records")]
    return table


def _compared(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for name, label in _SIDES:
        rows = _of(frame, label)
        gap = gaps(rows, rows["toxicity"] > 0)["accuracy"]
        sides = _wrong(gap.inside), _wrong(gap.outside)
        yield (ERROR_RATE, name, *sides, _turned(gap.difference), _p(gap), FISHER)
    for name, label in _SIDES[1:]:
        rows = _of(frame, label)
        gap = gaps(rows, rows["toxicity"] > 0)["calibration"]
        # Within one label, probability - truth is the probability less a constant.
        sides = _moved(gap.inside, label or 0), _moved(gap.outside, label or 0)
        yield (MEAN_SCORE, name, *sides, gap.difference, _p(gap), WELCH)


def _correlated(frame: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    nothing = Estimate(math.nan, math.nan, math.nan, 0, "compared with 0")
    for name, label in _SIDES[1:]:
        rows = _of(frame, label)
        value, p = _spearman(rows, rng)
        yield (CORRELATION, name, value, nothing, nothing, p, SPEARMAN)


def _spearman(rows: pd.DataFrame, rng: np.random.Generator) -> tuple[Estimate, float]:
    from scipy import stats

    n = len(rows)
    ranks = [stats.rankdata(rows[column].to_numpy(dtype=float)) for column in ("prob_positive", "toxicity")]
    if n < 3 or any(np.ptp(rank) == 0 for rank in ranks):
        return Estimate(math.nan, math.nan, math.nan, n, "one of the two does not vary"), math.nan
    result = stats.spearmanr(*ranks)
    x, y = ((rank - rank.mean()) / rank.std() for rank in ranks)
    drawn = [
        np.stack([weights @ column for column in (x, y, x * x, y * y, x * y)]) / n
        for weights in row_weights(n, RESAMPLES, rng)
    ]
    mean_x, mean_y, square_x, square_y, product = np.concatenate(drawn, axis=1)
    spread = np.sqrt(np.maximum((square_x - mean_x**2) * (square_y - mean_y**2), 0))
    replicates = np.divide(
        product - mean_x * mean_y, spread, out=np.full(len(spread), np.nan), where=spread > 1e-9
    )
    interval = percentile_interval(replicates)
    hit = int((rows["toxicity"] > 0).sum())
    p = float(result.pvalue) if min(hit, n - hit) >= ENOUGH else math.nan
    return Estimate(float(result.statistic), *interval, n), p


def _counterfactual(frame: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for name, label in _SIDES:
        rows = _of(frame, label)
        before = rows["prob_positive"].to_numpy(dtype=float)
        changes = [rows[column].to_numpy(dtype=float) - before for column in ("prob_without", "prob_others")]
        scores = np.stack([*changes, changes[0] - changes[1]], axis=1)
        clusters = Clusters(np.arange(len(rows)), rng)
        value, against, difference = clusters.estimates(scores)
        p = clusters.sign_flip_p(scores[:, 2:])[0] if len(rows) >= ENOUGH else math.nan
        yield (TAKEN_OUT, name, value, against, difference, float(p), SIGN_FLIP)


def _of(frame: pd.DataFrame, label: int | None) -> pd.DataFrame:
    truth, _ = truth_and_probability(frame)
    chosen: BoolArray = np.ones(len(frame), dtype=bool) if label is None else truth == label
    return frame[chosen].reset_index(drop=True)


def _wrong(right: Estimate) -> Estimate:
    return Estimate(1 - right.value, 1 - right.ci_high, 1 - right.ci_low, right.n, right.reason)


def _turned(difference: Estimate) -> Estimate:
    return Estimate(
        -difference.value, -difference.ci_high, -difference.ci_low, difference.n, difference.reason
    )


def _moved(off: Estimate, label: int) -> Estimate:
    low, high = max(off.ci_low + label, 0.0), min(off.ci_high + label, 1.0)
    return Estimate(off.value + label, low, high, off.n, off.reason)


def _p(gap: Gap) -> float:
    return gap.p if min(gap.inside.n, gap.outside.n) >= ENOUGH else math.nan


def _verdict(row: dict[str, Any]) -> str:
    if math.isnan(row["p"]):
        return "too few"
    if row["p_adjusted"] >= ALPHA:
        return "no difference found"
    figure = row["value"] if row["measure"] == CORRELATION else row["difference"]
    return "higher" if figure.value > 0 else "lower"

"""Find where a model is weak without being given candidates, and confirm it on held-out reviews.

One half of the reviews is searched: every condition on a text property and every pair of two, a lattice of
two levels as in SliceLine (Sagadeeva & Boehm 2021) with a z-score in place of its weighted size. The few best
are then tested on the other half. What was picked for its errors shows more of them than it has; the
held-out half does not know what was picked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment_core.metrics.base import BoolArray, FloatArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import benjamini_hochberg, share

#: One row per slice found, the weakest on the searched half first.
WEAK_COLUMNS = (
    "name",
    "query",
    "n_found",
    "error_found",
    "n_held_out",
    "error_held_out",
    "error_elsewhere",
    "p",
    "p_adjusted",
    "confirmed",
)
ALPHA = 0.05
#: Slices taken to the held-out half: each more costs the others power.
MOST_FOUND = 8
#: A number is cut at these shares of the reviews.
CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)
#: A category takes part with its most frequent values.
MOST_VALUES = 8
#: Two found slices may share at most this much of their union (Jaccard): the second would say nothing new.
MOST_OVERLAP = 0.5
#: A second condition must add this much to the z-score of the better of the two alone.
WORTH_A_CONDITION = 1.0
#: Below this z-score a slice is not worth a test.
WORTH_A_TEST = 1.0


@dataclass(frozen=True)
class Condition:
    """One condition, as a query says it, and the rows where it holds (missing counts as not)."""

    column: str
    query: str
    rows: BoolArray


def search(frame: pd.DataFrame, *, seed: int, min_reviews: int = 30) -> pd.DataFrame:
    """Return WEAK_COLUMNS: at most MOST_FOUND slices; `query` can be saved as a slice of one's own.

    p: one-sided Fisher's exact test on the held-out half that errors are more frequent inside than elsewhere;
    p_adjusted: Benjamini & Hochberg over the slices found; confirmed: p_adjusted < ALPHA.

    Simulated, 200 seeds (tests/attacks/test_slices_weak.py): on 1,500 reviews of pure noise 3 % of the
    searches confirm anything; 25 points more errors in 7 % of 3,000 reviews, by two conditions, are found and
    confirmed in 95 %.

    Args:
        frame: columns of text properties (bool/boolean, numbers, texts), and `error`, True where wrong.
        seed: deals the reviews to the two halves.
        min_reviews: smaller slices on the searched half are ignored.
    """
    searched = np.zeros(len(frame), dtype=bool)
    searched[np.random.default_rng(seed).permutation(len(frame))[: len(frame) // 2]] = True
    error = frame["error"].to_numpy(dtype=bool)
    conditions = conditions_of(frame.drop(columns="error"), searched)
    chosen = _weakest(conditions, error, searched, min_reviews)
    rows = [_row(query, rows, error, searched) for query, rows in chosen]
    table = pd.DataFrame(rows, columns=list(WEAK_COLUMNS[:8]))
    table["p_adjusted"] = benjamini_hochberg(list(table["p"].astype(float)))
    table["confirmed"] = table["p_adjusted"] < ALPHA
    return table


def conditions_of(properties: pd.DataFrame, searched: BoolArray) -> list[Condition]:
    """Return every single condition; numbers are cut where the searched half has its quantiles."""
    found: list[Condition] = []
    for column in map(str, properties.columns):
        found += _conditions(column, properties[column], searched)
    return [condition for condition in found if 0 < condition.rows.sum() < len(properties)]


def _conditions(column: str, values: pd.Series[float], searched: BoolArray) -> list[Condition]:
    if pd.api.types.is_bool_dtype(values):
        known = values.astype("boolean")
        yes, no = (rows.fillna(False).to_numpy(dtype=bool) for rows in (known, ~known))
        return [Condition(column, column, yes), Condition(column, f"not {column}", no)]
    if pd.api.types.is_numeric_dtype(values):
        return _cuts(column, values.to_numpy(dtype=np.float64, na_value=np.nan), searched)
    frequent = values[searched].value_counts().index[:MOST_VALUES]
    return [
        Condition(column, f"{column} == {str(value)!r}", (values == value).fillna(False).to_numpy(dtype=bool))
        for value in frequent
    ]


def _cuts(column: str, values: FloatArray, searched: BoolArray) -> list[Condition]:
    known = values[searched & ~np.isnan(values)]
    if len(known) == 0:
        return []
    cuts = dict.fromkeys(_rounded(cut) for cut in np.quantile(known, CUTS))
    lowest = float(known.min())  # "questions == 0" reads better than "questions <= 0"
    return [
        Condition(column, f"{column} {sign} {cut:.12g}", rows)
        for cut in cuts
        for sign, rows in (
            (">", values > cut),
            ("==", values == cut) if cut == lowest else ("<=", values <= cut),
        )
    ]


def _rounded(value: float) -> float:
    """Return what a query says in three digits, or whole numbers in full: what is read is what is tested."""
    return float(round(value)) if abs(value) >= 100 else float(f"{value:.3g}")


def _weakest(
    conditions: Sequence[Condition], error: BoolArray, searched: BoolArray, min_reviews: int
) -> list[tuple[str, BoolArray]]:
    """Return query and rows of the weakest slices on the searched half that do not repeat each other."""
    if not conditions:
        return []
    members = np.stack([condition.rows[searched] for condition in conditions]).astype(np.float64)
    wrong = error[searched].astype(np.float64)
    score = _z_scores(
        members @ members.T, (members * wrong) @ members.T, len(wrong), wrong.sum(), min_reviews
    )
    alone = np.diag(score).copy()
    better = np.maximum(alone[:, None], alone[None, :]) + WORTH_A_CONDITION
    columns = np.array([condition.column for condition in conditions])
    useless = (score < better) | (columns[:, None] == columns[None, :])
    np.fill_diagonal(useless, False)
    score[useless | np.tri(len(score), k=-1, dtype=bool)] = -np.inf
    found: list[tuple[str, BoolArray]] = []
    for place in np.argsort(-score, axis=None, kind="stable"):
        i, j = divmod(int(place), len(conditions))
        if score[i, j] < WORTH_A_TEST or len(found) == MOST_FOUND:
            break
        rows = conditions[i].rows & conditions[j].rows
        if all(_overlap(rows, others) <= MOST_OVERLAP for _, others in found):
            parts = dict.fromkeys(conditions[k].query for k in (i, j))
            found.append((" and ".join(parts), rows))
    return found


def _z_scores(
    n: FloatArray, errors: FloatArray, total: int, total_errors: float, min_reviews: int
) -> FloatArray:
    """Return how many standard deviations a slice has more errors than as many reviews drawn at random.

    Mean and variance of the hypergeometric distribution; -inf where too few reviews are inside or outside.
    """
    share = total_errors / max(total, 1)
    spread = np.sqrt(n * share * (1 - share) * (total - n) / max(total - 1, 1))
    fits = (n >= min_reviews) & (total - n >= min_reviews) & (spread > 0)
    score: FloatArray = np.full(n.shape, -np.inf)
    score[fits] = (errors[fits] - n[fits] * share) / spread[fits]
    return score


def _overlap(a: BoolArray, b: BoolArray) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def _row(query: str, rows: BoolArray, error: BoolArray, searched: BoolArray) -> tuple[object, ...]:
    found, inside, outside = rows & searched, rows & ~searched, ~rows & ~searched
    return (
        query.replace(" and ", " + "),
        query,
        int(found.sum()),
        float(error[found].mean()),
        int(inside.sum()),
        _error_rate(error[inside]),
        _error_rate(error[outside]),
        _more_errors(error[inside], error[outside]),
    )


def _error_rate(errors: BoolArray) -> Estimate:
    return share(int(errors.sum()), len(errors), "no review of the held-out half")


def _more_errors(inside: BoolArray, outside: BoolArray) -> float:
    """Return the chance of at least as many errors inside, were the errors dealt out at random."""
    from scipy import stats

    if not len(inside) or not len(outside):
        return math.nan
    both = int(inside.sum() + outside.sum())
    return float(stats.hypergeom.sf(int(inside.sum()) - 1, len(inside) + len(outside), both, len(inside)))

"""From judged cases to figures: failure rates with intervals, their spread over templates, and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import benjamini_hochberg, share

#: One capability a row, see `matrix`.
MATRIX_COLUMNS = (
    "capability",
    "title",
    "family",
    "kind",
    "severity",
    "failure_rate",
    "n",
    "n_failed",
    "n_not_applicable",
    "n_templates",
    "template_min",
    "template_max",
    "heterogeneity_p",
    "unreliable",
    "p",
    "p_adjusted",
    "verdict",
)

#: A capability may fail this often before it counts against a model; ours: no probe is free of doubt.
TOLERATED = 0.05
ALPHA = 0.05
#: A template with fewer judged cases says too little to be the best or the worst.
ENOUGH_PER_TEMPLATE = 3

SHUFFLES = 2000


def matrix(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return MATRIX_COLUMNS, a row for each capability (of real reviews: and severity), in their order.

    - failure_rate: Estimate, failed / judged with Wilson's interval; NaN with a reason where nothing applies.
    - template_min, template_max: the lowest and highest failure rate of a template (NaN with one template).
    - heterogeneity_p: chance that templates which all fail equally often differ this much (Pearson's
      chi-squared over templates x held, failures dealt out at random, since cells are small), adjusted over
      the capabilities (Benjamini & Hochberg 1995). Only templates of the same expectation are compared: that
      a model leans to one class is no disagreement of paraphrases. unreliable: below ALPHA; the rate then
      depends on which paraphrases were chosen, and its interval is too narrow.
    - p: one-sided exact binomial test that the model fails more often than TOLERATED; p_adjusted over all
      rows.
    - verdict: "fails" where the whole interval lies above TOLERATED and p_adjusted < ALPHA; "holds" where the
      whole interval lies below it, which takes 73 judged cases or more; else "unclear"; "does not apply"
      without a judged case.

    Cases of one template resemble each other: read p together with the templates' spread.
    """
    groups = list(frame.groupby(["capability", "severity"], sort=False, dropna=False))
    rng = np.random.default_rng(seed)
    rows = [_summary(rows, rng) for _, rows in groups]
    table = pd.DataFrame(rows)
    table["heterogeneity_p"] = benjamini_hochberg(list(table["heterogeneity_p"]))
    table["unreliable"] = table["heterogeneity_p"] < ALPHA
    return with_verdicts(table).astype({"severity": "Int64"})[list(MATRIX_COLUMNS)]


def with_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a matrix with p_adjusted and verdict over exactly these rows, as where two are put together."""
    adjusted = benjamini_hochberg(list(table["p"]))
    rates = list(table["failure_rate"])
    verdicts = [_verdict(figure, p) for figure, p in zip(rates, adjusted, strict=True)]
    return table.assign(p_adjusted=adjusted, verdict=verdicts)


def by_template(frame: pd.DataFrame) -> pd.DataFrame:
    """Return capability, severity, template, failure_rate (Estimate), n, n_failed: one row per template."""
    groups = frame.groupby(["capability", "severity", "template"], sort=False, dropna=False)
    rows = []
    for (capability, severity, template), cases in groups:
        failed, n = _counts(cases)
        rows.append((capability, severity, template, rate(failed, n), n, failed))
    columns = ["capability", "severity", "template", "failure_rate", "n", "n_failed"]
    return pd.DataFrame(rows, columns=columns)


def failing(frame: pd.DataFrame, capability: str | None = None) -> pd.DataFrame:
    """Return the failed cases, each with its group's original: columns `original`, `prob_original`.

    The worst come first: MFT by the distance from the expectation, INV and DIR by the move.
    """
    chosen = with_originals(frame if capability is None else frame[frame["capability"] == capability])
    failed = chosen[chosen["held"].eq(False).fillna(False)]
    order = np.argsort(-failed["far"].to_numpy(dtype=float), kind="stable")
    return failed.drop(columns="far").iloc[order].reset_index(drop=True)


def with_originals(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return cases with their group's original: columns `original`, `prob_original`, and `far`.

    `far` is how badly a case may have failed: MFT by the distance from the expectation, INV and DIR by the
    move from the original.
    """
    first = chosen[chosen["order"] == 0].drop_duplicates(["capability", "severity", "group"])
    first = first[["capability", "severity", "group", "text", "prob_positive"]]
    first = first.rename(columns={"text": "original", "prob_positive": "prob_original"})
    both = chosen.merge(first, on=["capability", "severity", "group"], how="left")
    goal = both["expected"].astype("float64").fillna(0.5)
    moved = (both["prob_positive"] - both["prob_original"]).abs()
    return both.assign(far=moved.where(both["kind"] != "MFT", (both["prob_positive"] - goal).abs()))


def rate(failed: int, n: int) -> Estimate:
    """Return a failure rate with Wilson's interval."""
    return share(failed, n, "no case that the rule applies to")


def _counts(cases: pd.DataFrame) -> tuple[int, int]:
    """Return failed and judged cases."""
    return int(cases["held"].eq(False).fillna(False).sum()), int(cases["held"].notna().sum())


def _summary(cases: pd.DataFrame, rng: np.random.Generator) -> dict[str, Any]:
    failed, n = _counts(cases)
    per_template = [_counts(rows) for _, rows in cases.groupby("template", sort=False)]
    rates = [wrong / judged for wrong, judged in per_template if judged >= ENOUGH_PER_TEMPLATE]
    several = len(rates) > 1
    first = cases.iloc[0]
    return {
        **{name: first[name] for name in ("capability", "title", "family", "kind", "severity")},
        "failure_rate": rate(failed, n),
        "n": n,
        "n_failed": failed,
        "n_not_applicable": _not_applicable(cases),
        "n_templates": len(per_template),
        "template_min": min(rates) if several else math.nan,
        "template_max": max(rates) if several else math.nan,
        "heterogeneity_p": heterogeneity(_strata(cases), rng),
        "p": _above_tolerated(failed, n),
    }


def _not_applicable(cases: pd.DataFrame) -> int:
    """Return the cases that could have been judged and were not; originals of groups never can."""
    originals = (cases["kind"] != "MFT") & (cases["order"] == 0)
    return int((cases["held"].isna() & ~originals).sum())


def _strata(cases: pd.DataFrame) -> list[list[tuple[int, int]]]:
    """Return (failed, judged) of each template, apart by what is expected."""
    counted = cases[cases["held"].notna()]
    by_expectation = counted.groupby("expected", dropna=False)
    return [
        [_counts(rows) for _, rows in stratum.groupby("template", sort=False)]
        for _, stratum in by_expectation
    ]


def heterogeneity(strata: Sequence[Sequence[tuple[int, int]]], rng: np.random.Generator) -> float:
    """Return the chance that templates which fail equally often within a stratum differ as much as these.

    Args:
        strata: (failed, judged) of each template, in lists of the same expectation.
        rng: deals the failures out; with SHUFFLES of them the smallest value is 1 / (SHUFFLES + 1).
    """
    compared = [np.array(stratum, dtype=np.int64) for stratum in strata if len(stratum) > 1]
    if not compared:
        return math.nan
    observed = sum(_chi_squared(counts[None, :, 0], counts[:, 1])[0] for counts in compared)
    dealt = np.zeros(SHUFFLES)
    for counts in compared:
        failed, n = counts[:, 0].sum(), counts[:, 1]
        dealt += _chi_squared(rng.multivariate_hypergeometric(n, failed, size=SHUFFLES), n)
    return float(((dealt >= observed - 1e-9).sum() + 1) / (SHUFFLES + 1))


def _chi_squared(failed: IntArray, n: IntArray) -> FloatArray:
    """Return Pearson's statistic of each row of failures; both margins are fixed, so one cell is enough."""
    share = failed.sum(axis=1, keepdims=True) / n.sum()
    spread = n * share * (1 - share)  # 0 where all fail or none does: no template differs then
    terms = np.divide((failed - n * share) ** 2, spread, out=np.zeros(spread.shape), where=spread > 0)
    statistic: FloatArray = terms.sum(axis=1)
    return statistic


def _above_tolerated(failed: int, n: int) -> float:
    from scipy import stats

    return float(stats.binom.sf(failed - 1, n, TOLERATED)) if n else math.nan


def _verdict(failure_rate: Estimate, p_adjusted: float) -> str:
    if not failure_rate.defined:
        return "does not apply"
    if failure_rate.ci_low > TOLERATED and p_adjusted < ALPHA:
        return "fails"
    return "holds" if failure_rate.ci_high < TOLERATED else "unclear"

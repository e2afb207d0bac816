"""Ask a model every case of every capability, judge the answers, and sum them up with intervals and tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from attacks.probes.base import Capability, Case, Held, ProbeError
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.prediction import predict_frame
from sentiment_core.schema import Estimate
from sentiment_core.statistics import benjamini_hochberg, wilson

#: One judged case a row. `held` is True, False or None (does not apply); `severity` is missing for texts of
#: our own; `order` 0 is a group's original.
CASE_COLUMNS = (
    "capability",
    "title",
    "family",
    "kind",
    "severity",
    "template",
    "case_id",
    "group",
    "order",
    "text",
    "expected",
    "prob_positive",
    "held",
)

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

#: A capability may fail this often before it counts against a model; ours, as no probe is beyond all doubt.
TOLERATED = 0.05
ALPHA = 0.05
#: A template with fewer judged cases says too little to be the best or the worst.
ENOUGH_PER_TEMPLATE = 3

SHUFFLES = 2000


def probe(
    model: str,
    capabilities: Sequence[Capability],
    *,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return CASE_COLUMNS, a row a case, in the order of the capabilities; each distinct text is read once.

    Args:
        model: id or alias of a trained model.
        capabilities: of `attacks.probes.PROBES`, of a user's own, or of `perturbations.capabilities`.
        workers: processes; see `sentiment_core.prediction.worker_count`.
        progress: told about every chunk; raise Cancelled in it to stop.

    Raises:
        ProbeError: no capability is given, one is given twice, or there is no case.
    """
    found = [(capability, capability.cases()) for capability in _checked(capabilities)]
    texts = list(dict.fromkeys(case.text for _, cases in found for case in cases))
    if not texts:
        raise ProbeError("the capabilities have no case: no text of theirs could be made from these reviews")
    asked = pd.DataFrame({"example_id": range(len(texts)), "text": texts})
    predicted = predict_frame(model, asked, workers=workers, progress=progress)
    return judged(found, dict(zip(texts, predicted["prob_positive"].astype(float), strict=True)))


def judged(found: Sequence[tuple[Capability, Sequence[Case]]], probability: dict[str, float]) -> pd.DataFrame:
    """Return CASE_COLUMNS from what a model says to each text."""
    rows = [row for capability, cases in found for row in _judge(capability, cases, probability)]
    frame = pd.DataFrame(rows, columns=list(CASE_COLUMNS))
    kept = {"expected": "Int64", "severity": "Int64", "held": "object"}
    return frame.astype(kept)


def matrix(frame: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return MATRIX_COLUMNS, a row for each capability (of real reviews: and severity), in their order.

    - failure_rate: Estimate, failed / judged with Wilson's interval; NaN with a reason where nothing applies.
    - template_min, template_max: the lowest and highest failure rate of a template (NaN with one template).
    - heterogeneity_p: chance that templates which all fail equally often differ this much (Pearson's
      chi-squared over templates x held, failures dealt out at random, since cells are small), adjusted over
      the capabilities (Benjamini & Hochberg 1995). unreliable: below ALPHA; the rate then depends on which
      paraphrases were chosen, and its interval is too narrow.
    - p: one-sided exact binomial test that the model fails more often than TOLERATED; p_adjusted over all
      rows.
    - verdict: "fails" where p_adjusted < ALPHA; else "holds" where the rate is at most TOLERATED; else
      "unclear"; "does not apply" without a judged case.

    Cases of one template resemble each other: read p together with the templates' spread.
    """
    groups = list(frame.groupby(["capability", "severity"], sort=False, dropna=False))
    rng = np.random.default_rng(seed)
    rows = [_summary(rows, rng) for _, rows in groups]
    table = pd.DataFrame(rows)
    table["heterogeneity_p"] = benjamini_hochberg(list(table["heterogeneity_p"]))
    table["unreliable"] = table["heterogeneity_p"] < ALPHA
    table["p_adjusted"] = benjamini_hochberg(list(table["p"]))
    table["verdict"] = [
        _verdict(row["failure_rate"], row["p_adjusted"]) for row in table.to_dict(orient="records")
    ]
    return table.astype({"severity": "Int64"})[list(MATRIX_COLUMNS)]


def by_template(frame: pd.DataFrame) -> pd.DataFrame:
    """Return capability, severity, template, failure_rate (Estimate), n, n_failed: a row a template."""
    groups = frame.groupby(["capability", "severity", "template"], sort=False, dropna=False)
    rows = []
    for (capability, severity, template), cases in groups:
        failed, n = _counts(cases)
        rows.append((capability, severity, template, rate(failed, n), n, failed))
    columns = ["capability", "severity", "template", "failure_rate", "n", "n_failed"]
    return pd.DataFrame(rows, columns=columns)


def failing(frame: pd.DataFrame, capability: str | None = None) -> pd.DataFrame:
    """Return the failed cases, each with its group's original: columns `original`, `prob_original`.

    The worst stand first: MFT by the distance from the expectation, INV and DIR by the move.
    """
    chosen = frame if capability is None else frame[frame["capability"] == capability]
    first = chosen[chosen["order"] == 0].drop_duplicates(["capability", "severity", "group"])
    first = first[["capability", "severity", "group", "text", "prob_positive"]]
    first = first.rename(columns={"text": "original", "prob_positive": "prob_original"})
    failed = chosen[chosen["held"].eq(False)].merge(first, on=["capability", "severity", "group"], how="left")
    goal = failed["expected"].astype("float64").fillna(0.5)
    moved = (failed["prob_positive"] - failed["prob_original"]).abs()
    far = moved.where(failed["kind"] != "MFT", (failed["prob_positive"] - goal).abs())
    order = np.argsort(-far.to_numpy(dtype=float), kind="stable")
    return failed.iloc[order].reset_index(drop=True)


def rate(failed: int, n: int) -> Estimate:
    """Return a failure rate with Wilson's interval."""
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, "no case that the rule applies to")
    return Estimate(failed / n, *wilson(failed, n), n)


def _checked(capabilities: Sequence[Capability]) -> Sequence[Capability]:
    names = [(capability.name, capability.severity) for capability in capabilities]
    if not names:
        raise ProbeError("no capability is given; give one or more")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ProbeError(f"capability '{twice[0]}' is given twice; give each once")
    return capabilities


def _judge(
    capability: Capability, cases: Sequence[Case], probability: dict[str, float]
) -> list[tuple[Any, ...]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    rows = []
    for group in groups.values():
        said = np.array([probability[case.text] for case in group], dtype=np.float64)
        verdicts = capability.judge(group, said)
        rows += [_row(capability, *judged) for judged in zip(group, said, verdicts, strict=True)]
    return rows


def _row(capability: Capability, case: Case, probability: float, held: Held) -> tuple[Any, ...]:
    return (
        capability.name,
        capability.title,
        capability.family,
        capability.kind,
        pd.NA if capability.severity is None else capability.severity,
        case.template,
        case.case_id,
        case.group,
        case.order,
        case.text,
        pd.NA if case.expected is None else case.expected,
        float(probability),
        held,
    )


def _counts(cases: pd.DataFrame) -> tuple[int, int]:
    """Return failed and judged cases."""
    return int(cases["held"].eq(False).sum()), int(cases["held"].notna().sum())


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
        "heterogeneity_p": heterogeneity(per_template, rng),
        "p": _above_tolerated(failed, n),
    }


def _not_applicable(cases: pd.DataFrame) -> int:
    """Return the cases that could have been judged and were not; originals of groups never can."""
    originals = (cases["kind"] != "MFT") & (cases["order"] == 0)
    return int((cases["held"].isna() & ~originals).sum())


def heterogeneity(per_template: Sequence[tuple[int, int]], rng: np.random.Generator) -> float:
    """Return the chance that templates which fail equally often lie as far apart as these.

    Args:
        per_template: (failed, judged) of each.
        rng: deals the failures out; with SHUFFLES of them the smallest value is 1 / (SHUFFLES + 1).
    """
    counts = np.array([pair for pair in per_template if pair[1] > 0], dtype=np.int64).reshape(-1, 2)
    failed, n = counts[:, 0], counts[:, 1]
    if len(counts) < 2:
        return math.nan
    if failed.sum() in (0, n.sum()):
        return 1.0
    dealt = rng.multivariate_hypergeometric(n, failed.sum(), size=SHUFFLES)
    as_far = _chi_squared(dealt, n) >= _chi_squared(failed[None, :], n) - 1e-9
    return float((as_far.sum() + 1) / (SHUFFLES + 1))


def _chi_squared(failed: IntArray, n: IntArray) -> FloatArray:
    """Return Pearson's statistic of each row of failures; both margins are fixed, so one cell is enough."""
    share = failed.sum(axis=1, keepdims=True) / n.sum()
    statistic: FloatArray = ((failed - n * share) ** 2 / (n * share * (1 - share))).sum(axis=1)
    return statistic


def _above_tolerated(failed: int, n: int) -> float:
    from scipy import stats

    return float(stats.binom.sf(failed - 1, n, TOLERATED)) if n else math.nan


def _verdict(failure_rate: Estimate, p_adjusted: float) -> str:
    if not failure_rate.defined:
        return "does not apply"
    if p_adjusted < ALPHA:
        return "fails"
    return "holds" if failure_rate.value <= TOLERATED else "unclear"

"""Run every case of every capability on a model, judge the answers, and keep the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from attacks.probing.base import Capability, Case, Held, ProbeError
from attacks.probing.summary import by_template, failing, matrix
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.evaluation.prediction import predict_frame

__all__ = ["CASE_COLUMNS", "by_template", "failing", "judged", "matrix", "probe"]

#: One judged case a row. `held` is missing where the rule does not apply; `severity` is missing for texts of
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


def probe(
    model: str,
    capabilities: Sequence[Capability],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return CASE_COLUMNS, one row per case, in the capabilities' order; each distinct text is read once.

    Args:
        model: id or alias of a trained model.
        capabilities: of `attacks.probes.PROBES`, of a user's own, or of `perturbations.capabilities`.
        workers: processes; see `sentiment_core.evaluation.prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: called after every chunk; raise Cancelled in it to stop.

    Raises:
        ProbeError: no capability is given, one is given twice, or there are no cases.
    """
    found = [(capability, capability.cases()) for capability in _checked(capabilities)]
    texts = list(dict.fromkeys(case.text for _, cases in found for case in cases))
    if not texts:
        raise ProbeError("the capabilities have no case: no text of theirs could be made from these reviews")
    asked = pd.DataFrame({"example_id": range(len(texts)), "text": texts})
    predicted = predict_frame(model, asked, workers=workers, cluster=cluster, progress=progress)
    return judged(found, dict(zip(texts, predicted["prob_positive"].astype(float), strict=True)))


def judged(found: Sequence[tuple[Capability, Sequence[Case]]], probability: dict[str, float]) -> pd.DataFrame:
    """Return CASE_COLUMNS from what a model says to each text."""
    rows = [row for capability, cases in found for row in _judge(capability, cases, probability)]
    frame = pd.DataFrame(rows, columns=list(CASE_COLUMNS))
    kept = {"expected": "Int64", "severity": "Int64", "held": "boolean"}
    return frame.astype(kept)


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

"""What attacks, probes and bias reports that were kept did with one review."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.batches.runs import AttackRun
from attacks.bias.runs import BiasRun
from attacks.probing.runs import ProbeRun
from attacks.rewriting.pairing import REVIEWS
from sentiment_core.errors import ReelcheckError

#: A run's verdicts on its adversarial texts; None where nothing was judged.
Verdicts = Callable[[str], "pd.DataFrame | None"]


@dataclass(frozen=True)
class Attacked:
    """What one attack made of the review; `valid` is None where nobody judged the text or none succeeded."""

    run_id: str
    model_id: str
    recipe: str
    outcome: str
    valid: bool | None
    prob_before: float
    prob_after: float
    words_changed: int
    queries: int
    original: str
    perturbed: str

    @property
    def in_words(self) -> str:
        """Return the outcome: "fooled, valid", "not fooled"."""
        if self.outcome != "succeeded":
            return {"failed": "not fooled", "skipped": "skipped: already wrong"}.get(self.outcome, "error")
        judged = {None: "not judged", True: "valid", False: "not valid"}[self.valid]
        return f"fooled, {judged}"


@dataclass(frozen=True)
class Changed:
    """A changed copy of the review that a probe or a bias report asked a model about.

    Attributes:
        kind: "probe" or "bias".
        what: the change: a probe with its severity, or an identity with its group.
        held: whether the model held it; None where the rule does not apply.
    """

    run_id: str
    model_id: str
    kind: str
    what: str
    held: bool | None
    prob_before: float
    prob_after: float
    text: str


def attacks_on(
    fingerprint: str, example_id: str, runs: Iterable[AttackRun], verdicts: Verdicts
) -> list[Attacked]:
    """Return what attacks made of a review, in the runs' order; one that cannot be read is left out."""
    found = []
    for run in runs:
        if run.spec.data.get("fingerprint") != fingerprint or example_id not in run.spec.example_ids:
            continue
        try:
            found += _attacked(run, example_id, verdicts)
        except ReelcheckError:
            continue  # the page of attacks says what is wrong with it
    return found


def _attacked(run: AttackRun, example_id: str, verdicts: Verdicts) -> list[Attacked]:
    rows = run.records[run.records["example_id"] == example_id]
    judged = verdicts(run.run_id) if len(rows) else None
    return [
        Attacked(
            run.run_id,
            run.spec.model_id,
            run.spec.recipe,
            str(row.outcome),
            _valid(judged, example_id) if row.outcome == "succeeded" else None,
            float(row.prob_before),
            float(row.prob_after),
            int(row.words_changed),
            int(row.queries),
            str(row.original),
            str(row.perturbed),
        )
        for row in rows.itertuples()
    ]


def _valid(judged: pd.DataFrame | None, example_id: str) -> bool | None:
    if judged is None:
        return None
    said = judged.loc[judged["example_id"] == example_id, "valid"].dropna()
    return bool(said.iloc[0]) if len(said) else None


def changes_of(
    fingerprint: str, example_id: str, probes: Iterable[ProbeRun], reports: Iterable[BiasRun]
) -> list[Changed]:
    """Return the changed copies of a review that models were asked about, probes first."""
    found: list[Changed] = []
    readers: list[tuple[ProbeRun | BiasRun, Callable[[Any, str], list[Changed]]]] = [
        *((run, _probed) for run in probes),
        *((run, _rewritten) for run in reports),
    ]
    for run, read in readers:
        if (run.manifest.get("data") or {}).get("fingerprint") != fingerprint:
            continue
        try:
            found += read(run, example_id)
        except ReelcheckError:
            continue  # the page of its kind says what is wrong with it
    return found


def _probed(run: Any, example_id: str) -> list[Changed]:
    frame = run.frame
    rows = frame[(frame["family"] == "robustness") & (frame["group"] == example_id)]
    before = rows[rows["order"] == 0].drop_duplicates(["capability", "severity"])
    originals = before.set_index(["capability", "severity"])["prob_positive"].to_dict()
    return [
        Changed(
            run.run_id,
            run.model_id,
            "probe",
            f"{row.title}, severity {row.severity}",
            None if pd.isna(row.held) else bool(row.held),
            float(originals[row.capability, row.severity]),
            float(row.prob_positive),
            str(row.text),
        )
        for row in rows[rows["order"] != 0].itertuples()
    ]


def _rewritten(run: Any, example_id: str) -> list[Changed]:
    frame = run.frame
    rows = frame[(frame["source"] == REVIEWS) & (frame["template"] == example_id)]
    originals = rows[rows["original"]].set_index("set_id")["prob_positive"].to_dict()
    return [
        Changed(
            run.run_id,
            run.model_id,
            "bias",
            f"{row.attribute}: {row.group}",
            (row.prob_positive >= 0.5) == (originals[row.set_id] >= 0.5),
            float(originals[row.set_id]),
            float(row.prob_positive),
            str(row.text),
        )
        for row in rows[~rows["original"]].itertuples()
        if row.set_id in originals
    ]

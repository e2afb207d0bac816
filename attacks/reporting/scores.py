"""What attacks, probes and bias runs say of each model in one figure, so that models can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from attacks.batches import drawn
from sentiment_core.errors import ReelcheckError
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun
    from attacks.bias.runs import BiasRun

#: Gives every figure of a batch; ReelcheckError where its records or verdicts are damaged.
FiguresOf = Callable[["AttackRun"], Mapping[str, Estimate]]


# --- attack ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A finished random sample of the chosen reviews, newest first among others; `run_id` names it.

    Batches of reviews of different `lengths` (in words, empty for any) are not compared.
    """

    run_id: str
    model_id: str
    recipe: str
    n: int
    lengths: str = ""


@dataclass(frozen=True)
class AttackScore:
    """One model's accuracy under attack, where every change counts, and where only valid ones do.

    `lengths` says how long the reviews had to be; empty for any length.
    """

    run_id: str
    recipe: str
    raw: Estimate
    valid: Estimate
    lengths: str = ""


def chosen(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return a batch a model, all of one recipe and of reviews as long, so that the models can be compared.

    The recipe that attacked the most models; of several one on reviews of any length, then the one with the
    most reviews, then the newest. Of a model's batches of it the largest, then the newest.
    """
    if not candidates:
        return []
    alike: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        alike.setdefault((candidate.recipe, candidate.lengths), []).append(candidate)
    best = max(
        alike.values(), key=lambda some: (_models(some), not some[0].lengths, max(one.n for one in some))
    )
    largest: dict[str, Candidate] = {}
    for candidate in best:
        if candidate.model_id not in largest or candidate.n > largest[candidate.model_id].n:
            largest[candidate.model_id] = candidate
    return list(largest.values())


def _models(candidates: Sequence[Candidate]) -> int:
    return len({candidate.model_id for candidate in candidates})


def attack_scores(
    runs: Sequence[AttackRun],
    reviews: Mapping[str, Any],
    figures: FiguresOf,
    title: Callable[[AttackRun], str],
) -> dict[str, AttackScore]:
    """Return by model id the accuracy under attack on these reviews, by one recipe for all models.

    Reviews that somebody picked are no sample.

    Args:
        runs: batches of attacks, newest first, without those that edit by chance.
        reviews: their fingerprint and split.
        figures: of a batch.
        title: of a batch's recipe; batches of one title are compared.
    """
    known = {run.run_id: run for run in runs if _is_on(run, reviews)}
    candidates = [
        Candidate(run.run_id, run.spec.model_id, title(run), _size(run), _lengths(run))
        for run in known.values()
    ]
    found = {}
    for candidate, its in _of_readable(candidates, known, figures):
        raw, valid = its["accuracy_under_attack"], its["valid_accuracy_under_attack"]
        if raw.defined:
            found[candidate.model_id] = AttackScore(
                candidate.run_id, candidate.recipe, raw, valid, candidate.lengths
            )
    return found


def _of_readable(
    candidates: list[Candidate], runs: Mapping[str, AttackRun], figures: FiguresOf
) -> list[tuple[Candidate, Mapping[str, Estimate]]]:
    """Return what is chosen among the batches whose records and verdicts can be read, with its figures."""
    read: dict[str, Mapping[str, Estimate]] = {}
    while True:
        found, damaged = chosen(candidates), set()
        for one in found:
            try:
                read[one.run_id] = figures(runs[one.run_id])
            except ReelcheckError:
                damaged.add(one.run_id)
        if not damaged:
            return [(one, read[one.run_id]) for one in found]
        candidates = [candidate for candidate in candidates if candidate.run_id not in damaged]


def _is_on(run: AttackRun, reviews: Mapping[str, Any]) -> bool:
    data = run.spec.data
    same = all(data.get(name) == reviews[name] for name in ("fingerprint", "split"))
    return run.finished and same and not drawn.picked(data.get("selection") or {})


def _size(run: AttackRun) -> int:
    return int(run.manifest["n"]) if run.manifest else run.total


def _lengths(run: AttackRun) -> str:
    return drawn.lengths(run.spec.data.get("selection") or {})


def attack_title(scores: Mapping[str, AttackScore]) -> str:
    """Name the attack that the figures are about, with its n: `DeepWordBug, n = 200`."""
    sizes = {score.raw.n for score in scores.values()}
    low, high = min(sizes), max(sizes)
    n = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
    return f"{next(iter(scores.values())).recipe}, {n}"


def attack_footnote(scores: Mapping[str, AttackScore]) -> str:
    """State what the figures of the attack count."""
    if not scores:
        return ""
    lengths = next(iter(scores.values())).lengths
    which = f" of {lengths}" if lengths else ""
    return (
        f"Under attack: accuracy on a random sample of reviews{which}, edited by {attack_title(scores)}; "
        "valid only: edits that change the meaning do not count."
    )


# --- probe ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProbeScore:
    """Of the kinds of language that a model was asked about: held, unclear, failed; others do not apply."""

    held: int
    unclear: int
    failed: int
    total: int


def probe_score(matrix: pd.DataFrame) -> ProbeScore | None:
    """Return what a matrix of `probed.newest` says, of our own kinds of language only; None without any.

    A user's own probes and changed reviews are left out, so that models are compared by the same kinds.
    """
    from attacks.publishing.probed import LANGUAGE

    if matrix.empty:
        return None
    verdicts = matrix["verdict"][matrix["family"] == LANGUAGE].tolist()
    held, unclear, failed = (verdicts.count(name) for name in ("holds", "unclear", "fails"))
    return ProbeScore(held, unclear, failed, len(verdicts)) if verdicts else None


def probe_footnote(scores: Mapping[str, ProbeScore]) -> str:
    """Say what the figure counts."""
    if not scores:
        return ""
    return (
        "Probes: kinds of language held (the whole 95 % interval of the failure rate is below 5 %), "
        "failed (it is above 5 %), and unclear."
    )


# --- bias -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BiasScore:
    """The largest change in probability among the groups with a difference; None where none was found."""

    change: Estimate | None
    group: str
    attribute: str


def bias_score(run: BiasRun) -> BiasScore:
    """Return what a bias report found; RunError where its tables are damaged."""
    from attacks.bias import differing
    from attacks.identities import ATTRIBUTES

    rows = differing.found(differing.distinct(run.report))
    if rows.empty:
        return BiasScore(None, "", "")
    row = rows.iloc[0]
    name = str(row["attribute"])
    return BiasScore(row["change"], str(row["group"]), ATTRIBUTES[name].title if name in ATTRIBUTES else name)


def bias_footnote(scores: Mapping[str, BiasScore]) -> str:
    """Say what the figure counts."""
    if not scores:
        return ""
    return (
        "Bias: the largest change in the probability of positive among groups where a difference was found."
    )

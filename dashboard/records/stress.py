"""What attacks, probes and bias runs say of each model, for Home's score card. No streamlit widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.records import attacks, bias, probings
from dashboard.records.evaluations import DataChoice
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun
    from attacks.bias.runs import BiasRun
    from dashboard.records.evaluations import DataChoice


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


def attack_title(scores: Mapping[str, AttackScore]) -> str:
    """Name the attack that the columns are about, with its n: `DeepWordBug, n = 200`."""
    sizes = {score.raw.n for score in scores.values()}
    low, high = min(sizes), max(sizes)
    n = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
    return f"{next(iter(scores.values())).recipe}, {n}"


def attack_footnote(scores: Mapping[str, AttackScore]) -> str:
    """State what the columns of the attack count."""
    if not scores:
        return ""
    lengths = next(iter(scores.values())).lengths
    which = f" of {lengths}" if lengths else ""
    return (
        f"Under attack: accuracy on a random sample of reviews{which}, edited by {attack_title(scores)}; "
        "valid only: edits that change the meaning do not count."
    )


def attack_scores(choice: DataChoice) -> dict[str, AttackScore]:
    """Return by model id the accuracy under attack on these reviews, by one recipe for all models.

    The baseline that edits by chance is no attack, and reviews that somebody picked are no sample.
    """
    known = [run for run in attacks.list_runs() if not attacks.is_baseline(run)]
    runs = {run.run_id: run for run in known if _is_on(run, choice)}
    candidates = [
        Candidate(
            run_id, run.spec.model_id, attacks.recipe_title(run), attacks.size(run), attacks.lengths(run)
        )
        for run_id, run in runs.items()
    ]
    found = {}
    for candidate in _chosen_of_readable(candidates):
        run = runs[candidate.run_id]
        figures = attacks.figures(run.run_id, candidate.n, attacks.verdict_stamp(run.run_id))
        raw, valid = figures["accuracy_under_attack"], figures["valid_accuracy_under_attack"]
        if raw.defined:
            found[candidate.model_id] = AttackScore(
                run.run_id, candidate.recipe, raw, valid, candidate.lengths
            )
    return found


def _chosen_of_readable(candidates: list[Candidate]) -> list[Candidate]:
    """Return what is chosen among the batches whose records and verdicts can be read."""
    while True:
        found = chosen(candidates)
        damaged = {one.run_id for one in found if attacks.trouble_of(one.run_id, one.n)}
        if not damaged:
            return found
        candidates = [candidate for candidate in candidates if candidate.run_id not in damaged]


def _is_on(run: AttackRun, choice: DataChoice) -> bool:
    data = run.spec.data
    same = (data.get("fingerprint"), data.get("split")) == (choice.fingerprint, choice.split)
    return run.finished and same and not attacks.picked(run)


# --- probe ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProbeScore:
    """Of the kinds of language that a model was asked about: held, unclear, failed; others do not apply."""

    held: int
    unclear: int
    failed: int
    total: int


def probe_scores(cards: Sequence[ModelCard]) -> dict[str, ProbeScore]:
    """Return by model id what the newest probings say, of our own kinds of language only.

    A user's own probes and changed reviews are left out, so that models are compared by the same kinds.
    """
    found = {}
    for card in cards:
        known = probings.probed(card.model_id, card.short_name, "")
        rows = known.rows((probings.LANGUAGE,)) if known else None
        if rows is not None and len(rows):
            verdicts = rows["verdict"].tolist()
            found[card.model_id] = ProbeScore(
                verdicts.count("holds"), verdicts.count("unclear"), verdicts.count("fails"), len(verdicts)
            )
    return found


def probe_footnote(scores: Mapping[str, ProbeScore]) -> str:
    """Say what the column counts."""
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


def bias_scores(cards: Sequence[ModelCard], choice: DataChoice) -> dict[str, BiasScore]:
    """Return by model id what its newest bias run on these reviews found."""
    found = {}
    for card in cards:
        run = bias.newest(card.model_id, choice)
        if run is not None:
            with suppress(
                ReelcheckError
            ):  # a damaged run is skipped here; its own page reports what is wrong
                found[card.model_id] = _largest(run)
    return found


def _largest(run: BiasRun) -> BiasScore:
    rows = bias.found(bias.distinct(run.report))
    if rows.empty:
        return BiasScore(None, "", "")
    row = rows.iloc[0]
    return BiasScore(row["change"], str(row["group"]), bias.title_of(str(row["attribute"])))


def bias_footnote(scores: Mapping[str, BiasScore]) -> str:
    """Say what the column counts."""
    if not scores:
        return ""
    return (
        "Bias: the largest change in the probability of positive among groups where a difference was found."
    )

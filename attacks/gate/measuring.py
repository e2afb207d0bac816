"""What a decision lacks, and making it: evaluations, an attack of both on the same reviews, probes and more.

Finished runs are reused, so a measuring that was stopped resumes with what is still missing; an attack
resumes at the review where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.sampled import attack, attacked
from attacks.bias import runs as bias_runs
from attacks.gate import pairing
from attacks.gate.configuration import Config
from attacks.gate.figures import DEFAULT_RECIPE
from attacks.probes import PROBES
from attacks.probing import runs as probe_runs
from attacks.validity import judged
from sentiment_core import latency
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.evaluation.records import evaluate, latest_evaluation
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset

#: Real reviews that a bias report rewrites, as `bias` does without --reviews.
BIAS_REVIEWS = 200
#: Rough seconds for an estimate, of a linear model and of one that takes seconds to load, with tfidf and
#: reference on one core: a review read, a review attacked, all probes, a bias report, a timing.
_READ, _ATTACKED, _PROBED = (0.002, 0.06), (0.1, 3.0), (5.0, 60.0)
_BIAS, _TIMED, _JUDGED = (15.0, 400.0), (2.0, 20.0), 30.0


@dataclass(frozen=True)
class Piece:
    """One run that is missing.

    Attributes:
        what: in words.
        seconds: about how long it takes.
        make: makes it, given a progress.
    """

    what: str
    seconds: float
    make: Callable[[Progress], object]


@dataclass(frozen=True)
class Asked:
    """What a gate is asked: two models, the reviews, and how they are attacked where they have to be."""

    old: ModelCard
    new: ModelCard
    data: Dataset
    split: str = "test"
    config: Config = field(default_factory=Config)
    workers: int = 0

    @property
    def cards(self) -> tuple[ModelCard, ModelCard]:
        """Return both models, the old one first."""
        return self.old, self.new


def missing(asked: Asked) -> list[Piece]:
    """Return what a decision on all criteria lacks, in the order in which it is made."""
    wanted = asked.config.criteria
    pieces = [piece for card in asked.cards for piece in _evaluation(asked, card)]
    if {"attack_raw", "attack_valid"} & set(wanted):
        pieces += _attacks(asked)
    if "probes" in wanted:
        pieces += [piece for card in asked.cards for piece in _probes(card)]
    if "bias" in wanted:
        pieces += [piece for card in asked.cards for piece in _bias(asked, card)]
    return pieces + (_latency(asked) if "latency" in wanted else [])


def measure(asked: Asked, progress: Progress = no_progress) -> list[str]:
    """Make what is missing and return it in words; Cancelled raised in `progress` keeps what is done."""
    pieces = missing(asked)
    bar = Stages(progress, sum(piece.seconds for piece in pieces))
    for piece in pieces:
        piece.make(bar.stage(piece.seconds, piece.what))
    if pieces:
        bar.done("measured")
    return [piece.what for piece in pieces]


def expected_seconds(pieces: Sequence[Piece]) -> float:
    """Return about how long these pieces take."""
    return sum(piece.seconds for piece in pieces)


def _evaluation(asked: Asked, card: ModelCard) -> list[Piece]:
    if latest_evaluation(card.model_id, asked.data.fingerprint, asked.split):
        return []
    n = len(asked.data.split(asked.split))

    def make(progress: Progress) -> str:
        return evaluate(card.model_id, asked.data, asked.split, progress=progress)

    return [Piece(f"{card.short_name} on {n:,} reviews", n * _of(card, _READ), make)]


def _attacks(asked: Asked) -> list[Piece]:
    """Return the attack of each model, and the judging of its texts, unless both met one on equal terms."""
    recipe = asked.config.recipe or DEFAULT_RECIPE
    both = pairing.attacks_on(
        {"fingerprint": asked.data.fingerprint, "split": asked.split},
        asked.old.model_id,
        asked.new.model_id,
        asked.config.recipe,
    )
    n = min(asked.config.attacked, len(asked.data.split(asked.split)))
    if both is not None and len(both[0].spec.example_ids) >= n:
        return [_judging(run.run_id) for run in both if _unjudged(run)]
    return [piece for card in asked.cards for piece in _attack(asked, card, recipe, n)]


def _attack(asked: Asked, card: ModelCard, recipe: str, n: int) -> list[Piece]:
    """Return the attack of one model on the reviews that every model is attacked on, or what it lacks."""
    limits: dict[str, Any] = {"seed": 0, "query_budget": asked.config.queries}
    known = attacked(card, recipe, asked.data, asked.split, n, **limits)
    if known is not None:
        return [_judging(known.run_id)] if _unjudged(known) else []

    def make(progress: Progress) -> None:
        more: dict[str, Any] = {"workers": asked.workers, "progress": progress}
        run_id = attack(card.model_id, recipe, asked.data, asked.split, n, **limits, **more)
        verdicts.judge_run(run_id)

    return [Piece(f"{card.short_name} under {recipe}", n * _of(card, _ATTACKED) + _JUDGED, make)]


def _judging(run_id: str) -> Piece:
    return Piece("validity of adversarial texts", _JUDGED, lambda told: verdicts.judge_run(run_id, told))


def _unjudged(run: attack_runs.AttackRun) -> bool:
    return bool(judged.why_undefined(run.records, verdicts.verdicts_of(run.run_id)))


def _probes(card: ModelCard) -> list[Piece]:
    """Return the probes of every built-in kind of language, unless a model has had them all."""
    for run in probe_runs.list_probes(card.model_id):
        capabilities, data = pairing.probe_terms(run)
        if not data and set(PROBES) <= capabilities:
            return []

    def make(progress: Progress) -> str:
        return probe_runs.run_probes(card.model_id, list(PROBES.values()), progress=progress)

    return [Piece(f"probes of {card.short_name}", _of(card, _PROBED), make)]


def _bias(asked: Asked, card: ModelCard) -> list[Piece]:
    """Return a bias report on these reviews, unless a model has one."""
    source = {"fingerprint": asked.data.fingerprint, "split": asked.split}
    for run in bias_runs.list_bias(card.model_id):
        data: dict[str, Any] = run.manifest["data"]
        same = {name: data.get(name) for name in source} == source
        if same and (run.manifest.get("reviews"), run.manifest.get("seed")) == (BIAS_REVIEWS, 0):
            return []

    def make(progress: Progress) -> str:
        return bias_runs.run_bias(
            card.model_id, asked.data, asked.split, reviews=BIAS_REVIEWS, progress=progress
        )

    return [Piece(f"bias report of {card.short_name}", _of(card, _BIAS), make)]


def _latency(asked: Asked) -> list[Piece]:
    if latency.latest([card.model_id for card in asked.cards], asked.data.fingerprint, asked.split):
        return []

    def make(progress: Progress) -> str:
        return latency.measure([asked.old, asked.new], asked.data, asked.split, progress=progress)

    return [Piece("time per review of both", sum(_of(card, _TIMED) for card in asked.cards), make)]


def _of(card: ModelCard, seconds: tuple[float, float]) -> float:
    return seconds[FAMILIES[card.family].slow_to_load]

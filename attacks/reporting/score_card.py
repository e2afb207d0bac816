"""The score card of a report: a row a model, a figure each of what its newest finished runs say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.runs import AttackRun
from attacks.bias import runs as bias_runs
from attacks.bias.runs import BiasRun
from attacks.figures import robustness
from attacks.probing import runs as probe_runs
from attacks.probing.runs import ProbeRun
from attacks.publishing import commands, probed
from attacks.reporting import scores
from attacks.reporting.scores import AttackScore, BiasScore, ProbeScore
from attacks.reporting.subject import Subject
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.publishing import measured, origins
from sentiment_core.publishing.blocks import POINTS, Cell, Figure, Origin, Origins, Table
from sentiment_core.schema import Estimate

SHOWN = {"accuracy": "accuracy", "f1": "F1", "roc_auc": "ROC AUC"}


@dataclass(frozen=True)
class Tested:
    """What attacks, probes and bias runs say of one model, and which runs these are."""

    attack: AttackScore | None
    batch: AttackRun | None
    probe: ProbeScore | None
    probings: Sequence[ProbeRun]
    bias: BiasScore | None
    audit: BiasRun | None


@dataclass(frozen=True)
class ScoreCard:
    """The subject, and by model id what is known of each model."""

    subject: Subject
    tested: Mapping[str, Tested]

    @classmethod
    def of(cls, subject: Subject) -> ScoreCard:
        """Read the newest finished runs."""
        ids = {card.model_id for card in subject.cards}
        batches = {
            run.run_id: run
            for run in attack_runs.list_attacks()
            if run.spec.model_id in ids and not commands.by_chance(run.spec.recipe)
        }
        attacked = scores.attack_scores(
            list(batches.values()), subject.reviews, _figures, commands.recipe_title
        )
        return cls(subject, {name: _tested(subject, name, attacked.get(name), batches) for name in ids})

    @property
    def notes(self) -> tuple[str, ...]:
        """What the columns count."""
        probes = {name: one.probe for name, one in self.tested.items() if one.probe}
        audits = {name: one.bias for name, one in self.tested.items() if one.bias}
        return (
            scores.attack_footnote(self._attacked),
            scores.probe_footnote(probes),
            scores.bias_footnote(audits),
        )

    @property
    def table(self) -> Table:
        """Return a row a model."""
        attack = f"under attack ({scores.attack_title(self._attacked)})" if self._attacked else "under attack"
        head = ("model", *SHOWN.values(), attack, "valid texts only", "probes held", "largest bias", "size")
        return Table(head, tuple(map(self._row, self.subject.cards)))

    @property
    def origins(self) -> Origins:
        """Return where the cells are from, model by model."""
        return Origins(tuple(origin for card in self.subject.cards for origin in self._origins(card)))

    @property
    def _attacked(self) -> dict[str, AttackScore]:
        return {name: one.attack for name, one in self.tested.items() if one.attack}

    def _row(self, card: ModelCard) -> tuple[Cell, ...]:
        found, tested = self.subject.found.get(card.model_id), self.tested[card.model_id]
        return (
            card.short_name,
            *(measured.metric_figure(found, name) if found else Figure(None) for name in SHOWN),
            Figure(tested.attack.raw if tested.attack else None),
            Figure(tested.attack.valid if tested.attack else None),
            _held(tested.probe),
            _largest(tested.bias),
            f"{card.size_bytes / 1e6:,.1f} MB",
        )

    def _origins(self, card: ModelCard) -> Iterator[Origin]:
        found, tested = self.subject.found.get(card.model_id), self.tested[card.model_id]
        if found is not None:
            yield origins.of_evaluation(found)
        if tested.batch is not None:
            yield commands.of_attack(tested.batch)
        if tested.probe is not None:
            yield from map(commands.of_probe, tested.probings)
        if tested.audit is not None and tested.bias is not None:
            yield commands.of_bias(tested.audit, "report")


def _tested(
    subject: Subject, model_id: str, attack: AttackScore | None, batches: Mapping[str, AttackRun]
) -> Tested:
    probings = probe_runs.list_probes(model_id)
    audit = _audit(model_id, subject)
    return Tested(
        attack,
        batches[attack.run_id] if attack else None,
        scores.probe_score(probed.newest(probings, probed.own_written())),
        probings,
        _biased(audit),
        audit,
    )


def _figures(run: AttackRun) -> dict[str, Estimate]:
    return robustness.figures(run.records, verdicts.verdicts_of(run.run_id))


def _audit(model_id: str, subject: Subject) -> BiasRun | None:
    """Return the newest bias report on these reviews."""
    place = {name: subject.reviews[name] for name in ("fingerprint", "split")}
    return next(
        (run for run in bias_runs.list_bias(model_id) if place.items() <= run.manifest["data"].items()), None
    )


def _biased(run: BiasRun | None) -> BiasScore | None:
    """Return what a report found; of a damaged one nothing, since its own section says what is wrong."""
    with contextlib.suppress(ReelcheckError):
        return scores.bias_score(run) if run else None
    return None


def _held(score: ProbeScore | None) -> Cell:
    if score is None:
        return Figure(None)
    return f"{score.held} of {score.total}; {score.failed} failed"


def _largest(score: BiasScore | None) -> Cell:
    if score is None:
        return Figure(None)
    return Figure(score.change, POINTS) if score.change else "no difference found"

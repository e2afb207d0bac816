"""The two models of a gate, and the newest runs of both that can be compared: on the same terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches.runs import AttackRun
from attacks.bias import runs as bias_runs
from attacks.bias.runs import BiasRun
from attacks.probing import runs as probe_runs
from attacks.probing.runs import ProbeRun
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset

R = TypeVar("R")


@dataclass(frozen=True)
class Pair:
    """Both models, their evaluations on the same split, and what the gate was told.

    `left_out` are reviews that one of the two was trained or tuned on: they say little about new reviews.
    `budgets` are those of costs, by criterion.
    """

    old: ModelCard
    new: ModelCard
    data: Dataset
    evaluation_old: Evaluation
    evaluation_new: Evaluation
    recipe: str = ""
    left_out: frozenset[str] = frozenset()
    budgets: Mapping[str, float] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, str]:
        """Return the run ids of the evaluations."""
        return self.evaluation_old.run_id, self.evaluation_new.run_id

    @property
    def answers(self) -> pd.DataFrame:
        """Return example_id, label, prob_positive_old, prob_positive_new on the common reviews."""
        columns = ["example_id", "label", "prob_positive"]
        both = self.evaluation_old.frame[columns].merge(
            self.evaluation_new.frame[columns],
            on=["example_id", "label"],
            suffixes=("_old", "_new"),
            validate="one_to_one",
        )
        return self.unseen(both)

    def unseen(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of reviews that neither model was trained on."""
        return rows[~rows["example_id"].astype(str).isin(self.left_out)]


def attacks_of_both(pair: Pair) -> tuple[AttackRun, AttackRun] | None:
    """Return the newest finished attacks of the old and the new model with equal terms, or None."""
    source = {"fingerprint": pair.data.fingerprint, "split": pair.evaluation_new.split}
    return attacks_on(source, pair.old.model_id, pair.new.model_id, pair.recipe)


def attacks_on(
    source: Mapping[str, str], old_id: str, new_id: str, recipe: str
) -> tuple[AttackRun, AttackRun] | None:
    """Return the newest finished attacks with equal terms on reviews of one source, or None.

    Args:
        source: fingerprint and split of the reviews.
        old_id: the old model's id.
        new_id: the new model's.
        recipe: "" for any.
    """
    old, new = (
        [
            run
            for run in attack_runs.list_attacks(model_id, recipe or None)
            if run.finished and {name: run.spec.data.get(name) for name in source} == source
        ]
        for model_id in (old_id, new_id)
    )
    return _alike(old, new, _terms)


def _alike(old: Sequence[R], new: Sequence[R], terms: Callable[[R], Any]) -> tuple[R, R] | None:
    """Return the newest pair of runs with equal terms, the old model's first; or None."""
    return next(
        ((other, one) for one in new for other in old if terms(one) == terms(other)),
        None,
    )


def _terms(run: AttackRun) -> tuple[Any, ...]:
    spec = run.spec
    return (
        spec.recipe,
        dict(spec.params),
        spec.data.get("split"),
        set(spec.example_ids),
        spec.seed,
        spec.query_budget,
        spec.seconds,
        spec.quick,
    )


def probes_of_both(pair: Pair) -> tuple[ProbeRun, ProbeRun] | None:
    """Return the newest probe runs of both models on the same kinds of language and reviews.

    Where no two are alike, the newest of each.
    """
    old, new = (probe_runs.list_probes(card.model_id) for card in (pair.old, pair.new))
    return _alike(old, new, probe_terms) or _newest(old, new)


def probe_terms(run: ProbeRun) -> tuple[Any, ...]:
    """Return which cases a probe run has: its kinds of language, and the reviews that were changed."""
    return {row["capability"] for row in run.manifest["matrix"]}, dict(run.manifest.get("data") or {})


def bias_of_both(pair: Pair) -> tuple[BiasRun, BiasRun] | None:
    """Return the newest bias reports of both models on the same reviews; else the newest of each."""
    old, new = (bias_runs.list_bias(card.model_id) for card in (pair.old, pair.new))
    return _alike(old, new, bias_terms) or _newest(old, new)


def bias_terms(run: BiasRun) -> tuple[Any, ...]:
    """Return on which reviews a bias report is."""
    return dict(run.manifest["data"]), run.manifest.get("reviews"), run.manifest.get("seed")


def _newest(old: Sequence[R], new: Sequence[R]) -> tuple[R, R] | None:
    return (old[0], new[0]) if old and new else None

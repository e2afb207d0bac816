"""The figures of each criterion, read from the runs that both models have: evaluations, attacks, probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.runs import AttackRun
from attacks.bias import runs as bias_runs
from attacks.gate import measured
from attacks.gate.decision import Unmeasured
from attacks.gate.measured import Measured
from attacks.probing import runs as probe_runs
from attacks.slices import memberships
from attacks.slices.properties import properties
from attacks.validity import judged
from sentiment_core import terminal
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.metrics import METRICS
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset

Found = Measured | Unmeasured
#: A slice with fewer reviews than this cannot be the worst one.
SMALLEST_SLICE = 100


@dataclass(frozen=True)
class Pair:
    """Both models, their evaluations on the same split, and what the gate was told."""

    old: ModelCard
    new: ModelCard
    data: Dataset
    evaluation_old: Evaluation
    evaluation_new: Evaluation
    recipe: str = ""

    @property
    def sources(self) -> tuple[str, str]:
        """Return the run ids of the evaluations."""
        return self.evaluation_old.run_id, self.evaluation_new.run_id

    @property
    def answers(self) -> pd.DataFrame:
        """Return example_id, label, prob_positive_old, prob_positive_new on the common reviews."""
        columns = ["example_id", "label", "prob_positive"]
        return self.evaluation_old.frame[columns].merge(
            self.evaluation_new.frame[columns],
            on=["example_id", "label"],
            suffixes=("_old", "_new"),
            validate="one_to_one",
        )


def _right(answers: pd.DataFrame, which: str) -> Any:
    return (answers[f"prob_positive_{which}"] >= 0.5).to_numpy() == (answers["label"] == 1).to_numpy()


def _accuracy(pair: Pair) -> Found:
    answers = pair.answers
    return measured.of_shares(_right(answers, "old"), _right(answers, "new"), pair.sources)


def _ece(pair: Pair) -> Found:
    answers = pair.answers
    old, new = (answers[f"prob_positive_{which}"].to_numpy(dtype=float) for which in ("old", "new"))
    return measured.of_metric(METRICS["ece"], answers["label"].to_numpy(), old, new, pair.sources)


def _attack_raw(pair: Pair) -> Found:
    return _attack(pair, valid_only=False)


def _attack_valid(pair: Pair) -> Found:
    return _attack(pair, valid_only=True)


def _attack(pair: Pair, *, valid_only: bool) -> Found:
    """Return accuracy under the newest attack that both met, with one recipe, budget and seed."""
    both = _attacks_of_both(pair)
    if both is None:
        recipe = pair.recipe or "deepwordbug"
        return Unmeasured(
            "no finished attack of both models with one recipe on the same reviews",
            terminal.command("attacks", "run", model=pair.new.model_id, recipe=recipe, data=pair.data.name),
        )
    sides = []
    for run in both:
        found = verdicts.verdicts_of(run.run_id) if valid_only else None
        why = judged.why_undefined(run.records, found) if valid_only else ""
        if why:
            return Unmeasured(why, f"python -m attacks judge {run.run_id}")
        sides.append(_survived(run.records, judged.valid_ids(run.records, found) if valid_only else None))
    joined = sides[0].merge(sides[1], on="example_id", suffixes=("_old", "_new"), validate="one_to_one")
    if joined.empty:
        return Unmeasured("no review was attacked in both runs", "")
    ids = (both[0].run_id, both[1].run_id)
    return measured.of_shares(joined["right_old"].to_numpy(), joined["right_new"].to_numpy(), ids)


def _attacks_of_both(pair: Pair) -> tuple[AttackRun, AttackRun] | None:
    old, new = (
        [
            run
            for run in attack_runs.list_attacks(card.model_id, pair.recipe or None)
            if run.finished and run.spec.data.get("fingerprint") == pair.data.fingerprint
        ]
        for card in (pair.old, pair.new)
    )
    for one in new:
        for other in old:
            if _terms(one) == _terms(other):
                return other, one
    return None


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


def _survived(records: pd.DataFrame, valid: set[str] | None) -> pd.DataFrame:
    """Return example_id and whether the model is right after the attack; reviews lost to an exception not."""
    kept = records[records["outcome"] != "errored"]
    fooled = kept["outcome"] == "succeeded"
    if valid is not None:
        fooled &= kept["example_id"].isin(valid)
    return pd.DataFrame({"example_id": kept["example_id"], "right": ~fooled & (kept["outcome"] != "skipped")})


def _probes(pair: Pair) -> Found:
    """Return the share of cases failed in the newest probe runs, paired by case, clustered by template."""
    command = terminal.command("attacks", "probe", model=pair.new.model_id)
    runs = [next(iter(probe_runs.list_probes(card.model_id)), None) for card in (pair.old, pair.new)]
    if runs[0] is None or runs[1] is None:
        return Unmeasured("no probe run of both models", command)
    keys = ["capability", "severity", "template", "case_id", "order", "text"]
    sides = [
        run.frame.dropna(subset=["held"])[[*keys, "held"]].fillna({"severity": 0}).drop_duplicates(keys)
        for run in runs
        if run
    ]
    cases = sides[0].merge(sides[1], on=keys, suffixes=("_old", "_new"), validate="one_to_one")
    if cases.empty:
        return Unmeasured("the probe runs of the two have no case in common", command)
    failed = [1.0 - cases[f"held_{which}"].to_numpy(dtype=float) for which in ("old", "new")]
    clusters = cases["capability"].astype(str) + ":" + cases["template"].astype(str)
    return measured.of_clusters(failed[0], failed[1], clusters, (runs[0].run_id, runs[1].run_id), share=True)


def _bias(pair: Pair) -> Found:
    """Return the mean spread of probability over a set's groups, paired by set, clustered by template."""
    command = terminal.command("attacks", "bias", model=pair.new.model_id, data=pair.data.name)
    runs = [next(iter(bias_runs.list_bias(card.model_id)), None) for card in (pair.old, pair.new)]
    if runs[0] is None or runs[1] is None:
        return Unmeasured("no bias report of both models", command)
    sides = [_spreads(run.frame) for run in runs if run]
    sets = sides[0].join(sides[1], lsuffix="_old", rsuffix="_new", how="inner").reset_index()
    if sets.empty:
        return Unmeasured("the bias reports of the two have no set in common", command)
    clusters = sets["attribute"].astype(str) + ":" + sets["template"].astype(str)
    old, new = (sets[f"prob_positive_{which}"].to_numpy(dtype=float) for which in ("old", "new"))
    return measured.of_clusters(old, new, clusters, (runs[0].run_id, runs[1].run_id))


def _spreads(frame: pd.DataFrame) -> pd.DataFrame:
    probability = frame.groupby(["attribute", "source", "template", "set_id"])["prob_positive"]
    return (probability.max() - probability.min()).to_frame()


def _worst_slice(pair: Pair) -> Found:
    """Return the loss in the slice that loses most; its bounds are corrected over the slices looked at."""
    answers = pair.answers.rename(columns={"label": "truth"})
    rows = pair.data.examples.merge(answers, on="example_id", validate="one_to_one")
    masks = memberships.masks(properties(rows))
    old, new = (_right(rows, which) for which in ("old", "new"))
    inside = [mask.fillna(False).to_numpy(dtype=bool) for mask in masks.values()]
    found = [
        measured.of_shares(old[rows_in], new[rows_in], pair.sources)
        for rows_in in inside
        if rows_in.sum() >= SMALLEST_SLICE
    ]
    if not found:
        return Unmeasured(f"no slice has {SMALLEST_SLICE} reviews", "")
    worst, tests = max(found, key=lambda item: item.bounds(0.05)[1]), len(found)
    return Measured(
        worst.old,
        worst.new,
        worst.loss,
        worst.n,
        lambda level: worst.bounds(level / tests),
        worst.variance,
        worst.units,
        True,
        pair.sources,
    )


def _latency(pair: Pair) -> Found:
    """Say that one timing each has no interval: seconds of other evaluations are of other loads."""
    speeds = [
        found.manifest.get("reviews_per_second") for found in (pair.evaluation_old, pair.evaluation_new)
    ]
    seen = ", ".join(f"{speed:,.0f}" if speed else "unknown" for speed in speeds)
    return Unmeasured(
        f"one timing of each model has no interval (reviews per second, old and new: {seen})",
        terminal.command("sentiment_core", "evaluate", model=pair.new.model_id, data=pair.data.name),
    )


def _size(pair: Pair) -> Found:
    if not pair.old.size_bytes or not pair.new.size_bytes:
        return Unmeasured("a model's card does not say its size", "")
    return measured.exact(float(pair.old.size_bytes), float(pair.new.size_bytes))


#: How each criterion is measured, by its name in `configuration.CRITERIA`.
FIGURES: dict[str, Callable[[Pair], Found]] = {
    "accuracy": _accuracy,
    "ece": _ece,
    "attack_raw": _attack_raw,
    "attack_valid": _attack_valid,
    "probes": _probes,
    "bias": _bias,
    "worst_slice": _worst_slice,
    "latency": _latency,
    "size": _size,
}

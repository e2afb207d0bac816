"""The figures of each criterion, read from the runs that both models have: evaluations, attacks, probes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from attacks.batches import verdicts
from attacks.gate import measured, pairing
from attacks.gate.decision import Unmeasured
from attacks.gate.measured import Measured
from attacks.gate.pairing import Pair
from attacks.slices import memberships
from attacks.slices.properties import properties
from attacks.validity import judged
from sentiment_core import latency, terminal
from sentiment_core.metrics import METRICS

Found = Measured | Unmeasured
#: What both models are attacked with where nothing else is said: seconds with a linear model.
DEFAULT_RECIPE = "deepwordbug"
#: A slice with fewer reviews than this cannot be the worst one.
SMALLEST_SLICE = 100


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
    both = pairing.attacks_of_both(pair)
    if both is None:
        recipe = pair.recipe or DEFAULT_RECIPE
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
    joined = pair.unseen(
        sides[0].merge(sides[1], on="example_id", suffixes=("_old", "_new"), validate="one_to_one")
    )
    if joined.empty:
        return Unmeasured("no review was attacked in both runs", "")
    ids = (both[0].run_id, both[1].run_id)
    return measured.of_shares(joined["right_old"].to_numpy(), joined["right_new"].to_numpy(), ids)


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
    runs = pairing.probes_of_both(pair)
    if runs is None:
        return Unmeasured("no probe run of both models", command)
    keys = ["capability", "severity", "template", "case_id", "order", "text"]
    sides = [
        run.frame.dropna(subset=["held"])[[*keys, "held"]].fillna({"severity": 0}).drop_duplicates(keys)
        for run in runs
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
    runs = pairing.bias_of_both(pair)
    if runs is None:
        return Unmeasured("no bias report of both models", command)
    sides = [_spreads(run.frame) for run in runs]
    sets = sides[0].merge(sides[1], left_index=True, right_index=True, suffixes=("_old", "_new"))
    sets = sets.reset_index()
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
        tests,
    )


def _latency(pair: Pair) -> Found:
    """Return the time per review, from rounds in which both took their turn in one process.

    The seconds of the two evaluations do not serve: each met another load.
    """
    both = (pair.old.model_id, pair.new.model_id)
    found = latency.latest(both, pair.data.fingerprint, pair.evaluation_new.split)
    if found is None:
        return Unmeasured("the two were not timed together", _gate_command(pair))
    budget = pair.budgets.get("latency", 0.0)
    old, new = (latency.milliseconds(found, one) for one in both)
    return measured.of_rounds(old, new, budget, "ms", (found.run_id,))


def _size(pair: Pair) -> Found:
    if not pair.old.size_bytes or not pair.new.size_bytes:
        return Unmeasured("a model's card does not say its size", "")
    old, new = pair.old.size_bytes / 1e6, pair.new.size_bytes / 1e6
    return measured.exact(old, new, pair.budgets.get("size", 0.0), "MB")


def _gate_command(pair: Pair) -> str:
    return terminal.command(
        "attacks",
        "gate",
        "--measure",
        model=pair.new.model_id,
        baseline=pair.old.model_id,
        data=pair.data.name,
    )


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

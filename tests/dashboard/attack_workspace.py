"""Attack runs for the pages' tests: records written by hand, kept by the functions that a batch uses."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.schema import AttackRecord, AttackSpec, Example
from sentiment_core import models
from sentiment_core.evaluation import records
from sentiment_core.storage import journal

HOSTILE = "<script>alert('x')</script> *bold* $x$ [a](javascript:alert(1))"


def record(example: Example, outcome: str, **changes: Any) -> AttackRecord:
    """Return a record of one review: when it succeeded, its first word became `zzz`."""
    first, _, rest = example.text.partition(" ")
    before = 0.9 if example.label == 1 else 0.1
    fooled = outcome == "succeeded"
    facts: dict[str, Any] = {
        "example_id": example.example_id,
        "label": example.label,
        "outcome": outcome,
        "stopped_by": "",
        "original": example.text,
        "perturbed": "" if outcome == "errored" else f"zzz {rest}" if fooled else example.text,
        "prob_before": math.nan if outcome == "errored" else 1 - before if outcome == "skipped" else before,
        "prob_after": math.nan if outcome == "errored" else 1 - before if fooled else before,
        "queries": 1 if outcome == "skipped" else 40,
        "model_calls": 30,
        "words": max(1, len(example.text.split())),
        "words_changed": int(fooled),
        "seconds": 0.1,
        "seed": 1,
        "error": f"ValueError: {HOSTILE}" if outcome == "errored" else "",
    }
    return AttackRecord(**(facts | changes))


def reviews_of(alias: str, n: int) -> tuple[list[Example], dict[str, Any]]:
    """Return the first n of the 60 reviews that a model was measured on, and what a spec says of them."""
    from sentiment_core import data

    found = next(e for e in records.list_evaluations(models.resolve(alias).model_id) if e.manifest["n"] == 60)
    dataset = data.by_fingerprint(found.fingerprint)
    rows = dataset.split(found.split).head(n)
    examples = [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]
    return examples, {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": found.split}


def batch(
    alias: str,
    outcomes: Sequence[str],
    *,
    recipe: str = "deepwordbug",
    done: int | None = None,
    seed: int = 0,
    examples: Sequence[Example] | None = None,
    params: Mapping[str, Any] | None = None,
    data_name: str | None = None,
    quick: bool = False,
    selection: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Keep a batch with these outcomes, a review each; with `done`, an unfinished one of so many records."""
    chosen, source = reviews_of(alias, len(outcomes))
    source |= {"name": data_name} if data_name else {}
    source |= {"selection": dict(selection)} if selection else {}
    chosen = list(examples) if examples is not None else chosen
    model_id = models.resolve(alias).model_id
    asked = AttackSpec(model_id, recipe, params or {}, data=source, seed=seed, query_budget=500)
    spec = dataclasses.replace(asked, quick=quick)
    folder = attack_runs.start(spec, chosen)
    pairs = list(zip(chosen, outcomes, strict=True))
    for example, outcome in pairs[:done]:
        journal.append(folder, record(example, outcome, **changes).to_json())
    if done is None:
        attack_runs.finish(attack_runs.open_attack(folder.name), {"workers": 1, "wall_seconds": 2.0})
    return folder.name

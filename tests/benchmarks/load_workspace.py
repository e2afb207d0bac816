"""The workspace that `load_pages.py` serves: the demo, many batches, a probing, a bias report, many reviews.

All of it is made by the functions that the commands call; only the batches' records are invented, since to
attack thousands of reviews would take hours.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

#: What batches are run against, in turn; four recipes make pairs of runs that can be compared.
MODELS = ("tfidf", "nbsvm", "reference")
RECIPES = ("deepwordbug", "pwws", "pruthi", "random")
OUTCOMES = ("succeeded", "failed", "skipped", "errored")
SHARES = (0.55, 0.30, 0.13, 0.02)
REVIEWS_A_BATCH = 100
#: Every so manieth batch is left unfinished, as a stopped one is.
UNFINISHED = 14
LARGE = "large.csv"


def make(home: Path, *, batches: int, reviews: int) -> None:
    """Make the workspace where it is missing; what is there is completed, never made twice.

    Args:
        home: its folder.
        batches: of REVIEWS_A_BATCH reviews each.
        reviews: of the large data set that two linear models are measured on; 0: none.
    """
    os.environ["REELCHECK_HOME"] = str(home)
    from attacks.batches import runs as attack_runs
    from sentiment_core.demo import demo
    from sentiment_core.evaluation import records
    from sentiment_core.storage import runs

    home.mkdir(parents=True, exist_ok=True)
    demo.make(demo.LINEAR)
    for place in range(len(attack_runs.list_attacks()), batches):
        _batch(place)
    if not runs.list_runs("probe") or len(runs.list_runs("probe")) < 2:
        _probe("tfidf")
    if not runs.list_runs("bias"):
        _look_for_bias("tfidf")
    if reviews and not any(found.manifest["n"] == reviews for found in records.list_evaluations()):
        _measure_many(home, reviews)
    if reviews:
        _place_many(next(found for found in records.list_evaluations() if found.manifest["n"] == reviews))


def _test_reviews(n: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    from sentiment_core import data
    from sentiment_core.demo import demo

    dataset = data.load(demo.HOME_DATA)
    rows = dataset.split("test").sample(n, random_state=seed)
    return rows, {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": "test"}


def _batch(place: int) -> str:
    """Keep one batch of invented records, every UNFINISHEDth without its end."""
    from attacks.batches import runs as attack_runs
    from attacks.schema import AttackSpec, Example
    from sentiment_core import models
    from sentiment_core.storage import journal

    rng = np.random.default_rng(place)
    rows, source = _test_reviews(REVIEWS_A_BATCH, seed=place % 7)
    examples = [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]
    model_id = models.resolve(MODELS[place % len(MODELS)]).model_id
    recipe = RECIPES[place // len(MODELS) % len(RECIPES)]
    folder = attack_runs.start(AttackSpec(model_id, recipe, {}, data=source, seed=place), examples)
    finished = place % UNFINISHED != UNFINISHED - 1
    for example in examples if finished else examples[: REVIEWS_A_BATCH // 2]:
        journal.append(folder, _record(example, rng))
    if finished:
        attack_runs.finish(attack_runs.open_attack(folder.name), {"workers": 1, "wall_seconds": 60.0})
    return folder.name


def _record(example: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Return an invented record: where it succeeded, up to a tenth of the words are misspelled."""
    from attacks.schema import AttackRecord

    outcome = str(rng.choice(OUTCOMES, p=SHARES))
    words = example.text.split()
    changed = rng.choice(len(words), 1 + int(rng.integers(0, 1 + len(words) // 10)), replace=False)
    fooled = outcome == "succeeded"
    texts = [word[1:] + word[:1] if fooled and at in changed else word for at, word in enumerate(words)]
    before = float(rng.uniform(0.55, 0.99))
    right = before if example.label == 1 else 1 - before
    undefined = outcome == "errored"
    record = AttackRecord(
        example_id=example.example_id,
        label=example.label,
        outcome=outcome,
        stopped_by="",
        original=example.text,
        perturbed="" if undefined else " ".join(texts) if fooled else example.text,
        prob_before=float("nan") if undefined else 1 - right if outcome == "skipped" else right,
        prob_after=float("nan") if undefined else 1 - right if fooled else right,
        queries=1 if outcome == "skipped" else int(rng.integers(20, 500)),
        model_calls=int(rng.integers(5, 50)),
        words=len(words),
        words_changed=len(changed) if fooled else 0,
        seconds=round(float(rng.uniform(0.1, 3)), 3),
        seed=int(rng.integers(0, 2**31)),
        error="ValueError: invented" if undefined else "",
    )
    return record.to_json()


def _probe(alias: str) -> None:
    from attacks.own.probes import probes_named
    from attacks.probing import runs as probe_runs

    names = ("vocabulary", "contrast", "negation-simple", "intensifiers", "neutral")
    probe_runs.run_probes(alias, probes_named(names))


def _look_for_bias(alias: str) -> None:
    from attacks.bias import runs as bias_runs
    from sentiment_core import data
    from sentiment_core.demo import demo

    bias_runs.run_bias(alias, data.load(demo.HOME_DATA), reviews=50, workers=1)


def _measure_many(home: Path, n: int) -> None:
    """Measure two models on n reviews: real ones, drawn again and again, each with a number of its own."""
    from sentiment_core import data
    from sentiment_core.demo import demo
    from sentiment_core.evaluation import records

    examples = data.load(demo.HOME_DATA).examples
    drawn = examples.sample(n, replace=True, random_state=0).reset_index(drop=True)
    texts = drawn["text"] + pd.Series([f" Ticket number {at}." for at in range(n)])
    frame = pd.DataFrame({"text": texts, "label": drawn["label"], "split": "test"})
    frame.to_csv(home / LARGE, index=False)
    dataset = dataclasses.replace(data.load(str(home / LARGE)), name=f"reviews-{n}")
    for alias in MODELS[:2]:
        records.evaluate(alias, dataset, workers=1)


def _place_many(measured: Any) -> None:
    """Keep invented vectors and an invented map of the many reviews: real ones would take an hour."""
    from sentiment_core import data, embeddings
    from sentiment_core.embeddings import keeping, maps
    from sentiment_core.embeddings.encoder import TOKENS, WIDTH

    if embeddings.kept_map(measured.fingerprint, measured.split) is not None:
        return
    rows = data.by_fingerprint(measured.fingerprint).split(measured.split)
    rng, n = np.random.default_rng(0), len(rows)
    vectors = rng.standard_normal((n, WIDTH), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids, labels = rows["example_id"].to_numpy(), rows["label"].to_numpy()
    place = keeping.folder(measured.fingerprint, measured.split)
    keeping.keep(place, embeddings.Vectors(ids, vectors, labels), seconds=1.0, tokens=n * TOKENS)
    cluster = np.where(rng.random(n) < 0.02, rng.integers(0, n // 200, n), -1)
    frame = pd.DataFrame({"example_id": ids.astype(str), "label": labels})
    frame[["x", "y"]] = rng.normal(scale=5.0, size=(n, 2))
    frame = frame.assign(other_label=rng.random(n), cluster=cluster, conflict=cluster % 3 == 0)
    maps.keep_map(place, frame, seconds=1.0)

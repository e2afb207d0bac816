"""One small workspace with everything that Reelcheck keeps: two of each, so that one can be damaged."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import transfer, verdicts
from attacks.bias import runs as bias_runs
from attacks.certificates import runs as certificate_runs
from attacks.certificates.schema import Certificate, CertificateSpec, Row
from attacks.gate import ledger
from attacks.gate.configuration import Config
from attacks.hardening import augmentation, figures, harden
from attacks.improvement import gathering, improve
from attacks.own import picked, probes, recipes, slices
from attacks.own.probes import probes_named
from attacks.panels import answers, making
from attacks.probing import runs as probe_runs
from attacks.schema import AttackRecord, AttackSpec, Example
from attacks.tables import rows as table_rows
from attacks.tables import runs as tables
from attacks.tables.spec import TableSpec
from attacks.validity.judging import VERDICT_COLUMNS
from sentiment_core import data, data_shelf, embeddings, latency, models, notes
from sentiment_core.embeddings import keeping, maps, neighborhood
from sentiment_core.evaluation import records as evaluation
from sentiment_core.jobs import jobs, worker
from sentiment_core.labels import verdicts as label_verdicts
from sentiment_core.pairs import reading
from sentiment_core.pairs import records as paired
from sentiment_core.publishing import written
from sentiment_core.schema import Dataset
from sentiment_core.search import records as study_records
from sentiment_core.search import trials
from sentiment_core.storage import journal, runs, steps, workspace
from sentiment_core.training import learning_curves, train

PRAISE = ("wonderful", "moving", "funny", "superb", "charming", "gripping")
BLAME = ("dull", "clumsy", "lazy", "awful", "tedious", "hollow")
RECIPE = {
    "search": {"part": "by-importance", "wir_method": "delete"},
    "transformations": [{"part": "letter-swap"}],
    "constraints": [{"part": "no-stopwords"}],
}
PROBE = """title: Endings
kind: MFT
templates:
  - {text: "The {part} is great.", expectation: positive}
slots:
  part: [ending, last scene]
"""
POINTS = [("tfidf", size, 0) for size in (20, 40)]


def make(home: Path) -> None:
    """Make it in `home`, which REELCHECK_HOME names."""
    path = home / "reviews.csv"
    _reviews().to_csv(path, index=False)
    dataset = data.load(str(path))
    for alias in ("tfidf", "nbsvm"):
        train.train(alias, dataset, alias=alias)
        evaluation.evaluate(alias, dataset)
        probe_runs.run_probes(alias, probes_named(("vocabulary",)))
        paired.evaluate(alias, paired.PairSet("pairs.csv", _pairs()))
        bias_runs.run_bias(alias, dataset, attributes=["age"], reviews=1, workers=1)
        _batches(alias, dataset)
    data.describe(dataset)
    other = home / "others.csv"
    _reviews("Others. ").to_csv(other, index=False)
    _of_people(dataset, data.load(str(other)))
    for new, old in (("tfidf", "nbsvm"), ("nbsvm", "tfidf")):
        ledger.decide_pair(new, old, dataset, Config())
        latency.measure([models.resolve(old), models.resolve(new)], dataset, "test", rounds=3)
        improve.resume(improve.start(new, [gathering.of_verdicts(dataset)]))
    _of_users()
    _jobs(dataset)
    _searches_and_curves(dataset)
    _of_attacks(dataset)


def _of_people(*datasets: Dataset) -> None:
    """Keep names, notes, and verdicts on labels."""
    for dataset in datasets:
        for place in range(3):
            label_verdicts.decide(dataset.fingerprint, f"row-{place + 2:05d}", "wrong", author="ann")
    data_shelf.rename(datasets[0].fingerprint, "given name")
    for alias in ("tfidf", "nbsvm"):
        notes.set_note(alias, "a note")
        written.write(models.resolve(alias), {"limits": "It is small."}, "mit")
    for dataset in datasets:
        _vectors(dataset)


def _vectors(dataset: Dataset) -> None:
    """Keep vectors, a map of them, and a selection on the map; none of them is of the encoder."""
    rows = dataset.split("test")
    found = np.random.default_rng(0).normal(size=(len(rows), 384)).astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    ids, labels = rows["example_id"].astype(str).to_numpy(object), rows["label"].to_numpy(np.int64)
    vectors = embeddings.Vectors(ids, found, labels)
    place = keeping.folder(dataset.fingerprint, "test")
    keeping.keep(place, vectors, 1.0, 100)
    told = neighborhood.described(vectors, neighborhood.neighbors(found))
    placed = pd.DataFrame(
        {"example_id": ids.astype(str), "label": labels, "x": found[:, 0], "y": found[:, 1]}
    )
    maps.keep_map(place, pd.concat([placed, told], axis=1), 1.0)
    picked.keep(rows["text"].tolist()[:5])


def _pairs() -> pd.DataFrame:
    rows = [
        (str(n), f"A {a} film.", f"A {b} film.", 1, 0)
        for n, (a, b) in enumerate(zip(PRAISE, BLAME, strict=True))
    ]
    return pd.DataFrame(rows, columns=list(reading.PAIR_COLUMNS))


def _reviews(start: str = "") -> pd.DataFrame:
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 2
    texts = [
        f"{start}The story is {rng.choice(PRAISE if label else BLAME)} and the lead is "
        f"{rng.choice(PRAISE if label else BLAME)}. A young man and an old woman. Ticket {place}."
        for place, label in enumerate(labels)
    ]
    splits = ["train"] * 70 + ["validation"] * 20 + ["test"] * 30
    return pd.DataFrame({"text": texts, "label": labels, "split": splits})


def record(example: Example, place: int) -> AttackRecord:
    """Return the record of one attacked review: every third one is not fooled."""
    before = 0.9 if example.label else 0.1
    fooled = place % 3 > 0
    return AttackRecord(
        example.example_id,
        example.label,
        "succeeded" if fooled else "failed",
        "",
        example.text,
        example.text.replace("The", "Teh", 1) if fooled else example.text,
        before,
        1 - before if fooled else before,
        40,
        30,
        len(example.text.split()),
        int(fooled),
        0.1,
        1,
    )


def examples_of(dataset: Dataset, split: str = "test", n: int = 6) -> list[Example]:
    """Return the first reviews of a split as a batch takes them."""
    rows = dataset.split(split).head(n)
    return [
        Example(str(a), str(b), int(c))
        for a, b, c in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]


def batch(alias: str, dataset: Dataset, done: int | None = None, seed: int = 0) -> str:
    """Keep a batch on six reviews, finished or, with `done`, with so many records."""
    chosen = examples_of(dataset)
    source = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": "test"}
    spec = AttackSpec(models.resolve(alias).model_id, "deepwordbug", {}, source, seed=seed)
    folder = attack_runs.start(spec, chosen)
    for place, example in enumerate(chosen[:done]):
        journal.append(folder, record(example, place).to_json())
    if done is None:
        finish = getattr(attack_runs, "finish", None) or attack_runs._finish  # type: ignore[attr-defined]
        finish(attack_runs.open_attack(folder.name), {"workers": 1, "wall_seconds": 2.0})
    return folder.name


def _batches(alias: str, dataset: Dataset) -> None:
    finished = batch(alias, dataset)
    batch(alias, dataset, done=3, seed=1)
    records = attack_runs.open_attack(finished).records
    fooled = records[records["outcome"] == "succeeded"]
    judged = pd.DataFrame(dict.fromkeys(VERDICT_COLUMNS, 0.0) | {"example_id": fooled["example_id"]})
    judged = judged.assign(valid=True, reasons="")

    workspace.write_parquet(verdicts.file_of(finished), judged[list(VERDICT_COLUMNS)])
    panel = making.open_panel(making.make(finished, 4))
    for item in (1, 2):
        answers.decide(panel, item, "positive", "person", rater="ann")
    verdicts.overrule(finished, str(fooled["example_id"].iloc[0]), False)


def _of_users() -> None:
    for name in ("swaps", "other-swaps"):
        recipes.save_own(RECIPE | {"name": name})
        probes.keep(PROBE.encode(), f"{name}.yaml")
        slices.save_own(name, query="words > 3")
    (recipes.STORE.folder() / "toml-swaps.toml").write_text(
        'name = "toml-swaps"\nsearch = { part = "random" }\ntransformations = [{ part = "letter-swap" }]\n'
    )
    table = "template,kind,expectation,part\nThe {part} is great.,MFT,positive,ending|scene\n"
    probes.keep(table.encode(), "endings.csv")


def _jobs(dataset: Dataset) -> None:
    for title in ("Evaluate one", "Evaluate two"):
        spec = {
            "argv": ["evaluate", "--model", "tfidf"],
            "title": title,
            "folder": ".",
            "module": "sentiment_core",
        }
        folder = runs.create(jobs.KIND, runs.new_run_id("job", "evaluate", spec), spec)
        worker.write_status(folder, {"state": "running", "done": 1, "total": 2, "what": "predicting"})
        workspace.write_json(folder / worker.SCRATCH, {"folder": str(folder)})
        workspace.write_json(folder / "curves.json", [{"step": 1.0, "loss": 0.5}])
        (folder / "log.txt").write_text("working\n")
        if title.endswith("two"):
            runs.finish(folder, {"state": "finished", "message": "", "title": title, "result": {"n": 1}})


def _searches_and_curves(dataset: Dataset) -> None:
    source = {"name": dataset.name, "fingerprint": dataset.fingerprint}
    for seed in (0, 1):
        spec = {
            "title": f"Search {seed}", "data": source, "fixed": {"base": "tiny"},
            "axes": {"epochs": [1.0, 3.0]},
            "budget": {"trials": 2, "minutes": None}, "seed": seed, "alias": None,
        }  # fmt: skip
        folder = runs.create(study_records.KIND, runs.new_run_id("optimise", "tiny", spec), spec)
        trials.create_study(folder)
        study = trials.open_study(folder)
        trial = study.ask()
        trial.suggest_float("epochs", 1.0, 3.0)
        study.tell(trial, 0.8)
        curve = {
            "title": f"Curve {seed}", "data": source, "families": ["tfidf"], "sizes": [20, 40], "seeds": [0],
            "split": "test", "params": {"tfidf": {}}, "evaluate_on": None,
        }  # fmt: skip
        made = runs.create(learning_curves.KIND, runs.new_run_id("curve", f"tfidf-{seed}", curve), curve)
        for place, (family, size, point_seed) in enumerate(POINTS[: 2 - seed]):
            row = (family, size, point_seed, size, 0.8 + place / 10, 0.7, 0.95, 30, 0.5)
            journal.append(made, dict(zip(learning_curves.COLUMNS, row, strict=True)))
        if seed == 0:
            learning_curves._finish(runs.open_run(made.name))


def _of_attacks(dataset: Dataset) -> None:
    ids = [card.model_id for card in models.list_models()]
    finished = [run.run_id for run in attack_runs.list_attacks() if run.finished]
    for run_id in finished:
        spec = {"runs": [run_id], "models": ids, "valid_only": False}
        row = (run_id, ids[0], ids[1], False, 0.5, 0.2, 0.8, 4, "")
        transfer._keep(spec, pd.DataFrame([row], columns=list(transfer.TRANSFER_COLUMNS)))
    source = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": "train"}
    for seed in (0, 1):
        record_ = {"recipe": "deepwordbug", "words": "random", "model_id": None, "data": source, "seed": seed}
        folder = runs.create(augmentation.KIND, runs.new_run_id("augment", "random", record_), record_)
        rows = [
            (e.example_id, e.label, "edited", e.text, f"{e.text} x") for e in examples_of(dataset, "train")
        ]
        columns = ["example_id", "label", "outcome", "original", "perturbed"]
        workspace.write_parquet(folder / "results.parquet", pd.DataFrame(rows, columns=columns))
        runs.finish(folder, {"spec": record_, "n": len(rows)})
        _hardening(ids, source, seed)
        _table(ids, source, finished[seed % len(finished)], seed)
    for model_id in ids:
        _certificates(model_id, dataset)


def _certificates(model_id: str, dataset: Dataset) -> None:
    """Keep certificates of two reviews, as a run that has finished."""
    examples = examples_of(dataset, "test")[:2]
    source = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": "test"}
    run_id = certificate_runs.start(CertificateSpec(model_id, "letters", changes=(1,), data=source), examples)
    run = certificate_runs.open_certificate(run_id)
    for example in examples:
        rows = (Row(1, "broken", -0.2, -0.1, f"{example.text} x"),)
        journal.append(run.folder, Certificate(example.example_id, example.label, rows, 0.1).to_json())
    certificate_runs._finish(run, {})


def _hardening(ids: list[str], source: dict[str, str], seed: int) -> None:
    spec = harden.HardeningSpec(ids[0], "deepwordbug", data=source, seed=seed)
    record_ = runs.json_ready(dataclasses.asdict(spec))
    folder = runs.create(harden.KIND, runs.new_run_id("harden", "tfidf", record_), record_)
    workspace.write_json(folder / steps.FILE, {"model": ids[1]})
    row = dict.fromkeys(figures.COLUMNS, 0.5) | {"measure": "clean", "trained_on": False, "n": 30}
    row |= {"p_value": math.nan}
    models_ = {"before": ids[0], "after": ids[1]}
    runs.finish(folder, {"spec": record_, "models": models_, "figures": [row], "n": 30, "adversarial": None})


def _table(ids: list[str], source: dict[str, str], batch: str, seed: int) -> None:
    spec = TableSpec((ids[0],), ("deepwordbug",), data=source, limit=4, seed=seed)
    record_ = runs.json_ready(dataclasses.asdict(spec))
    folder = runs.create(tables.KIND, runs.new_run_id("table", "reviews", record_), record_)
    workspace.write_json(folder / steps.FILE, {f"deepwordbug {ids[0]}": batch})
    figure = {"value": 0.5, "ci_low": 0.2, "ci_high": 0.8, "n": 4}
    row = {"model_id": ids[0], "recipe": "deepwordbug", "run_id": batch, "n": 4, "of": 4}
    row |= {"counts": {"failed": 4}, "figures": dict.fromkeys(table_rows.FIGURES, figure), "transfer": {}}
    if seed:
        runs.finish(folder, {"spec": record_, "rows": [row], "n": 4})

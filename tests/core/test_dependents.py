"""A model is renamed, noted and removed together with what depends on it, and with nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from sentiment_core import __main__, dependents, models, notes
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import ModelError, RunError
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.schema import Dataset
from sentiment_core.storage import runs, workspace
from sentiment_core.training import train

WORDS = {0: ("dull", "flat", "cold"), 1: ("warm", "witty", "lovely")}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    splits = ["train"] * 30 + ["validation"] * 10 + ["test"] * 6
    rows = [
        (f"r{i}", f"a {WORDS[i % 2][i % 3]} film, number {i}", i % 2, split, "made")
        for i, split in enumerate(splits)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture
def shelf(dataset: Dataset) -> tuple[models.ModelCard, models.ModelCard]:
    """Two models: `mine` with two evaluations, a judged attack run and a bias report; `other` with one."""
    mine, other = (
        train.train("tfidf", dataset, {"seed": n}, alias=a) for n, a in enumerate(("mine", "other"))
    )
    for name in ("mine", "mine", "other"):
        records.evaluate(name, dataset)
    for kind, card in (("attack", mine), ("bias", mine), ("attack", other)):
        _finished_run(kind, card.model_id)
    judged = next(run for run in dependents.of("mine").runs if run.kind == "attack")
    workspace.write_text(workspace.home() / "verdicts" / "ann" / f"{judged.run_id}.jsonl", "{}\n")
    return mine, other


def _finished_run(kind: str, model_id: str) -> str:
    spec = {"model_id": model_id}
    folder = runs.create(kind, runs.new_run_id(kind, "m", spec), spec)
    runs.finish(folder, {})
    return folder.name


def _run_ids() -> set[str]:
    return {run.run_id for run in runs.list_runs()}


def test_what_depends_on_a_model_is_counted_by_kind(shelf) -> None:
    models.set_alias("best", "mine")
    found = dependents.of("best")
    assert found.in_words() == "aliases best, mine; 2 evaluations, 1 attack run, 1 bias report"
    assert [path.name for path in found.paths if path.suffix == ".jsonl"]


def test_removing_a_model_removes_its_runs_and_verdicts_and_leaves_those_of_others(shelf) -> None:
    mine, other = shelf
    before, gone = _run_ids(), {run.run_id for run in dependents.of("mine").runs}
    dependents.remove("mine")
    assert [card.model_id for card in models.list_models()] == [other.model_id]
    assert models.aliases() == {"other": other.model_id}
    assert _run_ids() == before - gone and len(gone) == 4
    assert not list((workspace.home() / "verdicts").rglob("*.jsonl"))


def test_a_model_in_use_is_not_removed(shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    run = next(run for run in dependents.of("mine").runs if run.kind == "attack")
    with runs.alone(run.folder), pytest.raises(RunError, match="in use"):
        dependents.remove("mine")
    status = _job("evaluate", "--model", "mine")
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [status])
    with pytest.raises(RunError, match="'j1' is active; cancel it first"):
        dependents.remove(shelf[0].model_id)
    assert len(dependents.of("mine").runs) == 4 and models.resolve("mine")


def _job(*argv: str) -> jobs.JobStatus:
    return jobs.JobStatus("j1", "t", "running", 0, 1, "", "", None, "", "", argv)


def test_a_damaged_model_is_removed_with_its_runs_too(shelf) -> None:
    (shelf[0].folder / models.MANIFEST).write_text("{")
    dependents.remove(shelf[0].model_id)
    assert not shelf[0].folder.exists() and "mine" not in models.aliases()
    assert len(runs.list_runs("evaluation")) == 1


def test_a_new_name_takes_the_place_of_the_old_one(shelf) -> None:
    mine, _ = shelf
    models.set_alias("best", "mine")
    assert dependents.rename("mine", "yours").short_name == "yours"
    assert models.aliases() == {"yours": mine.model_id, "best": mine.model_id, "other": shelf[1].model_id}
    assert dependents.rename(mine.model_id, "again").short_name == "again"
    assert dependents.rename("again", "again").short_name == "again"
    with pytest.raises(ModelError, match="'yours' is not known"):
        models.resolve("yours")


def test_a_renamed_model_stays_the_promoted_one(dataset: Dataset) -> None:
    card = train.train("tfidf", dataset, alias=models.CURRENT)
    assert dependents.rename(card.model_id, "mine").short_name == "mine"
    assert models.aliases() == {"mine": card.model_id, models.CURRENT: card.model_id}


@pytest.mark.parametrize("alias", ["", "Mine", "a b", "<b>", "قديم", "x" * 101])
def test_a_name_that_cannot_be_an_alias_is_refused(shelf, alias: str) -> None:
    with pytest.raises(ModelError, match="cannot be used"):
        dependents.rename("mine", alias)


def test_the_name_of_another_model_is_not_taken_away(shelf) -> None:
    with pytest.raises(ModelError, match="alias 'other' is that of"):
        dependents.rename("mine", "other")
    assert models.resolve("other").model_id == shelf[1].model_id


@pytest.mark.parametrize("text", ["for the report of May", "<script>alert(1)</script>", "🎬 رائع", "a\n b"])
def test_a_note_is_kept_with_its_model(shelf, text: str) -> None:
    notes.set_note("mine", text)
    assert notes.note_of(models.resolve("mine")) == " ".join(text.split())
    assert models.load_model("mine") and models.damaged_models() == []
    notes.set_note("mine", " ")
    assert notes.note_of(models.resolve("mine")) == ""


def test_a_note_that_is_too_long_is_refused_and_one_that_cannot_be_read_is_none(shelf) -> None:
    with pytest.raises(ModelError, match="500 characters at most; this one has 50,000"):
        notes.set_note("mine", "x" * 50_000)
    (shelf[0].folder / notes.NOTE).write_bytes(b"\xff" * 10)
    assert notes.note_of(shelf[0]) == ""


def test_the_command_line_asks_renames_notes_and_removes(shelf, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*argv: str) -> dict:
        assert __main__.main(["models", *argv, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    before = _run_ids()
    asked = said("remove", "mine")
    assert (asked["removed"], asked["with"]) == (
        False, "alias mine; 2 evaluations, 1 attack run, 1 bias report",
    )  # fmt: skip
    assert _run_ids() == before and all(Path(path).exists() for path in asked["paths"])
    assert said("rename", "mine", "yours")["alias"] == "yours"
    assert said("note", "yours", "to keep")["note"] == said("show", "yours")["note"] == "to keep"
    assert said("remove", "yours", "--yes")["paths"] == asked["paths"]
    assert not any(Path(path).exists() for path in asked["paths"])

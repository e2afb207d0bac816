"""A model in a box answers, once unpacked, as the record in the box says; a changed record does not hold."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from sentiment_core import __main__ as command_line
from sentiment_core import data, models
from sentiment_core.demo import box as boxed
from sentiment_core.errors import ModelError, RunError
from sentiment_core.evaluation import records, verification
from sentiment_core.storage import journal, provenance, runs, workspace
from sentiment_core.training import train

SETTINGS = {
    "freeze_embeddings": True, "adapter_rank": 8, "epochs": 1.0, "max_length": 16,
    "batch_size": 8, "threads": 1,
}  # fmt: skip


@pytest.fixture
def box(tiny_base, reviews, tmp_path):
    """A box with a tiny adapter and its evaluation on the test part of sixty reviews."""
    asked = data.with_splits(data.load(str(reviews)), seed=0)
    train.train("transformer", asked, SETTINGS | {"base": str(tiny_base)}, alias="reference")
    records.evaluate("reference", asked)
    return boxed.pack("reference", tmp_path / "box")


@pytest.fixture
def elsewhere(box, reelcheck_home, monkeypatch, tmp_path):
    """A second workspace that has the reviews and nothing else."""
    monkeypatch.setenv("REELCHECK_HOME", str(tmp_path / "elsewhere"))
    shutil.copytree(reelcheck_home / "datasets", tmp_path / "elsewhere" / "datasets")


def test_an_unpacked_model_answers_as_its_record_says(box, elsewhere):
    card = boxed.install(box)
    assert models.resolve("reference") == card
    (record,) = records.list_evaluations(card.model_id)
    again = records.predict_frame("reference", data.by_fingerprint(record.fingerprint).split("test"))
    np.testing.assert_allclose(again["prob_positive"], record.frame["prob_positive"], atol=1e-6)
    assert verification.verify(record.run_id).holds


def test_unpacking_twice_changes_nothing_and_the_users_own_alias_is_kept(box, elsewhere):
    assert not boxed.is_installed(box)
    first = boxed.install(box)
    models.set_alias("mine", first.model_id)
    assert boxed.is_installed(box)
    assert boxed.install(box).model_id == first.model_id
    assert len(models.list_models()) == len(records.list_evaluations()) == 1


def test_a_record_whose_probabilities_were_changed_does_not_hold(box, elsewhere, capsys):
    boxed.install(box)
    (record,) = records.list_evaluations()
    changed = record.frame.assign(prob_positive=lambda rows: 1 - rows["prob_positive"])
    changed.to_parquet(record.folder / records.RESULTS)
    with pytest.raises(RunError, match="not the file that was written"):
        verification.verify(record.run_id, sample=4)
    manifest = record.manifest | provenance.of_files(record.folder / records.RESULTS)
    workspace.write_json(record.folder / "manifest.json", manifest)
    found = verification.verify(record.run_id, sample=4)
    assert not found.holds and found.n == 4
    assert "does not hold" in found.sentence
    assert command_line.main(["verify", "reference"]) == 2
    assert "does not hold" in capsys.readouterr().err


def test_the_command_line_verifies_by_model_and_by_run(box, elsewhere, capsys):
    boxed.install(box)
    (record,) = records.list_evaluations()
    for name in ("reference", record.run_id):
        assert command_line.main(["verify", name, "--sample", "3", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert (said["run_id"], said["n"], said["holds"], said["same_verdicts"]) == (
            record.run_id,
            3,
            True,
            3,
        )


def test_a_sample_of_nothing_is_refused(box, elsewhere):
    boxed.install(box)
    with pytest.raises(RunError, match="give 1 or more"):
        verification.verify(records.list_evaluations()[0].run_id, sample=0)


def test_a_large_model_does_not_go_into_a_box(tmp_path, monkeypatch):
    rows = pd.DataFrame({"text": [f"good film {n}" if n % 2 else f"bad film {n}" for n in range(60)]})
    rows["label"] = [n % 2 for n in range(60)]
    rows.to_csv(tmp_path / "few.csv", index=False)
    train.train("tfidf", data.load(str(tmp_path / "few.csv")), alias="words")
    monkeypatch.setattr(boxed, "MOST_BYTES", 1_000)
    with pytest.raises(ModelError, match="a box takes"):
        boxed.pack("words", tmp_path / "box")


def test_an_installation_without_a_box_says_how_to_make_a_model(tmp_path):
    with pytest.raises(ModelError, match="train --preset reference"):
        boxed.install(tmp_path)


def finished_attack(model_id, recipe):
    """A finished batch as the attacks write it, with what only its worker needed."""
    return finished("attack", {"model_id": model_id, "recipe": recipe})


def finished(kind, spec):
    folder = runs.create(kind, runs.new_run_id(kind, "one", spec), spec)
    journal.append(folder, {"example_id": "a"})
    runs.finish(folder, {"n": 1})
    return folder


def test_the_box_carries_the_newest_run_for_each_value_of_a_field_with_its_verdicts(
    tiny_base, reviews, tmp_path
):
    asked = data.with_splits(data.load(str(reviews)), seed=0)
    settings = SETTINGS | {"base": str(tiny_base)}
    card = train.train("transformer", asked, settings, alias="reference")
    finished_attack(card.model_id, "deepwordbug")
    newest = [finished_attack(card.model_id, recipe) for recipe in ("deepwordbug", "pwws")]
    finished_attack("another-model", "pwws")
    verdicts = workspace.home() / "verdicts" / "attack" / f"{newest[1].name}.json"
    workspace.write_json(verdicts, {"a": True})
    box = boxed.pack("reference", tmp_path / "box", {"attack": "recipe"})
    attacks = sorted((box / "runs" / "attack").iterdir())
    assert [folder.name for folder in attacks] == [folder.name for folder in newest]
    assert not list(box.rglob("journal.jsonl"))
    shutil.rmtree(newest[1])
    verdicts.unlink()
    boxed.install(box)
    assert runs.open_run(newest[1].name).finished and workspace.read_json(verdicts) == {"a": True}


def test_a_field_may_be_a_record_and_kinds_that_were_not_named_are_left_behind(tiny_base, reviews, tmp_path):
    asked = data.with_splits(data.load(str(reviews)), seed=0)
    card = train.train("transformer", asked, SETTINGS | {"base": str(tiny_base)}, alias="reference")
    own, real = {}, {"name": "imdb", "fingerprint": "a"}
    finished("probe", {"model_id": card.model_id, "data": own})
    newest = [finished("probe", {"model_id": card.model_id, "data": of}) for of in (own, real)]
    finished("bias", {"model_id": card.model_id})
    box = boxed.pack("reference", tmp_path / "box", {"probe": "data"})
    carried = {folder.name for folder in box.glob("runs/[bp]*/*")}
    assert carried == {folder.name for folder in newest}

from __future__ import annotations

import dataclasses
import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from attacks.batches import export
from attacks.batches import runs as attack_runs
from attacks.batches.runs import open_attack, resume, start
from attacks.schema import RECORD_COLUMNS, AttackSpec, Example
from sentiment_core.errors import Cancelled, DataError, RunError
from sentiment_core.jobs import jobs, worker
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal, runs, spreadsheet, workspace


@pytest.fixture
def examples(attack_reviews) -> list[Example]:
    return [Example(str(i), t, int(n)) for i, t, n in attack_reviews.head(6).itertuples(index=False)]


@pytest.fixture
def started(textattack, shelve, examples) -> Path:
    """A run that has started and attacked nothing yet."""
    return start(spec(shelve("tfidf").model_id), examples)


def spec(model_id: str, **changes: Any) -> AttackSpec:
    return AttackSpec(model_id=model_id, recipe="deepwordbug", **changes)


def timeless(run_id: str) -> pd.DataFrame:
    return open_attack(run_id).records.drop(columns="seconds")


def uninterrupted(examples: list[Example], model_id: str) -> pd.DataFrame:
    return timeless(resume(start(spec(model_id), examples).name))


def stops_after(records: int):
    """Return a progress that cancels once so many reviews are done."""

    def progress(done: float, total: float, what: str) -> None:
        if done >= records:
            raise Cancelled

    return progress


def test_a_finished_run_has_its_records_in_the_order_of_the_spec(started, examples):
    assert resume(started.name) == started.name
    found = open_attack(started.name)
    assert found.finished and not found.running
    assert tuple(found.records.columns) == RECORD_COLUMNS
    assert (
        tuple(found.records["example_id"]) == found.spec.example_ids == tuple(e.example_id for e in examples)
    )
    assert found.records["original"].tolist() == [example.text for example in examples]


def test_the_manifest_says_what_was_done_to_which_model(started, examples):
    resume(started.name)
    manifest = open_attack(started.name).manifest
    assert manifest is not None and manifest["kind"] == "attack"
    assert (
        manifest["recipe"]["name"] == "deepwordbug" and "max_edit_distance" in manifest["recipe"]["constants"]
    )
    assert manifest["recipe"]["versions"]["textattack"] == "0.3.11"
    assert manifest["model"]["family"] == "tfidf" and manifest["model"]["files"]
    assert manifest["spec"]["example_ids"] == [example.example_id for example in examples]
    assert (
        manifest["n"]
        == len(examples)
        == sum(manifest["counts"][n] for n in ("succeeded", "failed", "skipped"))
    )
    rate = Estimate.from_json(manifest["figures"]["success_rate"])
    attacked = manifest["counts"]["succeeded"] + manifest["counts"]["failed"]
    assert rate.n == attacked and rate.value == pytest.approx(manifest["counts"]["succeeded"] / attacked)


def test_a_cancelled_run_keeps_what_is_done_and_goes_on_as_if_nothing_had_been(started, examples):
    with pytest.raises(Cancelled):
        resume(started.name, progress=stops_after(2))
    halfway = open_attack(started.name)
    assert not halfway.finished and not halfway.running and len(halfway.records) == 2
    assert halfway.figures["success_rate"].n <= 2
    resume(started.name)
    pd.testing.assert_frame_equal(timeless(started.name), uninterrupted(examples, halfway.spec.model_id))
    kept, written = halfway.records["seconds"], open_attack(started.name).records["seconds"][:2]
    assert kept.tolist() == written.tolist()  # those records were not made again


@pytest.mark.parametrize("torn", [b'{"example_id": "made', b"{", b'{"example_id": "x"}', b"\x00\x00\x00"])
def test_a_line_that_a_kill_tore_is_attacked_again(started, examples, torn):
    with pytest.raises(Cancelled):
        resume(started.name, progress=stops_after(2))
    with (started / journal.FILE).open("ab") as file:
        file.write(torn)
    assert len(open_attack(started.name).records) == 2
    resume(started.name)
    assert len(journal.records(started)) == len(examples)
    pd.testing.assert_frame_equal(
        timeless(started.name), uninterrupted(examples, open_attack(started.name).spec.model_id)
    )


def test_every_record_survives_the_way_to_the_disk_and_back(started, examples):
    resume(started.name)
    records = attack_runs.journaled(started)
    again = pd.DataFrame([record.to_json() for record in records])
    stored = pd.read_parquet(started / "results.parquet").set_index("example_id").loc[again["example_id"]]
    for name in ("prob_before", "prob_after", "seconds"):
        assert np.array_equal(again[name], stored[name].to_numpy())  # to the last digit
    assert stored["perturbed"].tolist() == again["perturbed"].tolist()


def test_an_errored_review_has_no_probabilities_and_they_come_back_as_nan(started, monkeypatch):
    monkeypatch.setattr("attacks.engine.attacker.Attacker._searched", failing(ZeroDivisionError("a bug")))
    resume(started.name)
    records = open_attack(started.name).records
    assert set(records["outcome"]) == {"errored"} and set(records["error"]) == {"ZeroDivisionError: a bug"}
    assert records["prob_before"].isna().all() and records["prob_after"].dtype == np.float64
    assert set(records["perturbed"]) == {""}
    assert all(record.prob_before != record.prob_before for record in attack_runs.journaled(started))


def test_a_run_is_worked_on_by_one_process_only(started):
    with runs.alone(started), pytest.raises(RunError, match="is running already; wait for it, or cancel"):
        resume(started.name)


def test_a_full_disk_ends_the_run_and_loses_nothing(started, examples, monkeypatch):
    """The second record's write is cut short, as a full disk does it."""
    fsync, written = os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 2:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - 5)
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(runs.os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            resume(started.name)
    assert len(open_attack(started.name).records) == 1
    resume(started.name)
    pd.testing.assert_frame_equal(
        timeless(started.name), uninterrupted(examples, open_attack(started.name).spec.model_id)
    )


def test_a_recipe_that_changed_meanwhile_is_not_mixed_with_itself(started):
    recipe = workspace.read_json(started / attack_runs.RECIPE)
    workspace.write_json(started / attack_runs.RECIPE, recipe | {"constants": {"max_edit_distance": 5}})
    with pytest.raises(RunError, match=r"'deepwordbug' has changed since .* started \(constants\)"):
        resume(started.name)


def test_a_finished_run_is_left_as_it_is(started):
    resume(started.name)
    before = (started / "manifest.json").read_bytes()
    resume(started.name)
    assert (started / "manifest.json").read_bytes() == before


def test_the_batches_are_listed_newest_first_by_model_and_recipe(shelve, examples):
    tfidf, nbsvm = shelve("tfidf"), shelve("nbsvm")
    first = start(spec(tfidf.model_id), examples).name
    second = start(spec(nbsvm.model_id), examples).name
    third = start(AttackSpec("tfidf", "random"), examples).name
    listed = [run.run_id for run in attack_runs.list_attacks()]
    assert listed == [third, second, first]
    assert [run.run_id for run in attack_runs.list_attacks(model_id=nbsvm.model_id)] == [second]
    assert [run.run_id for run in attack_runs.list_attacks(recipe="random")] == [third]
    assert [run.spec.model_id for run in attack_runs.list_attacks(recipe="random")] == [tfidf.model_id]


def test_a_folder_without_its_reviews_is_no_batch_yet():
    runs.create("attack", "20240101t000000000-half-made", dataclasses.asdict(spec("m")))
    assert attack_runs.list_attacks() == []


def test_other_runs_are_not_taken_for_batches():
    folder = runs.create("evaluation", "20240101t000000000-x", {})
    with pytest.raises(RunError, match="of kind 'evaluation'"):
        open_attack(folder.name)


def test_reviews_need_ids_of_their_own(shelve, examples):
    model = shelve("tfidf").model_id
    with pytest.raises(RunError, match="each needs its own id"):
        start(spec(model), [examples[0], examples[0]])
    with pytest.raises(RunError, match="0 reviews"):
        start(spec(model), [])


def test_a_job_and_its_batch_name_each_other(shelve, examples, monkeypatch):
    folder = runs.create("job", "20240101t000000000-job-run-0", {"title": "x", "argv": ["run"]})
    assert attack_runs.run_of_job(folder.name) is None
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    with jobs.working():
        run_id = start(spec(shelve("tfidf").model_id), examples).name
        assert attack_runs.run_of_job(folder.name) == run_id  # already while it runs
    assert attack_runs.job_of_run(run_id) == folder.name
    by_hand = start(spec(shelve("tfidf").model_id, seed=5), examples).name
    assert attack_runs.job_of_run(by_hand) is None


def test_a_batch_that_a_terminal_runs_can_be_cancelled(started):
    def cancel_from_elsewhere(done: float, total: float, what: str) -> None:
        if done == 1:
            assert attack_runs.cancel(started.name)

    with pytest.raises(Cancelled):
        resume(started.name, progress=cancel_from_elsewhere)
    assert len(open_attack(started.name).records) < 6
    assert not attack_runs.cancel(started.name)  # nobody is at work on it now
    resume(started.name)  # and what was cancelled once goes on
    assert open_attack(started.name).finished


def failing(error: Exception):
    def fail(*args: Any) -> Any:
        raise error

    return fail


# Exports ----------------------------------------------------------------------------------------------------


def test_jsonl_holds_every_column_and_null_for_the_undefined(started, tmp_path, monkeypatch):
    monkeypatch.setattr("attacks.engine.attacker.Attacker._searched", failing(ZeroDivisionError("x")))
    resume(started.name)
    assert export.export(started.name, "jsonl", tmp_path / "out.jsonl") == 6
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert all(
        tuple(row)[: len(RECORD_COLUMNS)] == RECORD_COLUMNS and row["prob_before"] is None for row in rows
    )


def test_csv_has_the_columns_of_the_record_and_no_cell_runs_as_a_formula(started, tmp_path):
    resume(started.name)
    records = open_attack(started.name).records
    export.export(started.name, "csv", tmp_path / "out.csv")
    read = pd.read_csv(tmp_path / "out.csv", encoding="utf-8-sig", keep_default_na=False)
    assert tuple(read.columns) == (*RECORD_COLUMNS, "valid", "verdict_by_hand", "verdict_reasons")
    assert read["perturbed"].tolist() == records["perturbed"].tolist()
    evil = records.head(1).assign(perturbed="=HYPERLINK(1)")
    assert b"'=HYPERLINK" in export.FORMATS["csv"](evil) == spreadsheet.to_csv(evil)


def test_the_textattack_format_is_what_its_own_logger_writes(
    textattack, attack_model, started, examples, tmp_path
):
    from textattack.attack_recipes import DeepWordBugGao2018
    from textattack.loggers import CSVLogger
    from textattack.models.wrappers import ModelWrapper
    from textattack.shared.utils import set_seed

    from attacks.engine.attacker import seed_of

    class Plain(ModelWrapper):
        model = attack_model("tfidf")

        def __call__(self, texts):
            return self.model.predict_proba(texts)

    attack = DeepWordBugGao2018.build(Plain())
    logger = CSVLogger(str(tmp_path / "theirs.csv"))
    for example in examples:
        set_seed(seed_of(0, example.example_id))
        logger.log_attack_result(attack.attack(example.text, example.label))
    logger.flush()
    resume(started.name)
    export.export(started.name, "textattack", tmp_path / "ours.csv")
    ours, theirs = (pd.read_csv(tmp_path / name) for name in ("ours.csv", "theirs.csv"))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9)
    assert ours["perturbed_text"].str.contains("[[", regex=False).any()


def test_words_are_found_where_textattack_finds_them(textattack):
    from made_reviews import EDGE_TEXTS
    from textattack.shared.utils import words_from_text

    latin = [text for text in EDGE_TEXTS if "这" not in text]
    odd = ["-a- 'b' _c_ *d* @e@ f-g h'i '' -- *", "x`y ˗z a×b", "1.5 U.S.A. a/b (c) \u200bq", "don't\n\tstop"]
    for text in [*latin, *odd]:
        assert [text[start:end] for start, end in export.word_spans(text)] == words_from_text(text)


def test_inserted_and_deleted_words_are_marked_where_they_stand():
    assert export.marked("not a good film", "a good film") == ("[[not]] a good film", "a good film")
    assert export.marked("a good film", "a very good film") == ("a good film", "a [[very]] good film")
    assert export.marked("good, bad.", "goood, bad.") == ("[[good]], bad.", "[[goood]], bad.")
    assert export.marked("", "") == ("", "")


def test_an_export_that_cannot_be_written_says_why(started, tmp_path):
    with pytest.raises(DataError, match="format 'xml' is not known; known: csv, jsonl, textattack"):
        export.export(started.name, "xml", tmp_path / "x")
    with pytest.raises(DataError, match="its folder must exist"):
        export.export(started.name, "csv", tmp_path / "no" / "x.csv")

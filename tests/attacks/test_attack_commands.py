from __future__ import annotations

import errno
import importlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from made_reviews import made_dataset

from attacks import __main__ as command_line
from attacks.batches import runs as attack_runs
from sentiment_core import command_line as core
from sentiment_core import data
from sentiment_core.contracts import check_command
from sentiment_core.execution.base import Here
from sentiment_core.jobs import jobs, worker
from sentiment_core.storage import runs

OURS = ("run", "runs", "show", "cancel", "export")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, textattack: Any) -> None:
    """Attack in this process, which has TextAttack already, whatever --workers says."""
    monkeypatch.setattr("attacks.engine.batch.executor_for", lambda workers, cluster: Here())


@pytest.fixture
def dataset(shelve: Callable[[str], Any]) -> str:
    """The fingerprint of stored reviews, with a model `tfidf` to attack."""
    shelve("tfidf")
    made = made_dataset()
    data.store(made)
    return made.fingerprint


@pytest.fixture
def answer(capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command and return its JSON, or its exit code and complaint."""

    def ask(*argv: str) -> Any:
        code = command_line.main([*argv, "--json"])
        out, err = capfd.readouterr()
        return json.loads(out) if code == 0 else (code, err.strip().splitlines()[-1])

    return ask


def attack_of(dataset: str, *more: str) -> list[str]:
    return ["run", "--model", "tfidf", "--recipe", "deepwordbug", "--data", dataset, "--limit", "5", *more]


@pytest.mark.parametrize("name", command_line.LINE.names)
def test_every_command_keeps_its_contract(name):
    module = core.load_commands(command_line.LINE)[name]
    assert name == module.NAME
    check_command(module, command_line.LINE)


def test_similarities_are_printed_so_that_they_can_be_told_apart():
    from attacks.commands import show

    told = {"value": 0.98412, "ci_low": 0.97951, "ci_high": 0.98873, "n": 75}
    assert "0.984 [0.980, 0.989]" in show._line("similarity", told)
    assert "98.4 % [98.0, 98.9]" in show._line("success_rate", told)
    assert show._value("similarity", told | {"ci_low": None, "ci_high": None}) == "0.984"


def test_the_help_is_about_attacks(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    shown = capsys.readouterr().out
    assert "python -m attacks" in shown and "Attack sentiment classifiers" in shown
    assert all(name in shown for name in OURS)


def test_a_batch_is_run_listed_shown_and_exported(here, dataset, answer, tmp_path):
    made = answer(*attack_of(dataset))
    assert (made["state"], made["done"], made["total"]) == ("finished", 5, 5)
    assert made["figures"]["success_rate"]["n"] == made["counts"]["succeeded"] + made["counts"]["failed"]
    assert [run["run_id"] for run in answer("runs")["runs"]] == [made["run_id"]]
    assert answer("runs", "--recipe", "pwws") == {"runs": [], "damaged": []}
    assert answer("runs", "--model", "tfidf")["runs"][0]["state"] == "finished"
    assert answer("show", made["run_id"])["figures"] == made["figures"]
    out = tmp_path / "log.csv"
    assert answer("export", made["run_id"], "--format", "textattack", "--out", str(out))["n"] == 5
    assert len(pd.read_csv(out)) == 5
    assert answer("cancel", made["run_id"])["asked"] is False


def test_what_a_person_reads_names_each_figure_with_its_n(here, dataset, capfd):
    assert command_line.main(attack_of(dataset)) == 0
    shown = capfd.readouterr().out
    assert "deepwordbug against tfidf: 5 of 5 reviews" in shown
    line = next(line for line in shown.splitlines() if line.startswith("success rate"))
    assert "%" in line and "[" in line and "n = " in line
    assert command_line.main(["runs"]) == 0
    assert "finished  5 of 5" in capfd.readouterr().out


def test_one_review_typed_by_hand_needs_no_data_set(here, dataset, answer):
    typed = ["--text", "A wonderful and moving film.", "--label", "positive"]
    made = answer("run", "--model", "tfidf", "--recipe", "deepwordbug", *typed)
    run = attack_runs.open_attack(made["run_id"])
    assert run.records["original"].tolist() == ["A wonderful and moving film."]
    assert run.records["label"].tolist() == [1] and run.spec.data["name"] == "typed"


def test_settings_budget_seed_and_choice_stand_in_the_spec(here, dataset, answer):
    more = ["--set", "max_edit_distance=4", "--budget", "30", "--seconds", "9", "--seed", "3"]
    made = answer(*attack_of(dataset, *more, "--select", "outcome=right", "--select", "words=5-500"))
    spec = attack_runs.open_attack(made["run_id"]).spec
    assert (spec.params, spec.query_budget, spec.seconds, spec.seed) == ({"max_edit_distance": 4}, 30, 9.0, 3)
    assert spec.data["selection"]["outcome"] == "right" and spec.data["selection"]["max_words"] == 500
    assert made["counts"]["skipped"] == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--recipe", "pws"], "recipe 'pws' is not known; known: deepwordbug"),
        (["--model", "nobody"], "model 'nobody' is not known"),
        (["--set", "speed=3"], "has no parameter 'speed'"),
        (["--set", "max_edit_distance"], "give NAME=VALUE"),
        (["--set", "max_edit_distance=few"], "is a whole number"),
        (["--limit", "0"], "--limit is 0; give 1 or more"),
        (["--budget", "0"], "--budget is 0; give 1 or more"),
        (["--seconds", "-1"], "--seconds is -1.0; give more than 0"),
        (["--workers", "0"], "--workers is 0; give 1 or more"),
        (["--select", "outcome=good"], "outcome is 'good'"),
        (["--recipe", "leap", "--model", "nbsvm", "--select", "colour=red"], "--select 'colour=red'"),
        (["--text", "x", "--label", "positive"], "remove --data and --select"),
        (["--split", "train", "--select", "ids=nobody"], "nobody are not in this split"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_leaves_nothing(dataset, shelve, answer, more, message):
    shelve("nbsvm")
    code, complaint = answer(*attack_of(dataset, *more))
    assert code == 2 and message in complaint
    assert attack_runs.list_attacks() == []


def test_a_run_needs_a_model_a_recipe_and_reviews(answer, dataset):
    code, complaint = answer("run", "--model", "tfidf", "--recipe", "deepwordbug")
    assert code == 2 and "--data or --text" in complaint
    code, complaint = answer("run", "--model", "tfidf", "--recipe", "deepwordbug", "--text", "A film.")
    assert code == 2 and "needs --label" in complaint


def begun_and_stopped(dataset: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> str:
    """Begin a batch whose process stops before the first review, and return its id."""
    with monkeypatch.context() as patch:
        patch.setattr("attacks.batches.runs.attack_batch", interrupted)
        assert command_line.main(attack_of(dataset, *more)) == 130
    return attack_runs.list_attacks()[0].run_id


def interrupted(*args: Any, **kwargs: Any) -> Any:
    raise KeyboardInterrupt


def test_a_stopped_batch_goes_on_by_its_id(here, dataset, answer, monkeypatch):
    run_id = begun_and_stopped(dataset, monkeypatch, "--seed", "4")
    assert answer("runs")["runs"][0]["state"] == "stopped"
    assert "python -m attacks run --resume" in shown(run_id)
    same = ["--seed", "4", "--limit", "5", "--data", dataset, "--model", "tfidf", "--recipe", "deepwordbug"]
    assert answer("run", "--resume", run_id, *same)["run_id"] == run_id
    assert answer("run", "--resume", run_id)["done"] == 5  # finished: nothing is left to do


def shown(run_id: str) -> str:
    from attacks.commands import show

    return show.text(show.described(run_id))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seed", "9"], "was started with --seed 0, not 9"),
        (["--recipe", "pwws"], "was started with --recipe deepwordbug, not pwws"),
        (["--model", "nbsvm"], "was started with --model tfidf-"),
        (["--limit", "6"], "was started with --limit 5, not 6"),
        (["--budget", "6"], "was started with --budget None, not 6"),
        (["--set", "max_edit_distance=9"], "was started with --set {}"),
        (["--data", "imdb-embedded"], "was started with --data"),
        (["--select", "outcome=wrong"], "was started with --select"),
        (["--text", "Another film.", "--label", "positive"], "was started with --text"),
    ],
)
def test_what_contradicts_the_run_that_goes_on_is_refused(
    dataset, shelve, answer, monkeypatch, more, message
):
    shelve("nbsvm")
    run_id = begun_and_stopped(dataset, monkeypatch)
    code, complaint = answer("run", "--resume", run_id, *more)
    assert code == 2 and message in complaint and "start a new run" in complaint


def test_resuming_names_the_batches_that_can_go_on(dataset, answer, monkeypatch):
    assert answer("run", "--resume") == (2, "error: --resume needs a run; runs to resume: none")
    run_id = begun_and_stopped(dataset, monkeypatch)
    assert answer("run", "--resume") == (2, f"error: --resume needs a run; runs to resume: {run_id}")
    code, complaint = answer("run", "--resume", "20990101t000000000-x")
    assert code == 2 and "is not known" in complaint


def test_the_job_of_a_batch_goes_on_with_the_same_batch(here, dataset, monkeypatch):
    """As `jobs.resume` does it: the same flags again, and a word that the job is resumed."""
    folder = runs.create("job", "20240101t000000000-job-run-0", {"title": "x", "argv": attack_of(dataset)})
    for code in (130, 0):
        monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
        with monkeypatch.context() as patch:
            if code:
                patch.setattr("attacks.batches.runs.attack_batch", interrupted)
            else:
                patch.setenv(worker.RESUME_VARIABLE, "1")
            assert command_line.main(attack_of(dataset)) == code
    (run,) = attack_runs.list_attacks()
    assert run.finished and attack_runs.run_of_job(folder.name) == run.run_id
    result = jobs.status(folder.name).result
    assert result is not None and result["run_id"] == run.run_id


@pytest.mark.parametrize("argv", [["run", "--model", "m"], ["harden", "--model", "m"], ["show", "r"]])
def test_a_resumed_job_is_told_to_the_commands_that_can_resume(argv, monkeypatch):
    seen = {}
    command = importlib.import_module(f"attacks.commands.{argv[0]}")
    monkeypatch.setattr(command, "run", lambda args: seen.update(vars(args)) or {})
    monkeypatch.setattr(command, "show", str)
    folder = runs.create("job", "20240101t000000000-x", {"title": "x", "argv": argv})
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    monkeypatch.setenv(worker.RESUME_VARIABLE, "1")
    assert command_line.main(argv) == 0
    assert seen.get("resume") == (None if argv[0] == "show" else "")


def test_a_recipe_that_lacks_something_says_what_and_how_to_get_it(dataset, answer, monkeypatch):
    lacking = SimpleNamespace(what="word vectors", enables="it", how_to_get="fetch them")
    monkeypatch.setattr("attacks.batches.request.missing", lambda recipe, family, params: [lacking])
    assert answer(*attack_of(dataset)) == (
        2,
        "error: recipe 'deepwordbug' needs word vectors (fetch them)",
    )


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EFBIG, "ulimit -f")]
)
def test_a_full_disk_is_one_line_and_loses_nothing(here, dataset, answer, monkeypatch, number, words):
    run_id = begun_and_stopped(dataset, monkeypatch)
    fsync, written = os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 3:
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(runs.os, "fsync", full)
        code, complaint = answer("run", "--resume", run_id)
    assert code == 2 and complaint.startswith("error: ") and words in complaint
    assert 0 < len(attack_runs.open_attack(run_id).records) < 5
    assert answer("run", "--resume", run_id)["done"] == 5


def test_a_second_start_of_the_same_run_is_one_clear_line(dataset, answer, monkeypatch):
    run_id = begun_and_stopped(dataset, monkeypatch)
    with runs.alone(attack_runs.open_attack(run_id).folder):
        assert answer("runs")["runs"][0]["state"] == "running"
        assert answer("run", "--resume", run_id) == (
            2,
            f"error: run '{run_id}' is running already; wait for it, or cancel its job",
        )


def test_the_path_of_this_file_is_no_data_set(answer, dataset):
    code, complaint = answer(*attack_of(str(Path(__file__))))
    assert code == 2 and "error: " in complaint


# With real processes ----------------------------------------------------------------------------------------


def until(true: Callable[[], Any], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_a_job_attacks_is_cancelled_and_goes_on_where_it_was(dataset):
    argv = ["run", "--model", "tfidf", "--recipe", "deepwordbug", "--data", dataset, "--limit", "60"]
    job = jobs.start([*argv, "--workers", "1", "--no-judge"], "Attack", module="attacks")
    until(lambda: attack_runs.run_of_job(job))
    run_id = attack_runs.run_of_job(job)
    assert run_id is not None and attack_runs.job_of_run(run_id) == job
    until(lambda: len(attack_runs.open_attack(run_id).records) > 0)
    assert "attacking with deepwordbug: " in jobs.status(job).what
    assert attack_runs.cancel(run_id)
    until(lambda: not jobs.status(job).active)
    assert jobs.status(job).state == "cancelled"
    some = attack_runs.open_attack(run_id)
    assert not some.finished and 0 < len(some.records) < 60
    assert jobs.resume(job) == job
    until(lambda: not jobs.status(job).active)
    assert jobs.status(job).state == "finished", jobs.log_tail(job)
    assert attack_runs.run_of_job(job) == run_id
    run = attack_runs.open_attack(run_id)
    assert run.finished and len(run.records) == 60
    kept = run.records.set_index("example_id")["seconds"].loc[some.records["example_id"]]
    assert kept.tolist() == some.records["seconds"].tolist()

"""Stored data sets are found by name, renamed and removed; what was made from them keeps its figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sentiment_core import __main__ as command_line
from sentiment_core import data, data_shelf, models
from sentiment_core.data import describing, names
from sentiment_core.errors import DataError
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.training import train


@pytest.fixture
def stored(reelcheck_home: Path, tmp_path: Path) -> str:
    """The fingerprint of forty reviews from may.csv."""
    rows = [f"{word} film number {n},{n % 2}" for n, word in enumerate(["dull", "warm"] * 20)]
    (tmp_path / "may.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    return data.load(str(tmp_path / "may.csv")).fingerprint


@pytest.mark.parametrize("name", ["Reviews of May", "$(rm) *x* <b>", "🎬", "قصة", "a" * 100])
def test_a_renamed_data_set_is_listed_found_and_loaded_by_its_new_name(stored: str, name: str) -> None:
    assert data_shelf.rename("may.csv", f" {name} ") == {
        "fingerprint": stored,
        "old": "may.csv",
        "name": name,
    }
    assert [manifest["name"] for manifest in data.storing.list_stored()] == [name]
    assert data_shelf.find(name) == data.load(name).fingerprint == stored
    assert data.load(name).name == data.load(stored).name == name


@pytest.mark.parametrize("name", ["", " ", "a\nb", "../up", "a" * 101, "\u202ename", "0" * 16, "imdb"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(stored: str, name: str) -> None:
    with pytest.raises(DataError, match="cannot be used|another data set"):
        data_shelf.rename(stored, name)
    assert names.given() == {}


def test_two_data_sets_of_one_name_are_told_apart_and_neither_takes_the_name_of_the_other(
    stored: str, tmp_path: Path
) -> None:
    (tmp_path / "may.csv").write_text("text,label\none,0\ntwo,1\n")
    other = data.load(str(tmp_path / "may.csv")).fingerprint
    with pytest.raises(DataError, match="2 data sets are named 'may.csv'"):
        data_shelf.find("may.csv")
    data_shelf.rename(other, "two")
    with pytest.raises(DataError, match="another data set is named 'two'"):
        data_shelf.rename(stored, "two")


def test_a_file_of_the_same_name_wins_over_a_given_name(
    stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_shelf.rename(stored, "other.csv")
    (tmp_path / "other.csv").write_text("text,label\none,0\ntwo,1\n")
    monkeypatch.chdir(tmp_path)
    assert len(data.load("other.csv").examples) == 2


def test_removing_says_what_was_made_from_it_and_leaves_the_figures(stored: str) -> None:
    train.train("tfidf", data.load(stored), alias="small")
    run_id = records.evaluate("small", data.load(models.resolve("small").trained_on["fingerprint"]))
    used = models.resolve("small").trained_on["fingerprint"]
    found = data_shelf.uses(used)
    assert (dict(found.runs), found.trained) == ({"evaluation": (run_id,)}, ("small",))
    describing.describe(data.load(used))
    data_shelf.rename(used, "gone")
    folder = data_shelf.remove("gone")
    assert not folder.exists() and names.given() == {} and not describing.is_described(used)
    assert (
        records.open_evaluation(run_id).metrics["accuracy"].n == records.open_evaluation(run_id).manifest["n"]
    )
    with pytest.raises(DataError, match="not in this workspace"):
        data.by_fingerprint(used)


def test_a_data_set_that_a_job_works_on_is_not_removed(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = jobs.JobStatus("job-1", "", "running", 0, 0, "", "", None, "", "", ("evaluate", "--data", stored))
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [busy])
    with pytest.raises(DataError, match="'job-1' is working on this data set"):
        data_shelf.remove(stored)
    assert data.by_fingerprint(stored).fingerprint == stored


def test_a_damaged_file_of_names_hides_no_data_set(stored: str, reelcheck_home: Path) -> None:
    (reelcheck_home / "datasets" / "names.json").write_text("{")
    assert [manifest["name"] for manifest in data.storing.list_stored()] == ["may.csv"]


def test_the_commands_do_the_same_and_remove_only_with_yes(
    stored: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["data", "rename", "may.csv", "May"]) == 0
    assert capsys.readouterr().out == f"{stored} is now named May (was may.csv)\n"
    assert command_line.main(["data", "remove", "May"]) == 0
    assert "would be removed" in capsys.readouterr().out and data_shelf.find("May") == stored
    assert command_line.main(["data", "remove", "May", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] is True
    assert command_line.main(["data", "remove", "May"]) == 2
    assert "no stored data set is named 'May'" in capsys.readouterr().err


def test_near_duplicates_within_a_split_and_languages_are_described(
    reelcheck_home: Path, tmp_path: Path
) -> None:
    long = "one two three four five six seven eight nine ten eleven twelve"
    german = "Dieser Film ist leider sehr langweilig und viel zu lang geraten"
    rows = [(f"{long} x", 0), (f"{long} y", 1), (german, 0), ("ok", 1)]
    (tmp_path / "few.csv").write_text(
        "\n".join(["text,label", *(f"{t},{label}" for t, label in rows)]) + "\n"
    )
    facts = data.describe(data.load(str(tmp_path / "few.csv")))
    within = facts["near_duplicates"]["within"]
    assert [(part["splits"], part["pairs"], part["other_label"]) for part in within] == [("test", 1, 1)]
    assert facts["languages"]["counts"]["de"] == 1 and facts["languages"]["unclear"] >= 1

"""Certificates as runs: resumed as if never interrupted, given again as they are, and counted by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from made_reviews import made_dataset

from attacks import __main__ as command_line
from attacks.certificates import figures, runs
from attacks.certificates.schema import CertificateSpec
from attacks.schema import Example
from sentiment_core import data
from sentiment_core.errors import Cancelled, RunError
from sentiment_core.execution.base import Here
from sentiment_core.storage import journal


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, textattack: Any) -> None:
    """Certify in this process, which has TextAttack already."""
    monkeypatch.setattr("attacks.certificates.runs.executor_for", lambda workers, cluster: Here())


@pytest.fixture
def examples(attack_reviews: pd.DataFrame) -> list[Example]:
    return [Example(str(i), t, int(n)) for i, t, n in attack_reviews.head(5).itertuples(index=False)]


@pytest.fixture
def spec(shelve: Callable[[str], Any]) -> CertificateSpec:
    return CertificateSpec(shelve("tfidf").model_id, "letters", changes=(1, 3), data={"name": "made"})


def timeless(run_id: str) -> pd.DataFrame:
    return runs.open_certificate(run_id).rows.drop(columns="seconds")


def stops_after(n: int) -> Callable[[float, float, str], None]:
    def progress(done: float, total: float, what: str) -> None:
        if done >= n:
            raise Cancelled

    return progress


def test_a_resumed_run_has_the_rows_of_an_uninterrupted_one_and_is_given_again(
    here: None, spec: CertificateSpec, examples: list[Example]
) -> None:
    whole = timeless(runs.resume(runs.start(spec, examples)))
    cut = runs.start(spec, examples)
    with pytest.raises(Cancelled):
        runs.resume(cut, progress=stops_after(2))
    assert 2 <= runs.open_certificate(cut).rows["example_id"].nunique() < 5
    assert not runs.open_certificate(cut).finished
    pd.testing.assert_frame_equal(timeless(runs.certify(spec, examples)), whole)
    assert runs.certify(spec, examples) == cut
    assert list(whole["k"]) == [1, 3] * 5
    assert list(dict.fromkeys(whole["example_id"])) == [example.example_id for example in examples]


def test_a_damaged_run_is_rebuilt_from_its_journal(
    here: None, spec: CertificateSpec, examples: list[Example]
) -> None:
    run_id = runs.resume(runs.start(spec, examples))
    before, folder = timeless(run_id), runs.open_certificate(run_id).folder
    (folder / runs.RESULTS).write_bytes(b"no table")
    assert [item.name for item in runs.damaged_certificates()] == [run_id]
    runs.repair(run_id)
    pd.testing.assert_frame_equal(timeless(run_id), before)
    lines = (folder / journal.FILE).read_bytes().splitlines(keepends=True)
    (folder / journal.FILE).write_bytes(b"".join([*lines[:2], b"?\n", *lines[3:]]))
    runs.repair(run_id)
    assert not runs.open_certificate(run_id).finished  # one review's line is lost
    pd.testing.assert_frame_equal(timeless(runs.resume(run_id)), before)


def test_a_bracket_is_what_one_counts() -> None:
    statuses = ["certified"] * 5 + ["undecided"] + ["broken"] * 2 + ["wrong"] * 2
    rows = pd.DataFrame({"k": 3, "status": statuses, "example_id": [str(i) for i in range(10)]})
    (bracket,) = figures.brackets(rows)
    assert (bracket.k, bracket.n) == (3, 10)
    assert [bracket.certified.value, bracket.at_most.value, bracket.undecided.value] == [0.5, 0.6, 0.1]
    assert bracket.turned.value == 2 / 8
    assert figures.bracket_from(bracket.to_json()) == bracket


def test_an_attack_is_compared_on_the_reviews_of_both() -> None:
    rows = pd.DataFrame(
        {
            "example_id": [*"abcdef"],
            "k": 2,
            "status": ["certified", "broken", "broken", "undecided", "wrong", "certified"],
        }
    )
    records = pd.DataFrame(
        {
            "example_id": [*"abcdez"],
            "outcome": ["failed", "succeeded", "succeeded", "succeeded", "skipped", "succeeded"],
            "words_changed": [0, 2, 3, 1, 0, 1],
        }
    )
    reach = figures.reach(rows, records, 2)
    assert (reach.n, reach.fooled, reach.possible, reach.most_possible) == (5, 2, 3, 3)
    assert reach.accuracy.value == 2 / 5 and reach.contradictions == ()
    wrong = figures.reach(rows, records.assign(outcome="succeeded"), 2)
    assert wrong.contradictions == ("a",)


def test_the_command_gives_brackets_and_a_row_for_each_review_and_k(
    here: None, shelve: Callable[[str], Any], tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shelve("tfidf")
    data.store(made := made_dataset())
    out = tmp_path / "rows.csv"
    command = ["certify", "--model", "tfidf", "--data", made.fingerprint, "--edits", "letters", "--k", "2,1"]
    assert command_line.main([*command, "--limit", "4", "--out", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == 4 and result["seconds_per_review"] > 0
    assert [bracket["k"] for bracket in result["brackets"]] == [1, 2]
    for bracket in result["brackets"]:
        assert 0 <= bracket["certified"] <= bracket["at_most"] <= 1
        assert bracket["undecided"] == pytest.approx(bracket["at_most"] - bracket["certified"])
    rows = pd.read_csv(out)
    assert list(rows.columns) == ["example_id", "k", "status", "lower_bound", "witness"] and len(rows) == 8
    assert command_line.main([*command, "--limit", "4"]) == 0  # the same run, which is finished
    assert f"kept as {result['run_id']}" in capsys.readouterr().out


def test_what_cannot_be_certified_is_said_in_one_line(
    shelve: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    shelve("tfidf")
    data.store(made := made_dataset())
    for flags, said in (
        (["--model", "tfidf", "--k", "0,1"], "--k"),
        (["--model", "tfidf", "--k", "x"], "--k"),
        (["--model", "tfidf", "--edits", "letters", "--recipe", "pwws"], "remove --edits"),
        (["--model", "tfidf", "--set", "a=1"], "--recipe"),
        (["--model", "tfidf", "--parts", "0"], "--parts"),
        (["--model", "tfidf", "--recipe", "nothing"], "nothing"),
        (["--model", "tfidf", "--edits", "letters", "--k", "16"], "15 or less"),
    ):
        assert command_line.main(["certify", "--data", made.fingerprint, *flags]) == 2
        error = capsys.readouterr().err.strip()
        assert said in error and "\n" not in error


def test_a_run_of_another_kind_is_no_certificate() -> None:
    with pytest.raises(RunError, match="not known"):
        runs.open_certificate("20260101t000000000-none")

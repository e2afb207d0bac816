from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from sentiment_core.errors import RunError
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal, runs


def make_run(kind: str = "evaluation", model: str = "tfidf", **spec: object) -> Path:
    return runs.create(kind, runs.new_run_id(kind, model, spec), spec)


def test_a_run_is_finished_only_once_its_manifest_is_written() -> None:
    folder = make_run(data="tiny")
    assert not runs.open_run(folder.name).finished
    runs.finish(folder, {"n": 4})
    run = runs.open_run(folder.name)
    assert run.finished and run.manifest is not None
    assert (run.kind, run.run_id, run.spec) == ("evaluation", folder.name, {"data": "tiny"})
    assert run.manifest["n"] == 4 and run.manifest["run_id"] == folder.name


def test_run_ids_sort_by_time_and_hold_what_was_run() -> None:
    ids = [runs.new_run_id("evaluation", "tfidf-a/b c", {"data": number}) for number in range(3)]
    assert ids == sorted(ids, key=lambda run_id: run_id[:18])
    assert all("-evaluation-tfidf-a-b-c-" in run_id for run_id in ids)
    assert len({run_id[-8:] for run_id in ids}) == 3


def test_the_spec_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert runs.spec_hash({"a": 1, "b": 2}) == runs.spec_hash({"b": 2, "a": 1})
    assert runs.spec_hash({"a": 1, "b": 2}) != runs.spec_hash({"a": 2, "b": 1})


def test_a_run_is_never_written_twice() -> None:
    folder = make_run()
    with pytest.raises(RunError, match="exists already"):
        runs.create("evaluation", folder.name, {})


def test_runs_are_listed_newest_first_and_by_kind(reelcheck_home: Path) -> None:
    assert runs.list_runs() == []
    for kind, run_id in (("job", "20240102t000000000-b"), ("evaluation", "20240101t000000000-a")):
        runs.create(kind, run_id, {})
    assert [run.run_id[-1] for run in runs.list_runs()] == ["b", "a"]
    assert [run.kind for run in runs.list_runs("job")] == ["job"]
    assert runs.list_runs()[1].created == "2024-01-01T00:00:00Z"


def test_damaged_and_half_made_folders_are_not_listed() -> None:
    damaged, bare = make_run(model="damaged"), make_run(model="bare")
    (damaged / "manifest.json").write_text('{"n": ')
    (bare / "spec.json").unlink()
    whole = make_run(model="whole")
    (whole.parent / ".hidden").mkdir()
    assert [run.run_id for run in runs.list_runs()] == [whole.name]
    with pytest.raises(RunError, match="damaged"):
        runs.open_run(damaged.name)


@pytest.mark.parametrize("name", ["nothing", "", ".", "..", "../job", "*", "/", "a/b", "\0", "🎬"])
def test_a_name_that_is_no_run_is_refused_in_one_line(name: str) -> None:
    make_run()
    with pytest.raises(RunError, match="not known") as caught:
        runs.open_run(name)
    assert "\n" not in str(caught.value)


def test_a_journal_gives_back_its_records_in_order() -> None:
    folder = make_run()
    assert journal.records(folder) == []
    texts = ["", "x", "🎬", "مرحبا", "line\nbreak\u2028\r", "<script>", "word " * 2000]
    for text in texts:
        journal.append(folder, {"text": text, "loss": math.nan})
    assert [record["text"] for record in journal.records(folder)] == texts
    assert {record["loss"] for record in journal.records(folder)} == {None}


@pytest.mark.parametrize("keep", range(1, 12))
def test_a_torn_last_line_loses_itself_only(keep: int) -> None:
    folder = make_run()
    journal.append(folder, {"id": 1})
    journal.append(folder, {"id": 2})
    file = folder / journal.FILE
    whole = file.read_bytes()
    line = len(whole) // 2
    file.write_bytes(whole[: line + min(keep, line - 1)])
    assert journal.records(folder) == [{"id": 1}]
    journal.append(folder, {"id": 3})
    assert journal.records(folder) == [{"id": 1}, {"id": 3}]


@pytest.mark.parametrize("damage", [b'{"id', b"[]", b"null", b"\xff\x00", b"[" * 5000, b'{"id": 1e999}', b""])
def test_a_damaged_line_inside_a_journal_is_left_out_and_counted(damage: bytes) -> None:
    folder = make_run()
    (folder / journal.FILE).write_bytes(b'{"id": 1}\n' + damage + b'\n{"id": 3}\n')
    found = journal.read(folder)
    assert found.records == [{"id": 1}, {"id": 3}] and found.unreadable == 1
    journal.append(folder, {"id": 2})
    assert journal.records(folder) == [{"id": 1}, {"id": 3}, {"id": 2}]


def test_one_changed_byte_in_a_journal_is_seen() -> None:
    folder = make_run()
    for text in ("wonderful", "dull"):
        journal.append(folder, {"text": text})
    whole = (folder / journal.FILE).read_bytes()
    for place in range(whole.index(b"\n")):
        changed = bytearray(whole)
        changed[place] ^= 1
        (folder / journal.FILE).write_bytes(changed)
        found = journal.read(folder, {"text": str, ...: None})
        assert {"text": "dull"} in found.records, place
        assert all(record["text"] in ("wonderful", "dull") for record in found.records), place


def test_everything_becomes_plain_json_and_nan_becomes_null() -> None:
    value = {
        "nan": math.nan,
        "infinite": np.float64("-inf"),
        "numbers": np.array([1, 2]),
        "half": np.float32(0.5),
        "yes": np.bool_(True),
        "path": Path("a") / "b",
        "pair": (1, None),
        "figure": Estimate(math.nan, math.nan, math.nan, 0, "no review"),
        3: "three",
    }
    plain = runs.json_ready(value)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain == {
        "nan": None,
        "infinite": None,
        "numbers": [1, 2],
        "half": 0.5,
        "yes": True,
        "path": "a/b",
        "pair": [1, None],
        "figure": {"value": None, "ci_low": None, "ci_high": None, "n": 0, "reason": "no review"},
        "3": "three",
    }

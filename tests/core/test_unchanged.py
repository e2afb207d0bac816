"""What was read of files is read again exactly when it changed."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from sentiment_core import models
from sentiment_core.storage import kept, runs, unchanged, workspace
from sentiment_core.storage.unchanged import Remembered


def aged(*paths: Path) -> None:
    """Let files look as if they had been written a while ago: what is fresh is not remembered."""
    time.sleep(2 * unchanged.TICK_NS / 1e9)
    for path in paths:
        assert time.time_ns() - path.stat().st_ctime_ns > unchanged.TICK_NS


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the JSON files that are read from now on."""
    read: list[str] = []
    original = kept.read_json

    def noted(path: Path, *shape: object) -> object:
        read.append(path.name)
        return original(path, *shape)

    monkeypatch.setattr(kept, "read_json", noted)
    return read


def finished(run_id: str) -> Path:
    folder = runs.create("attack", run_id, {"model_id": "m"})
    runs.finish(folder, {"n": 1})
    return folder


def test_a_second_list_of_runs_reads_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    aged(*(finished(f"r{place}") / "manifest.json" for place in range(5)))
    first = runs.list_runs("attack")
    read = counted(monkeypatch)
    again = runs.list_runs("attack")
    assert read == []
    assert [run.run_id for run in first] == [run.run_id for run in again] == ["r4", "r3", "r2", "r1", "r0"]


def test_only_what_changed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [finished(f"r{place}") for place in range(3)]
    unfinished = runs.create("attack", "r3", {"model_id": "m"})
    aged(*(folder / "spec.json" for folder in folders))
    assert not runs.open_run("r3").finished
    runs.list_runs("attack")
    read = counted(monkeypatch)
    runs.finish(unfinished, {"n": 7})
    assert [run.manifest and run.manifest["n"] for run in runs.list_runs("attack")] == [7, 1, 1, 1]
    assert sorted(read) == ["manifest.json", "spec.json"]


def test_a_removed_run_is_not_listed_and_a_new_one_is() -> None:
    aged(finished("r0") / "spec.json", finished("r1") / "spec.json")
    assert len(runs.list_runs("attack")) == 2
    for path in (workspace.runs_folder("attack") / "r0").iterdir():
        path.unlink()
    (workspace.runs_folder("attack") / "r0").rmdir()
    finished("r2")
    assert [run.run_id for run in runs.list_runs("attack")] == ["r2", "r1"]


def test_a_manifest_written_over_in_place_with_the_same_size_is_seen() -> None:
    path = finished("r0") / "manifest.json"
    aged(path)
    assert runs.open_run("r0").manifest == json.loads(path.read_text())
    path.write_text(path.read_text().replace('"n": 1', '"n": 2'))
    assert (runs.open_run("r0").manifest or {})["n"] == 2


def test_a_file_that_becomes_damaged_is_not_remembered_as_whole() -> None:
    path = finished("r0") / "manifest.json"
    aged(path)
    assert len(runs.list_runs("attack")) == 1
    path.write_text("{")
    assert runs.list_runs("attack") == []


def test_a_file_that_was_just_written_is_read_each_time(tmp_path: Path) -> None:
    path, made = tmp_path / "a", []
    path.write_text("x")
    remembered = Remembered(100)
    for _ in range(2):
        remembered.of("a", [str(path)], lambda: made.append(1) or "value")
    assert len(made) == 2


def test_what_does_not_fit_is_made_anew_and_the_rest_stays(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text("x" * 40)
    aged(*paths)
    made: list[str] = []
    remembered = Remembered(100)
    for _ in range(3):
        for path in paths:
            remembered.of(path.name, [str(path)], lambda name=path.name: made.append(name) or name)
    assert made == ["a", "b", "c", "c", "c"]


def test_an_exception_is_passed_on_and_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    aged(path)
    remembered = Remembered(100)
    with pytest.raises(KeyError):
        remembered.of("a", [str(path)], lambda: {}["missing"])
    assert remembered.of("a", [str(path)], lambda: "value") == "value"


def test_threads_that_ask_at_once_wait_for_the_one_that_reads(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    aged(path)
    remembered, made, start = Remembered(100), [], threading.Barrier(8)

    def make() -> str:
        made.append(threading.get_ident())
        time.sleep(0.05)
        return "value"

    def ask() -> None:
        start.wait()
        assert remembered.of("a", [str(path)], make) == "value"

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_an_alias_that_moves_is_seen_at_once() -> None:
    folder = workspace.models_folder()
    folder.mkdir(parents=True)
    for name in ("one", "two", "one"):
        workspace.write_json(folder / "aliases.json", {"current": name})
        assert models.aliases() == {"current": name}
    aged(folder / "aliases.json")
    models.aliases()
    workspace.write_json(folder / "aliases.json", {"current": "two"})
    assert models.aliases() == {"current": "two"}


def test_what_an_asker_adds_to_aliases_is_its_own() -> None:
    folder = workspace.models_folder()
    folder.mkdir(parents=True)
    workspace.write_json(folder / "aliases.json", {"current": "one"})
    aged(folder / "aliases.json")
    models.aliases()["mine"] = "two"
    assert models.aliases() == {"current": "one"}
    assert os.listdir(folder) == ["aliases.json"]

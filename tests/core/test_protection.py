"""A protected workspace is read, and nothing in this process can change it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from sentiment_core import data_shelf, models, notes
from sentiment_core.errors import ReelcheckError
from sentiment_core.jobs import jobs
from sentiment_core.labels import verdicts
from sentiment_core.storage import answers, journal, locks, protection, runs, workspace
from sentiment_core.storage.protection import ReadOnlyWorkspace

WHY = "only to look at"
FRAME = pd.DataFrame({"a": [1]})


@pytest.fixture
def protected(reelcheck_home: Path) -> Iterator[Path]:
    """A protected workspace that holds a file, a folder and a run."""
    (reelcheck_home / "kept").mkdir(parents=True)
    (reelcheck_home / "kept" / "file.json").write_text("{}")
    runs.create("evaluation", "20261129t000000000-a", {})
    protection.protect(reelcheck_home, WHY)
    yield reelcheck_home
    protection.release()


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(folder.rglob("*")))
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in files
    }


WAYS: dict[str, Callable[[Path], object]] = {
    "text": lambda home: workspace.write_text(home / "a.txt", "a"),
    "json over another": lambda home: workspace.write_json(home / "kept" / "file.json", {"b": 1}),
    "table": lambda home: workspace.write_parquet(home / "kept" / "a.parquet", FRAME),
    "bytes": lambda home: (home / "kept" / "file.json").write_bytes(b""),
    "append": lambda home: journal.append(home / "kept", {"a": 1}),
    "touch": lambda home: (home / "kept" / "cancel").touch(),
    "remove": lambda home: (home / "kept" / "file.json").unlink(),
    "remove a folder": lambda home: shutil.rmtree(home / "kept"),
    "remove a folder, whatever happens": lambda home: shutil.rmtree(home / "kept", ignore_errors=True),
    "rename": lambda home: (home / "kept").rename(home / "gone"),
    "move out": lambda home: os.replace(home / "kept" / "file.json", home.parent / "out.json"),
    "link": lambda home: (home / "link").symlink_to("/etc/passwd"),
    "by a link from outside": lambda home: _through_a_link(home),
    "by a detour": lambda home: (home / "kept" / ".." / "b.txt").write_text("b"),
    "a run": lambda home: runs.create("attack", "20261129t000000001-b", {}),
    "remove a run": lambda home: runs.remove("20261129t000000000-a"),
    "a job": lambda home: jobs.start(["demo"], "demo"),
    "an alias": lambda home: models.replace_alias(None, "mine", "m"),
    "a verdict": lambda home: verdicts.decide("f" * 16, "r1", "right", author="me", known={"r1"}),
    "a folder": lambda home: (home / "new").mkdir(),
    "a lock": lambda home: locks.try_lock(home / "new.lock"),
}


def _through_a_link(home: Path) -> None:
    link = home.parent / f"{home.name}-link"
    link.symlink_to(home)
    try:
        (link / "kept" / "file.json").write_text("changed")
    finally:
        link.unlink()


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_changed_whatever_the_way(protected: Path, way: str) -> None:
    before = everything(protected)
    with pytest.raises(ReadOnlyWorkspace, match=WHY):
        WAYS[way](protected)
    assert everything(protected) == before


def test_what_can_be_made_again_is_silently_not_kept(protected: Path) -> None:
    before = everything(protected)
    answers.keep("dropout", ["m", "a text"], {"prob_positive": [0.5]})
    with workspace.unless_read_only():
        workspace.write_json(protected / "cache" / "a.json", {})
    (protected / "kept").mkdir(exist_ok=True)  # it is there: nothing is asked for
    assert everything(protected) == before


def test_it_is_read_as_before_and_everything_else_is_written(protected: Path, tmp_path: Path) -> None:
    assert (protected / "kept" / "file.json").read_text() == "{}"
    assert [run.run_id for run in runs.list_runs()] == ["20261129t000000000-a"]
    assert not runs.is_running(runs.folder_of("20261129t000000000-a"))
    (tmp_path / "elsewhere.txt").write_text("fine")
    beside = protected.with_name(f"{protected.name}-beside")  # its name only begins like the protected one
    beside.mkdir()


def test_the_refusal_is_one_line_that_pages_and_commands_show(protected: Path) -> None:
    with pytest.raises(ReelcheckError) as refused:
        notes.set_note("m", "a note") if models.list_models() else runs.create("attack", "b", {})
    assert str(refused.value) == WHY


def test_another_process_of_the_operator_may_write(protected: Path) -> None:
    import subprocess

    subprocess.run(["touch", str(protected / "by-the-operator")], check=True)
    assert (protected / "by-the-operator").exists()


def test_a_released_workspace_is_written_again(protected: Path) -> None:
    protection.release()
    workspace.write_json(protected / "kept" / "file.json", {"b": 1})
    assert data_shelf.damaged_datasets() == []

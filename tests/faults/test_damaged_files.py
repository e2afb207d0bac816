"""Every kept file, damaged in every way: one item hides no other, and never more than one line is said.

`python tests/faults/test_damaged_files.py` counts the cases and what went wrong, for a report.
"""

from __future__ import annotations

import collections
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kept_workspace  # noqa: E402
import readings  # noqa: E402
from damages import DAMAGES  # noqa: E402
from readings import LISTINGS, Kept  # noqa: E402

from sentiment_core.errors import ReelcheckError  # noqa: E402


@pytest.fixture(scope="module")
def made(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(kept_home, tmp_path_factory.mktemp("damaged"), dirs_exist_ok=True))


def clear_caches() -> None:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()


def listed() -> dict[str, set[str]]:
    return {name: set(list_()) for name, list_ in LISTINGS.items()}


def troubles(kept: Kept, whole: dict[str, set[str]], *, asks_for_damaged: bool = True) -> Iterator[str]:
    """Yield what goes wrong with the workspace as it is now: nothing, where every reading is per item."""
    clear_caches()
    for name, before in whole.items():
        try:
            lost = before - set(LISTINGS[name]()) - {kept.item}
            if lost and not (name == "aliases" and kept.kind == "aliases"):
                yield f"list of {name}: lost {len(lost)} others"
        except Exception as error:
            yield f"list of {name}: {_short(error)}"
    for line, argv in readings.commands_of(kept):
        try:
            code, _, err = readings.command(line, *argv)
            if code not in (0, 2) or "Traceback" in err or err.count("error: ") != (code == 2):
                yield f"{' '.join(argv[:2])}: exit {code}, {err[:200]}"
        except Exception as error:
            yield f"{' '.join(argv[:2])}: {_short(error)}"
    for name, read in readings.page_readings(kept):
        try:
            read()
        except Exception as error:
            yield f"page, {name}: {_short(error)}"
    for name, read in readings.opened(kept):
        try:
            read()
        except ReelcheckError as error:
            if not readings.one_line(error):
                yield f"{name}: not one line: {error!s:.80}"
        except Exception as error:
            yield f"{name}: {_short(error)}"
    if asks_for_damaged:
        yield from unnamed(kept, whole)


def unnamed(kept: Kept, whole: dict[str, set[str]]) -> Iterator[str]:
    """Yield that an item is in neither list: not among those that can be used, nor among the damaged."""
    if kept.kind not in whole or kept.item not in whole[kept.kind]:
        return
    try:
        named = readings.damaged(kept.kind)
    except Exception as error:
        yield f"damaged {kept.kind}: {_short(error)}"
        return
    if kept.path.exists() and kept.item not in set(LISTINGS[kept.kind]()) | named:
        yield f"{kept.kind} {kept.path.name}: in neither list"


def _short(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error!s:.80}"


@pytest.fixture
def workspace_of(made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    monkeypatch.setenv("REELCHECK_HOME", str(home))
    return home


@pytest.mark.parametrize("how", DAMAGES)
def test_one_damaged_file_hides_nothing_else(workspace_of: Path, made: Path, how: str) -> None:
    whole = listed()
    wrong: list[str] = []
    files = readings.kept_files(workspace_of)
    assert len(files) > 60
    for kept in _one_of_two(files):
        content = kept.path.read_bytes()
        changed = DAMAGES[how](content)
        kept.path.unlink() if changed is None else kept.path.write_bytes(changed)
        wrong += [f"{kept.kind}/{kept.path.name}: {trouble}" for trouble in troubles(kept, whole)]
        _put_back(workspace_of, made)
    assert not wrong, "\n".join(wrong)


def _one_of_two(files: list[Kept]) -> list[Kept]:
    """Return the first file of each kind and name: of two alike one is damaged, the other must stay."""
    seen: dict[tuple[str, str], Kept] = {}
    for kept in files:
        name = kept.path.name.split(".", 1)[-1] if kept.kind in ("verdicts", "cache") else kept.path.name
        seen.setdefault((kept.kind, name), kept)
    return list(seen.values())


def _put_back(home: Path, made: Path) -> None:
    """Write back whatever differs; far quicker than a fresh copy."""
    for path in home.rglob("*"):
        if path.is_file() and not (made / path.relative_to(home)).exists():
            path.unlink()
    for source in made.rglob("*"):
        target = home / source.relative_to(made)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists() or _stamp(target) != _stamp(source):
            shutil.copy2(source, target)


def _stamp(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns


def count() -> None:
    """Count tried and failed cases and print the failures by sort."""
    import tempfile

    logging_off()
    with tempfile.TemporaryDirectory() as folder:
        made, home = Path(folder) / "made", Path(folder) / "home"
        made.mkdir()
        os.environ["REELCHECK_HOME"] = str(made)
        kept_workspace.make(made)
        shutil.copytree(made, home)
        os.environ["REELCHECK_HOME"] = str(home)
        whole, tried, failed = listed(), 0, 0
        sorts: collections.Counter[str] = collections.Counter()
        asks = hasattr(readings.runs, "damaged_runs")
        for kept in _one_of_two(readings.kept_files(home)):
            for how, damage in DAMAGES.items():
                changed = damage(kept.path.read_bytes())
                kept.path.unlink() if changed is None else kept.path.write_bytes(changed)
                found = list(troubles(kept, whole, asks_for_damaged=asks))
                tried, failed = tried + 1, failed + bool(found)
                if found:
                    print(kept.kind, kept.path.name, how, found, flush=True)
                sorts.update(f"{kept.kind}/{kept.path.name} [{how}] {trouble}" for trouble in found)
                _put_back(home, made)
        for sort, n in sorted(sorts.items()):
            print(f"{n:4} {sort}")
        print(f"tried {tried}, failed {failed}")


def logging_off() -> None:
    import logging

    logging.disable(logging.CRITICAL)


if __name__ == "__main__":
    count()

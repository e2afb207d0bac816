"""The verdicts on a run's adversarial texts: made once and kept beside the runs; those by hand come first.

`verdicts/attack/<run id>.<version of the criteria>.parquet` holds the automatic ones, so that other criteria
never pass for these; `<run id>.json` holds those by hand, which win over any.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches.files import FORM
from attacks.validity import criteria
from attacks.validity.judging import VERDICT_COLUMNS, judge
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.storage import kept, locks, runs, workspace

#: VERDICT_COLUMNS with the current `valid`, and: what the criteria decided (None where not applied), and
#: whether a person decided.
STANDING_COLUMNS = (*VERDICT_COLUMNS, "automatic", "by_hand")


def judge_run(run_id: str, progress: Progress = no_progress) -> pd.DataFrame:
    """Judge the successes of a finished run by the current criteria, keep and return the verdicts.

    What was judged by these criteria before is not judged again.

    Raises:
        RunError: there is no such run, or it is not finished.
        ResourceMissing: the packaged encoder is not installed.
    """
    run = attack_runs.open_attack(run_id)
    if not run.finished:
        raise RunError(f"run {run_id!r} is not finished; first: python -m attacks run --resume {run_id}")
    if _automatic(run_id) is None:
        workspace.write_parquet(_files_of(run_id)[-1], judge(run.records, progress))
    standing = verdicts_of(run_id)
    assert standing is not None
    return standing


def verdicts_of(run_id: str) -> pd.DataFrame | None:
    """Return STANDING_COLUMNS, one row per text that has a verdict; None where no text of the run has one."""
    automatic, by_hand = _automatic(run_id), overrules(run_id)
    if automatic is None and not by_hand:
        return None
    frame = pd.DataFrame(columns=list(VERDICT_COLUMNS)) if automatic is None else automatic
    unjudged = [name for name in by_hand if name not in set(frame["example_id"])]
    frame = pd.concat([frame.astype({"valid": object}), _only_by_hand(unjudged)], ignore_index=True)
    frame["automatic"] = frame["valid"]
    frame["by_hand"] = frame["example_id"].isin(by_hand)
    frame["valid"] = [
        by_hand.get(name, verdict)
        for name, verdict in zip(frame["example_id"], frame["automatic"], strict=True)
    ]
    return frame[list(STANDING_COLUMNS)]


def stamp(run_id: str) -> str:
    """Return what changes whenever a verdict on this run does, for a page's cache."""
    paths = (file_of(run_id), file_by_hand(run_id))
    return "-".join(str(path.stat().st_mtime_ns) if path.exists() else "0" for path in paths)


def file_of(run_id: str) -> Path:
    """Return the file of the automatic verdicts by today's criteria (it may not be there)."""
    files = _files_of(run_id)
    return next((file for file in files if file.exists()), files[-1])


def _files_of(run_id: str) -> list[Path]:
    """Return the files whose verdicts count here, the best first; the last is the one written here."""
    hand = file_by_hand(run_id)
    return [hand.with_name(f"{hand.stem}.{version}.parquet") for version in criteria.versions()]


def _automatic(run_id: str) -> pd.DataFrame | None:
    """Return the verdicts kept; None where there are none or they are damaged, to be made again."""
    for file in _files_of(run_id):
        with contextlib.suppress(FileNotFoundError, DamagedFile):
            frame = kept.read_table(file, VERDICT_COLUMNS)
            if frame["valid"].isin((True, False)).all():
                return frame
    return None


def _only_by_hand(example_ids: list[str]) -> pd.DataFrame:
    rows = [{"example_id": name, "valid": None, "reasons": ""} for name in example_ids]
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS)).astype({"valid": object})


def folder() -> Path:
    """Return the folder of all verdicts on attack runs; the runs themselves never change."""
    return workspace.home() / "verdicts" / "attack"


def file_by_hand(run_id: str) -> Path:
    """Return the file of a run's verdicts by hand (it may not be there).

    Raises:
        RunError: there is no run of that id.
    """
    return folder() / f"{runs.folder_of(run_id).name}.json"


def overrules(run_id: str) -> dict[str, bool]:
    """Return the verdicts by hand of a run, by example id: True is valid.

    Raises:
        RunError: there is no run of that id, or its file is damaged.
    """
    path = file_by_hand(run_id)
    try:
        return dict(kept.read_json(path, {...: bool}))
    except FileNotFoundError:
        return {}
    except DamagedFile as error:
        raise RunError(
            f"the verdicts by hand on run {run_id!r} are damaged: {error.what}; restore or remove {path}"
        ) from error


def overrule(run_id: str, example_id: str, valid: bool | None) -> dict[str, bool]:
    """Decide by hand whether an adversarial text is valid (None withdraws), and return all of the run's.

    Raises:
        RunError: there is no run of that id, or it attacks no such review.
    """
    path = file_by_hand(run_id)
    known = runs.open_run(run_id, FORM).spec["example_ids"]
    if example_id not in known:
        raise RunError(
            f"run {run_id!r} attacks no review {example_id!r}; it attacks {len(known):,} other reviews"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    # read, change, write: two at once would lose one
    with locks.locked(path.with_name(f".{path.name}.lock")):
        decided = {name: verdict for name, verdict in overrules(run_id).items() if name != example_id}
        if valid is not None:
            decided[example_id] = valid
        workspace.write_json(path, decided)
    return decided

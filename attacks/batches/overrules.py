"""Verdicts by hand: a person read the text and decided, whatever the criteria say."""

from __future__ import annotations

from pathlib import Path

from attacks.batches.files import FORM
from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.storage import kept, locks, runs, workspace


def folder() -> Path:
    """Return the folder of all verdicts on attack runs; the runs themselves never change."""
    return workspace.home() / "verdicts" / "attack"


def file_of(run_id: str) -> Path:
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
    path = file_of(run_id)
    try:
        return dict(kept.read_json(path, {...: bool}))
    except FileNotFoundError:
        return {}
    except DamagedFile as error:
        raise RunError(
            f"the verdicts by hand on run {run_id!r} are damaged: {error.what}; restore or remove {path}"
        ) from error


def overrule(run_id: str, example_id: str, valid: bool | None) -> dict[str, bool]:
    """Decide by hand whether an adversarial text is valid; None takes it back. Return all of the run's.

    Raises:
        RunError: there is no run of that id, or it attacks no such review.
    """
    path = file_of(run_id)
    known = runs.open_run(run_id, FORM).spec["example_ids"]
    if example_id not in known:
        raise RunError(f"run {run_id!r} attacks no review {example_id!r}; it attacks {len(known):,} others")
    path.parent.mkdir(parents=True, exist_ok=True)
    # read, change, write: two at once would lose one
    with locks.locked(path.with_name(f".{path.name}.lock")):
        decided = {name: verdict for name, verdict in overrules(run_id).items() if name != example_id}
        if valid is not None:
            decided[example_id] = valid
        workspace.write_json(path, decided)
    return decided

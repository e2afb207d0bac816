"""Repair a damaged batch from what is left of it, above all its journal, which has every record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from attacks.batches import files
from attacks.batches import runs as attack_runs
from attacks.batches.files import EXAMPLES, FORM, RESULTS, SPEC_SHAPE, journaled, to_frame
from attacks.batches.runs import KIND, RECIPE, AttackRun
from attacks.schema import RECORD_COLUMNS, AttackSpec, Example
from sentiment_core import data, terminal
from sentiment_core.errors import DamagedFile, DataError, ModelError, RunError
from sentiment_core.storage import kept, provenance, runs, workspace


def repair(run_id: str) -> str:
    """Write every damaged file of a batch again, and return what the batch is then: finished or stopped.

    A batch is finished where all its reviews have a record, in the journal or in a table that is as it was
    written; otherwise it is one that can be resumed, and what is recorded stays.

    Raises:
        RunError: there is no such batch, a process is at work on it, or what is lost cannot be restored.
    """
    folder = runs.folder_of(run_id)
    if folder.parent.name != KIND:
        raise RunError(f"run {run_id!r} is of kind {folder.parent.name!r}, not an attack")
    runs.check_not_newer(folder)
    with runs.alone(folder):
        manifest = _readable(folder / runs.MANIFEST, FORM.manifest)
        spec = _repaired_spec(folder, manifest)
        run = AttackRun(run_id, folder, spec, None)
        frame = _table(run, manifest)
        _repair_recipe(run, manifest)
        _repair_examples(run)
        if frame is None:
            for name in (runs.MANIFEST, RESULTS):
                (folder / name).unlink(missing_ok=True)
            return "stopped"
        if manifest is None or _recorded_hash(manifest) != _written_hash(folder):
            facts = {name: (manifest or {}).get(name) for name in ("workers", "cluster", "wall_seconds")}
            attack_runs.finish_with(run, frame, _model(run, manifest), facts)
        return "finished"


def _readable(path: Path, shape: kept.Shape) -> dict[str, Any] | None:
    try:
        return dict(kept.read_json(path, shape))
    except (FileNotFoundError, DamagedFile):
        return None


def _lost(folder: Path, what: str) -> RunError:
    remove = terminal.command("sentiment_core", "runs", "remove", folder.name)
    return RunError(f"run {folder.name!r} cannot be repaired: {what}; `{remove}` removes it")


def _repaired_spec(folder: Path, manifest: dict[str, Any] | None) -> AttackSpec:
    """Return the spec; where its file is damaged it is the manifest's, which is written in its place."""
    record = _readable(folder / runs.SPEC, SPEC_SHAPE)
    if record is None:
        recorded = (manifest or {}).get("spec")
        if kept.misfit(recorded, SPEC_SHAPE):
            raise _lost(folder, f"its {runs.SPEC}, the description of the run, is lost")
        record = dict(recorded or {})
        workspace.write_json(folder / runs.SPEC, record)
    return files.spec_from(record)


def _table(run: AttackRun, manifest: dict[str, Any] | None) -> pd.DataFrame | None:
    """Return the records of every review, written as the run's table; None where some have none."""
    frame = to_frame(journaled(run.folder), run.spec.example_ids)
    if len(frame) == run.total:
        if manifest is None or _recorded_hash(manifest) != _written_hash(run.folder):
            workspace.write_parquet(run.folder / RESULTS, frame)
        return frame
    expected = _recorded_hash(manifest) if manifest else None
    try:
        found = kept.read_table(run.folder / RESULTS, RECORD_COLUMNS, expected)
    except (FileNotFoundError, DamagedFile):
        return None
    return found if tuple(found["example_id"]) == run.spec.example_ids else None


def _recorded_hash(manifest: dict[str, Any]) -> str | None:
    recorded = (manifest.get("hashes") or {}).get(RESULTS)
    return recorded if isinstance(recorded, str) else None


def _written_hash(folder: Path) -> str | None:
    return provenance.sha256(folder / RESULTS) if (folder / RESULTS).is_file() else None


def _model(run: AttackRun, manifest: dict[str, Any] | None) -> dict[str, Any]:
    if manifest is not None:
        return dict(manifest["model"])
    try:
        return attack_runs.attacked_model(run)
    except ModelError:  # it is gone; its files can no longer be recorded
        return {"model_id": run.spec.model_id, "alias": None, "files": {}}


def _repair_recipe(run: AttackRun, manifest: dict[str, Any] | None) -> None:
    """Write the recipe again: the manifest's, or today's where no review was attacked by another yet."""
    if _readable(run.folder / RECIPE, dict):
        return
    recipe = dict((manifest or {}).get("recipe") or {})
    if not recipe and journaled(run.folder):
        raise _lost(
            run.folder,
            f"its {RECIPE} is lost, and its records so far may be of another version of the recipe",
        )
    workspace.write_json(run.folder / RECIPE, recipe or attack_runs.recipe_today(run.spec))


def _repair_examples(run: AttackRun) -> None:
    """Write the reviews again: those of the journal, the others from the stored data set."""
    try:
        files.example_rows(run.folder)
        return
    except RunError:
        known = {
            record.example_id: Example(record.example_id, record.original, record.label)
            for record in journaled(run.folder)
        }
    if len(known) < run.total:
        known = _of_the_data_set(run) | known
    missing = [name for name in run.spec.example_ids if name not in known]
    if missing:
        raise _lost(run.folder, f"{len(missing):,} of its reviews are lost with {EXAMPLES}")
    files.write_examples(run.folder, [known[name] for name in run.spec.example_ids])


def _of_the_data_set(run: AttackRun) -> dict[str, Example]:
    try:
        rows = data.by_fingerprint(str(run.spec.data.get("fingerprint"))).examples
    except DataError:
        return {}
    wanted = rows[rows["example_id"].astype(str).isin(run.spec.example_ids)]
    return {
        str(example_id): Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(wanted["example_id"], wanted["text"], wanted["label"], strict=True)
    }

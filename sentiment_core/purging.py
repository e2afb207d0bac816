"""Purging: texts that a person brought or typed are removed; the figures made from them stay where they can.

A data set, what a page kept of a typed text, and verdicts go as whole files. A finished run stays with its
figures: the texts in its tables are emptied, its journal goes, and its manifest says when. A run that was
stopped half-way needs its texts to be resumed, so it goes as a whole.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core import data_shelf
from sentiment_core.data import DATASETS
from sentiment_core.data.describing import facts_file
from sentiment_core.data.storing import list_stored
from sentiment_core.embeddings import keeping as vectors
from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.jobs import jobs
from sentiment_core.labels import verdicts
from sentiment_core.pairs import records as pairs
from sentiment_core.storage import journal, kept, provenance, runs, workspace
from sentiment_core.storage.runs import Run

REMOVED, EMPTIED = "removed", "emptied"
#: Entry of a manifest whose run had its texts emptied: when.
PURGED = "texts_purged"
#: Columns of tables of runs that hold a text, or words out of one.
TEXTS = (
    "text", "original", "perturbed", "edited", "witness", "text_a", "text_b",
    "error", "antonyms", "unreadable",
)  # fmt: skip
#: Caches of what was made of single texts; their files do not say of which, and hold words.
CACHES = ("explanations", "fewest")
#: An option of a job's command that holds a typed text.
_TYPED_OPTION = re.compile(r"--text(=|$)")


@dataclass(frozen=True)
class Piece:
    """What is purged together: files or folders, how, and what cannot be shown any more without them.

    Attributes:
        what: it is, in a few words.
        paths: its files and folders.
        how: REMOVED, or EMPTIED: the texts in its tables are.
        lost: what pages and commands cannot show any more.
    """

    what: str
    paths: tuple[Path, ...]
    how: str
    lost: str

    @property
    def bytes(self) -> int:
        """Return the size of its files."""
        return sum(_size(path) for path in self.paths)


# --- what there is -----------------------------------------------------------------------------------


def brought() -> list[str]:
    """Return the fingerprints of the stored data sets that somebody brought, not those of demos."""
    return [str(item["fingerprint"]) for item in list_stored() if item["name"] not in DATASETS]


def of_data(fingerprint: str) -> list[Piece]:
    """Return everything that holds texts of a data set, or what people said of them."""
    name = next(
        (str(item["name"]) for item in list_stored() if item["fingerprint"] == fingerprint), fingerprint
    )
    beside = [facts_file(fingerprint), *_prepared(fingerprint), *_properties(fingerprint)]
    places = [place for place in vectors.folders() if place.name.startswith(f"{fingerprint}-")]
    found = [
        Piece(f"vectors and map of {name}", tuple(places), REMOVED, "its map and nearest reviews"),
        *_verdicts_on_labels([fingerprint]),
        *(_run(run) for run in runs.list_runs() if run.kind != jobs.KIND and _is_on(run, fingerprint)),
        *of_caches(),
        Piece(  # last: after a kill it is still found, and with it what was made of it
            f"data set {name} ({fingerprint})",
            (workspace.datasets_folder() / fingerprint, *beside),
            REMOVED,
            "its reviews cannot be read, and nothing new can be measured on them",
        ),
    ]
    return _with_files(found)


def of_typed() -> list[Piece]:
    """Return everything that was made of texts that somebody typed: attacks, jobs, explanations."""
    attacks = [run for run in runs.list_runs() if run.kind != jobs.KIND and _is_typed(run)]
    asked = [run for run in runs.list_runs(jobs.KIND) if any(map(_TYPED_OPTION.match, _argv(run)))]
    found = [
        Piece(f"{run.kind} run {run.run_id}", tuple(runs.parts_of(run.run_id)), REMOVED, "the whole run")
        for run in attacks
    ]
    found += (Piece(f"job {run.run_id}", (run.folder,), REMOVED, "its log") for run in asked)
    return _with_files([*found, *of_caches()])


def of_pairs() -> list[Piece]:
    """Return the runs on pairs of texts, which come from files of people's and are kept in the runs alone."""
    return _with_files(_run(run) for run in runs.list_runs(pairs.KIND))


def of_caches() -> list[Piece]:
    """Return the kept explanations: whose text each is of is not known, so they go together."""
    places = tuple(workspace.cache_folder(name) for name in CACHES)
    return _with_files([Piece("kept explanations", places, REMOVED, "nothing: they are made again")])


def of_verdicts() -> list[Piece]:
    """Return what people said of labels, of attacks by hand, and in panels, of all data."""
    folder = workspace.home() / "verdicts"
    labels = [place.name for place in sorted((folder / "labels").glob("*")) if place.is_dir()]
    by_hand = tuple(sorted((folder / "attack").glob("*.json")))
    lost = "valid shares are those of the automatic verdicts again"
    others = [place for place in sorted(folder.glob("*/*")) if place.parent.name not in ("labels", "attack")]
    return _with_files(
        [
            *_verdicts_on_labels(labels),
            Piece("verdicts by hand on attacks", by_hand, REMOVED, lost),
            *(Piece(f"answers to {one.parent.name} {one.name}", (one,), REMOVED, "them") for one in others),
        ]
    )


def together(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces without those whose files another one has."""
    found: dict[tuple[Path, ...], Piece] = {}
    for piece in pieces:
        found.setdefault(piece.paths, piece)
    return list(found.values())


def _verdicts_on_labels(fingerprints: Sequence[str]) -> list[Piece]:
    lost = "label scores under these verdicts, and models that are to learn from them"
    return [
        Piece(f"verdicts on labels of {one}", (verdicts.folder_of(one),), REMOVED, lost)
        for one in fingerprints
    ]


def _run(run: Run) -> Piece:
    """Return the piece of a run on a data set; one without a text in it has no paths."""
    holds = [file for file in sorted(run.folder.glob("*.parquet")) if _texts_in(file)]
    written = run.folder / journal.FILE
    quoted = written.exists() and any(map(_holds_text, _records(run)))
    if not run.finished and (holds or quoted):
        parts = tuple(runs.parts_of(run.run_id))
        return Piece(f"unfinished {run.kind} run {run.run_id}", parts, REMOVED, "it cannot be resumed")
    judged = [path for path in runs.parts_of(run.run_id)[1:] if path.suffix == ".parquet" and _texts_in(path)]
    paths = (*holds, *judged, *([written] if quoted else ()))
    lost = "its texts; figures that are made of them, such as its most changed words"
    return Piece(f"{run.kind} run {run.run_id}", paths, EMPTIED, lost)


def _is_on(run: Run, fingerprint: str) -> bool:
    return fingerprint in data_shelf.read_by(run)


def _is_typed(run: Run) -> bool:
    """Whether a run is about a text that somebody typed: its data have a name and no fingerprint."""
    source = run.spec.get("data")
    return isinstance(source, dict) and source.get("name") == "typed" and not source.get("fingerprint")


def _argv(run: Run) -> list[str]:
    return [str(part) for part in run.spec.get("argv") or ()]


def _prepared(fingerprint: str) -> Iterator[Path]:
    """Yield the notes of which file a data set was prepared from: they quote rows that were left out."""
    for file in sorted(workspace.cache_folder("prepared").glob("*.json")):
        try:
            if kept.read_json(file, dict).get("fingerprint") == fingerprint:
                yield file
        except (FileNotFoundError, DamagedFile):
            continue


def _properties(fingerprint: str) -> list[Path]:
    return sorted(workspace.cache_folder("properties").glob(f"{fingerprint}-*"))


def _records(run: Run) -> list[dict[str, Any]]:
    try:
        return journal.records(run.folder)
    except DamagedFile:
        return []


def _holds_text(record: Any) -> bool:
    """Whether an entry of TEXTS is in a record of a journal, at any depth."""
    if isinstance(record, Mapping):
        return any(name in TEXTS or _holds_text(value) for name, value in record.items())
    return isinstance(record, list) and any(map(_holds_text, record))


def _texts_in(table: Path) -> list[str]:
    """Return the columns of a table that hold texts which are not emptied yet; none of a damaged one."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        names = [name for name in pq.read_schema(table).names if name in TEXTS]
        found = pq.read_table(table, columns=names)
    except Exception:  # pyarrow has no common class for what damaged bytes can make it raise
        return []
    return [name for name in names if pc.any(pc.not_equal(found[name].cast("string"), "")).as_py()]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _with_files(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces of which there is a file, with those of their paths that are there."""
    there = [Piece(p.what, tuple(path for path in p.paths if path.exists()), p.how, p.lost) for p in pieces]
    return [piece for piece in there if piece.paths and piece.bytes]


# --- purging it --------------------------------------------------------------------------------------


def purge(pieces: Sequence[Piece]) -> None:
    """Purge these pieces; after a kill the same call does the rest.

    Raises:
        RunError: a job or a run is active, which may be about to write what is purged.
    """
    check_idle(pieces)
    for piece in pieces:
        if piece.how == EMPTIED:
            _empty(piece)
        else:
            for path in reversed(piece.paths):  # what belongs to a folder first, the folder last
                _remove(path)


def check_idle(pieces: Sequence[Piece]) -> None:
    """Raise RunError while a job is active, or a run that is to be purged."""
    job = next(iter(jobs.list_jobs(active_only=True)), None)
    if job is not None:
        raise RunError(
            f"job {job.run_id!r} is active; cancel it, or wait for its end, before texts are purged"
        )
    busy = next((path for piece in pieces for path in piece.paths if _is_busy(path)), None)
    if busy is not None:
        raise RunError(f"{busy.name!r} is running; wait for its end before texts are purged")


def _is_busy(path: Path) -> bool:
    return path.is_dir() and runs.is_running(path)


def _remove(path: Path) -> None:
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if path.parent == workspace.datasets_folder():
        data_shelf.remove(path.name)
        return
    aside = workspace.hidden_beside(path)
    path.rename(aside)  # a reader sees it whole or not at all
    shutil.rmtree(aside)


def _empty(piece: Piece) -> None:
    """Empty the texts in a run's tables, remove its journal, and let its manifest say so.

    While that is under way the manifest has no hashes of the tables: after a kill the run is whole.
    """
    tables = [path for path in piece.paths if path.suffix == ".parquet"]
    folders = {path.parent for path in piece.paths if (path.parent / runs.MANIFEST).exists()}
    for folder in folders:
        _record(folder, dict.fromkeys(table.name for table in tables))
    for path in piece.paths:
        if path in tables:
            _empty_table(path)
        else:
            path.unlink(missing_ok=True)
    for folder in folders:
        _record(folder, {table.name: provenance.sha256(table) for table in tables if table.parent == folder})


def _record(folder: Path, hashes: Mapping[str, str | None]) -> None:
    """Write into a run's manifest that its texts are purged, and its tables' hashes; None takes one out."""
    manifest = kept.read_json(folder / runs.MANIFEST, dict)
    recorded = dict(manifest.get("hashes") or {}) | dict(hashes)
    left = {name: value for name, value in recorded.items() if value is not None}
    workspace.write_json(folder / runs.MANIFEST, manifest | {"hashes": left, PURGED: workspace.utc_now()})


def _empty_table(path: Path) -> None:
    frame = kept.read_table(path)
    emptied = {name: "" for name in _texts_in(path)}
    workspace.write_parquet(path, frame.assign(**emptied).astype(dict.fromkeys(emptied, "str")))

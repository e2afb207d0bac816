"""A model on pairs as a kept run: `results.parquet` has the pairs with both answers, the manifest figures."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, RunError
from sentiment_core.evaluation.seen import training_texts
from sentiment_core.metrics.base import BoolArray
from sentiment_core.models import ModelCard
from sentiment_core.pairs import kinds, reading, scoring, splitting
from sentiment_core.schema import Estimate
from sentiment_core.storage import provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged, Shape
from sentiment_core.training_texts import keys

KIND = "paired"
RESULTS = "results.parquet"
COLUMNS = (
    *reading.PAIR_COLUMNS,
    "prob_original",
    "prob_edited",
    "right_original",
    "right_edited",
    "kinds",
)
_OF_A_KIND: Shape = {**dict.fromkeys((*scoring.OF_A_KIND, "without"), ESTIMATE), ...: ESTIMATE}
FORM = runs.Form(
    manifest={
        "model_id": str,
        "model_alias?": str,
        "pairs": {"name": str, "fingerprint": str, "n": int, "share?": float, "seed?": int},
        "n": int,
        "figures": {**dict.fromkeys(scoring.TITLES, ESTIMATE), ...: ESTIMATE},
        "by_kind": {...: _OF_A_KIND},
        "mcnemar_p?": float,
        "seen?": {"originals": int, "edits": int, "other_edits?": int},
        "seconds": float,
        "created?": str,
    },
    tables=(RESULTS,),
)


@dataclass(frozen=True)
class PairSet:
    """Pairs with the name that runs record; with a `share`, those that a training on that share holds out."""

    name: str
    pairs: pd.DataFrame = field(repr=False)
    share: float | None = None
    seed: int = 0

    @property
    def fingerprint(self) -> str:
        """Return what names the content."""
        return reading.fingerprint(self.pairs)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        held_out = {} if self.share is None else {"share": self.share, "seed": self.seed}
        return {"name": self.name, "fingerprint": self.fingerprint, "n": len(self.pairs), **held_out}


@dataclass(frozen=True)
class PairedRun:
    """A finished run; its pairs are read when they are first asked for."""

    run_id: str
    manifest: dict[str, Any]
    folder: Path

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """Return COLUMNS, one row per pair; it is shared, so do not write to it."""
        return runs.read_table(runs.open_run(self.run_id, FORM), RESULTS, COLUMNS)

    @functools.cached_property
    def figures(self) -> dict[str, Estimate]:
        """Return every figure of `scoring.TITLES`."""
        return {name: Estimate.from_json(record) for name, record in self.manifest["figures"].items()}

    @functools.cached_property
    def by_kind(self) -> dict[str, dict[str, Estimate]]:
        """Return `scoring.OF_A_KIND` and `without` by kind of edit."""
        return {
            kind: {name: Estimate.from_json(record) for name, record in figures.items()}
            for kind, figures in self.manifest["by_kind"].items()
        }

    @property
    def model_id(self) -> str:
        """Return the id of the model that was measured."""
        return str(self.manifest["model_id"])

    @property
    def fingerprint(self) -> str:
        """Return what names the content of the pairs."""
        return str(self.manifest["pairs"]["fingerprint"])

    @property
    def title(self) -> str:
        """Return what the pairs are called."""
        return title_of(self.manifest["pairs"])


def title_of(pairs: Mapping[str, Any]) -> str:
    """Return what a set of pairs is called, from `PairSet.to_json`."""
    share = pairs.get("share")
    rest = "" if share is None else f", held out from a training on {100 * share:g} %"
    return f"{pairs['name']}{rest}"


def read(files: Sequence[Path], *, share: float | None = None, seed: int = 0) -> PairSet:
    """Return the pairs of one file or of two; with a share those that a training on that share holds out.

    In the place of a file stands the id of a run: then its pairs are meant.

    Raises:
        DataError: the files hold no pairs, or none is held out.
    """
    if not 1 <= len(files) <= 2:
        raise DataError(f"{len(files)} files are given; give one file of pairs, or two row by row")
    kept = _kept(files)
    if kept is not None and share is None:
        return kept
    pairs = reading.read_pairs(*files) if kept is None else kept.pairs
    name = " + ".join(path.name for path in files) if kept is None else kept.name
    if share is not None:
        pairs = splitting.parts(pairs, share, seed)[1]
    if pairs.empty:
        raise DataError(f"{name}: no pair is held out from a training on {100 * (share or 1):g} % of them")
    return PairSet(name, pairs, share, seed)


def _kept(files: Sequence[Path]) -> PairSet | None:
    """Return the pairs of a run where its id is given instead of a file."""
    name = str(files[0])
    if len(files) > 1 or files[0].exists() or name not in {run.run_id for run in list_paired()}:
        return None
    run = open_paired(name)
    source = run.manifest["pairs"]
    pairs = run.frame[list(reading.PAIR_COLUMNS)]
    return PairSet(source["name"], pairs, source.get("share"), int(source.get("seed") or 0))


def evaluate(
    model: str, asked: PairSet, *, workers: int | None = None, progress: Progress = no_progress
) -> str:
    """Predict both sides of every pair, keep answers and figures, and return the run's id.

    Raises:
        ModelError: the model is not known or damaged.
        RunError: a prediction process was killed.
    """
    card = models.resolve(model)
    source = asked.to_json()
    spec = {"model_id": card.model_id, "pairs": source}
    run_id = runs.new_run_id(KIND, card.short_name, spec)
    started = time.monotonic()
    found = scoring.evaluate_pairs(card.model_id, asked.pairs, workers=workers, progress=progress)
    told = [
        kinds.joined(kinds.kinds_of(original, edited))
        for original, edited in zip(asked.pairs["original"], asked.pairs["edited"], strict=True)
    ]
    frame = found.frame.assign(kinds=told)
    seen = seen_before(card, asked.pairs)
    facts = {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "pairs": source,
        "n": len(frame),
        "figures": found.figures,
        "by_kind": scoring.by_kind(frame),
        "mcnemar_p": found.mcnemar_p,
        **({} if seen is None else {"seen": seen}),
        "seconds": round(time.monotonic() - started, 3),
    }
    _write(run_id, spec, frame[list(COLUMNS)], facts)
    return run_id


def seen_before(card: ModelCard, pairs: pd.DataFrame) -> dict[str, int] | None:
    """Return how many originals and how many edits the model was trained or tuned on; None: not known.

    Public contrast sets are edits of public reviews, IMDb's training split among them: accuracy on originals
    that a model was trained on flatters it, and the difference to the edits is then partly that.
    """
    known = training_texts(card)
    if known is None:
        return None
    originals, edits = (known.seen(pairs[side]) for side in ("original", "edited"))
    return {
        "originals": int((originals != "").sum()),
        "edits": int((edits != "").sum()),
        "other_edits": int((learned(card, pairs) & (edits == "")).sum()),
    }


def learned(card: ModelCard, pairs: pd.DataFrame) -> BoolArray:
    """Return of which pairs the model was trained on this edit or on another one of the same original.

    Two public sets of edits are of the same reviews: whoever learned one edit of a review knows most of the
    other. Where it is not known what a model was trained on, it is of none.
    """
    known = training_texts(card)
    if known is None:
        return np.zeros(len(pairs), dtype=np.bool_)
    return np.asarray(
        (known.seen(pairs["edited"]) != "") | np.isin(keys(pairs["original"]), known.edited), dtype=np.bool_
    )


def seen_sentence(seen: Mapping[str, int] | None, n: int) -> str:
    """Say how many sides of the n pairs the model was trained on; None: not known."""
    if seen is None:
        return "it is not known whether the model was trained on some of these texts: its data is not stored"
    if not any(seen.values()):
        return "the model was trained on none of these texts"
    what = {"originals": "originals", "edits": "edits", "other_edits": "originals in another edit"}
    said = [f"{seen[side]:,} of the {n:,} {title}" for side, title in what.items() if seen.get(side)]
    return f"the model was trained on {' and '.join(said)}: its accuracy there is too high"


def latest(model_id: str, fingerprint: str) -> PairedRun | None:
    """Return the newest run of a model on these pairs, or None."""
    return next((run for run in list_paired(model_id) if run.fingerprint == fingerprint), None)


def latest_or_new(
    model: str, asked: PairSet, *, workers: int | None = None, progress: Progress = no_progress
) -> PairedRun:
    """Return the newest run of a model on these pairs; where there is none, make it."""
    found = latest(models.resolve(model).model_id, asked.fingerprint)
    return found or open_paired(evaluate(model, asked, workers=workers, progress=progress))


def open_paired(run_id: str) -> PairedRun:
    """Return a finished run; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    run = runs.open_run(run_id, FORM if kind == KIND else runs.ANY)
    if kind != KIND or run.manifest is None:
        raise RunError(
            f"run {run_id!r} is no finished measurement on pairs; "
            "`python -m sentiment_core evaluate --paired` makes one"
        )
    return PairedRun(run.run_id, run.manifest, run.folder)


def list_paired(model_id: str | None = None) -> list[PairedRun]:
    """Return the finished runs, newest first, of one model where given."""
    kept = runs.list_runs(KIND, FORM)
    found = [PairedRun(run.run_id, run.manifest, run.folder) for run in kept if run.manifest]
    return [run for run in found if model_id in (None, run.model_id)]


def damaged_paired() -> list[Damaged]:
    """Return what is wrong with the runs that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def mcnemar_p(run: PairedRun) -> float:
    """Return McNemar's p of a run; NaN where it was not defined."""
    found = run.manifest.get("mcnemar_p")
    return math.nan if found is None else float(found)


def _write(run_id: str, spec: Mapping[str, Any], frame: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    folder = runs.create(KIND, run_id, spec)
    workspace.write_parquet(folder / RESULTS, frame)
    created = {"created": runs.open_run(run_id).created}
    runs.finish(folder, {**facts, **created, **provenance.of_files(folder / RESULTS)})

"""Transfer: do the texts that fooled one model fool the others too?"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.validity import judged
from sentiment_core import models
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import predict_here
from sentiment_core.statistics import share
from sentiment_core.storage import provenance, runs, workspace

KIND = "transfer"
RESULTS = "results.parquet"
FORM = runs.Form(spec={"runs": [str], "valid_only?": bool, "valid?": {...: str}}, tables=(RESULTS,))
TRANSFER_COLUMNS = ("source", "source_model", "target", "own", "value", "ci_low", "ci_high", "n", "reason")

#: Texts to the probability of being positive, float64 [n].
Predict = Callable[[Sequence[str]], NDArray[np.float64]]


def transfer(
    records: Mapping[str, pd.DataFrame], predict: Mapping[str, Predict], source_models: Mapping[str, str]
) -> pd.DataFrame:
    """Return TRANSFER_COLUMNS, a row for each source and each target model.

    `value` is the share of a source's successes that the target gets wrong, among those whose original the
    target gets right (n). A model's own texts (`own`) are predicted again like any other: less than 1 there
    means that the stored texts no longer hold.

    Args:
        records: RECORD_COLUMNS by source (a run's id).
        predict: by target (a model's id).
        source_models: the attacked model's id by source.
    """
    rows = []
    for target, ask in predict.items():
        for source, frame in records.items():
            fooled = frame[frame["outcome"] == "succeeded"]
            right = _is_right(fooled["original"], fooled["label"], ask)
            wrong = ~_is_right(fooled["perturbed"], fooled["label"], ask)
            found = share(int((right & wrong).sum()), int(right.sum()), _why_none(len(fooled)))
            own = source_models[source] == target
            interval = (found.value, found.ci_low, found.ci_high, found.n, found.reason)
            rows.append((source, source_models[source], target, own, *interval))
    return pd.DataFrame(rows, columns=list(TRANSFER_COLUMNS))


def transfer_runs(
    run_ids: Sequence[str],
    targets: Sequence[str] = (),
    *,
    valid_only: bool = False,
    progress: Progress = no_progress,
) -> str:
    """Predict each run's adversarial texts with every model, keep the matrix, and return the new run's id.

    Args:
        run_ids: finished attack runs.
        targets: ids or aliases of further models; the runs' own are always among them.
        valid_only: only texts whose verdict is valid; every run must have been judged.
        progress: called after every text.

    Raises:
        RunError: no run, a run that is not finished or not judged, or of another kind.
        ModelError: a model is missing or damaged.
    """
    attacks = [attack_runs.open_attack(run_id) for run_id in dict.fromkeys(run_ids)]
    _check(attacks)
    records = {run.run_id: _valid(run) if valid_only else run.records for run in attacks}
    source_models = {run.run_id: run.spec.model_id for run in attacks}
    cards = [models.resolve(name) for name in (*source_models.values(), *targets)]
    ids = tuple(dict.fromkeys(card.model_id for card in cards))
    spec = {"runs": list(records), "models": list(ids), "valid_only": valid_only}
    spec |= {"valid": _digests(attacks)} if valid_only else {}
    counted = _Counted(progress, len(ids) * 2 * sum(_successes(frame) for frame in records.values()))
    frame = transfer(records, {name: functools.partial(_ask, name, counted) for name in ids}, source_models)
    return _keep(spec, frame)


def newest_transfer(run_ids: Sequence[str], *, valid_only: bool = False) -> pd.DataFrame | None:
    """Return the newest kept matrix of exactly these runs, or None.

    One of valid texts only counts while the verdicts are those that it was computed with.
    """
    now = _digests([attack_runs.open_attack(run_id) for run_id in run_ids]) if valid_only else None
    for run in runs.list_runs(KIND, FORM):
        same = set(run.spec["runs"]) == set(run_ids)
        of_these = same and bool(run.spec.get("valid_only")) == valid_only and run.spec.get("valid") == now
        if run.finished and of_these:
            with suppress(RunError):  # a damaged matrix counts as none: it can be computed again
                return runs.read_table(run, RESULTS, TRANSFER_COLUMNS)
    return None


def _digests(attacks: Sequence[attack_runs.AttackRun]) -> dict[str, str]:
    """Return what changes by run when other texts of it are valid."""
    ids = {run.run_id: "\n".join(sorted(_valid(run)["example_id"])) for run in attacks}
    return {run_id: hashlib.sha256(text.encode()).hexdigest()[:16] for run_id, text in ids.items()}


class _Counted:
    """How many of the texts are predicted."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.done, self.total = progress, 0, total

    def add(self, number: int) -> None:
        self.done += number
        self.progress(self.done, self.total, "predicting adversarial texts")


def _ask(model_id: str, counted: _Counted, texts: Sequence[str]) -> NDArray[np.float64]:
    answers = predict_here(_loaded(model_id), texts).prob_positive if len(texts) else np.empty(0)
    counted.add(len(texts))
    return answers


@functools.lru_cache(maxsize=1)  # the models come one after the other; never two in memory
def _loaded(model_id: str) -> Classifier:
    return models.load_model(model_id)


def _is_right(texts: pd.Series, labels: pd.Series, ask: Predict) -> NDArray[np.bool_]:
    predicted = np.asarray(ask([str(text) for text in texts])) >= 0.5
    right: NDArray[np.bool_] = predicted == labels.to_numpy(np.int64).astype(bool)
    return right


def _why_none(fooled: int) -> str:
    return "the target has none of the originals right" if fooled else "no text fooled the source"


def _check(attacks: Sequence[attack_runs.AttackRun]) -> None:
    if not attacks:
        raise RunError("no run is given; name one or more finished attack runs")
    for run in attacks:
        if not run.finished:
            raise RunError(f"run {run.run_id!r} is not finished; resume it first")


def _valid(run: attack_runs.AttackRun) -> pd.DataFrame:
    standing = verdicts.verdicts_of(run.run_id)
    if reason := judged.why_undefined(run.records, standing):
        raise RunError(f"run {run.run_id!r}: {reason}, as in: python -m attacks judge {run.run_id}")
    return run.records[run.records["example_id"].isin(judged.valid_ids(run.records, standing))]


def _successes(records: pd.DataFrame) -> int:
    return int((records["outcome"] == "succeeded").sum())


def _keep(spec: dict[str, object], frame: pd.DataFrame) -> str:
    run_id = runs.new_run_id(KIND, "", spec)
    folder = runs.create(KIND, run_id, spec)
    workspace.write_parquet(folder / RESULTS, frame)
    runs.finish(folder, {"spec": spec, "n": len(frame), **provenance.of_files(folder / RESULTS)})
    return run_id

"""Do a run's adversarial texts still fool the model? They are predicted again, and its files compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from attacks.batches import runs
from attacks.batches.runs import AttackRun
from sentiment_core import data, models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, ModelError, RunError
from sentiment_core.evaluation.prediction import predict_here
from sentiment_core.evaluation.verification import TOLERANCE
from sentiment_core.purging import PURGED

#: Texts predicted again by default: few enough for a page to wait for them.
SAMPLE = 20
_TOKENIZER = ("tokenizer", "vocab", "special_tokens", "merges", "spiece", "sentencepiece")


@dataclass(frozen=True)
class ArchiveCheck:
    """Whether a run's results still hold.

    Attributes:
        stale: something that decided its figures has changed.
        why: what, in words, one sentence each; also what could not be checked.
        n_checked: adversarial texts predicted again.
        n_kept: those that still fool the model, with the probability that was recorded.
    """

    run_id: str
    stale: bool
    why: str
    n_checked: int
    n_kept: int

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.stale:
            return f"This run is stale: {self.why}"
        held = f"{self.n_kept:,} of {self.n_checked:,} adversarial texts predicted again still fool the model"
        return (
            f"This run holds: {held if self.n_checked else 'it has no adversarial text'}. {self.why}".strip()
        )


def check(
    run_id: str, sample: int | None = SAMPLE, seed: int = 0, progress: Progress = no_progress
) -> ArchiveCheck:
    """Compare the model's files and the reviews with what was recorded, and predict adversarial texts again.

    Args:
        run_id: a finished attack run.
        sample: how many adversarial texts are predicted again; None: all.
        seed: of the sample.
        progress: called during the prediction.

    Raises:
        RunError: there is no such run, or it is not finished.
    """
    run = runs.open_attack(run_id)
    if run.manifest is None:
        raise RunError(f"run {run_id!r} is not finished; there is nothing to check yet")
    if purged := run.manifest.get(PURGED):
        raise RunError(f"run {run_id!r} cannot be checked: its texts were purged on {str(purged)[:10]}")
    fooled = run.records[run.records["outcome"] == "succeeded"]
    chosen = fooled if sample is None else fooled.sample(min(sample, len(fooled)), random_state=seed)
    changed = _changes_of_model(run.spec.model_id, run.manifest.get("model", {}))
    changed_data, unknown = _changes_of_data(run)
    kept, checked, failure = _predicted_again(run.spec.model_id, chosen, progress)
    if kept < checked:
        failure.append(f"{checked - kept:,} of {checked:,} texts no longer get the recorded answer.")
    wrong = [*changed, *changed_data, *failure]
    return ArchiveCheck(run_id, bool(wrong), " ".join(dict.fromkeys([*wrong, *unknown])), checked, kept)


def _changes_of_model(model_id: str, recorded: Mapping[str, Any]) -> list[str]:
    """Return what is different about the model, one sentence each."""
    try:
        card = models.resolve(model_id)
    except ModelError:
        return [f"The model {recorded.get('alias') or model_id} is no longer in the workspace."]
    before, now = dict(recorded.get("files", {})), dict(card.manifest["files"])
    names = sorted(name for name in before | now if before.get(name) != now.get(name))
    tokenizer = [name for name in names if PurePosixPath(name).name.startswith(_TOKENIZER)]
    others = [name for name in names if name not in tokenizer]
    found = [("The tokenizer has changed", tokenizer), ("The model has changed", others)]
    return [f"{what}: {', '.join(files)}." for what, files in found if files]


def _changes_of_data(run: AttackRun) -> tuple[list[str], list[str]]:
    """Return what is different about the reviews, and why that is unknown, as sentences."""
    fingerprint = str(run.spec.data.get("fingerprint") or "")
    if not fingerprint:
        return [], []  # typed by hand
    try:
        dataset = data.by_fingerprint(fingerprint)
    except DataError:
        return [], ["The reviews could not be compared: their data set is not in this workspace."]
    now = dict(zip(dataset.examples["example_id"], dataset.examples["text"], strict=True))
    tried = run.records[run.records["outcome"] != "errored"]
    other = [
        name
        for name, text in zip(tried["example_id"], tried["original"], strict=True)
        if now.get(name) != text
    ]
    return (
        [f"The data has changed: {len(other):,} reviews have other texts, the first is {other[0]}."]
        if other
        else []
    ), []


def _predicted_again(model_id: str, fooled: pd.DataFrame, progress: Progress) -> tuple[int, int, list[str]]:
    """Return how many texts still get their answer, of how many, and what prevented the check."""
    if fooled.empty:
        return 0, 0, []
    try:
        classifier = models.load_model(model_id)
    except ModelError as error:
        return 0, 0, [f"The texts cannot be predicted again: {error}."]
    now = predict_here(classifier, [str(text) for text in fooled["perturbed"]], progress).prob_positive
    recorded = fooled["prob_after"].to_numpy(np.float64)
    return int((np.abs(now - recorded) <= TOLERANCE).sum()), len(fooled), []

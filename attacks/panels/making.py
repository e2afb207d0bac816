"""A panel as a kept run: which texts are read, in which order; what people say of them is beside it.

`runs/panel/<id>/items.parquet` never changes. Half of the texts are successes of one attack run, the others
are originals of other reviews of the same run: nobody reads a review and its edited copy. Showing people both
kinds without saying which is the set-up of Morris et al. 2020, "Reevaluating Adversarial Examples in Natural
Language", and of Jin et al. 2020 (TextFooler).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.validity import judged
from sentiment_core import models
from sentiment_core.errors import ModelError, RunError
from sentiment_core.storage import provenance, runs, workspace
from sentiment_core.storage.kept import Damaged

KIND = "panel"
ITEMS = "items.parquet"
#: `text` is what is shown; `original` the review that it was made of, and the same where nothing was changed.
COLUMNS = ("item", "example_id", "adversarial", "label", "text", "original")
#: Texts of a panel where nothing else is asked, and the most of one.
TEXTS, MOST_TEXTS = 40, 1_000
_SPEC = {
    "run_id": str,
    "model_id": str,
    "recipe": str,
    "data?": dict,
    "n": int,
    "valid_only": bool,
    "seed": int,
}
FORM = runs.Form(
    spec=_SPEC,
    manifest={"spec": _SPEC, "n": int, "adversarial": int, "model_alias?": str, "created?": str},
    tables=(ITEMS,),
)


@dataclass(frozen=True)
class Panel:
    """A finished panel; its texts are read when they are first asked for."""

    run_id: str
    manifest: dict[str, Any]
    folder: Path

    @functools.cached_property
    def items(self) -> pd.DataFrame:
        """Return COLUMNS in the order of reading, item from 1; shared, so do not write to it."""
        return runs.read_table(runs.open_run(self.run_id, FORM), ITEMS, COLUMNS)

    @property
    def spec(self) -> dict[str, Any]:
        """Return what was asked for."""
        return dict(self.manifest["spec"])

    @property
    def n(self) -> int:
        """Return how many texts are read."""
        return int(self.manifest["n"])

    @property
    def attack_run(self) -> str:
        """Return the attack run whose texts are read."""
        return str(self.spec["run_id"])


def make(run_id: str, n: int = TEXTS, *, valid_only: bool = False, seed: int = 0) -> str:
    """Draw the texts of a panel from a finished attack run, keep them, and return the panel's id.

    Args:
        run_id: of the attack run.
        n: texts; half of them, rounded down, are adversarial.
        valid_only: draw among the successes that are judged valid instead of among all.
        seed: of what is drawn and of the order.

    Raises:
        RunError: there is no such run, it is not finished, or it has too few successes or other reviews.
    """
    run = attack_runs.open_attack(run_id)
    if not run.finished:
        raise RunError(f"run {run_id!r} is not finished; first: python -m attacks run --resume {run_id}")
    if not 2 <= n <= MOST_TEXTS:
        raise RunError(f"a panel of {n:,} texts is not possible; give 2 to {MOST_TEXTS:,}")
    fooling = successes(run_id, valid_only)
    items = _drawn(run.records, fooling, n, seed)
    spec = {
        "run_id": run_id,
        "model_id": run.spec.model_id,
        "recipe": run.spec.recipe,
        "data": dict(run.spec.data),
        "n": n,
        "valid_only": valid_only,
        "seed": seed,
    }
    alias = _alias(run.spec.model_id)
    folder = runs.create(KIND, runs.new_run_id(f"panel-{run.spec.recipe}", alias or "", spec), spec)
    workspace.write_parquet(folder / ITEMS, items)
    facts = {
        "spec": spec,
        "n": len(items),
        "adversarial": int(items["adversarial"].sum()),
        "model_alias": alias,
        "created": runs.open_run(folder.name).created,
    }
    runs.finish(folder, {**facts, **provenance.of_files(folder / ITEMS)})
    return folder.name


def successes(run_id: str, valid_only: bool = False) -> list[str]:
    """Return the reviews whose adversarial text may be drawn; RunError where validity is not known yet."""
    records = attack_runs.open_attack(run_id).records
    if not valid_only:
        return [str(name) for name in records.loc[records["outcome"] == "succeeded", "example_id"]]
    standing = verdicts.verdicts_of(run_id)
    reason = judged.why_undefined(records, standing)
    if reason:
        raise RunError(f"run {run_id!r}: {reason}")
    return sorted(judged.valid_ids(records, standing))


def most_texts(run_id: str, valid_only: bool = False) -> int:
    """Return how many texts the largest panel of a run has; 0 where it has no success to show."""
    records = attack_runs.open_attack(run_id).records
    adversarial = len(successes(run_id, valid_only))
    most = min(MOST_TEXTS, int((records["outcome"] != "errored").sum()), 2 * adversarial + 1)
    return most if adversarial and most >= 2 else 0


def open_panel(run_id: str) -> Panel:
    """Return a panel; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    run = runs.open_run(run_id, FORM if kind == KIND else runs.ANY)
    if kind != KIND or run.manifest is None:
        raise RunError(f"run {run_id!r} is no panel; `python -m attacks panel list` names them")
    return Panel(run.run_id, run.manifest, run.folder)


def list_panels() -> list[Panel]:
    """Return the panels, newest first."""
    kept = runs.list_runs(KIND, FORM)
    return [Panel(run.run_id, run.manifest, run.folder) for run in kept if run.manifest]


def damaged_panels() -> list[Damaged]:
    """Return what is wrong with the panels that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def _drawn(records: pd.DataFrame, fooling: list[str], n: int, seed: int) -> pd.DataFrame:
    """Return COLUMNS: adversarial texts, originals of other reviews, in a drawn order."""
    rng = np.random.default_rng(seed)
    adversarial, originals = n // 2, n - n // 2
    rows = records.assign(example_id=records["example_id"].astype(str)).set_index("example_id")
    _check_enough(len(fooling), adversarial, n, "adversarial texts to draw from")
    chosen = [str(name) for name in rng.permutation(fooling)[:adversarial]]
    others = rows.index[(rows["outcome"] != "errored") & ~rows.index.isin(chosen)]
    _check_enough(len(others), originals, n, "other reviews, whose originals are shown beside them")
    kept = [str(name) for name in rng.permutation(others.to_numpy(dtype=str))[:originals]]
    order = rng.permutation(n)
    names = np.array([*chosen, *kept])[order]
    changed = (order < adversarial).tolist()
    found = rows.loc[names]
    return pd.DataFrame(
        {
            "item": np.arange(1, n + 1),
            "example_id": names,
            "adversarial": changed,
            "label": found["label"].to_numpy(np.int64),
            "text": [
                row["perturbed"] if edited else row["original"]
                for (_, row), edited in zip(found.iterrows(), changed, strict=True)
            ],
            "original": found["original"].to_numpy(),
        }
    )


def _check_enough(there: int, wanted: int, n: int, what: str) -> None:
    if there < wanted:
        raise RunError(
            f"a panel of {n:,} texts needs {wanted:,} {what}, and the run has {there:,}; ask for fewer texts "
            "or attack more reviews"
        )


def _alias(model_id: str) -> str | None:
    try:
        return models.resolve(model_id).short_name
    except ModelError:  # it is gone; its texts can be read
        return None


def title_of(spec: Mapping[str, Any], alias: str | None) -> str:
    """Return what a panel is about: "deepwordbug on tfidf, 40 texts"."""
    only = ", valid only" if spec["valid_only"] else ""
    return f"{spec['recipe']} on {alias or spec['model_id']}, {spec['n']:,} texts{only}"

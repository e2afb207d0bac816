"""What members of a blend are known to answer: from evaluations and, where they read more, from readings.

A blend may let a member read more tokens than it was trained on. Texts that the member reads whole are the
same to it; its answers to the others are kept as runs of kind `reading`, so that they are computed once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import Answers
from sentiment_core.storage import provenance, runs, workspace

KIND = "reading"
RESULTS = "results.parquet"
COLUMNS = ("example_id", "prob_positive")
FORM = runs.Form(
    spec={"model_id": str, "fingerprint": str, "split": str, "max_length": int, ...: object},
    manifest={"n": int},
    tables=(RESULTS,),
)


@dataclass(frozen=True)
class Asked:
    """Which model answered which reviews, reading so many tokens; None: as it was trained."""

    model_id: str
    fingerprint: str
    split: str
    max_length: int | None


def answers_in(frame: pd.DataFrame, example_ids: pd.Series, asked: Asked) -> Answers | None:
    """Return an evaluation's answers to these reviews, in their order; None where it lacks one.

    Where the model reads more now, NaN for the reviews that were cut and of which no reading is kept.
    """
    rows = frame.drop_duplicates("example_id").set_index("example_id")
    if not example_ids.isin(rows.index).all():
        return None
    said = rows.loc[example_ids]
    answers = Answers(
        said["prob_positive"].to_numpy(dtype=np.float64, copy=True),
        said["n_tokens"].to_numpy(dtype=np.int64, copy=True),
        said["truncated"].to_numpy(dtype=np.bool_, copy=True),
        said["knows_nothing"].to_numpy(dtype=np.bool_, copy=True),
    )
    return answers if asked.max_length is None else _read_longer(answers, example_ids, asked)


def _read_longer(answers: Answers, example_ids: pd.Series, asked: Asked) -> Answers:
    known = _kept(asked)
    again = example_ids.map(known).to_numpy(dtype=np.float64)
    prob_positive = np.where(answers.truncated, again, answers.prob_positive)
    assert asked.max_length is not None
    return replace(answers, prob_positive=prob_positive, truncated=answers.n_tokens > asked.max_length)


def keep(asked: Asked, name: str, example_ids: Iterable[str], answers: Answers) -> str:
    """Keep what a model answers to these reviews, and return the run's id; `name` is what it is called."""
    spec = {
        "model_id": asked.model_id,
        "fingerprint": asked.fingerprint,
        "split": asked.split,
        "max_length": asked.max_length,
    }
    run_id = runs.new_run_id(KIND, name, spec)
    folder = runs.create(KIND, run_id, spec)
    rows = pd.DataFrame({"example_id": list(example_ids), "prob_positive": answers.prob_positive})
    workspace.write_parquet(folder / RESULTS, rows)
    runs.finish(folder, {"n": len(rows), **provenance.of_files(folder / RESULTS)})
    return run_id


def _kept(asked: Asked) -> pd.Series:
    """Return the kept probabilities by example id, the newest of each."""
    wanted = (asked.model_id, asked.fingerprint, asked.split, asked.max_length)
    parts = []
    for run in runs.list_runs(KIND, FORM):
        names = ("model_id", "fingerprint", "split", "max_length")
        if run.finished and tuple(run.spec[name] for name in names) == wanted:
            try:
                parts.append(runs.read_table(run, RESULTS, COLUMNS))
            except RunError:  # damaged: it is computed again
                continue
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    return rows.drop_duplicates("example_id").set_index("example_id")["prob_positive"].astype(np.float64)

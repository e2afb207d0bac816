"""What a hardening gained: accuracy before and after on the same reviews, clean and under each attack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.figures.comparison import paired_difference
from attacks.hardening import worst_cases
from sentiment_core import statistics
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records as evaluation
from sentiment_core.evaluation.comparison import chance_in_words, p_in_words
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

CLEAN, CERTIFIED = "clean", "certified"
#: Columns of `before_and_after`, one row per measure: clean first, then each recipe.
COLUMNS = (
    "measure", "trained_on",
    "before_value", "before_low", "before_high",
    "after_value", "after_low", "after_high",
    "difference_value", "difference_low", "difference_high",
    "p_value", "n",
)  # fmt: skip


#: A row of the figures in a manifest: what cannot be computed is null there.
_ROW = dict.fromkeys(COLUMNS, (float, type(None))) | {"measure": str, "trained_on": object, "n": int}


def before_and_after(run_id: str) -> pd.DataFrame:
    """Return COLUMNS of a finished hardening: shares with 95 % intervals, `measure` is clean or a recipe.

    Raises:
        RunError: there is no such run, it is of another kind, or it is not finished.
    """
    of_kind = runs.folder_of(run_id).parent.name == "hardening"
    run = runs.open_run(run_id, runs.Form(manifest={"figures": [_ROW]}) if of_kind else runs.ANY)
    if run.kind != "hardening" or run.manifest is None:
        state = "not finished" if run.kind == "hardening" else f"of kind {run.kind!r}"
        raise RunError(f"run {run_id!r} is {state}; finished hardenings: `python -m attacks harden --list`")
    return pd.DataFrame(run.manifest["figures"], columns=list(COLUMNS))


def sentences(frame: pd.DataFrame) -> list[str]:
    """Describe each measure before and after, and whether the difference may be chance."""
    return [_sentence(row) for row in frame.to_dict("records")]


def measure(
    clean: Mapping[str, str],
    under: Mapping[str, Mapping[str, str]],
    *,
    trained_on: str,
    certified: Mapping[str, str] | None = None,
    changes: int = 0,
) -> pd.DataFrame:
    """Return COLUMNS.

    Args:
        clean: the evaluations' ids, by "before" and "after".
        under: by recipe, the attacks' ids by "before" and "after".
        trained_on: the recipe whose texts were trained on.
        certified: the certificates' ids by "before" and "after".
        changes: of at most so many words.
    """
    rows = [_row(CLEAN, False, *(_right_on_clean(clean[when]) for when in ("before", "after")))]
    rows += [
        _row(recipe, recipe == trained_on, *(_right_under_attack(pair[when]) for when in ("before", "after")))
        for recipe, pair in under.items()
    ]
    if certified:
        held = (worst_cases.holds(certified[when]) for when in ("before", "after"))
        rows.append(_row(f"{CERTIFIED}, k = {changes}", True, *held))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(name: str, trained_on: bool, before: pd.Series, after: pd.Series) -> dict[str, Any]:
    """Compare on the reviews in both; each series is right or not by example_id."""
    both = pd.concat({"before": before, "after": after}, axis=1, join="inner").astype(bool)
    won, lost = int((both["after"] & ~both["before"]).sum()), int((both["before"] & ~both["after"]).sum())
    stayed, n = int((both["before"] & both["after"]).sum()), len(both)
    estimates = {
        "before": statistics.share(stayed + lost, n, "no review was tried"),
        "after": statistics.share(stayed + won, n, "no review was tried"),
        "difference": paired_difference(stayed, won, lost, n - stayed - won - lost),
    }
    parts = {
        f"{when}_{part}": value
        for when, estimate in estimates.items()
        for part, value in _parts(estimate).items()
    }
    p_value = statistics.mcnemar(won, lost)
    return {"measure": name, "trained_on": trained_on, **parts, "p_value": p_value, "n": n}


def _parts(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.ci_low, "high": estimate.ci_high}


def _right_on_clean(run_id: str) -> pd.Series:
    frame = evaluation.open_evaluation(run_id).frame.set_index("example_id")
    return frame["predicted"] == frame["label"]


def _right_under_attack(run_id: str) -> pd.Series:
    """Right before and not fooled; reviews that ended in an exception are left out."""
    records = attack_runs.open_attack(run_id).records.set_index("example_id")
    return records.loc[records["outcome"] != "errored", "outcome"] == "failed"


def _measured(name: str) -> str:
    if name == CLEAN:
        return "Clean accuracy"
    return f"Accuracy {name}" if name.startswith(CERTIFIED) else f"Accuracy under {name}"


def _sentence(row: Mapping[Any, Any]) -> str:
    what = _measured(row["measure"])
    if row["n"] == 0:
        return f"{what} is undefined: no review was tried with both models."
    before, after = (f"{100 * row[f'{when}_value']:.1f} %" for when in ("before", "after"))
    points = f"{100 * row['difference_value']:+.1f} points"
    interval = f"[{100 * row['difference_low']:+.1f}, {100 * row['difference_high']:+.1f}]"
    verdict = chance_in_words(row["p_value"])
    test = f"McNemar {p_in_words(row['p_value'])}"
    return (
        f"{what}: {before} before, {after} after, {points} {interval}, n = {row['n']:,}; {verdict} ({test})."
    )

"""What one visitor's page computed is not computed again for the next, and is bounded."""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attack_workspace as made
import pandas as pd
import pytest
from conftest import HOME, Dashboard
from opened_pages import chosen, opened
from streamlit.testing.v1 import AppTest

from attacks.figures import robustness
from dashboard import frame
from dashboard.elements.figures import drawn
from dashboard.records import attacks
from dashboard.views.evaluate import charts as charts_evaluation
from sentiment_core.evaluation import operating_points
from sentiment_core.storage import runs, workspace


def visitor() -> AppTest:
    return Dashboard(str(HOME), default_timeout=60)


def counting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[str]:
    """Note every call of a function from now on."""
    calls: list[str] = []
    original: Callable[..., Any] = getattr(module, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, noted)
    return calls


def test_the_curves_of_evaluate_are_computed_and_drawn_once_for_two_visitors(
    tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = counting(monkeypatch, operating_points, "roc_points")
    charts = counting(monkeypatch, charts_evaluation, "reliability")
    for _ in range(2):
        opened(visitor(), "views/evaluate/page.py", **chosen(60))
    assert (computed, charts) == (["roc_points"], ["reliability"])


def test_the_second_visitor_of_robustness_reads_no_table_and_computes_no_figure(
    tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        made.batch("tfidf", ["succeeded", "failed"], seed=seed)
    made.batch("tfidf", ["succeeded", "failed", "skipped"], seed=9, done=2)
    opened(visitor(), "views/robustness/page.py", **chosen(60))
    tables = counting(monkeypatch, pd, "read_parquet")
    figures = counting(monkeypatch, robustness, "figures")
    journals = counting(monkeypatch, runs, "read_journal")
    page = opened(visitor(), "views/robustness/page.py", **chosen(60))
    assert (tables, figures, journals) == ([], [], [])
    assert len(page.multiselect[0].options) == 4


def test_more_records_of_a_batch_that_runs_are_seen(tiny_workspace: Path) -> None:
    examples, _ = made.reviews_of("tfidf", 3)
    run_id = made.batch("tfidf", ["succeeded", "failed", "skipped"], done=1)
    assert len(attacks.open_run(run_id).records) == 1
    folder = workspace.runs_folder("attack") / run_id
    runs.append_line(folder, made.record(examples[1], "failed").to_json())
    assert len(attacks.open_run(run_id).records) == 2
    assert [len(run.records) for run in attacks.list_runs()] == [2]


def test_listing_many_batches_keeps_no_records(tiny_workspace: Path) -> None:
    for seed in range(3):
        made.batch("tfidf", ["succeeded", "failed"], seed=seed)
    for run in attacks.list_runs():
        assert "records" not in vars(run)


def test_a_figure_of_other_figures_is_drawn_anew() -> None:
    def points(value: float) -> dict[str, pd.DataFrame]:
        return {"a": operating_points.reliability_table(*answers(value))}

    def answers(value: float) -> tuple[Any, Any]:
        frame = pd.DataFrame({"label": [0, 1, 1, 0], "prob": [0.1, value, 0.7, 0.4]})
        return frame["label"].to_numpy(), frame["prob"].to_numpy()

    first = drawn(charts_evaluation.reliability, points(0.9), {"a": "#009E73"})
    assert drawn(charts_evaluation.reliability, points(0.9), {"a": "#009E73"}) is first
    assert drawn(charts_evaluation.reliability, points(0.95), {"a": "#009E73"}) is not first
    assert drawn(charts_evaluation.reliability, points(0.9), {"a": "#7B6CD9"}) is not first
    fresh = charts_evaluation.reliability(points(0.9), {"a": "#009E73"})
    assert fresh.to_json() == first.to_json()


def test_the_collector_passes_over_what_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(frame.WORTH_IT):
        monkeypatch.setitem(sys.modules, f"made_up_{place}", types.ModuleType(f"made_up_{place}"))
    monkeypatch.setattr(frame, "_modules_before", len(sys.modules) - frame.WORTH_IT)
    try:
        assert frame.exempt_imports()
        frozen = gc.get_freeze_count()
        assert frozen > 10_000
        assert not frame.exempt_imports()
        assert gc.get_freeze_count() <= frozen
    finally:
        gc.unfreeze()

"""The benchmark of attacks compares what it says it compares."""

from __future__ import annotations

import bench_attacks
import pandas as pd
import pytest
from bench_attacks import Measured

from attacks.schema import AttackSpec, Example
from sentiment_core.data.storing import make_dataset
from sentiment_core.training import train

SAID = {1: ["a warm and witty film", "lovely acting"], 0: ["a dull and flat film", "clumsy acting"]}
EXAMPLES = [
    Example("a", "It was a warm and witty film with lovely acting, all in all.", 1),
    Example("b", "It was a dull and flat film with clumsy acting, all in all.", 0),
    Example("c", "It was a dull and flat film, all in all.", 1),
]


@pytest.fixture
def spec():
    rows = [(f"r{n}", f"{SAID[n % 2][n // 2 % 2]}, number {n}", n % 2) for n in range(40)]
    frame = pd.DataFrame(rows, columns=["example_id", "text", "label"])
    frame["split"] = ["train"] * 30 + ["validation"] * 10
    card = train.train("tfidf", make_dataset("made", frame.assign(source="made")))
    return AttackSpec(card.model_id, "deepwordbug", seed=3)


@pytest.mark.slow
def test_both_ways_give_the_same_rows_and_take_time(spec):
    stock, ours = bench_attacks.measure(spec, None, EXAMPLES, workers=1, cpu=True)
    assert bench_attacks.different(ours, stock) == []
    assert [outcome for outcome, _, _ in ours.rows][2] == "skipped"
    assert {outcome for outcome, _, _ in ours.rows[:2]} <= {"succeeded", "failed"}
    assert ours.queries == stock.queries > 20
    assert 0 < ours.seconds < stock.seconds


@pytest.mark.slow
def test_processes_give_the_rows_of_this_process_and_start_together(spec):
    import time

    alone = bench_attacks.ours_here(
        spec, bench_attacks.load(spec.model_id, None), EXAMPLES, time.perf_counter
    )
    together = bench_attacks.ours_in_processes(spec, None, EXAMPLES, workers=2)
    assert together.rows == alone.rows
    assert 0 < together.seconds < 60


def test_the_report_names_the_ratio_and_what_differs():
    stock = Measured("stock", 6.0, [("failed", "x", 20), ("succeeded", "y", 40)])
    ours = Measured("ours", 2.0, [("failed", "x", 20), ("succeeded", "z", 40)])
    lines = bench_attacks.compared(stock, ours)
    assert "10.0 queries/s" in lines[0] and "30.0 queries/s" in lines[1]
    assert lines[2].startswith("  3.00 x; outcome, text and queries DIFFERENT in reviews [1] ")
    assert lines[2].endswith("(outcome the same in 2 of 2)")
    same = bench_attacks.compared(stock, Measured("ours", 1.5, stock.rows))
    assert same[2] == "  4.00 x; outcome, text and queries equal in all 2 reviews"

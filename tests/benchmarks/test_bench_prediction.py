"""The other two benchmarks work, and every way of predicting gives the same answers. Tiny random weights."""

from __future__ import annotations

import bench_prediction
import numpy as np
import pytest
import real_size
from bench_prediction import Measured


def texts(n: int) -> list[str]:
    words = ["fine", "moving", "dull", "long", "film"]
    return [" ".join(words[(k * n) % 5] for k in range(n % 40 + 1)) for n in range(n)]


@pytest.mark.slow
def test_every_way_of_predicting_gives_the_same_probabilities(tiny_base):
    measured = bench_prediction.measure(texts(80), tiny_base, max_length=32, batch_size=16)
    stock, *ours = (row.prob_positive for row in measured)
    assert len(ours) == 2 and np.std(stock) > 0.01
    for answers in ours:
        np.testing.assert_allclose(answers, stock, atol=1e-5)


def test_the_report_counts_reviews_a_second_and_the_largest_difference():
    rows = [Measured("stock", 4.0, np.array([0.5, 0.6])), Measured("ours", 1.0, np.array([0.5, 0.61]))]
    first, second = bench_prediction.compared(rows)
    assert "0.50 reviews/s" in first and "1.00 x" in first
    assert "2.00 reviews/s" in second and "4.00 x" in second and second.endswith("1.0e-02")


def test_the_real_size_check_runs_three_steps_and_reads_the_memory():
    found = real_size.steps(2, 16, 1, vocab_size=100, dim=32, hidden_dim=64, n_layers=1, n_heads=2)
    assert len(found["seconds"]) == 3 and all(seconds >= 0 for seconds in found["seconds"])
    assert 100 < found["peak_mib"] < 64_000

"""Models are timed by turns; their times have intervals that assume nothing of their distribution."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment_core import __main__ as core_line
from sentiment_core import latency
from sentiment_core.storage import runs


def timed(seconds: list[float]) -> runs.Run:
    folder = runs.create("latency", "20260101t000000000-latency-x-00000000", {
        "models": ["a"], "fingerprint": "f" * 16, "split": "test", "rounds": len(seconds), "reviews": 1,
    })  # fmt: skip
    runs.finish(folder, {"seconds": {"a": seconds}, "threads": 1, "n": len(seconds)})
    return runs.open_run(folder.name, latency.FORM)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REELCHECK_HOME", str(tmp_path))


def test_the_interval_of_a_median_is_that_of_a_table_of_order_statistics():
    # Conover 1999, table A3: of 20 sorted values the 6th and the 15th hold the median with 95.9 %.
    found = latency.per_review(timed([k / 1000 for k in range(1, 21)]), "a")
    assert (found.value, found.ci_low, found.ci_high, found.n) == pytest.approx((10.5, 6.0, 15.0, 20))


def test_a_median_lies_in_its_interval_as_often_as_stated(monkeypatch):
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        times = rng.lognormal(0, 1, 30)
        monkeypatch.setattr(latency, "milliseconds", lambda run, model_id, times=times: times)
        found = latency.per_review(None, "a")
        held += found.ci_low <= 1.0 <= found.ci_high
    assert held >= 275  # 95 % of 300 is 285; fewer than 275 has a probability below 0.01


def test_few_rounds_give_all_of_them_as_the_interval():
    found = latency.per_review(timed([0.003, 0.001, 0.002]), "a")
    assert (found.value, found.ci_low, found.ci_high) == pytest.approx((2.0, 1.0, 3.0))


def test_the_newest_timing_that_holds_all_models_is_found():
    run = timed([0.001])
    found = latency.latest(["a"], "f" * 16, "test")
    assert found is not None and found.run_id == run.run_id
    assert latency.latest(["a", "b"], "f" * 16, "test") is None
    assert latency.latest(["a"], "f" * 16, "train") is None


def test_a_command_without_rounds_says_what_to_give(capsys):
    assert core_line.main(["latency", "--models", "nothing", "--data", "imdb-embedded", "--limit", "9"]) == 2
    assert "nothing" in capsys.readouterr().err

"""Success against queries: by hand, and against scipy's Kaplan-Meier."""

from __future__ import annotations

import numpy as np
import pytest
from attack_frames import batch, outcomes
from scipy import stats

from attacks.figures.budget_curves import CURVE_COLUMNS, budget_curve


def test_kaplan_meier_by_hand():
    """Five reviews: fooled at 2 and 5, cut short at 3, looked through everything at 4, fooled at 9.

    At 2: 5 at risk, S = 4/5. The one cut short leaves at 3. At 5: 3 at risk (the exhausted one stays),
    S = 4/5 * 2/3. At 9: 2 at risk, S = 4/5 * 2/3 * 1/2.
    """
    curve = budget_curve(
        batch(
            {"outcome": "succeeded", "queries": 2},
            {"outcome": "failed", "queries": 3, "stopped_by": "query budget"},
            {"outcome": "failed", "queries": 4},
            {"outcome": "succeeded", "queries": 5},
            {"outcome": "succeeded", "queries": 9},
            {"outcome": "skipped", "queries": 1},
            {"outcome": "errored", "queries": 7},
        )
    )
    assert tuple(curve.columns) == CURVE_COLUMNS
    assert curve["queries"].tolist() == [0, 2, 3, 5, 9]
    assert curve["at_risk"].tolist() == [5, 5, 4, 3, 2]
    assert curve["success"].tolist() == pytest.approx([0, 1 / 5, 1 / 5, 1 - 8 / 15, 1 - 4 / 15])


@pytest.mark.parametrize("seed", range(5))
def test_values_and_intervals_are_scipy_s(seed):
    rng = np.random.default_rng(seed)
    queries = rng.integers(1, 40, size=80)
    kind = rng.choice(["succeeded", "stopped", "exhausted"], size=80, p=[0.5, 0.3, 0.2])
    rows = [
        {
            "outcome": "succeeded" if what == "succeeded" else "failed",
            "queries": int(asked),
            "stopped_by": "time limit" if what == "stopped" else "",
        }
        for asked, what in zip(queries, kind, strict=True)
    ]
    curve = budget_curve(batch(*rows))
    beyond = np.where(kind == "exhausted", 10_000, queries)  # will never succeed: censored past everything
    data = stats.CensoredData(
        uncensored=beyond[kind == "succeeded"].astype(float), right=beyond[kind != "succeeded"].astype(float)
    )
    reference = stats.ecdf(data).sf
    interval = reference.confidence_interval(method="log-log")
    assert curve["success"].to_numpy() == pytest.approx(1 - reference.evaluate(curve["queries"]))
    some = curve["success"] > 0
    assert curve["ci_low"][some].to_numpy() == pytest.approx(
        1 - interval.high.evaluate(curve["queries"][some])
    )
    assert curve["ci_high"][some].to_numpy() == pytest.approx(
        1 - interval.low.evaluate(curve["queries"][some])
    )


def test_without_searches_cut_short_the_curve_ends_at_the_success_rate():
    curve = budget_curve(outcomes(succeeded=3, failed=5, skipped=2))
    assert curve["success"].iloc[-1] == pytest.approx(3 / 8)


def test_where_all_are_fooled_the_curve_ends_at_one_and_its_lower_end_never_falls():
    curve = budget_curve(batch(*({"outcome": "succeeded", "queries": 3 * n + 1} for n in range(6))))
    assert curve["success"].iloc[-1] == pytest.approx(1)
    assert curve["ci_high"].iloc[-1] == 1
    assert (np.diff(curve["ci_low"]) >= 0).all()
    assert ((curve["ci_low"] <= curve["success"]) & (curve["success"] <= curve["ci_high"])).all()


@pytest.mark.parametrize("frame", [outcomes(), outcomes(skipped=2), outcomes(failed=4)])
def test_without_an_event_the_curve_is_its_start(frame):
    curve = budget_curve(frame)
    assert curve[["queries", "success"]].to_numpy().tolist() == [[0, 0.0]]


def test_reviews_that_are_all_cut_short_say_nothing_about_larger_budgets():
    curve = budget_curve(batch({"outcome": "failed", "stopped_by": "query budget", "queries": 50}))
    assert curve["success"].tolist() == [0, 0]
    assert curve["censored"].tolist() == [0, 1]

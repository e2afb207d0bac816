"""Gaps inside and outside a slice: by hand, against scikit-learn, and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import confusion_matrix

from attacks.slices.fairness import ENOUGH, FAIRNESS_COLUMNS, GAP_METRICS, fairness_table, gaps
from attacks.slices.fairness import _fisher as fisher
from sentiment_core.statistics import difference_of_shares, wilson

BY_HAND = pd.DataFrame(
    {
        "label": [1, 1, 1, 0, 0, 1, 1, 0, 0, 0],
        "prob_positive": [0.9, 0.8, 0.2, 0.7, 0.1, 0.9, 0.5, 0.1, 0.4, 0.6],
    }
)
INSIDE = pd.Series([True] * 5 + [False] * 5)


def made(n: int, seed: int, skill: float = 2.0) -> pd.DataFrame:
    """Return reviews and the answers of a model that looks at nothing but the label."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    logit = rng.normal(skill * (2 * label - 1), 1.5)
    return pd.DataFrame({"label": label, "prob_positive": 1 / (1 + np.exp(-logit))})


def members(n: int, seed: int, share: float = 0.2) -> pd.Series:
    return pd.Series(np.random.default_rng(10_000 + seed).random(n) < share)


def test_the_gaps_counted_by_hand():
    found = gaps(BY_HAND, INSIDE)
    assert list(found) == list(GAP_METRICS)
    values = {name: (gap.inside.value, gap.outside.value) for name, gap in found.items()}
    assert values["accuracy"] == (3 / 5, 4 / 5)
    assert values["tpr"] == (2 / 3, 1.0)
    assert values["fpr"] == (1 / 2, 1 / 3)
    assert values["predicted_positive"] == (3 / 5, 3 / 5)
    assert values["calibration"] == pytest.approx((2.7 / 5 - 3 / 5, 2.5 / 5 - 2 / 5))
    assert found["tpr"].inside.n == 3 and found["fpr"].outside.n == 3 and found["fpr"].difference.n == 5
    assert found["accuracy"].difference.value == pytest.approx(-1 / 5)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
def test_the_rates_are_scikit_learns(threshold):
    frame, mask = made(400, 1, skill=0.7), members(400, 1)
    found = gaps(frame, mask, threshold)
    for part, side in ((mask, "inside"), (~mask, "outside")):
        called = (frame["prob_positive"] >= threshold).astype(int)
        tn, fp, fn, tp = confusion_matrix(frame["label"][part], called[part]).ravel()
        expected = {
            "accuracy": (tp + tn) / part.sum(),
            "tpr": tp / (tp + fn),
            "fpr": fp / (fp + tn),
            "predicted_positive": (tp + fp) / part.sum(),
        }
        for name, value in expected.items():
            assert getattr(found[name], side).value == pytest.approx(value)


def test_intervals_and_tests_are_the_named_ones():
    frame, mask = made(300, 2, skill=0.5), members(300, 2)
    found = gaps(frame, mask)
    right = (frame["prob_positive"] >= 0.5) == (frame["label"] == 1)
    hits, n = (int((right & mask).sum()), int((right & ~mask).sum())), (int(mask.sum()), int((~mask).sum()))
    gap = found["accuracy"]
    assert (gap.inside.ci_low, gap.inside.ci_high) == wilson(hits[0], n[0])
    assert (gap.difference.value, gap.difference.ci_low, gap.difference.ci_high) == difference_of_shares(
        hits[0], n[0], hits[1], n[1]
    )
    table = [[hits[0], n[0] - hits[0]], [hits[1], n[1] - hits[1]]]
    assert gap.p == pytest.approx(stats.fisher_exact(table).pvalue)
    off = frame["prob_positive"] - frame["label"]
    welch = stats.ttest_ind(off[mask], off[~mask], equal_var=False)
    gap = found["calibration"]
    assert gap.p == pytest.approx(welch.pvalue)
    assert (gap.difference.ci_low, gap.difference.ci_high) == pytest.approx(welch.confidence_interval())
    student = stats.t.interval(0.95, mask.sum() - 1, off[mask].mean(), stats.sem(off[mask]))
    assert (gap.inside.ci_low, gap.inside.ci_high) == pytest.approx(student, rel=1e-2)


def test_the_exact_test_is_scipys_for_every_small_table_and_some_large_ones():
    rng = np.random.default_rng(0)
    small = [([a, b], [6, 9]) for a in range(7) for b in range(10)]
    large = [([int(rng.integers(0, 301)), int(rng.integers(0, 3701))], [300, 3700]) for _ in range(40)]
    large += [([hits, 12 * hits + 40], [300, 3700]) for hits in range(0, 300, 25)]
    for hits, n in small + large:
        table = [[hits[0], n[0] - hits[0]], [hits[1], n[1] - hits[1]]]
        assert fisher(hits, n) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)


def test_what_is_undefined_says_why():
    nobody = gaps(BY_HAND, pd.Series([False] * 10))
    for name, gap in nobody.items():
        assert math.isnan(gap.inside.value) and gap.inside.n == 0 and gap.inside.reason, name
        assert math.isnan(gap.difference.value) and gap.difference.reason.endswith("inside")
        assert math.isnan(gap.p) and gap.outside.defined
    everybody = gaps(BY_HAND, pd.Series([True] * 10))
    assert everybody["accuracy"].difference.reason == "no review outside"
    praise = gaps(BY_HAND, BY_HAND["label"] == 1)
    assert praise["fpr"].difference.reason == "no negative review inside"
    assert praise["tpr"].difference.reason == "no positive review outside"
    one = gaps(BY_HAND, pd.Series([True] + [False] * 9))["calibration"]
    assert one.difference.value == pytest.approx(-0.1 - (2.7 - 3 + 2.5 - 2 + 0.1) / 9)
    assert math.isnan(one.difference.ci_low) and one.difference.reason and math.isnan(one.p)


def test_rows_whose_membership_is_unknown_are_in_neither_part():
    mask = INSIDE.astype("boolean")
    mask.iloc[[0, 9]] = pd.NA
    found = gaps(BY_HAND, mask)["accuracy"]
    assert (found.inside.n, found.outside.n) == (4, 4)
    assert found.inside.value == 2 / 4 and found.outside.value == 4 / 4


def test_a_perfect_model_has_no_gap():
    frame = made(200, 3).assign(prob_positive=lambda rows: rows["label"].astype(float))
    for name, gap in gaps(frame, members(200, 3)).items():
        if name != "predicted_positive":
            assert gap.difference.value == 0 and gap.p == pytest.approx(1.0)
            assert gap.difference.ci_low <= 0 <= gap.difference.ci_high


def test_a_group_blind_models_intervals_cover_zero_as_often_as_they_say():
    covered = dict.fromkeys(GAP_METRICS, 0)
    for seed in range(200):
        for name, gap in gaps(made(500, seed), members(500, seed)).items():
            covered[name] += gap.difference.ci_low <= 0 <= gap.difference.ci_high
    # 95 % of 200 is 190; 181 is three standard deviations (3.1 each) below.
    assert min(covered.values()) >= 181, covered


def test_few_tables_of_a_group_blind_model_hold_any_gap():
    alarms = 0
    for seed in range(200):
        masks = {str(k): members(600, 1000 * k + seed, 0.3) for k in range(6)}
        verdicts = fairness_table(made(600, seed), masks)["verdict"]
        alarms += bool(verdicts.isin(["higher", "lower"]).any())
    # 5 % of 200 is 10; 19 is three standard deviations (3.1 each) above.
    assert alarms <= 19, alarms


def test_a_planted_gap_is_found_with_its_sign_and_size():
    found, estimates, covered = 0, [], 0
    for seed in range(200):
        frame, mask = made(2000, seed), members(2000, seed)
        rng = np.random.default_rng(seed)
        praised = mask & (frame["label"] == 0) & (rng.random(2000) < 0.25)  # blame overlooked in the slice
        frame.loc[praised, "prob_positive"] = 0.9
        clean = gaps(made(2000, seed), mask)["fpr"].inside.value
        size = 0.25 * (1 - clean)
        table = fairness_table(frame, {"slice": mask, "other": members(2000, 777 + seed)}).set_index(
            ["slice", "metric"]
        )
        row = table.loc[("slice", "fpr")]
        found += row["verdict"] == "higher"
        estimates.append(row["difference"].value - size)
        covered += row["difference"].ci_low <= size <= row["difference"].ci_high
    assert found >= 195  # power: at least 97 % for 23 points with 200 negative reviews in the slice
    assert abs(np.mean(estimates)) < 0.01
    assert covered >= 175


def test_the_table_has_a_row_a_slice_and_metric_and_adjusts_over_all():
    frame = made(400, 5, skill=0.5)
    masks = {"a": members(400, 5), "b": members(400, 6), "tiny": pd.Series(np.arange(400) < ENOUGH - 1)}
    table = fairness_table(frame, masks)
    assert tuple(table.columns) == FAIRNESS_COLUMNS and len(table) == 3 * len(GAP_METRICS)
    assert set(table.loc[table["slice"] == "tiny", "verdict"]) == {"too few"}
    assert table.loc[table["slice"] == "tiny", "p"].isna().all()
    tested = table.dropna(subset="p")
    assert list(tested["p_adjusted"]) == pytest.approx(stats.false_discovery_control(tested["p"]))


def test_no_slice_at_all_is_an_empty_table():
    assert list(fairness_table(BY_HAND, {}).columns) == list(FAIRNESS_COLUMNS)

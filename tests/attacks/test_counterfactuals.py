"""Figures on counterfactual sets: by hand on small tables, and by simulation where chance comes in."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from attacks.bias.counterfactuals import (
    PAIR_COLUMNS,
    REPORT_COLUMNS,
    WORST_COLUMNS,
    generalised,
    pairs_of,
    report,
    worst_pairs,
)
from attacks.rewriting.base import Attribute, Filled, Refused
from attacks.schema import SliceError

GROUPS = ("green", "red", "blue")


def made_sets(prob, templates, source="templates", groups=GROUPS, original=None):
    """Return a frame of one attribute from prob [sets, groups] and a template a set."""
    rows = []
    for number, (row, template) in enumerate(zip(prob, templates, strict=True)):
        for place, group in enumerate(groups):
            as_written = original is not None and original[number] == place
            set_id = f"{source}-{number}"
            text = f"{template} {number} {group}"
            rows.append(("colour", source, template, set_id, group, as_written, text, pd.NA, row[place]))
    return pd.DataFrame(rows, columns=[*PAIR_COLUMNS, "prob_positive"]).astype({"label": "Int64"})


def noisy(rng, *, clusters, per_cluster, bias=0.0, by_cluster=0.03, by_text=0.03, source="templates"):
    """Return sets of a scorer whose noise hangs on the template and on the text; `bias` is on "red"."""
    base = rng.uniform(0.2, 0.8, size=(clusters, 1, 1))
    apart = rng.normal(0, by_cluster, size=(clusters, 1, 3))
    prob = base + apart + rng.normal(0, by_text, size=(clusters, per_cluster, 3))
    prob[:, :, 1] += bias
    templates = np.repeat([f"t{number}" for number in range(clusters)], per_cluster)
    original = np.zeros(len(templates), dtype=int) if source == "reviews" else None
    return made_sets(prob.reshape(-1, 3), templates, source, original=original)


def both_sources(rng, bias=0.0):
    ours = noisy(rng, clusters=12, per_cluster=3, bias=bias)
    real = noisy(rng, clusters=60, per_cluster=1, bias=bias, source="reviews")
    return pd.concat([ours, real], ignore_index=True)


def of(table, group, source="templates"):
    return table[(table["group"] == group) & (table["source"] == source)].iloc[0]


def test_a_group_blind_scorer_has_change_exactly_zero_and_an_interval_over_zero():
    prob = np.repeat(np.random.default_rng(0).uniform(size=(24, 1)), 3, axis=1)
    table = report(made_sets(prob, np.repeat(list("abcdefgh"), 3)))
    assert tuple(table.columns) == REPORT_COLUMNS
    for row in table.to_dict(orient="records"):
        assert row["change"].value == 0.0
        assert row["change"].ci_low <= 0.0 <= row["change"].ci_high
        assert row["largest"] == 0.0 and row["flips"].value == 0.0
        assert row["p"] == 1.0 and row["verdict"] == "no difference found" and not row["unreliable"]
    assert all(value.value == 0.0 for value in generalised(made_sets(prob, list(range(24))))["value"])


def test_figures_of_two_sets_follow_the_formulas():
    prob = [[0.1, 0.4, 0.7], [0.6, 0.5, 0.4]]
    frame = made_sets(prob, ["a", "b"])
    red = of(report(frame), "green")
    assert red["change"].value == pytest.approx((0.1 - 0.4 + 0.6 - 0.5) / 2)
    assert red["largest"] == pytest.approx(0.3) and red["largest_set"] == "templates-0"
    assert (red["template_min"], red["template_max"]) == pytest.approx((-0.3, 0.1))
    # the sets' means are 0.4 (negative) and 0.5 (positive); green is negative, then positive
    assert red["flips"].value == 0.0 and of(report(frame), "blue")["flips"].value == 1.0
    assert red["verdict"] == "too few" and np.isnan(red["p"])
    metrics = {row["metric"]: row["value"].value for row in generalised(frame).to_dict(orient="records")}
    assert metrics["PCM"] == pytest.approx(np.mean([(0.3 + 0.6 + 0.3) / 3, (0.1 + 0.2 + 0.1) / 3]))
    assert metrics["BCM"] == pytest.approx(np.mean([0.2, 0.2 / 3]))
    assert metrics["VBCM: green"] == pytest.approx((0.3 + 0.1) / 2)
    assert metrics["MCM"] == pytest.approx((np.std([0.1, 0.4, 0.7]) + np.std([0.6, 0.5, 0.4])) / 2)


def test_real_reviews_flip_against_the_text_as_written():
    prob = [[0.6, 0.4, 0.6], [0.6, 0.4, 0.4], [0.4, 0.6, 0.4]]
    table = report(made_sets(prob, ["r1", "r2", "r3"], "reviews", original=[0, 0, 1]))
    red, green = of(table, "red", "reviews"), of(table, "green", "reviews")
    assert (red["flips"].value, red["flips"].n) == (1.0, 2)
    assert (green["flips"].value, green["flips"].n) == (1.0, 1)
    assert np.isnan(red["template_min"])


def test_the_sign_flip_test_is_the_exact_one():
    rng = np.random.default_rng(3)
    frame = noisy(rng, clusters=8, per_cluster=2, bias=0.02)
    prob = frame["prob_positive"].to_numpy().reshape(-1, 3)
    sums = (prob - prob.mean(axis=1, keepdims=True)).reshape(8, 2, 3).sum(axis=1)[:, 1]
    flips = np.array(list(itertools.product([-1, 1], repeat=8)))
    expected = np.mean(np.abs(flips @ sums) >= abs(sums.sum()) - 1e-9)
    assert of(report(frame), "red")["p"] == pytest.approx(expected)


def test_a_planted_bias_is_found_with_its_sign_and_size():
    table = report(both_sources(np.random.default_rng(1), bias=0.05))
    for source in ("templates", "reviews"):
        red = of(table, "red", source)
        # the mean of three groups moves by a third of the bias
        assert red["change"].ci_low <= 0.05 * 2 / 3 <= red["change"].ci_high
        assert red["change"].ci_low > 0 and red["verdict"] == "treated higher"
    fallen = of(report(both_sources(np.random.default_rng(1), bias=-0.05)), "red", "reviews")
    assert fallen["verdict"] == "treated lower"


def test_noise_alone_is_rarely_called_a_bias_and_a_planted_one_often():
    """Of 200 noise-only reports at most 5 % may find anything, with slack for 200 draws (3 sd: 9.6 %).

    Noise hangs on the template and on the text, 0.03 each; every report has 6 rows, 3 groups x 2 sources.
    """
    false = [report(both_sources(np.random.default_rng(seed)), seed=seed) for seed in range(200)]
    alarms = np.mean([(table["p_adjusted"] < 0.05).any() for table in false])
    covered = np.mean([row.ci_low <= 0 <= row.ci_high for table in false for row in table["change"]])
    biased = [report(both_sources(np.random.default_rng(seed), bias=0.05), seed=seed) for seed in range(100)]
    power = {
        source: np.mean([of(table, "red", source)["verdict"] == "treated higher" for table in biased])
        for source in ("templates", "reviews")
    }
    print(f"false alarms {alarms:.3f}, coverage {covered:.3f}, power {power}")
    assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert covered >= 0.92
    assert power["reviews"] > 0.9 and power["templates"] > 0.85


def test_templates_that_disagree_make_a_row_unreliable():
    prob = np.full((12, 2), 0.5)
    prob[:8, 0] += 0.1
    prob[8:, 0] -= 0.1
    table = report(made_sets(prob, [f"t{number}" for number in range(12)], groups=("green", "red")))
    assert table["unreliable"].all()
    prob[8:, 0] = 0.55
    assert not report(made_sets(prob, list(range(12)), groups=("green", "red")))["unreliable"].any()


def test_an_incomplete_set_is_an_error():
    frame = made_sets([[0.1, 0.2, 0.3]] * 2, ["a", "b"])
    with pytest.raises(SliceError, match="each set needs one text for each of green, red, blue"):
        report(frame.iloc[:-1])


def test_the_worst_pairs_are_the_most_different_versions():
    frame = made_sets([[0.1, 0.4, 0.7], [0.6, 0.5, 0.4]], ["a", "b"])
    worst = worst_pairs(frame)
    assert tuple(worst.columns) == WORST_COLUMNS and list(worst["template"]) == ["a", "b"]
    first = worst.iloc[0]
    assert (first["group_a"], first["group_b"], bool(first["flipped"])) == ("green", "blue", True)
    assert first["change"] == pytest.approx(0.6) and first["text_b"] == "a 0 blue"
    assert len(worst_pairs(frame, "colour", k=1)) == 1 and worst_pairs(frame, "shape").empty


def colour_attribute():
    def mentioned(text):
        return frozenset(group for group in GROUPS if group in text)

    def rewrite(text, wanted):
        there = mentioned(text)
        if len(there) != 1:
            return Refused("two groups are mentioned")
        return text.replace(*there, wanted)

    def templates():
        return [Filled("hat", "hat-1", group, f"A {group} hat.", 1) for group in GROUPS]

    return Attribute("colour", "Colour", "Colours.", "A toy.", GROUPS, mentioned, rewrite, templates)


def test_pairs_hold_every_group_once_a_set_and_count_what_was_left_out():
    texts = ["a green film", "a film", "red and blue", "so blue", "all red"]
    reviews = pd.DataFrame({"example_id": list("abcde"), "text": texts, "label": [1, 0, 1, 0, 1]})
    pairs = pairs_of([colour_attribute()], reviews, n=10, seed=0)
    assert tuple(pairs.frame.columns) == PAIR_COLUMNS and str(pairs.frame["label"].dtype) == "Int64"
    assert set(pairs.frame["template"]) == {"hat", "a", "d", "e"}
    assert (pairs.frame.groupby("set_id")["group"].agg(set) == set(GROUPS)).all()
    real = pairs.frame[pairs.frame["source"] == "reviews"]
    assert list(real[real["original"]]["text"].sort_values()) == ["a green film", "all red", "so blue"]
    counted = dict(zip(pairs.left_out["reason"], pairs.left_out["n"], strict=True))
    assert counted == {"the attribute is not mentioned": 1, "two groups are mentioned": 1}
    again = pairs_of([colour_attribute()], reviews, n=1, seed=5)
    assert again.frame["set_id"].nunique() == 2
    pd.testing.assert_frame_equal(again.frame, pairs_of([colour_attribute()], reviews, n=1, seed=5).frame)


def test_no_reviews_leave_our_own_sentences():
    empty = pd.DataFrame({"example_id": [], "text": [], "label": []})
    pairs = pairs_of([colour_attribute()], empty, n=10, seed=0)
    assert len(pairs.frame) == 3 and pairs.left_out.empty

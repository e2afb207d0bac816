"""The benchmark of growth makes the reviews that it says, and finds a known exponent."""

from __future__ import annotations

import json
import sys

import bench_scaling
import numpy as np
import pytest

POOLS = {
    0: (["A dull film.", "It drags on and on!", "Nothing works?"], [2, 3, 4]),
    1: (["A fine film.", "It moves & warms 😀.", "<b>Everything</b> works."], [1, 2]),
}


def test_reviews_are_made_of_the_sentences_of_their_label_and_as_long_as_real_ones():
    rows = bench_scaling.reviews(POOLS, 40, seed=3)
    assert rows["label"].value_counts().to_dict() == {0: 20, 1: 20}
    for text, label in zip(rows["text"], rows["label"], strict=True):
        pool, lengths = POOLS[label]
        found = bench_scaling.SENTENCE.split(text)
        assert set(found) <= set(pool)
        assert len(found) in lengths
    assert bench_scaling.reviews(POOLS, 40, seed=3).equals(rows)
    assert not bench_scaling.reviews(POOLS, 40, seed=4).equals(rows)


def test_reviews_of_a_length_have_as_many_words():
    rows = bench_scaling.reviews(POOLS, 6, seed=0, words=25)
    assert {len(text.split()) for text in rows["text"]} == {25}


def test_growth_is_the_exponent_of_a_power_law_and_undefined_where_too_little_was_measured():
    sizes = np.array([10, 30, 100, 300])
    found = bench_scaling.growth(sizes, 0.5 * sizes**1.5)
    assert found.value == pytest.approx(1.5)
    assert (found.ci_low, found.ci_high) == pytest.approx((1.5, 1.5))
    noisy = bench_scaling.growth(sizes, 0.5 * sizes**1.5 * [1.1, 0.9, 1.1, 0.9])
    assert noisy.ci_low < 1.5 < noisy.ci_high
    assert not bench_scaling.growth(sizes, [0.0, 0.0, 1.0, 2.0]).defined


@pytest.mark.parametrize("work", ["fit", "figures", "comparison"])
def test_every_work_is_measured_on_tens_of_reviews(work, tmp_path, monkeypatch, capsys):
    bench_scaling.reviews(POOLS, 30, seed=0).to_parquet(tmp_path / "30.parquet")
    asked = ["--one", str(tmp_path / "30.parquet"), "--work", work, "--model", "bow"]
    monkeypatch.setattr(sys, "argv", ["bench_scaling.py", *asked])
    bench_scaling.main()
    cost = json.loads(capsys.readouterr().out)
    assert cost["seconds"] >= 0
    assert np.isfinite(cost["megabytes"])

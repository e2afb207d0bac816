from __future__ import annotations

import re

import numpy as np
import pytest

from attacks.composition import calibrated
from attacks.language import wordnet
from attacks.validity import thresholds
from attacks.validity.reworded import reworded
from sentiment_core.errors import DataError

needs_wordnet = pytest.mark.skipif(not wordnet.there(), reason="the figures were measured with WordNet")


def hits(estimate):
    return round(estimate.value * estimate.n), estimate.n


def test_the_sentences_come_in_pairs_that_differ_in_one_word():
    swaps = reworded()
    same = [swap for swap in swaps if swap.same]
    assert (len(swaps), len(same)) == (60, 30)
    for swap in swaps:
        before, after = (re.findall(r"[\w'-]+", text) for text in (swap.before, swap.after))
        changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
        assert changed == [(swap.old, swap.new)]
        assert "|" not in swap.before and "[" not in swap.after
    assert {swap.before for swap in same} == {swap.before for swap in swaps if not swap.same}


def test_rates_are_shares_of_what_reaches_the_threshold():
    swaps = reworded()
    scores = np.linspace(0, 1, len(swaps))  # the first half are the 30 that say the same
    [row] = thresholds.curve(opposites_pass=True, thresholds=[0.4], similarities=lambda pairs: scores)
    assert hits(row.kept) == (int((scores[:30] >= 0.4).sum()), 30)
    assert hits(row.passed) == (30, 30)
    [row] = thresholds.curve(thresholds=[0.4], similarities=lambda pairs: scores)
    assert row.passed.value < 1  # opposites no longer pass


@needs_wordnet
@pytest.mark.parametrize(
    ("similarity", "word", "kept", "passed"),
    [
        (calibrated.NORMAL_MEANING, calibrated.NORMAL_WORD, (24, 30), (4, 30)),
        (calibrated.NORMAL_MEANING, -1.0, (28, 30), (8, 30)),
        (calibrated.STRICT_MEANING, calibrated.STRICT_WORD, (21, 30), (2, 30)),
    ],
)
def test_the_figures_beside_the_thresholds_are_those_measured(similarity, word, kept, passed):
    [row] = thresholds.curve(word, thresholds=[similarity])
    assert (hits(row.kept), hits(row.passed)) == (kept, passed)
    text = calibrated.NORMAL + calibrated.STRICT
    assert f"{kept[0]} of 30" in text and str(passed[0]) in text
    if word > 0:
        for estimate in (row.kept, row.passed):
            low, high = round(100 * estimate.ci_low), round(100 * estimate.ci_high)
            assert f"({100 * estimate.value:.0f} % [{low}, {high}])" in text


def test_the_figure_beside_the_threshold_for_typing_errors_is_the_one_measured():
    [(_, share)] = thresholds.typing_errors([calibrated.TYPO_MEANING])
    assert hits(share) == (24, 30)
    assert "0.80 keeps 24 (80 % [63, 90])" in calibrated.TYPO
    [row] = thresholds.curve(opposites_pass=True, thresholds=[calibrated.TYPO_MEANING])
    assert f"lets {hits(row.passed)[0]} of 30 other words pass" in calibrated.TYPO


def test_reviews_edited_to_say_the_opposite_are_read_as_pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(
        "Sentiment\tText\tbatch_id\nNegative\tA bad film.\t7\nPositive\tA good film.\t7\n"
        "Positive\tNo partner.\t8\nNegative\tSame.\t9\nPositive\tSame.\t9\n"
    )
    shares = dict(thresholds.flipped(path, thresholds=[-1.0, 0.999]))
    assert hits(shares[-1.0]) == (2, 2)
    assert hits(shares[0.999]) == (1, 2)


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", "Sentiment\tText\tbatch_id\n" + "Negative\tx\t1\n" * 2]
)
def test_a_file_that_holds_no_pairs_is_refused(tmp_path, content):
    path = tmp_path / "pairs.tsv"
    path.write_text(content)
    with pytest.raises(DataError, match="is not a tab-separated file of pairs"):
        thresholds.flipped(path)

"""Reviews of similar length share a batch, every review comes once, and nothing but the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from sentiment_core.classifiers.transformer.length_grouping import grouped_order


def _padded(lengths, order, batch_size):
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    return sum(max(lengths[place] for place in batch) * len(batch) for batch in batches)


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 256, 2_000])
def test_every_review_comes_once_whatever_their_number(n):
    lengths = np.random.default_rng(1).integers(5, 512, n).tolist()
    assert sorted(grouped_order(lengths, 16, seed=3)) == list(range(n))


def test_the_seed_alone_decides():
    lengths = np.random.default_rng(1).integers(5, 512, 300).tolist()
    assert grouped_order(lengths, 16, seed=3) == grouped_order(lengths, 16, seed=3)
    assert grouped_order(lengths, 16, seed=3) != grouped_order(lengths, 16, seed=4)


def test_few_reviews_are_padded_as_little_as_full_sorting_allows():
    lengths = np.random.default_rng(2).integers(5, 512, 256).tolist()
    by_length = sorted(range(256), key=lambda place: -lengths[place])
    assert _padded(lengths, grouped_order(lengths, 16, seed=0), 16) == _padded(lengths, by_length, 16)


def test_many_reviews_are_padded_far_less_than_in_random_order():
    lengths = np.random.default_rng(2).integers(5, 512, 4_000).tolist()
    wasted = _padded(lengths, grouped_order(lengths, 16, seed=0), 16) / sum(lengths) - 1
    assert wasted < 0.05 < _padded(lengths, list(range(4_000)), 16) / sum(lengths) - 1


def test_long_and_short_batches_come_in_no_order():
    lengths = np.random.default_rng(2).integers(5, 512, 1_600).tolist()
    order = grouped_order(lengths, 16, seed=0)
    longest = [max(lengths[place] for place in order[at : at + 16]) for at in range(0, 1_600, 16)]
    assert abs(np.corrcoef(longest, range(100))[0, 1]) < 0.3

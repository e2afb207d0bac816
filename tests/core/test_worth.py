"""What a probability has been worth, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from sentiment_core.evaluation import worth as module
from sentiment_core.evaluation.worth import worth


def test_the_share_of_positive_reviews_among_those_scored_alike():
    scored = np.array([0.10, 0.78, 0.80, 0.81, 0.84, 0.86])
    positive = np.array([True, True, False, True, True, False])
    found = worth(0.8, scored, positive)
    assert (found.positive.value, found.positive.n) == (3 / 4, 4)
    assert (found.low, found.high) == (0.78, 0.84)


def test_the_interval_is_wilsons():
    scored, positive = np.full(40, 0.9), np.arange(40) < 33
    found = worth(0.9, scored, positive).positive
    low, high = binomtest(33, 40).proportion_ci(method="wilson")
    assert (found.ci_low, found.ci_high) == (pytest.approx(low), pytest.approx(high))


def test_of_many_only_the_nearest_count_and_equal_ones_all():
    near, far = np.full(module.MOST + 12, 0.9), np.full(500, 0.93)
    scored = np.concatenate([near, far])
    found = worth(0.9, scored, np.arange(len(scored)) < len(near)).positive
    assert found.n == module.MOST + 12 and found.value == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_are_those_of_a_sort(seed):
    rng = np.random.default_rng(seed)
    scored, positive = rng.random(9000), rng.random(9000) < 0.5
    order = np.argsort(abs(scored - 0.4))[: module.MOST]
    found = worth(0.4, scored, positive)
    assert found.positive.n == module.MOST and found.positive.value == pytest.approx(positive[order].mean())
    assert (found.low, found.high) == (scored[order].min(), scored[order].max())


def test_without_any_review_scored_alike_it_is_undefined_and_says_why():
    found = worth(0.5, np.array([0.1, 0.9]), np.array([False, True]))
    assert not found.positive.defined and "within 5 points" in found.positive.reason
    assert not worth(0.5, np.array([]), np.array([], dtype=bool)).positive.defined


def test_the_review_itself_and_those_the_model_learned_are_left_out(reviews):
    from sentiment_core import data, models
    from sentiment_core.command_line import main
    from sentiment_core.evaluation import records

    assert main(["train", "--data", str(reviews), "--family", "tfidf", "--alias", "tfidf"]) == 0
    dataset = data.by_fingerprint(models.resolve("tfidf").trained_on["fingerprint"])
    found = records.open_evaluation(records.evaluate("tfidf", dataset))
    row = found.frame.iloc[0]
    others = found.frame[(found.frame["prob_positive"] - row["prob_positive"]).abs() <= module.APART]
    answer = module.worth_in(found, row["prob_positive"], row["example_id"])
    assert answer.positive.n == len(others) - 1 and answer.run_id == found.run_id
    learned = records.open_evaluation(records.evaluate("tfidf", dataset, "train"))
    assert module.worth_in(learned, row["prob_positive"]).positive.n == 0
    assert module.evaluation_for(found.model_id, dataset.fingerprint, "validation").split == "test"
    assert module.evaluation_for("nobody-20260101t000000-00000000", dataset.fingerprint, "test") is None

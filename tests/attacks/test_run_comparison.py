"""Two batches on the same reviews, against published examples and scipy."""

from __future__ import annotations

import math

import pytest
from attack_frames import batch, outcomes, verdicts
from scipy import stats

from attacks.figures.comparison import adjusted, compare_runs, paired_difference
from attacks.figures.power import chance_difference, detectable
from sentiment_core.errors import RunError


def runs_with(both, only_a, only_b, neither):
    """Return two batches whose reviews were fooled in both, one or neither."""
    cells = [("s", "s")] * both + [("s", "f")] * only_a + [("f", "s")] * only_b + [("f", "f")] * neither
    word = {"s": "succeeded", "f": "failed"}
    return [batch(*({"outcome": word[cell[side]]} for cell in cells)) for side in (0, 1)]


def test_the_paired_interval_is_that_of_the_published_example():
    """Altman et al. 2000, Statistics with Confidence, ch. 6: 14, 5, 0, 22 gives 0.122, 0.011 to 0.226."""
    found = paired_difference(14, 5, 0, 22)
    assert (found.value, found.ci_low, found.ci_high) == pytest.approx((0.122, 0.011, 0.226), abs=5e-4)


def test_the_difference_is_b_minus_a_on_the_reviews_that_both_attacked():
    found = compare_runs(*runs_with(both=10, only_a=12, only_b=2, neither=16))
    assert (found.both, found.only_a, found.only_b, found.neither) == (10, 12, 2, 16)
    assert found.rate_a.value == 22 / 40 and found.rate_b.value == 12 / 40
    assert found.difference.value == pytest.approx(-10 / 40)
    assert found.difference.ci_low < -0.25 < found.difference.ci_high < 0
    assert found.p_value == pytest.approx(stats.binomtest(12, 14).pvalue)


def test_swapping_the_runs_turns_the_interval_round():
    a, b = runs_with(7, 9, 3, 11)
    one, other = compare_runs(a, b).difference, compare_runs(b, a).difference
    assert (one.value, one.ci_low, one.ci_high) == pytest.approx(
        (-other.value, -other.ci_high, -other.ci_low)
    )


def test_reviews_that_one_run_skipped_or_lost_are_left_out_and_counted():
    a = batch({"outcome": "succeeded"}, {"outcome": "skipped"}, {"outcome": "failed"}, {"outcome": "failed"})
    b = batch({"outcome": "failed"}, {"outcome": "succeeded"}, {"outcome": "errored"})
    found = compare_runs(a, b)
    assert (found.n, found.left_out) == (1, 3)


def test_with_verdicts_only_valid_successes_count():
    a, b = runs_with(both=2, only_a=0, only_b=0, neither=2)
    of_a, of_b = verdicts(("r0", True), ("r1", False)), verdicts(("r0", True), ("r1", True))
    found = compare_runs(a, b, of_a, of_b, valid_only=True)
    assert found.counted == "valid"
    assert (found.both, found.only_a, found.only_b, found.neither) == (1, 0, 1, 2)


def test_without_a_verdict_for_every_success_valid_texts_cannot_be_compared():
    a, b = runs_with(both=15, only_a=0, only_b=0, neither=2)
    found = compare_runs(a, b, verdicts(("r0", True)), verdicts(("r0", True)), valid_only=True)
    figures = (found.rate_a, found.rate_b, found.difference)
    assert all(math.isnan(figure.value) and "14 of 15 successes" in figure.reason for figure in figures)
    assert math.isnan(found.p_value) and not found.significant
    said = found.sentence("tfidf", "nbsvm")
    assert "by valid texts is undefined" in said and said.count("14 of 15 successes have no verdict") == 2
    kept = found.to_json()
    assert kept["mcnemar_p"] is None and set(kept["fooled"].values()) == {None} and kept["n"] == 17


def test_the_run_without_verdicts_is_the_one_that_is_named():
    a, b = runs_with(both=1, only_a=1, only_b=0, neither=2)
    found = compare_runs(a, b, None, verdicts(("r0", True)), valid_only=True)
    assert "(tfidf: 2 of 2 successes" in found.sentence("tfidf", "nbsvm")
    assert "nbsvm:" not in found.sentence("tfidf", "nbsvm")


def test_verdicts_count_only_where_valid_texts_are_asked_for():
    a, b = runs_with(both=2, only_a=0, only_b=0, neither=2)
    found = compare_runs(a, b, verdicts(("r0", False)), verdicts(("r0", False)))
    assert (found.counted, found.both) == ("raw", 2)


def test_the_sentence_names_who_is_fooled_less_often_and_how_sure_that_is():
    sure = compare_runs(*runs_with(30, 15, 3, 40)).sentence("tfidf", "nbsvm")
    assert sure.startswith("nbsvm is fooled less often than tfidf by 14 points [")
    assert "n = 88" in sure and "unlikely to be chance" in sure and "McNemar p = 0.008" in sure
    unsure = compare_runs(*runs_with(5, 2, 3, 10)).sentence("tfidf", "nbsvm")
    assert unsure.startswith("tfidf is fooled less often than nbsvm") and "may be chance" in unsure
    assert "equally often" in compare_runs(*runs_with(5, 2, 2, 10)).sentence("tfidf", "nbsvm")


def test_comparisons_that_are_read_together_are_adjusted_for_their_number_and_say_so():
    found = [compare_runs(*runs_with(*cells)) for cells in ((30, 15, 3, 40), (30, 9, 2, 40), (5, 2, 3, 10))]
    together = adjusted(found)
    expected = stats.false_discovery_control([one.p_value for one in found])
    assert [one.p_value for one in together] == pytest.approx(expected)
    assert found[1].p_value < together[1].p_value
    assert "adjusted for 3 tests" in together[0].sentence("a", "b")
    assert "adjusted" not in adjusted(found[:1])[0].sentence("a", "b") and adjusted([]) == []


def test_a_comparison_of_no_review_is_no_test():
    nothing = compare_runs(outcomes(failed=1), outcomes(failed=1).assign(example_id="other"))
    (_, one) = adjusted([nothing, compare_runs(*runs_with(30, 15, 3, 40))])
    assert one.tests == 1


def test_one_point_is_written_as_one():
    one = compare_runs(*runs_with(30, 4, 3, 63)).sentence("a", "b")
    assert "by 1 point [" in one


def test_runs_without_a_review_in_common_give_an_undefined_difference():
    found = compare_runs(outcomes(succeeded=2), outcomes(succeeded=2).assign(example_id=["x", "y"]))
    assert found.n == 0 and math.isnan(found.difference.value) and found.difference.reason
    assert "nothing can be compared" in found.sentence("a", "b")
    assert found.to_json()["difference"]["value"] is None


def test_contradicting_labels_and_doubled_reviews_are_refused():
    a = outcomes(succeeded=1)
    with pytest.raises(RunError, match="labels differ"):
        compare_runs(a, a.assign(label=0))
    with pytest.raises(RunError, match="twice"):
        compare_runs(a, outcomes(failed=2).assign(example_id="r0"))


def test_a_hundred_reviews_do_not_tell_differences_under_fourteen_points():
    assert detectable(100).startswith("n = 100: differences under 14 points may be chance")
    assert chance_difference(100) == pytest.approx(1.96 * math.sqrt(0.5 / 100), abs=1e-4)
    assert "too few" in detectable(1) and detectable(0)

"""Several seeds of one setting: their spread, and whether two settings differ by more than luck."""

from __future__ import annotations

import json
import math
import statistics as plain

import pandas as pd
import pytest

from sentiment_core import __main__, models
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, ModelError
from sentiment_core.training import seeds
from sentiment_core.training import train as training

A, B = [0.912, 0.915, 0.909], [0.921, 0.919, 0.925, 0.922]


def made_dataset(train: int = 60, test: int = 20):
    splits = ["train"] * train + ["validation"] * 20 + ["test"] * test
    rows = [
        (f"r{i}", f"{'a warm, witty' if i % 2 else 'a dull, cold'} film number {i}", i % 2, split, "made")
        for i, split in enumerate(splits)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "reviews.csv"
    made_dataset().examples[["text", "label", "split"]].to_csv(path, index=False)
    return str(path)


def run(capsys, *argv: str):
    """Run a command and return (exit code, the JSON object or the text on stdout, stderr)."""
    code = __main__.main(argv)
    out, err = capsys.readouterr()
    return code, json.loads(out) if "--json" in argv and code == 0 else out, err


def test_the_spread_is_that_of_python_s_own_statistics():
    found = seeds.spread(A)
    assert found.mean == pytest.approx(plain.mean(A))
    assert found.sd == pytest.approx(plain.stdev(A))
    assert (found.low, found.high, found.n) == (0.909, 0.915, 3)


@pytest.mark.parametrize(("values", "said"), [([], "no seeds"), ([0.9], "2 seeds or more")])
def test_a_spread_that_is_not_defined_is_nan_with_a_reason(values, said):
    found = seeds.spread(values)
    assert math.isnan(found.sd)
    assert said in found.reason


def test_the_difference_is_welch_s_by_hand():
    found = seeds.difference(A, B)
    variances = [plain.variance(side) / len(side) for side in (A, B)]
    se = math.sqrt(sum(variances))
    freedom = sum(variances) ** 2 / sum(v**2 / (len(s) - 1) for v, s in zip(variances, (A, B), strict=True))
    from scipy import stats

    half = stats.t.ppf(0.975, freedom) * se
    value = plain.mean(B) - plain.mean(A)
    assert found.value == pytest.approx(value)
    assert (found.ci_low, found.ci_high) == pytest.approx((value - half, value + half))
    assert found.p == pytest.approx(2 * stats.t.sf(value / se, freedom))
    assert (found.n_a, found.n_b) == (3, 4)


def test_the_two_sides_exchanged_turn_the_sign_and_nothing_else():
    one, other = seeds.difference(A, B), seeds.difference(B, A)
    assert one.value == pytest.approx(-other.value)
    assert (one.ci_low, one.p) == (pytest.approx(-other.ci_high), pytest.approx(other.p))


def test_the_interval_leaves_zero_out_exactly_when_the_settings_are_said_to_differ():
    for a, b in ((A, B), (A, [0.913, 0.911, 0.914])):
        found = seeds.difference(a, b)
        said = found.sentence("A", "B")
        assert (found.ci_low > 0 or found.ci_high < 0) == ("unlikely to be chance" in said)


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([0.9], A, "2 seeds or more"),
        ([], A, "no seeds"),
        ([0.9, 0.9], [0.8, 0.8], "no seed differs from another"),
    ],
)
def test_a_difference_that_is_not_defined_is_nan_with_a_reason(a, b, said):
    found = seeds.difference(a, b)
    assert math.isnan(found.ci_low) and math.isnan(found.ci_high) and math.isnan(found.p)
    assert said in found.reason
    assert said in found.sentence("A", "B")


@pytest.mark.parametrize("text", ["", "1,", "one", "1,1", "-1,2", "1.5"])
def test_seeds_that_cannot_be_are_refused(text):
    with pytest.raises(ModelError, match="seeds are"):
        seeds.parsed_seeds(text)


def test_one_model_a_seed_that_differ_by_the_seed_alone():
    cards = seeds.train_seeds("tfidf", made_dataset(), {"max_n": 1}, [1, 2, 3], alias="mine")
    assert [card.alias for card in cards] == ["mine-1", "mine-2", "mine-3"]
    assert [card.manifest["params_given"] for card in cards] == [{"max_n": 1, "seed": n} for n in (1, 2, 3)]
    assert len({card.trained_on["fingerprint"] for card in cards}) == 1


def test_a_stopped_training_of_seeds_goes_on_with_the_seed_that_is_missing(monkeypatch):
    def stop_at_second(done, total, what):
        if what.startswith("seed 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        seeds.train_seeds("tfidf", made_dataset(), {}, [1, 2], progress=stop_at_second)
    (first,) = models.list_models()
    cards = seeds.train_seeds("tfidf", made_dataset(), {}, [1, 2], alias="mine", resume=True)
    assert cards[0].model_id == first.model_id
    assert [card.alias for card in cards] == ["mine-1", "mine-2"]
    assert len(models.list_models()) == 2


def test_models_of_one_setting_find_each_other_and_no_other():
    dataset = made_dataset()
    one = seeds.train_seeds("tfidf", dataset, {"max_n": 1}, [2, 1])
    training.train("tfidf", dataset, {"max_n": 2, "seed": 1})
    training.train("tfidf", made_dataset(train=40), {"max_n": 1, "seed": 3})
    training.train("nbsvm", dataset, {"seed": 1})
    assert [card.model_id for card in seeds.same_setting(one[0])] == [one[1].model_id, one[0].model_id]


def test_a_seed_trained_twice_counts_once():
    dataset = made_dataset()
    training.train("tfidf", dataset, {"seed": 1})
    again = training.train("tfidf", dataset, {"seed": 1})
    assert [card.model_id for card in seeds.same_setting(again)] == [again.model_id]


def test_train_with_seeds_reports_the_spread_of_every_validation_figure(capsys, csv):
    argv = ["train", "--data", csv, "--family", "tfidf", "--seeds", "1,2,3", "--alias", "mine"]
    code, result, _ = run(capsys, *argv, "--json")
    assert code == 0
    accuracies = [model["validation"]["accuracy"] for model in result["models"]]
    assert result["validation"]["accuracy"]["mean"] == pytest.approx(plain.mean(accuracies))
    assert result["validation"]["accuracy"]["n"] == 3
    code, text, _ = run(capsys, *argv)
    assert "n = 3 seeds (1: " in text
    assert "compare-seeds mine-1,mine-2,mine-3" in text


def test_two_settings_are_compared_by_their_seeds_accuracies_on_the_same_reviews(capsys, csv):
    for name, n in (("short", 1), ("long", 2)):
        argv = ["train", "--data", csv, "--family", "tfidf", "--seeds", "1,2", "--set", f"max_n={n}"]
        assert run(capsys, *argv, "--alias", name)[0] == 0
    code, result, _ = run(capsys, "compare-seeds", "short-1", "long-1,long-2", "--data", csv, "--json")
    assert code == 0
    assert [result[side]["accuracy"]["n"] for side in "ab"] == [2, 2]
    means = [result[side]["accuracy"]["mean"] for side in "ab"]
    assert result["difference"]["value"] == pytest.approx(means[1] - means[0])
    code, text, _ = run(capsys, "compare-seeds", "short-1", "long-1", "--data", csv)
    assert "long-1 minus short-1" in text
    assert "  A: mean" in text


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("mine-1", "mine-2", "seeds of one setting"),
        ("mine-1,mine-1", "mine-2", "names a model twice"),
        ("mine-1", "nobody", "model 'nobody' is not known"),
    ],
)
def test_a_comparison_that_says_nothing_is_refused(capsys, csv, a, b, said):
    run(capsys, "train", "--data", csv, "--family", "tfidf", "--seeds", "1,2", "--alias", "mine")
    code, _, err = run(capsys, "compare-seeds", a, b, "--data", csv)
    assert code == 2
    assert said in err

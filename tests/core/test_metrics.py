"""Every metric agrees with scikit-learn or a count by hand, and says why where it is undefined."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk

from sentiment_core.classifiers.transformer import finetuning, hf_metrics
from sentiment_core.contracts import check_metric
from sentiment_core.errors import ReelcheckError
from sentiment_core.metrics import METRICS
from sentiment_core.metrics.base import Metric
from sentiment_core.metrics.calibration import equal_mass_edges

ALL = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
NAMES = "accuracy precision recall f1 macro_f1 mcc roc_auc average_precision log_loss brier ece ece_mass"


def reviews(n: int = 500, seed: int = 0, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of a fair model; with ties, few distinct probabilities."""
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 2, n)
    prob_positive = 1 / (1 + np.exp(-(rng.normal(0, 1.5, n) + 2 * (y_true - 0.5))))
    return y_true, np.round(prob_positive, 1) if ties else prob_positive


def naive_ece(y_true, prob_positive, bin_of_each) -> float:
    gap = 0.0
    for label in set(bin_of_each):
        inside = bin_of_each == label
        gap += inside.sum() * abs(prob_positive[inside].mean() - y_true[inside].mean())
    return gap / len(y_true)


SCIKIT_LEARN = {
    "accuracy": lambda y, p, c: sk.accuracy_score(y, c),
    "precision": lambda y, p, c: sk.precision_score(y, c),
    "recall": lambda y, p, c: sk.recall_score(y, c),
    "f1": lambda y, p, c: sk.f1_score(y, c),
    "macro_f1": lambda y, p, c: sk.f1_score(y, c, average="macro"),
    "mcc": lambda y, p, c: sk.matthews_corrcoef(y, c),
    "roc_auc": lambda y, p, c: sk.roc_auc_score(y, p),
    "average_precision": lambda y, p, c: sk.average_precision_score(y, p),
    "log_loss": lambda y, p, c: sk.log_loss(y, p),
    "brier": lambda y, p, c: sk.brier_score_loss(y, p),
    "ece": lambda y, p, c: naive_ece(y, p, np.ceil(p * 15).clip(1, 15)),
    "ece_mass": lambda y, p, c: naive_ece(y, p, pd.qcut(p, 15, labels=False)),
}


def test_the_metrics_are_those_that_were_asked_for():
    assert list(METRICS) == NAMES.split()


@ALL
def test_a_metric_keeps_its_contract(metric: Metric):
    assert METRICS[metric.name] is metric
    check_metric(metric)


@ALL
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_a_metric_equals_scikit_learns(metric: Metric, threshold: float, seed: int):
    y_true, prob_positive = reviews(seed=seed)
    expected = SCIKIT_LEARN[metric.name](y_true, prob_positive, prob_positive >= threshold)
    assert metric.compute(y_true, prob_positive, threshold).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in METRICS if name != "ece_mass"])
def test_tied_probabilities_change_nothing_about_that(name: str):
    y_true, prob_positive = reviews(ties=True)
    if name == "ece":  # 0.2 * 15 is a bin's very edge: shift by less than a bin to keep the oracle exact
        prob_positive = (prob_positive + 0.001).clip(0, 1)
    expected = SCIKIT_LEARN[name](y_true, prob_positive, prob_positive >= 0.5)
    assert METRICS[name].compute(y_true, prob_positive).value == pytest.approx(expected, abs=1e-12)


@ALL
def test_weighted_reviews_count_as_repeated_ones(metric: Metric):
    """The bootstrap relies on this: a weight of k is the review drawn k times."""
    y_true, prob_positive = reviews(200, ties=True)
    times = np.random.default_rng(1).integers(0, 4, 200)
    if metric.name == "ece_mass":  # its bins are those of the whole sample, so repeat all alike
        times = np.full(200, 3)
    weighted = metric.prepare(y_true, prob_positive, 0.4)(np.stack([times, np.ones(200)]).astype(float))
    repeated = metric.compute(np.repeat(y_true, times), np.repeat(prob_positive, times), 0.4)
    assert weighted[0] == pytest.approx(repeated.value, abs=1e-12)
    assert weighted[1] == pytest.approx(metric.compute(y_true, prob_positive, 0.4).value, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "y_true", "prob_positive"),
    [
        ("precision", [0, 1], [0.1, 0.2]),
        ("recall", [0, 0], [0.9, 0.2]),
        ("f1", [0, 0], [0.1, 0.2]),
        ("macro_f1", [0, 0], [0.1, 0.2]),
        ("mcc", [0, 1], [0.9, 0.8]),
        ("roc_auc", [1, 1], [0.9, 0.8]),
        ("average_precision", [0, 0], [0.9, 0.8]),
    ],
)
def test_what_divides_by_nothing_is_undefined_and_not_zero(name, y_true, prob_positive):
    value, reason = METRICS[name].compute(np.array(y_true), np.array(prob_positive))
    assert math.isnan(value) and reason == METRICS[name].undefined != ""


def test_four_reviews_counted_by_hand():
    y_true, prob_positive = np.array([1, 1, 0, 0]), np.array([0.9, 0.4, 0.6, 0.1])  # one of each outcome
    expected = {"accuracy": 0.5, "precision": 0.5, "recall": 0.5, "f1": 0.5, "macro_f1": 0.5, "mcc": 0.0}
    expected |= {"roc_auc": 0.75, "average_precision": (1 + 2 / 3) / 2, "brier": (0.01 + 0.36) * 2 / 4}
    expected |= {"log_loss": -(math.log(0.9) + math.log(0.4)) * 2 / 4, "ece": (0.1 + 0.6 + 0.6 + 0.1) / 4}
    for name, value in expected.items():
        assert METRICS[name].compute(y_true, prob_positive).value == pytest.approx(value), name


def test_the_threshold_itself_is_called_positive():
    assert METRICS["recall"].compute(np.array([1]), np.array([0.5]), 0.5).value == 1.0


def test_a_certain_mistake_costs_a_finite_log_loss():
    value = METRICS["log_loss"].compute(np.array([1, 0]), np.array([0.0, 1.0])).value
    assert value == pytest.approx(sk.log_loss([1, 0], [0.0, 1.0])) and math.isfinite(value)


def test_mcc_of_many_reviews_does_not_overflow():
    assert METRICS["mcc"].of_counts(np.array([[1e90, 0.0, 0.0, 1e90]]))[0] == pytest.approx(1.0)


def test_equal_mass_bins_hold_equally_many_reviews():
    _, prob_positive = reviews(1500)
    counts = np.histogram(prob_positive, equal_mass_edges(prob_positive))[0]
    assert len(counts) == 15 and set(counts) <= {99, 100, 101}


def test_equal_probabilities_share_a_bin():
    assert len(equal_mass_edges(np.full(100, 0.7))) - 1 <= 2


@ALL
def test_the_evaluate_module_gives_the_same_value(metric: Metric):
    y_true, prob_positive = reviews(101)
    found = hf_metrics.hub_free(metric.name).compute(
        predictions=prob_positive, references=y_true, threshold=0.3
    )
    assert found == {metric.name: metric.compute(y_true, prob_positive, 0.3).value}


def test_evaluate_modules_collect_batches_and_take_labels():
    accuracy = hf_metrics.hub_free("accuracy")
    accuracy.add_batch(predictions=[1, 0], references=[1, 1])
    accuracy.add_batch(predictions=[0], references=[0])
    assert accuracy.compute() == {"accuracy": pytest.approx(2 / 3)}
    assert accuracy.compute(predictions=[0], references=[1]) == {"accuracy": 0.0}  # nothing is left over


def test_evaluate_combines_our_modules():
    y_true, prob_positive = reviews(101)
    found = hf_metrics.combined(["f1", "mcc"]).compute(predictions=prob_positive, references=y_true)
    assert found == {name: METRICS[name].compute(y_true, prob_positive).value for name in ("f1", "mcc")}


def test_fine_tuning_measures_its_epochs_as_scikit_learn_does():
    labels = np.array([1, 0, 1, 1, 0])
    scores = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6], [0.9, 0.1]])
    predicted = scores.argmax(axis=1)
    found = finetuning._accuracy_and_f1(scores, labels)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    assert found["f1"] == pytest.approx(sk.f1_score(labels, predicted))
    assert finetuning._accuracy_and_f1(scores[[4]], labels[[4]]) == {"accuracy": 1.0, "f1": 0.0}


def test_evaluate_modules_write_only_below_the_workspace(reelcheck_home):
    module = hf_metrics.hub_free("f1")
    assert str(module.data_dir).startswith(str(reelcheck_home))


@pytest.mark.slow
def test_evaluates_own_evaluator_takes_our_modules():
    import datasets
    import evaluate

    class SaysGood:
        task = "text-classification"

        def __call__(self, texts, **_):
            texts = [text["text"] if isinstance(text, dict) else text for text in texts]
            return [{"label": "pos" if "good" in text else "neg", "score": 1.0} for text in texts]

    data = datasets.Dataset.from_dict(
        {"text": ["good", "bad", "good but long", "dull"], "label": [1, 0, 0, 1]}
    )
    found = evaluate.evaluator("text-classification").compute(
        model_or_pipeline=SaysGood(),
        data=data,
        metric=hf_metrics.hub_free("accuracy"),
        label_mapping={"neg": 0, "pos": 1},
    )
    assert found["accuracy"] == 0.5


def test_an_unknown_metric_is_refused_with_the_known_ones():
    with pytest.raises(ReelcheckError, match="metric 'bleu' is not known; known: accuracy, precision"):
        hf_metrics.hub_free("bleu")


def test_importing_the_metrics_loads_nothing_heavy():
    heavy = "{'torch', 'transformers', 'evaluate', 'datasets', 'sklearn', 'scipy'}"
    code = (
        "import sys, sentiment_core.classifiers.transformer.hf_metrics, sentiment_core.evaluation.records, "
        "sentiment_core.evaluation.prediction, sentiment_core.evaluation.operating_points, "
        "sentiment_core.evaluation.breakdowns; "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

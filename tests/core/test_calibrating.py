"""Calibration: the fit is the one of least log loss, and a calibrated model agrees with itself everywhere."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from sentiment_core import __main__, calibrating, data, models
from sentiment_core.calibration import fitting, scaling
from sentiment_core.calibration.applying import Wrapped, rescaled
from sentiment_core.calibration.scaling import Scaling
from sentiment_core.classifiers.base import LinearInWords
from sentiment_core.contracts.base import EDGE_TEXTS
from sentiment_core.contracts.classifiers import check_classifier
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError, ModelError
from sentiment_core.evaluation import records
from sentiment_core.training import train

WORDS = {0: ("dull", "flat", "cold", "fine"), 1: ("warm", "witty", "lovely", "fine")}


def overconfident(n: int = 4000, temperature: float = 2.0, shift: float = 0.0):
    """Return probabilities that are too sure by this temperature, and labels drawn from the true ones."""
    rng = np.random.default_rng(3)
    log_odds = rng.normal(0, 2, n)
    labels = (rng.random(n) < expit(log_odds)).astype(np.int64)
    return expit(temperature * (log_odds - shift)), labels


# --- the fit --------------------------------------------------------------------------------------


def test_the_temperature_is_the_one_that_a_search_over_the_loss_finds():
    prob, labels = overconfident()
    found = fitting.temperature(prob, labels)
    best = minimize_scalar(
        lambda t: log_loss(labels, expit(logit(prob) / t)), bounds=(0.2, 10), options={"xatol": 1e-9}
    )
    assert found.scaling.temperature == pytest.approx(best.x, abs=1e-5)
    assert found.scaling.shift == 0
    assert found.temperature.n == len(labels)


def test_the_interval_of_the_temperature_holds_the_truth_as_often_as_it_says():
    held, rng = 0, np.random.default_rng(0)
    for _ in range(200):
        log_odds = rng.normal(0, 2, 400)
        labels = (rng.random(400) < expit(log_odds)).astype(np.int64)
        found = fitting.temperature(expit(1.7 * log_odds), labels).temperature
        held += found.ci_low <= 1.7 <= found.ci_high
    assert 0.90 <= held / 200 <= 0.99


def test_platt_scaling_is_logistic_regression_on_the_log_odds_with_platts_targets():
    prob, labels = overconfident(500, shift=0.7)
    n_positive, n_negative = labels.sum(), (1 - labels).sum()
    high, low = (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2)
    target = np.where(labels == 1, high, low)
    twice = np.r_[logit(prob), logit(prob)][:, None]
    oracle = LogisticRegression(C=math.inf, tol=1e-10, max_iter=1000).fit(
        twice, np.r_[np.ones(500), np.zeros(500)], sample_weight=np.r_[target, 1 - target]
    )
    found = fitting.platt(prob, labels).scaling
    assert (found.scale, found.shift) == pytest.approx((oracle.coef_[0, 0], oracle.intercept_[0]), abs=1e-4)


def test_no_probability_out_of_fold_was_fitted_with_its_own_review():
    prob, labels = overconfident(200)
    found = fitting.out_of_fold(fitting.temperature, prob, labels, seed=1)
    fold = np.random.default_rng(1).permutation(200) % 10
    for number in range(10):
        others = fitting.temperature(prob[fold != number], labels[fold != number])
        assert found[fold == number] == pytest.approx(others.scaling.of(prob[fold == number]), abs=1e-12)


@pytest.mark.parametrize(
    ("prob", "labels", "why"),
    [
        ([0.9, 0.8, 0.3], [1, 1, 1], "all are positive"),
        ([0.9, 0.8, 0.3], [0, 0, 0], "all are negative"),
        ([], [], "there is none"),
        ([0.7], [1], "all are positive"),
        ([0.9, 0.8, 0.1], [1, 1, 0], "answers are right"),
        ([1.0, 1.0, 0.0], [1, 1, 0], "answers are right"),
        ([0.5, 0.5, 0.5], [1, 1, 0], "say nothing"),
        ([0.1, 0.2, 0.9], [1, 1, 0], "say nothing"),
    ],
)
def test_reviews_that_determine_no_temperature_are_refused_in_one_line(prob, labels, why):
    with pytest.raises(DataError, match=why) as error:
        fitting.temperature(np.array(prob, dtype=float), np.array(labels, dtype=np.int64))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("prob", [[0.6, 0.6, 0.6, 0.6], [0.1, 0.2, 0.9, 0.8]])
def test_platt_scaling_refuses_what_has_no_order_or_the_wrong_one(prob):
    with pytest.raises(DataError):
        fitting.platt(np.array(prob), np.array([1, 1, 0, 0]))


def test_certain_probabilities_that_are_wrong_still_give_a_finite_fit():
    prob, labels = overconfident(300)
    prob[:3], labels[:3] = 1.0, 0
    assert math.isfinite(fitting.temperature(prob, labels).scaling.temperature)


# --- the arithmetic -------------------------------------------------------------------------------


def test_a_scaling_keeps_the_order_and_without_a_shift_the_labels_and_is_undone_exactly():
    prob = np.r_[0.0, np.linspace(1e-9, 1 - 1e-9, 1001), 1.0]
    found = Scaling(0.5)
    assert found.of(prob) == pytest.approx(expit(logit(prob) / 2), abs=1e-15)
    assert ((found.of(prob) >= 0.5) == (prob >= 0.5)).all()
    assert (np.diff(found.of(prob)) > 0).all()
    assert Scaling(0.5, 0.3).undone(Scaling(0.5, 0.3).of(prob)) == pytest.approx(prob, abs=1e-12)


# --- the models -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reviews():
    """Reviews whose words mostly tell the label: enough wrong answers on validation for a fit."""
    rng, rows = np.random.default_rng(0), []
    for n in range(260):
        label = n % 2
        told = label if rng.random() < 0.85 else 1 - label
        split = "train" if n < 120 else "validation" if n < 200 else "test"
        first, second = (WORDS[told][place] for place in rng.integers(0, 4, 2))
        text = f"a {first} film with {second} scenes, number {n}"
        rows.append((f"r{n}", text, label, split, "made"))
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture
def tfidf(reviews):
    data.store(reviews)
    return train.train("tfidf", reviews, {"C": 30.0}, alias="tfidf")


def texts_of(reviews):
    return [*reviews.split("test")["text"], *EDGE_TEXTS]


def test_the_model_itself_stays_what_it_was_to_the_last_bit(tfidf, reviews):
    texts, before = texts_of(reviews), (tfidf.folder / "manifest.json").read_bytes()
    answers = models.load_model("tfidf").predict_proba(texts)
    calibrating.keep(calibrating.measure(tfidf, reviews))
    assert (tfidf.folder / "manifest.json").read_bytes() == before
    assert (models.load_model("tfidf").predict_proba(texts) == answers).all()
    assert models.resolve("tfidf").model_id == tfidf.model_id


@pytest.mark.parametrize("method", ["temperature", "platt"])
def test_a_calibrated_linear_model_is_scaled_in_everything_that_is_read_off_it(tfidf, reviews, method):
    found = calibrating.measure(tfidf, reviews, method)
    card, _ = calibrating.keep(found)
    raw, calibrated = models.load_model("tfidf"), models.load_model(card.model_id)
    check_classifier(calibrated)
    texts, fitted = texts_of(reviews), found.fitted.scaling
    assert calibrated.log_odds(texts) == pytest.approx(
        fitted.scale * raw.log_odds(texts) + fitted.shift, abs=1e-9
    )
    assert isinstance(calibrated, LinearInWords)
    weights = [sum(weight for *_, weight in model.word_weights(texts[0])) for model in (raw, calibrated)]
    assert weights[1] == pytest.approx(fitted.scale * weights[0], abs=1e-9)
    if method == "temperature":
        assert (calibrated.predict_proba(texts).argmax(1) == raw.predict_proba(texts).argmax(1)).all()


def test_its_evaluations_are_those_that_predicting_again_would_give(tfidf, reviews):
    records.evaluate("tfidf", reviews, "test")
    card, carried = calibrating.keep(calibrating.measure(tfidf, reviews))
    assert len(carried) == 2  # validation, which was fitted to, and test
    kept = next(run for run in map(records.open_evaluation, carried) if run.split == "test")
    again = records.predict_frame(card.model_id, reviews.split("test"))
    assert kept.frame["prob_positive"].to_numpy() == pytest.approx(
        again["prob_positive"].to_numpy(), abs=1e-12
    )
    assert kept.frame["predicted"].tolist() == again["predicted"].tolist()
    assert set(kept.frame["model_id"]) == {card.model_id}
    assert kept.metrics["ece"].value == pytest.approx(records.score(again)["ece"].value)
    assert (
        kept.manifest["carried_from"] == records.latest_evaluation(tfidf.model_id, reviews.fingerprint).run_id
    )


def test_the_same_calibration_is_kept_once_and_another_one_beside_it(tfidf, reviews):
    first, carried = calibrating.keep(calibrating.measure(tfidf, reviews))
    again, carried_again = calibrating.keep(calibrating.measure(tfidf, reviews))
    other, _ = calibrating.keep(calibrating.measure(tfidf, reviews, "platt"), "platt")
    assert (first.model_id, carried) == (again.model_id, carried_again)
    assert other.model_id != first.model_id
    assert [card.model_id for card in calibrating.calibrated_from(tfidf)] == [other.model_id, first.model_id]


def test_a_calibrated_model_is_calibrated_anew_from_its_weights(tfidf, reviews):
    direct = calibrating.measure(tfidf, reviews, "platt").fitted.scaling
    card, _ = calibrating.keep(calibrating.measure(tfidf, reviews))
    again = calibrating.measure(card, reviews, "platt").fitted.scaling
    assert (again.scale, again.shift) == pytest.approx((direct.scale, direct.shift), abs=1e-6)
    made, _ = calibrating.keep(calibrating.measure(card, reviews, "platt"), "again")
    assert made.manifest["calibration"]["source"] == tfidf.model_id


def test_a_calibrated_model_outlives_the_one_that_it_was_made_from(tfidf, reviews):
    card, _ = calibrating.keep(calibrating.measure(tfidf, reviews))
    answers = models.load_model(card.model_id).predict_proba(["a warm film"])
    models.remove("tfidf")
    assert (models.load_model(card.model_id).predict_proba(["a warm film"]) == answers).all()


def test_where_the_disk_has_no_links_the_files_are_copied(tfidf, reviews, monkeypatch):
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", no_links)
    card, _ = calibrating.keep(calibrating.measure(tfidf, reviews))
    models.check_files(card)


@pytest.mark.parametrize(
    "wrong", [{"scale": 0.0}, {"scale": -1.0}, {"scale": "much"}, {"shift": None}, {"source": 3}]
)
def test_a_damaged_calibration_is_refused_in_one_line(tfidf, reviews, wrong):
    card, _ = calibrating.keep(calibrating.measure(tfidf, reviews))
    path = card.folder / "manifest.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {scaling.KEY: record[scaling.KEY] | wrong}))
    with pytest.raises(ModelError) as error:
        models.load_model(card.model_id)
    assert "\n" not in str(error.value)
    assert models.load_model("tfidf").predict_proba(["a warm film"]).shape == (1, 2)


def test_reviews_that_the_model_was_trained_on_are_not_fitted_to(tfidf, reviews):
    found = calibrating.measure(tfidf, reviews, "none", split="train")
    assert found.fitted_on.data["n"] == 0
    assert not found.fitted_on.before["ece"].defined


# --- other kinds of models ------------------------------------------------------------------------


class Opaque:
    """A classifier that has nothing but its answers."""

    model_id, max_tokens = "opaque", None

    def predict_proba(self, texts):
        positive = np.array([0.9 if "warm" in text else 0.2 for text in texts])
        return np.column_stack([1 - positive, positive])

    def token_counts(self, texts):
        return np.array([len(text.split()) for text in texts], dtype=np.int64)


def test_a_classifier_that_cannot_scale_itself_is_wrapped():
    found = rescaled(Opaque(), Scaling(0.5, 0.1))
    assert isinstance(found, Wrapped)
    check_classifier(found)
    assert found.predict_proba(["warm"])[0, 1] == pytest.approx(expit(0.5 * logit(0.9) + 0.1))
    assert found.predict_proba([]).shape == (0, 2)


def test_without_a_calibration_a_classifier_is_itself():
    plain = Opaque()
    assert rescaled(plain, None) is plain


@pytest.mark.slow
def test_a_transformer_is_scaled_in_its_last_layer(tiny_base):
    from sentiment_core.classifiers.transformer import foreign
    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.reading import Reader

    def opened():
        found = foreign.open_folder(tiny_base)
        return TransformerClassifier("tiny", found.model, Reader(found.tokenizer, 64, "head"))

    raw, calibrated = opened(), rescaled(opened(), Scaling(0.4, 0.25))
    texts = list(EDGE_TEXTS)
    assert calibrated.log_odds(texts) == pytest.approx(0.4 * raw.log_odds(texts) + 0.25, abs=1e-5)
    odds = calibrated.log_odds(texts)
    assert calibrated.predict_proba(texts)[:, 1] == pytest.approx(expit(odds), abs=1e-9)


# --- the command ----------------------------------------------------------------------------------


def run_json(capsys, *argv):
    code = __main__.main([*argv, "--json"])
    out = capsys.readouterr()
    return code, json.loads(out.out) if code == 0 else out.err


def test_the_command_gives_the_temperature_and_both_sides_of_each_figure(tfidf, reviews, capsys):
    code, found = run_json(capsys, "calibrate", "--model", "tfidf", "--test")
    assert code == 0
    assert found["temperature"] == calibrating.measure(tfidf, reviews).fitted.scaling.temperature
    assert found["temperature_estimate"]["ci_low"] < found["temperature"]
    assert found["ece"]["before"]["n"] == found["ece"]["after"]["n"] == 80
    assert found["test"]["data"]["n"] == 60
    assert found["labels_changed"] == found["test"]["labels_changed"] == 0
    assert found["alias"] == "tfidf-calibrated" and found["source"] == tfidf.model_id
    assert models.resolve("tfidf-calibrated").title.endswith(", calibrated")


def test_the_command_only_measures_with_no_method(tfidf, reviews, capsys):
    code, found = run_json(capsys, "calibrate", "--model", "tfidf", "--method", "none")
    assert (code, found["temperature"], found["model_id"]) == (0, 1.0, tfidf.model_id)
    assert "after" not in found["ece"]
    assert len(models.list_models()) == 1


def test_what_cannot_be_fitted_leaves_nothing_and_says_so_in_one_line(reviews, capsys):
    few = reviews.examples[reviews.examples["split"] == "train"].head(40)
    rows = [few, few.head(2).assign(split="validation", example_id=["v0", "v1"])]
    tiny = make_dataset("few", pd.concat(rows, ignore_index=True))
    data.store(tiny)
    train.train("bow", tiny, alias="bow")
    code, said = run_json(capsys, "calibrate", "--model", "bow")
    assert code == 2
    assert "no calibration can be fitted" in said.splitlines()[-1]
    assert len(models.list_models()) == 1

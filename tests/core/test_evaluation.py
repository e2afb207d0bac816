"""A model is measured, the record is found again, and two models are compared on the same reviews."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk

from sentiment_core import data, models, statistics
from sentiment_core.__main__ import main
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, DataError, ModelError, ReelcheckError, RunError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import compare, score
from sentiment_core.metrics import METRICS
from sentiment_core.schema import PREDICTION_COLUMNS, Dataset, Estimate
from sentiment_core.storage import runs, workspace
from sentiment_core.training import train

EDGE_TEXTS = ["", "a", "🎬🍿", "فيلم رائع", "word " * 2100, "<script>alert(1)</script>", "?!..."]


def predictions(n: int = 500, seed: int = 0, skill: float = 2.0) -> pd.DataFrame:
    """Predictions of a fair model on the reviews r0, r1, ...; another seed, another model."""
    y_true = np.random.default_rng(99).integers(0, 2, n)
    noise = np.random.default_rng(seed).normal(0, 1.5, n)
    prob_positive = 1 / (1 + np.exp(-(noise + skill * (y_true - 0.5))))
    names = [f"r{place}" for place in range(n)]
    return pd.DataFrame({"example_id": names, "label": y_true, "prob_positive": prob_positive})


def tiny_dataset(n_train: int = 60, n_test: int = 40) -> Dataset:
    """Reviews of our own making: a good or a bad adjective, and edge texts among the test reviews."""
    good = ["wonderful", "moving", "funny", "brilliant", "charming"]
    bad = ["dull", "clumsy", "tedious", "awful", "lifeless"]
    rows = []
    for place in range(n_train + n_test):
        label = place % 2
        words = (good if label else bad)[place % 5], (good if label else bad)[(place // 5) % 5]
        text = f"The film number {place} was {words[0]} and {words[1]} from start to end."
        split = "train" if place < n_train else "test"
        rows.append((f"t{place}", text, label, split, "own"))
    rows += [(f"edge{place}", text, place % 2, "test", "own") for place, text in enumerate(EDGE_TEXTS)]
    return make_dataset(
        "tiny", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture
def tiny() -> Dataset:
    return tiny_dataset()


@pytest.fixture
def trained(tiny: Dataset) -> models.ModelCard:
    return train.train("tfidf", tiny, alias="tfidf")


# --- score ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METRICS)
def test_a_score_is_the_metric_with_an_interval_around_it(name: str):
    frame = predictions()
    estimate = score(frame)[name]
    expected = METRICS[name].compute(frame["label"].to_numpy(), frame["prob_positive"].to_numpy())
    assert estimate.value == expected.value
    assert METRICS[name].range[0] <= estimate.ci_low <= estimate.value <= estimate.ci_high
    assert 0 < estimate.ci_high - estimate.ci_low < 0.2


def test_shares_have_wilsons_interval_and_their_own_n():
    frame = predictions()
    truth, called = frame["label"] == 1, frame["prob_positive"] >= 0.5
    hits, scores = int((truth & called).sum()), score(frame)
    for name, trials in (("precision", int(called.sum())), ("recall", int(truth.sum()))):
        low, high = statistics.wilson(hits, trials)
        assert scores[name] == Estimate(hits / trials, low, high, trials)
    assert scores["accuracy"].n == scores["f1"].n == 500


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others():
    frame = predictions()
    assert score(frame, seed=1) == score(frame, seed=1)
    assert score(frame, seed=1)["roc_auc"] != score(frame, seed=2)["roc_auc"]


def test_a_metric_has_the_same_interval_whichever_others_are_asked_for():
    frame = predictions()
    everything = score(frame)
    for name in ("roc_auc", "mcc", "ece"):
        assert score(frame, metrics=[name]) == {name: everything[name]}


def test_intervals_of_the_bootstrap_agree_with_a_slow_one_of_scikit_learn():
    frame = predictions(200)
    y_true, prob_positive = frame["label"].to_numpy(), frame["prob_positive"].to_numpy()
    rng = np.random.default_rng(5)
    drawn = [rng.integers(0, 200, 200) for _ in range(600)]
    for name, slow in (("roc_auc", sk.roc_auc_score), ("average_precision", sk.average_precision_score)):
        low, high = np.quantile([slow(y_true[rows], prob_positive[rows]) for rows in drawn], [0.025, 0.975])
        estimate = score(frame, resamples=2000)[name]
        assert (estimate.ci_low, estimate.ci_high) == pytest.approx((low, high), abs=0.015)


def test_without_resamples_there_are_values_only_and_at_once():
    frame = predictions(4000)
    started = time.perf_counter()
    scores = score(frame, 0.3, resamples=0)
    assert time.perf_counter() - started < 0.5  # about 0.01 on an idle core
    assert math.isnan(scores["f1"].ci_low) and not math.isnan(scores["accuracy"].ci_low)
    assert scores["f1"].value == sk.f1_score(frame["label"], frame["prob_positive"] >= 0.3)


def test_4_000_reviews_with_all_intervals_take_less_than_three_seconds():
    frame = predictions(4000)
    started = time.process_time()
    score(frame)
    assert time.process_time() - started < 3.0


@pytest.mark.slow
def test_25_000_reviews_with_all_intervals_take_less_than_fifteen_seconds():
    frame = predictions(25_000)
    started = time.process_time()
    score(frame)
    assert time.process_time() - started < 15.0


def test_no_error_among_a_few_reviews_is_not_certainty():
    frame = pd.DataFrame({"label": [0, 1] * 10, "prob_positive": [0.1, 0.9] * 10})
    for name in ("accuracy", "precision", "recall", "f1", "macro_f1", "mcc"):
        estimate = score(frame)[name]
        assert estimate.value == estimate.ci_high == 1.0 and estimate.ci_low < 0.95, name


def test_one_class_only_leaves_what_is_undefined_with_its_reason():
    scores = score(pd.DataFrame({"label": [1, 1, 1], "prob_positive": [0.9, 0.4, 0.8]}))
    assert not scores["roc_auc"].defined and scores["roc_auc"].reason == "all labels are of one class"
    assert math.isnan(scores["roc_auc"].ci_low)
    assert scores["recall"].value == pytest.approx(2 / 3)


def test_no_reviews_leave_every_metric_undefined():
    scores = score(pd.DataFrame({"label": [], "prob_positive": []}))
    assert list(scores) == list(METRICS)
    assert all(math.isnan(estimate.value) and estimate.n == 0 for estimate in scores.values())
    assert {estimate.reason for estimate in scores.values()} == {"there are no reviews"}


def test_every_estimate_survives_json():
    for frame in (predictions(50), pd.DataFrame({"label": [1], "prob_positive": [0.9]})):
        for estimate in score(frame).values():
            read = Estimate.from_json(json.loads(json.dumps(estimate.to_json(), allow_nan=False)))
            assert str(read) == str(estimate)  # NaN is not equal to itself


@pytest.mark.parametrize(
    ("label", "prob_positive", "message"),
    [
        (2, 0.5, "label of b is 2; it must be 0"),
        (None, 0.5, "label of b is .*; it must be 0"),
        (1, math.nan, "prob_positive of b is nan; it must be a number from 0 to 1"),
        (1, 1.5, "prob_positive of b is 1.5"),
    ],
)
def test_what_is_no_label_or_no_probability_is_refused_by_name(label, prob_positive, message):
    frame = pd.DataFrame(
        {"example_id": ["a", "b"], "label": [1, label], "prob_positive": [0.2, prob_positive]}
    )
    with pytest.raises(DataError, match=message):
        score(frame)


def test_an_unknown_metric_is_refused():
    with pytest.raises(ReelcheckError, match="metric 'bleu' is not known; known: accuracy"):
        score(predictions(10), metrics=["bleu"])


# --- compare --------------------------------------------------------------------------------------


def test_reviews_are_joined_by_their_id_and_not_by_their_place():
    first, second = predictions(seed=1), predictions(seed=2, skill=3.0)
    shuffled = second.sample(frac=1, random_state=0)
    assert compare(first, second) == compare(first, shuffled)


def test_the_disagreement_table_is_counted_right():
    first = pd.DataFrame(
        {"example_id": list("abcd"), "label": [1, 1, 0, 0], "prob_positive": [0.9, 0.9, 0.9, 0.1]}
    )
    second = first.assign(prob_positive=[0.9, 0.1, 0.1, 0.9])
    found = compare(first, second)
    assert (found.both_right, found.only_a_right, found.only_b_right, found.both_wrong) == (1, 2, 1, 0)
    assert found.disagreement.to_numpy().tolist() == [[1, 2], [1, 0]]
    assert found.p_value == statistics.mcnemar(2, 1)
    assert found.differences["accuracy"].value == pytest.approx(-0.25)


def test_a_model_does_not_differ_from_itself():
    frame = predictions()
    found = compare(frame, frame)
    assert found.p_value == 1.0 and found.left_out == 0
    for difference in found.differences.values():
        assert (difference.value, difference.ci_low, difference.ci_high) == (0, 0, 0)
    assert "equally many of 500 reviews right and disagree on 0" in found.sentence("a", "b")


def test_swapping_the_models_turns_the_signs():
    first, second = predictions(seed=1), predictions(seed=2, skill=3.0)
    forth, back = compare(first, second), compare(second, first)
    for name in METRICS:
        a, b = forth.differences[name], back.differences[name]
        assert a.value == pytest.approx(-b.value)
        assert (a.ci_low, a.ci_high) == pytest.approx((-b.ci_high, -b.ci_low), abs=0.02)
    assert forth.p_value == back.p_value


def test_the_paired_interval_is_narrower_than_two_apart():
    """Two models that mostly agree are told apart by fewer reviews when the reviews are the same."""
    first = predictions(2000)
    second = first.assign(prob_positive=(first["prob_positive"] + 0.03).clip(0, 1))
    difference = compare(first, second).differences["accuracy"]
    apart = score(first)["accuracy"]
    assert difference.ci_high - difference.ci_low < 0.5 * (apart.ci_high - apart.ci_low)


def test_the_difference_of_accuracies_has_the_interval_of_the_formula():
    first, second = predictions(2000, seed=1), predictions(2000, seed=2, skill=2.5)
    found = compare(first, second, resamples=4000, metrics=[])
    b, c, n = found.only_a_right, found.only_b_right, found.n
    half = 1.96 * math.sqrt(b + c - (c - b) ** 2 / n) / n  # Wald's, for matched pairs
    difference = found.differences["accuracy"]
    assert difference.value == pytest.approx((c - b) / n)
    assert (difference.ci_low, difference.ci_high) == pytest.approx(
        (difference.value - half, difference.value + half), abs=0.002
    )


def test_differences_contain_their_value_and_say_how_many_reviews():
    found = compare(predictions(seed=1), predictions(seed=2))
    assert list(found.differences) == list(METRICS)
    for difference in found.differences.values():
        assert difference.ci_low <= difference.value <= difference.ci_high and difference.n == 500


def test_only_common_reviews_count_and_the_others_are_numbered():
    found = compare(predictions().iloc[:400], predictions(seed=1).iloc[100:])
    assert (found.n, found.left_out) == (300, 200)


def test_nothing_in_common_is_an_error():
    with pytest.raises(RunError, match="no review in common"):
        compare(predictions().iloc[:100], predictions().iloc[100:])


def test_contradicting_labels_are_an_error():
    frame = predictions(10)
    with pytest.raises(RunError, match="the labels of 1 reviews differ between the two, first r0"):
        compare(frame, frame.assign(label=[1 - frame["label"].iloc[0], *frame["label"].iloc[1:]]))


def test_a_review_twice_is_an_error():
    frame = predictions(10)
    with pytest.raises(RunError, match="contain a review twice"):
        compare(pd.concat([frame, frame]), frame)


def test_the_sentence_names_the_better_model_its_lead_and_the_test():
    worse, better = predictions(2000, seed=1, skill=1.5), predictions(2000, seed=2, skill=3.5)
    forth, back = compare(worse, better, metrics=[]), compare(better, worse, metrics=[])
    lead = 100 * forth.differences["accuracy"].value
    for found, names in ((forth, ("A", "B")), (back, ("B", "A"))):
        sentence = found.sentence(*names)
        assert sentence.startswith(f"B is better than A by {lead:.1f} points [")
        assert sentence.endswith("that is unlikely to be chance (McNemar p < 0.001).")
        low, high = sentence.split("[")[1].split("]")[0].split(", ")
        assert 0 < float(low) < lead < float(high)


def test_the_sentence_does_not_call_chance_a_difference():
    second = predictions(100)
    second["prob_positive"] = second["label"] * 0.8 + 0.1
    first = second.copy()
    first.loc[:6, "prob_positive"] = 1 - first.loc[:6, "prob_positive"]  # seven that only B gets right
    second.loc[7:11, "prob_positive"] = 1 - second.loc[7:11, "prob_positive"]  # five that only A does
    found = compare(first, second)
    assert not found.significant
    assert found.sentence("A", "B").startswith("B is ahead of A by 2.0 points [-")
    assert found.sentence("A", "B").endswith(
        "but that may be chance (McNemar p = 0.77)."
    )  # 2 P(X <= 5 of 12)


def test_a_comparison_is_json():
    found = compare(predictions(seed=1), predictions(seed=2).assign(prob_positive=0.1))
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert record["metrics"]["precision"]["b"] is None  # B calls nothing positive
    assert record["metrics"]["precision"]["difference"]["reason"] == "no review is called positive"
    assert sum(record["disagreement"].values()) == record["n"] == 500


# --- evaluate -------------------------------------------------------------------------------------


def test_an_evaluation_keeps_predictions_metrics_and_where_they_come_from(tiny: Dataset, trained):
    run_id = records.evaluate("tfidf", tiny)
    found = records.open_evaluation(run_id)
    assert tuple(found.frame.columns) == PREDICTION_COLUMNS
    assert found.frame["example_id"].tolist() == tiny.split("test")["example_id"].tolist()
    assert found.frame["label"].tolist() == tiny.split("test")["label"].tolist()
    assert found.manifest["data"] == {
        "name": "tiny", "fingerprint": tiny.fingerprint, "split": "test", "n": 47,
    }  # fmt: skip
    assert found.manifest["model_id"] == trained.model_id and found.manifest["model_alias"] == "tfidf"
    for key in ("versions", "created", "seconds", "reviews_per_second", "workers", "threads", "hashes"):
        assert found.manifest[key]
    assert {name: str(value) for name, value in found.metrics.items()} == {
        name: str(value) for name, value in score(found.frame).items()
    }


def test_the_predictions_are_those_of_the_loaded_model(tiny: Dataset, trained):
    frame = records.open_evaluation(records.evaluate("tfidf", tiny)).frame
    texts = tiny.split("test")["text"].tolist()
    expected = models.load_model("tfidf").predict_proba(texts)[:, 1]
    assert frame["prob_positive"].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert (frame["predicted"] == (frame["prob_positive"] >= 0.5)).all()
    assert (frame["model_id"] == trained.model_id).all()


def test_two_processes_predict_what_one_does(trained):
    examples = tiny_dataset(0, 120).split("test")
    one = records.predict_frame("tfidf", examples, workers=1)
    two = records.predict_frame("tfidf", examples, workers=2)
    pd.testing.assert_frame_equal(one, two)


def test_the_reviews_of_an_evaluation_can_be_read_again(tiny: Dataset, trained):
    found = records.open_evaluation(records.evaluate("tfidf", tiny))
    pd.testing.assert_frame_equal(data.by_fingerprint(found.fingerprint).split("test"), tiny.split("test"))


def test_the_newest_evaluation_is_found_by_model_data_and_split(tiny: Dataset, trained):
    older, newer = records.evaluate("tfidf", tiny), records.evaluate("tfidf", tiny)
    on_train = records.evaluate("tfidf", tiny, "train")
    everything = [found.run_id for found in records.list_evaluations()]
    assert everything == [on_train, newer, older]
    latest = records.latest_evaluation(trained.model_id, tiny.fingerprint)
    assert latest is not None and latest.run_id == newer
    assert [found.run_id for found in records.list_evaluations(split="train")] == [on_train]
    assert records.list_evaluations(model_id="another") == []
    assert records.latest_evaluation(trained.model_id, "another") is None


def test_an_empty_split_is_an_error_that_names_the_others(tiny: Dataset, trained):
    with pytest.raises(
        DataError, match=r"no reviews in split 'validation'; splits: train \(60\), test \(47\)"
    ):
        records.evaluate("tfidf", tiny, "validation")


def test_an_unknown_model_is_an_error(tiny: Dataset):
    with pytest.raises(ModelError, match="model 'nobody' is not known"):
        records.evaluate("nobody", tiny)


def test_a_cancelled_evaluation_leaves_no_run_behind(tiny: Dataset, trained):
    def cancel(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        records.evaluate("tfidf", tiny, progress=cancel)
    assert runs.list_runs() == []


def test_what_is_no_finished_evaluation_is_not_opened():
    with pytest.raises(RunError, match="'nothing' is not known"):
        records.open_evaluation("nothing")
    other = runs.create("attack", runs.new_run_id("attack", "m", {}), {})
    with pytest.raises(RunError, match="is of kind 'attack', not an evaluation"):
        records.open_evaluation(other.name)
    torn = runs.create("evaluation", runs.new_run_id("evaluation", "m", {}), {})
    with pytest.raises(RunError, match="is not finished"):
        records.open_evaluation(torn.name)
    assert records.list_evaluations() == []


def test_lost_predictions_are_an_error_and_not_a_crash(tiny: Dataset, trained):
    found = records.open_evaluation(records.evaluate("tfidf", tiny))
    (found.folder / "results.parquet").write_bytes(b"torn")
    with pytest.raises(RunError, match="damaged.*runs repair"):
        _ = found.frame


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture
def review_file(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    tiny_dataset().examples[["text", "label", "split"]].iloc[:100].to_csv(path, index=False)
    return path


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> dict:
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_evaluate_prints_one_object_with_intervals(trained, review_file: Path, capsys):
    found = answer(capsys, "evaluate", "--model", "tfidf", "--data", str(review_file))
    assert found["n"] == 40 and set(found["metrics"]) == set(METRICS)
    assert {"value", "ci_low", "ci_high", "n"} <= set(found["metrics"]["accuracy"])
    assert records.open_evaluation(found["run_id"]).manifest["n"] == 40


def test_evaluate_prints_a_line_a_metric(trained, review_file: Path, capsys):
    assert main(["evaluate", "--model", "tfidf", "--data", str(review_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tfidf on reviews.csv test, 40 reviews")
    assert [line for line in lines if line.startswith("Accuracy") and "% [" in line and "n = 40" in line]


def test_a_misspelled_model_is_reported_before_the_data_is_read(capsys):
    assert main(["evaluate", "--model", "tfdif", "--data", "no-such-data"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: model 'tfdif' is not known") and error.count("\n") == 1


def test_compare_evaluates_what_is_missing_when_the_data_is_named(trained, tiny, review_file: Path, capsys):
    train.train("bow", tiny, alias="bow")
    found = answer(capsys, "compare", "tfidf", "bow", "--data", str(review_file))
    assert len(records.list_evaluations()) == 2
    assert found["n"] == 40 and 0 <= found["mcnemar_p"] <= 1 and found["sentence"]
    again = answer(capsys, "compare", "tfidf", "bow")
    assert again == found and len(records.list_evaluations()) == 2
    by_run = answer(capsys, "compare", found["a"]["run_id"], "bow")
    assert by_run["disagreement"] == found["disagreement"]


def test_compare_says_what_is_missing(trained, tiny, capsys):
    train.train("bow", tiny, alias="bow")
    assert main(["compare", "tfidf", "bow"]) == 2
    assert "never evaluated on the same test reviews; name them with --data" in capsys.readouterr().err
    run_id = records.evaluate("tfidf", tiny)
    assert main(["compare", run_id, "bow"]) == 2
    assert f"evaluate --model bow --data {tiny.fingerprint}" in capsys.readouterr().err
    assert main(["compare", "tfidf", "nobody"]) == 2
    assert "'nobody' is not the run id of an evaluation" in capsys.readouterr().err


@pytest.mark.parametrize("text", [*filter(None, EDGE_TEXTS), "A wonderful, moving film."])
def test_predict_answers_any_text(trained, text: str, capsys):
    found = answer(capsys, "predict", "--model", "tfidf", "--text", text)
    assert 0 <= found["prob_positive"] <= 1 and found["sentiment"] in ("positive", "negative")
    assert found["model_id"] == trained.model_id and found["truncated"] is False


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_predict_writes_an_answer_beside_every_row(trained, tmp_path: Path, suffix: str, capsys):
    source, out = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    rows = {"id": [7, 8, 9], "text": ["a wonderful film", "=1+1 dull", ""], "sentiment": ["?", "?", "?"]}
    pd.DataFrame(rows).to_csv(source, index=False)
    found = answer(capsys, "predict", "--model", "tfidf", "--file", str(source), "--out", str(out))
    read = {".csv": pd.read_csv, ".jsonl": lambda p: pd.read_json(p, lines=True), ".parquet": pd.read_parquet}
    table = read[suffix](out)
    assert (found["n"], found["n_without_text"]) == (2, 1) and table["id"].tolist() == [7, 8, 9]
    assert table["sentiment"].tolist()[:2] == ["positive", "negative"]
    assert table["sentiment_in_file"].tolist() == ["?", "?", "?"]
    assert table["text"].iloc[1] == ("'=1+1 dull" if suffix == ".csv" else "=1+1 dull")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--text", " <br /> "], "--text is empty"),
        (["--file", "in.csv"], "--file needs --out"),
        (["--file", "in.csv", "--out", "out.xlsx"], "must end in .csv, .jsonl, .parquet"),
        (["--file", "in.csv", "--out", "no-folder/out.csv"], "its folder must exist"),
        (["--file", "in.csv", "--out", "in.csv"], "is the file that is read"),
        (["--file", "gone.csv", "--out", "out.csv"], "gone.csv cannot be read"),
    ],
)
def test_predict_says_what_is_wrong_in_one_line(trained, argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("text\nfine\n", encoding="utf-8")
    assert main(["predict", "--model", "tfidf", *argv]) == 2
    error = capsys.readouterr().err
    assert message in error and error.startswith("error: ") and error.count("\n") == 1


def test_evaluations_live_below_the_workspace(tiny: Dataset, trained):
    run_id = records.evaluate("tfidf", tiny)
    assert (workspace.runs_folder("evaluation") / run_id / "results.parquet").is_file()

"""Reviews that a model was trained on are found again among those it is measured on, and said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core import models
from sentiment_core.__main__ import main
from sentiment_core.data.storing import make_dataset
from sentiment_core.evaluation import records, seen
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.statistics import wilson
from sentiment_core.training import train
from sentiment_core.training_texts import FILE, TrainingTexts

GOOD, BAD = "a wonderful and moving film", "a dull and clumsy film"


def labeled(texts: list[str], split: str = "train") -> Dataset:
    """Reviews of our own making; those with GOOD are positive."""
    rows = [(f"{split}{n}", text, int(GOOD in text), split, "own") for n, text in enumerate(texts)]
    return make_dataset("own", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"]))


def written(n: int, what: str) -> list[str]:
    return [f"{what} {number}: {GOOD if number % 2 else BAD}, told at length." for number in range(n)]


@pytest.fixture
def model() -> models.ModelCard:
    return train.train("bow", labeled(written(60, "known")), alias="bow")


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Ten reviews that the model was trained on, spaced otherwise, and ten new ones, two mislabeled."""
    known, new = [text.replace(" ", "  ") for text in written(10, "known")], written(10, "new")
    labels = [int(GOOD.split()[1] in text) for text in known + new]
    labels[-2:] = [1 - label for label in labels[-2:]]
    file = tmp_path / "mixed.csv"
    pd.DataFrame({"text": known + new, "label": labels}).to_csv(file, index=False)
    return file


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> dict:
    capsys.readouterr()
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_evaluate_says_how_many_reviews_the_model_was_trained_on_and_its_accuracy_on_the_others(
    model, mixed, capsys
):
    found = answer(capsys, "evaluate", "--model", "bow", "--data", str(mixed))
    before = found["seen"]
    assert (before["n"], before["train"] + before["validation"]) == (20, 10)
    others = Estimate.from_json(before["unseen"]["accuracy"])
    assert (others.value, others.n) == (0.8, 10)
    assert (others.ci_low, others.ci_high) == pytest.approx(wilson(8, 10))
    assert before["unseen"]["roc_auc"]["n"] == 10
    assert main(["evaluate", "--model", "bow", "--data", str(mixed)]) == 0
    assert (
        "10 of the 20 reviews were in its training or validation data; accuracy on the 10 others: 80.0 % ["
        in capsys.readouterr().out
    )


def test_compare_says_it_of_both_models_and_compares_them_on_what_neither_has_seen(model, mixed, capsys):
    train.train("tfidf", labeled(written(60, "other")), alias="other")
    found = answer(capsys, "compare", "bow", "other", "--data", str(mixed))
    assert found["a"]["seen"]["n"] == 20 and found["b"]["seen"]["train"] == 0
    assert found["unseen"]["n"] == 10 and "of 10 reviews" in found["unseen"]["sentence"]
    assert main(["compare", "bow", "other", "--data", str(mixed)]) == 0
    said = capsys.readouterr().out
    assert "bow: 10 of the 20 reviews were in its" in said and "on the 10 reviews that neither" in said


def test_nothing_of_the_kind_is_said_where_all_reviews_are_new(model, tmp_path, capsys):
    file = tmp_path / "new.csv"
    labeled(written(10, "new")).examples[["text", "label"]].to_csv(file, index=False)
    found = answer(capsys, "evaluate", "--model", "bow", "--data", str(file))["seen"]
    assert (found["train"], found["validation"], found["unseen"]["accuracy"]["n"]) == (0, 0, 10)
    assert main(["evaluate", "--model", "bow", "--data", str(file)]) == 0
    assert "none of these reviews was in its training data" in capsys.readouterr().out


def test_a_model_measured_on_nothing_but_its_training_reviews_has_no_other_figure(model):
    found = records.open_evaluation(records.evaluate("bow", labeled(written(60, "known")), "train")).seen
    assert found is not None and found.count == found.n == 60
    assert not found.unseen["accuracy"].defined and found.changes(found.unseen["accuracy"])
    assert found.sentence == (
        "all 60 reviews were in its training or validation data: its figures say little about new reviews"
    )


def test_a_run_of_before_the_count_was_kept_gets_it_when_it_is_asked(model, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(seen, "marked", lambda card, texts: None)
        run_id = records.evaluate("bow", labeled(written(10, "known") + written(10, "new"), "test"))
        assert "seen" not in records.open_evaluation(run_id).manifest
        assert records.open_evaluation(run_id).seen is None
    (model.folder / FILE).unlink()  # as models of before: its data set is asked instead
    records.data.store(labeled(written(60, "known")))
    found = records.open_evaluation(run_id).seen
    assert found is not None and found.count == 10
    monkeypatch.setattr(seen, "marked", lambda card, texts: pytest.fail("found out twice"))
    assert records.open_evaluation(run_id).seen == found


def test_it_is_not_known_where_neither_texts_nor_data_are_here(model, tmp_path, capsys):
    (model.folder / FILE).write_bytes(b"damaged")
    file = tmp_path / "new.csv"
    labeled(written(10, "new")).examples[["text", "label"]].to_csv(file, index=False)
    assert answer(capsys, "evaluate", "--model", "bow", "--data", str(file))["seen"] is None
    assert main(["evaluate", "--model", "bow", "--data", str(file)]) == 0
    assert "it is not known whether" in capsys.readouterr().out


def test_texts_that_differ_in_white_space_only_are_one(tmp_path):
    texts = TrainingTexts.of(["a\nfine  film", "فيلم رائع", "🎬"], ["dull", "word " * 50_000])
    texts.write(tmp_path)
    kept = TrainingTexts.read(tmp_path)
    assert kept is not None
    marks = kept.seen(["a fine film", "A fine film", "🎬 ", "dull", "", "word " * 50_000, "فيلم  رائع"])
    assert marks.tolist() == ["train", "", "train", "validation", "", "validation", "train"]


def test_a_few_that_change_no_digit_are_said_without_a_mark():
    same = {"accuracy": Estimate(0.9187, 0.91, 0.927, 3988)}
    few = seen.Seen(4000, 12, 0, same)
    assert not few.changes(Estimate(0.9190, 0.91, 0.927, 4000))
    assert few.changes(Estimate(0.9196, 0.91, 0.927, 4000))
    assert few.sentence == (
        "12 of the 4,000 reviews were in its training data; accuracy on the 3,988 others: 91.9 % [91.0, 92.7]"
    )
    assert not seen.Seen(4000, 0, 0, same).changes(Estimate(0.5, 0.4, 0.6, 4000))


def test_marks_and_figures_by_hand():
    rows = pd.DataFrame({"label": [1, 1, 0, 0], "prob_positive": [0.9, 0.2, 0.1, 0.2]})
    found = seen.measured(np.array(["train", "", "validation", ""]), rows)
    assert (found.train, found.validation, found.unseen["accuracy"].value) == (1, 1, 0.5)
    assert seen.Seen.from_json(json.loads(json.dumps(found.to_json()))).to_json() == found.to_json()

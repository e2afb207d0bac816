"""Contrast sets: the three forms in which they come, and figures by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sentiment_core.errors import DataError
from sentiment_core.evaluation import paired
from sentiment_core.evaluation.paired import evaluate_pairs, read_pairs, score_pairs

EXPECTED = [("a fine film", "a poor film", 1, 0), ("a dull film", "a droll film", 0, 1)]


def rows(pairs: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    columns = ["original", "edited", "label_original", "label_edited"]
    return list(pairs[columns].itertuples(index=False, name=None))


def write(path, text: str):
    path.write_text(text)
    return path


def test_two_files_belong_together_row_by_row(tmp_path):
    one = write(tmp_path / "o.tsv", "Sentiment\tText\nPositive\ta fine film\nNegative\ta dull film\n")
    two = write(tmp_path / "e.tsv", "Sentiment\tText\nNegative\ta poor film\nPositive\ta droll film\n")
    assert rows(read_pairs(one, two)) == EXPECTED


def test_two_rows_of_one_number_are_a_pair_and_the_first_is_the_original(tmp_path):
    file = write(
        tmp_path / "p.tsv",
        "Sentiment\tText\tbatch_id\nPositive\ta fine film\t7\nNegative\ta dull film\t9\n"
        "Negative\ta poor film\t7\nPositive\ta droll film\t9\n",
    )
    pairs = read_pairs(file)
    assert rows(pairs) == EXPECTED and list(pairs["pair_id"]) == ["7", "9"]


@pytest.mark.parametrize(
    "text",
    [
        "original,edited,label\na fine film,a poor film,1\na dull film,a droll film,0\n",
        "Original,Edited,label_original,label_edited\na fine film,a poor film,pos,neg\n"
        "a dull film,a droll film,neg,pos\n",
        "text,contrast,sentiment\na fine film,a poor film,positive\na dull film,a droll film,negative\n",
    ],
)
def test_a_pair_a_row(tmp_path, text):
    assert rows(read_pairs(write(tmp_path / "p.csv", text))) == EXPECTED


def test_texts_are_cleaned_as_those_that_models_are_trained_on(tmp_path):
    file = write(tmp_path / "p.csv", "original,edited,label\nfine<br />film,poor &amp; dull,1\n")
    assert rows(read_pairs(file)) == [("fine\nfilm", "poor & dull", 1, 0)]


@pytest.mark.parametrize(
    "text, message",
    [
        ("text,label\na,1\n", "holds no pairs"),
        ("text,label,pair\na,1,x\nb,0,x\nc,1,y\n", "pair 'y' of column 'pair' has 1 rows"),
        ("original,edited,label\na,b,maybe\n", "row 2: label 'maybe' is not known; allowed: 0/1"),
        ("original,edited,label\na,,1\n", "pair '0' has an empty side"),
        ("original,edited\na,b\n", "label"),
    ],
)
def test_what_cannot_be_paired_is_said(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_pairs(write(tmp_path / "p.csv", text))


def test_two_files_of_unequal_length_are_refused(tmp_path):
    one = write(tmp_path / "o.csv", "text,label\na,1\nb,0\n")
    two = write(tmp_path / "e.csv", "text,label\nc,0\n")
    with pytest.raises(DataError, match="has 2 rows and e.csv 1"):
        read_pairs(one, two)


def pairs_of(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pair_id": range(n),
            "original": [f"o{place}" for place in range(n)],
            "edited": [f"e{place}" for place in range(n)],
            "label_original": np.arange(n) % 2,
            "label_edited": 1 - np.arange(n) % 2,
        }
    )


def test_no_pairs_leave_every_figure_undefined_with_the_reason():
    found = score_pairs(pairs_of(0), [], [])
    assert all(math.isnan(figure.value) and figure.n == 0 for figure in found.figures.values())
    assert {figure.reason for figure in found.figures.values()} == {"there is no pair"}
    assert math.isnan(found.mcnemar_p) and found.frame.empty


def test_figures_by_hand():
    pairs = pairs_of(10)
    truth, turned = pairs["label_original"].to_numpy(float), pairs["label_edited"].to_numpy(float)
    original = np.where(np.arange(10) < 9, truth, 1 - truth)  # nine right
    edited = np.where(np.arange(10) >= 6, turned, 1 - turned)  # the last four right: three of them common
    found = score_pairs(pairs, original, edited)
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values == pytest.approx(
        {"accuracy_original": 0.9, "accuracy_edited": 0.4, "consistency": 0.3, "difference": -0.5}
    )
    interval = stats.binomtest(3, 10).proportion_ci(method="wilson")
    consistency = found.figures["consistency"]
    assert (consistency.ci_low, consistency.ci_high, consistency.n) == (*map(pytest.approx, interval), 10)
    assert found.mcnemar_p == pytest.approx(stats.binomtest(6, 7, 0.5).pvalue)
    difference = found.figures["difference"]
    assert difference.ci_low < -0.5 < difference.ci_high <= 0


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0])
def test_a_constant_classifier_is_never_consistent(constant):
    found = score_pairs(pairs_of(20), np.full(20, constant), np.full(20, constant))
    assert found.figures["consistency"].value == 0
    assert found.figures["accuracy_original"].value == 0.5


def test_each_side_gets_the_answer_to_its_own_text(monkeypatch):
    def predict(model, examples, *, workers, progress):
        return examples.assign(prob_positive=examples["text"].str.startswith("o").astype(float))

    monkeypatch.setattr(paired, "predict_frame", predict)
    found = evaluate_pairs("any", pairs_of(4))
    assert list(found.frame["prob_original"]) == [1.0] * 4 and list(found.frame["prob_edited"]) == [0.0] * 4

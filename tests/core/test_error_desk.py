"""The review desk against hand calculations, scikit-learn and Python's own csv module."""

from __future__ import annotations

import csv
import io
import math
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, log_loss

from sentiment_core.errors import DataError
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.storage import spreadsheet

TEXTS = {
    "a": "A warm, funny film.",
    "b": "I (really) hated it... [sic] 10/10?",
    "c": "<script>alert(1)</script> dull",
    "d": "\U0001f600\U0001f44d",
    "e": "فيلم رائع جدا",
    "f": "",
    "g": "word " * 2500,
    "h": "?!...",
}
LABELS = {"a": 1, "b": 0, "c": 0, "d": 1, "e": 1, "f": 0, "g": 0, "h": 1}
PROBS = {"a": 0.9, "b": 0.8, "c": 0.1, "d": 0.3, "e": 0.5, "f": 0.6, "g": 1.0, "h": 0.0}


def examples() -> pd.DataFrame:
    sources = {"a": "stage", "e": "stage"}
    rows = [(i, TEXTS[i], LABELS[i], "test", sources.get(i, "screen")) for i in TEXTS]
    return pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])


def predictions(probs: dict[str, float]) -> pd.DataFrame:
    rows = [(i, "m", LABELS[i], p, int(p >= 0.5), 7, False) for i, p in probs.items()]
    names = ["example_id", "model_id", "label", "prob_positive", "predicted", "n_tokens", "truncated"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def rows() -> pd.DataFrame:
    return review_order.desk(examples(), predictions(PROBS))


@pytest.fixture
def both() -> pd.DataFrame:
    return review_order.desk(examples(), predictions(PROBS), predictions({**PROBS, "b": 0.2, "a": 0.1}))


def ids(frame: pd.DataFrame) -> list[str]:
    return list(frame["example_id"])


def shown(rows: pd.DataFrame, **filters: Any) -> set[str]:
    return set(ids(review_order.filtered(rows, Filters(**filters))))


def test_outcomes_count_the_same_as_scikit_learns_confusion_matrix(rows: pd.DataFrame) -> None:
    counts = rows["outcome"].value_counts()
    (tn, fp), (fn, tp) = confusion_matrix(rows["label"], rows["prob_positive"] >= 0.5)
    assert counts["true negative"] == tn and counts["false positive"] == fp
    assert counts["false negative"] == fn and counts["true positive"] == tp


def test_the_mean_loss_is_scikit_learns_log_loss_even_at_probabilities_zero_and_one(
    rows: pd.DataFrame,
) -> None:
    kind = rows[~rows["example_id"].isin(["g", "h"])]
    assert kind["loss"].mean() == pytest.approx(log_loss(kind["label"], kind["prob_positive"]))
    assert np.isfinite(rows["loss"]).all()
    assert rows.set_index("example_id")["loss"]["g"] == pytest.approx(-math.log(np.finfo(float).eps))


def test_confidence_is_the_probability_of_the_answer_given() -> None:
    rows = review_order.desk(examples(), predictions(PROBS), threshold=0.7).set_index("example_id")
    assert rows["confidence"]["a"] == 0.9
    assert rows["confidence"]["d"] == pytest.approx(0.7)
    assert rows["outcome"]["f"] == "true negative"
    assert rows["confidence"]["f"] == pytest.approx(0.4)


def test_a_moved_threshold_hides_no_review_at_the_default_confidence() -> None:
    rows = review_order.desk(examples(), predictions(PROBS), threshold=0.7)
    assert shown(rows, outcome="all") == set(TEXTS)


def test_words_are_what_python_splits(rows: pd.DataFrame) -> None:
    assert list(rows["words"]) == [len(TEXTS[i].split()) for i in rows["example_id"]]


def test_rows_are_joined_by_example_id_and_not_by_place() -> None:
    shuffled = predictions(PROBS).sample(frac=1, random_state=3)
    rows = review_order.desk(examples(), shuffled)
    assert dict(zip(rows["example_id"], rows["text"], strict=True)) == TEXTS


def test_errors_come_first_and_the_costliest_error_leads(rows: pd.DataFrame) -> None:
    assert ids(review_order.filtered(rows, Filters())) == ["g", "h", "b", "d", "f"]


def test_rows_of_equal_loss_stay_in_one_order() -> None:
    same = dict.fromkeys(PROBS, 0.5)
    orders = {
        tuple(ids(review_order.filtered(review_order.desk(examples(), shuffled), Filters(outcome="all"))))
        for shuffled in (predictions(same), predictions(same).iloc[::-1])
    }
    assert orders == {tuple("abcdefgh")}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("errors", "bdfgh"),
        ("false-positives", "bfg"),
        ("false-negatives", "dh"),
        ("correct", "ace"),
        ("true-positives", "ae"),
        ("true-negatives", "c"),
        ("all", "abcdefgh"),
    ],
)
def test_each_outcome_filter_shows_exactly_its_reviews(
    rows: pd.DataFrame, outcome: str, expected: str
) -> None:
    assert shown(rows, outcome=outcome) == set(expected)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("FUNNY", "a"),
        ("(really)", "b"),
        ("[sic]", "b"),
        ("...", "bh"),
        ("10/10?", "b"),
        (".*", ""),
        ("(", "bc"),
        ("\\", ""),
        ("<script>", "c"),
        ("\U0001f44d", "d"),
        ("رائع", "e"),
        ("   ", "abcdefgh"),
    ],
)
def test_search_finds_the_characters_as_typed(rows: pd.DataFrame, search: str, expected: str) -> None:
    assert shown(rows, outcome="all", search=search) == set(expected)


def test_search_ignores_case_beyond_english() -> None:
    frame = examples().assign(text="UN FILM ÉTONNANT")
    rows = review_order.desk(frame, predictions(PROBS))
    assert len(review_order.filtered(rows, Filters(outcome="all", search="étonnant"))) == len(rows)


def test_confidence_length_and_source_narrow_what_is_shown(rows: pd.DataFrame) -> None:
    assert shown(rows, outcome="all", confidence_low=0.85) == {"a", "c", "g", "h"}
    assert shown(rows, outcome="all", confidence_high=0.6) == {"e", "f"}
    assert shown(rows, outcome="all", words_low=4) == {"a", "b", "g"}
    assert shown(rows, outcome="all", words_low=1, words_high=3) == {"c", "d", "e", "h"}
    assert shown(rows, outcome="all", source="stage") == {"a", "e"}


def test_agreement_and_outcome_together_tell_who_is_wrong(both: pd.DataFrame) -> None:
    assert shown(both, outcome="correct", agreement="disagree") == {"a"}
    assert shown(both, outcome="errors", agreement="disagree") == {"b"}
    assert shown(both, outcome="errors", agreement="agree") == {"d", "f", "g", "h"}


def test_a_review_without_the_other_models_answer_neither_agrees_nor_disagrees() -> None:
    rows = review_order.desk(examples(), predictions(PROBS), predictions({"a": 0.9}))
    assert shown(rows, outcome="all", agreement="agree") == {"a"}
    assert shown(rows, outcome="all", agreement="disagree") == set()
    assert len(rows) == len(TEXTS)


def test_the_agreement_filter_does_nothing_with_one_model(rows: pd.DataFrame) -> None:
    assert shown(rows, outcome="all", agreement="disagree") == set(TEXTS)


def test_filters_come_back_from_the_url_as_they_went_in() -> None:
    filters = Filters("correct", "a & b?", 0.6, 0.95, 10, 400, "disagree", "imdb", "longest")
    assert Filters.from_params(filters.to_params()) == filters
    assert Filters().to_params() == {}


@pytest.mark.parametrize(
    "params",
    [
        {"outcome": "everything"},
        {"confidence_low": "nan"},
        {"confidence_low": "inf", "confidence_high": "half"},
        {"words_low": "-3", "words_high": "1e9"},
        {"words_high": "9" * 400},
        {"words_low": "٣"},
        {"sort": "text; drop"},
        {"agreement": ""},
        {"unknown": "<script>"},
    ],
)
def test_a_bad_query_parameter_becomes_the_default(params: dict[str, str]) -> None:
    assert Filters.from_params(params) == Filters()


def test_the_order_alone_does_not_count_as_narrowed() -> None:
    assert not Filters(sort="confidence").narrowed
    assert Filters(search="x").narrowed


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "\n=", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_is_escaped(start: str) -> None:
    hostile = start + "cmd|' /C calc'!A0"
    rows = review_order.desk(examples().assign(text=hostile, source=hostile), predictions(PROBS))
    cells = next(csv.DictReader(io.StringIO(review_order.to_csv(rows).decode("utf-8-sig"), newline="")))
    assert cells["text"] == cells["source"] == "'" + hostile


def test_the_export_brings_back_every_text_and_number(both: pd.DataFrame) -> None:
    read = list(csv.DictReader(io.StringIO(review_order.to_csv(both).decode("utf-8-sig"), newline="")))
    assert {row["example_id"]: row["text"] for row in read} == TEXTS
    assert {row["example_id"]: float(row["prob_positive"]) for row in read} == PROBS
    assert {row["agree"] for row in read} == {"True", "False"}


def test_a_formula_is_escaped_beside_missing_cells_and_numbers_too() -> None:
    mixed = pd.DataFrame({"a": pd.Series(["=1+1", None, 3], dtype=object)})
    assert spreadsheet.to_csv(mixed).decode("utf-8-sig").split() == ["a", "'=1+1", '""', "3"]


def test_twenty_five_thousand_reviews_are_filtered_in_well_under_a_second() -> None:
    n = 25_000
    ids_ = [f"r{i}" for i in range(n)]
    texts = [f"a long and winding sentence about one film, number {i}. " * 20 for i in range(n)]
    frame = pd.DataFrame({"example_id": ids_, "text": texts, "source": "s"})
    answers = pd.DataFrame({"example_id": ids_, "label": 1, "n_tokens": 9, "truncated": False})
    rows = review_order.desk(frame, answers.assign(prob_positive=np.linspace(0, 1, n)))
    started = time.perf_counter()
    found = review_order.filtered(rows, Filters(outcome="all", search="NUMBER 77."))
    assert len(found) == 1
    assert time.perf_counter() - started < 1.0


def test_words_are_counted_as_python_splits_them_whatever_the_white_space() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1))).encode("utf-8", "ignore").decode()
    texts = [f"a{character}b" for character in every if not character.isalnum()]
    texts += [
        "",
        " ",
        "\u3000 a\u2028b\x1cc\x85d ",
        "x" * 50_000,
        "\U0001f600 \u0645\u0631\u062d\u0628\u0627",
    ]
    counted = review_order.count_words(pd.Series(texts))
    assert counted.tolist() == [len(text.split()) for text in texts]
    assert counted.dtype == "int64"


def test_counting_keeps_index_and_name_and_takes_no_text_at_all() -> None:
    counted = review_order.count_words(pd.Series(["a b", "c"], index=[7, 3], name="text"))
    assert counted.to_dict() == {7: 2, 3: 1}
    assert counted.name == "text"
    assert review_order.count_words(pd.Series([], dtype="str")).tolist() == []


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_a_desk_at_another_threshold_is_the_one_laid_out_at_it(threshold: float) -> None:
    rng = np.random.default_rng(0)
    ids = [f"r{place}" for place in range(50)]
    examples = pd.DataFrame({"example_id": ids, "text": "a b", "source": "s"}).sample(frac=1, random_state=1)
    answers = pd.DataFrame(
        {"example_id": ids, "label": rng.integers(0, 2, 50), "prob_positive": rng.random(50).round(1),
         "n_tokens": 2, "truncated": False}
    )  # fmt: skip
    other = answers.assign(prob_positive=rng.random(50).round(1)).iloc[5:].sample(frac=1, random_state=2)
    laid_out = review_order.desk(examples, answers, other)
    moved = review_order.at_threshold(laid_out, threshold)
    there = review_order.desk(examples, answers, other, threshold=threshold, other_threshold=threshold)
    pd.testing.assert_frame_equal(moved, there)
    asked = other.set_index("example_id")["prob_positive"]
    for row in moved.to_dict("records"):
        assert row["predicted"] == int(row["prob_positive"] >= threshold)
        if row["example_id"] not in asked:
            assert pd.isna(row["agree"])
            assert pd.isna(row["other_predicted"])
        else:
            said = int(asked[row["example_id"]] >= threshold)
            assert (row["other_predicted"], row["agree"]) == (said, said == row["predicted"])


def test_a_file_written_in_pieces_is_the_one_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["=1+1", 'say "a", b', "line\r\nend", "\U0001f600", "", "plain", "x" * 50_000]
    frame = pd.DataFrame({"text": texts, "n": range(len(texts))})
    whole = spreadsheet.to_csv(frame)
    monkeypatch.setattr(spreadsheet, "ROWS_AT_ONCE", 2)
    assert spreadsheet.to_csv(frame) == whole
    read = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
    assert read == [["text", "n"], *(["'=1+1" if t == "=1+1" else t, str(n)] for n, t in enumerate(texts))]
    assert spreadsheet.to_csv(frame.head(0)).decode("utf-8-sig") == "text,n\r\n"


def test_disagreements_are_sorted_by_their_size_over_all_rows(both: pd.DataFrame) -> None:
    apart = {"a": 0.8, "b": 0.6} | dict.fromkeys("cdefgh", 0.0)
    assert both.set_index("example_id")["disagreement"].to_dict() == pytest.approx(apart)
    assert ids(review_order.filtered(both, Filters(outcome="all", sort="disagreement"))) == list("abcdefgh")
    assert ids(review_order.filtered(both, Filters(outcome="all", sort="least-disagreement")))[-2:] == [
        "b",
        "a",
    ]


def test_an_order_by_a_second_model_that_is_not_there_is_by_loss(rows: pd.DataFrame) -> None:
    asked = review_order.filtered(rows, Filters(outcome="all", sort="disagreement"))
    assert ids(asked) == ids(review_order.filtered(rows, Filters(outcome="all")))


def test_what_the_second_model_did_not_answer_comes_last_among_disagreements() -> None:
    some = {name: prob for name, prob in PROBS.items() if name != "a"}
    rows = review_order.desk(examples(), predictions(PROBS), predictions(some))
    for sort in ("disagreement", "least-disagreement"):
        assert ids(review_order.filtered(rows, Filters(outcome="all", sort=sort)))[-1] == "a"


def test_an_answer_of_a_model_that_knows_no_word_is_marked_on_the_desk() -> None:
    examples = pd.DataFrame({"example_id": ["a", "b"], "text": ["🎬", "fine"], "source": "own"})
    said = pd.DataFrame(
        {"example_id": ["b", "a"], "label": [1, 0], "prob_positive": 0.6, "n_tokens": 1, "truncated": False}
    )
    rows = review_order.desk(examples, said.assign(knows_nothing=[False, True]), said)
    assert rows.set_index("example_id")["knows_nothing"].to_dict() == {"a": True, "b": False}
    assert not rows["other_knows_nothing"].any()  # predictions of before this was recorded


def test_slices_and_training_data_come_back_from_the_url_and_what_is_no_name_is_left_out() -> None:
    asked = Filters(training="unseen", slices=("genre:horror", "not:truncated"))
    assert Filters.from_params(asked.to_params()) == asked
    for bad in ("<script>", "a" * 99, ",".join(f"s{n}" for n in range(50)), "a,\x00"):
        assert Filters.from_params({"slices": bad, "training": bad}) == Filters()


def test_only_reviews_in_the_slices_and_not_in_the_training_data_match(rows: pd.DataFrame) -> None:
    inside = rows["example_id"].isin(["a", "b", "c"]).to_numpy()
    seen = rows.assign(seen=rows["example_id"] == "a")
    kept = review_order.matching(seen, Filters("all", training="unseen", slices=("x",)), inside)
    assert set(rows["example_id"].iloc[kept]) == {"b", "c"}
    with pytest.raises(DataError, match="not known"):
        review_order.matching(rows, Filters(training="seen"))

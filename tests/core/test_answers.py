"""Answers beside a file's rows: none is lost, none passes for a label, none is made of what is no text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core.__main__ import main
from sentiment_core.data.answers import ANSWER_COLUMNS, answers_among, why_not, with_room
from sentiment_core.data.storing import make_dataset
from sentiment_core.models import load_model
from sentiment_core.training import train


@pytest.fixture(scope="module")
def workspace_with_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        rows = [
            (f"t{n}", f"film {n} is {'fine' if n % 2 else 'dull'}", n % 2, "train", "own") for n in range(60)
        ]
        columns = ["example_id", "text", "label", "split", "source"]
        train.train("bow", make_dataset("own", pd.DataFrame(rows, columns=columns)), alias="bow")
    return home


@pytest.fixture
def model(workspace_with_model: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("REELCHECK_HOME", str(workspace_with_model))
    return "bow"


def predicted(capsys: pytest.CaptureFixture[str], file: Path, *argv: str) -> tuple[dict, pd.DataFrame]:
    out = file.parent / f"out-of-{file.stem}.parquet"
    capsys.readouterr()
    assert main(["predict", "--model", "bow", "--file", str(file), "--out", str(out), *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out), pd.read_parquet(out)


@pytest.mark.parametrize(
    ("names", "answers"),
    [
        (["text", "label"], []),
        (["text", "sentiment"], []),
        (["text", "sentiment", "prob_positive"], ["sentiment", "prob_positive"]),
        (["text", "Predicted", " PROB_POSITIVE "], ["Predicted", " PROB_POSITIVE "]),
        (["sentiment_in_file", "sentiment", "prob_positive"], ["sentiment", "prob_positive"]),
        (["sentiment_in_file", "prob_positive_in_file"], ["sentiment_in_file", "prob_positive_in_file"]),
        (["sentiment_in_file", "sentiment_in_file_2", "prob_positive_in_file_2"],
         ["sentiment_in_file_2", "prob_positive_in_file_2"]),
        (["predicted_by_hand", "my_sentiment"], []),
    ],
)  # fmt: skip
def test_which_columns_hold_answers_shows_by_their_names(names, answers):
    assert answers_among(names) == set(answers)


def test_a_file_makes_room_with_one_ending_for_all_its_columns():
    table = pd.DataFrame([[1, 2, 3, 4]], columns=["text", "sentiment", "sentiment_in_file", "prob_positive"])
    assert list(with_room(table, ANSWER_COLUMNS)) == [
        "text", "sentiment_in_file_2", "sentiment_in_file", "prob_positive_in_file_2",
    ]  # fmt: skip
    assert with_room(table[["text"]], ANSWER_COLUMNS).equals(table[["text"]])


def test_predicting_what_was_predicted_keeps_the_earlier_answers(model, tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("review,sentiment\nfilm 1 is fine,mine\nfilm 2 is dull,too\n")
    for times in range(1, 4):
        _, table = predicted(capsys, file)
        assert table["sentiment"].tolist() == ["positive", "negative"]
        assert table["sentiment_in_file"].tolist() == ["mine", "too"]
        assert sum(name.startswith("prob_positive") for name in table) == times
        file = tmp_path / f"again{times}.parquet"
        table.to_parquet(file)


def test_what_is_no_text_has_no_answer_and_is_counted_apart(model, tmp_path, capsys):
    file = tmp_path / "a.jsonl"
    cells = ['"film 1 is fine"', "7", '["dull"]', "null", '""', '{"a": 1}', "true", "NaN", '" <br /> "']
    file.write_text("".join(f'{{"text": {cell}}}\n' for cell in cells) + '{"other": "dull"}\n')
    result, table = predicted(capsys, file, "--text-column", "text")
    assert (result["n"], result["n_not_text"], result["n_without_text"]) == (1, 4, 5)
    assert table["sentiment"].notna().tolist() == [True] + [False] * 9
    kinds = ["not a text", "not a text", "no text", "no text", "not a text", "not a text"]
    assert table["not_predicted"].fillna("").tolist() == ["", *kinds, *["no text"] * 3]


def test_texts_in_bytes_are_no_texts(model, tmp_path, capsys):
    file = tmp_path / "a.parquet"
    pd.DataFrame({"text": [b"fine", b"dull"]}).to_parquet(file)
    assert main(["predict", "--model", "bow", "--file", str(file), "--out", str(tmp_path / "o.csv")]) == 2
    error = capsys.readouterr().err
    assert "2 of 2 rows hold something else" in error and error.count("\n") == 1


def test_another_column_named_text_is_kept(model, tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("id,text,review\n1,a title,film 1 is fine\n2,another,film 2 is dull\n")
    _, table = predicted(capsys, file, "--text-column", "review")
    assert table["text"].tolist() == ["film 1 is fine", "film 2 is dull"]
    assert table["text_in_file"].tolist() == ["a title", "another"]
    assert table["sentiment"].tolist() == ["positive", "negative"]


def test_why_not_names_each_row():
    assert why_not(pd.Series(["a", "", None, "🎬"], dtype=object)).tolist() == [
        "",
        "no text",
        "not a text",
        "",
    ]


# --- texts of which a model knows nothing ------------------------------------------------------------

UNKNOWN = ["🎬🔥😍", "x" * 100_000, "فيلم رائع", "<script>", "zzz " * 50_000]


def test_predict_says_that_it_knows_none_of_the_words(model, capsys):
    for text in UNKNOWN:
        assert main(["predict", "--model", "bow", "--text", text]) == 0
        assert capsys.readouterr().out.startswith("cannot tell: the model knows none of the words")
    assert main(["predict", "--model", "bow", "--text", "a fine 🎬", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["knows_nothing"] is False


def test_rows_of_which_a_model_knows_nothing_are_counted_and_named(model, tmp_path, capsys):
    file = tmp_path / "a.csv"
    pd.DataFrame({"text": ["film 1 is fine", *UNKNOWN, ""]}).to_csv(file, index=False)
    result, table = predicted(capsys, file)
    assert result["n_knows_nothing"] == len(UNKNOWN)
    assert table["knows_nothing"].tolist() == [False, *[True] * len(UNKNOWN), False]


def test_a_linear_model_knows_nothing_where_no_feature_is_used(model):
    classifier = load_model("bow")
    texts = ["", "film", "filmx", "FILM!", *UNKNOWN, "dull " + "q" * 50_000]
    used = np.diff(classifier.vocabulary.counts(texts).indptr) > 0  # type: ignore[attr-defined]
    assert classifier.knows_nothing(texts).tolist() == (~used).tolist()  # type: ignore[attr-defined]


def test_a_transformer_knows_nothing_where_every_token_that_it_reads_is_the_unknown_one(tiny_base):
    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import Reader

    base = load_base(str(tiny_base))
    classifier = TransformerClassifier("tiny", base.model, Reader(base.tokenizer, 16, "head"))
    texts = ["🎬🔥😍", "x" * 100_000, "a film", "🎬 film", "🎬 " * 300 + "film", "", "🎬" * 150 + " film"]
    assert classifier.knows_nothing(texts).tolist() == [True, True, False, False, True, True, False]

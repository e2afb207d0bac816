"""Files of labelled reviews are read as they come, and what cannot be used is named by row and column."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.data import loading
from sentiment_core.data.files import tables
from sentiment_core.errors import DataError

GOOD = "A warm, clever film."
BAD = "Two hours I want back."


def test_csv_tsv_jsonl_and_parquet_give_the_same_rows(tmp_path):
    frame = pd.DataFrame({"text": [GOOD, BAD, 'Long,\nwith "quotes".'], "label": [1, 0, 1]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.parquet"):
        examples = data.load(str(tmp_path / name)).examples
        assert list(examples["text"]) == list(frame["text"]), name
        assert list(examples["label"]) == [1, 0, 1], name
        assert set(examples["split"]) == {"test"} and examples["example_id"].is_unique


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("0", "1"),
        ("neg", "pos"),
        ("Negative", "Positive"),
        ("FALSE", "True"),
        (" no ", "yes"),
        ("0.0", "1.0"),
    ],
)
def test_labels_are_known_by_their_usual_names(tmp_path, negative, positive):
    file = _csv(tmp_path, ["text", "label"], [[BAD, negative], [GOOD, positive]])
    assert list(data.load(file).examples["label"]) == [0, 1]


def test_labels_of_other_types_are_known_too(tmp_path):
    for values in ([False, True], [0.0, 1.0], [0, 1], ["neg", "pos"]):
        pd.DataFrame({"text": [BAD, GOOD], "label": values}).to_parquet(tmp_path / "typed.parquet")
        assert list(data.load(str(tmp_path / "typed.parquet")).examples["label"]) == [0, 1]


@pytest.mark.parametrize(
    "header",
    [["Text", "Sentiment"], ["review", "polarity"], ["what they said", "verdict"], ["Review", "CLASS"]],
)
def test_obvious_columns_are_guessed(tmp_path, header):
    examples = data.load(_csv(tmp_path, header, [[GOOD, "pos"], [BAD, "neg"]])).examples
    assert list(examples["text"]) == [GOOD, BAD] and list(examples["label"]) == [1, 0]


def test_columns_can_be_named_and_the_others_are_kept(tmp_path):
    rows = [[GOOD, "1", "0", "7", "fr"], [BAD, "0", "1", "12", "en"]]
    file = _csv(tmp_path, ["text", "label", "label2", "batch_id", "language"], rows)
    examples = data.load(file, text_column="TEXT", label_column="label2").examples
    assert list(examples["label"]) == [0, 1]
    assert list(examples["batch_id"]) == [7, 12] and list(examples["language"]) == ["fr", "en"]


def test_a_split_column_is_used_and_unsupervised_rows_are_left_out(tmp_path):
    splits = ["train", "Training", "dev", "val", "valid", "validation", "test", "unsupervised"]
    rows = [[f"text {i}", str(i % 2) if i < 7 else "-1", name] for i, name in enumerate(splits)]
    dataset = data.load(_csv(tmp_path, ["text", "label", "split"], rows))
    assert list(dataset.examples["split"]) == ["train"] * 2 + ["validation"] * 4 + ["test"]
    assert [(item.why, item.count) for item in dataset.dropped] == [("unsupervised (no label)", 1)]


def test_own_example_ids_and_sources_are_kept(tmp_path):
    rows = [["a1", GOOD, "1", "press"], ["b2", BAD, "0", ""]]
    examples = data.load(_csv(tmp_path, ["example_id", "text", "label", "source"], rows)).examples
    assert list(examples["example_id"]) == ["a1", "b2"] and list(examples["source"]) == ["press", "reviews"]


def test_one_content_has_one_fingerprint_whatever_the_file_is_called(tmp_path):
    first = _csv(tmp_path, ["text", "label"], [[GOOD, "1"], [BAD, "0"]])
    second = _csv(tmp_path, ["text", "label"], [[GOOD, "1"], [BAD, "0"]], name="other.csv")
    assert data.load(first).fingerprint == data.load(second).fingerprint
    assert data.load(second).name == "other.csv"


def test_a_file_that_changed_is_read_again(tmp_path):
    file = _csv(tmp_path, ["text", "label"], [[GOOD, "1"], [BAD, "0"]])
    before = data.load(file)
    _csv(tmp_path, ["text", "label"], [[GOOD, "1"], [BAD, "0"], ["New.", "1"]])
    assert len(data.load(file).examples) == len(before.examples) + 1


def test_semicolons_and_a_byte_order_mark_are_understood(tmp_path):
    (tmp_path / "excel.csv").write_bytes(f"\ufefftext;label\r\n{GOOD};1\r\n{BAD};0\r\n".encode())
    assert list(data.load(str(tmp_path / "excel.csv")).examples["text"]) == [GOOD, BAD]


@pytest.mark.parametrize(
    "columns",
    [["text", "label"], ["label", "text"], ["id", "text", "label", "split"], ["id", "label", "text"]],
)
def test_a_text_of_several_lines_may_have_as_many_commas_as_a_row_has(tmp_path, columns):
    """Of the 24,902 reviews that `data clean` writes, 8,856 were refused as rows that swallow others."""
    texts = [
        "Slow, sad, and long.\n\nIn short, I left.",
        "It begins, and ends.\nNothing, in, between.\nBy the way, a child sings.",
        'He said "no", she said "yes",\n"maybe", they said.',
        "One line.",
    ]
    rows = [(f"r{n}", text, n % 2, "train" if n < 30 else "test") for n, text in enumerate(texts * 10)]
    frame = pd.DataFrame(rows, columns=["id", "text", "label", "split"])
    frame.to_csv(tmp_path / "a.csv", index=False, columns=columns)
    examples = data.load(str(tmp_path / "a.csv")).examples
    assert list(examples["text"]) == list(frame["text"])
    assert list(examples["label"]) == list(frame["label"])


def test_quotation_marks_in_a_tsv_may_quote_nothing(tmp_path):
    (tmp_path / "free.tsv").write_text('Sentiment\tText\n1\t"Fine" is the word.\n0\t"Bad, I say\n')
    assert list(data.load(str(tmp_path / "free.tsv")).examples["text"]) == [
        '"Fine" is the word.',
        '"Bad, I say',
    ]


def test_edge_texts_come_through(tmp_path):
    texts = [
        "x",
        "?!",
        "\U0001f600",
        "فيلم رائع",
        "<script>alert(1)</script>",
        "word " * 2_500 + "end",
        "=1+1",
    ]
    rows = [[text, str(i % 2)] for i, text in enumerate(texts)]
    assert list(data.load(_csv(tmp_path, ["text", "label"], rows)).examples["text"]) == texts


def test_a_review_longer_than_the_csv_modules_own_limit_is_read(tmp_path):
    rows = [["long " * 40_000 + "end", "1"], [BAD, "0"]]
    assert len(data.load(_csv(tmp_path, ["text", "label"], rows)).examples["text"][0]) == 200_003


BROKEN_FILES = {
    "a third label": (b"text,label\nfine,1\nbad,0\nso so,neutral\n", "row 4, column 'label': 'neutral'"),
    "an empty label": (b"text,label\nfine,1\nbad,\n", "row 3, column 'label': empty"),
    "a missing label column": (b"text,stars\nfine,9\nbad,2\n", "no column of labels .*: 'text', 'stars'"),
    "a missing text column": (b"a,b,label\nx,y,1\nx,y,0\n", "no column of texts .*--text-column"),
    "two text columns": (b"text,review,label\nx,y,1\nx,y,0\n", "'text', 'review' could each hold the text"),
    "two label columns": (b"text,label,sentiment\nx,1,1\nx,0,0\n", "'label', 'sentiment' could each hold"),
    "a column twice": (b"text,label,label\nx,1,1\n", "row 1: column 'label' is repeated"),
    "a wrong encoding": (
        "text,label\nfine,1\ncaf\xe9,0\n".encode("latin-1"),
        "row 3, column 'text': byte 0xe9",
    ),
    "a header in a wrong encoding": (
        "caf\xe9,label\nx,1\n".encode("latin-1"),
        "row 1: the header is not UTF-8",
    ),
    "UTF-16": ("text,label\nfine,1\n".encode("utf-16"), "UTF-16; save it as UTF-8"),
    "nothing": (b"", "is empty"),
    "only a header": (b"text,label\n", "holds no rows"),
    "one class": (b"text,label\nfine,1\ngood,1\n", "all 2 reviews are positive"),
    "only empty texts": (b"text,label\n ,1\n<br />,0\n", "holds no usable review"),
    "an unquoted comma": (b"text,label\nfine, or so,1\nbad,0\n", "row 2: 3 cells where the header has 2"),
    "an open quotation mark": (b'text,label\n"fine,1\nbad,0\n', "row 2: quotation marks do not match"),
    "an unknown split": (
        b"text,label,split\nfine,1,train\nbad,0,holdout\n",
        "row 3, column 'split': 'holdout'",
    ),
    "an id twice": (
        b"example_id,text,label\na,fine,1\na,bad,0\n",
        "row 3, column 'example_id': 'a' is repeated",
    ),
}


@pytest.mark.parametrize("broken", BROKEN_FILES)
def test_a_broken_csv_is_one_line_that_says_where(tmp_path, broken):
    content, message = BROKEN_FILES[broken]
    (tmp_path / "broken.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as raised:
        data.load(str(tmp_path / "broken.csv"))
    assert "broken.csv" in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("line", ["not json", "[1, 2]", "7", '{"text": ', "1" * 5_000, "[" * 100_000])
def test_a_line_that_is_no_json_object_is_named(tmp_path, line):
    (tmp_path / "broken.jsonl").write_text('{"text": "fine", "label": 1}\n\n' + line + "\n")
    with pytest.raises(DataError, match="row 3: not a JSON object"):
        data.load(str(tmp_path / "broken.jsonl"))


def test_json_may_hold_odd_values(tmp_path):
    records = [
        {"text": "half a pair \ud83d", "label": True, "tags": ["a"], "n": 1},
        {"text": BAD, "label": 0, "n": 10**30},
        {"text": None, "label": 1},
    ]
    file = tmp_path / "odd.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records))
    dataset = data.load(str(file))
    assert list(dataset.examples["text"]) == ["half a pair \ufffd", BAD]
    assert list(dataset.examples["tags"].fillna("")) == ["['a']", ""]
    assert [(item.why, item.count) for item in dataset.dropped] == [("empty text", 1)]


def test_a_value_that_is_no_text_is_named(tmp_path):
    (tmp_path / "odd.jsonl").write_text('{"text": "fine", "label": 1}\n{"text": 7, "label": 0}\n')
    with pytest.raises(DataError, match=r"row 2, column 'text': '7' is not a text \(int\)"):
        data.load(str(tmp_path / "odd.jsonl"))


def test_a_file_that_is_no_parquet_is_said(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(DataError, match="a.parquet is not a readable Parquet file"):
        data.load(str(tmp_path / "a.parquet"))


def test_bad_rows_can_be_left_out_counted_and_listed(tmp_path):
    content = b"text,label\nfine,1\nso so,neutral\nbad,0\nodd,meh\nx,y,z\n" + b"caf\xe9,1\n"
    (tmp_path / "mixed.csv").write_bytes(content)
    dataset = data.load(str(tmp_path / "mixed.csv"), skip_bad=True)
    assert list(dataset.examples["text"]) == ["fine", "bad"]
    counts = {item.why: item.count for item in dataset.dropped}
    assert counts == {"malformed row": 1, "wrong encoding": 1, "unusable label": 2}
    listed = [example for item in dataset.dropped for example in item.examples]
    assert any(line.startswith("row 3, column 'label': 'neutral'") for line in listed)
    again = data.load(str(tmp_path / "mixed.csv"), skip_bad=True)
    assert again.dropped == dataset.dropped


def test_skipping_bad_rows_does_not_carry_over_to_a_strict_load(tmp_path):
    (tmp_path / "mixed.csv").write_text("text,label\nfine,1\nso so,neutral\nbad,0\n")
    data.load(str(tmp_path / "mixed.csv"), skip_bad=True)
    with pytest.raises(DataError, match="row 3"):
        data.load(str(tmp_path / "mixed.csv"))


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(tables.MAX_FILE_BYTES + 1)
    with pytest.raises(DataError, match="huge.csv has 200.0 MB, over the limit of 200 MB"):
        data.load(str(tmp_path / "huge.csv"))


def test_a_small_parquet_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", 50_000)
    pd.DataFrame({"text": ["again " * 100_000], "label": [1]}).to_parquet(tmp_path / "b.parquet")
    assert (tmp_path / "b.parquet").stat().st_size < 50_000
    with pytest.raises(DataError, match="over the limit"):
        data.read_table(tmp_path / "b.parquet", max_bytes=50_000)


@pytest.mark.parametrize("name", ["nothing-here.csv", "imdb-embeded", "/dev/null", ""])
def test_what_is_neither_known_nor_a_file_is_said_with_what_is_known(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="imdb-embedded|aclImdb"):
        data.load(name)


def test_an_unknown_format_is_said_with_the_known_ones(tmp_path):
    (tmp_path / "reviews.xlsx").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"'reviews.xlsx' is not known; known: .csv, .tsv, .jsonl, .parquet"):
        data.load(str(tmp_path / "reviews.xlsx"))


@pytest.mark.parametrize("column", ["nope", "Label "])
def test_a_named_column_must_be_there(tmp_path, column):
    file = _csv(tmp_path, ["text", "verdict", "x"], [[GOOD, "1", "a"], [BAD, "0", "b"]])
    with pytest.raises(DataError, match="its columns: 'text', 'verdict', 'x'"):
        data.load(file, label_column=column)


def test_one_column_cannot_be_both(tmp_path):
    file = _csv(tmp_path, ["a", "b"], [["1", GOOD], ["0", BAD]])
    with pytest.raises(DataError, match="both text and label"):
        data.load(file, text_column="a", label_column="a")


def test_an_upload_needs_no_labels_and_keeps_every_row_and_column():
    frame = data.texts_from_upload(b"id,Review\n3,Nice<br />film\n4,\n5,Dull\n", "from/browser.csv")
    assert list(frame.columns) == ["text", "id"]
    assert list(frame["text"]) == ["Nice\nfilm", "", "Dull"] and list(frame["id"]) == [3, 4, 5]


def test_an_upload_of_lines_is_a_text_a_line():
    assert list(data.texts_from_upload("Nice.\r\n\nفيلم\n".encode(), "texts.txt")["text"]) == [
        "Nice.",
        "فيلم",
    ]


def test_a_broken_upload_is_one_line_that_says_where():
    with pytest.raises(DataError, match="bad.csv, row 2, column 'text': byte 0xe9 is not UTF-8") as raised:
        data.texts_from_upload(b"text\ncaf\xe9\n", "bad.csv")
    assert "--skip-bad" not in str(raised.value)


def test_an_upload_over_its_limit_is_refused():
    with pytest.raises(DataError, match="big.csv has 0.1 MB, over the limit of 0 MB"):
        data.texts_from_upload(b"text\n" + b"x" * 100_000, "big.csv", max_bytes=1_000)


def test_the_readers_reports_name_the_row_an_editor_shows(tmp_path):
    (tmp_path / "lines.csv").write_text('text,label\n"two\nlines",1\nbad,what\n')
    with pytest.raises(DataError, match="row 3, column 'label'"):
        data.load(str(tmp_path / "lines.csv"))


def test_loading_is_the_same_with_and_without_the_prepared_form(tmp_path, monkeypatch):
    rows = [[GOOD, "1", "3", "fr"], [BAD, "0", "", "en"]]
    file = _csv(tmp_path, ["text", "label", "stars", "language"], rows)
    fresh = data.load(file)
    monkeypatch.setattr(loading, "read_noted", lambda *_, **__: pytest.fail("read again"))
    pd.testing.assert_frame_equal(data.load(file).examples, fresh.examples)


def _csv(folder, header, rows, name="reviews.csv"):
    pd.DataFrame(rows, columns=header).to_csv(folder / name, index=False)
    return str(folder / name)

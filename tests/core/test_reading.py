"""How a file is read can be seen before, told, and found again with the data set."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.__main__ import main
from sentiment_core.data import reading, storing
from sentiment_core.data.files import rows
from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.json_lists import json_items
from sentiment_core.errors import DataError
from sentiment_core.schema import Reading

CASES = Path(__file__).parents[1] / "cases"
LINES = "text,label\nA warm film,1\nA dull film,0\n"


def test_the_same_reviews_with_other_columns_are_each_as_in_their_file(tmp_path):
    plain, rated = (str(CASES / name) for name in ("18d-plain.csv", "18e-with-rating.csv"))
    for _ in range(2):
        without, with_rating = data.load(plain), data.load(rated)
        assert without.fingerprint == with_rating.fingerprint
        assert "rating" not in without.examples
        assert with_rating.examples["rating"].tolist() == pd.read_csv(rated)["rating"].tolist()
    assert set(without.examples["source"]) == {"18d-plain"}
    assert "rating" in data.by_fingerprint(without.fingerprint).examples
    other = tmp_path / "18e-with-rating.csv"
    pd.read_csv(rated).assign(rating=3).to_csv(other, index=False)
    assert set(data.load(str(other)).examples["rating"]) == {3}
    assert data.load(rated).examples["rating"].nunique() > 1


def test_further_columns_do_not_change_what_a_data_set_is_called(tmp_path):
    (tmp_path / "a.csv").write_text(LINES)
    dataset = data.load(str(tmp_path / "a.csv"))
    wider = storing.make_dataset("b", dataset.examples.assign(stars=[5, None]))
    assert wider.fingerprint == dataset.fingerprint
    assert storing.own_columns(wider.examples) != storing.own_columns(dataset.examples)
    data.store(wider)
    pd.testing.assert_frame_equal(data.load(str(tmp_path / "a.csv")).examples, dataset.examples)


def test_a_data_set_of_an_earlier_version_takes_further_columns(tmp_path):
    (tmp_path / "a.csv").write_text(LINES)
    dataset = data.load(str(tmp_path / "a.csv"))
    manifest = data.store(dataset) / storing.MANIFEST
    record = json.loads(manifest.read_text())
    manifest.write_text(
        json.dumps({key: record[key] for key in record if key not in ("own_columns", "read")})
    )
    (tmp_path / "b.csv").write_text("text,label,stars\nA warm film,1,5\nA dull film,0,1\n")
    assert data.load(str(tmp_path / "b.csv")).examples["stars"].tolist() == [5, 1]
    assert "stars" not in data.load(str(tmp_path / "a.csv")).examples


def test_what_was_read_is_kept_with_the_data_set_and_said_in_one_line(tmp_path):
    (tmp_path / "a.csv").write_text("review,stars,Split\nfine,5,train\nbad,1,test\nso so,3,test\n")
    asked = Reading(label_column="stars", negative=("1",), positive=("5",))
    loaded = data.load(str(tmp_path / "a.csv"), reading=asked)
    said = (
        "read text from `review`, label from `stars` (1 = negative, 5 = positive, 3 = left out); "
        "split from `Split`"
    )
    assert reading.sentence(loaded.read) == said
    assert reading.sentence(data.by_fingerprint(loaded.fingerprint).read) == said
    assert data.load(str(tmp_path / "a.csv"), reading=asked).read == loaded.read
    assert Reading.from_json(loaded.read.to_json()) == loaded.read
    assert [(item.why, item.count) for item in loaded.dropped] == [
        ("label '3', neither --negative nor --positive", 1)
    ]


def test_a_preview_proposes_and_stores_nothing(reelcheck_home):
    found = data.preview(CASES / "03a-sst5-0-to-4.csv")
    assert found.problems and "holds 0, 1, 2, 3, 4: a scale" in found.problems[0]
    assert [(value.value, value.n, value.meaning) for value in found.values] == [
        ("0", 8, "unknown"),
        ("1", 16, "unknown"),
        ("2", 8, "unknown"),
        ("3", 24, "unknown"),
        ("4", 24, "unknown"),
    ]
    told = data.preview(
        CASES / "03a-sst5-0-to-4.csv", reading=Reading(negative=("0", "1"), positive=("3", "4"))
    )
    assert told.problems == () and told.labels == {"negative": 24, "positive": 48}
    assert [(role.column, role.role) for role in told.columns] == [("text", "text"), ("Sentiment", "label")]
    assert list(told.rows.index[:2]) == [2, 3] and len(told.rows) == 20
    assert not list(reelcheck_home.rglob("*.parquet"))


def test_a_preview_is_what_loading_gives():
    for name in ("16c-is_valid.csv", "09q-hf-classlabel-reversed.parquet", "07i-labelstudio-multi.csv"):
        seen, loaded = data.preview(CASES / name), data.load(str(CASES / name), skip_bad=True)
        assert seen.splits == {str(k): int(n) for k, n in loaded.examples["split"].value_counts().items()}
        assert seen.n == len(loaded.examples) and seen.reading == loaded.read and seen.problems == ()


@pytest.mark.parametrize(
    "name",
    ["02j-smallest.csv", "17b-login-page.csv", "05g-cp1252.csv", "07j-nested.jsonl", "09m-empty.parquet"],
)
def test_a_preview_of_what_cannot_be_read_says_why_and_raises_nothing(name):
    found = data.preview(CASES / name)
    assert found.problems and all("\n" not in line for line in found.problems)
    assert found.n == 0 or found.dropped


def test_a_told_column_may_be_any_and_a_file_may_have_a_text_of_its_own(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,review,mark\nx,t1,fine,good\ny,t2,bad,poor\n")
    asked = Reading("review", "mark", id_column="id", negative=("poor",), positive=("GOOD",))
    examples = data.load(str(tmp_path / "a.csv"), reading=asked).examples
    assert examples["example_id"].tolist() == ["x", "y"] and examples["text"].tolist() == ["fine", "bad"]
    assert examples["text_in_file"].tolist() == ["t1", "t2"] and examples["label"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("negative", "positive", "said"),
    [
        (("1",), ("1",), "cannot be both"),
        (("1",), (), "give those of both"),
        (("7",), ("5",), "no value '7'"),
    ],
)
def test_a_mapping_that_cannot_be_is_one_line(tmp_path, negative, positive, said):
    (tmp_path / "a.csv").write_text("text,label\nfine,5\nbad,1\n")
    with pytest.raises(DataError, match=said):
        data.load(str(tmp_path / "a.csv"), reading=Reading(negative=negative, positive=positive))


def test_commands_say_which_columns_were_read(tmp_path, capsys):
    reviews = [f"warm fine film {n},pos\ndull bad film {n},neg\n" for n in range(20)]
    (tmp_path / "a.csv").write_text("review,verdict\n" + "".join(reviews))
    file = str(tmp_path / "a.csv")
    line = "read text from `review`, label from `verdict` (neg = negative, pos = positive)"
    for argv in (
        ("data", "describe", file),
        ("data", "clean", file, "--out", str(tmp_path / "b.csv")),
        ("train", "--data", file, "--family", "tfidf", "--alias", "a"),
        ("evaluate", "--data", file, "--model", "a"),
    ):
        assert main([*argv]) == 0
        assert line in capsys.readouterr().out, argv


# --- formats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
def test_wide_encodings_are_named_with_and_without_a_mark(encoding):
    with pytest.raises(DataError, match=f"written in {encoding[:6].upper()}; save it as UTF-8"):
        data.read_table((LINES * 20).encode(encoding), "a.csv")


def test_a_bomb_in_gzip_or_zip_ends_at_the_limit():
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"\0" * 50_000_000)
    for name, content in (("a.csv.gz", gzip.compress(b"\0" * 50_000_000)), ("a.zip", zipped.getvalue())):
        with pytest.raises(DataError, match="unpacks to more than 1 MB"):
            data.read_table(content, name, max_bytes=1024**2)


@pytest.mark.parametrize("cut", [12, 40, 0.9])
def test_a_torn_archive_is_one_line(cut):
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", LINES * 10)
    for name, content in (("a.gz", gzip.compress((LINES * 10).encode())), ("a.zip", zipped.getvalue())):
        with pytest.raises(DataError, match="not a whole (gzip|zip) file|not known|empty"):
            data.read_table(content[: int(cut if cut > 1 else cut * len(content))], name)


def test_an_archive_of_several_files_and_a_pickle_are_said():
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", LINES)
        archive.writestr("b.csv", LINES)
    with pytest.raises(DataError, match="zip archive of 2 files"):
        data.read_table(zipped.getvalue(), "a.zip")
    with pytest.raises(DataError, match="Python pickle, which is never opened"):
        data.read_table(b"\x80\x04\x95aaa.", "a.csv")


def test_a_json_list_is_read_piece_by_piece_and_its_end_is_missed():
    items = [{"text": "a" * n, "n": n} for n in range(0, 70_000, 9_999)]
    assert [value for _, value in json_items(io.StringIO(json.dumps(items, indent=3)), "a.json")] == items
    for torn in ("[{}", "[{},", '[{"a": 1} {}]', "[1, 2", "[" * 50_000, "x"):
        with pytest.raises(DataError, match="JSON list"):
            list(json_items(io.StringIO(torn), "a.json"))


def test_open_quotation_marks_without_end_do_not_take_for_ever(monkeypatch):
    monkeypatch.setattr(rows, "MAX_ROW_CHARACTERS", 2_000)
    monkeypatch.setattr(rows, "PATIENCE", 5)
    hostile = "text\tlabel\nno tab\n" + 'x"\t"y\n' * 100_000
    with pytest.raises(DataError, match="in many rows before"):
        data.read_table(hostile.encode(), "a.tsv", bad=BadRows("a.tsv", skip=True))


@pytest.mark.parametrize(
    "text",
    ["One.\n0, I said\nand more.", "First, a film\nSecond, a cast", "yes, no\nyes", "1,\n2,", '"Quoted",\n1'],
)
def test_a_text_of_several_lines_stays_one_review(tmp_path, text):
    frame = pd.DataFrame(
        {"review": [text, "A dull film", "Fine"] * 5, "sentiment": ["pos", "neg", "pos"] * 5}
    )
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame[["sentiment", "review"]].to_csv(tmp_path / "b.tsv", index=False, sep="\t")
    for name in ("a.csv", "b.tsv"):
        assert data.load(str(tmp_path / name)).examples["text"].tolist() == frame["review"].tolist()

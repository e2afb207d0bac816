"""`data list`, `data describe` and `data clean` on the command line."""

from __future__ import annotations

import argparse
import json

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.__main__ import main
from sentiment_core.commands.data import add_data_arguments, dataset_from

ROWS = "text,label,split\nNice<br />film,1,train\nDull,0,train\nNice film,1,test\nDull,0,test\n ,1,test\n"


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews.csv").write_text(ROWS)
    return "reviews.csv"


def test_list_names_the_data_sets_their_terms_and_what_is_stored(reviews, capsys):
    stored = data.load(reviews)
    listed = _json(capsys, "data", "list", "--json")
    assert [source["name"] for source in listed["datasets"]] == [
        "imdb",
        "imdb-embedded",
        "rotten-tomatoes-embedded",
    ]
    assert listed["datasets"][1]["missing"] is None and "Maas" in listed["datasets"][1]["terms"]
    assert [item["fingerprint"] for item in listed["stored"]] == [stored.fingerprint]


def test_describe_gives_json_and_text(reviews, capsys):
    described = _json(capsys, "data", "describe", reviews, "--json")
    assert described["duplicates"]["across"]["train/test"]["texts"] == 1
    assert described["dropped"] == [{"why": "empty text", "count": 1, "examples": ["row-00006"]}]
    assert main(["data", "describe", reviews]) == 0
    text = capsys.readouterr().out
    assert "across train/test: 1 texts" in text and "dropped 1: empty text" in text


def test_clean_writes_the_rows_and_reports_what_went(reviews, capsys):
    report = _json(capsys, "data", "clean", reviews, "--out", "imdb_cleaned.csv", "--json")
    assert (report["read"], report["written"]) == (5, 3)
    assert {item["why"]: item["count"] for item in report["dropped"]} == {
        "empty text": 1,
        "duplicate text": 1,
    }
    written = pd.read_csv("imdb_cleaned.csv")
    assert list(written.columns) == ["example_id", "text", "label", "split"]
    assert written["text"].tolist() == ["Nice\nfilm", "Dull", "Nice film"]


def test_a_cleaned_file_loads_as_the_same_data_set(reviews, capsys):
    report = _json(capsys, "data", "clean", reviews, "--out", "imdb_cleaned.csv", "--json")
    assert data.load("imdb_cleaned.csv").fingerprint == report["fingerprint"]
    assert main(["data", "clean", "imdb_cleaned.csv", "--out", "again.csv"]) == 0
    assert "dropped nothing" in capsys.readouterr().out


@pytest.mark.parametrize("out", ["reviews.csv", "out.txt", "nowhere/out.csv"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(reviews, capsys, out):
    assert main(["data", "clean", reviews, "--out", out]) == 2
    assert capsys.readouterr().err.startswith(f"error: --out '{out}'")


def test_bad_input_ends_with_2_and_one_line(reviews, capsys, tmp_path):
    (tmp_path / "bad.csv").write_text("text,label\nfine,1\nodd,meh\n")
    assert main(["data", "describe", "bad.csv"]) == 2
    complaint = capsys.readouterr().err.strip()
    assert complaint.startswith("error: bad.csv, row 3, column 'label': 'meh'") and "\n" not in complaint


def test_skipped_rows_are_listed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad = "".join(f"odd {i},meh\n" for i in range(30))
    (tmp_path / "bad.csv").write_text(f"text,label\nfine,1\nbad,0\n{bad}")
    assert main(["data", "describe", "bad.csv", "--skip-bad"]) == 0
    said = capsys.readouterr().out
    assert "dropped 30: unusable label" in said and "row 4, column 'label'" in said and "and 10 more" in said


def test_other_commands_share_the_flags(reviews):
    parser = argparse.ArgumentParser()
    add_data_arguments(parser)
    args = parser.parse_args(["--data", "rotten-tomatoes-embedded", "--limit", "10", "--seed", "2"])
    expected = data.load("rotten-tomatoes-embedded", limit=10, seed=2)
    assert dataset_from(args).fingerprint == expected.fingerprint
    with pytest.raises(SystemExit):
        parser.parse_args([])


def _json(capsys, *argv):
    assert main(list(argv)) == 0
    return json.loads(capsys.readouterr().out)

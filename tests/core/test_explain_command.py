"""The command `explain`: one text, many, an audit, words; wrong requests are one line."""

from __future__ import annotations

import json

import pytest

from sentiment_core.command_line import main


@pytest.fixture
def trained(reviews, capsys):
    """The shelf with one linear model, trained on the sixty reviews."""
    assert main(["train", "--data", str(reviews), "--family", "tfidf", "--alias", "tfidf"]) == 0
    capsys.readouterr()
    return reviews


def answer(capsys, *argv: str) -> dict:
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_one_text(trained, capsys):
    text = "A wonderful &amp; warm<br />film 😀 <script>alert(1)</script>"
    found = answer(capsys, "explain", "--model", "tfidf", "--method", "exact", "--text", text)
    assert all(text[row["start"] : row["end"]] == row["token"] for row in found["attributions"])
    total = found["base_value"] + sum(row["score"] for row in found["attributions"])
    assert total - found["value"] == pytest.approx(found["delta"], abs=1e-9)
    assert found["target"] == "positive" and found["method"] == "exact"
    assert main(["explain", "--model", "tfidf", "--text", text]) == 0
    assert "wonderful" in capsys.readouterr().out


def test_many_texts_of_a_file_keep_their_ids_and_their_own_words(trained, tmp_path, capsys):
    file, out = tmp_path / "some.jsonl", tmp_path / "out.jsonl"
    rows = [{"example_id": "x1", "text": "A  warm &amp; wonderful film"}, {"example_id": "x2", "text": ""}]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = answer(
        capsys, "explain", "--model", "tfidf", "--method", "occlusion", "--file", str(file), "--out", str(out)
    )
    assert found["n"] == 2
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["example_id"] for line in lines] == ["x1", "x2"]
    assert all(rows[0]["text"][r["start"] : r["end"]] == r["token"] for r in lines[0]["attributions"])
    assert lines[1]["attributions"] == []


def test_a_review_of_a_data_set_by_its_id(trained, tmp_path, capsys):
    everything = tmp_path / "all.jsonl"
    argv = ["explain", "--model", "tfidf", "--data", str(trained), "--limit", "5"]
    answer(capsys, *argv, "--out", str(everything))
    first = json.loads(everything.read_text().splitlines()[0])
    one = answer(capsys, "explain", "--model", "tfidf", "--data", str(trained), "--id", first["example_id"])
    assert one["attributions"] == first["attributions"]


def test_audit_and_words(trained, capsys):
    argv = ["audit", "--model", "tfidf", "--data", str(trained), "--limit", "4", "--methods", "exact,random"]
    found = answer(capsys, "explain", *argv)
    assert found["n"] == 4 and found["figures"]["exact"]["comprehensiveness"]["n"] == 4
    assert main(["explain", *argv]) == 0
    assert "n = 4" in capsys.readouterr().out
    words = answer(capsys, "explain", "words", "--model", "tfidf", "--data", str(trained))
    assert {row["word"] for row in words["toward_positive"]} >= {"wonderful", "warm"}
    assert {row["word"] for row in words["toward_negative"]} >= {"dreadful", "cold"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--model", "tfidf"], "one of --text TEXT, --file FILE, --data"),
        (["--text", "x"], "give --model NAME"),
        (
            ["--model", "tfidf", "--text", "x", "--method", "magic"],
            "'magic' is not known; known: exact",
        ),
        (["--model", "tfidf", "--text", "x", "--method", "decompx"], "not of the DistilBERT architecture"),
        (["--model", "tfidf", "--text", "  "], "no text to explain"),
        (["--model", "tfidf", "--text", "x", "--method", "lime", "--set", "samples=x"], "not NAME=N"),
        (["--model", "tfidf", "--text", "x", "--set", "samples=5"], "exact has no setting 'samples'"),
        (["--model", "tfidf", "--data", "FILE"], "need --out FILE.jsonl"),
        (["--model", "tfidf", "--data", "FILE", "--out", "/nowhere/x.jsonl"], "its folder must exist"),
        (["--model", "tfidf", "--data", "FILE", "--id", "zzz"], "has no review 'zzz' in split 'test'"),
        (["audit", "--model", "tfidf", "--data", "FILE", "--methods", "exact,gradient"], "no gradients"),
        (["audit", "--model", "tfidf", "--data", "FILE", "--limit", "0"], "--limit is 0"),
        (["audit", "--model", "tfidf", "--data", "FILE", "--rationales", "/nowhere"], "cannot be read"),
        (["words", "--model", "nope", "--data", "FILE"], "model 'nope' is not known"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_2(trained, capsys, argv, words):
    assert main(["explain", *(str(trained) if word == "FILE" else word for word in argv)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert words in said[-1] and "Traceback" not in said[-1]

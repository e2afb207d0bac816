"""The commands `thresholds` and `errors` say what their pages do; each is checked by brute force."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment_core import data, models
from sentiment_core.command_line import main
from sentiment_core.evaluation import records, review_order, suggestions
from sentiment_core.schema import SPLITS
from sentiment_core.training import train

TEXTS = ("<script>alert(1)</script>", "=1+1 😀", "فيلم رائع", "long " * 300)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        dataset = data.load(str(written(home / "reviews.csv")))
        for family in ("tfidf", "bow"):
            train.train(family, dataset, alias=family)
            records.evaluate(family, dataset)
    return home


def written(path: Path) -> Path:
    """Write ninety short reviews from two sources, a third for each split; one in seven is mislabeled."""
    words = {1: "wonderful and warm", 0: "dreadful and cold"}
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label", "split", "source"])
        for n in range(90):
            label = (n + (n % 7 == 0)) % 2
            text = f"{words[n % 2]} film number {n} {TEXTS[n % 4] if n % 5 == 0 else ''}"
            writer.writerow([text, label, SPLITS[n % 3], "north" if n % 2 else "south"])
    return path


@pytest.fixture
def file(_made: Path, reelcheck_home: Path) -> Path:
    """The reviews, in a workspace where tfidf and bow were measured on the 30 test reviews."""
    shutil.copytree(_made, reelcheck_home, dirs_exist_ok=True)
    return reelcheck_home / "reviews.csv"


@pytest.fixture
def evaluation(file: Path) -> records.Evaluation:
    """What tfidf answered."""
    (found,) = records.list_evaluations(models.resolve("tfidf").model_id)
    return found


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main([*argv, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(list(argv)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_the_cheapest_threshold_is_the_one_that_a_search_by_hand_finds(
    evaluation: records.Evaluation, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = "--cost-false-positive", "5", "--cost-false-negative", "0.5"
    found = said(capsys, "thresholds", "--model", "tfidf", "--data", str(file), *costs, "--step", "0.25")
    label, prob = (evaluation.frame[name].to_numpy() for name in ("label", "prob_positive"))

    def cost(threshold: float) -> float:
        called = prob >= threshold
        return float(np.mean(5 * (called & (label == 0)) + 0.5 * (~called & (label == 1))))

    by_rule = {one["rule"]: one for one in found["suggestions"]}
    assert by_rule["lowest cost"]["cost_per_review"] == pytest.approx(min(map(cost, np.arange(1001) / 1000)))
    for one in by_rule.values():
        assert one["cost_per_review"] == pytest.approx(cost(one["threshold"]))
    assert [row["threshold"] for row in found["sweep"]] == [0, 0.25, 0.5, 0.75, 1]
    assert all(row["tn"] + row["fp"] + row["fn"] + row["tp"] == 30 for row in found["sweep"])
    assert found["run_id"] == evaluation.run_id and found["optimism"] == suggestions.optimism("test")
    assert main(["thresholds", "--model", "tfidf", "--data", str(file)]) == 0
    assert "lowest cost" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("--cost-false-positive", "-1"), "a cost is -1; give a number from 0 to 1,000,000"),
        (("--cost-false-negative", "1e9"), "a cost is 1e+09; give a number from 0 to 1,000,000"),
        (("--step", "0"), "--step is 0; give a number from 0.001 to 1"),
    ],
)
def test_costs_and_steps_that_mean_nothing_are_refused(
    argv: tuple[str, ...], why: str, reelcheck_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why in refused(capsys, "thresholds", "--model", "tfidf", "--data", "x", *argv)


@pytest.mark.parametrize(
    ("argv", "filters"),
    [
        ((), {}),
        (("--outcome", "all", "--sort", "longest"), {"outcome": "all", "sort": "longest"}),
        (
            ("--outcome", "false-positives", "--source", "north"),
            {"outcome": "false-positives", "source": "north"},
        ),
        (("--search", "NUMBER 1", "--outcome", "correct"), {"search": "NUMBER 1", "outcome": "correct"}),
        (
            ("--min-words", "7", "--max-words", "300", "--min-confidence", "0.6", "--outcome", "all"),
            {"words_low": 7, "words_high": 300, "confidence_low": 0.6, "outcome": "all"},
        ),
    ],
)
def test_errors_are_those_of_the_desk_in_its_order(
    argv: tuple[str, ...],
    filters: dict[str, Any],
    evaluation: records.Evaluation,
    file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = said(capsys, "errors", "--model", "tfidf", "--data", str(file), "--limit", "1000", *argv)
    rows = review_order.desk(data.load(str(file)).examples, evaluation.frame)
    expected = review_order.filtered(rows, review_order.Filters(**filters))
    assert [row["example_id"] for row in found["reviews"]] == expected["example_id"].tolist()
    assert found["matching"] == len(expected) and found["n"] == 30
    wrong = int((evaluation.frame["predicted"] != evaluation.frame["label"]).sum())
    assert found["wrong"] == wrong > 0
    about_reviews = {"source", "search", "words_low"} & filters.keys()
    assert (found["figures"] is not None) == bool(about_reviews)


def test_errors_beside_another_model_are_listed_written_and_counted(
    evaluation: records.Evaluation, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "errors.csv"
    argv = ["errors", "--model", "tfidf", "--beside", "bow", "--data", str(file), "--outcome", "all"]
    found = said(capsys, *argv, "--sort", "disagreement", "--limit", "3", "--out", str(out))
    assert len(found["reviews"]) == 3 and found["matching"] == 30
    with out.open(encoding="utf-8-sig", newline="") as kept:
        rows = list(csv.DictReader(kept))
    assert len(rows) == 30 and {row["model"] for row in rows} == {"tfidf"}
    apart = [float(row["disagreement"]) for row in rows]
    assert apart == sorted(apart, reverse=True) and {row["other_model"] for row in rows} == {"bow"}
    assert not any(row["text"].startswith("=") for row in rows)
    assert main([*argv, "--limit", "2"]) == 0
    assert "and 28 more" in capsys.readouterr().out


def test_slices_are_asked_of_the_package_above_and_an_unknown_one_is_named(
    evaluation: records.Evaluation, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["errors", "--model", "tfidf", "--data", str(file), "--outcome", "all", "--limit", "99"]
    found = said(capsys, *argv, "--slices", "not:long")
    right = [row["outcome"].startswith("true") for row in found["reviews"]]
    assert found["figures"]["accuracy"]["value"] == pytest.approx(np.mean(right))
    short = [row["example_id"] for row in said(capsys, *argv)["reviews"] if row["words"] < 250]
    assert {row["example_id"] for row in found["reviews"]} == set(short) and 0 < len(short) < 30
    assert "a slice 'nobody' is not in this workspace" in refused(capsys, *argv, "--slices", "nobody")


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("--min-confidence", "0.2"), "confidence is 0.2 to 1; give 0.5 to 1"),
        (("--min-words", "9", "--max-words", "3"), "words are 9 to 3"),
        (("--limit", "0"), "--limit is 0; give 1 or more"),
        (("--agreement", "agree"), "need a second model; give --beside NAME"),
        (("--sort", "disagreement"), "need a second model; give --beside NAME"),
        (("--threshold", "7"), "threshold is 7; give a probability from 0 to 1"),
        (("--slices", "Ünknown!"), "`python -m attacks slices list` lists the names"),
    ],
)
def test_filters_that_mean_nothing_are_refused(
    argv: tuple[str, ...], why: str, reelcheck_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert why in refused(capsys, "errors", "--model", "tfidf", "--data", "x", *argv)

"""Drift: nothing is seen between halves of one source, and what was planted is found with its interval."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core.command_line import main
from sentiment_core.drift import auc_with_interval, drift
from sentiment_core.errors import DataError

WORDS = np.array(
    [
        "film",
        "plot",
        "actor",
        "scene",
        "music",
        "camera",
        "story",
        "end",
        "joke",
        "hero",
        "cast",
        "light",
        "sound",
        "pace",
        "tone",
    ]
)


def reviews(n: int, seed: int, words: np.ndarray = WORDS, length: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    texts = [" ".join([*rng.choice(words, length), f"n{seed}"]) for _ in range(n)]
    return pd.DataFrame({"example_id": [f"r{i}" for i in range(n)], "text": texts, "label": np.arange(n) % 2})


def named(new: pd.DataFrame, before: pd.DataFrame) -> dict[str, object]:
    return {figure.name: figure for figure in drift(new, before).figures}


def test_two_samples_of_one_source_are_not_told_apart() -> None:
    one, other = reviews(300, 1).assign(text=lambda f: f["text"].str.replace("n1", "")), reviews(300, 2)
    found = drift(one, other.assign(text=other["text"].str.replace("n2", "")))
    assert found.auc.ci_low <= 0.5 <= found.auc.ci_high
    length, unknown, positive, _ = found.figures
    assert length.difference.value == 0 and unknown.difference.value == 0 and positive.difference.value == 0


def test_new_words_longer_reviews_and_other_labels_are_found() -> None:
    new = reviews(200, 3, np.array([*WORDS, "streaming", "season", "episode"]), 20).assign(label=1)
    found = named(new, reviews(200, 4))
    assert found["domain_auc"].difference.ci_low > 0.9  # type: ignore[attr-defined]
    assert found["length"].difference.value == pytest.approx(8)  # type: ignore[attr-defined]
    assert found["unknown_words"].difference.ci_low > 0.05  # type: ignore[attr-defined]
    assert found["positive"].difference.ci_low > 0.4  # type: ignore[attr-defined]


def test_the_auc_is_scikit_learns_and_its_interval_covers_the_truth_as_often_as_it_says() -> None:
    from math import erf

    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(7)
    truth = 0.5 * (1 + erf(0.5 / np.sqrt(2) / np.sqrt(2)))  # P(N(0.5, 1) > N(0, 1))
    covered = 0
    for _ in range(400):
        new, before = rng.normal(0.5, 1, 80), rng.normal(0, 1, 120)
        found = auc_with_interval(new, before)
        covered += found.ci_low <= truth <= found.ci_high
    side = [1] * 80 + [0] * 120
    assert found.value == pytest.approx(roc_auc_score(side, np.concatenate([new, before])))
    assert 0.92 <= covered / 400 <= 0.98


def test_too_few_reviews_are_refused() -> None:
    with pytest.raises(DataError, match="19 new reviews are too few to compare; give 20 or more"):
        drift(reviews(19, 1), reviews(50, 2))


@pytest.mark.parametrize(
    "text", ["🎬🔥😍", "فيلم رائع", "<script>alert(1)</script>", "... !!!", "x " * 25_000]
)
def test_any_text_can_be_compared(text: str) -> None:
    odd = pd.DataFrame({"example_id": list("ab"), "text": [text, text + " ok"], "label": [0, 1]})
    found = drift(pd.concat([odd, reviews(30, 1)]), reviews(30, 2))
    assert found.n_new == 32


def test_the_command_compares_two_files_and_a_models_confidence(
    reviews: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sentiment_core import data
    from sentiment_core.training.train import train

    train("tfidf", data.load(str(reviews)), alias="learned")
    line = ["drift", "--data", str(reviews), "--against", str(reviews), "--model", "learned"]
    assert main([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [figure["name"] for figure in said["figures"]] == [
        "length",
        "unknown_words",
        "positive",
        "domain_auc",
        "confidence",
    ]
    assert said["figures"][4]["difference"]["value"] == 0
    assert main(line) == 0
    assert "undecided" in capsys.readouterr().out or "no drift" in said["sentence"]


def test_vectors_tell_apart_what_differs_in_meaning_and_nothing_else() -> None:
    def of(shift: float):
        return lambda rows: (
            np.random.default_rng(len(rows)).normal(shift, 1, (len(rows), 8)).astype(np.float32)
        )

    new, before = reviews(300, 1), reviews(280, 2)
    by_name = {one.name: one for one in drift(new, before, vectors=(of(0.0), of(0.0))).figures}
    same = by_name["vectors_auc"].difference
    assert same.ci_low <= 0.5 <= same.ci_high
    by_name = {one.name: one for one in drift(new, before, vectors=(of(1.0), of(0.0))).figures}
    assert by_name["vectors_auc"].difference.ci_low > 0.9


def test_the_command_compares_vectors_that_are_kept_and_shows_periods(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sentiment_core import data, embeddings
    from sentiment_core.embeddings import keeping

    sides = []
    for name, seed in (("new", 1), ("old", 2)):
        dates = pd.date_range("2024-01-01", periods=60, freq="D").strftime("%Y-%m-%d")
        reviews(60, seed).assign(posted=dates).to_csv(tmp_path / f"{name}.csv", index=False)
        dataset = data.load(str(tmp_path / f"{name}.csv"))
        rows = np.random.default_rng(seed).normal(seed, 1, (60, 384)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        ids = dataset.examples["example_id"].astype(str).to_numpy(object)
        vectors = embeddings.Vectors(ids, rows, dataset.examples["label"].to_numpy(np.int64))
        keeping.keep(keeping.folder(dataset.fingerprint, "test"), vectors, 1.0, 100)
        sides.append(str(tmp_path / f"{name}.csv"))
    line = ["drift", "--data", sides[0], "--against", sides[1]]
    assert main([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert "vectors_auc" in [figure["name"] for figure in said["figures"]]
    assert said["period"] == "month" and [one["n"] for one in said["periods"]] == [31, 29]
    assert main([*line, "--date-column", "when"]) == 2
    assert "no column 'when'" in capsys.readouterr().err
    assert main(line) == 0
    assert "by month of column 'posted'" in capsys.readouterr().out

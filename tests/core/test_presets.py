"""A preset is a whole training in one word, and flags change single settings of it."""

from __future__ import annotations

import json

import pytest

from sentiment_core import __main__ as command_line
from sentiment_core import data, models
from sentiment_core.training import train
from sentiment_core.training.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_names_known_data_and_settings(preset):
    assert preset.data in data.DATASETS
    assert train.params_in_force(preset.family, preset.params).items() >= dict(preset.params).items()


def test_the_briefs_preset_is_the_briefs_fine_tune():
    params = train.params_in_force("transformer", PRESETS["distilbert-imdb"].params)
    brief = {
        "base": "distilbert-base-uncased", "learning_rate": 2e-5, "epochs": 3.0, "batch_size": 16,
        "eval_batch_size": 32, "weight_decay": 0.01, "logging_steps": 100, "max_length": 512,
    }  # fmt: skip
    assert params.items() >= brief.items()


def test_the_briefs_preset_runs_end_to_end_on_a_tiny_distilbert(reviews, tiny_base, capsys):
    flags = ["--data", str(reviews), "--base", str(tiny_base), "--epochs", "1", "--set", "threads=1"]
    assert command_line.main(["train", "--preset", "distilbert-imdb", *flags, "--alias", "it", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    params = models.resolve("it").manifest["params"]
    assert (params["epochs"], params["max_length"], params["learning_rate"]) == (1.0, 512, 2e-5)
    split = said["data"]["fingerprint"]  # the file had no splits: training made them, and kept a test part
    assert command_line.main(["evaluate", "--model", "it", "--data", split, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 6


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--preset", "huge"], "known: quick, reference, distilbert-imdb"),
        (["--family", "tfidf"], "--data and --family, or --preset"),
        (["--preset", "quick", "--family", "tfidf"], "of family transformer"),
    ],
)
def test_what_a_preset_cannot_do_is_said_in_one_line(flags, said, capsys):
    assert command_line.main(["train", *flags]) == 2
    assert said in capsys.readouterr().err

"""What Home says of a training is what the manifest holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.records import trainings
from sentiment_core.models import ModelCard

CURVES = [
    {"epoch": 0.5, "loss": 0.7},
    {"epoch": 1.0, "eval_loss": 0.5, "eval_accuracy": 0.8},
    {"epoch": 1.5, "loss": 0.3},
    {"epoch": 2.0, "eval_loss": 0.4, "eval_accuracy": 0.9},
]


def _card(name="tuned", curves=CURVES):
    manifest = {
        "curves": curves,
        "params": {"epochs": 2.0},
        "validation": {"accuracy": 0.9, "loss": None},
        "seconds": 61.0,
        "device": "cpu",
        "base": "distilbert-minilm",
        "base_revision": "sha256:53aa",
    }
    manifest["data"] = {"name": "imdb", "fingerprint": "abc", "n_train": 1_600, "n_validation": 100}
    manifest |= {"size_bytes": 91_000_000, "created": "2026-01-02T03:04:05Z"}
    return ModelCard(f"{name}-id", name, "Transformer", Path(name), manifest)


def test_the_curves_are_the_losses_of_the_manifest_by_epoch():
    curves = trainings.learning_curves([_card()])
    assert curves.to_dict("records") == [
        {"model": "tuned", "reviews": "training", "epoch": 0.5, "loss": 0.7},
        {"model": "tuned", "reviews": "training", "epoch": 1.5, "loss": 0.3},
        {"model": "tuned", "reviews": "validation", "epoch": 1.0, "loss": 0.5},
        {"model": "tuned", "reviews": "validation", "epoch": 2.0, "loss": 0.4},
    ]


def test_a_model_that_does_not_learn_in_epochs_has_no_curve():
    assert trainings.learning_curves([_card(curves=[{"C": 1.0, "accuracy": 0.9}])]).empty


@pytest.mark.parametrize(("last", "said"), [(0.4, "at the end of training"), (0.6, "rises after it")])
def test_the_sentence_says_where_validation_loss_is_lowest(last, said):
    curves = trainings.learning_curves([_card(curves=[*CURVES[:3], {"epoch": 2.0, "eval_loss": last}])])
    assert said in trainings.in_words(curves)


def test_the_chart_has_a_line_a_curve_and_titles_on_both_axes():
    curves = trainings.learning_curves([_card(), _card("other")])
    figure = trainings.learning_chart(curves, {"tuned": "#009E73"})
    assert len(figure.data) == 4
    assert figure.data[0].line.color == "#009E73"
    assert figure.layout.xaxis.title.text == "epoch"
    assert "loss" in figure.layout.yaxis.title.text


def test_a_curve_of_one_point_shows_it_and_epochs_start_at_0():
    one = trainings.learning_curves([_card(curves=CURVES[:2])])
    figure = trainings.learning_chart(one, {})
    assert [len(line.x) for line in figure.data] == [1, 1]
    assert all("markers" in line.mode for line in figure.data)
    assert figure.layout.xaxis.rangemode == "tozero"
    many = trainings.learning_chart(trainings.learning_curves([_card()]), {})
    assert [line.mode for line in many.data] == ["lines", "lines+markers"]


def test_the_facts_name_data_settings_and_base():
    (row,) = trainings.facts([_card()]).to_dict("records")
    assert "1,600 reviews of imdb" in row["trained on"]
    assert row["base"] == "distilbert-minilm sha256:53aa"
    assert "accuracy 0.900" in row["chosen on"] and "loss" not in row["chosen on"]


def test_home_draws_the_training_of_the_models_on_the_shelf(tiny_workspace: Path, app):
    app.run(timeout=60)
    assert not app.exception
    assert "How they were trained" in [heading.value for heading in app.header]


def test_a_setting_that_was_left_empty_is_not_named() -> None:
    assert trainings._settings({"revision": "", "base": None, "seed": 0, "c": 4.0}) == "seed 0, c 4.0"


def test_a_converted_copy_has_the_n_it_was_compared_on_and_no_curve_or_time_of_its_own() -> None:
    copy = _card("copy")
    copy.manifest.update({"export": {"format": "onnx"}, "parity": {"n": 32}})
    del copy.manifest["seconds"]
    (row,) = trainings.facts([copy]).to_dict("records")
    assert row["took"] == "not trained: converted"
    assert row["chosen on"].startswith("32 validation reviews")
    assert trainings.learning_curves([copy]).empty

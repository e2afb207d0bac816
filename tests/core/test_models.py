"""The shelf: a model is found by id or alias, and only a whole one is loaded."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from sentiment_core import __main__, models
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import ModelError
from sentiment_core.storage import workspace
from sentiment_core.training import train

WORDS = {0: ("dull", "flat", "cold"), 1: ("warm", "witty", "lovely")}


@pytest.fixture(scope="module")
def dataset():
    rows = [
        (
            f"r{i}",
            f"a {WORDS[i % 2][i % 3]} film, number {i}",
            i % 2,
            "train" if i < 30 else "validation",
            "made",
        )
        for i in range(40)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture
def tfidf(dataset):
    return train.train("tfidf", dataset, alias="tfidf")


@pytest.fixture
def bow(dataset):
    return train.train("bow", dataset)


def rewrite(card, **changes):
    path = card.folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_an_empty_workspace_has_no_models():
    assert models.list_models() == []
    assert models.aliases() == {}
    with pytest.raises(ModelError, match="model 'tfidf' is not known; known: none yet"):
        models.resolve("tfidf")


def test_models_are_listed_oldest_first(tfidf, bow):
    rewrite(bow, created="2001-01-01T00:00:00Z")
    assert [card.model_id for card in models.list_models()] == [bow.model_id, tfidf.model_id]


def test_a_model_is_found_by_its_id_and_by_its_alias(tfidf):
    assert models.resolve("tfidf") == models.resolve(tfidf.model_id) == tfidf
    assert models.load_model("tfidf").model_id == tfidf.model_id


def test_an_unknown_name_is_refused_with_the_known_ones(tfidf, bow):
    with pytest.raises(ModelError, match="model 'nope' is not known") as refusal:
        models.resolve("nope")
    assert "tfidf" in str(refusal.value)
    assert bow.model_id in str(refusal.value)


@pytest.mark.parametrize("name", ["", "../models", "/etc/passwd", ".", "tfidf/..", "\0"])
def test_a_name_is_never_taken_for_a_path(tfidf, name):
    with pytest.raises(ModelError):
        models.load_model(name)


def test_the_card_has_what_the_manifest_recorded(tfidf, dataset):
    assert tfidf.family == "tfidf"
    assert tfidf.trained_on["fingerprint"] == dataset.fingerprint
    assert tfidf.size_bytes == (tfidf.folder / "model.skops").stat().st_size
    assert tfidf.title == "TF-IDF + logistic regression"
    assert tfidf.created == tfidf.manifest["created"]


def test_folders_that_are_half_written_or_damaged_are_left_out(tfidf, bow):
    (workspace.models_folder() / ".tfidf-20260101t000000-00000000.abc").mkdir()
    (workspace.models_folder() / "tfidf-20260101t000000-00000000").mkdir()
    (workspace.models_folder() / "notes.txt").write_text("a file beside the models")
    (bow.folder / "manifest.json").write_text("{")
    assert [card.model_id for card in models.list_models()] == [tfidf.model_id]


@pytest.mark.parametrize(
    "changes", [{"family": "another"}, {"model_id": "bow-20260101t000000-00000000"}, {"files": None}]
)
def test_a_manifest_that_does_not_fit_its_folder_is_left_out(tfidf, changes):
    rewrite(tfidf, **changes)
    assert models.list_models() == []


def test_an_alias_moves_and_is_never_shared(tfidf, bow):
    models.set_alias("best", tfidf.model_id)
    models.set_alias("best", bow.model_id)
    assert models.resolve("best").model_id == bow.model_id
    assert models.aliases() == {"tfidf": tfidf.model_id, "best": bow.model_id}


def test_of_several_aliases_the_oldest_is_the_one_shown(tfidf):
    models.set_alias("another", "tfidf")
    assert models.resolve("another").alias == "tfidf"


@pytest.mark.parametrize(
    "alias", ["", "Best", "1st", "a b", "a/b", "-a", "tfidf-20260101t000000-00000000", "é"]
)
def test_an_alias_can_be_typed_and_is_never_an_id(tfidf, alias):
    with pytest.raises(ModelError, match="alias"):
        models.set_alias(alias, tfidf.model_id)


def test_an_alias_needs_a_model_that_is_there(tfidf):
    with pytest.raises(ModelError, match="not known"):
        models.set_alias("best", "nbsvm-20260101t000000-00000000")


def test_a_damaged_list_of_aliases_costs_the_aliases_only(tfidf):
    (workspace.models_folder() / "aliases.json").write_text("[broken")
    assert [card.alias for card in models.list_models()] == [None]
    models.set_alias("again", tfidf.model_id)
    assert models.resolve("again").model_id == tfidf.model_id


def test_a_model_whose_file_changed_by_one_byte_is_not_loaded(tfidf):
    path = tfidf.folder / "model.skops"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="'tfidf' is damaged: model.skops is not the file") as refusal:
        models.load_model("tfidf")
    assert "\n" not in str(refusal.value)


def test_a_model_without_its_file_is_not_loaded(tfidf):
    (tfidf.folder / "model.skops").unlink()
    with pytest.raises(ModelError, match="model.skops is missing"):
        models.load_model("tfidf")


def test_a_file_added_later_does_no_harm(tfidf):
    (tfidf.folder / "README.md").write_text("a model card")
    assert models.load_model("tfidf").model_id == tfidf.model_id


def command(capsys, *argv: str) -> tuple[int, str, str]:
    code = __main__.main(argv)
    return code, *capsys.readouterr()


def test_the_command_lists_shows_and_names(tfidf, bow, capsys):
    code, out, _ = command(capsys, "models", "--json")
    assert code == 0
    listed = json.loads(out)["models"]
    assert [model["model_id"] for model in listed] == [card.model_id for card in models.list_models()]
    assert command(capsys, "models", "alias", "plain", bow.model_id)[0] == 0
    shown = json.loads(command(capsys, "models", "show", "plain", "--json")[1])
    assert shown["model_id"] == bow.model_id
    assert shown["manifest"] == bow.manifest
    assert bow.model_id in command(capsys, "models", "list")[1]
    assert "log_loss" in command(capsys, "models", "show", "tfidf")[1]


def test_the_command_says_how_to_make_the_first_model(capsys):
    code, out, _ = command(capsys, "models")
    assert code == 0
    assert "train --help" in out


def test_the_command_ends_with_2_and_one_line_for_an_unknown_model(capsys):
    code, out, err = command(capsys, "models", "show", "nope")
    assert (code, out) == (2, "")
    assert err.startswith("error: model 'nope' is not known")
    assert len(err.strip().splitlines()) == 1

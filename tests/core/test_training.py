"""Training: what is asked for is what is recorded; a training that fails leaves nothing on the shelf."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from sentiment_core import __main__, data, models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import ClassifierFamily, FitResult
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, DataError, ModelError
from sentiment_core.storage import workspace
from sentiment_core.training import train as training
from sentiment_core.training.rows import rows_for_training, with_train_size, with_training_rows


def made_dataset(train: int = 40, validation: int = 10, test: int = 10, name: str = "made"):
    """Return reviews of both classes, as many in each split as asked for."""
    splits = ["train"] * train + ["validation"] * validation + ["test"] * test
    rows = [
        (f"r{i}", f"{'a warm, witty' if i % 2 else 'a dull, cold'} film number {i}", i % 2, split, "made")
        for i, split in enumerate(splits)
    ]
    return make_dataset(name, pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"]))


class Toy:
    """A classifier that knows nothing."""

    max_tokens = None

    def __init__(self, folder, model_id):
        self.model_id = model_id

    def predict_proba(self, texts):
        return np.full((len(texts), 2), 0.5)

    def token_counts(self, texts):
        return np.zeros(len(texts), dtype=np.int64)


@pytest.fixture
def toy(monkeypatch):
    """Put a family on the list that notes each call and does what `behave` says."""

    class Calls(list):
        behave = staticmethod(lambda call: None)

    calls = Calls()

    def fit(train, validation, params, folder, *, scratch, progress=None):
        call = {"train": train, "validation": validation, "params": params, "folder": folder}
        call |= {"scratch": scratch, "found": sorted(path.name for path in scratch.iterdir())}
        calls.append(call)
        (scratch / "checkpoint").write_text("half way")
        calls.behave(call)
        (folder / "weights.txt").write_text("weights")
        (folder / "part").mkdir()
        (folder / "part" / "more.txt").write_text("more")
        return FitResult(
            dict(params) | {"chosen": np.float32(0.5)},
            {"accuracy": 0.75, "roc_auc": math.nan},
            curves=[{"step": np.int64(1), "loss": 0.5}],
            details={"base": "nothing", "device": "abacus", "steps": np.int64(3)},
        )

    family = ClassifierFamily(
        "toy",
        "Toy",
        "Knows nothing.",
        {"rate": 0.5, "rounds": 3, "slow": False, "base": "", "seed": 7},
        fit,
        Toy,
    )
    monkeypatch.setitem(FAMILIES, "toy", family)
    return calls


def test_the_manifest_records_data_settings_versions_figures_and_hashes(toy):
    dataset = made_dataset()
    card = training.train("toy", dataset, {"rate": 0.25}, alias="first")
    manifest = json.loads((card.folder / "manifest.json").read_text())
    assert manifest == card.manifest
    assert manifest["data"] == {
        "name": "made",
        "fingerprint": dataset.fingerprint,
        "n_train": 40,
        "n_validation": 10,
    }
    assert manifest["params"] == {
        "rate": 0.25,
        "rounds": 3,
        "slow": False,
        "base": "",
        "seed": 7,
        "chosen": 0.5,
    }
    assert manifest["params_given"] == {"rate": 0.25}
    assert manifest["seed"] == 7
    assert manifest["validation"] == {"accuracy": 0.75, "roc_auc": None}  # NaN is no JSON
    assert manifest["curves"] == [{"step": 1, "loss": 0.5}]
    assert (manifest["base"], manifest["device"], manifest["threads"]) == ("nothing", "abacus", 1)
    assert manifest["details"] == {"languages": ["en"], "steps": 3}
    assert manifest["versions"].keys() >= {"python", "torch", "transformers", "scikit-learn", "numpy"}
    assert manifest["git_revision"] is None or re.fullmatch("[0-9a-f]{40}", manifest["git_revision"])
    assert manifest["seconds"] >= 0
    assert manifest["files"] == {
        "weights.txt": hashlib.sha256(b"weights").hexdigest(),
        "part/more.txt": hashlib.sha256(b"more").hexdigest(),
    }
    assert manifest["size_bytes"] == len("weights") + len("more") == card.size_bytes
    assert card.alias == "first"


def test_a_model_id_names_family_time_and_spec(toy):
    before = datetime.now(UTC).replace(microsecond=0)
    card = training.train("toy", made_dataset())
    family, stamp, spec = card.model_id.split("-")
    assert family == "toy"
    assert before <= datetime.strptime(stamp, "%Y%m%dt%H%M%S").replace(tzinfo=UTC)
    assert re.fullmatch("[0-9a-f]{8}", spec)


def test_the_spec_s_hash_changes_with_settings_and_data_and_with_nothing_else(toy):
    def spec(dataset, params):
        return training.train("toy", dataset, params).model_id[-8:]

    dataset = made_dataset()
    plain = spec(dataset, {})
    assert spec(dataset, {"rate": 0.5}) == plain  # the default, written out
    assert spec(dataclasses.replace(dataset, name="renamed"), {}) == plain
    assert spec(dataset, {"rate": 0.25}) != plain
    assert spec(made_dataset(train=42), {}) != plain


def test_two_trainings_within_a_second_get_two_models(toy):
    cards = [training.train("toy", made_dataset()) for _ in range(3)]
    assert len({card.model_id for card in cards}) == 3
    assert len(models.list_models()) == 3


def test_whole_numbers_do_for_settings_that_are_fractions(toy):
    training.train("toy", made_dataset(), {"rate": 1})
    assert toy[0]["params"]["rate"] == 1.0
    assert isinstance(toy[0]["params"]["rate"], float)


@pytest.mark.parametrize(
    ("family", "params", "said"),
    [
        ("toi", {}, "family 'toi' is not known; known: tfidf"),
        ("toy", {"speed": 1}, "no setting 'speed'; known: base, rate, rounds, seed, slow"),
        ("toy", {"rounds": 1.5}, "setting 'rounds' is 1.5; it takes int"),
        ("toy", {"rounds": True}, "setting 'rounds' is True; it takes int"),
        ("toy", {"base": None}, "setting 'base' is None; it takes str"),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_fitted(toy, family, params, said):
    with pytest.raises(ModelError, match=re.escape(said)):
        training.train(family, made_dataset(), params)
    assert toy == []


def test_an_impossible_alias_is_refused_before_anything_is_fitted(toy):
    with pytest.raises(ModelError, match="alias"):
        training.train("toy", made_dataset(), alias="Not One")
    assert toy == []


@pytest.mark.parametrize("failure", [RuntimeError("no memory"), Cancelled(), KeyboardInterrupt()])
def test_a_training_that_fails_leaves_no_model_and_keeps_its_checkpoints(toy, failure):
    def fail(call):
        (call["folder"] / "weights.txt").write_text("half")
        raise failure

    toy.behave = fail
    with pytest.raises(type(failure)):
        training.train("toy", made_dataset(), alias="wanted")
    assert models.list_models() == []
    assert models.aliases() == {}
    assert [path.name for path in workspace.models_folder().iterdir()] == [toy[0]["scratch"].name]
    assert (toy[0]["scratch"] / "checkpoint").exists()


def test_resume_finds_the_checkpoints_of_the_same_spec_and_a_fresh_start_clears_them(toy):
    def fail(call):
        raise RuntimeError

    toy.behave = fail
    for resume in (False, True, False):
        with pytest.raises(RuntimeError):
            training.train("toy", made_dataset(), resume=resume)
    with pytest.raises(RuntimeError):
        training.train("toy", made_dataset(), {"rate": 0.1}, resume=True)
    assert [call["found"] for call in toy] == [[], ["checkpoint"], [], []]


def test_checkpoints_go_once_the_model_is_on_the_shelf(toy):
    card = training.train("toy", made_dataset())
    assert not toy[0]["scratch"].exists()
    assert [path.name for path in workspace.models_folder().iterdir()] == [card.model_id]


def test_of_several_processes_only_the_first_shelves_the_model(toy, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    training.train("toy", made_dataset(), alias="both")
    assert models.list_models() == []
    assert models.aliases() == {}
    assert toy[0]["scratch"].exists()  # the first process may still need it
    monkeypatch.setenv("RANK", "0")
    training.train("toy", made_dataset(), alias="both", resume=True)
    assert len(models.list_models()) == 1
    assert toy[1]["found"] == ["checkpoint"]


def test_the_splits_of_the_data_are_the_rows_that_are_learned_from_and_validated_on(toy):
    dataset = made_dataset()
    training.train("toy", dataset)
    assert toy[0]["train"]["example_id"].tolist() == [f"r{i}" for i in range(40)]
    assert toy[0]["validation"]["example_id"].tolist() == [f"r{i}" for i in range(40, 50)]


def test_without_a_validation_split_five_percent_of_train_stand_in():
    dataset = made_dataset(train=400, validation=0)
    train, validation = rows_for_training(dataset, seed=1)
    assert validation["label"].value_counts().to_dict() == {0: 10, 1: 10}
    assert sorted([*train["example_id"], *validation["example_id"]]) == sorted(
        dataset.split("train")["example_id"]
    )
    again = rows_for_training(dataset, seed=1)[1]
    other = rows_for_training(dataset, seed=2)[1]
    assert again.equals(validation)
    assert not other.equals(validation)


def test_a_duplicate_text_in_train_is_not_validated_on():
    dataset = made_dataset(train=40, validation=0)
    doubled = dataset.split("train").assign(text=lambda frame: [f"text {i // 4}" for i in frame.index])
    once = (
        made_dataset(train=8, validation=0)
        .split("train")
        .assign(example_id=lambda frame: "x" + frame.example_id)
    )
    mixed = make_dataset("mixed", pd.concat([doubled, once]))
    train, validation = rows_for_training(mixed, seed=0)
    assert set(validation["text"]) <= set(once["text"])
    assert not set(validation["text"]) & set(train["text"])


def test_data_without_a_training_split_are_divided_and_what_is_held_out_can_be_found(toy):
    dataset = made_dataset(train=0, validation=0, test=100)
    card = training.train("toy", dataset)
    assert (len(toy[0]["train"]), len(toy[0]["validation"])) == (80, 10)
    stored = data.by_fingerprint(card.trained_on["fingerprint"])
    held_out = set(stored.split("test")["example_id"])
    assert len(held_out) == 10
    assert not held_out & {*toy[0]["train"]["example_id"], *toy[0]["validation"]["example_id"]}
    assert with_training_rows(stored, seed=7) is stored


def test_a_training_size_is_a_stratified_sample_and_leaves_the_other_splits_alone():
    dataset = made_dataset(train=100)
    small = with_train_size(dataset, 10, seed=3)
    assert small.split("train")["label"].value_counts().to_dict() == {0: 5, 1: 5}
    assert set(small.split("train")["example_id"]) < set(dataset.split("train")["example_id"])
    for split in ("validation", "test"):
        assert small.split(split).equals(dataset.split(split))
    assert with_train_size(dataset, 10, seed=3).fingerprint == small.fingerprint
    assert with_train_size(dataset, 10, seed=4).fingerprint != small.fingerprint
    assert with_train_size(dataset, 1000, seed=3).fingerprint == dataset.fingerprint
    with pytest.raises(DataError, match="a training size of 0"):
        with_train_size(dataset, 0, seed=3)


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone_cannot_be_trained_on(toy, label):
    dataset = made_dataset()
    frame = dataset.examples[(dataset.examples["label"] == label) | (dataset.examples["split"] != "train")]
    missing = ["negative", "positive"][1 - label]
    with pytest.raises(DataError, match=f"'made' has 0 {missing} reviews to train on"):
        training.train("toy", make_dataset("made", frame))
    assert toy == []


def test_too_few_different_texts_for_a_validation_split_are_refused():
    frame = made_dataset(train=8, validation=0, test=0).examples.assign(text="the same text")
    with pytest.raises(DataError, match="too few different texts"):
        rows_for_training(make_dataset("made", frame), seed=0)


def test_progress_is_handed_on_and_may_cancel():
    def stop(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        training.train("tfidf", made_dataset(), progress=stop)
    assert models.list_models() == []


def test_the_same_training_gives_the_same_answers():
    dataset = made_dataset()
    texts = dataset.split("test")["text"].tolist()
    first, second = (
        models.load_model(training.train("nbsvm", dataset).model_id).predict_proba(texts) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def run(capsys, *argv: str):
    """Run a command and return (exit code, the JSON object or the text on stdout, stderr)."""
    code = __main__.main(argv)
    out, err = capsys.readouterr()
    return code, json.loads(out) if "--json" in argv and code == 0 else out, err


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "reviews.csv"
    made_dataset(train=60, test=20).examples[["text", "label", "split"]].to_csv(path, index=False)
    return str(path)


def test_the_command_trains_and_gives_the_model_s_id(capsys, csv):
    code, result, _ = run(capsys, "train", "--data", csv, "--family", "tfidf", "--alias", "mine", "--json")
    assert code == 0
    assert models.resolve("mine").model_id == result["model_id"]
    assert result["data"]["n_train"] == 60
    assert result["evaluate_on"] == csv


@pytest.mark.parametrize(
    "flags",
    [
        ["--set", "rate=0.25", "--set", "rounds=9", "--set", "slow=true", "--seed", "3"],
        ["--set", "rounds=9", "--set", "seed=3", "--set", "slow=TRUE", "--set", "rate=.25"],
    ],
)
def test_settings_are_read_by_the_type_of_their_default(toy, capsys, csv, flags):
    code, _, err = run(capsys, "train", "--data", csv, "--family", "toy", *flags)
    assert code == 0, err
    assert toy[0]["params"] == {"rate": 0.25, "rounds": 9, "slow": True, "base": "", "seed": 3}


def test_a_flag_stands_for_the_setting_of_its_name(toy, capsys, csv):
    run(capsys, "train", "--data", csv, "--family", "toy", "--base", "some-base")
    assert toy[0]["params"]["base"] == "some-base"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--set", "rounds=many"], "setting 'rounds' cannot be 'many'; it takes int"),
        (["--set", "slow=perhaps"], "it takes true or false"),
        (["--set", "rounds"], "has no '='"),
        (["--set", "speed=3"], "no setting 'speed'"),
        (["--epochs", "3"], "toy has no setting 'epochs'"),
        (["--alias", "Über"], "alias 'Über' cannot be used"),
        (["--train-size", "0"], "a training size of 0 is not possible"),
        (["--train-size", "2"], "at least 2 of each class"),
    ],
)
def test_a_wrong_flag_is_refused_in_one_line_with_exit_code_2(toy, capsys, csv, flags, said):
    code, out, err = run(capsys, "train", "--data", csv, "--family", "toy", *flags)
    assert code == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert toy == []


def test_a_file_without_splits_is_held_out_from_and_the_command_says_where(toy, capsys, tmp_path):
    path = tmp_path / "plain.csv"
    made_dataset(train=100).examples[["text", "label"]].to_csv(path, index=False)
    code, text, _ = run(capsys, "train", "--data", str(path), "--family", "toy", "--train-size", "20")
    assert code == 0
    assert len(toy[0]["train"]) == 20
    fingerprint = text.strip().rsplit(" ", 1)[1]
    stored = data.by_fingerprint(fingerprint)
    assert not set(stored.split("test")["text"]) & set(toy[0]["train"]["text"])

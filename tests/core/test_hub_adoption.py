"""A two-class model of the hub is used by its name: fetched once, its labels mapped and shown."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hub_server import COMMIT, serving

from sentiment_core import command_line, models
from sentiment_core.adoption import hub_models
from sentiment_core.errors import ModelError, ResourceMissing
from sentiment_core.naming import repositories

NAME = "someone/tiny-reviews"
TEXTS = ["A warm and witty film.", "Dull.", "فيلم رائع", "a " * 2000, "<b>!</b>", "😀"]


@pytest.fixture(scope="module")
def files(tiny_base):
    found = {file.name: file.read_bytes() for file in tiny_base.iterdir()}
    reads = json.loads(found["tokenizer_config.json"]) | {
        "model_input_names": ["input_ids", "attention_mask"]
    }
    return found | {"tokenizer_config.json": json.dumps(reads).encode()}


@pytest.fixture
def hub(monkeypatch, files):
    """Serve one model; the hub's client of this process asks it."""
    from huggingface_hub import constants, file_download

    with serving() as (address, store):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        store.published[NAME] = {**files, "config.json": labeled(files, "NEGATIVE", "POSITIVE")}
        yield store


def labeled(files, *names, **more):
    settings = json.loads(files["config.json"]) | {"id2label": dict(enumerate(names)), **more}
    settings["label2id"] = {name: place for place, name in enumerate(names)}
    return json.dumps(settings).encode()


def said(capsys, *argv, code=0):
    assert command_line.main([*argv, "--json"] if code == 0 else [*argv]) == code
    out, err = capsys.readouterr()
    return (json.loads(out) if code == 0 else None), err


def stock(tmp_path, files):
    """Return float64 [n] of plain transformers for each of TEXTS: the probability of its second label."""
    from transformers import pipeline

    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    classify = pipeline("text-classification", str(tmp_path), top_k=None, truncation=True, max_length=512)
    second = json.loads(files["config.json"])["id2label"]["1"]
    return [next(row["score"] for row in rows if row["label"] == second) for rows in classify(TEXTS)]


def test_a_model_is_used_by_its_name_and_answers_as_plain_transformers_does(hub, capsys, tmp_path):
    expected = stock(tmp_path, hub.published[NAME])
    answer, err = said(capsys, "predict", "--model", NAME, "--text", TEXTS[0])
    assert answer["prob_positive"] == pytest.approx(expected[0], abs=1e-6)
    assert f"{NAME} is on the shelf as tiny-reviews; 'NEGATIVE' is negative, 'POSITIVE' is positive" in err
    found = models.load_model(NAME).predict_proba(TEXTS)[:, 1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    card = models.resolve("tiny-reviews")
    assert card.used_params == {"base": NAME, "revision": COMMIT, "max_length": 512, "truncation": "head"}
    assert card.manifest["hub"] == {
        "repository": NAME,
        "revision": COMMIT,
        "asked": "",
        "negative": "NEGATIVE",
        "positive": "POSITIVE",
    }


def test_a_model_that_was_fetched_needs_no_hub_again(hub, capsys):
    hub_models.add(NAME)
    hub.published.clear()
    before = len(hub.requests)
    said(capsys, "predict", "--model", f"{NAME}@{COMMIT[:8]}", "--text", "x")
    assert len(hub.requests) == before
    assert len(models.list_models()) == 1


def test_the_same_commit_is_put_on_the_shelf_once(hub):
    assert hub_models.add(NAME) == hub_models.add(f"{NAME}@main") == hub_models.add(f"{NAME}@{COMMIT}")


@pytest.mark.parametrize("names", [("POSITIVE", "NEGATIVE"), ("LABEL_0", "LABEL_1")])
def test_outputs_in_another_order_are_put_in_ours(hub, files, names, tmp_path):
    hub.published[NAME]["config.json"] = labeled(files, *names)
    expected = stock(tmp_path, hub.published[NAME])
    card = hub_models.add(NAME, positive="label_0" if names[0] == "LABEL_0" else "")
    assert card.manifest["hub"]["positive"] == names[0]
    found = models.load_model(NAME).predict_proba(TEXTS)[:, 0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: labeled(files, "LABEL_0", "LABEL_1"), "'LABEL_0' and 'LABEL_1', which does not say"),
        (lambda files: labeled(files, "1 star", "2 stars", "3 stars"), "has 3 labels ('1 star', '2 stars',"),
        (
            lambda files: labeled(files, "NEG", "POS", problem_type="multi_label_classification"),
            "judges each of its labels by itself",
        ),
        (
            lambda files: labeled(files, "NEG", "POS", auto_map={"AutoModel": "x.Y"}),
            "Python code of the folder's own, which is not run",
        ),
        (
            lambda files: labeled(files, "NEG", "POS", dim=10**9),
            f"'{NAME}' is not loaded: config.json has dim",
        ),
        (lambda files: b"[", f"'{NAME}' is not loaded"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line_and_not_on_the_shelf(hub, files, capsys, change, message):
    hub.published[NAME]["config.json"] = change(files)
    _, err = said(capsys, "predict", "--model", NAME, "--text", "x", code=2)
    assert message in err and COMMIT not in err
    assert models.list_models() == []


def test_weights_that_could_run_code_are_not_even_fetched(hub):
    content = hub.published[NAME]
    content["pytorch_model.bin"] = content.pop("model.safetensors")
    with pytest.raises(ModelError, match="no weights as .safetensors: pytorch_model.bin could run code"):
        hub_models.add(NAME)
    assert not [asked for asked in hub.requests if "/resolve/" in asked]


def test_only_files_that_are_read_are_fetched(hub):
    hub.published[NAME] |= {
        "pytorch_model.bin": b"pickle",
        "onnx/model.onnx": b"x",
        "../../escaped.json": b"{}",
        "evil.py": b"raise SystemExit",
    }
    hub_models.add(NAME)
    fetched = {asked.partition(f"/{COMMIT}/")[2] for asked in hub.requests if "/resolve/" in asked}
    assert {"config.json", "model.safetensors"} <= fetched
    assert not fetched & {"pytorch_model.bin", "onnx/model.onnx", "../../escaped.json", "evil.py"}


def test_a_model_over_the_size_limit_is_not_fetched(hub):
    hub.sizes["model.safetensors"] = 3 * 10**9
    with pytest.raises(ModelError, match="has 3.0 GB of files, over the limit of 2.1 GB"):
        hub_models.add(NAME)
    assert not [asked for asked in hub.requests if "/resolve/" in asked]


def test_its_size_is_said_before_it_is_fetched(hub):
    steps = []
    hub_models.add(
        NAME, progress=lambda done, total, what: steps.append((what, "/resolve/" in "".join(hub.requests)))
    )
    assert steps[0][0].startswith(f"fetching {NAME} at 01234567, ") and steps[0][0].endswith(" MB")
    assert steps[0][1] is False


def test_without_a_hub_it_is_one_line(hub, monkeypatch):
    from huggingface_hub import constants

    with pytest.raises(ModelError, match="the hub has no model 'someone/else'"):
        hub_models.add("someone/else")
    with pytest.raises(ModelError, match="the hub has no model 'someone/tiny-reviews' at 'v9'"):
        hub_models.add(f"{NAME}@v9")
    hub.faults["/api/models/"] = [500]
    with pytest.raises(ResourceMissing, match="which answers with status 500"):
        hub_models.add(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ResourceMissing, match="is not on the shelf, and HF_HUB_OFFLINE is set"):
        hub_models.add(NAME)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "../../etc/passwd",
        "a/b/c",
        "a/../b",
        "/etc/passwd",
        "~/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "a/b@../c",
        "a/b@c/d",
        "a/b@",
        "a/b?x=1",
        "a/b#c",
        "a\\b/c",
        "a/b\n",
        "a/" + "b" * 300,
        "-a/b",
        "a/b c",
    ],
)
def test_a_name_that_is_none_is_one_line_and_nothing_is_asked(hub, capsys, name):
    assert not repositories.is_model(name)
    _, err = said(capsys, "evaluate", f"--model={name}", "--data", "imdb-embedded", code=2)
    assert "is no model of the hub: write OWNER/NAME or OWNER/NAME@REVISION" in err
    assert err.count("\n") == 1 and hub.requests == []
    said(capsys, "models", "add", name.lstrip("-"), code=2) if "-" not in name else None
    assert hub.requests == []


def test_a_name_in_a_file_or_on_a_page_fetches_nothing(hub, capsys):
    with pytest.raises(ModelError, match="of the hub is not on the shelf; put it there with .*models add"):
        models.load_model(NAME)
    _, err = said(capsys, "models", "show", NAME, code=2)
    assert "is not on the shelf" in err and hub.requests == []

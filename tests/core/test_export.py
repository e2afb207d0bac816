"""A copy answers as its model does, or is not kept; a file that could loop or read others is refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
import torch

from sentiment_core import data, models
from sentiment_core.classifiers.onnx import network
from sentiment_core.classifiers.onnx.classifier import load
from sentiment_core.classifiers.onnx.converting import convert
from sentiment_core.classifiers.onnx.network import FILE, Network
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.command_line import main
from sentiment_core.contracts import check_classifier
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import ModelError
from sentiment_core.exporting import export, parity, vocabulary
from sentiment_core.exporting.export import ExportSpec
from sentiment_core.storage import workspace

MODEL_ID = "transformer-20260101t000000-0123abcd"
TEXTS = [
    "",
    "good good good good",
    "I loved it 😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script><br />Dull.",
    "The plot wanders. " * 2800,
    "A warm and witty film.",
]
PARAMS = {"max_length": 64, "truncation": "head+tail"}


@pytest.fixture(scope="session")
def tiny(tiny_base):
    """Random weights in the real architecture, large enough that answers to TEXTS differ."""
    loaded = load_base(str(tiny_base))
    for module in loaded.model.distilbert.transformer.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.data.mul_(10)
    torch.nn.init.normal_(loaded.model.classifier.weight, std=0.02, generator=torch.manual_seed(7))
    found = TransformerClassifier("tiny", loaded.model, Reader(loaded.tokenizer, 64, "head+tail"))
    log_odds = found.log_odds(TEXTS)
    scale = float(4 / np.ptp(log_odds))
    with torch.no_grad():
        loaded.model.classifier.weight.mul_(scale)
        loaded.model.classifier.bias.copy_(torch.tensor([0.0, -scale * float(np.median(log_odds))]))
    return found


@pytest.fixture(scope="session")
def converted(tiny, tmp_path_factory):
    """The folder of `tiny`, converted; in float32 and with int8 weights."""
    folders = {int8: tmp_path_factory.mktemp(f"int8-{int8}") for int8 in (False, True)}
    for int8, folder in folders.items():
        convert(tiny, folder, int8=int8)
    return folders


def opened(folder, *, int8=False):
    return load(folder, "converted", PARAMS | {"int8": int8})


@pytest.fixture
def shelved(tiny, reelcheck_home):
    """Put `tiny` on the shelf, as if trained on forty short reviews."""
    words = {0: ("dull", "flat", "cold"), 1: ("warm", "witty", "lovely")}
    rows = [
        (
            f"r{i}",
            f"A {words[i % 2][i % 3]} film, number {i}.",
            i % 2,
            "train" if i < 28 else "validation",
            "m",
        )
        for i in range(40)
    ]
    dataset = make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )
    data.store(dataset)
    folder = workspace.models_folder() / MODEL_ID
    tiny.model.save_pretrained(folder)
    tiny.reader.tokenizer.save_pretrained(folder)
    manifest = {
        "model_id": MODEL_ID,
        "family": "transformer",
        "files": {path.name: models.sha256(path) for path in sorted(folder.iterdir())},
        "base": "tiny",
        "data": {"name": "made", "fingerprint": dataset.fingerprint, "n_train": 28, "n_validation": 12},
        "params": {"base": "tiny", "revision": "", **PARAMS},
        "validation": {"accuracy": 0.5},
        "created": "2026-01-01T00:00:00Z",
        "size_bytes": sum(path.stat().st_size for path in folder.iterdir()),
    }
    workspace.write_json(folder / models.MANIFEST, manifest)
    return models.resolve(MODEL_ID)


def test_float32_gives_the_transformer_s_logits(tiny, converted):
    before, after = tiny.predict_logits(TEXTS), opened(converted[False]).predict_logits(TEXTS)
    assert np.ptp(before) > 1
    np.testing.assert_allclose(after, before, atol=1e-4)


def test_int8_is_near_and_does_not_depend_on_the_texts_beside_it(tiny, converted):
    classifier = opened(converted[True], int8=True)
    together = classifier.predict_logits(TEXTS)
    alone = np.concatenate([classifier.predict_logits([text]) for text in TEXTS])
    np.testing.assert_array_equal(together, alone)
    before = tiny.predict_logits(TEXTS)
    assert 0 < np.abs(together - before).max() < 0.2 * np.ptp(before)


@pytest.mark.parametrize("int8", [False, True])
def test_what_is_loaded_keeps_the_contract_of_classifiers(converted, int8):
    check_classifier(opened(converted[int8], int8=int8))


def test_reading_is_the_transformer_s(tiny, converted):
    classifier = opened(converted[False])
    assert [classifier.spans(text) for text in TEXTS] == [tiny.spans(text) for text in TEXTS]
    np.testing.assert_array_equal(classifier.token_counts(TEXTS), tiny.token_counts(TEXTS))
    np.testing.assert_array_equal(classifier.knows_nothing(TEXTS), tiny.knows_nothing(TEXTS))


def test_log_odds_are_scaled_as_asked(converted):
    classifier = opened(converted[False])
    before = classifier.log_odds(TEXTS)
    classifier.rescale(0.5, 0.3)
    classifier.rescale(2.0, 0.1)
    np.testing.assert_allclose(classifier.log_odds(TEXTS), before + 0.7, atol=1e-9)


def test_threads_are_those_of_the_environment(converted, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert Network(converted[False] / FILE).threads == 1
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert network.default_threads() == len(os.sched_getaffinity(0))


# --- files that are not ours -----------------------------------------------------------------------------


def _changed(folder, tmp_path, change):
    """Copy a converted folder with another graph in it."""
    copied = tmp_path / "changed"
    shutil.copytree(folder, copied)
    model = onnx.load(str(copied / FILE))
    change(model.graph)
    onnx.save(model, str(copied / FILE))
    return copied


def _outside(graph):
    weight = graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../secret")


def _renamed_output(graph):
    graph.output[0].name = "scores"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_outside, "keeps weights in other files"),
        (lambda graph: graph.node.add(op_type="Loop", name="for-ever"), "has a Loop, which may never end"),
        (lambda graph: graph.node.add(op_type="Run", domain="my.own"), "operators that are not ONNX's"),
        (_renamed_output, "does not take input_ids and attention_mask"),
    ],
)
def test_a_graph_that_could_do_more_than_compute_is_refused(converted, tmp_path, change, said):
    with pytest.raises(ModelError, match=said):
        opened(_changed(converted[False], tmp_path, change))


@pytest.mark.parametrize("content", [b"", b"not a graph", None])
def test_a_file_that_is_no_graph_is_refused_in_one_line(converted, tmp_path, content):
    folder = tmp_path / "copied"
    shutil.copytree(converted[False], folder)
    (folder / FILE).unlink() if content is None else (folder / FILE).write_bytes(content)
    with pytest.raises(ModelError, match="'copied' is not loaded") as caught:
        opened(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "params", [{"max_length": 10**9}, {"max_length": "64"}, {"int8": 1}, {"truncation": "middle"}]
)
def test_settings_that_cannot_be_are_refused(converted, params):
    with pytest.raises(ModelError):
        load(converted[False], "converted", PARAMS | {"int8": False} | params)


def test_more_tokens_than_places_are_refused_when_it_is_loaded(converted):
    with pytest.raises(ModelError, match="is not loaded"):
        load(converted[False], "converted", PARAMS | {"int8": False, "max_length": 513})


# --- onto the shelf --------------------------------------------------------------------------------------


def test_an_exported_model_is_on_the_shelf_with_its_parity(shelved):
    card = export.export(MODEL_ID, ExportSpec(), alias="small")
    found, made = card.manifest["parity"], card.manifest["export"]
    assert card.alias == "small" and card.family == "onnx"
    assert found["n"] == 12 and found["label_agreement"] == 1.0
    assert found["label_agreement_interval"][0] == pytest.approx(12 / (12 + 1.959964**2), abs=1e-6)  # Wilson
    assert 0 < found["max_abs_logit"] < 1e-4
    assert made["source"] == MODEL_ID and made["source_files"] == shelved.manifest["files"]
    assert "onnxruntime" in made["converters"]
    assert card.size_bytes == sum((card.folder / name).stat().st_size for name in card.manifest["files"])
    before, after = (models.load_model(name) for name in (MODEL_ID, "small"))
    np.testing.assert_allclose(after.predict_proba(TEXTS), before.predict_proba(TEXTS), atol=1e-5)


def test_a_calibration_goes_into_the_copy_and_is_not_applied_twice(shelved):
    manifest = dict(shelved.manifest)
    calibration = {
        "method": "temperature",
        "scale": 0.5,
        "shift": 0.0,
        "source": MODEL_ID,
        "data": {"name": "made", "fingerprint": "0", "split": "validation", "n": 12},
    }
    before = models.load_model(MODEL_ID).log_odds(TEXTS)
    workspace.write_json(shelved.folder / models.MANIFEST, manifest | {"calibration": calibration})
    card = export.export(MODEL_ID, ExportSpec())
    assert "calibration" not in card.manifest and card.manifest["export"]["calibration"] == calibration
    np.testing.assert_allclose(models.load_model(card.model_id).log_odds(TEXTS), 0.5 * before, atol=1e-4)


def test_the_command_gives_what_others_rely_on(shelved, capsys):
    assert main(["export", "--model", MODEL_ID, "--format", "onnx", "--int8", "--force", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert models.resolve(result["model_id"]).size_bytes == result["size_bytes"]
    assert {"max_abs_logit", "label_agreement", "n"} <= result["parity"].keys()
    assert 0 <= result["parity"]["label_agreement"] <= 1
    assert main(["export", "--model", MODEL_ID, "--format", "onnx"]) == 0
    assert "next: python -m attacks gate --model onnx-" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--model", MODEL_ID, "--format", "gguf"], "format 'gguf' is not known; known: onnx"),
        (["--model", MODEL_ID, "--format", "onnx", "--openvino"], "pip install openvino==2026.4.1"),
        (["--model", MODEL_ID, "--format", "onnx", "--reviews", "0"], "--reviews is 0; give 1 or more"),
        (["--model", "nobody", "--format", "onnx"], "model 'nobody' is not known"),
        (["--model", MODEL_ID, "--format", "onnx", "--alias", "A B"], "cannot be used; allowed"),
        (["--model", MODEL_ID, "--format", "onnx", "--data", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_exported_gets_one_line(shelved, capsys, argv, said):
    assert main(["export", *argv]) == 2
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("error: ") and said in complaint
    assert [card.model_id for card in models.list_models()] == [MODEL_ID]


def test_a_copy_that_answers_otherwise_is_kept_only_by_force(shelved, monkeypatch):
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 1.1)
    with pytest.raises(
        ModelError, match=r"is not kept: it labels .* of 12 validation reviews .*--force keeps"
    ):
        export.export(MODEL_ID, ExportSpec(int8=True))
    assert len(models.list_models()) == 1
    export.export(MODEL_ID, ExportSpec(int8=True), force=True)
    assert len(models.list_models()) == 2


def test_a_linear_model_needs_no_export_and_a_converted_one_is_not_converted_again(shelved):
    card = export.export(MODEL_ID, ExportSpec())
    with pytest.raises(ModelError, match="is converted already"):
        export.export(card.model_id, ExportSpec())
    linear = models.ModelCard("t", "t", "T", shelved.folder, shelved.manifest | {"family": "tfidf"})
    with pytest.raises(ModelError, match="t needs no export: a tfidf model"):
        export._check_family(linear)


def test_a_read_only_shelf_is_one_line(shelved, monkeypatch, capsys):
    def refused(path, *args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refused)
    assert main(["export", "--model", MODEL_ID, "--format", "onnx"]) == 2
    assert "error: the disk is read-only" in capsys.readouterr().err


def test_a_killed_export_leaves_no_half_model(shelved):
    code = (
        "from sentiment_core.exporting import export, parity\n"
        "import time\n"
        "parity.measured = lambda *args: (print('written', flush=True), time.sleep(60))\n"
        f"export.export({MODEL_ID!r}, export.ExportSpec())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [card.model_id for card in models.list_models()] == [MODEL_ID]
    assert any(path.name.startswith(".onnx-") for path in workspace.models_folder().iterdir())
    export.export(MODEL_ID, ExportSpec())
    assert not any(path.name.startswith(".onnx-") for path in workspace.models_folder().iterdir())


# --- fewer tokens ----------------------------------------------------------------------------------------


def test_texts_of_kept_tokens_get_the_same_answers_from_fewer_tokens(tiny):
    vocab = tiny.reader.tokenizer.get_vocab()
    counts = vocabulary.token_counts(tiny.reader.tokenizer, ["A warm and witty film.", "The plot wanders."])
    kept = vocabulary.kept_tokens(vocab, counts, 1, tiny.reader.tokenizer.all_special_tokens)
    smaller = vocabulary.with_tokens(tiny, kept)
    assert smaller.model.get_input_embeddings().num_embeddings == len(kept) < 0.2 * len(vocab)
    texts = ["A warm film.", "The plot. And witty!", "", "The film wanders. " * 2000]
    np.testing.assert_array_equal(smaller.predict_logits(texts), tiny.predict_logits(texts))


def test_nothing_becomes_unknown_that_was_not(tiny):
    tokenizer = tiny.reader.tokenizer
    kept = vocabulary.kept_tokens(tokenizer.get_vocab(), {}, 1, tokenizer.all_special_tokens)
    fewer = vocabulary.with_tokens(tiny, kept).reader.tokenizer
    words = [token for token in tokenizer.get_vocab() if not token.startswith(("##", "["))]
    pairs = [a + b for a, b in zip(words, words[::-1], strict=True)]
    texts = [*words[::7], *pairs[::7], "فيلم رائع جدا 😀 naïve 映画"]
    for text, before, after in zip(
        texts, tokenizer(texts)["input_ids"], fewer(texts)["input_ids"], strict=True
    ):
        known = tokenizer.unk_token_id not in before
        assert not known or fewer.unk_token_id not in after, text
    assert fewer.convert_ids_to_tokens(fewer("Unwatchable")["input_ids"])[0] == "[CLS]"


def test_a_pruned_export_says_what_it_left_out(shelved):
    card = export.export(MODEL_ID, ExportSpec(least_count=1), force=True)
    facts = card.manifest["export"]["vocabulary"]
    assert facts["tokens_after"] < facts["tokens_before"] == 30522
    assert facts["training_tokens_spelled_otherwise"] == 0
    assert card.manifest["parity"]["n"] == 12
    assert card.size_bytes < shelved.size_bytes
    loaded = models.load_model(card.model_id)
    assert len(loaded.reader.tokenizer) == facts["tokens_after"]

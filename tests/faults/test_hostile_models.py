"""Model folders by the dozen that somebody made to do harm: each is one line and exit code 2.

All start from one tiny model with random weights; each case changes one thing, and its manifest agrees with
it, as whoever hands over a folder would see to.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment_core import models
from sentiment_core.__main__ import main
from sentiment_core.classifiers.transformer import adapters
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.errors import ModelError
from sentiment_core.evaluation import prediction
from sentiment_core.storage import workspace

ROOT = Path(__file__).parents[2]
MODEL_ID = "transformer-20260101t000000-0123abcd"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "film", "wonderful", "dreadful", "warm"]
ROWS, WIDTH, POSITIONS = 32, 8, 64
Harm = Callable[[Path], object]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny DistilBERT and its tokenizer, in a folder as `save_pretrained` leaves it."""
    import torch
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertForSequenceClassification

    folder = tmp_path_factory.mktemp("sound")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    torch.manual_seed(3)
    shape = DistilBertConfig(
        vocab_size=ROWS, dim=WIDTH, hidden_dim=8, n_layers=1, n_heads=2, max_position_embeddings=POSITIONS
    )
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small difference from the tiny model, as an adapter."""
    import torch

    from sentiment_core.classifiers.transformer.pretrained import load_base

    folder = tmp_path_factory.mktemp("adapter")
    base, tuned = load_base(str(sound)).model, load_base(str(sound)).model
    with torch.no_grad():
        for name, tensor in tuned.named_parameters():
            tensor += 0.01 * ("embeddings" not in name)
    adapters.extract(tuned, base, 2, folder)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "model"))


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    rows = [f"a wonderful film number {n},1\na dreadful film number {n},0" for n in range(20)]
    file = tmp_path / "reviews.csv"
    file.write_text("text,label\n" + "\n".join(rows) + "\n")
    return file


# --- what is changed ------------------------------------------------------------------------------


def _settings(file: str = "config.json", **changed: Any) -> Harm:
    def harm(folder: Path) -> None:
        there = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(there | changed))

    return harm


def _without(name: str, file: str = "config.json") -> Harm:
    def harm(folder: Path) -> None:
        there = json.loads((folder / file).read_text())
        del there[name]
        (folder / file).write_text(json.dumps(there))

    return harm


def _holds(file: str, content: bytes) -> Harm:
    return lambda folder: (folder / file).write_bytes(content)


def _gone(*files: str) -> Harm:
    return lambda folder: [(folder / file).unlink(missing_ok=True) for file in files]


def _cut(file: str, keep: float) -> Harm:
    def harm(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: int(len(content) * keep)])

    return harm


def _header(change: Callable[[dict[str, Any]], Any], file: str = "model.safetensors") -> Harm:
    """Rewrite a .safetensors file's header; the data stays."""

    def harm(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        written = json.dumps(change(header) or header).encode()
        (folder / file).write_bytes(struct.pack("<Q", len(written)) + written + content[8 + length :])

    return harm


def _entry(**changed: Any) -> Harm:
    def change(header: dict[str, Any]) -> None:
        first = next(name for name in header if name != "__metadata__")
        header[first] |= changed

    return _header(change)


def _weights(change: Callable[[dict[str, Any]], Any], file: str = "model.safetensors") -> Harm:
    """Change the tensors and write the file as it should be."""

    def harm(folder: Path) -> None:
        from safetensors.numpy import load_file, save_file

        tensors = load_file(folder / file)
        save_file(change(tensors) or tensors, folder / file, metadata={"format": "pt"})

    return harm


def _all_weights(value: float, part: str = "") -> Harm:
    return _weights(
        lambda tensors: {
            name: np.full_like(tensor, value) if part in name else tensor for name, tensor in tensors.items()
        }
    )


def _tokenizer(change: Callable[[dict[str, Any]], Any]) -> Harm:
    def harm(folder: Path) -> None:
        there = json.loads((folder / "tokenizer.json").read_text())
        change(there)
        (folder / "tokenizer.json").write_text(json.dumps(there))

    return harm


def _code(**where: Any) -> Harm:
    """Let a folder bring Python code that leaves a mark where it is run."""

    def harm(folder: Path) -> None:
        (folder / "own.py").write_text(
            f"open({str(folder.parent / 'ran')!r}, 'w').close()\nclass Own: pass\n"
        )
        _settings(
            auto_map={"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Own"}, **where
        )(folder)

    return harm


def _tokenizer_code(folder: Path) -> None:
    (folder / "own.py").write_text(f"open({str(folder.parent / 'ran')!r}, 'w').close()\nclass Own: pass\n")
    _settings("tokenizer_config.json", auto_map={"AutoTokenizer": ["own.Own", "own.Own"]})(folder)


NESTED = b"[" * 100_000
#: What is wrong with a whole model: for `predict --model` and for `train --base` alike.
HARMS: dict[str, Harm] = {
    "code of its own": _code(),
    "code for a kind nobody knows": _code(model_type="own"),
    "code of another repository": _settings(
        auto_map={"AutoModelForSequenceClassification": "who/ever--own.Own"}
    ),
    "code in the tokenizer": _tokenizer_code,
    "code as a kernel": _settings(attn_implementation="who/ever"),
    "another library's weights": _settings(
        quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True}
    ),
    "an adapter beside it": _holds(
        "adapter_config.json", b'{"base_model_name_or_path": "/etc", "peft_type": "LORA"}'
    ),
    "no config": _gone("config.json"),
    "an empty config": _holds("config.json", b""),
    "half a config": _cut("config.json", 0.5),
    "a config of bytes": _holds("config.json", b"\xff\xfe\x00binary"),
    "a config that is a list": _holds("config.json", b"[]"),
    "a config that is null": _holds("config.json", b"null"),
    "a nested config": _holds("config.json", NESTED),
    "a config of nothing": _holds("config.json", b"{}"),
    "a number of ten thousand digits": _holds("config.json", b'{"n_layers": ' + b"9" * 10_000 + b"}"),
    "a kind nobody knows": _settings(model_type="nobody-knows"),
    "a kind that is a number": _settings(model_type=7),
    "a kind that is a list": _settings(model_type=["distilbert"]),
    "a kind that reads no text": _settings(model_type="vit"),
    "another kind": _settings(model_type="roberta"),
    "10^9 layers": _settings(n_layers=10**9),
    "100,000 layers": _settings(n_layers=100_000),
    "-1 layers": _settings(n_layers=-1),
    "no layers": _settings(n_layers=0),
    "two layers, with weights of one": _settings(n_layers=2),
    "layers in words": _settings(n_layers="many"),
    "layers as NaN": _settings(n_layers=float("nan")),
    "no layers given, null": _settings(n_layers=None),
    "a width of 10^9": _settings(dim=10**9),
    "a width of 10^6": _settings(dim=10**6),
    "a width of 0": _settings(dim=0),
    "a width below 0": _settings(dim=-8),
    "a width that is a share": _settings(dim=7.5),
    "no heads": _settings(n_heads=0),
    "heads that do not divide": _settings(n_heads=3),
    "10^12 words": _settings(vocab_size=10**12),
    "10^7 words": _settings(vocab_size=10**7),
    "no words": _settings(vocab_size=0),
    "fewer words": _settings(vocab_size=8),
    "10^9 positions": _settings(max_position_embeddings=10**9),
    "fewer positions": _settings(max_position_embeddings=2),
    "an unknown activation": _settings(activation="os.system"),
    "an activation that is a dict": _settings(activation={"a": 1}),
    "NaN as dropout": _settings(dropout=float("nan"), attention_dropout=float("nan")),
    "a dropout of 7": _settings(dropout=7.0),
    "infinity": _settings(initializer_range=float("inf")),
    "an unknown dtype": _settings(dtype="float7", torch_dtype="float7"),
    "padding beyond the words": _settings(pad_token_id=10**6),
    "pruned heads that are not there": _settings(pruned_heads={"7": [0]}),
    "no weights": _gone("model.safetensors"),
    "pickled weights": lambda folder: ([(folder / "model.safetensors").rename(folder / "pytorch_model.bin")]),
    "empty weights": _holds("model.safetensors", b""),
    "seven bytes of weights": _holds("model.safetensors", b"1234567"),
    "weights of zeros": _holds("model.safetensors", bytes(1000)),
    "weights that are a picture": _holds("model.safetensors", b"\x89PNG\r\n\x1a\n" + bytes(500)),
    "half the weights": _cut("model.safetensors", 0.5),
    "all weights but a byte": _cut("model.safetensors", 0.9999),
    "a header of 2^63 bytes": _holds("model.safetensors", struct.pack("<Q", 2**63) + bytes(100)),
    "a header of 99 MB": _holds("model.safetensors", struct.pack("<Q", 99_000_000) + bytes(100)),
    "a header that is a list": _header(lambda header: [1, 2]),
    "a nested header": _holds("model.safetensors", struct.pack("<Q", len(NESTED)) + NESTED),
    "a header without offsets": _header(lambda header: {name: {"dtype": "F32"} for name in header}),
    "offsets that overlap": _entry(data_offsets=[0, 4]),
    "offsets below 0": _entry(data_offsets=[-8, 0]),
    "offsets beyond the end": _entry(data_offsets=[0, 2**40]),
    "a shape of 2^62": _entry(shape=[2**31, 2**31]),
    "a shape below 0": _entry(shape=[-1, 8]),
    "a shape in words": _entry(shape="wide"),
    "an unknown type of number": _entry(dtype="F7"),
    "whole numbers as weights": _entry(dtype="I32"),
    "weights of other sizes": _weights(lambda found: {name: tensor[:1] for name, tensor in found.items()}),
    "weights of another model": _weights(lambda found: {f"other.{name}": found[name] for name in found}),
    "no weights of the encoder": _weights(lambda found: {"classifier.bias": found["classifier.bias"]}),
    "one weight missing": _weights(
        lambda found: {name: tensor for name, tensor in found.items() if "ffn.lin1.weight" not in name}
    ),
    "one NaN": _weights(
        lambda found: found["distilbert.embeddings.word_embeddings.weight"].__setitem__((9, 0), np.nan)
    ),
    "all NaN": _all_weights(np.nan),
    "infinite": _all_weights(np.inf, "ffn"),
    "so large that answers overflow": _all_weights(3e38),
    "no tokenizer": _gone("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"),
    "an empty tokenizer": _holds("tokenizer.json", b""),
    "half a tokenizer": _cut("tokenizer.json", 0.5),
    "a tokenizer that is a list": _holds("tokenizer.json", b"[]"),
    "a tokenizer of bytes": _holds("tokenizer.json", b"\xff\x00" * 200),
    "a nested tokenizer": _holds("tokenizer.json", NESTED),
    "a tokenizer without its model": _tokenizer(lambda there: there.pop("model")),
    "a tokenizer of an unknown kind": _tokenizer(lambda there: there["model"].update(type="Nobody")),
    "more words than rows": _tokenizer(lambda there: there["model"]["vocab"].update(wonderful=10**6)),
    "ids below 0": _tokenizer(lambda there: there["model"]["vocab"].update(wonderful=-1)),
    "a tokenizer's settings in half": _cut("tokenizer_config.json", 0.5),
    "a tokenizer's settings as a list": _holds("tokenizer_config.json", b"[]"),
    "a tokenizer of a class nobody knows": _settings("tokenizer_config.json", tokenizer_class="Nobody"),
    "a tokenizer of a class that is a module": _settings("tokenizer_config.json", tokenizer_class="os"),
}
#: Harms that are none: the folder still answers, and what is odd about it is not looked at.
HARMLESS: dict[str, Harm] = {
    "nothing": lambda folder: None,
    "a Python file that nobody names": lambda folder: (folder / "own.py").write_text("1/0\n"),
    "unknown settings": _settings(films=["a", {"b": 1}], architectures=["os.system"]),
    "names of labels that are no names": _settings(
        id2label={"0": "<b>", "1": "{x}"}, label2id={"<b>": 0, "{x}": 1}
    ),
}
#: What is wrong with a model but not with a base, whose head is made anew.
HEADS: dict[str, Harm] = {
    "no head": _weights(lambda found: {name: found[name] for name in found if "classifier" not in name}),
    "labels of one class": _settings(num_labels=1, id2label={"0": "a"}, label2id={"a": 0}),
}


def shelved(folder: Path, **params: Any) -> None:
    """Put a folder on the shelf with a manifest that agrees with its files."""
    home = models.models_folder() / MODEL_ID
    shutil.copytree(folder, home)
    files = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file()
    }
    settings = dict(DEFAULTS) | {"max_length": POSITIONS} | params
    workspace.write_json(
        home / "manifest.json",
        {
            "model_id": MODEL_ID,
            "family": "transformer",
            "params": settings,
            "files": files,
            "data": {"name": "made", "fingerprint": "0123abcd", "n_train": 2},
            "validation": {},
            "created": "2026",
        },
    )


def refused_in_one_line(argv: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """Run a command that must end with 2, one line, and no answer; return the line."""
    capfd.readouterr()
    code = main(argv)
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert code == 2, said.err[-2000:]
    assert said.out == "" and len(lines) == 1 and "Traceback" not in said.err
    assert len(lines[0]) < 400 and lines[0].isprintable()
    return lines[0]


# --- the tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", [*HARMS, *HEADS])
def test_a_hostile_model_is_refused_in_one_line_and_never_answers(
    folder: Path, sound: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], harm: str
) -> None:
    (HARMS | HEADS)[harm](folder)
    shelved(folder, base=str(sound))
    line = refused_in_one_line(["predict", "--model", MODEL_ID, "--text", "a wonderful film"], capfd)
    assert MODEL_ID in line
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("harm", HARMS)
def test_a_hostile_base_is_refused_in_one_line_and_trains_nothing(
    folder: Path, tmp_path: Path, reviews: Path, capfd: pytest.CaptureFixture[str], harm: str
) -> None:
    HARMS[harm](folder)
    train = ["train", "--data", str(reviews), "--family", "transformer", "--base", str(folder)]
    line = refused_in_one_line([*train, "--max-length", "16", "--epochs", "1"], capfd)
    assert "'model'" in line
    assert not models.list_models() and not (tmp_path / "ran").exists()


@pytest.mark.parametrize("oddity", HARMLESS)
def test_an_odd_but_sound_model_answers(folder: Path, capfd: pytest.CaptureFixture[str], oddity: str) -> None:
    HARMLESS[oddity](folder)
    shelved(folder)
    assert main(["predict", "--model", MODEL_ID, "--text", "a wonderful film", "--json"]) == 0
    assert 0 < json.loads(capfd.readouterr().out)["prob_positive"] < 1


@pytest.mark.parametrize(
    "params",
    [
        {"max_length": "64"},
        {"max_length": -1},
        {"max_length": 10**9},
        {"max_length": POSITIONS + 1},
        {"base": 7},
        {"truncation": "tail"},
        {"truncation": ["head"]},
        {"revision": None},
    ],
)
def test_settings_in_a_manifest_that_cannot_be_are_refused(
    folder: Path, capfd: pytest.CaptureFixture[str], params: dict[str, Any]
) -> None:
    shelved(folder, **params)
    refused_in_one_line(["predict", "--model", MODEL_ID, "--text", "a wonderful film"], capfd)


SETTINGS, DIFFERENCE = "adapter_config.json", "adapter_model.safetensors"
ADAPTER_HARMS: dict[str, Harm] = {
    "a module to import": _settings(SETTINGS, megatron_core="antigravity", megatron_config={"a": 1}),
    "another rank": _settings(SETTINGS, r=10**9),
    "another scale": _settings(SETTINGS, lora_alpha=10**6),
    "another method": _settings(SETTINGS, peft_type="IA3"),
    "an unknown method": _settings(SETTINGS, peft_type="NOBODY"),
    "layers copied": _settings(SETTINGS, layer_replication=[[0, 10**6]]),
    "a pattern that never ends": _settings(SETTINGS, target_modules="(a+)+$"),
    "a field nobody knows": _settings(SETTINGS, runs="own.py"),
    "settings that are a list": _holds(SETTINGS, b"[]"),
    "nested settings": _holds(SETTINGS, NESTED),
    "half the settings": _cut(SETTINGS, 0.5),
    "no weights": _gone(DIFFERENCE),
    "pickled weights": lambda folder: ([(folder / DIFFERENCE).rename(folder / "adapter_model.bin")]),
    "half the weights": _cut(DIFFERENCE, 0.5),
    "a header of 2^63 bytes": _holds(DIFFERENCE, struct.pack("<Q", 2**63) + bytes(100)),
    "one weight missing": _weights(
        lambda found: {name: found[name] for name in sorted(found)[1:]}, DIFFERENCE
    ),
    "no head": _weights(
        lambda found: {name: found[name] for name in found if "classifier" not in name}, DIFFERENCE
    ),
    "weights of other sizes": _weights(
        lambda found: {name: tensor[:, :1] if tensor.ndim == 2 else tensor for name, tensor in found.items()},
        DIFFERENCE,
    ),
    "NaN": _weights(
        lambda found: {name: np.full_like(tensor, np.nan) for name, tensor in found.items()},
        DIFFERENCE,
    ),
}


@pytest.mark.parametrize("harm", ADAPTER_HARMS)
def test_a_hostile_adapter_is_refused_in_one_line(
    adapter: Path, sound: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], harm: str
) -> None:
    folder = Path(shutil.copytree(adapter, tmp_path / "adapter"))
    ADAPTER_HARMS[harm](folder)
    shelved(folder, base=str(sound))
    refused_in_one_line(["predict", "--model", MODEL_ID, "--text", "a wonderful film"], capfd)


def test_a_sound_adapter_answers(adapter: Path, sound: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shelved(adapter, base=str(sound))
    assert main(["predict", "--model", MODEL_ID, "--text", "a wonderful film", "--json"]) == 0
    assert 0 < json.loads(capfd.readouterr().out)["prob_positive"] < 1


@pytest.mark.parametrize("part", ["weights", "factors", "bias"])
def test_a_linear_model_with_nan_is_refused(
    reviews: Path, capfd: pytest.CaptureFixture[str], part: str
) -> None:
    from sentiment_core.classifiers.linear import file as linear_file

    assert main(["train", "--data", str(reviews), "--family", "tfidf", "--alias", "poor"]) == 0
    card = models.resolve("poor")
    record = linear_file.load(card.folder)
    linear_file.save(
        record | {part: np.full_like(record[part], np.nan) if part != "bias" else np.nan}, card.folder
    )
    manifest = workspace.read_json(card.folder / "manifest.json")
    content = (card.folder / linear_file.FILE).read_bytes()
    manifest["files"][linear_file.FILE] = hashlib.sha256(content).hexdigest()
    workspace.write_json(card.folder / "manifest.json", manifest)
    refused_in_one_line(["predict", "--model", "poor", "--text", "a wonderful film"], capfd)


def test_answers_that_only_some_reviews_make_nan_are_refused_too(folder: Path) -> None:
    """Weights near the largest number pass any look at them; only what comes out says what they do."""
    _weights(
        lambda found: found["distilbert.embeddings.word_embeddings.weight"].__setitem__(
            WORDS.index("dreadful"), 3e38
        )
    )(folder)
    shelved(folder)
    model = models.load_model(MODEL_ID)
    assert np.isfinite(prediction.answer(model, ["a wonderful film"]).prob_positive).all()
    with pytest.raises(ModelError, match="NaN or infinity"):
        prediction.answer(model, ["a wonderful film", "a dreadful film"])


def test_nobody_is_asked_on_the_terminal_and_a_yes_runs_nothing(folder: Path, tmp_path: Path) -> None:
    _code(model_type="own")(folder)
    shelved(folder)
    ours, theirs = pty.openpty()
    os.write(ours, b"y\ny\n")
    command = [sys.executable, "-m", "sentiment_core", "predict", "--model", MODEL_ID, "--text", "a film"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2 and "which is not run" in done.stderr
    assert "[y/N]" not in done.stdout + done.stderr and not (tmp_path / "ran").exists()


def test_every_opening_of_a_pretrained_folder_says_that_no_code_is_run() -> None:
    without = []
    for path in [
        *ROOT.glob("sentiment_core/**/*.py"),
        *ROOT.glob("attacks/**/*.py"),
        *ROOT.glob("dashboard/**/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                words = {word.arg: ast.unparse(word.value) for word in node.keywords}
                opens = node.func.attr in ("from_pretrained", "from_config") and "Peft" not in ast.unparse(
                    node.func
                )
                if opens and words.get("trust_remote_code") != "False":
                    without.append(f"{path.name}:{node.lineno}")
                assert words.get("trust_remote_code", "False") == "False", path
    assert not without


def test_the_data_library_runs_no_scripts_of_data_sets() -> None:
    """It has no trust_remote_code since version 4, because it runs none; this fails should it come back."""
    import inspect

    import datasets

    assert "trust_remote_code" not in inspect.signature(datasets.load_dataset).parameters

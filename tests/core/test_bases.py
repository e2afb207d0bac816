"""Bases of other forms than ours: other heads, names of labels, positions, and tokenizers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sentiment_core.__main__ import main
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader, check_length, most_tokens
from sentiment_core.errors import ModelError

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
TEXTS = ["A warm and funny film.", "Two dull hours.", "", "🎬", "فيلم رائع", "bad " * 3_000]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def word_pieces(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """BERT's tokenizer with the words of a few reviews."""
    from transformers import BertTokenizerFast

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "a",
        "and",
        "bad",
        "dull",
        "film",
        "funny",
        "hours",
        "two",
        "warm",
        ".",
    ]
    file = tmp_path_factory.mktemp("words") / "vocab.txt"
    file.write_text("\n".join(words))
    return BertTokenizerFast(str(file))


@pytest.fixture(scope="module")
def byte_pairs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """A byte-level tokenizer, as RoBERTa or GPT-2 marks its texts."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2TokenizerFast, RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("bpe")
    made = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"]
    made.train_from_iterator(TEXTS[:2], vocab_size=300, min_frequency=1, special_tokens=special)
    made.save_model(str(folder))
    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    end = "<|endoftext|>"
    return lambda kind: (
        RobertaTokenizerFast(*files)
        if kind == "roberta"
        else GPT2TokenizerFast(*files, unk_token=end, bos_token=end, eos_token=end)
    )


@pytest.fixture
def bert(tmp_path: Path, word_pieces: Any) -> Make:
    """Save a small BERT with a head of this form, and return its folder."""

    def make(vocab_size: int = 0, **config: Any) -> Path:
        import torch
        from transformers import BertConfig, BertForSequenceClassification

        torch.manual_seed(1)
        shape = BertConfig(
            vocab_size=vocab_size or len(word_pieces), max_position_embeddings=64, **SMALL, **config
        )
        model = BertForSequenceClassification(shape)
        torch.nn.init.normal_(model.classifier.weight, std=1.0)
        torch.nn.init.normal_(model.classifier.bias, std=1.0)
        model.save_pretrained(tmp_path / "bert")
        word_pieces.save_pretrained(tmp_path / "bert")
        return tmp_path / "bert"

    return make


def answers(folder: Path) -> np.ndarray:
    base = load_base(str(folder))
    return TransformerClassifier("m", base.model, Reader(base.tokenizer, 32, "head")).predict_proba(TEXTS)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"num_labels": 1, "problem_type": "regression"}, "that of the base has 1 output"),
        ({"num_labels": 3, "id2label": {0: "neg", 1: "neutral", 2: "pos"}}, "that of the base has 3 outputs"),
        ({"num_labels": 5}, "that of the base has 5 outputs"),
        ({"problem_type": "multi_label_classification"}, "judges each of its labels by itself"),
    ],
)
def test_a_head_that_does_not_tell_two_classes_apart_is_made_anew_and_that_is_said(bert, config, said):
    base = load_base(str(bert(**config)))
    assert base.head.startswith("a fresh two-way head: ") and said in base.head
    assert base.model.num_labels == 2 and base.model.config.id2label == {0: "negative", 1: "positive"}
    assert base.model.config.problem_type in (None, "single_label_classification")
    assert base.model.classifier.weight.shape == (2, 16)
    assert float(base.model.classifier.weight.detach().abs().max()) < 0.2  # fresh, not the base's of scale 1


@pytest.mark.parametrize(
    "names", [{0: "POSITIVE", 1: "NEGATIVE"}, {0: "pos", 1: "neg"}, {0: "LABEL_1", 1: "LABEL_0"}]
)
def test_a_base_whose_first_output_is_positive_is_put_in_order(bert, names):
    plain = answers(bert())
    folder = bert(id2label=names)
    assert answers(folder)[:, 1] == pytest.approx(plain[:, 0], abs=1e-6)
    assert load_base(str(folder)).head == (
        "the outputs of the base were positive, negative; they are put in the order negative, positive"
    )


@pytest.mark.parametrize("names", [{0: "NEGATIVE", 1: "POSITIVE"}, {0: "LABEL_0", 1: "LABEL_1"}, None])
def test_a_base_in_order_stays_exactly_as_it_is(bert, names):
    from transformers import AutoModelForSequenceClassification

    folder = bert(**({"id2label": names} if names else {}))
    base, stock = load_base(str(folder)), AutoModelForSequenceClassification.from_pretrained(folder)
    assert base.head == ""
    for name, weight in stock.state_dict().items():
        assert (base.model.state_dict()[name] == weight).all(), name


def test_a_model_without_a_token_for_padding_answers_the_same_alone_and_in_company(tmp_path, byte_pairs):
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification

    torch.manual_seed(1)
    tokenizer = byte_pairs("gpt2")
    shape = GPT2Config(
        vocab_size=len(tokenizer), n_positions=64, n_embd=16, n_layer=1, n_head=2, num_labels=2
    )
    GPT2ForSequenceClassification(shape).save_pretrained(tmp_path / "gpt2")
    tokenizer.save_pretrained(tmp_path / "gpt2")
    base = load_base(str(tmp_path / "gpt2"))
    assert base.tokenizer.pad_token == "<|endoftext|>"
    assert base.model.config.pad_token_id == base.tokenizer.pad_token_id
    model = TransformerClassifier("m", base.model, Reader(base.tokenizer, 32, "head"))
    together = model.predict_proba(TEXTS)
    alone = np.concatenate([model.predict_proba([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-6)
    assert most_tokens(base.model) == 64


@pytest.mark.parametrize("kind", ["roberta", "mpnet", "longformer"])
def test_positions_that_carry_no_token_are_not_counted(tmp_path, byte_pairs, kind):
    import transformers

    tokenizer = byte_pairs("roberta")
    name = {"roberta": "Roberta", "mpnet": "MPNet", "longformer": "Longformer"}[kind]
    window = {"attention_window": 8} if kind == "longformer" else {}
    shape = getattr(transformers, f"{name}Config")(
        vocab_size=len(tokenizer), max_position_embeddings=130, pad_token_id=1, **window, **SMALL
    )
    getattr(transformers, f"{name}ForSequenceClassification")(shape).save_pretrained(tmp_path / kind)
    tokenizer.save_pretrained(tmp_path / kind)
    base = load_base(str(tmp_path / kind))
    assert most_tokens(base.model) == 128
    with pytest.raises(ModelError, match=r"max_length 129 is more than this model has positions for \(128\)"):
        check_length(base.model, 129)
    longest = TransformerClassifier("m", base.model, Reader(base.tokenizer, 128, "head"))
    assert np.isfinite(longest.predict_proba(TEXTS)).all()  # the longest text has all 128


def remove_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)


def unsafe_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("change", "config", "message"),
    [
        (remove_tokenizer, {}, "it has no tokenizer: none of tokenizer.json, vocab.txt, vocab.json is there"),
        (unsafe_weights, {}, "model.safetensors is missing; pytorch_model.bin could run code"),
        (lambda folder: None, {"vocab_size": 9}, "largest id is 14, and the model has 9 word vectors"),
    ],
)
def test_what_cannot_be_a_base_says_why_in_one_line(bert, change, config, message, tmp_path, capsys):
    folder = bert(**config)
    change(folder)
    rows = {"text": [f"film {n}" for n in range(40)], "label": [0, 1] * 20, "split": "train"}
    pd.DataFrame(rows).to_csv(tmp_path / "rows.csv", index=False)
    argv = ["train", "--family", "transformer", "--data", str(tmp_path / "rows.csv")]
    assert main([*argv, "--set", f"base={folder}", "--set", "max_length=16"]) == 2
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(error) == 1 and message in error[0]


def test_training_says_what_was_done_to_the_head_of_its_base(bert, tmp_path, capsys):
    folder = bert(num_labels=3)
    rows = {"text": [f"{'funny' if n % 2 else 'dull'} film {n}" for n in range(40)], "label": [0, 1] * 20}
    pd.DataFrame({**rows, "split": "train"}).to_csv(tmp_path / "rows.csv", index=False)
    argv = ["train", "--family", "transformer", "--data", str(tmp_path / "rows.csv"), "--json"]
    argv += ["--set", f"base={folder}", "--set", "max_length=16", "--set", "epochs=1", "--alias", "three"]
    assert main(argv) == 0
    head = "a fresh two-way head: that of the base has 3 outputs"
    assert json.loads(capsys.readouterr().out)["head"] == head
    assert main(["predict", "--model", "three", "--text", "a funny film"]) == 0

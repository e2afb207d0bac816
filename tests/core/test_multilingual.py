"""XLM-RoBERTa with a SentencePiece tokenizer goes the same way as any other base. Tiny, random weights."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core import data, models
from sentiment_core.classifiers.base import ShowsTruncation
from sentiment_core.classifiers.transformer import adapters
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.errors import ModelError
from sentiment_core.evaluation import records
from sentiment_core.training import train

WORDS = {
    "en": ("a wonderful film", "a dreadful film"),
    "de": ("ein wunderbarer Film", "ein furchtbarer Film"),
    "fr": ("un film merveilleux", "un film affreux"),
    "ru": ("прекрасный фильм", "ужасный фильм"),
    "ja": ("素晴らしい映画", "ひどい映画"),
}
EDGE_TEXTS = [
    "",
    "a",
    "!!! ... ???",
    "😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script>",
    "dull " * 2_000,
]


def sentences() -> pd.DataFrame:
    """Return 200 short reviews in five languages, whose adjective tells their label."""
    rows = [
        (f"{words[1 - label]} {number}", label, language, "test" if number % 5 == 4 else "train")
        for number in range(20)
        for language, words in WORDS.items()
        for label in (0, 1)
    ]
    return pd.DataFrame(rows, columns=["text", "label", "language", "split"])


def unigram_tokenizer(texts: list[str]) -> object:
    """Train what SentencePiece trains for XLM-R: a Unigram model over whole texts, spaces as "▁"."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import XLMRobertaTokenizerFast

    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=specials, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return XLMRobertaTokenizerFast(tokenizer_object=tokenizer, model_max_length=64)


@pytest.fixture(scope="module")
def tiny_xlm_r(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An XLM-RoBERTa of the real architecture with tiny random weights and its own tokenizer, as a folder."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    folder = tmp_path_factory.mktemp("tiny-xlm-r")
    tokenizer = unigram_tokenizer(sentences()["text"].tolist())
    shape = XLMRobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=66, type_vocab_size=1,
        pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    torch.manual_seed(7)
    XLMRobertaForSequenceClassification(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def settings(base: Path, **changed: object) -> dict[str, object]:
    return {
        "base": str(base), "epochs": 10.0, "learning_rate": 3e-3, "batch_size": 16,
        "max_length": 16, "threads": 1,
    } | changed  # fmt: skip


@pytest.fixture(scope="module")
def trained(tiny_xlm_r: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return (workspace, model id, evaluation id): trained and measured once for this file."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        sentences().to_csv(home / "five.csv", index=False)
        dataset = data.load(str(home / "five.csv"))
        card = train.train("transformer", dataset, settings(tiny_xlm_r, truncation="head+tail"))
        run_id = records.evaluate(card.model_id, dataset)
    return home, card.model_id, run_id


@pytest.fixture
def home(trained, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REELCHECK_HOME", str(trained[0]))
    return trained


def test_it_trains_and_is_measured_like_any_model(home):
    _, model_id, run_id = home
    manifest = models.resolve(model_id).manifest
    record = records.open_evaluation(run_id)
    assert set(manifest["details"]["languages"]) == set(WORDS)
    assert record.manifest["n"] == 40
    assert record.metrics["accuracy"].value >= 0.9
    assert record.metrics["accuracy"].value == pytest.approx(
        (record.frame["predicted"] == record.frame["label"]).mean()
    )


def test_it_answers_every_edge_text_the_same_alone_and_together(home):
    classifier = models.load_model(home[1])
    together = classifier.predict_proba(EDGE_TEXTS)
    alone = np.vstack([classifier.predict_proba([text]) for text in EDGE_TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-12)


def test_what_it_reads_of_a_long_text_is_shown_by_spans_that_cover_it(home):
    classifier = models.load_model(home[1])
    text = " ".join(f"{words[0]}." for words in WORDS.values()) * 9
    spans = classifier.spans(text)
    assert isinstance(classifier, ShowsTruncation)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert [span.read for span in spans] == [True, False, True]


def test_head_truncation_keeps_what_the_tokenizer_itself_keeps(tiny_xlm_r):
    tokenizer = load_base(str(tiny_xlm_r)).tokenizer
    text = "ein wunderbarer Film, a dreadful film, 素晴らしい映画 " * 5
    theirs = tokenizer(text, truncation=True, max_length=16)["input_ids"]
    assert Reader(tokenizer, 16, "head").ids([text])[0] == theirs
    assert (theirs[0], theirs[-1]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)


def test_head_and_tail_keep_the_first_and_the_last_tokens_between_its_own_special_ones(tiny_xlm_r):
    tokenizer = load_base(str(tiny_xlm_r)).tokenizer
    text = "un film affreux, прекрасный фильм " * 9
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    ids = Reader(tokenizer, 18, "head+tail").ids([text])[0]
    assert ids == [tokenizer.bos_token_id, *whole[:4], *whole[-12:], tokenizer.eos_token_id]


def test_two_of_its_positions_carry_no_token_so_a_length_that_counts_them_is_refused(tiny_xlm_r, tmp_path):
    from sentiment_core.classifiers.transformer.classifier import DEFAULTS
    from sentiment_core.classifiers.transformer.family import fit

    rows = sentences()
    params = dict(DEFAULTS) | settings(tiny_xlm_r, max_length=65)
    with pytest.raises(ModelError, match=r"\(64\)"):
        fit(rows, rows, params, tmp_path / "model", scratch=tmp_path / "scratch")


# --- adapters -------------------------------------------------------------------------------------


def logits(model: object) -> np.ndarray:
    import torch

    with torch.inference_mode():
        return model.eval()(input_ids=torch.arange(5, 45).reshape(2, 20)).logits.numpy()


@pytest.fixture
def base_and_tuned(tiny_xlm_r):
    """Return a base, and it after a pretended training: what is no embedding has moved a little."""
    import torch

    base = load_base(str(tiny_xlm_r)).model
    tuned = copy.deepcopy(base)
    torch.manual_seed(2)
    with torch.no_grad():
        for name, tensor in tuned.named_parameters():
            if "embeddings" not in name:
                tensor += 0.05 * torch.randn_like(tensor)
    return base, tuned


def test_its_adapter_at_full_rank_gives_the_tuned_model_back(base_and_tuned, tmp_path):
    base, tuned = base_and_tuned
    assert np.abs(logits(tuned) - logits(base)).max() > 0.1
    adapters.extract(tuned, copy.deepcopy(base), 32, tmp_path)
    np.testing.assert_allclose(logits(adapters.merge(base, tmp_path)), logits(tuned), atol=2e-3)


def test_its_adapter_merged_and_beside_the_weights_answers_the_same(base_and_tuned, tmp_path):
    base, tuned = base_and_tuned
    adapters.extract(tuned, copy.deepcopy(base), 4, tmp_path)
    beside = logits(adapters.attach(copy.deepcopy(base), tmp_path))
    np.testing.assert_allclose(logits(adapters.merge(copy.deepcopy(base), tmp_path)), beside, atol=1e-4)


def test_its_heads_dense_layer_is_kept_whole_and_gets_no_low_rank_factors(base_and_tuned):
    from peft import get_peft_model

    adapted = get_peft_model(base_and_tuned[0], adapters.lora_config(base_and_tuned[0], 4))
    low_rank = [name for name, module in adapted.named_modules() if hasattr(module, "lora_A")]
    assert len(low_rank) == 2 * 6  # query, key, value and three dense layers in each of two layers
    assert not [name for name in low_rank if "classifier" in name]


def test_trained_embeddings_are_refused_for_it_too(home, tiny_xlm_r, tmp_path):
    from transformers import AutoModelForSequenceClassification

    tuned = AutoModelForSequenceClassification.from_pretrained(models.resolve(home[1]).folder)
    with pytest.raises(ValueError, match="freeze_embeddings"):
        adapters.extract(tuned, load_base(str(tiny_xlm_r)).model, 4, tmp_path)

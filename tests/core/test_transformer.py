"""The embedded base is all-MiniLM exactly; reading, predicting and fine-tuning are what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sentiment_core.classifiers.base import Classifier, ShowsTruncation, seconds_of_checkpoint
from sentiment_core.classifiers.transformer.classifier import DEFAULTS, TransformerClassifier, load
from sentiment_core.classifiers.transformer.family import fit
from sentiment_core.classifiers.transformer.pretrained import embedded_folder, load_base, minilm_state
from sentiment_core.classifiers.transformer.reading import Reader, batches_of_similar_length
from sentiment_core.errors import Cancelled, ModelError, ResourceMissing
from sentiment_core.storage import workspace

EDGE_TEXTS = [
    "",
    "a",
    "!!! ... ???",
    "good good good good",
    "I loved it 😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script><br />Dull.",
    "The plot wanders. " * 700,
]


@pytest.fixture(scope="module")
def base():
    return load_base("distilbert-minilm")


@pytest.fixture(scope="module")
def tokenizer(base):
    return base.tokenizer


@pytest.fixture(scope="module")
def classifier(base):
    return TransformerClassifier("untrained", base.model, Reader(base.tokenizer, 64, "head+tail"))


def test_the_embedded_base_gives_the_hidden_states_of_all_minilm(base):
    import torch
    from transformers import BertConfig, BertModel

    bert = BertModel(BertConfig.from_pretrained(embedded_folder()), add_pooling_layer=False).eval()
    missing, _ = bert.load_state_dict(minilm_state(), strict=False)
    assert missing == []
    inputs = base.tokenizer(
        ["A slow start, then a wonderful film.", "Dreadful."], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        theirs = bert(**inputs).last_hidden_state
        ours = base.model.eval().distilbert(**inputs).last_hidden_state
    real = inputs["attention_mask"].bool()
    assert (theirs - ours)[real].abs().max() < 3e-6


def test_a_changed_weights_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.setattr("sentiment_core.classifiers.transformer.pretrained.embedded_folder", lambda: tmp_path)
    with pytest.raises(ResourceMissing, match="SHA-256 differs"):
        minilm_state()


def test_head_truncation_keeps_what_the_tokenizer_itself_keeps(tokenizer):
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    ours = Reader(tokenizer, 10, "head").ids([text])[0]
    assert ours == tokenizer(text, truncation=True, max_length=10)["input_ids"]


def test_head_and_tail_keeps_a_quarter_from_the_start_and_the_rest_from_the_end(tokenizer):
    words = [str(number) for number in range(1, 60)]
    kept = Reader(tokenizer, 18, "head+tail").ids([" ".join(words)])[0]
    assert len(kept) == 18
    assert tokenizer.decode(kept, skip_special_tokens=True).split() == words[:4] + words[-12:]


@pytest.mark.parametrize("truncation", ["head", "head+tail"])
@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_spans_cover_the_text_and_what_is_read_has_the_ids_the_model_sees(tokenizer, text, truncation):
    reader = Reader(tokenizer, 32, truncation)
    spans = reader.spans(text)
    assert "".join(text[span.start : span.end] for span in spans) == text
    pieces = [text[span.start : span.end] for span in spans if span.read]
    content = [token for piece in pieces for token in tokenizer(piece, add_special_tokens=False)["input_ids"]]
    assert [tokenizer.cls_token_id, *content, tokenizer.sep_token_id] == reader.ids([text])[0]


def test_counts_are_of_the_whole_text_before_truncation(tokenizer):
    reader = Reader(tokenizer, 16, "head")
    assert reader.counts(EDGE_TEXTS) == [len(tokenizer(text)["input_ids"]) for text in EDGE_TEXTS]


def test_batches_hold_every_position_once_within_the_budget():
    lengths = [5, 100, 7, 300, 60, 60, 1]
    batches = list(batches_of_similar_length(lengths, 200))
    assert sorted(place for batch in batches for place in batch) == list(range(7))
    assert all(max(lengths[p] for p in b) * len(b) <= 200 or len(b) == 1 for b in batches)


def test_edge_texts_get_probabilities_in_the_order_given(classifier):
    together = classifier.predict_proba(EDGE_TEXTS)
    alone = np.vstack([classifier.predict_proba([text]) for text in EDGE_TEXTS])
    assert together.dtype == np.float64
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_probabilities_are_those_of_a_plain_padded_forward_pass(base, classifier):
    import torch

    texts = ["Good.", "A film that never ends, and never begins either.", "I cried twice."]
    inputs = base.tokenizer(texts, padding="max_length", max_length=64, return_tensors="pt")
    with torch.inference_mode():
        plain = torch.softmax(base.model.eval()(**inputs).logits.double(), dim=-1).numpy()
    np.testing.assert_allclose(classifier.predict_proba(texts), plain, atol=1e-5)


def test_the_same_text_twice_gets_exactly_the_same_answer(classifier):
    first, _, second = classifier.predict_proba(["Dull.", "Something else, longer than the first.", "Dull."])
    assert (first == second).all()


def test_no_texts_give_no_rows(classifier):
    assert classifier.predict_proba([]).shape == (0, 2)
    assert classifier.token_counts([]).shape == (0,)


def test_the_classifier_answers_to_its_protocols(classifier):
    assert isinstance(classifier, Classifier)
    assert isinstance(classifier, ShowsTruncation)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"truncation": "middle"}, "known: head, head[+]tail"),
        ({"max_length": 4}, "at least 8"),
        ({"max_length": 1024}, "positions"),
        ({"precision": "int3"}, "known: auto"),
        ({"precision": "fp16"}, "needs a GPU"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_one_line(tiny_base, tmp_path, change, said):
    with pytest.raises(ModelError, match=said):
        fit(REVIEWS, REVIEWS, _params(tiny_base) | change, tmp_path / "model", scratch=tmp_path / "scratch")


REVIEWS = pd.DataFrame(
    {
        "text": [f"a wonderful film number {n}" for n in range(24)]
        + [f"a dreadful film number {n}" for n in range(24)],
        "label": [1] * 24 + [0] * 24,
    }
)


def _params(base):
    return dict(DEFAULTS) | {
        "base": str(base), "epochs": 3.0, "learning_rate": 2e-2,
        "max_length": 16, "batch_size": 8, "threads": 1,
    }  # fmt: skip


def test_fine_tuning_learns_and_its_folder_gives_the_same_answers(tiny_base, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    params = _params(tiny_base)
    seen = []
    result = fit(
        REVIEWS, REVIEWS, params, folder,
        scratch=tmp_path / "scratch", progress=lambda done, total, what: seen.append((done, total)),
    )  # fmt: skip
    workspace.write_json(folder / "manifest.json", {"params": params})
    classifier = load(folder, "tiny")
    predicted = classifier.predict_proba(REVIEWS["text"].tolist())[:, 1] >= 0.5
    assert (predicted == REVIEWS["label"]).mean() == result.validation["accuracy"] == 1.0
    assert seen[-1] == (18, 18)
    assert [row["epoch"] for row in result.curves if "eval_loss" in row] == [1, 2, 3]
    assert not list(folder.glob("*.bin"))


def test_a_stopped_training_goes_on_from_its_checkpoint_and_ends_as_if_never_stopped(tiny_base, tmp_path):
    params = _params(tiny_base)

    def stop_at_ten(done, total, what):
        if done == 10:
            raise Cancelled

    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    whole = fit(REVIEWS, REVIEWS, params, tmp_path / "whole", scratch=tmp_path / "scratch-whole")
    with pytest.raises(Cancelled, match="resume"):
        fit(
            REVIEWS, REVIEWS, params, tmp_path / "stopped",
            scratch=tmp_path / "scratch", progress=stop_at_ten,
        )  # fmt: skip
    first_leg = seconds_of_checkpoint(tmp_path / "scratch")
    first_seen = []
    resumed = fit(
        REVIEWS, REVIEWS, params, tmp_path / "stopped",
        scratch=tmp_path / "scratch", progress=lambda done, total, what: first_seen.append(done),
    )  # fmt: skip
    assert first_seen[0] == 11
    assert 0 < first_leg < seconds_of_checkpoint(tmp_path / "scratch")
    assert resumed.validation["loss"] == pytest.approx(whole.validation["loss"], abs=1e-6)


def test_without_a_hub_a_hub_base_says_what_to_do_within_seconds(monkeypatch):
    import huggingface_hub

    def unreachable(*args, **kwargs):
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(ResourceMissing, match="use --base distilbert-minilm"):
        load_base("distilbert-base-uncased")


def test_a_folder_without_a_model_is_refused_by_name(tmp_path):
    with pytest.raises(ModelError, match="config.json"):
        load_base(str(tmp_path))


def test_a_model_kept_as_an_adapter_answers_as_its_validation_figures_say(tiny_base, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    params = _params(tiny_base) | {"freeze_embeddings": True, "adapter_rank": 32, "epochs": 6.0}
    result = fit(REVIEWS, REVIEWS, params, folder, scratch=tmp_path / "scratch")
    workspace.write_json(folder / "manifest.json", {"params": params})
    assert not (folder / "model.safetensors").exists()
    predicted = load(folder, "tiny").predict_proba(REVIEWS["text"].tolist())
    accuracy = float(((predicted[:, 1] >= 0.5) == REVIEWS["label"]).mean())
    loss = float(-np.log(predicted[np.arange(48), REVIEWS["label"]]).mean())
    assert result.validation["accuracy"] == pytest.approx(accuracy)
    assert result.validation["loss"] == pytest.approx(loss, abs=1e-6)
    # At full rank only half precision stands between the trained model and the kept one.
    assert loss == pytest.approx(result.details["validation_before_adapter"]["loss"], abs=5e-3)


def test_a_training_shorter_than_the_wait_for_an_evaluation_is_evaluated_at_its_end(tiny_base, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    params = _params(tiny_base) | {"evaluate_every": 625, "epochs": 1.0}
    result = fit(REVIEWS, REVIEWS, params, folder, scratch=tmp_path / "scratch")
    evaluated = [row["step"] for row in result.curves if "eval_loss" in row]
    assert evaluated == [result.details["steps"]]


def test_an_adapter_without_frozen_embeddings_is_refused_before_training(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="freeze_embeddings=true"):
        fit(REVIEWS, REVIEWS, _params(tiny_base) | {"adapter_rank": 4}, tmp_path, scratch=tmp_path / "s")

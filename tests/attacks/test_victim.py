"""A victim answers as its classifier does, counts what was really computed, and can be stopped."""

from __future__ import annotations

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS, made_reviews

from attacks.engine.fast.text import text_class
from attacks.engine.victim import Victim
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.encoder import FastDistilBert, fits
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.errors import Cancelled

FAMILIES = ("tfidf", "bow", "nbsvm", "transformer", "onnx", "linear-blend", "mixed-blend")
TEXTS = [*EDGE_TEXTS, *made_reviews(8, seed=4)["text"]]
#: Linear models answer equally to the last bit; a transformer's float32 sums are added in another order.
TOLERANCE = {
    "tfidf": 0.0,
    "bow": 0.0,
    "nbsvm": 0.0,
    "transformer": 3e-6,
    "onnx": 3e-7,  # float32 from here on
    "linear-blend": 0.0,
    "mixed-blend": 3e-6,
}


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def answers(victim, texts):
    return np.asarray(victim(texts), dtype=np.float64)


def test_the_answers_are_the_classifiers(attack_model, family):
    expected = attack_model(family).predict_proba(TEXTS)
    victim = Victim(attack_model(family))
    np.testing.assert_allclose(answers(victim, TEXTS), expected, rtol=0, atol=TOLERANCE[family])
    one_by_one = np.concatenate([answers(victim, [text]) for text in TEXTS])
    np.testing.assert_allclose(one_by_one, expected, rtol=0, atol=TOLERANCE[family])


def test_edited_texts_get_the_answers_of_the_whole_texts(attack_model, family):
    text = text_class()(made_reviews(1, seed=6)["text"][0])
    edited = [
        text.replace_word_at_index(i, word) for i in range(0, len(text.words), 3) for word in ("", "awful")
    ]
    edited += [child.replace_word_at_index(2, "superb film") for child in edited]
    expected = attack_model(family).predict_proba([child.text for child in edited])
    victim = Victim(attack_model(family))
    said = answers(victim, [child.tokenizer_input for child in edited])
    np.testing.assert_allclose(said, expected, rtol=0, atol=TOLERANCE[family])


def test_every_row_sums_to_one_so_that_textattack_puts_no_softmax_over_it(attack_model, family):
    victim = Victim(attack_model(family))
    sums = np.asarray(victim(TEXTS + ["superb " * 300, "awful " * 300])).sum(axis=1)
    assert np.abs(sums - 1).max() < 5e-7


def test_no_texts_have_no_answers(attack_model, family):
    assert Victim(attack_model(family))([]).shape == (0, 2)


def test_equal_inputs_are_computed_once_an_example_and_answered_exactly_equally(attack_model):
    victim = Victim(attack_model("transformer"))
    victim.new_example("")
    long = "The plot is thin. " * 60
    beyond = [f"{long} {word}" for word in ("superb", "awful", "")]  # the model reads 128 tokens
    first = answers(victim, [beyond[0], "Dull", "x"])
    assert victim.model_calls == 3
    again = answers(victim, ["Fine", *beyond, "dULL"])
    assert victim.model_calls == 4
    for row in (1, 2, 3):
        assert again[row].tolist() == first[0].tolist()
    assert again[4].tolist() == first[1].tolist()


def test_an_example_begins_from_empty_caches(attack_model, family):
    victim = Victim(attack_model(family))
    for _ in range(2):
        victim.new_example(TEXTS[-1])
        assert victim.model_calls == 0
        victim(TEXTS[-2:])
        assert victim.model_calls == 2


def test_it_asks_whether_to_stop_before_every_computation(attack_model, family):
    asked = []

    def stop():
        asked.append(1)
        if len(asked) > 2:
            raise Cancelled

    victim = Victim(attack_model(family), stop)
    with pytest.raises(Cancelled):
        for text in TEXTS:
            victim([text])
    assert victim.model_calls <= 2


def test_a_classifier_of_another_kind_is_asked_as_it_is():
    class Constant:
        model_id = "constant"

        def predict_proba(self, texts):
            assert all(type(text) is str for text in texts)
            return np.tile([0.25, 0.75], (len(texts), 1))

    victim = Victim(Constant())
    text = text_class()("some words").replace_word_at_index(0, "other")
    assert victim([text.tokenizer_input, "x"]).tolist() == [[0.25, 0.75]] * 2
    assert victim.model_calls == 2


def test_the_short_way_through_distilbert_gives_its_logits(attack_model):
    import torch

    model = attack_model("transformer").model
    assert fits(model)
    fast, generator = FastDistilBert(model), torch.Generator().manual_seed(3)
    for texts, tokens in [(1, 2), (3, 2), (1, 128), (5, 40), (2, 500)]:
        ids = torch.randint(1000, 30000, (texts, tokens), generator=generator)
        ids[:, : tokens // 2] = ids[:1, : tokens // 2]  # as in an attack, most of the words are the same
        with torch.inference_mode():
            expected = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            torch.testing.assert_close(fast(ids), expected, rtol=1e-4, atol=1e-5)


def test_another_architecture_goes_through_its_own_forward_pass(attack_model):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    shape = BertConfig(vocab_size=30522, hidden_size=32, intermediate_size=64, num_hidden_layers=2)
    shape.num_attention_heads = 2
    model = BertForSequenceClassification(shape)
    assert not fits(model)
    reader: Reader = attack_model("transformer").reader
    classifier = TransformerClassifier("bert", model, reader)
    said = answers(Victim(classifier), TEXTS)
    np.testing.assert_allclose(said, classifier.predict_proba(TEXTS), rtol=0, atol=3e-6)

"""Explainers: a planted word comes first, scores add up, offsets are into the text as it was given."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sentiment_core import data
from sentiment_core.classifiers.base import Span
from sentiment_core.classifiers.blend.classifier import BlendClassifier
from sentiment_core.classifiers.linear import bow, nbsvm, tfidf
from sentiment_core.classifiers.linear import classifier as linear
from sentiment_core.contracts import check_classifier, check_explainer
from sentiment_core.contracts.base import EDGE_TEXTS
from sentiment_core.contracts.explainers import Praise
from sentiment_core.explainers import EXPLAINERS, explainer_named, explainers_for
from sentiment_core.explanation import given, keeping, path_integral
from sentiment_core.explanation.base import ExplanationError
from sentiment_core.explanation.explaining import explain
from sentiment_core.explanation.passages import passage_of
from sentiment_core.explanation.path_integral import Point

WORDS = tuple("the film was long and it had a plot about some people in one town".split())  # noqa: SIM905
PLANTED = "splendid"
QUICK = {"lime": {"samples": 200}, "shap": {"evaluations": 200}}
TEXT = "The film was long, and it had a <b>splendid</b> plot<br />about some people in one town &amp; more"


class Planted:
    """Answers by one word, not additively, and reads only the first and last 60 characters of a text."""

    model_id = "planted"
    max_tokens: int | None = 120

    def predict_proba(self, texts):
        seen = [text if len(text) <= 120 else text[:60] + text[-60:] for text in texts]
        positive = np.array([0.93 if PLANTED in text else 0.41 for text in seen])
        return np.stack([1 - positive, positive], axis=1).reshape(len(texts), 2)

    def token_counts(self, texts):
        return np.array([len(text) for text in texts], dtype=np.int64)

    def spans(self, text):
        n = len(text)
        return (
            [Span(0, n, True)]
            if n <= 120
            else [Span(0, 60, True), Span(60, n - 60, False), Span(n - 60, n, True)]
        )


@pytest.fixture(scope="module")
def transformer():
    """A tiny DistilBERT of random weights that was trained a little to know one word."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import Reader

    torch.manual_seed(5)
    shape = DistilBertConfig(
        vocab_size=30522, dim=32, hidden_dim=48, n_layers=2, n_heads=4, initializer_range=0.1
    )
    model = DistilBertForSequenceClassification(shape).eval()
    for name, weight in model.named_parameters():
        if "bias" in name:  # new models have none, and a decomposition must divide them
            torch.nn.init.normal_(weight, std=0.1)
    tokenizer = load_base("distilbert-minilm").tokenizer
    made = TransformerClassifier("tiny", model, Reader(tokenizer, 64, "head+tail"))
    rng = np.random.default_rng(0)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(40):
        labels = rng.integers(0, 2, 16)
        texts = [
            " ".join(rng.permutation([*WORDS[:14], PLANTED if label else WORDS[14]])) for label in labels
        ]
        ids = torch.tensor([made.reading(text).ids for text in texts])
        torch.nn.functional.cross_entropy(model(input_ids=ids).logits, torch.tensor(labels)).backward()
        adam.step()
        adam.zero_grad()
    return made


@pytest.fixture(scope="module", params=["tfidf", "bow", "nbsvm"])
def linear_model(request, tmp_path_factory):
    """A linear model of a family in which one word decides."""
    import pandas as pd

    rng = np.random.default_rng(1)
    texts = [" ".join(rng.permutation([*WORDS, *([PLANTED] if n % 2 else ["some"])])) for n in range(80)]
    rows = pd.DataFrame({"text": texts, "label": np.arange(80) % 2})
    folder = tmp_path_factory.mktemp(request.param)
    family = {"tfidf": tfidf, "bow": bow, "nbsvm": nbsvm}[request.param].FAMILY
    family.fit(rows, rows, family.default_params, folder, scratch=folder)
    return linear.load(folder, request.param)


# --- contract --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_keeps_its_contract(name, transformer):
    explainer = EXPLAINERS[name]
    assert explainer.name == name
    blend = BlendClassifier("blend", [transformer, Praise(), Planted()], [0.4, 0.5, 0.6])
    check_explainer(explainer, [blend] if name == "by-member" else [Praise(), Planted(), transformer])


def test_what_the_tests_ask_are_classifiers(transformer):
    check_classifier(Praise())
    check_classifier(transformer, ["good", "", "a b " * 100])


# --- what is found ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in EXPLAINERS if name != "random"])
def test_a_planted_word_comes_first(name, transformer, linear_model):
    explainer = EXPLAINERS[name]
    able = [model for model in (Planted(), transformer, linear_model) if not explainer.lacking(model)]
    text = f"it had a plot about some people {PLANTED} and long"
    for model in able:
        found = explain(model, [text], explainer, QUICK.get(name), keep=False)[0]
        # At a word that saturates the score the slope is small, and its sign may be the wrong one.
        strength = np.abs(found.scores) if name == "gradient" else found.scores
        assert found.tokens[int(np.argmax(strength))] == PLANTED, model.model_id


def test_exact_weights_sum_to_the_logit(linear_model):
    found = explain(linear_model, [TEXT], EXPLAINERS["exact"], keep=False)[0]
    logit = linear_model.log_odds([data.clean_text(TEXT)])[0]
    assert found.base_value + found.scores.sum() == pytest.approx(logit, abs=1e-9)
    assert found.base_value == pytest.approx(linear_model.bias)


def test_shapley_shares_of_an_additive_model_are_its_weights():
    """For a sum over words every Shapley-like value is the word's weight, whatever the partition."""
    text = "a good plot and a good film"
    found = explain(Praise(), [text], EXPLAINERS["shap"], {"evaluations": 1000}, keep=False)[0]
    assert found.scores == pytest.approx([0, 1, 0, 0, 0, 1, 0], abs=1e-9)


def test_occlusion_finds_what_leaving_a_word_out_changes():
    found = explain(Praise(), ["good, don't, good"], EXPLAINERS["occlusion"], keep=False)[0]
    assert found.tokens == ("good", ",", "don't", ",", "good")
    assert found.scores == pytest.approx([1, 0, 0, 0, 1], abs=1e-9)
    assert found.delta == pytest.approx(0, abs=1e-9)


def test_lime_is_what_the_library_finds_when_called_directly():
    from lime.lime_text import LimeTextExplainer

    text = "it had a good plot and a good film about one town"
    ours = explain(Praise(), [text], EXPLAINERS["lime"], {"samples": 300, "seed": 4}, keep=False)[0]

    def answers(texts):
        scores = Praise().log_odds(texts)
        return np.stack([-scores, scores], axis=1)

    theirs = LimeTextExplainer(bow=False, mask_string="", random_state=4, feature_selection="none")
    found = dict(theirs.explain_instance(text, answers, num_features=12, num_samples=300).local_exp[1])
    assert ours.scores == pytest.approx([found[place] for place in range(12)], abs=1e-9)


def test_integrated_gradients_are_those_of_captum_at_many_steps(transformer):
    import torch
    from captum.attr import LayerIntegratedGradients

    text = f"a {PLANTED} plot"
    fine = {"steps": 200, "thousandths": 1}
    ours = explain(transformer, [text], EXPLAINERS["integrated-gradients"], fine, keep=False)[0]
    ids = torch.tensor([transformer.reading(text).ids])
    masked = torch.tensor([[ids[0, 0], *[transformer.mask_id] * 3, ids[0, -1]]])

    def log_odds(ids):
        logits = transformer.model(input_ids=ids).logits
        return logits[:, 1] - logits[:, 0]

    layer = LayerIntegratedGradients(log_odds, transformer.model.get_input_embeddings())
    theirs = layer.attribute(ids, baselines=masked, n_steps=300).sum(-1)[0, 1:-1].detach().numpy()
    assert ours.scores == pytest.approx(theirs, abs=0.02)  # of scores up to 10; captum's are not exact
    assert ours.value == pytest.approx(float(log_odds(ids)), abs=1e-5)
    assert ours.base_value == pytest.approx(float(log_odds(masked)), abs=1e-5)
    assert abs(ours.delta) < 2e-3


def test_a_path_integral_is_exact_of_cubics_and_stops_where_it_is_near_enough():
    asked = []

    def steep(places):
        asked.extend(places)
        return [
            Point(x, np.tanh(40 * (x - 0.3)), np.array([40 / np.cosh(40 * (x - 0.3)) ** 2])) for x in places
        ]

    def cubic(places):
        return [Point(x, x**4 + x, np.array([4 * x**3, 1.0])) for x in places]

    assert path_integral.integral(cubic, 3, 0).parts == pytest.approx([1, 1], abs=1e-12)
    found = path_integral.integral(steep, 60, 0.01)
    gained = np.tanh(28) - np.tanh(-12)
    assert found.parts == pytest.approx([gained], abs=0.01) and found.end - found.start == gained
    assert len(set(asked)) == len(asked) == found.points < 60
    assert np.median(np.abs(np.array(asked) - 0.3)) < 0.1
    few = path_integral.integral(steep, 12, 0.01)
    assert few.points == 11 and abs(few.parts[0] - gained) > abs(found.parts[0] - gained)


@pytest.mark.parametrize("seed", range(3))
def test_decompx_divides_the_logits_between_the_tokens(seed):
    """Of any DistilBERT, each logit is the sum of what its tokens add; as the forward pass has it."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.explanation.decomposition import shares_of_logits

    torch.manual_seed(seed)
    shape = DistilBertConfig(
        vocab_size=50, dim=24, hidden_dim=40, n_layers=3, n_heads=3, initializer_range=0.3
    )
    model = DistilBertForSequenceClassification(shape).eval()
    for weight in model.parameters():
        if weight.ndim == 1:
            torch.nn.init.normal_(weight, mean=0.3, std=0.3)
    ids = torch.randint(1, 50, (1, 9 + 20 * seed))
    with torch.no_grad():
        logits = model(input_ids=ids).logits[0].double()
    shares = shares_of_logits(model, ids)
    assert shares.shape == (ids.shape[1], 2)
    assert torch.allclose(shares.sum(0), logits, atol=1e-4, rtol=0)


def test_decompx_of_a_network_without_a_bias_or_attention_to_others_is_the_first_token_s():
    """Where a place attends to itself only, nothing of the other tokens can reach the head."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.explanation import decomposition

    torch.manual_seed(0)
    shape = DistilBertConfig(vocab_size=50, dim=24, hidden_dim=40, n_layers=2, n_heads=2)
    model = DistilBertForSequenceClassification(shape).eval()
    for layer in model.distilbert.transformer.layer:
        for value in (layer.attention.v_lin, layer.attention.out_lin):
            value.weight.data.zero_()
    shares = decomposition.shares_of_logits(model, torch.tensor([[3, 4, 5]]))
    assert shares[1:].abs().max() < 1e-6 < shares[0].abs().max()


# --- the text as given -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *EDGE_TEXTS,
        "Tom &amp;amp; Jerry &eacute;t&#233; &notit; &lt;br&gt;x &amp;lt;p&amp;gt;",
        "a<br /><br/>b<p>c</p>d\r\n\r\n\r\n\r\ne\rf  g \u00a0 h\u200bi \ufeffj \x96 k\ud800",
        " \u2003 lead and trail \n ",
        "&" * 200 + "amp;" * 40,
    ],
)
def test_cleaning_with_places_gives_the_cleaned_text(text):
    cleaned = given.clean(text)
    assert cleaned.text == data.clean_text(text)
    assert len(cleaned.starts) == len(cleaned.ends) == len(cleaned.text)
    assert all(0 <= a < b <= len(text) for a, b in zip(cleaned.starts, cleaned.ends, strict=True))
    assert cleaned.starts == sorted(cleaned.starts)
    plain = re.compile(r"[A-Za-z]")
    mapped = [(c, text[a:b]) for c, a, b in zip(cleaned.text, cleaned.starts, cleaned.ends, strict=True)]
    assert all(c == there for c, there in mapped if plain.fullmatch(c) and len(there) == 1)


def test_random_mixtures_are_cleaned_alike():
    parts = [
        "a",
        "é",
        " ",
        "  ",
        "\n",
        "\r",
        "\t",
        "<br />",
        "<p>",
        "&amp;",
        "&lt;",
        "&#39;",
        "&",
        "\x85",
        "\u200b",
        "😀",
    ]
    rng = np.random.default_rng(0)
    for _ in range(300):
        text = "".join(rng.choice(parts, rng.integers(0, 25)))
        assert given.clean(text).text == data.clean_text(text), text


def test_offsets_are_into_the_text_as_it_was_given():
    found = explain(Praise(), ["<br />A  good&nbsp;film, Tom &amp; Jerry"], EXPLAINERS["exact"], keep=False)[
        0
    ]
    assert found.tokens == ("A", "good", "film", ",", "Tom", "&amp;", "Jerry")
    assert found.offsets[1] == (9, 13)


@pytest.mark.parametrize("name", [name for name in EXPLAINERS if name not in ("exact",)])
def test_what_a_model_never_reads_is_said_and_not_explained(name, transformer):
    text = "opening words here. " + "the middle of the film goes on and on. " * 12 + f"a {PLANTED} end"
    both = BlendClassifier("both", [Planted(), Planted()], [0.4, 0.6])
    model = next(one for one in (Planted(), transformer, both) if not EXPLAINERS[name].lacking(one))
    found = explain(model, [text], EXPLAINERS[name], QUICK.get(name), keep=False)[0]
    assert found.truncated and len(found.unread) == 1
    ((first, last),) = found.unread
    assert all(end <= first or last <= start for start, end in found.offsets)
    assert {"opening", PLANTED} <= set(found.tokens)
    assert found.value == pytest.approx(np.log(np.divide(*model.predict_proba([text])[0][::-1])), abs=1e-3)


def test_leaving_a_word_out_moves_nothing_unread_into_view(transformer):
    text = " ".join(f"word{n}" for n in range(200))
    passage = passage_of(transformer, text)
    keep = np.ones(len(passage.words), dtype=bool)
    keep[0] = False
    middle = text[slice(*passage.unread[0])].split()
    assert not set(passage.kept(keep).split()) & set(middle[1:-1])


def test_stretches_are_split_between_words_and_none_is_lost():
    passage = passage_of(Praise(), "don't stop (now)")
    spans = [(0, 2), (2, 5), (3, 10), (11, 12), (5, 6), (12, 16)]
    merged = passage.merged(spans, np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]))
    assert [passage.text[a:b] for a, b in passage.words] == ["don't", "stop", "(", "now", ")"]
    assert merged.sum() == 63
    assert merged.tolist() == [5, 18, 8, 16, 16]


# --- asking and keeping ----------------------------------------------------------------------------


class Counting(Praise):
    """Notes which texts it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def log_odds(self, texts):
        self.asked += texts
        return super().log_odds(texts)


@pytest.mark.parametrize("name", ["occlusion", "shap", "lime"])
def test_no_text_is_asked_twice(name):
    model = Counting()
    explain(model, ["so so so good so so so"], EXPLAINERS[name], QUICK.get(name), keep=False)
    # The whole and the empty text are asked by themselves as well.
    assert len(model.asked) <= len(set(model.asked)) + 2


def test_an_explanation_is_made_once(reelcheck_home):
    model, texts = Counting(), ["good film", "bad film", "good film"]
    first = explain(model, texts, EXPLAINERS["occlusion"])
    asked = len(model.asked)
    second = explain(model, texts, EXPLAINERS["occlusion"])
    assert len(model.asked) == asked
    assert [a.to_json() for a in second] == [a.to_json() for a in first]
    for file in (reelcheck_home / "cache" / "explanations").rglob("*.json"):
        file.write_text("{")
    explain(model, texts, EXPLAINERS["occlusion"])
    assert len(model.asked) == 2 * asked


def test_other_settings_are_another_explanation():
    model = Counting()
    lime = EXPLAINERS["lime"]
    explain(model, ["a good film"], lime, {"samples": 50})
    assert keeping.find("praise", "lime", lime.settled({"samples": 60}), "a good film") is None
    assert keeping.find("praise", "lime", lime.settled({"samples": 50}), "a good film") is not None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: explainer_named("shape"), "'shape' is not known; known: exact, decompx"),
        (lambda: explain(Planted(), ["x"], EXPLAINERS["exact"]), "not a sum over words"),
        (lambda: explain(Praise(), ["x"], EXPLAINERS["gradient"]), "no gradients"),
        (lambda: EXPLAINERS["lime"].settled({"steps": 3}), "no setting 'steps'; its settings: samples, seed"),
        (lambda: EXPLAINERS["lime"].settled({"samples": 0}), "whole number from 1"),
    ],
)
def test_a_wrong_request_is_one_line(call, words):
    with pytest.raises(ExplanationError, match=re.escape(words)):
        call()


def test_a_classifier_gets_the_explainers_that_can_explain_it(transformer):
    assert set(explainers_for(Planted())) == {"occlusion", "shap", "lime", "random"}
    assert set(explainers_for(Praise())) == {"exact", "occlusion", "shap", "lime", "random"}
    assert set(explainers_for(transformer)) == set(EXPLAINERS) - {"exact", "by-member"}


# --- models that are only asked --------------------------------------------------------------------


class OnlyAsked:
    """The least that a classifier is: probabilities, counts, and no more; as a server would be."""

    model_id = "only-asked"
    max_tokens = None

    def predict_proba(self, texts):
        assert all(type(text) is str for text in texts)
        positive = np.array([0.999999 if PLANTED in text else 0.3 for text in texts], dtype=np.float64)
        return np.stack([1 - positive, positive], axis=1).reshape(len(texts), 2)

    def token_counts(self, texts):
        return np.array([len(text.split()) for text in texts], dtype=np.int64)


ONLY_ASK = [name for name, explainer in EXPLAINERS.items() if not explainer.lacking(OnlyAsked())]


def test_any_model_has_explainers_that_only_ask():
    check_classifier(OnlyAsked())
    assert {"occlusion", "shap", "lime", "random"} <= set(ONLY_ASK)


@pytest.mark.parametrize("name", ONLY_ASK)
def test_a_model_that_is_only_asked_is_explained(name):
    explainer = EXPLAINERS[name]
    check_explainer(explainer, [OnlyAsked()], [TEXT, "", "😀", "فيلم رائع", "a\x00b <b>", "x"])
    found = explain(OnlyAsked(), [TEXT], explainer, QUICK.get(name), keep=False)[0]
    assert explainer.chance or found.tokens[int(np.argmax(found.scores))] == PLANTED


def test_parts_of_a_text_get_the_answers_of_the_whole_network(transformer):
    texts = ["", "a", TEXT, f"it had a {PLANTED} plot", "long " * 100, "it had a plot"]
    np.testing.assert_allclose(transformer.alike()(texts), transformer.log_odds(texts), rtol=0, atol=2e-5)
    assert transformer.alike()([]).shape == (0,)

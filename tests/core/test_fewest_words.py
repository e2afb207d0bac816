"""The fewest words that turn an answer, against an exhaustive search and models written by hand."""

from __future__ import annotations

import json
import re
from itertools import combinations

import numpy as np
import pytest

from sentiment_core.command_line import main
from sentiment_core.explainers import EXPLAINERS
from sentiment_core.explanation import fewest
from sentiment_core.explanation.base import ExplanationError
from sentiment_core.explanation.passages import passage_of


class Sum:
    """A bag of words with a bias: log-odds add up, so that the greedy order is right."""

    model_id, max_tokens = "sum", None

    def __init__(self, bias=0.0, **weights):
        self.bias, self.weights, self.asked = bias, weights, 0

    def log_odds(self, texts):
        self.asked += len(texts)
        return np.array([self.bias + sum(map(self.of, re.findall(r"\w+", text))) for text in texts])

    def of(self, word):
        return self.weights.get(word.lower(), 0.0)

    def predict_proba(self, texts):
        positive = 1 / (1 + np.exp(-self.log_odds(texts)))
        return np.stack([1 - positive, positive], axis=1)

    def token_counts(self, texts):
        return np.array([len(text.split()) for text in texts])


class Pairs(Sum):
    """Says positive while any of three pairs of neighbors stands: single words carry nothing alone."""

    def log_odds(self, texts):
        pairs = ("a b", "c d", "e f")
        return np.array([sum(pair in text for pair in pairs) - 0.5 for text in texts])


def searched(model, text, queries=None, scores=None):
    passage = passage_of(model, text)
    guide = np.zeros(len(passage.words)) if scores is None else np.asarray(scores, dtype=float)
    return fewest.fewest_words(model, passage, guide, queries)


def smallest_by_hand(model, text):
    """Try every set of words, the small ones first."""
    passage = passage_of(model, text)
    n, sign = len(passage.words), model.log_odds([text])[0] >= 0
    for size in range(1, n + 1):
        for some in combinations(range(n), size):
            keep = ~np.isin(np.arange(n), some)
            if (model.log_odds([passage.kept(keep)])[0] >= 0) != sign:
                return size
    return None


def test_one_word_that_carries_the_answer_is_found_and_proven_smallest():
    found = searched(Sum(-1, warm=2), "A warm film, I think.")
    assert found.words == ("warm",) and found.smallest and found.size == "1 word"
    assert (found.before, found.after) == (1, -1)
    assert found.without == "A film, I think."


@pytest.mark.parametrize("seed", range(6))
def test_a_small_text_gets_as_few_words_as_an_exhaustive_search(seed):
    rng = np.random.default_rng(seed)
    weights = dict(zip("abcdefgh", rng.normal(size=8), strict=True))
    model = Sum(float(rng.normal()), **weights)
    found, size = searched(model, "a b c d e f g h", 2000), smallest_by_hand(model, "a b c d e f g h")
    assert found.found == (size is not None)
    if size:
        assert len(found.words) == size and found.smallest


def test_overlapping_features_mislead_a_greedy_order_and_are_searched_through():
    found = searched(Pairs(), "a b c d e f", 500)
    assert len(found.words) == smallest_by_hand(Pairs(), "a b c d e f") == 3 and found.smallest


def test_without_queries_left_for_a_proof_it_is_at_most_so_many():
    model = Sum(**dict.fromkeys("abcdefgh", 1.0), bias=-3.5)
    found = searched(model, "a b c d e f g h", 12)
    assert found.found and not found.smallest and found.size.startswith("at most 5 words")
    assert found.at_least == 1


def test_no_more_texts_are_asked_than_allowed_but_for_the_final_checks():
    model = Sum(**{f"w{n}": 1.0 for n in range(60)}, bias=-30.5)
    found = searched(model, " ".join(f"w{n}" for n in range(60)), 50)
    assert found.queries <= 50 and model.asked <= 50 + 3


def test_the_shortened_text_itself_turns_the_answer():
    model = Sum(**{f"w{n}": (-1.0) ** n * n for n in range(30)}, bias=2.0)
    text = " ".join(f"w{n}" for n in range(30))
    found = searched(model, text)
    assert (model.log_odds([found.without])[0] >= 0) != (model.log_odds([text])[0] >= 0)
    assert all(text[start:end] == word for word, (start, end) in zip(found.words, found.offsets, strict=True))


def test_an_answer_that_no_word_carries_is_not_turned():
    found = searched(Sum(bias=1.0), "nothing of this counts")
    assert not found.found and found.words == () and found.to_json()["log_odds_after"] is None


def test_offsets_are_into_the_text_as_given():
    given = "A  warm &amp; <b>warm</b> film"
    found = searched(Sum(-1, warm=2), given)
    assert [given[start:end] for start, end in found.offsets] == ["warm", "warm"]


@pytest.mark.parametrize("text", ["", "   ", "?!", "😀 رائع", "<script>alert(1)</script>", "x" * 50_000])
def test_any_text_is_searched(text):
    found = searched(Sum(-1, warm=2), text, 50)
    assert not found.found and fewest.Fewest.from_json(json.loads(json.dumps(found.to_json()))).queries >= 0


def test_what_was_found_reads_back_as_it_was():
    found = searched(Sum(-1, warm=2), "A warm film.")
    assert fewest.Fewest.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize("queries", [0, 1_000_001])
def test_a_number_of_queries_that_is_not_allowed_is_refused(queries):
    with pytest.raises(ExplanationError, match="give 1 to 1,000,000"):
        searched(Sum(), "a film", queries)


def test_the_same_search_is_kept():
    model = Sum(-1, warm=2)
    first = fewest.fewest_of(model, "A warm film.", EXPLAINERS["occlusion"])
    model.asked = 0
    assert fewest.fewest_of(model, "A warm film.", EXPLAINERS["occlusion"]) == first and not model.asked


def test_the_command_finds_the_words_of_a_linear_model(reviews, capsys):
    assert main(["train", "--data", str(reviews), "--family", "tfidf", "--alias", "tfidf"]) == 0
    capsys.readouterr()
    assert main(["flip", "--model", "tfidf", "--text", "wonderful and dreadful and cold", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["found"] and found["smallest"]
    assert {word["token"] for word in found["words"]} <= {"dreadful", "cold"}
    assert (found["prob_before"] >= 0.5) != (found["prob_after"] >= 0.5)
    assert main(["predict", "--model", "tfidf", "--text", found["without"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prob_positive"] == pytest.approx(found["prob_after"])
    assert main(["flip", "--model", "tfidf", "--text", "wonderful and dreadful and cold"]) == 0
    assert "without " in capsys.readouterr().out
    assert main(["flip", "--model", "tfidf", "--data", str(reviews), "--id", "<b>nope</b>"]) == 2
    assert "has no review '<b>nope</b>'" in capsys.readouterr().err

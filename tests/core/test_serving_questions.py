"""Questions that wait together are asked together, and each is answered as if it were alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Span
from sentiment_core.errors import ModelError
from sentiment_core.serving import questions
from sentiment_core.serving.questions import Question, Why, answers, cut
from sentiment_core.serving.refusals import Refusal
from sentiment_core.serving.waiting import LEAST, TOGETHER, Ticket, Waiting

EDGES = ["x", "", "\N{GRINNING FACE}" * 40, "مرحبا فيلم", "<script>alert(1)</script>", "long film " * 5_000]


class Words:
    """A model that reads the first four words, a token for each four characters of one."""

    model_id, max_tokens = "words", 4

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if "crash" in texts:
            raise ValueError(f"in {texts}")
        if "nan" in texts:
            raise ModelError("the answer is not\na number")
        positive = np.array([len(text) % 7 / 8 + 0.05 for text in texts])
        return np.column_stack([1 - positive, positive])

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.array([sum(math.ceil(len(word) / 4) for word in text.split()) for text in texts])

    def spans(self, text: str) -> list[Span]:
        return [Span(0, 19, True), Span(19, len(text), False)]


LONG = "one two wee big end last"


def test_one_text_that_fails_takes_no_other_with_it_and_is_not_quoted() -> None:
    texts = ["good", "crash", "fine film", "nan"]
    found = answers(Words(), [Question(text) for text in texts])
    assert found[0] == pytest.approx(Words().predict_proba(["good"])[0])
    assert found[2] == pytest.approx(Words().predict_proba(["fine film"])[0])
    assert isinstance(found[1], Refusal) and isinstance(found[3], Refusal)
    assert (found[1].status, found[1].line) == (424, "the model failed on this text (ValueError)")
    assert found[3].line == "the model has no answer: the answer is not a number"


def test_raw_scores_are_those_whose_softmax_are_the_probabilities() -> None:
    (negative, positive), raw = answers(Words(), [Question("some text"), Question("some text", raw=True)])
    exponentials = np.exp(raw)
    np.testing.assert_allclose(exponentials / exponentials.sum(), [negative, positive], atol=1e-12)


def test_a_text_is_cut_between_words_at_the_end_that_is_asked_for() -> None:
    assert cut(Words(), LONG, "Left", 4) == "wee big end last"
    assert cut(Words(), LONG, "Right", 4) == "one two wee big"
    assert cut(Words(), "abcdefgh" * 9, "Right", 4) == "abcdefgh" * 2
    assert cut(Words(), "abcdefgh" * 9, "Left", 4) == "abcdefgh" * 2


def test_truncation_is_the_model_s_own_unless_another_is_asked_for() -> None:
    own = Words().predict_proba([LONG])[0]
    for question in (Question(LONG), Question(LONG, truncate=True), Question(LONG, direction="Right")):
        assert answers(Words(), [question])[0] == pytest.approx(own)
    (left,) = answers(Words(), [Question(LONG, direction="Left")])
    assert left == pytest.approx(Words().predict_proba(["wee big end last"])[0])


def test_a_long_text_that_may_not_be_cut_is_refused_with_its_tokens() -> None:
    refused, short = answers(Words(), [Question(LONG, truncate=False), Question("one", truncate=False)])
    assert isinstance(refused, Refusal) and not isinstance(short, Refusal)
    assert refused.status == 413 and "6 tokens" in refused.line and "reads 4" in refused.line


def test_an_explanation_that_costs_too_much_or_cannot_be_says_so(monkeypatch) -> None:
    monkeypatch.setattr(questions, "MOST_ASKED", 5)
    unknown, dear = answers(Words(), [Why("a b", "nothing"), Why("a b c d", "occlusion")])
    assert isinstance(unknown, Refusal) and unknown.status == 422 and "known:" in unknown.line
    assert isinstance(dear, Refusal) and dear.status == 413 and "times" in dear.line


def test_a_network_answers_texts_together_as_it_answers_each_alone(tiny_base) -> None:
    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import Reader

    loaded = load_base(str(tiny_base))
    network = TransformerClassifier("tiny", loaded.model, Reader(loaded.tokenizer, 64, "head"))
    asked = [Question(text, raw=raw) for text in EDGES for raw in (False, True)]
    together = answers(network, asked)
    alone = [answers(network, [one])[0] for one in asked]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(together[::2], network.predict_proba(EDGES), atol=1e-5)


# --- who is asked together -------------------------------------------------------------------------


def waiting(*lengths: int) -> tuple[Waiting, list[Ticket]]:
    tickets = [Ticket(Question("x" * length)) for length in lengths]
    queue = Waiting()
    queue.put(tickets)
    return queue, tickets


def test_texts_of_like_length_are_asked_together_and_the_oldest_is_among_them() -> None:
    queue, tickets = waiting(2_000, 100, 2_000, 110, 1_900, 90)
    rng = np.random.default_rng(0)
    for _ in range(20):
        more = [Ticket(Question("x" * int(rng.integers(1, 9_000)))) for _ in range(40)]
        queue.put(more)
        tickets += more
    seen: list[Ticket] = []
    while len(queue):
        oldest = next(ticket for ticket in tickets if ticket not in seen)
        batch = queue.take(0)
        assert oldest is batch[0]
        assert max(one.cost for one in batch) * len(batch) <= TOGETHER
        seen += batch
    assert sorted(map(id, seen)) == sorted(map(id, tickets))
    assert LEAST * 256 <= TOGETHER


def test_all_that_wait_are_asked_together_where_there_is_room() -> None:
    queue, tickets = waiting(*[100] * 40)
    assert queue.take(0) == tickets
    assert queue.take(0) == []


def test_an_explanation_goes_alone() -> None:
    queue, _ = waiting(100)
    queue.put([Ticket(Why("x")), Ticket(Question("x"))])
    assert [len(queue.take(0)) for _ in range(3)] == [2, 1, 0]


def test_what_nobody_waits_for_anymore_is_not_asked() -> None:
    queue, tickets = waiting(100, 100, 100)
    tickets[1].future.cancel()
    assert queue.take(0) == [tickets[0], tickets[2]]

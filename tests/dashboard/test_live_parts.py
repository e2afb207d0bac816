"""Bars, marked words and files on Live, without a browser."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from edge_texts import EDGE_TEXTS
from numpy.typing import NDArray

from dashboard.elements import answer_bars, highlighting
from dashboard.views.live import batch, file
from dashboard.views.live.batch import Upload
from dashboard.wording import Answer
from sentiment_core.classifiers.base import Span


class _Text(HTMLParser):
    """Collects what a browser would show, and which tags it would make."""

    def __init__(self) -> None:
        super().__init__()
        self.shown, self.tags, self._style = "", [], False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        self.shown += "" if self._style else data


def _browse(html: str) -> _Text:
    page = _Text()
    page.feed(html)
    page.close()
    return page


def _every_word(text: str, weight: float) -> list[tuple[int, int, float]]:
    return [(m[0], m[1], weight) for m in highlighting.token_spans(text)]


# --- marked words --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EDGE_TEXTS.values(), ids=EDGE_TEXTS.keys())
def test_marking_shows_every_character_once_and_makes_no_tag_of_the_text(text: str) -> None:
    marked = highlighting.marked_html(text, highlighting.word_contributions(text, _every_word(text, 0.5)))
    page = _browse(marked)
    assert page.shown.startswith(text[: highlighting.SHOWN_CHARACTERS - 60])
    assert set(page.tags) <= {"style", "div", "span"}
    if len(text) <= highlighting.SHOWN_CHARACTERS:
        assert page.shown == text
    else:
        assert f"{len(text) - highlighting.SHOWN_CHARACTERS:,} more characters" in page.shown


def test_words_add_up_to_the_features_of_one_and_two_words() -> None:
    text = "not good at all, not good!"
    features = [(0, 3, -0.4), (4, 8, 1.0), (0, 8, -1.6), (17, 25, -1.6), (21, 26, 0.3), (15, 20, 0.1)]
    words = highlighting.word_contributions(text, features)
    assert math.fsum(score for *_, score in words) == pytest.approx(math.fsum(w for *_, w in features))
    by_place = {(start, end): score for start, end, score in words}
    assert by_place[0, 3] == pytest.approx(-0.4 - 0.8)
    assert by_place[4, 8] == pytest.approx(1.0 - 0.8)


def test_a_word_used_twice_counts_once_in_the_list_with_both_uses() -> None:
    text = "Good, good and bad"
    words = highlighting.word_contributions(text, [(0, 4, 0.5), (6, 10, 0.5), (15, 18, -2.0)])
    assert highlighting.strongest_words(text, words, positive=True) == [("good", 1.0)]
    assert highlighting.strongest_words(text, words, positive=False) == [("bad", -2.0)]


def test_a_long_text_of_light_words_is_marked_all_the_same() -> None:
    text = "fine " * 1000
    marked = highlighting.marked_html(text, highlighting.word_contributions(text, _every_word(text, 0.001)))
    assert marked.count("class='pro'") == 1000


def test_a_text_without_known_words_has_no_mark() -> None:
    words = highlighting.word_contributions("nothing known", [])
    assert "<span" not in highlighting.marked_html("nothing known", words)


def test_sides_are_distinguished_by_more_than_colour() -> None:
    marked = highlighting.marked_html("good bad", [(0, 4, 1.0), (5, 8, -1.0)])
    assert "class='pro'" in marked and "class='con'" in marked
    assert "solid" in highlighting.STYLE and "dashed" in highlighting.STYLE


def test_what_a_model_does_not_read_is_greyed() -> None:
    html = highlighting.read_html("abc <i> xyz", [Span(0, 4, True), Span(4, 8, False), Span(8, 11, True)])
    assert "<span class='unread' title='not read by this model'>&lt;i&gt; </span>" in html
    assert _browse(html).shown == "abc <i> xyz"


# --- bars ----------------------------------------------------------------------------------------


def test_a_bar_starts_in_the_middle_and_ends_at_the_probability() -> None:
    assert "left:50.00%;width:37.30%" in answer_bars.verdict_html(
        "m", "#009E73", Answer(0.873, 9, None, 0.002)
    )
    assert "left:12.00%;width:38.00%" in answer_bars.verdict_html(
        "m", "#009E73", Answer(0.12, 9, None, 0.002)
    )


def test_an_answer_says_tokens_truncation_and_latency() -> None:
    assert Answer(0.9, 612, 512, 0.0412).reading() == "612 tokens, 512 read · 41 ms"
    assert Answer(0.9, 512, 512, 1.25).reading() == "512 tokens, all read · 1.2 s"
    assert Answer(0.9, 9_000, None, 0.0004).reading() == "9,000 tokens, all read · 0.4 ms"


def test_a_change_names_its_size_and_whether_the_answer_flips() -> None:
    before, after = Answer(0.873, 9, None, 0.1), Answer(0.421, 9, None, 0.1)
    html = answer_bars.change_html("m", "#009E73", before, after)
    assert "87.3 → 42.1 %" in html and "−45.2 points, the answer flips" in html
    assert "flips" not in answer_bars.change_html("m", "#009E73", before, before)


def test_a_model_name_is_shown_as_it_is() -> None:
    page = _browse(answer_bars.verdict_html("<script>x</script>", "#009E73", Answer(0.5, 1, None, 0.1)))
    assert "script" not in page.tags and "<script>x</script>" in page.shown


# --- files ---------------------------------------------------------------------------------------


class CountsGood:
    """Says positive where "good" stands, and remembers how many texts it was asked."""

    model_id, max_tokens = "counts-good", 3

    def __init__(self) -> None:
        self.asked = 0

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked += len(texts)
        positive = np.array([0.9 if "good" in text else 0.2 for text in texts])
        return np.column_stack([1 - positive, positive])

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.array([len(text.split()) for text in texts], dtype=np.int64)


def _upload(texts: list[str], **columns: list[object]) -> Upload:
    return Upload("mine.csv", "digest", pd.DataFrame({"text": texts, **columns}))


def test_a_file_left_half_way_is_gone_on_with_where_it_stopped() -> None:
    texts = [f"good {i}" if i % 3 == 0 else f"bad {i}" for i in range(100)]
    model, pieces = CountsGood(), {}
    for done in batch.answer_pieces(model, texts, pieces):
        if done == 2 * batch.PIECE:
            break
    assert list(batch.answer_pieces(model, texts, pieces))[-1] == 100
    assert model.asked == 100
    table = batch.answered(_upload(texts), pieces)
    assert (table["predicted"] == "positive").tolist() == [i % 3 == 0 for i in range(100)]


def test_rows_without_a_text_have_no_answer() -> None:
    upload, model, pieces = _upload(["good", "", "a b c d"]), CountsGood(), {}
    list(batch.answer_pieces(model, upload.rows["text"].tolist(), pieces))
    table = batch.answered(upload, pieces)
    assert table["predicted"].tolist() == ["positive", "", "negative"]
    assert math.isnan(table["prob_positive"][1])
    assert table["truncated"].tolist() == [False, False, True]


def test_a_column_of_the_file_is_never_overwritten() -> None:
    upload, model, pieces = _upload(["good"], prob_positive=["mine"]), CountsGood(), {}
    list(batch.answer_pieces(model, ["good"], pieces))
    table = batch.answered(upload, pieces)
    assert table["prob_positive_in_file"].tolist() == ["mine"]
    assert table["prob_positive"].tolist() == [0.9]


def test_a_model_that_knows_no_word_says_so_instead_of_leaning() -> None:
    lost, known = Answer(0.627, 3, None, 0.1, knows_nothing=True), Answer(0.9, 3, None, 0.1)
    html = answer_bars.verdict_html("m", "#009E73", lost)
    assert "knows none of these words" in html and "leans" not in html and "62.7" not in html
    assert "width:0.00%" in html  # the bar is empty
    assert "knows none" in answer_bars.change_html("m", "#009E73", known, lost)
    assert "knows none" not in answer_bars.verdict_html("m", "#009E73", known)


def test_the_command_for_a_large_file_quotes_its_name() -> None:
    said = file._command("my film's reviews.csv", "tfidf")
    assert shlex.split(said)[-3:] == ["my film's reviews.csv", "--out", "answers.csv"]

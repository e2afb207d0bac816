"""A review with its words marked by what they push to, or greyed where a model never reads. No streamlit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR, translucent
from dashboard.wording import escape_html, format_log_odds
from sentiment_core.classifiers.base import Span
from sentiment_core.classifiers.linear.ngrams import token_spans

#: Characters shown with marks; past it a browser is busy for seconds and nobody reads on.
SHOWN_CHARACTERS = 6_000
#: A word is marked from this share of the strongest word on; below it, marks would be everywhere.
FAINTEST = 0.08

STYLE = f"""<style>
.marked {{white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; max-width: 75ch;
  max-height: 20rem; overflow-y: auto;}}
.marked .pro {{border-bottom: 2px solid {POSITIVE_COLOUR};}}
.marked .con {{border-bottom: 2px dashed {NEGATIVE_COLOUR};}}
.marked .unread {{opacity: .45;}}
</style>"""

Word = tuple[int, int, float]


def word_contributions(text: str, features: Sequence[Word]) -> list[Word]:
    """Return (start, end, log-odds) of each word: an n-gram's weight is shared by its words in equal parts.

    The sum over the words is the sum over the features, so what is shown still adds up to the answer.
    """
    spans = token_spans(text)
    starts = [start for start, _ in spans]
    scores = [0.0] * len(spans)
    for start, end, weight in features:
        first, last = max(0, bisect_right(starts, start) - 1), bisect_left(starts, end)
        for place in range(first, last):
            scores[place] += weight / (last - first)
    return [(start, end, score) for (start, end), score in zip(spans, scores, strict=True)]


def marked_html(text: str, words: Sequence[Word], unread: Sequence[tuple[int, int]] = ()) -> str:
    """Return the text with a solid blue line under words that push to positive, dashed orange to negative.

    Shades are relative to the strongest word of this text: in a long review every single use weighs little.
    What is never read is gray.
    """
    strongest = max((abs(score) for *_, score in words), default=0.0)
    marks = [
        (start, end, _mark(text[start:end], score, strongest))
        for start, end, score in words
        if strongest > 0 and abs(score) >= FAINTEST * strongest
    ]
    marks += [
        (start, min(end, SHOWN_CHARACTERS), _grey(text[start : min(end, SHOWN_CHARACTERS)]))
        for start, end in unread
    ]
    parts, at = [], 0
    for start, end, mark in sorted(mark for mark in marks if mark[0] < mark[1] <= SHOWN_CHARACTERS):
        parts += [escape_html(text[at:start]), mark]
        at = end
    return _framed("".join(parts) + escape_html(text[at : max(at, SHOWN_CHARACTERS)]), text)


def read_html(text: str, spans: Sequence[Span]) -> str:
    """Return the text with what the model never reads greyed."""
    parts = [
        escape_html(text[span.start : span.end]) if span.read else _grey(text[span.start : span.end])
        for span in spans
        if span.start < SHOWN_CHARACTERS
    ]
    return _framed("".join(parts), text)


def strongest_words(
    text: str, words: Sequence[Word], positive: bool, most: int = 5
) -> list[tuple[str, float]]:
    """Return the words that push most to one side, with the log-odds of all their uses together."""
    sums: dict[str, float] = {}
    for start, end, score in words:
        word = text[start:end].lower()
        sums[word] = sums.get(word, 0.0) + score
    sign = 1 if positive else -1
    ordered = sorted(sums.items(), key=lambda item: -sign * item[1])
    return [(word, score) for word, score in ordered[:most] if sign * score > 0]


def _mark(word: str, score: float, strongest: float) -> str:
    side, colour = ("pro", POSITIVE_COLOUR) if score > 0 else ("con", NEGATIVE_COLOUR)
    shade = translucent(colour, 0.45 * abs(score) / strongest)
    title = f"{format_log_odds(score)} log-odds"
    return f"<span class='{side}' style='background:{shade}' title='{title}'>{escape_html(word)}</span>"


def _grey(text: str) -> str:
    return f"<span class='unread' title='not read by this model'>{escape_html(text)}</span>"


def _framed(inner: str, text: str) -> str:
    hidden = len(text) - SHOWN_CHARACTERS
    more = f"\n… and {hidden:,} more characters" if hidden > 0 else ""
    # dir=auto: Arabic and Hebrew reviews read from the right.
    return f"{STYLE}<div class='marked' dir='auto' tabindex='0'>{inner}{more}</div>"

"""The fewest words whose removal turns a model's answer: at most so many, and how far that is proven.

The smallest set cannot be found by adding up what each word carries, not even for a linear model: its n-grams
overlap, a text's length weighs in, and leaving a word out makes new neighbors. So a small set is searched,
and every candidate is a shortened text that the model itself is asked about:

1. words are left out in the order of an explanation, until the answer turns;
2. again one word after the other: each time the one whose removal moves the answer most, of as many words,
   those that the explanation names first, as queries allow;
3. of either set, each word that is not needed is put back;
4. where queries allow it, every smaller set is asked: the set that is left is then a smallest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier, LinearInWords, Progress, no_progress
from sentiment_core.explanation.asking import Asker, log_odds
from sentiment_core.explanation.base import Explainer, ExplanationError, Floats
from sentiment_core.explanation.explaining import explain
from sentiment_core.explanation.passages import Offsets, Passage, passage_of
from sentiment_core.storage import answers
from sentiment_core.storage.kept import Shape

#: Shortened texts asked about at most: for a model that answers thousands a second, and for others.
QUERIES_OF_LINEAR, QUERIES = 5_000, 400
MOST_QUERIES = 1_000_000
#: Texts in one question; the first questions are smaller, as a few words often do.
AT_ONCE, AT_FIRST = 256, 8

#: Raised where the search finds other sets than before: what was kept is then not used.
VERSION = 1
_SHAPE: Shape = {
    "found": bool,
    "at_least": int,
    "words": [{"token": str, "start": int, "end": int}],
    "without": str,
    "log_odds_before": float,
    "log_odds_after": (float, type(None)),
    "n_words": int,
    "queries": int,
}

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Fewest:
    """A small set of words without which a model answers the other class.

    Attributes:
        found: whether any set was found; None of the others but `queries` and `before` means much if not.
        words: as written in the text as given.
        offsets: (start, end) of each in the text as given.
        without: the text that the model reads without them.
        before: the log-odds of positive of all that is read.
        after: of `without`, asked again on its own.
        at_least: no set of fewer words does it; 1 where nothing is proven.
        n_words: words that the model reads.
        queries: shortened texts that it was asked about.
    """

    found: bool
    words: tuple[str, ...]
    offsets: tuple[Offsets, ...]
    without: str
    before: float
    after: float
    at_least: int
    n_words: int
    queries: int

    @property
    def smallest(self) -> bool:
        """Whether it is proven that no smaller set does it."""
        return self.found and self.at_least == len(self.words)

    @property
    def size(self) -> str:
        """Return how many words it takes, as honestly as it is known: "2 words", "at most 7 words"."""
        n = len(self.words)
        return f"{'' if self.smallest else 'at most '}{n:,} word{'' if n == 1 else 's'}"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "found": self.found,
            "smallest": self.smallest,
            "at_least": self.at_least,
            "words": [
                {"token": word, "start": start, "end": end}
                for word, (start, end) in zip(self.words, self.offsets, strict=True)
            ],
            "without": self.without,
            "log_odds_before": self.before,
            "log_odds_after": self.after if self.found else None,
            "n_words": self.n_words,
            "queries": self.queries,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Fewest:
        """Read what `to_json` wrote."""
        after = record["log_odds_after"]
        return cls(
            record["found"],
            tuple(word["token"] for word in record["words"]),
            tuple((word["start"], word["end"]) for word in record["words"]),
            record["without"],
            record["log_odds_before"],
            math.nan if after is None else after,
            record["at_least"],
            record["n_words"],
            record["queries"],
        )


def queries_for(classifier: Classifier) -> int:
    """Return how many shortened texts a model is asked about where nobody says otherwise."""
    return QUERIES_OF_LINEAR if isinstance(classifier, LinearInWords) else QUERIES


def find_kept(model_id: str, method: str, text: str, queries: int) -> Fewest | None:
    """Return what `fewest_of` found before; None where it was not asked."""
    record = answers.find("fewest", [VERSION, model_id, method, queries, text], _SHAPE)
    return Fewest.from_json(record) if record else None


def fewest_of(
    classifier: Classifier,
    text: str,
    explainer: Explainer,
    queries: int | None = None,
    *,
    progress: Progress = no_progress,
    keep: bool = True,
) -> Fewest:
    """Return a small set of words of a text without which the answer turns, guided by an explainer.

    Args:
        classifier: a loaded model.
        text: as given: it is cleaned here, and offsets are into what was given.
        explainer: one that can explain this classifier.
        queries: see `fewest_words`.
        progress: called as queries are used; raise Cancelled in it to stop.
        keep: whether the result is looked for in the workspace, and kept there.
    """
    queries = queries_for(classifier) if queries is None else queries
    known = find_kept(classifier.model_id, explainer.name, text, queries) if keep else None
    if known is not None:
        return known
    passage = passage_of(classifier, text)
    (guide,) = explain(classifier, [text], explainer, keep=keep)
    found = fewest_words(classifier, passage, guide.scores, queries, progress)
    if keep:
        asked = [VERSION, classifier.model_id, explainer.name, queries, text]
        answers.keep("fewest", asked, found.to_json())
    return found


def fewest_words(
    classifier: Classifier,
    passage: Passage,
    scores: Floats,
    queries: int | None = None,
    progress: Progress = no_progress,
) -> Fewest:
    """Return a small set of words without which the answer turns.

    Args:
        classifier: asked about every candidate.
        passage: the text as it reads it.
        scores: float64 [words], an explanation in log-odds toward positive; a guide only.
        queries: shortened texts asked about at most; a set that was found is always asked again.
        progress: called as queries are used.

    Raises:
        ExplanationError: `queries` is not allowed.
    """
    queries = queries_for(classifier) if queries is None else queries
    if not 1 <= queries <= MOST_QUERIES:
        raise ExplanationError(f"{queries} queries are allowed; give 1 to {MOST_QUERIES:,}")
    search = _Search(Asker(classifier, passage), queries, progress)
    found = search.best(scores) if len(passage.words) else None
    at_least = search.ruled_out_below(found) if found is not None else 1
    found = search.left_out if found is not None else None
    return _result(classifier, passage, search, found, at_least)


class _Search:
    """The queries of one search; `left_out` is the smallest set that turned the answer so far."""

    def __init__(self, asker: Asker, queries: int, progress: Progress) -> None:
        self.asker = asker
        self.n = len(asker.passage.words)
        self.allowed, self.used = queries, 0
        self.progress = progress
        self.before = asker.whole()
        self.sign = 1.0 if self.before >= 0 else -1.0
        self.left_out: Bools | None = None

    @property
    def left(self) -> int:
        """Return how many queries are left."""
        return self.allowed - self.used

    def margins(self, left_out: Bools) -> Floats:
        """Return float64 [rows]: the log-odds toward the present answer without the words of each row."""
        self.used += len(left_out)
        found = self.sign * self.asker.of(~left_out)
        self.progress(min(self.used, self.allowed), self.allowed, "asking about shortened texts")
        return found

    def turned(self, margins: Floats) -> Bools:
        """Return which answers are of the other class; log-odds of exactly 0 are positive."""
        return np.asarray(margins < 0 if self.sign > 0 else margins <= 0, dtype=np.bool_)

    def best(self, scores: Floats) -> Bools | None:
        """Return the smallest set found by the explanation's order and by single steps; None without one."""
        order = np.argsort(-self.sign * scores, kind="stable")
        for tried in (self._in_order, self._one_by_one):
            left_out = tried(order)
            if left_out is not None:
                self._keep(self._less(left_out))
        return self.left_out

    def _keep(self, left_out: Bools) -> None:
        if self.left_out is None or left_out.sum() < self.left_out.sum():
            self.left_out = left_out

    def _in_order(self, order: NDArray[np.int64]) -> Bools | None:
        """Leave words out in an order until the answer turns."""
        start, some = 0, AT_FIRST
        while start < self.n and self.left > 0:
            ends = range(start + 1, min(start + some, start + self.left, self.n) + 1)
            rows = np.zeros((len(ends), self.n), dtype=bool)
            for row, end in zip(rows, ends, strict=True):
                row[order[:end]] = True
            turned = np.flatnonzero(self.turned(self.margins(rows)))
            if len(turned):
                return np.asarray(rows[turned[0]])
            start, some = ends[-1], min(2 * some, AT_ONCE)
        return None

    def _one_by_one(self, order: NDArray[np.int64]) -> Bools | None:
        """Leave out the word whose removal moves the answer most, again and again, while queries last."""
        left_out = np.zeros(self.n, dtype=bool)
        steps = self.n if self.left_out is None else int(self.left_out.sum()) - 1
        for step in range(steps):
            others = order[~left_out[order]][: self.left // (steps - step)]
            if not len(others):
                return None
            rows = np.tile(left_out, (len(others), 1))
            rows[np.arange(len(others)), others] = True
            margins = self.margins(rows)
            left_out = np.asarray(rows[int(margins.argmin())])
            if self.turned(margins.min(keepdims=True))[0]:
                return left_out
        return None

    def _less(self, left_out: Bools) -> Bools:
        """Put back, one at a time, each word without which the answer still turns."""
        for place in np.flatnonzero(left_out)[::-1]:
            if left_out.sum() == 1 or self.left < 1:
                break
            fewer = left_out.copy()
            fewer[place] = False
            if self.turned(self.margins(fewer[None]))[0]:
                left_out = fewer
        return left_out

    def ruled_out_below(self, found: Bools) -> int:
        """Ask about every smaller set, where queries last for all; return the size that is not ruled out.

        A smaller set that turns the answer takes the place of the one found.
        """
        sizes = range(1, int(found.sum()))
        if sum(math.comb(self.n, size) for size in sizes) > self.left:
            return 1
        for size in sizes:
            smaller = self._any_of(size)
            if smaller is not None:
                self._keep(smaller)
                return size
        return int(found.sum())

    def _any_of(self, size: int) -> Bools | None:
        for some in _chunks(combinations(range(self.n), size)):
            rows = np.zeros((len(some), self.n), dtype=bool)
            rows[np.arange(len(some))[:, None], np.array(some)] = True
            turned = np.flatnonzero(self.turned(self.margins(rows)))
            if len(turned):
                return np.asarray(rows[turned[0]])
        return None


def _chunks(sets: Iterator[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    while some := list(islice(sets, AT_ONCE)):
        yield some


def _result(
    classifier: Classifier, passage: Passage, search: _Search, left_out: Bools | None, at_least: int
) -> Fewest:
    before = float(log_odds(classifier, [passage.text])[0])
    if left_out is None:
        return Fewest(False, (), (), "", before, math.nan, 1, search.n, search.used)
    places = np.flatnonzero(left_out)
    offsets = tuple(passage.in_given(*passage.words[place]) for place in places)
    without = passage.kept(~left_out)
    after = float(log_odds(classifier, [without])[0])
    words = tuple(passage.given[start:end] for start, end in offsets)
    return Fewest(True, words, offsets, without, before, after, at_least, search.n, search.used)

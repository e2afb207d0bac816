"""The review desk: which reviews a model got wrong, how badly, and in which order to read them.

Pure frames: one model's predictions beside the reviews themselves, and a second model's where one is chosen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.errors import DataError
from sentiment_core.metrics.calibration import row_log_loss
from sentiment_core.storage import spreadsheet

#: Texts whose words are counted at once: their copies take some megabytes, of a whole data set hundreds.
COUNTED_AT_ONCE = 2_000

TRUE_POSITIVE, TRUE_NEGATIVE = "true positive", "true negative"
FALSE_POSITIVE, FALSE_NEGATIVE = "false positive", "false negative"

#: The outcome filter's options, by the word used in links and in `--select desk=`: the outcomes each keeps.
OUTCOMES: dict[str, frozenset[str]] = {
    "errors": frozenset({FALSE_POSITIVE, FALSE_NEGATIVE}),
    "false-positives": frozenset({FALSE_POSITIVE}),
    "false-negatives": frozenset({FALSE_NEGATIVE}),
    "correct": frozenset({TRUE_POSITIVE, TRUE_NEGATIVE}),
    "true-positives": frozenset({TRUE_POSITIVE}),
    "true-negatives": frozenset({TRUE_NEGATIVE}),
    "all": frozenset({TRUE_POSITIVE, TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE}),
}
#: White space beyond ASCII as UTF-8: two bytes (next line, no-break space) or three, each as one number.
_WIDE_SPACES = {
    2: np.array([0xC285, 0xC2A0]),
    3: np.array([0xE19A80, *range(0xE28080, 0xE2808B), 0xE280A8, 0xE280A9, 0xE280AF, 0xE2819F, 0xE38080]),
}
AGREEMENTS = ("any", "agree", "disagree")
TRAINING = ("any", "unseen", "seen")
#: The filters that are about a review, not about an answer: every page has these.
ABOUT_REVIEWS = ("search", "words_low", "words_high", "source", "training", "slices")
#: Names of slices in one address, and what a name is made of: "genre:horror", "not:truncated", one's own.
MOST_SLICES = 12
_SLICE = re.compile(r"[a-z][a-z0-9:_-]{0,59}")
#: The sort options: the column, and whether small values come first. Those of "disagreement", how far two
#: models' probabilities are apart, need a second model.
SORTS: dict[str, tuple[str, bool]] = {
    "loss": ("loss", False),
    "least-loss": ("loss", True),
    "confidence": ("confidence", False),
    "least-confidence": ("confidence", True),
    "longest": ("words", False),
    "shortest": ("words", True),
    "disagreement": ("disagreement", False),
    "least-disagreement": ("disagreement", True),
    "outcome": ("outcome", True),
    "outcome-reversed": ("outcome", False),
}
EXPORT_COLUMNS = (
    "example_id",
    "label",
    "outcome",
    "prob_positive",
    "confidence",
    "loss",
    "words",
    "n_tokens",
    "truncated",
    "source",
    "other_prob_positive",
    "other_outcome",
    "agree",
    "disagreement",
    "model",
    "other_model",
    "threshold",
    "text",
)


@dataclass(frozen=True)
class Filters:
    """Which reviews are shown and in which order; the defaults show all errors, highest loss first.

    A link and `attacks run --select desk=` both hold filters as named texts.

    Attributes:
        training: any, or only reviews that no chosen model was trained on (unseen), or that one was (seen).
        slices: names of slices that a review must be in, all of them; "not:NAME" must not. What a name means
            is not known here: see `matching`.
    """

    outcome: str = "errors"
    search: str = ""
    confidence_low: float = 0.5
    confidence_high: float = 1.0
    words_low: int = 0
    words_high: int | None = None
    agreement: str = "any"
    source: str = ""
    sort: str = "loss"
    training: str = "any"
    slices: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order differs from the defaults."""
        return replace(self, sort="loss") != Filters()

    @property
    def about_reviews(self) -> Filters:
        """Return only what they say of the reviews, whatever any model answered: ABOUT_REVIEWS."""
        kept = {name: getattr(self, name) for name in ABOUT_REVIEWS}
        return Filters(outcome="all", **kept)

    @property
    def narrowed_reviews(self) -> bool:
        """Whether they leave out reviews, whatever any model answered."""
        return self.about_reviews != Filters(outcome="all")

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as named texts."""
        return {
            name: ",".join(value) if isinstance(value, tuple) else str(value)
            for name, value in vars(self).items()
            if value != getattr(_DEFAULTS, name)
        }

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Filters:
        """Read named texts; what cannot be read becomes the default, since people edit URLs."""
        readable = {name: read(params[name]) for name, read in _READERS.items() if name in params}
        return cls(**{name: value for name, value in readable.items() if value is not None})


def desk(
    examples: pd.DataFrame,
    predictions: pd.DataFrame,
    other: pd.DataFrame | None = None,
    *,
    threshold: float = 0.5,
    other_threshold: float = 0.5,
    words: pd.Series[int] | None = None,
) -> pd.DataFrame:
    """Join reviews and predictions into one row per review, with outcome, confidence, loss and words.

    Args:
        examples: EXAMPLE_COLUMNS; reviews without a prediction are left out.
        predictions: PREDICTION_COLUMNS of the model whose errors are read.
        other: PREDICTION_COLUMNS of a second model; adds `other_*`, `agree` and `disagreement`, how far the
            two probabilities are apart (missing without an answer).
        threshold: At or above this probability the first model's answer counts as positive.
        other_threshold: The same for the second model.
        words: `count_words` of the examples' texts, where they have been counted before.
    """
    answers = predictions[["example_id", "label", "prob_positive", "n_tokens", "truncated"]]
    at = pd.Index(examples["example_id"]).get_indexer(pd.Index(answers["example_id"]))
    rows = answers[at >= 0].reset_index(drop=True)
    texts = examples[["text", "source"]].take(at[at >= 0]).reset_index(drop=True)
    counted = count_words(texts["text"]) if words is None else words.iloc[at[at >= 0]].to_numpy()
    rows = rows.assign(text=texts["text"], source=texts["source"], words=counted)
    rows = rows.assign(knows_nothing=_knows_nothing(predictions, rows["example_id"]))
    rows = rows.assign(**judged(rows, threshold))
    if other is None:
        return rows
    said = other.set_index("example_id")["prob_positive"].reindex(rows["example_id"])
    lost = _knows_nothing(other, rows["example_id"])
    rows = rows.assign(other_prob_positive=said.to_numpy(), other_knows_nothing=lost)
    return _beside(rows, other_threshold)


def _knows_nothing(predictions: pd.DataFrame, example_ids: pd.Series[Any]) -> NDArray[np.bool_]:
    """Return for each review whether the model knows none of its tokens, where its predictions say so."""
    lost = predictions["example_id"][predictions["knows_nothing"]] if "knows_nothing" in predictions else ()
    known: NDArray[np.bool_] = example_ids.isin(lost).to_numpy()
    return known


def at_threshold(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return a desk as it is at another threshold of both models; the texts are not copied."""
    moved = rows.assign(**judged(rows, threshold))
    return _beside(moved, threshold) if "other_prob_positive" in rows else moved


def _beside(rows: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the rows with the second model's answers, missing where it has none."""
    asked = rows["other_prob_positive"].notna()
    answers = pd.DataFrame({"label": rows["label"], "prob_positive": rows["other_prob_positive"]})[asked]
    said = pd.DataFrame(judged(answers, threshold), index=answers.index).drop(columns="loss")
    said = said.reindex(rows.index).add_prefix("other_")
    agree = (rows["predicted"] == said["other_predicted"]).astype("boolean").mask(~asked)
    apart = (rows["prob_positive"] - rows["other_prob_positive"]).abs()
    return rows.assign(**said, agree=agree, disagreement=apart)


def judged(answers: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Return the columns predicted, outcome, confidence (probability of the answer given) and loss (nats)."""
    prob = answers["prob_positive"].to_numpy(dtype=float)
    label = answers["label"].to_numpy(dtype=np.int64)
    predicted = (prob >= threshold).astype(int)
    names = np.array([[TRUE_NEGATIVE, FALSE_POSITIVE], [FALSE_NEGATIVE, TRUE_POSITIVE]], dtype=object)
    return {
        "predicted": predicted,
        "outcome": names[label, predicted],
        "confidence": np.where(predicted == 1, prob, 1 - prob),
        "loss": row_log_loss(label, prob),
    }


def count_words(texts: pd.Series[str]) -> pd.Series[int]:
    """Return the number of words between white space of each text, as `len(text.split())` counts them."""
    starts = range(0, len(texts), COUNTED_AT_ONCE)
    counts = [_words(texts.iloc[start : start + COUNTED_AT_ONCE]) for start in starts]
    counted = np.concatenate(counts) if counts else np.empty(0, np.int64)
    return pd.Series(counted, texts.index, name=texts.name)


def _words(texts: pd.Series[str]) -> NDArray[np.int64]:
    """Count on the bytes of Arrow's text: a fifth of the time that it takes to split the texts."""
    import pyarrow as pa

    array = pa.array(texts, pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    _, offsets, content = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    utf8 = np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]]
    begins = _word_begins(utf8, ends - ends[0])
    counts: NDArray[np.int64] = np.diff(np.searchsorted(np.flatnonzero(begins), ends - ends[0]))
    return counts


def _word_begins(utf8: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where a word begins: a byte that is not white space, after one that is or first in its text."""
    space = _white_space(utf8)
    begins = ~space
    begins[1:] &= space[:-1]
    first = ends[:-1][ends[:-1] < ends[1:]]
    begins[first] = ~space[first]
    return begins


def _white_space(utf8: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which bytes belong to characters that `str.isspace` calls white space."""
    # Below 9 and below 28 the difference wraps around to a large number.
    space: NDArray[np.bool_] = (utf8 == 32) | (utf8 - np.uint8(9) < 5) | (utf8 - np.uint8(28) < 4)
    leads = np.flatnonzero(utf8 >= 0xC2)
    leads = leads[np.isin(utf8[leads], (0xC2, 0xE1, 0xE2, 0xE3))]
    if not len(leads):
        return space
    padded = np.pad(utf8, (0, 2))
    code = padded[leads].astype(np.int64)
    for length in (2, 3):
        code = code << 8 | padded[leads + length - 1]
        found = leads[np.isin(code, _WIDE_SPACES[length])]
        for byte in range(length):
            space[found + byte] = True
    return space


def matching(
    rows: pd.DataFrame, filters: Filters, inside: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the positions of the rows that match every filter, in the requested order.

    Args:
        rows: of `desk`; with a column `seen` where `filters.training` asks for it.
        filters: which rows, and their order.
        inside: whether each row is in `filters.slices`, bool [rows]; needed where they name any.

    Raises:
        DataError: it is asked for what no model was trained on, and that is not known.

    Ties are ordered by example_id, so that the order is stable; what has no value comes last, and an order by
    a second model that is not there is by loss. Positions rather than rows, so that a cache of many filters
    holds numbers and not the texts again.
    """
    keep = rows["outcome"].isin(OUTCOMES[filters.outcome])
    keep &= rows["words"].between(filters.words_low, filters.words_high or np.inf)
    keep &= _confident(rows, filters)
    if filters.agreement != "any" and "agree" in rows:
        keep &= (rows["agree"] == (filters.agreement == "agree")).fillna(False).astype(bool)
    if filters.source:
        keep &= rows["source"] == filters.source
    if filters.training != "any":
        keep &= _seen(rows) == (filters.training == "seen")
    if filters.slices:
        keep &= _given(inside)
    places = _containing(rows["text"], np.flatnonzero(keep), filters.search)
    column, ascending = SORTS[filters.sort] if SORTS[filters.sort][0] in rows else SORTS[_DEFAULTS.sort]
    keys = rows[[column, "example_id"]].reset_index(drop=True).iloc[places]
    keys = keys.sort_values([column, "example_id"], ascending=[ascending, True])
    return np.asarray(keys.index, dtype=np.int64)


def filtered(rows: pd.DataFrame, filters: Filters, inside: NDArray[np.bool_] | None = None) -> pd.DataFrame:
    """Return the rows that `matching` names, in its order."""
    return rows.iloc[matching(rows, filters, inside)].reset_index(drop=True)


def _seen(rows: pd.DataFrame) -> pd.Series[bool]:
    if "seen" not in rows:
        raise DataError(
            "it is not known which of these reviews the model was trained on; its data is not here"
        )
    return rows["seen"]


def _given(inside: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    if inside is None:
        raise ValueError("which rows are in the slices must be given")
    return inside


def _confident(rows: pd.DataFrame, filters: Filters) -> pd.Series[bool]:
    # A moved threshold gives answers of confidence under one half: the lowest setting lets them through too.
    low = 0.0 if filters.confidence_low <= _DEFAULTS.confidence_low else filters.confidence_low
    return rows["confidence"].between(low, filters.confidence_high)


def _containing(texts: pd.Series[str], places: NDArray[np.int64], search: str) -> NDArray[np.int64]:
    """Keep the positions whose text contains the words as typed, ignoring case; none is a pattern."""
    wanted = search.strip()
    if not wanted:
        return places
    found = texts.iloc[places].str.contains(wanted, case=False, regex=False)
    kept: NDArray[np.int64] = places[np.asarray(found, dtype=bool)]
    return kept


def named(rows: pd.DataFrame, model: str, threshold: float, other: str | None = None) -> pd.DataFrame:
    """Return rows of `desk` as they leave the project: EXPORT_COLUMNS, with whose answers these are."""
    said = {"model": model, "threshold": threshold} | ({"other_model": other} if other else {})
    full = rows.assign(**said)
    return full[[name for name in EXPORT_COLUMNS if name in full]]


def to_csv(rows: pd.DataFrame) -> bytes:
    """Return the rows as CSV that a spreadsheet opens as text, never as formulas."""
    return spreadsheet.to_csv(rows[[name for name in EXPORT_COLUMNS if name in rows]])


def _one_of(allowed: Collection[str]) -> Callable[[str], str | None]:
    return lambda given: given if given in allowed else None


def _within(low: float, high: float) -> Callable[[str], float | None]:
    def read(given: str) -> float | None:
        try:
            return min(max(float(given), low), high) if math.isfinite(float(given)) else None
        except ValueError:
            return None

    return read


def _slices(given: str) -> tuple[str, ...] | None:
    names = tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))
    readable = all(_SLICE.fullmatch(name) for name in names) and len(names) <= MOST_SLICES
    return names if readable else None


def _count(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


_DEFAULTS = Filters()
_READERS: dict[str, Callable[[str], Any]] = {
    "outcome": _one_of(OUTCOMES),
    "search": lambda given: given,
    "confidence_low": _within(0.5, 1.0),
    "confidence_high": _within(0.5, 1.0),
    "words_low": _count,
    "words_high": _count,
    "agreement": _one_of(AGREEMENTS),
    "source": lambda given: given,
    "training": _one_of(TRAINING),
    "slices": _slices,
    "sort": _one_of(SORTS),
}

"""Properties of a review that need no model: length, wording, what it is about; slices are made of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attacks.identities import ATTRIBUTES
from attacks.language import abuse as toxicity
from attacks.rewriting.base import Attribute
from attacks.slices.vocabularies import CONTRAST, FIRST_PERSON, GENRES, NEGATION, PRAISE_AND_BLAME
from sentiment_core import languages
from sentiment_core.schema import EXAMPLE_COLUMNS

NUMBER, YES_NO, CATEGORY = "number", "yes/no", "category"
#: Columns of a prediction that say something of the review as that model reads it.
OF_PREDICTIONS = ("n_tokens", "truncated")

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"')\]<]|$)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TEN = "one|two|three|four|five|six|seven|eight|nine|ten|zero"
#: "8/10", "3 out of 5", "seven out of ten", "4 stars", "***".
_RATING = re.compile(
    rf"\b(?:\d{{1,3}}(?:[.,]\d)?|{_TEN})(?: ?(?:/|of|out of) ?(?:the )?(?:4|5|10|100|four|five|ten)\b"
    r"| ?(?:-|½|1/2)? ?stars?\b)|★|\*{2,5}(?!\w)(?<!\w\*\*)",
    re.IGNORECASE,
)
#: A language is detected from this many characters as well as from the whole, ten times faster.
_CHARACTERS_OF_LANGUAGE = 300


class Texts:
    """The texts and what several properties need of them, made once."""

    def __init__(self, texts: Iterable[object]) -> None:
        self.texts = [str(text) for text in texts]

    @functools.cached_property
    def words(self) -> list[list[str]]:
        """The words of each text in small letters, with straight apostrophes."""
        return [_WORD.findall(text.lower().replace("’", "'")) for text in self.texts]

    @functools.cached_property
    def word_sets(self) -> list[frozenset[str]]:
        """The distinct words of each text."""
        return [frozenset(words) for words in self.words]

    @functools.cached_property
    def abuse(self) -> list[dict[str, int]]:
        """The abusive words of each text by category."""
        return [toxicity.counts(text) for text in self.texts]

    @functools.cached_property
    def mentions(self) -> list[frozenset[str]]:
        """The columns of the groups that each text mentions, by any attribute."""
        return [
            frozenset(mention_column(group) for item in speaking_of() for group in item.mentioned(text))
            for text in self.texts
        ]


@dataclass(frozen=True)
class Property:
    """A column of `properties`: yes/no is boolean, a number Float64, a category a text; all may be missing.

    `compute` returns one value per text; None where it comes with the data or with a model's predictions.
    """

    name: str
    title: str
    type: str
    compute: Callable[[Texts], list[Any]] | None


def properties(examples: pd.DataFrame, names: Collection[str] | None = None) -> pd.DataFrame:
    """Return every one of PROPERTIES, then further columns of the data, on the index of `examples`.

    n_tokens and truncated are there where the predictions' columns are among those of `examples`, rating
    where the data has one, and are missing (<NA>) otherwise. 4,000 reviews take some 5 seconds.

    Args:
        examples: a column text; perhaps rating, language, n_tokens, truncated and columns of a user's own.
        names: only these of PROPERTIES: each takes a share of the time, some more than others.
    """
    texts = Texts(examples["text"])
    columns = {
        item.name: _typed(_values(item, texts, examples), item.type, examples.index)
        for item in PROPERTIES.values()
        if names is None or item.name in names
    }
    return pd.DataFrame(columns | _further(examples), index=examples.index)


def speaking_of() -> list[Attribute]:
    """Return the attributes that a text can mention; dialect is a way of writing, not what is written of."""
    return [item for item in ATTRIBUTES.values() if item.name != "dialect"]


def mentioned_groups() -> list[str]:
    """Return the groups of `speaking_of`, each once, in the attributes' order."""
    return list(dict.fromkeys(group for item in speaking_of() for group in item.groups))


@functools.cache
def mention_column(group: str) -> str:
    """Return the name of the column that says whether a group is mentioned: "mentions_middle_aged"."""
    return "mentions_" + "_".join(re.findall(r"[a-z0-9]+", group.lower()))


def _values(item: Property, texts: Texts, examples: pd.DataFrame) -> list[Any] | pd.Series[Any]:
    if item.name == "language":
        said = languages.of_column(examples)
        if said is not None:
            return said.map(lambda name: languages.code_of(name) or name, na_action="ignore")
    if item.compute is not None:
        return item.compute(texts)
    given = examples.get(item.name)
    fits = given is not None and (pd.api.types.is_numeric_dtype(given) or pd.api.types.is_bool_dtype(given))
    return given if given is not None and fits else [None] * len(examples)


def _typed(values: list[Any] | pd.Series[Any], kind: str, index: pd.Index[Any]) -> pd.Series[Any]:
    dtype = {NUMBER: "Float64", YES_NO: "boolean", CATEGORY: "string"}[kind]
    return pd.Series(np.asarray(values, dtype=object), index=index).astype(dtype)


def _further(examples: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Return a user's own columns that a query can name."""
    known = {*PROPERTIES, *EXAMPLE_COLUMNS, "prob_positive", "predicted", "model_id", "error"}
    return {
        str(name): examples[name]
        for name in examples.columns
        if str(name).isidentifier() and name not in known and str(name).lower() not in languages.COLUMNS
    }


def _counter(words: frozenset[str]) -> Callable[[Texts], list[Any]]:
    return lambda texts: [sum(map(words.__contains__, found)) for found in texts.words]


def _holds(words: frozenset[str]) -> Callable[[Texts], list[Any]]:
    return lambda texts: [not words.isdisjoint(found) for found in texts.word_sets]


def _matches(pattern: re.Pattern[str]) -> Callable[[Texts], list[Any]]:
    return lambda texts: [len(pattern.findall(text)) for text in texts.texts]


def _mentions(column: str) -> Callable[[Texts], list[Any]]:
    return lambda texts: [column in mentioned for mentioned in texts.mentions]


def _sentences(texts: Texts) -> list[Any]:
    return [max(len(_SENTENCE_END.findall(text)), int(bool(text.strip()))) for text in texts.texts]


def _capitals_share(texts: Texts) -> list[Any]:
    """Return the share of letters that are capitals; missing where there is no letter."""
    shares = []
    for text in texts.texts:
        small, large = (sum(map(text.count, letters)) for letters in (_SMALL, _SMALL.upper()))
        shares.append(large / (small + large) if small + large else None)
    return shares


_SMALL = "abcdefghijklmnopqrstuvwxyz"


def _abuse(category: str) -> Callable[[Texts], list[Any]]:
    return lambda texts: [found.get(category, 0) for found in texts.abuse]


def _ambiguity(texts: Texts) -> list[Any]:
    """Return 0 where only praise or only blame is said, 1 where as much of both; missing without either."""
    praise, blame = PRAISE_AND_BLAME
    shares: list[float | None] = []
    for words in texts.words:
        for_it, against = (sum(map(side.__contains__, words)) for side in (praise, blame))
        shares.append(2 * min(for_it, against) / (for_it + against) if for_it + against else None)
    return shares


def _language(texts: Texts) -> list[Any]:
    return [languages.detect(text[:_CHARACTERS_OF_LANGUAGE]) for text in texts.texts]


_WORDING = (
    Property("words", "Words", NUMBER, lambda texts: [len(text.split()) for text in texts.texts]),
    Property("sentences", "Sentences", NUMBER, _sentences),
    Property("n_tokens", "Tokens, as the model reads them", NUMBER, None),
    Property("truncated", "Cut at the model's limit", YES_NO, None),
    Property("negations", "Negations (not, never, didn't)", NUMBER, _counter(NEGATION)),
    Property("contrasts", "Contrast words (but, although)", NUMBER, _counter(CONTRAST)),
    Property("questions", "Question marks", NUMBER, lambda texts: [t.count("?") for t in texts.texts]),
    Property("exclamations", "Exclamation marks", NUMBER, lambda texts: [t.count("!") for t in texts.texts]),
    Property("capitals_share", "Share of letters that are capitals", NUMBER, _capitals_share),
    Property("digits", "Numbers in figures", NUMBER, _matches(_NUMBER)),
    Property(
        "states_rating",
        "States a rating (8/10, four stars)",
        YES_NO,
        lambda texts: [_RATING.search(text) is not None for text in texts.texts],
    ),
    Property("first_person", "First person words (I, my, we)", NUMBER, _counter(FIRST_PERSON)),
    Property("opinion_ambiguity", "Praise and blame mixed (0 one-sided, 1 even)", NUMBER, _ambiguity),
    Property("swearing", "Words of swearing", NUMBER, _abuse(toxicity.SWEARING)),
    Property("insults", "Insults", NUMBER, _abuse(toxicity.INSULTS)),
    Property("slurs", "Slurs", NUMBER, _abuse(toxicity.SLURS)),
    Property(
        "toxicity", "Abusive words of any kind", NUMBER, lambda texts: [sum(a.values()) for a in texts.abuse]
    ),
    Property("language", "Language (code)", CATEGORY, _language),
    Property("rating", "Rating in the data", NUMBER, None),
)


def _registry() -> dict[str, Property]:
    genres = [
        Property(f"genre_{name}", f"Genre words: {name.replace('_', ' ')}", YES_NO, _holds(words))
        for name, words in GENRES.items()
    ]
    mentions = [
        Property(mention_column(group), f"Mentions: {group}", YES_NO, _mentions(mention_column(group)))
        for group in mentioned_groups()
    ]
    return {item.name: item for item in (*_WORDING, *genres, *mentions)}


#: Every property by name: what a query can name.
PROPERTIES: dict[str, Property] = _registry()

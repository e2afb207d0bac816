"""Slices that a review is in or not, made from its properties: long ones, horror, mentions of women."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from attacks.slices import queries
from attacks.slices.properties import PROPERTIES, mention_column, mentioned_groups
from sentiment_core import languages

LENGTH, WORDING, TOPIC, MENTION, ABUSE, ORIGIN = "length", "wording", "topic", "mention", "abuse", "data"

#: Properties of one review a row -> whether each is in the slice; missing where that is unknown.
Mask = Callable[[pd.DataFrame], "pd.Series[bool]"]


@dataclass(frozen=True)
class Membership:
    """A slice of reviews.

    Attributes:
        description: one sentence for the page, with the limit where there is one.
        family: what kind of slice: length, wording, topic, mention, abuse or data.
        query: the same as a query, as a start for a user's own slice.
        mask: properties -> nullable boolean.
    """

    name: str
    title: str
    description: str
    family: str
    query: str
    mask: Mask


def masks(properties: pd.DataFrame) -> dict[str, pd.Series[bool]]:
    """Return the mask of every membership, then one a language that the reviews are in (language:de)."""
    found = {name: item.mask(properties) for name, item in MEMBERSHIPS.items()}
    return found | {item.name: item.mask(properties) for item in of_languages(properties)}


def of_languages(properties: pd.DataFrame) -> list[Membership]:
    """Return a membership for each language but the most frequent, where there are several."""
    codes = properties["language"].value_counts().index
    return [
        _by_query(
            f"language:{code}",
            f"In {languages.NAMES.get(code, code)}",
            "As given in the data, otherwise as detected in the first sentences.",
            ORIGIN,
            f"language == {str(code)!r}",
        )
        for code in codes[1:]
    ]


def titles(properties: pd.DataFrame) -> Mapping[str, str]:
    """Return the title of every slice that `masks` has for these reviews."""
    found = {name: item.title for name, item in MEMBERSHIPS.items()}
    return found | {item.name: item.title for item in of_languages(properties)}


def _by_query(name: str, title: str, description: str, family: str, query: str) -> Membership:
    def mask(properties: pd.DataFrame) -> pd.Series[bool]:
        return queries.rows(query, properties)

    return Membership(name, title, description, family, query, mask)


_PLAIN = tuple(
    _by_query(*facts)
    for facts in (
        ("short", "Short reviews", "Under 100 words.", LENGTH, "words < 100"),
        ("long", "Long reviews", "300 words or more.", LENGTH, "words >= 300"),
        (
            "truncated",
            "Cut at the model's limit",
            "The model does not read their end; for this model only.",
            LENGTH,
            "truncated",
        ),
        (
            "negation-heavy",
            "Many negations",
            "Eight or more words such as not, never, didn't.",
            WORDING,
            "negations >= 8",
        ),
        (
            "mixed",
            "Praise and blame mixed",
            "Words of praise and of blame nearly balance (by lists of words; irony escapes them).",
            WORDING,
            "opinion_ambiguity >= 0.7",
        ),
        (
            "contrasting",
            "Many contrasts",
            "Five or more words such as but, although, however.",
            WORDING,
            "contrasts >= 5",
        ),
        ("questions", "Asks questions", "Two question marks or more.", WORDING, "questions >= 2"),
        ("exclamations", "Exclaims", "Three exclamation marks or more.", WORDING, "exclamations >= 3"),
        (
            "capitals",
            "Shouts",
            "At least 8 % of the letters are capitals.",
            WORDING,
            "capitals_share >= 0.08",
        ),
        (
            "states-rating",
            "States a rating",
            "Contains 8/10, four stars or the like; it may be about another film.",
            WORDING,
            "states_rating",
        ),
        ("impersonal", "Impersonal", "No I, my or we.", WORDING, "first_person == 0"),
        (
            "toxic",
            "Abuse of any kind",
            "Swearing, insults or slurs by a list of words, at whomever.",
            ABUSE,
            "toxicity > 0",
        ),
        ("profanity", "Swearing", "Swear words by a list, mild ones included.", ABUSE, "swearing > 0"),
        (
            "insults",
            "Insults",
            "Insulting words by a list; often said of a character.",
            ABUSE,
            "insults > 0",
        ),
        ("slurs", "Slurs", "Words against a group by a list; quoting one counts.", ABUSE, "slurs > 0"),
        ("rating-low", "Rated 4 or lower", "By the rating in the data.", ORIGIN, "rating <= 4"),
        ("rating-middle", "Rated 5 or 6", "By the rating in the data.", ORIGIN, "5 <= rating <= 6"),
        ("rating-high", "Rated 7 or higher", "By the rating in the data.", ORIGIN, "rating >= 7"),
    )
)


def _genres() -> list[Membership]:
    columns = [name for name in PROPERTIES if name.startswith("genre_")]
    return [
        _by_query(
            f"genre:{column.removeprefix('genre_').replace('_', '-')}",
            f"About {column.removeprefix('genre_').replace('_', ' ')}",
            "Contains a word of the genre; the film need not belong to it.",
            TOPIC,
            column,
        )
        for column in columns
    ]


def _mentions() -> list[Membership]:
    return [
        _by_query(
            f"mentions:{mention_column(group).removeprefix('mentions_').replace('_', '-')}",
            f"Mentions: {group}",
            "Contains a word or name of the group, whatever the review says about it.",
            MENTION,
            mention_column(group),
        )
        for group in mentioned_groups()
    ]


#: Every slice by name, but those of languages (see `masks`).
MEMBERSHIPS: dict[str, Membership] = {item.name: item for item in (*_PLAIN, *_genres(), *_mentions())}

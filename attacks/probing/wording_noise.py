"""Other words for the same: contractions, words that sound alike, sentences in another order, other names."""

from __future__ import annotations

import re

import numpy as np

from attacks.probing.surface_noise import some

#: Share of the places found that a severity changes, at least one.
SHARE = {1: 0.34, 2: 0.67, 3: 1.0}

_PRONOUN_NEXT = r"(?!\s+(?:I|you|he|she|it|we|they|there|this|that)\b)"
#: (pattern, what stands there instead); not before a pronoun, where it is a question ("don't you").
_EXPANDED: tuple[tuple[str, str], ...] = (
    (rf"\bcan't\b{_PRONOUN_NEXT}", "cannot"),
    (rf"\bwon't\b{_PRONOUN_NEXT}", "will not"),
    (rf"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n't\b{_PRONOUN_NEXT}", r"\1 not"),
    (r"\b(I)'m\b", r"\1 am"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\b(I|you|we|they)'ve\b", r"\1 have"),
    (r"\b(I|you|he|she|it|we|they)'ll\b", r"\1 will"),
    (r"\b(it|that|he|she|there)'s(?= (?:a|an|the|not|so|very|just|no|too|all|quite)\b)", r"\1 is"),
)
_CONTRACTED: tuple[tuple[str, str], ...] = (
    (r"\bcannot\b", "can't"),
    (r"\bwill not\b", "won't"),
    (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should) not\b(?! only\b)", r"\1n't"),
    (r"\b(I) am(?= [a-z])", r"\1'm"),
    (r"\b(you|we|they) are(?= [a-z])", r"\1're"),
    (r"\b(it|that|there) is(?= (?:a|an|the|not|so|very|just|no|too|all|quite)\b)", r"\1's"),
)

#: Pairs that are written for each other by mistake; none brings an opinion or a denial in.
_SOUND_ALIKE = (
    ("their", "there"),
    ("its", "it's"),
    ("your", "you're"),
    ("too", "to"),
    ("than", "then"),
    ("whole", "hole"),
    ("scene", "seen"),
    ("scenes", "seens"),
    ("role", "roll"),
    ("roles", "rolls"),
    ("piece", "peace"),
    ("through", "threw"),
    ("hear", "here"),
    ("right", "write"),
    ("great", "grate"),
    ("weak", "week"),
    ("waste", "waist"),
    ("tale", "tail"),
    ("plain", "plane"),
    ("main", "mane"),
    ("bored", "board"),
    ("knew", "new"),
    ("would", "wood"),
    ("wait", "weight"),
    ("whether", "weather"),
    ("quite", "quiet"),
    ("lose", "loose"),
    ("affect", "effect"),
    ("who's", "whose"),
)
_SOUNDS = {first: second for pair in _SOUND_ALIKE for first, second in (pair, pair[::-1])}
_SOUNDING = re.compile(rf"(?<![\w'])({'|'.join(map(re.escape, _SOUNDS))})(?![\w'])", re.IGNORECASE)

#: First names that are hardly ever other words.
_MEN = (
    "James", "John", "Robert", "Michael", "David", "Richard", "Thomas", "Paul", "Peter", "George",
    "Kevin", "Brian", "Steven", "Eric", "Daniel", "Andrew", "Joseph", "Henry", "Simon", "Martin",
)  # fmt: skip
_WOMEN = (
    "Mary", "Susan", "Sarah", "Karen", "Nancy", "Lisa", "Helen", "Anna", "Laura", "Julia", "Emma",
    "Alice", "Jennifer", "Linda", "Barbara", "Elizabeth", "Kate", "Sandra", "Ruth", "Diane",
)  # fmt: skip
_PLACES = (
    "London", "Paris", "Chicago", "Boston", "Berlin", "Rome", "Tokyo", "Madrid", "Toronto", "Vienna",
    "Moscow", "Dublin", "Seattle", "Denver", "Philadelphia", "Manchester", "Sydney", "Munich",
)  # fmt: skip
_COUNTRIES = (
    "France", "Germany", "Italy", "Spain", "England", "Japan", "Canada", "Australia", "Sweden",
    "Ireland", "Brazil", "Mexico", "Poland", "Norway", "Russia", "Greece",
)  # fmt: skip
#: A year, unless it is part of a longer figure or of a rating.
_YEAR = re.compile(r"(?<![\d/.,$-])(?:19[2-9]\d|200\d|201\d)(?![\d/%$-]|[.,]\d)")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[\"“A-Z0-9])")


def contractions(text: str, severity: int, rng: np.random.Generator) -> str:
    """Write "is not" for "isn't" and the other way round, at a third, two thirds or all of the places."""
    changes: list[tuple[int, int, str]] = []
    for pattern, instead in (*_EXPANDED, *_CONTRACTED):
        found = re.finditer(pattern, text, re.IGNORECASE)
        changes += [(match.start(), match.end(), match.expand(instead)) for match in found]
    return _change_some(text, _apart(changes), severity, rng)


def homophones(text: str, severity: int, rng: np.random.Generator) -> str:
    """Write a word for one that sounds (nearly) like it: "there" for "their"."""
    found = _SOUNDING.finditer(text)
    changes = [(match.start(), match.end(), _SOUNDS[match.group().lower()]) for match in found]
    return _change_some(text, changes, severity, rng)


def sentence_order(text: str, severity: int, rng: np.random.Generator) -> str:
    """Change two neighbours (1), shuffle half of the sentences (2), shuffle all (3); under three: nothing."""
    sentences = _SENTENCES.split(text)
    if len(sentences) < 3:
        return text
    if severity == 1:
        place = int(rng.integers(len(sentences) - 1))
        sentences[place : place + 2] = sentences[place : place + 2][::-1]
        return " ".join(sentences)
    number = len(sentences) if severity == 3 else max(2, len(sentences) // 2)
    places = sorted(int(place) for place in rng.choice(len(sentences), size=number, replace=False))
    moved = [sentences[places[int(turn)]] for turn in rng.permutation(number)]
    for place, sentence in zip(places, moved, strict=True):
        sentences[place] = sentence
    return " ".join(sentences)


def swaps(text: str, severity: int, rng: np.random.Generator) -> str:
    """Give people, towns and countries other names of their kind, and years another year.

    A name is changed anywhere in the query. Only years are changed among the figures: others may be ratings.
    """
    groups = (_MEN, _WOMEN, _PLACES, _COUNTRIES)
    found = [(name, group) for group in groups for name in group if re.search(rf"\b{name}\b", text)]
    years = sorted({match.group() for match in _YEAR.finditer(text)})
    chosen = some(range(len(found) + len(years)), SHARE[severity], rng)
    instead: dict[str, str] = {}
    for place in sorted(chosen):
        if place < len(found):
            name, group = found[place]
            instead[name] = str(
                rng.choice([other for other in group if not re.search(rf"\b{other}\b", text)])
            )
        else:
            year = int(years[place - len(found)])
            instead[str(year)] = str(year + int(rng.choice([-3, -2, -1, 1, 2, 3])))
    return _renamed(text, instead)


def _renamed(text: str, instead: dict[str, str]) -> str:
    names = [name for name in instead if not name.isdigit()]
    if names:
        text = re.sub(rf"\b(?:{'|'.join(names)})\b", lambda match: instead[match.group()], text)
    return _YEAR.sub(lambda match: instead.get(match.group(), match.group()), text)


def _apart(changes: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the changes that do not overlap, first come first kept."""
    kept: list[tuple[int, int, str]] = []
    for change in sorted(changes):
        if not kept or change[0] >= kept[-1][1]:
            kept.append(change)
    return kept


def _change_some(
    text: str, changes: list[tuple[int, int, str]], severity: int, rng: np.random.Generator
) -> str:
    for place in sorted(some(range(len(changes)), SHARE[severity], rng), reverse=True):
        start, end, instead = changes[place]
        text = text[:start] + _cased(instead, text[start:end]) + text[end:]
    return text


def _cased(instead: str, before: str) -> str:
    return instead[:1].upper() + instead[1:] if before[:1].isupper() else instead

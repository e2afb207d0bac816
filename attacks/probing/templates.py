"""From templates with slots to cases: seeded, varied, without doubles, with grammar kept.

In a template `{part}` stands for one value of the slot `part`, `{Part}` for the same value with a capital,
`{a:good}` for it with its article ("an awful"), `{A:good}` likewise with a capital. `{good}` and `{good2}`
are two different values of one slot.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from attacks.language.articles import article_for
from attacks.probing.base import Capability, Case, ProbeError
from attacks.probing.judging import moved_rightly, right_class, unchanged

Slots = Mapping[str, Sequence[str]]

#: Texts made from one template where its slots allow as many.
PER_TEMPLATE = 8

#: Draws before a template counts as used up.
_TRIES = 400

_SLOT = re.compile(r"\{(?:([aA]):)?([A-Za-z_]+)(\d?)\}")


@dataclass(frozen=True)
class Template:
    """One pattern.

    Attributes:
        text: with slots; for INV and DIR the original.
        expected: see `Case.expected`.
        variants: for INV and DIR: the changed patterns, each with where the probability may move (1 up,
            0 down; None for INV). They are filled with the same values as the original.
    """

    text: str
    expected: int | None
    variants: tuple[tuple[str, int | None], ...] = ()


def positive(*texts: str) -> list[Template]:
    """Return templates of texts that are positive."""
    return [Template(text, 1) for text in texts]


def negative(*texts: str) -> list[Template]:
    """Return templates of texts that are negative."""
    return [Template(text, 0) for text in texts]


def minimum_functionality(
    name: str,
    title: str,
    description: str,
    templates: Sequence[Template],
    slots: Slots,
    per_template: int = PER_TEMPLATE,
    group: str = "other",
) -> Capability:
    """Return an MFT capability of these templates."""
    make = partial(cases_of, name, templates, slots, per_template)
    return Capability(name, title, description, "MFT", make, right_class, group=group)


def directional(
    name: str,
    title: str,
    description: str,
    templates: Sequence[Template],
    slots: Slots,
    per_template: int = PER_TEMPLATE,
    group: str = "other",
) -> Capability:
    """Return a DIR capability of these templates."""
    make = partial(cases_of, name, templates, slots, per_template)
    return Capability(name, title, description, "DIR", make, moved_rightly, group=group)


def invariant(
    name: str,
    title: str,
    description: str,
    templates: Sequence[Template],
    slots: Slots,
    per_template: int = PER_TEMPLATE,
    group: str = "other",
) -> Capability:
    """Return an INV capability of these templates."""
    make = partial(cases_of, name, templates, slots, per_template)
    return Capability(name, title, description, "INV", make, unchanged, group=group)


def cases_of(
    name: str, templates: Sequence[Template], slots: Slots, per_template: int = PER_TEMPLATE
) -> list[Case]:
    """Return the cases of all templates; a text that two templates make is kept once."""
    cases: list[Case] = []
    seen: set[str] = set()
    numbers = count()
    for template in templates:
        for values in fillings(template.text, slots, per_template, [text for text, _ in template.variants]):
            texts = [fill(text, values) for text in (template.text, *(v for v, _ in template.variants))]
            if seen.isdisjoint(texts) and len(set(texts)) == len(texts):
                seen.update(texts)
                cases += _group(f"{name}-{next(numbers):03d}", template, texts)
    return cases


def fillings(text: str, slots: Slots, most: int, further: Sequence[str] = ()) -> list[dict[str, str]]:
    """Return up to `most` different choices of values, each slot's values used about equally often.

    Args:
        text: the template, which also seeds the choice.
        slots: values by name.
        most: how many at most.
        further: other templates that are filled with the same values.

    Raises:
        ProbeError: a slot has no values.
    """
    names = slot_names(" ".join((text, *further)))
    for base, key in names.items():
        if not slots.get(key):
            raise ProbeError(f"slot {{{base}}} has no values; slots: {', '.join(sorted(slots)) or 'none'}")
    rng = np.random.default_rng(_seed(text))
    decks = {name: _Deck(slots[key], rng) for name, key in names.items()}
    chosen: dict[tuple[str, ...], dict[str, str]] = {}
    for _ in range(_TRIES):
        values = {name: deck.draw() for name, deck in decks.items()}
        if _differ(values, names):
            chosen.setdefault(tuple(values.values()), values)
        if len(chosen) == most:
            break
    return list(chosen.values())


def drawn(text: str, slots: Slots, rng: np.random.Generator) -> dict[str, str]:
    """Return one value for each slot of a template, whatever was drawn before."""
    return {name: str(rng.choice(slots[key])) for name, key in slot_names(text).items()}


def slot_names(text: str) -> dict[str, str]:
    """Return the slot by each name in a template: {"good2": "good"}."""
    found = (match.groups() for match in _SLOT.finditer(text))
    return {slot.lower() + number: slot.lower() for _, slot, number in found}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the template with its values in place."""

    def value(match: re.Match[str]) -> str:
        article, slot, number = match.groups()
        word = values[slot.lower() + number]
        if slot[0].isupper():
            word = capitalised(word)
        if article:
            word = f"{article_for(word)} {word}"
            return capitalised(word) if article == "A" else word
        return word

    return _SLOT.sub(value, text)


def capitalised(text: str) -> str:
    """Return the text with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


class _Deck:
    """Deals the values of one slot out, all of them before any comes again."""

    def __init__(self, values: Sequence[str], rng: np.random.Generator) -> None:
        self._values, self._rng = values, rng
        self._left: list[int] = []

    def draw(self) -> str:
        if not self._left:
            self._left = [int(place) for place in self._rng.permutation(len(self._values))]
        return self._values[self._left.pop()]


def _differ(values: Mapping[str, str], names: Mapping[str, str]) -> bool:
    """Whether {good} and {good2} stand for different values."""
    pairs = {(names[name], value) for name, value in values.items()}
    return len(pairs) == len(values)


def _group(group: str, template: Template, texts: Sequence[str]) -> list[Case]:
    expectations = [template.expected, *(moves for _, moves in template.variants)]
    if len(texts) == 1:
        return [Case(group, texts[0], template.text, template.expected, group)]
    return [
        Case(f"{group}-{order}", text, template.text, expected, group, order)
        for order, (text, expected) in enumerate(zip(texts, expectations, strict=True))
    ]


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")

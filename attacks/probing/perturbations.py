"""Robustness over real reviews: changes that leave the opinion alone must leave the answer alone (INV)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from attacks.probing import surface_noise, wording_noise
from attacks.probing.base import Capability, Case, ProbeError
from attacks.probing.judging import unchanged

SEVERITIES = (1, 2, 3)


@dataclass(frozen=True)
class Perturbation:
    """One way of changing a review without changing its opinion.

    Attributes:
        description: one sentence for the page.
        change: (text, severity 1 to 3, rng) -> the changed text; the same text where nothing can be changed.
    """

    name: str
    title: str
    description: str
    change: Callable[[str, int, np.random.Generator], str]


_ALL = (
    Perturbation(
        "typos",
        "Typos",
        "Neighbouring keys, swapped, left out or added letters in 2, 5 or 10 % of the words.",
        surface_noise.typos,
    ),
    Perturbation(
        "case", "Case", "All small, every fifth word in capitals, or all in capitals.", surface_noise.case
    ),
    Perturbation(
        "punctuation",
        "Punctuation",
        "Without commas, then without quotation marks and brackets, then without any.",
        surface_noise.punctuation,
    ),
    Perturbation(
        "contractions",
        "Contractions",
        '"Is not" for "isn\'t" and the other way round, at some or all places.',
        wording_noise.contractions,
    ),
    Perturbation(
        "homophones",
        "Homophones",
        "Words that sound alike written for each other, at some or all places.",
        wording_noise.homophones,
    ),
    Perturbation(
        "ocr",
        "Scanning errors",
        "Letters taken for others that look like them, in 2, 5 or 10 % of the words.",
        surface_noise.ocr,
    ),
    Perturbation(
        "doubled-letters",
        "Doubled letters",
        "A letter drawn out, in 2, 5 or 10 % of the words.",
        surface_noise.doubled_letters,
    ),
    Perturbation(
        "whitespace",
        "White space",
        "Blanks typed twice, then broken lines too, then words run together too.",
        surface_noise.whitespace,
    ),
    Perturbation(
        "html",
        "HTML remnants",
        "Breaks, then entities too, then tags and attributes too.",
        surface_noise.html_remnants,
    ),
    Perturbation(
        "sentence-order",
        "Sentence order",
        "Two neighbouring sentences changed, half of them shuffled, all shuffled.",
        wording_noise.sentence_order,
    ),
    Perturbation(
        "swaps",
        "Names, places, numbers",
        "Other first names, towns, countries and years; ratings are left alone.",
        wording_noise.swaps,
    ),
)

PERTURBATIONS: dict[str, Perturbation] = {item.name: item for item in _ALL}


def capabilities(
    reviews: pd.DataFrame,
    names: Sequence[str] | None = None,
    *,
    severities: Sequence[int] = SEVERITIES,
    seed: int = 0,
) -> list[Capability]:
    """Return an INV capability for each perturbation and severity over these reviews.

    A review in which nothing can be changed (no name, no contraction) has no case there, so n differs.

    Args:
        reviews: columns example_id and text.
        names: of PERTURBATIONS; default all.
        severities: of SEVERITIES.
        seed: with a review's id, the perturbation and the severity it decides what is changed.
    """
    wanted = [_named(name) for name in (PERTURBATIONS if names is None else dict.fromkeys(names))]
    wrong = [severity for severity in severities if severity not in SEVERITIES]
    if wrong:
        raise ProbeError(f"severity is {wrong[0]}; allowed: 1, 2, 3")
    rows = [(str(name), str(text)) for name, text in zip(reviews["example_id"], reviews["text"], strict=True)]
    return [_capability(item, severity, rows, seed) for item in wanted for severity in severities]


def perturbed(perturbation: str, text: str, severity: int, seed: int = 0, key: str = "") -> str:
    """Return a text changed; `key`, such as a review's id, gives each text its own randomness."""
    seeded = f"{seed}/{perturbation}/{severity}/{key}".encode()
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seeded).digest()[:8], "big"))
    return _named(perturbation).change(text, severity, rng)


def _named(name: str) -> Perturbation:
    if name not in PERTURBATIONS:
        raise ProbeError(f"perturbation '{name}' is not known; known: {', '.join(PERTURBATIONS)}")
    return PERTURBATIONS[name]


def _capability(item: Perturbation, severity: int, rows: list[tuple[str, str]], seed: int) -> Capability:
    return Capability(
        item.name,
        item.title,
        item.description,
        "INV",
        partial(_cases, item.name, severity, rows, seed),
        unchanged,
        family="robustness",
        severity=severity,
    )


def _cases(name: str, severity: int, rows: list[tuple[str, str]], seed: int) -> list[Case]:
    cases: list[Case] = []
    template = f"{name}, severity {severity}"
    for review, text in rows:
        changed = perturbed(name, text, severity, seed, review)
        if changed != text:
            cases += [
                Case(f"{review}/{order}", words, template, None, review, order)
                for order, words in enumerate((text, changed))
            ]
    return cases

"""What a bias slice is made of: identities that can be rewritten, and sentences of our own about films.

A counterfactual pair is one text in two versions that differ by an identity only (Kusner et al. 2017;
Garg et al. 2019, "Counterfactual Fairness in Text Classification through Robustness").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """A rewrite that cannot be done cleanly, and why; these are left out and counted."""

    reason: str


@dataclass(frozen=True)
class Filled:
    """A sentence of our own for one group.

    Attributes:
        template: the name of its pattern; paraphrases have names of their own.
        set_id: texts that differ by the group only; a set has one text per group.
        expected: 1 praise, 0 blame, None where the sentence takes no side.
    """

    template: str
    set_id: str
    group: str
    text: str
    expected: int | None


@dataclass(frozen=True)
class Attribute:
    """An identity that texts mention and that can be rewritten.

    Attributes:
        title: as a page shows it.
        description: one sentence for the page.
        note: what this proxy can and cannot say.
        groups: as shown, in a fixed order.
        mentioned: the groups that a text speaks of; fast enough for thousands of reviews.
        rewrite: text and wanted group -> the text with every term moved to it, or why not. A text of
            the wanted group comes back as it is.
        templates: our own sentences, filled for every group, the same at every call.
    """

    name: str
    title: str
    description: str
    note: str
    groups: tuple[str, ...]
    mentioned: Callable[[str], frozenset[str]]
    rewrite: Callable[[str, str], str | Refused]
    templates: Callable[[], list[Filled]]

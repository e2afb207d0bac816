"""What a recipe is: a search, a transformation and constraints from TextAttack's parts, with sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sentiment_core.errors import ReelcheckError

#: stock: TextAttack's own, unchanged. style: the idea of a published attack with parts that run offline.
#: original: TextAttack's own that needs resources of its own. baseline: chance. own: composed by a user.
KINDS = ("stock", "style", "original", "baseline", "own")

#: Families that answer thousands of queries a second, for which the swarm and genetic searches are offered.
LINEAR_FAMILIES = ("tfidf", "bow", "nbsvm")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing_more(constants: Mapping[str, Any]) -> tuple[str, ...]:
    return ()


class RecipeError(ReelcheckError):
    """A recipe is not known, or cannot be had with these parameters."""


@dataclass(frozen=True)
class Recipe:
    """One way of attacking.

    Attributes:
        description: one sentence for the page.
        source: the paper and where this follows its code instead.
        constants: every number in it; what a user may change by `--set name=value`.
        constant_sources: where each constant comes from.
        choices: for a constant that is one of a few words, those words.
        needs: names in `attacks.resources.catalog.RESOURCES` without which it cannot run.
        needs_with: constants to what it needs besides, where that depends on them.
        families: model families it is offered for; empty: all.
        queries_per_word: rough queries a review costs for each of its words, for the estimate before a start;
            measured on 2 to 10 reviews of imdb-embedded that a tfidf model gets right, each to its end.
        build: (victim as a TextAttack model wrapper, constants) -> textattack.Attack.
    """

    name: str
    title: str
    description: str
    kind: str
    source: str
    build: Callable[[Any, Mapping[str, Any]], Any]
    constants: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    constant_sources: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    needs: tuple[str, ...] = ()
    needs_with: Callable[[Mapping[str, Any]], tuple[str, ...]] = _nothing_more
    families: tuple[str, ...] = ()
    queries_per_word: float = 2.0

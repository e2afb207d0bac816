"""The named parts that a user composes a recipe from: searches, transformations and constraints."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from attacks.composition import calibrated, parts
from attacks.recipes import random_edits

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_WORDNET = ("wordnet",)


@dataclass(frozen=True)
class Part:
    """One part of a recipe.

    Attributes:
        description: one line for the page.
        build: (parameters) -> TextAttack's object; imports TextAttack.
        params: every parameter with its default.
        choices: for a parameter that is one of a few words, those words.
        needs: names in `attacks.resources.catalog.RESOURCES`.
        swaps: of a transformation: whether it puts a word in the place of a word (it may insert a space).
        keeps_words: of a transformation: whether the text has as many words afterwards.
        wants: of a search or constraint: "", "swaps" or "keeps_words", what each transformation must do.
        along: a constraint without which it goes wrong.
        queries_per_word: of a search: a rough count, for the estimate.
    """

    name: str
    description: str
    build: Callable[[Mapping[str, Any]], Any]
    params: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    needs: tuple[str, ...] = ()
    swaps: bool = True
    keeps_words: bool = True
    wants: str = ""
    along: str = ""
    queries_per_word: float = 0.0


def _textattack(module: str, name: str, **fixed: Any) -> Callable[[Mapping[str, Any]], Any]:
    """Return a builder of TextAttack's class `name`, with the part's parameters as its keywords."""

    def build(params: Mapping[str, Any]) -> Any:
        return getattr(importlib.import_module(f"textattack.{module}"), name)(**fixed, **params)

    return build


def _by_name(*all_parts: Part) -> dict[str, Part]:
    return {part.name: part for part in all_parts}


def _swarm(name: str) -> Callable[[Mapping[str, Any]], Any]:
    build = _textattack("search_methods", name)
    return lambda params: parts.for_texts_with_words(build(params))


_INSIDE = {"random_one": True, "skip_first_char": True, "skip_last_char": True}
_BEFORE = "constraints.pre_transformation"
_SEARCH = "search_methods"
_CHANGE = "transformations"

SEARCHES: dict[str, Part] = _by_name(
    Part(
        "by-importance",
        "Ranks the words by how much the answer depends on each, then changes them in that order.",
        _textattack(_SEARCH, "GreedyWordSwapWIR"),
        {"wir_method": "delete"},
        {"wir_method": ("delete", "unk", "weighted-saliency", "random")},
        queries_per_word=3.0,
    ),
    Part(
        "greedy",
        "Tries every change of every word, makes the best one, and starts over: thorough and slow.",
        _textattack(_SEARCH, "GreedySearch"),
        queries_per_word=50.0,
    ),
    Part(
        "beam",
        "Like greedy, but follows the best few texts at once.",
        _textattack(_SEARCH, "BeamSearch"),
        {"beam_width": 4},
        queries_per_word=200.0,
    ),
    Part(
        "swarm",
        "Particle swarm optimisation: many texts drift towards the best found so far.",
        _swarm("ParticleSwarmOptimization"),
        {"pop_size": 20, "max_iters": 5},
        wants="keeps_words",
        queries_per_word=150.0,
    ),
    Part(
        "genetic",
        "The improved genetic algorithm: texts are crossed and changed over generations.",
        _swarm("ImprovedGeneticAlgorithm"),
        {"pop_size": 20, "max_iters": 6},
        wants="keeps_words",
        queries_per_word=150.0,
    ),
    Part(
        "random",
        "No search: random words, a random change of each; the baseline.",
        lambda params: random_edits.search(params["max_share"]),
        {"max_share": 0.15},
        queries_per_word=0.15,
    ),
)

TRANSFORMATIONS: dict[str, Part] = _by_name(
    Part(
        "letter-swap",
        "Swaps two neighboring letters inside a word.",
        _textattack(_CHANGE, "WordSwapNeighboringCharacterSwap", **_INSIDE),
    ),
    Part(
        "letter-substitution",
        "Replaces a letter inside a word by a random one.",
        _textattack(_CHANGE, "WordSwapRandomCharacterSubstitution"),
    ),
    Part(
        "letter-deletion",
        "Deletes a letter inside a word.",
        _textattack(_CHANGE, "WordSwapRandomCharacterDeletion", **_INSIDE),
    ),
    Part(
        "letter-insertion",
        "Inserts a random letter inside a word.",
        _textattack(_CHANGE, "WordSwapRandomCharacterInsertion", **_INSIDE),
    ),
    Part(
        "keyboard",
        "Replaces a letter inside a word by its neighbor on an English keyboard.",
        _textattack(_CHANGE, "WordSwapQWERTY", **_INSIDE),
    ),
    Part(
        "space",
        "Splits a word in two by a space.",
        _textattack(_CHANGE, "WordSwapRandomCharacterInsertion", letters_to_insert=" ", **_INSIDE),
        keeps_words=False,
    ),
    Part(
        "homoglyphs",
        "Replaces a letter by one that looks alike.",
        lambda params: parts.homoglyph_swap(),
    ),
    Part(
        "wordnet",
        "Replaces a word by a WordNet synonym.",
        lambda params: parts.wordnet_swap(),
        needs=_WORDNET,
    ),
    Part(
        "near-words",
        "Replaces a word by a near one in MiniLM's vectors, opposites left out.",
        lambda params: parts.near_words(params["max_candidates"], params["min_cosine"]),
        {"max_candidates": 20, "min_cosine": calibrated.NORMAL_WORD},
        needs=_WORDNET,
    ),
    Part(
        "word-deletion",
        "Deletes a word.",
        _textattack(_CHANGE, "WordDeletion"),
        swaps=False,
        keeps_words=False,
        along="no-repeat",  # without it, TextAttack asks for words by their places before the deletions
    ),
)

CONSTRAINTS: dict[str, Part] = _by_name(
    Part("no-repeat", "Changes no word twice.", _textattack(_BEFORE, "RepeatModification")),
    Part(
        "no-stopwords",
        "Leaves function words (the, not, of) as they are.",
        _textattack(_BEFORE, "StopwordModification"),
    ),
    Part(
        "word-length",
        "Leaves shorter words as they are.",
        _textattack(_BEFORE, "MinWordLength"),
        {"min_length": 4},
    ),
    Part(
        "max-rate",
        "Changes at most this share of the words, and always allows a few.",
        _textattack(_BEFORE, "MaxModificationRate"),
        {"max_rate": 0.15, "min_threshold": 4},
    ),
    Part(
        "edit-distance",
        "Stays within this many edits of letters over the whole text.",
        _textattack("constraints.overlap", "LevenshteinEditDistance"),
        {"max_edit_distance": 30},
    ),
    Part(
        "word-distance",
        "Wants a word's substitute to be near it in MiniLM's vectors; unknown words pass.",
        lambda params: parts.word_distance(params["min_cosine"]),
        {"min_cosine": calibrated.NORMAL_WORD},
        needs=_WORDNET,
        wants="swaps",
    ),
    Part(
        "part-of-speech",
        "Wants a word's substitute to be of the same part of speech.",
        lambda params: parts.same_part_of_speech(**params),
        {"allow_verb_noun_swap": False},
        wants="swaps",
    ),
    Part(
        "meaning",
        "Wants the words around each change to keep their meaning, by the sentence encoder.",
        lambda params: parts.meaning(params["min_similarity"], params["window"]),
        {"min_similarity": calibrated.NORMAL_MEANING, "window": 15},
    ),
)

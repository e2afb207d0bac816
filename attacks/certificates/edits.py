"""Which words may stand in the place of a word: exactly those that a recipe's own transformation gives.

What a recipe does can be stated word by word where it changes no word twice, always starts from the review's
own word, and no constraint looks at more than one word. Its random choices count as all of them.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from attacks.certificates.slots import Uncertifiable, Word
from attacks.composition import calibrated, parts
from attacks.engine.attacker import build, text_of
from attacks.engine.fast.text import SPLIT, places_of
from attacks.own.recipes import recipe_named
from attacks.recipes import RECIPES, missing
from attacks.resources.offline import textattack
from sentiment_core.errors import ResourceMissing, RunError

#: Words whose candidates are remembered; reviews share most of theirs.
REMEMBERED = 1 << 16
#: Edits of letters that one change of a letter transformation makes, at most: two neighbors swapped.
LETTERS_A_CHANGE = 2
#: As many near words as `iga-style` and `textfooler-style` try.
NEAR_WORDS = 50


@dataclass(frozen=True)
class Edits:
    """What may be done to a review, word by word.

    Attributes:
        name: of the kind of edits, or the recipe.
        candidates: word -> the words that may stand in its place; nothing where it must stay.
        most_words: (words of the review) -> how many may be changed.
        largest_k: up to how many changes this is the whole truth; None: any number.
    """

    name: str
    candidates: Callable[[str], Sequence[str]]
    most_words: Callable[[int], float]
    largest_k: int | None


#: What `--edits` offers: the name, and whose edits they are in words.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "wordnet": "WordNet's synonyms of one word, as PWWS takes them",
        "near-words": f"the {NEAR_WORDS} nearest words in MiniLM's vectors without opposites, of a cosine of "
        f"at least {calibrated.NORMAL_WORD}",
        "letters": "one letter of a word swapped, replaced, deleted or inserted, as DeepWordBug does it",
    }
)
#: The recipes that have them.
_RECIPES = {"wordnet": "pwws", "letters": "deepwordbug"}
#: The constant of the recipes that compare the text around a change.
_SIMILARITY = "min_similarity"
#: Recipes whose every text is also one of these edits'.
_WITHIN = {"wordnet": ("pwws", "pso-style"), "letters": ("deepwordbug", "pruthi")}


def is_within(
    attack: tuple[str, Mapping[str, Any]], kind: str, recipe: tuple[str, Mapping[str, Any]] | None
) -> bool:
    """Whether every text that an attack makes is among the edits of a kind or, where given, of a recipe.

    Recipes are given with their parameters.
    """
    name = str(attack[1].get("like", "deepwordbug")) if attack[0] == "random" else attack[0]
    return attack == recipe if recipe is not None else name in _WITHIN.get(kind, ())


def edits_of(kind: str, recipe: str | None = None, params: Mapping[str, Any] | None = None) -> Edits:
    """Return the edits of a kind in KINDS or, where one is given, those of a recipe; imports TextAttack.

    Raises:
        RunError: the recipe's edits cannot be stated word by word.
    """
    if recipe is not None and _SIMILARITY in recipe_named(recipe).constants:  # known before vectors load
        raise _refusal(recipe, "its limit on similarity looks at the words around a change")
    textattack()
    if recipe is None and kind == "near-words":
        return Edits(
            kind,
            _candidates([parts.near_words(NEAR_WORDS, calibrated.NORMAL_WORD)], [_stopwords()]),
            lambda words: math.inf,
            None,
        )
    name = recipe or _RECIPES[kind]
    return _of_attack(recipe or kind, build(name, params or {}, _Nobody()))


def check(kind: str, recipe: str | None, params: Mapping[str, Any], changes: Sequence[int]) -> None:
    """Check before anything starts that these edits are there, and can be stated for so many changes.

    Raises:
        RunError, RecipeError: they cannot, or the recipe is not known.
        ResourceMissing: they need something that is not on this machine.
    """
    found = RECIPES[_RECIPES.get(kind, "pwws")] if recipe is None else recipe_named(recipe)
    lacking = missing(found, None, params)
    if lacking:
        needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
        raise ResourceMissing(f"edits {recipe or kind!r} need {needs}")
    largest = _letters(found.constants["max_edit_distance"]) if recipe is None and kind == "letters" else None
    if recipe is not None:
        largest = edits_of(kind, recipe, params).largest_k
    if largest is not None and max(changes) > largest:
        raise RunError(
            f"--k goes up to {max(changes)}; beyond {largest} words the limit of {recipe or kind!r} on edits "
            f"of the whole text ties words together; give {largest} or less"
        )


def words_of(text: str) -> list[Word]:
    """Return a review's words as TextAttack sees them.

    Raises:
        Uncertifiable: TextAttack would not keep the rest of the text as it is.
    """
    if SPLIT in text:
        raise Uncertifiable(f"it has {SPLIT}, where TextAttack cuts a text")
    words = text_of(text).words
    try:
        starts = places_of(words, text, 0)
    except ValueError:
        raise Uncertifiable("TextAttack reads words in it that are not there") from None
    return [Word(word, start, start + len(word)) for word, start in zip(words, starts, strict=True)]


class _Nobody:
    """A victim that is never asked."""

    model = None

    def __call__(self, texts: Sequence[str]) -> Any:
        raise NotImplementedError


def _of_attack(name: str, attack: Any) -> Edits:
    before = list(attack.pre_transformation_constraints)
    kinds = {type(part).__name__ for part in before}
    if "RepeatModification" not in kinds:
        raise _refusal(name, "it may change a word again, from what it had become")
    swaps = list(_flat(attack.transformation))
    for swap in swaps:
        if type(swap).__name__ not in _WORD_BY_WORD:
            raise _refusal(name, f"{_spoken(swap)} is not a change of one word")
    for part in before:
        if type(part).__name__ not in _BEFORE:
            raise _refusal(name, f"{_spoken(part)} looks at more than one word")
    letters = all(type(swap).__name__ in _LETTERS for swap in swaps)
    largest, limits = None, [part for part in before if type(part).__name__ == "MaxModificationRate"]
    for part in attack.constraints:
        if type(part).__name__ == "LevenshteinEditDistance" and letters:
            largest = _letters(part.max_edit_distance)
        elif type(part).__name__ == "MaxWordsPerturbed":
            limits.append(part)
        else:
            raise _refusal(name, f"{_spoken(part)} looks at more than one word")
    return Edits(name, _candidates(swaps, before), lambda words: _most_words(limits, words), largest)


def _letters(max_edit_distance: int) -> int:
    """Return how many words may be changed before a limit on edits of letters forbids one."""
    return max_edit_distance // LETTERS_A_CHANGE


def _most_words(limits: Sequence[Any], words: int) -> float:
    """Return how many of so many words may be changed (max_words_perturbed.py, max_modification_rate.py)."""
    most = math.inf
    for part in limits:
        if type(part).__name__ == "MaxModificationRate":
            most = min(most, max(math.ceil(words * part.max_rate), part.min_threshold))
            continue
        if part.max_percent:
            most = min(most, math.ceil(words * part.max_percent))
        if part.max_num_words:
            most = min(most, part.max_num_words)
    return most


#: TextAttack's transformations whose candidates depend on the word alone.
_LETTERS = (
    "WordSwapNeighboringCharacterSwap",
    "WordSwapRandomCharacterSubstitution",
    "WordSwapRandomCharacterDeletion",
    "WordSwapRandomCharacterInsertion",
    "WordSwapQWERTY",
)
_WORD_BY_WORD = (*_LETTERS, "OfflineWordNet", "NearWords")
#: And its constraints that allow or forbid a word by itself, or count the words.
_BEFORE = ("RepeatModification", "StopwordModification", "MinWordLength", "MaxModificationRate")


def _candidates(swaps: Sequence[Any], before: Sequence[Any]) -> Callable[[str], Sequence[str]]:
    checks = [part for part in before if type(part).__name__ in ("StopwordModification", "MinWordLength")]

    @lru_cache(maxsize=REMEMBERED)
    def candidates(word: str) -> tuple[str, ...]:
        if not all(_allows(part, word) for part in checks):
            return ()
        found = dict.fromkeys(new for swap in swaps for new in _all_replacements(swap, word))
        return tuple(new for new in found if new != word)

    return candidates


def _allows(part: Any, word: str) -> bool:
    if type(part).__name__ == "MinWordLength":
        return bool(len(word) >= part.min_length)
    return word not in part.stopwords


def _all_replacements(swap: Any, word: str) -> Iterator[str]:
    """Yield every word that a transformation may give: for a random one, all that chance allows.

    Letters are small ones: models read no others.
    """
    if type(swap).__name__ not in _LETTERS:
        yield from swap._get_replacement_words(word)
        return
    every = copy.copy(swap)
    every.random_one = False
    for letter in dict.fromkeys(swap.letters_to_insert.lower()):
        every._get_random_letter = lambda letter=letter: letter
        yield from every._get_replacement_words(word)
        if not type(swap).__name__.startswith("WordSwapRandomCharacter") or "Deletion" in type(swap).__name__:
            return  # no letter is chosen by chance


def _stopwords() -> Any:
    from textattack.constraints.pre_transformation import StopwordModification

    return StopwordModification()


def _flat(transformation: Any) -> Iterator[Any]:
    if hasattr(transformation, "transformations"):
        for part in transformation.transformations:
            yield from _flat(part)
    else:
        yield transformation


def _spoken(part: Any) -> str:
    return f"its part {type(part).__name__}"


def _refusal(name: str, why: str) -> RunError:
    return RunError(
        f"what {name!r} may do cannot be stated word by word: {why}; give --recipe pwws, deepwordbug or "
        f"pruthi, or --edits {' or '.join(KINDS)}"
    )

"""TextAttack's parts, and ours in the place of those that would download something.

Each function imports TextAttack and returns an object or a class; a class is made once a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from attacks.language import encoder, vectors, wordnet
from attacks.language.spelling import HOMOGLYPHS
from attacks.language.tagging import universal_tags
from attacks.resources.offline import textattack


def wordnet_swap() -> Any:
    """Return WordSwapWordNet, without its download of omw-1.4 and with its candidates in a fixed order.

    Stock lists them in the order of a set of strings, which differs between two processes; where two
    candidates score the same, the first is taken.
    """
    wordnet.reader()
    return _wordnet_class()()


def homoglyph_swap() -> Any:
    """Return WordSwapHomoglyphSwap with our table instead of the file that TextAttack's package lacks."""
    return _homoglyph_class()()


def near_words(max_candidates: int, min_cosine: float = -1.0) -> Any:
    """Return WordSwapEmbedding over our vectors without opposites; nearer than `min_cosine` where given."""
    return _near_words_class()(max_candidates, min_cosine)


def word_distance(min_cosine: float) -> Any:
    """Return WordEmbeddingDistance over our vectors; words they do not know pass, as in stock."""
    textattack()
    from textattack.constraints.semantics import WordEmbeddingDistance

    return WordEmbeddingDistance(embedding=vectors.embedding(), min_cos_sim=min_cosine)


def meaning(threshold: float, window: int | None, *, compare_against_original: bool = True) -> Any:
    """Return a constraint: the cosine of MiniLM's embeddings of both texts is at least `threshold`.

    With a window, only that many words around the changed one are compared, in short texts too.
    """
    return _encoder_class()(
        threshold=threshold,
        metric="cosine",
        compare_against_original=compare_against_original,
        window_size=window,
        skip_text_shorter_than_window=False,
    )


def same_part_of_speech(*, allow_verb_noun_swap: bool) -> Any:
    """Return a constraint: a word's substitute has its part of speech, by the offline tagger."""
    return _part_of_speech_class()(allow_verb_noun_swap=allow_verb_noun_swap)


def differential_evolution(popsize: int, maxiter: int, max_perturbs: int) -> Any:
    """Return DifferentialEvolution that ends, instead of failing, without budget or letters to change."""
    return _evolution_class()(popsize=popsize, maxiter=maxiter, verbose=False, max_perturbs=max_perturbs)


def for_texts_with_words(search: Any) -> Any:
    """Return the search, which now leaves a text without words as it is: stock fails on an empty choice."""
    perform = search.perform_search
    search.perform_search = lambda first: perform(first) if first.attacked_text.words else first
    return search


@cache
def _wordnet_class() -> type:
    textattack()
    from textattack.transformations import WordSwapWordNet

    class OfflineWordNet(WordSwapWordNet):
        def __init__(self) -> None:  # stock calls nltk.download here
            self.language = "eng"

        def _get_replacement_words(self, word: str, random: bool = False) -> list[str]:
            return sorted(super()._get_replacement_words(word, random))

    return OfflineWordNet


@cache
def _near_words_class() -> type:
    textattack()
    from textattack.transformations import WordSwapEmbedding

    class NearWords(WordSwapEmbedding):
        def __init__(self, max_candidates: int, min_cosine: float) -> None:
            super().__init__(max_candidates=max_candidates, embedding=vectors.embedding())
            self.min_cosine = min_cosine

        def _get_replacement_words(self, word: str) -> list[str]:
            candidates: list[str] = super()._get_replacement_words(word)
            if self.min_cosine <= -1:
                return candidates
            return [near for near in candidates if self._cosine(word, near) >= self.min_cosine]

        def _cosine(self, word: str, near: str) -> float:
            return float(self.embedding.get_cos_sim(word.lower(), near.lower()))

        def extra_repr_keys(self) -> list[str]:
            return ["max_candidates", "min_cosine"]

    return NearWords


@cache
def _homoglyph_class() -> type:
    textattack()
    from textattack.transformations import WordSwapHomoglyphSwap

    class OwnHomoglyphs(WordSwapHomoglyphSwap):
        def __init__(self) -> None:  # stock opens the missing file here
            super(WordSwapHomoglyphSwap, self).__init__()
            self.homos = dict(HOMOGLYPHS)
            self.homos_intentional = {letter: [alike] for letter, alike in HOMOGLYPHS.items()}
            self.random_one = False

    return OwnHomoglyphs


@cache
def _encoder_class() -> type:
    textattack()
    from textattack.constraints.semantics.sentence_encoders import SentenceEncoder

    class MiniLM(SentenceEncoder):
        def encode(self, sentences: Sequence[str]) -> Any:
            return encoder.embed(list(sentences))

        def _sim_score(self, starting_text: Any, transformed_text: Any) -> Any:
            return self._score_list(starting_text, [transformed_text])[0]  # stock asks self.model here

    return MiniLM


@cache
def _part_of_speech_class() -> type:
    textattack()
    from textattack.constraints.grammaticality import PartOfSpeech

    class OfflinePartOfSpeech(PartOfSpeech):
        def __init__(self, allow_verb_noun_swap: bool) -> None:
            super().__init__(tagger_type="nltk", allow_verb_noun_swap=allow_verb_noun_swap)
            self.tagger_type = "textblob"

        def _get_pos(self, before_ctx: list[str], word: str, after_ctx: list[str]) -> str:
            return universal_tags([*before_ctx, word, *after_ctx])[len(before_ctx)]

    return OfflinePartOfSpeech


class _BudgetSpent(Exception):
    """The goal function answers no more."""


@cache
def _evolution_class() -> type:
    textattack()
    from textattack.search_methods import DifferentialEvolution

    class Evolution(DifferentialEvolution):
        def perform_search(self, initial_result: Any) -> Any:
            bounds, _ = self.get_bounds_and_precomputed(initial_result.attacked_text, self.max_perturbs)
            if any(high < 1 for _, high in bounds):  # one letter, none, or none that has a look-alike
                return initial_result
            best, ask = initial_result, vars(self)["get_goal_results"]

            def asked(texts: list[Any]) -> Any:
                nonlocal best
                results, over = ask(texts)
                if not results:  # stock takes the first of none: IndexError
                    raise _BudgetSpent
                best = max(best, results[0], key=lambda result: result.score)
                return results, over

            self.get_goal_results = asked
            try:
                return super().perform_search(initial_result)
            except _BudgetSpent:
                return best
            finally:
                self.get_goal_results = ask

    return Evolution

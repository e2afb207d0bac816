"""TextAttack's parts that take most of an attack's time, replaced by equal ones.

Methods of this one attack's objects are replaced, and only where the object's class is the one whose code was
read; TextAttack's modules stay as they are. Each gives exactly what it replaces, only sooner. The parts that
were read are named by file and line, and `test_textattack_parts.py` fails when one of them changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from attacks.engine.fast.candidates import Filter, Recent, Results, key_of
from attacks.engine.fast.long_text import LONG
from attacks.engine.quick import Screened
from attacks.engine.victim import Victim

#: Texts given to a linear model at once, TextAttack gives 32; and characters of all of them, so that a batch
#: of a long review neither takes much memory nor keeps from looking at the clock for long.
BATCH, BATCH_CHARACTERS = 256, 2**20
#: Characters of the keys of answers that are remembered, of one review.
MOST_REMEMBERED = 2**26
#: Results that are made at once; more are made when asked for.
FEW = 2**12


def speed_up(attack: Any) -> None:
    """Replace the slow parts of a `textattack.Attack`; what it finds stays the same."""
    from textattack.constraints import overlap
    from textattack.constraints import pre_transformation as before
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import ImprovedGeneticAlgorithm
    from textattack.transformations import WordSwapWordNet

    for constraint in attack.constraints:
        if type(constraint) is overlap.LevenshteinEditDistance:
            constraint._check_constraint = _edit_distance_check(constraint)
        if type(constraint) is overlap.MaxWordsPerturbed:
            constraint._check_constraint = _words_perturbed_check(constraint, constraint._check_constraint)
    pure = (before.StopwordModification, before.RepeatModification, before.MinWordLength)
    for constraint in attack.pre_transformation_constraints:
        if type(constraint) in pure:
            constraint._get_modifiable_indices = _remembering_last(constraint._get_modifiable_indices)
    for part in _transformations(attack.transformation):
        if isinstance(part, WordSwapWordNet):  # a pure function of the word: word_swap_wordnet.py:33
            part._get_replacement_words = lru_cache(maxsize=2**14)(part._get_replacement_words)
    if type(attack.search_method) is ImprovedGeneticAlgorithm:
        attack.search_method._initialize_population = _first_population(attack.search_method)
    Filter(attack).install()
    goal = attack.goal_function
    if type(goal) is UntargetedClassification and goal.target_max_score is None and _is_exact(goal.model):
        _FastGoal(attack).install()
    else:
        _LeanGoal(goal).install()


def _transformations(transformation: Any) -> Iterator[Any]:
    """Yield a transformation, or those that it is composed of."""
    for part in getattr(transformation, "transformations", [transformation]):
        yield from _transformations(part) if hasattr(part, "transformations") else [part]


def _edit_distance_check(constraint: Any) -> Callable[[Any, Any], bool]:
    """Return LevenshteinEditDistance's check with a bound beyond which it stops counting.

    Stock (levenshtein_edit_distance.py:29) compares two long reviews letter by letter for every candidate:
    most of DeepWordBug's time.
    """
    from rapidfuzz.distance import Levenshtein

    def check(transformed: Any, reference: Any) -> bool:
        most = constraint.max_edit_distance
        return bool(Levenshtein.distance(reference.text, transformed.text, score_cutoff=most) <= most)

    return check


def _words_perturbed_check(constraint: Any, stock: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return MaxWordsPerturbed's check, which for an edit counts only the words around it.

    Stock (max_words_perturbed.py:40) goes through both lists of words for every candidate.
    """

    def check(transformed: Any, reference: Any) -> bool:
        if len(reference.text) < LONG:
            return stock(transformed, reference)
        most = constraint.max_num_words or float("inf")
        if constraint.max_percent:
            words = min(transformed.num_words, reference.num_words)
            most = min(most, math.ceil(words * constraint.max_percent))
        return bool(transformed.words_differing(reference) <= most)

    return check


def _first_population(search: Any) -> Callable[[Any, int], list[Any]]:
    """Return ImprovedGeneticAlgorithm's _initialize_population, which keeps no member that it leaves out.

    Stock (improved_genetic_algorithm.py:101) makes a member for each word, each with a number for each word,
    and then takes the first `pop_size`; genetic_algorithm.py:64 draws random numbers for all of them.
    """
    from textattack.search_methods import PopulationMember

    def initialize(first: Any, pop_size: int) -> list[Any]:
        words = first.attacked_text.words
        left = np.array([search.max_replace_times_per_index] * len(words))
        population: list[Any] = []
        for index in range(len(words)):
            member = PopulationMember(
                first.attacked_text, first, attributes={"num_replacements_left": np.copy(left)}
            )
            member = search._perturb(member, first, index=index)
            if len(population) < pop_size:
                population.append(member)
        return population

    return initialize


def _remembering_last(modifiable: Callable[[Any], set[int]]) -> Callable[[Any], set[int]]:
    """Return the function with its last answer kept: it is asked about one text again and again.

    Pure functions of the text: stopword_modification.py:23, repeat_modification.py:14, min_word_length.py:22.

    The same set is returned, no copy, which might be in another order; TextAttack only reads it.
    """
    last: list[Any] = [None, set()]

    def remembered(text: Any) -> Any:
        if last[0] is not text:
            last[:] = text, modifiable(text)
        return last[1]

    return remembered


def _is_exact(model: Any) -> bool:
    """Whether the model is known to answer in float64 that TextAttack takes as probabilities."""
    return isinstance(model, Victim | Screened) and model.answers_in_float64


class _LeanGoal:
    """A goal function's answers from the model without all inputs at once, and without texts as keys.

    Follows goal_function.py:201, 159: the same batches. A surprise: of a text that is there twice, both are
    given to the model.
    """

    def __init__(self, goal: Any) -> None:
        self.goal, self.stock, self.clear_stock = goal, goal._call_model_uncached, goal.clear_cache
        self.answers = Recent(MOST_REMEMBERED, _size_of_answer)

    def install(self) -> None:
        """Answer in place of the goal function's own methods."""
        self.goal._call_model, self.goal.clear_cache = self._call_model, self.clear_cache

    def clear_cache(self) -> None:
        """Forget the answers, as goal_function.py:59 does."""
        self.clear_stock()
        self.answers.clear()

    def _call_model(self, texts: Sequence[Any]) -> list[Any]:
        keys = [(key_of(text.text), len(text.attack_attrs)) for text in texts]
        answers = {key: self.answers[key] for key in keys if key in self.answers}
        unknown = [place for place, key in enumerate(keys) if key not in answers]
        for start in range(0, len(unknown), self.goal.batch_size):
            batch = unknown[start : start + self.goal.batch_size]
            for place, answer in zip(batch, self.stock([texts[at] for at in batch]), strict=True):
                answers[keys[place]] = self.answers[keys[place]] = answer
        return [answers[key] for key in keys]


def _size_of_answer(answer: Any) -> int:
    return 512  # a tensor of two numbers


class _FastGoal:
    """UntargetedClassification's results without a torch tensor for each number.

    Follows goal_function.py:84, 117, 201 and the two classification goals on top of it:
    classification_goal_function.py:17 and untargeted_classification.py:24, 34.
    """

    def __init__(self, attack: Any) -> None:
        from textattack.goal_function_results import (
            ClassificationGoalFunctionResult,
            GoalFunctionResultStatus,
        )

        self.attack, self.goal = attack, attack.goal_function
        self.result, self.status = ClassificationGoalFunctionResult, GoalFunctionResultStatus
        self.clear_stock = self.goal.clear_cache
        self.answers = Recent(MOST_REMEMBERED, lambda known: known[0])

    def install(self) -> None:
        """Answer in place of the goal function's own methods."""
        self.goal.clear_cache = self.clear_cache
        self.goal.get_results = self.attack.search_method.get_goal_results = self.get_results

    def clear_cache(self) -> None:
        """Forget the answers, as GoalFunction.clear_cache does."""
        self.clear_stock()
        self.answers.clear()

    def get_results(self, texts: Sequence[Any], check_skip: bool = False) -> tuple[Sequence[Any], bool]:
        """Return a result per text within the budget, and whether the budget is used up."""
        goal = self.goal
        if goal.query_budget < float("inf"):
            texts = texts[: goal.query_budget - goal.num_queries]
        goal.num_queries += len(texts)
        answers, queries, label = self._answers(texts), goal.num_queries, goal.ground_truth_output

        def result(place: int) -> Any:
            return self._result(texts[place], answers[place], check_skip, queries, label)

        results = Results(len(texts), result) if len(texts) > FEW else [*map(result, range(len(texts)))]
        return results, goal.num_queries == goal.query_budget

    def _answers(self, texts: Sequence[Any]) -> Any:
        """Return the model's answers, float64 [n, 2]; it is asked about each text once."""
        answers, place = np.empty((len(texts), 2)), 0
        while place < len(texts):
            batch = self._batch(texts, place)
            answers[place : place + len(batch)] = self._answers_of(batch)
            place += len(batch)
        return answers

    @staticmethod
    def _batch(texts: Sequence[Any], start: int) -> Sequence[Any]:
        return texts[start : start + max(1, min(BATCH, BATCH_CHARACTERS // (1 + len(texts[start].text))))]

    def _answers_of(self, texts: Sequence[Any]) -> list[Any]:
        """Return an answer per text; only unknown ones are computed."""
        keys = [key_of(text.text) for text in texts]
        answers = {key: known for key in keys if (known := self.answers.get(key)) is not None}
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in answers}
        if unknown:
            asked = self.goal.model([text.tokenizer_input for text in unknown.values()])
            for key, answer in zip(unknown, asked, strict=True):
                answers[key] = self.answers[key] = (256 + len(key), answer)
        return [answers[key][1] for key in keys]

    def _result(self, text: Any, answer: Any, check_skip: bool, queries: int, label: int) -> Any:
        goal, said = self.goal, int(answer.argmax())
        reached = said != label
        status = self.status.SUCCEEDED if reached else self.status.SEARCHING
        if check_skip and reached and goal.allow_skip:
            status = self.status.SKIPPED
        elif goal.maximizable:
            status = self.status.MAXIMIZING
        score = float(1 - answer[label])
        return self.result(text, answer, said, status, score, queries, label)

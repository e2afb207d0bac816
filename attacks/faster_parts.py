"""TextAttack's parts that take most of an attack's time, exchanged for equal ones.

Exchanged are methods of this one attack's objects, and only where the object's class is the one whose code
was read; TextAttack's modules stay as they are. Each gives exactly what it replaces, only sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from attacks.victim import Victim

#: Texts given to a linear model at once; TextAttack gives 32.
BATCH = 256


def speed_up(attack: Any) -> None:
    """Exchange the slow parts of a `textattack.Attack`; what it finds stays the same."""
    from textattack.constraints.overlap import LevenshteinEditDistance
    from textattack.constraints.pre_transformation import StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.transformations import WordSwapWordNet

    for constraint in attack.constraints:
        if type(constraint) is LevenshteinEditDistance:
            constraint._check_constraint = _edit_distance_check(constraint)
    for constraint in attack.pre_transformation_constraints:
        if type(constraint) is StopwordModification:
            constraint._get_modifiable_indices = _remembering_last(constraint._get_modifiable_indices)
    for part in _transformations(attack.transformation):
        if isinstance(part, WordSwapWordNet):  # a pure function of the word
            part._get_replacement_words = lru_cache(maxsize=2**14)(part._get_replacement_words)
    goal = attack.goal_function
    if type(goal) is UntargetedClassification and goal.target_max_score is None and _is_exact(goal.model):
        _FastGoal(attack).install()


def _transformations(transformation: Any) -> Iterator[Any]:
    """Yield a transformation, or those that it is composed of."""
    for part in getattr(transformation, "transformations", [transformation]):
        yield from _transformations(part) if hasattr(part, "transformations") else [part]


def _edit_distance_check(constraint: Any) -> Callable[[Any, Any], bool]:
    """Return the check of LevenshteinEditDistance with a bound beyond which nobody needs to count.

    Stock compares two long reviews letter by letter for every candidate: most of DeepWordBug's time.
    """
    from rapidfuzz.distance import Levenshtein

    def check(transformed: Any, reference: Any) -> bool:
        most = constraint.max_edit_distance
        return bool(Levenshtein.distance(reference.text, transformed.text, score_cutoff=most) <= most)

    return check


def _remembering_last(modifiable: Callable[[Any], set[int]]) -> Callable[[Any], set[int]]:
    """Return the function with its last answer kept: it is asked about one text again and again.

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
    return isinstance(model, Victim) and model.answers_in_float64


class _FastGoal:
    """UntargetedClassification's results without a torch tensor for each number.

    Follows get_results and _call_model of goal_function.py, and the two classification goals on top of it.
    """

    def __init__(self, attack: Any) -> None:
        from textattack.goal_function_results import (
            ClassificationGoalFunctionResult,
            GoalFunctionResultStatus,
        )

        self.attack, self.goal = attack, attack.goal_function
        self.result, self.status = ClassificationGoalFunctionResult, GoalFunctionResultStatus
        self.clear_stock = self.goal.clear_cache
        self.answers: dict[str, Any] = {}

    def install(self) -> None:
        """Answer in place of the goal function's own methods."""
        self.goal.clear_cache = self.clear_cache
        self.goal.get_results = self.attack.search_method.get_goal_results = self.get_results

    def clear_cache(self) -> None:
        """Forget the answers, as GoalFunction.clear_cache does."""
        self.clear_stock()
        self.answers.clear()

    def get_results(self, texts: Sequence[Any], check_skip: bool = False) -> tuple[list[Any], bool]:
        """Return a result a text within the budget, and whether the budget is used up."""
        goal = self.goal
        if goal.query_budget < float("inf"):
            texts = texts[: goal.query_budget - goal.num_queries]
        goal.num_queries += len(texts)
        self._ask(texts)
        results = [self._result(text, self.answers[text.text], check_skip) for text in texts]
        return results, goal.num_queries == goal.query_budget

    def _ask(self, texts: Sequence[Any]) -> None:
        """Ask the model about the texts that it was not asked about yet."""
        unknown = {text.text: text for text in texts if text.text not in self.answers}
        inputs = [text.tokenizer_input for text in unknown.values()]
        for start in range(0, len(inputs), BATCH):
            answers = self.goal.model(inputs[start : start + BATCH])
            self.answers.update(zip(list(unknown)[start : start + BATCH], answers, strict=True))

    def _result(self, text: Any, answer: Any, check_skip: bool) -> Any:
        goal, said = self.goal, int(answer.argmax())
        reached = said != goal.ground_truth_output
        status = self.status.SUCCEEDED if reached else self.status.SEARCHING
        if check_skip and reached and goal.allow_skip:
            status = self.status.SKIPPED
        elif goal.maximizable:
            status = self.status.MAXIMIZING
        score = float(1 - answer[goal.ground_truth_output])
        queries, label = goal.num_queries, goal.ground_truth_output
        return self.result(text, answer, said, status, score, queries, label)

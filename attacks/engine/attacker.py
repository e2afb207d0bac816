"""One recipe against one model: a review in, its record out."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import math
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attacks.engine import quick
from attacks.engine.fast.long_text import LONG, long_text_class
from attacks.engine.fast.parts import speed_up
from attacks.engine.fast.text import text_class
from attacks.engine.victim import Victim
from attacks.own.recipes import recipe_named
from attacks.recipes import settled
from attacks.resources.offline import textattack
from attacks.schema import AttackRecord, AttackSpec, Example
from sentiment_core.classifiers.base import Classifier
from sentiment_core.errors import Cancelled, RemoteError
from sentiment_core.execution import memory
from sentiment_core.execution.base import Stop, nothing
from sentiment_core.redaction import redacted

QUERY_BUDGET, TIME_LIMIT = "query budget", "time limit"


class TimeUp(Exception):
    """A review's time limit is over."""


def seed_of(seed: int, example_id: str) -> int:
    """Return a review's own seed, in [0, 2^32): the first bytes of a SHA-256, the same on every machine."""
    digest = hashlib.sha256(f"{seed}:{example_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big")


def errored(spec: AttackSpec, example: Example, **facts: Any) -> AttackRecord:
    """Return the row of a review that was not attacked to an end, except for the `facts` known of it."""
    blank = AttackRecord(
        example_id=example.example_id,
        label=example.label,
        outcome="errored",
        stopped_by="",
        original=example.text,
        perturbed="",
        prob_before=math.nan,
        prob_after=math.nan,
        queries=0,
        model_calls=0,
        words=0,
        words_changed=0,
        seconds=0.0,
        seed=seed_of(spec.seed, example.example_id),
    )
    return dataclasses.replace(blank, **facts)


def out_of_memory(words: int) -> str:
    """Return the error of a review that took more memory than its worker may take."""
    return f"memory ran out on this review of {words:,} words: {memory.advice()}"


class Attacker:
    """One recipe against one model: call it with a review and get its record.

    `traceback` is that of the last review, where an exception ended it; else it is empty.
    """

    def __init__(self, spec: AttackSpec, classifier: Classifier) -> None:
        textattack()
        self.spec = spec
        self.full = Victim(classifier) if spec.quick else None
        self.victim: Victim | quick.Screened = Victim(classifier, self._stop)
        if self.full is not None:
            self.victim = quick.Screened(Victim(quick.lighter(classifier), self._stop), self.full)
        self.attack = build(spec.recipe, spec.params, self.victim)
        speed_up(self.attack)
        self.goal = self.attack.goal_function
        if spec.query_budget is not None:
            self.goal.query_budget = int(spec.query_budget)
        self._asked_to_stop: Stop = nothing
        self._deadline = math.inf
        self._seen = _BestSeen(self.attack)
        self._text: Any = None

    def __call__(self, example: Example, stop: Stop) -> AttackRecord:
        """Attack one review; an exception becomes an errored row, but Cancelled and RemoteError pass.

        An endpoint that does not answer would make errors of all further reviews, too.
        """
        from textattack.shared.utils import set_seed

        self.traceback = ""
        seed = seed_of(self.spec.seed, example.example_id)
        began = time.monotonic()
        self._asked_to_stop = stop
        self._deadline = began + (math.inf if self.spec.seconds is None else self.spec.seconds)
        self._begin(example)
        set_seed(seed)
        try:
            facts = {"perturbed": example.text} | self._searched(example)
            if self.full is not None:
                facts = quick.confirmed(self.full, example.text, example.label, facts)
        except (Cancelled, RemoteError):
            raise
        except Exception as error:
            self.traceback = redacted(traceback.format_exc())
            facts = {"error": redacted(f"{type(error).__name__}: {' '.join(str(error).split())}")}
            if memory.ran_out(error):
                facts = {}
                traceback.clear_frames(error.__traceback__)  # they hold what took the memory
        counts = self._counts(example)
        self._end()
        if not facts:
            facts = {"error": out_of_memory(counts["words"])}
        seconds = round(time.monotonic() - began, 6)
        return errored(self.spec, example, **counts, **facts, seconds=seconds)

    def _end(self) -> None:
        """Forget the review: a long one's candidates know one another, and would stay until Python looks."""
        self.attack.clear_cache()
        self._seen.clear()
        for victim in self._victims():
            victim.forget()
        text, self._text = self._text, None
        if hasattr(text, "_memory"):
            text._memory.clear()
            gc.collect()

    def _searched(self, example: Example) -> dict[str, Any]:
        """Run the search and return what came out."""
        text = self._text = text_of(example.text, self._stop)
        try:
            result = self.attack.attack(text, example.label)
        except TimeUp:
            return self._cut_short(TIME_LIMIT)
        except (Cancelled, RemoteError):
            raise
        except Exception as error:
            if memory.ran_out(error) or not self._budget_is_used_up():
                raise
            # Some of TextAttack's searches take the first of no results where the budget allows none.
            return self._cut_short(QUERY_BUDGET)
        return self._facts(result.original_result, result.perturbed_result, _outcome(result))

    def _begin(self, example: Example) -> None:
        self.attack.clear_cache()  # it clears itself only where an attack came to a normal end
        self._seen.clear()
        self._text, self.goal.num_queries = None, 0
        for victim in self._victims():
            victim.new_example(example.text)
        if isinstance(self.victim, quick.Screened):
            self.victim.label = example.label

    def _victims(self) -> list[Victim | quick.Screened]:
        return [self.victim, *([self.full] if self.full else [])]

    def _stop(self) -> None:
        self._asked_to_stop()
        if time.monotonic() > self._deadline:
            raise TimeUp

    def _budget_is_used_up(self) -> bool:
        return self.spec.query_budget is not None and self.goal.num_queries >= self.spec.query_budget

    def _counts(self, example: Example) -> dict[str, int]:
        return {
            "queries": int(self.goal.num_queries),
            "model_calls": sum(victim.model_calls for victim in self._victims()),
            "words": (self._text or text_of(example.text)).num_words,
        }

    def _cut_short(self, why: str) -> dict[str, Any]:
        """Return what an interrupted search had come to: its best try so far."""
        first, best = self._seen.first, self._seen.best
        if first is None or best is None:
            return {"outcome": "failed", "stopped_by": why}
        facts = self._facts(first, best, "succeeded" if self._seen.reached_the_goal() else "failed")
        return facts | {"stopped_by": why if facts["outcome"] == "failed" else ""}

    def _facts(self, first: Any, last: Any, outcome: str) -> dict[str, Any]:
        out_of_budget = outcome == "failed" and self._budget_is_used_up()
        return {
            "outcome": outcome,
            "stopped_by": QUERY_BUDGET if out_of_budget else "",
            "perturbed": last.attacked_text.text,
            "prob_before": float(first.raw_output[1]),
            "prob_after": float(last.raw_output[1]),
            "words_changed": words_changed(first.attacked_text.words, last.attacked_text.words),
        }


def text_of(text: str, look: Stop = nothing) -> Any:
    """Return a review as an AttackedText; `look` checks for a stop while a long one's candidates are made."""
    return text_class()(text) if len(text) < LONG else long_text_class()(text, look=look)


def build(recipe: str, params: Mapping[str, Any], victim: Any) -> Any:
    """Return the recipe's textattack.Attack on this victim."""
    found = recipe_named(recipe)
    with quiet():
        return found.build(victim, settled(found, params))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep TextAttack from saying of each goal that it does not know a Victim (shared/validators.py:77, 94).

    Its logger has its own handler that writes to stderr; afterwards it logs as before.
    """
    logger = textattack().shared.logger
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def words_changed(before: Sequence[str], after: Sequence[str]) -> int:
    """Return the fewest words to replace, insert or delete (Levenshtein over words).

    It is TextAttack's `AttackedText.words_diff_num`, thousands of times faster on long reviews.
    """
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(list(before), list(after)))


class _BestSeen:
    """Remembers the first and the best result of a search, for when it is interrupted."""

    def __init__(self, attack: Any) -> None:
        self.clear()
        self._goal = attack.goal_function
        self._get_results = self._goal.get_results
        self._goal.get_results = attack.search_method.get_goal_results = self._watched

    def clear(self) -> None:
        self.first: Any = None
        self.best: Any = None

    def reached_the_goal(self) -> bool:
        from textattack.goal_function_results import GoalFunctionResultStatus as Status

        if self.best.goal_status == Status.MAXIMIZING:
            return bool(self.best.attacked_text.text != self.first.attacked_text.text)
        return bool(self.best.goal_status == Status.SUCCEEDED)

    def _watched(self, texts: Any, *args: Any, **kwargs: Any) -> Any:
        results, over = self._get_results(texts, *args, **kwargs)
        if self.first is None and results:
            self.first = self.best = results[0]
        for result in filter(_is_a_try, results):
            self.best = max(self.best, result, key=lambda known: known.score)
        return results, over


def _is_a_try(result: Any) -> bool:
    """Whether a transformation made this text: a word left out to see how much it matters is no try."""
    return "last_transformation" in result.attacked_text.attack_attrs


def _outcome(result: Any) -> str:
    """Return the outcome in our words.

    A recipe that maximises (input reduction: as few words as possible) has no goal to miss: it succeeded
    where it changed anything.
    """
    from textattack import attack_results as kinds

    if isinstance(result, kinds.SkippedAttackResult):
        return "skipped"
    if isinstance(result, kinds.MaximizedAttackResult):
        changed = result.original_result.attacked_text.text != result.perturbed_result.attacked_text.text
        return "succeeded" if changed else "failed"
    return "succeeded" if isinstance(result, kinds.SuccessfulAttackResult) else "failed"

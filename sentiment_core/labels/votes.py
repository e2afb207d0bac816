"""Who says that one label is wrong: confident learning, people, the nearest reviews, and the models.

Four voters, who are not independent: confident learning reads the probabilities of the models, and all four
read the same text. So the count is a reason to look at a label, not a probability that it is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sentiment_core.labels import suspects, verdicts
from sentiment_core.schema import LABEL_NAMES

WRONG, RIGHT, UNDECIDED, ABSENT = "wrong", "right", "undecided", "no vote"


@dataclass(frozen=True)
class Vote:
    """What one voter says of a label, and why (ABSENT: why it has no vote)."""

    voter: str
    says: str
    why: str


@dataclass(frozen=True)
class Ballot:
    """The votes on one label."""

    votes: tuple[Vote, ...]

    @property
    def cast(self) -> int:
        """Return how many voters have a vote, undecided or not."""
        return sum(vote.says != ABSENT for vote in self.votes)

    @property
    def wrong(self) -> int:
        """Return how many say that the label is wrong."""
        return sum(vote.says == WRONG for vote in self.votes)

    @property
    def sentence(self) -> str:
        """Return the outcome: "3 of 4 voters say the label is wrong"."""
        if not self.cast:
            return "nobody has a vote on the label yet"
        who = "voters say" if self.cast > 1 else "voter says"
        return f"{self.wrong} of {self.cast} {who} the label is wrong"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "sentence": self.sentence,
            "wrong": self.wrong,
            "cast": self.cast,
            "votes": [dict(vars(vote)) for vote in self.votes],
        }


@dataclass(frozen=True)
class Answered:
    """A model's probability of positive for a review, and what it had seen of it.

    Attributes:
        seen: "train" or "validation" where it knows the label; "" where it does not; None: not known.
        suspect: FLIP, AMBIGUOUS, or "" where confident learning does not suspect the label by this model's
            probabilities; None where it was not asked.
    """

    name: str
    prob_positive: float
    seen: str | None
    suspect: str | None = None


def ballot(
    label: int, answered: Sequence[Answered], said: pd.DataFrame, neighbors: Sequence[int] | None
) -> Ballot:
    """Return the votes on a label.

    Args:
        label: 0 negative, 1 positive.
        answered: the models' answers.
        said: what people say now of this review, as `verdicts.current` has it.
        neighbors: the labels of the nearest reviews; None where it is not known which those are.
    """
    return Ballot(
        (
            _confident_learning(answered),
            _people(said),
            _neighbors(label, neighbors),
            _models(label, answered),
        )
    )


def _confident_learning(answered: Sequence[Answered]) -> Vote:
    voter = "confident learning"
    asked = [one for one in answered if one.seen == "" and one.suspect is not None]
    if not asked:
        return Vote(voter, ABSENT, _no_model(answered, "measured on these reviews"))
    flips = [one.name for one in asked if one.suspect == suspects.FLIP]
    unsure = [one.name for one in asked if one.suspect == suspects.AMBIGUOUS]
    by = f"by the probabilities of {', '.join(one.name for one in asked)}"
    if 2 * len(flips) > len(asked):
        return Vote(voter, WRONG, f"the label looks flipped to {', '.join(flips)}; {by}")
    if flips or unsure:
        return Vote(voter, UNDECIDED, f"suspect or ambiguous to {', '.join([*flips, *unsure])}; {by}")
    return Vote(voter, RIGHT, f"not suspect {by}")


def _people(said: pd.DataFrame) -> Vote:
    voter = "people"
    if said.empty:
        return Vote(voter, ABSENT, "nobody has judged this review")
    counts = Counter(said["verdict"])
    why = ", ".join(
        f"{count} say {verdict}" if count > 1 else f"1 says {verdict}" for verdict, count in counts.items()
    )
    one = next(iter(counts)) if len(counts) == 1 else verdicts.DISPUTED
    says = {verdicts.WRONG: WRONG, verdicts.RIGHT: RIGHT}.get(one, UNDECIDED)
    return Vote(voter, says, why)


def _neighbors(label: int, neighbors: Sequence[int] | None) -> Vote:
    voter = "nearest reviews"
    if neighbors is None:
        return Vote(voter, ABSENT, "the vectors of these reviews are not computed yet")
    if not neighbors:
        return Vote(voter, ABSENT, "there is no other review")
    others = sum(other != label for other in neighbors)
    why = f"{others} of {len(neighbors)} are labeled {LABEL_NAMES[1 - label]}"
    return Vote(voter, _majority(others, len(neighbors)), why)


def _models(label: int, answered: Sequence[Answered]) -> Vote:
    voter = "models"
    able = [one for one in answered if one.seen == ""]
    if not able:
        return Vote(voter, ABSENT, _no_model(answered, "asked about this review"))
    others = sum(int(one.prob_positive >= 0.5) != label for one in able)
    why = f"{others} of {len(able)} say {LABEL_NAMES[1 - label]}: {_names(able)}"
    return Vote(voter, _majority(others, len(able)), why)


def _majority(against: int, n: int) -> str:
    return WRONG if 2 * against > n else RIGHT if 2 * against < n else UNDECIDED


def _no_model(answered: Sequence[Answered], what: str) -> str:
    """Return why no model has a vote: it learned the label, that is not known, or none was asked."""
    if any(one.seen for one in answered):
        return "the models learned this label in their training"
    if any(one.seen is None for one in answered):
        return "it is not known whether the models were trained on this review"
    return f"no model was {what}"


def _names(answered: Sequence[Answered]) -> str:
    return ", ".join(f"{one.name} ({100 * one.prob_positive:.1f} % positive)" for one in answered)

"""What the parts of the page share: the review, the answers to it, and what matters most of all the rest."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass

from attacks.passport.answers import Answer
from attacks.passport.stress import Attacked, Changed
from dashboard.records import passports
from dashboard.records.evaluations import DataChoice
from sentiment_core.data.finding import Review
from sentiment_core.embeddings import neighbors
from sentiment_core.embeddings.neighbors import Neighbor
from sentiment_core.errors import ReelcheckError
from sentiment_core.labels.votes import Ballot
from sentiment_core.models import ModelCard
from sentiment_core.uncertainty.disagreement import Disagreement


@dataclass(frozen=True)
class Known:
    """A review with the answers to it; the rest is read when a part first asks for it."""

    choice: DataChoice
    review: Review
    answers: list[Answer]
    not_asked: list[ModelCard]

    @classmethod
    def of(cls, choice: DataChoice, review: Review) -> Known:
        """Ask what is kept, and the models that answer at once."""
        said = passports.answers(choice.fingerprint, review.example_id, review.split)
        return cls(choice, review, said.answers, said.not_asked)

    @property
    def n_words(self) -> int:
        """Return the words of the review."""
        return len(self.review.text.split())

    @functools.cached_property
    def near(self) -> list[Neighbor]:
        """Return the nearest reviews; see `near_known`."""
        return self._nearest[0]

    @property
    def near_known(self) -> bool:
        """Whether the review was compared with others by their vectors; else only equal texts are known."""
        return self._nearest[1]

    @functools.cached_property
    def _nearest(self) -> tuple[list[Neighbor], bool]:
        return passports.nearest(self.choice.fingerprint, self.review.example_id)

    @functools.cached_property
    def ballot(self) -> Ballot:
        """Return the votes on the label."""
        return passports.ballot(self.choice, self.review, self.answers, self.near, self.near_known)

    @functools.cached_property
    def disagreement(self) -> Disagreement | None:
        """Return how far the models disagree."""
        return passports.disagreement(self.answers)

    @functools.cached_property
    def attacks(self) -> list[Attacked]:
        """Return what the kept attacks made of the review."""
        return passports.attacks_on(self.choice.fingerprint, self.review.example_id)

    @functools.cached_property
    def changes(self) -> list[Changed]:
        """Return the changed copies that probes and bias reports asked about."""
        return passports.changes_of(self.choice.fingerprint, self.review.example_id)

    def first_said(self) -> list[str]:
        """Return what matters most, a sentence each; what is damaged is said by its own part."""
        lines = []
        for said in (self._votes, self._neighbors, self._models, self._fooled, self._cut):
            with contextlib.suppress(ReelcheckError):
                lines.append(said())
        return [line for line in lines if line]

    def _votes(self) -> str:
        return _sentence(self.ballot.sentence)

    def _neighbors(self) -> str:
        return _sentence(neighbors.first_said(self.review.label, self.near))

    def _models(self) -> str:
        found = self.disagreement
        return f"{found.n_positive} of {found.n} models say positive." if found else ""

    def _fooled(self) -> str:
        fooled = [one for one in self.attacks if one.outcome == "succeeded"]
        valid = sum(one.valid is True for one in fooled)
        said = f"{len(fooled)} of {len(self.attacks)} attacks fooled a model, {valid} by a valid text."
        return said if self.attacks else ""

    def _cut(self) -> str:
        cut = [one.name for one in self.answers if one.truncated]
        return f"Not read to its end by {', '.join(cut)}." if cut else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""

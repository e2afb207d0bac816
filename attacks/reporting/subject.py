"""What a report is about: some models, and the reviews on which they are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sentiment_core import models, terminal
from sentiment_core.data import names
from sentiment_core.errors import DataError, ModelError, RunError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.models import ModelCard
from sentiment_core.publishing import origins

TEST = "test"
#: Lines of more models cannot be told apart.
MOST_MODELS = 12


@dataclass(frozen=True)
class Subject:
    """Models, the reviews that they are compared on, and the newest evaluation of each on these.

    Attributes:
        cards: the models, in the order in which they were asked for.
        reviews: name, fingerprint, split and, where a model was measured on them, n.
        found: evaluations by model id; a model that was not measured on these reviews has none.
        damaged: what is wrong with evaluations that cannot be read, a sentence each.
    """

    cards: tuple[ModelCard, ...]
    reviews: Mapping[str, Any]
    found: Mapping[str, Evaluation]
    damaged: tuple[str, ...] = ()

    @property
    def measured(self) -> list[tuple[str, Evaluation]]:
        """Return name and evaluation of each model that was measured on these reviews."""
        return [
            (card.short_name, self.found[card.model_id]) for card in self.cards if card.model_id in self.found
        ]

    @property
    def short_title(self) -> str:
        """Return what the reviews are called: `imdb-embedded test`."""
        named = names.name_of(str(self.reviews["fingerprint"]), str(self.reviews["name"]))
        return f"{named} {self.reviews['split']}"

    @property
    def title(self) -> str:
        """Return that with how many they are: `imdb-embedded test, 4,000 reviews`."""
        n = self.reviews.get("n")
        return self.short_title + (f", {n:,} reviews" if n else "")

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Return the commands that measure the models that were not."""
        return tuple(
            origins.evaluate(card.model_id, self.reviews)
            for card in self.cards
            if card.model_id not in self.found
        )


def choose(asked: Sequence[str] = (), data: str | None = None, split: str | None = None) -> Subject:
    """Return what a report on these models is about.

    Args:
        asked: ids or aliases; none for all models on the shelf that were measured on the reviews.
        data: name or fingerprint of reviews that one of them was measured on; by default those that most of
            them were, test reviews before others.
        split: of it; by default any, test first.

    Raises:
        ModelError: a model is not known, there is none, or there are too many.
        DataError: no model was measured on these reviews.
    """
    named = {card.model_id: card for card in map(models.resolve, asked)}
    cards = list(named.values()) or models.list_models()
    if not cards:
        raise ModelError(
            "there is no model in this workspace, so there is nothing to report; "
            "`python -m sentiment_core demo` makes some"
        )
    runs = [run for run in records.list_evaluations() if run.model_id in {card.model_id for card in cards}]
    own = {str(card.trained_on.get("fingerprint")) for card in cards}
    reviews = _most_measured([run for run in runs if _is_asked(run, data, split)], own)
    if reviews is None and (data is not None or split is not None):
        raise DataError(_not_measured(runs, data, split))
    reviews = reviews or {**cards[0].trained_on, "split": TEST}
    return subject(cards, reviews, only_measured=not asked)


def subject(
    cards: Sequence[ModelCard], reviews: Mapping[str, Any], *, only_measured: bool = False
) -> Subject:
    """Return what a report on these models and reviews is about; ModelError where there are too many."""
    place = str(reviews.get("fingerprint")), str(reviews["split"])
    newest = [records.latest_evaluation(card.model_id, *place) for card in cards]
    troubles = {run.model_id: _trouble(run) for run in newest if run is not None}
    found = {run.model_id: run for run in newest if run is not None and not troubles[run.model_id]}
    shown = _best_first(cards, found) if only_measured and found else list(cards)
    if len(shown) > MOST_MODELS:
        raise ModelError(f"{len(shown)} models are too many for one report; name up to {MOST_MODELS}")
    n = {"n": next(iter(found.values())).manifest["n"]} if found else {}
    kept = {name: str(reviews.get(name) or "unknown") for name in ("name", "fingerprint", "split")}
    return Subject(tuple(shown), kept | n, found, tuple(filter(None, troubles.values())))


def _best_first(cards: Sequence[ModelCard], found: Mapping[str, Evaluation]) -> list[ModelCard]:
    """Return the models that were measured, the most accurate first."""
    measured = [card for card in cards if card.model_id in found]
    return sorted(measured, key=lambda card: -found[card.model_id].metrics["accuracy"].value)


def _trouble(run: Evaluation) -> str:
    """Return why an evaluation's predictions cannot be read; empty where they can."""
    try:
        return "" if len(run.frame) else f"evaluation {run.run_id} holds no review"
    except RunError as error:
        return str(error)


def _is_asked(run: Evaluation, data: str | None, split: str | None) -> bool:
    recorded = str(run.manifest["data"]["name"])
    called = (run.fingerprint, recorded, names.name_of(run.fingerprint, recorded))
    return (data is None or data in called) and split in (None, run.split)


def _most_measured(runs: Sequence[Evaluation], own: Collection[str]) -> Mapping[str, Any] | None:
    """Return the reviews on which most models were measured.

    Of several test reviews, then those of the data that a model was trained on (`own`), then the newest.
    """
    if not runs:
        return None
    counts = Counter({(run.fingerprint, run.split, run.model_id) for run in runs})
    by_place = Counter((fingerprint, split) for fingerprint, split, _ in counts)
    best = max(
        runs,
        key=lambda run: (
            by_place[run.fingerprint, run.split],
            run.split == TEST,
            run.fingerprint in own,
            run.run_id,
        ),
    )
    return dict(best.manifest["data"])


def _not_measured(runs: Sequence[Evaluation], data: str | None, split: str | None) -> str:
    known = dict.fromkeys(f"{run.manifest['data']['name']} {run.split}" for run in runs)
    wanted = terminal.one_line(" ".join(filter(None, (data, split))))[:80]
    how = "`python -m sentiment_core evaluate --model NAME --data NAME_OR_PATH` does it"
    return (
        f"none of these models was measured on {wanted}; measured on: {', '.join(known) or 'nothing'}; {how}"
    )

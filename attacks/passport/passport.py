"""Everything about one review in one record: what the command `review` prints, and the page Review draws."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts as attack_verdicts
from attacks.bias import runs as bias_runs
from attacks.passport import answers as said
from attacks.passport import stress, traits
from attacks.passport.answers import Answer
from attacks.probing import runs as probe_runs
from sentiment_core import embeddings, models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, LinearInWords
from sentiment_core.data.finding import Review
from sentiment_core.embeddings import neighbors
from sentiment_core.embeddings.neighbors import Neighbor
from sentiment_core.embeddings.vectors import Vectors
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.worth import evaluation_for
from sentiment_core.explainers import EXPLAINERS, explainers_for
from sentiment_core.explanation import audit, fewest, keeping
from sentiment_core.explanation.explaining import explain
from sentiment_core.labels import verdicts, votes
from sentiment_core.models import ModelCard
from sentiment_core.schema import LABEL_NAMES, SPLITS, Dataset
from sentiment_core.uncertainty import dropout


def passport(dataset: Dataset, review: Review, *, ask: bool = False, k: int = neighbors.K) -> dict[str, Any]:
    """Return everything that is known of a review, as plain JSON types but for NaN.

    Args:
        dataset: the review's.
        review: the review.
        ask: ask slow models too, where nothing is kept: their answer, passes with dropout, explanations and
            the fewest words. Otherwise they are listed under `not_asked`.
        k: nearest reviews at most.
    """
    cards = models.list_models()
    loaded = _loaded([card for card in cards if ask or not _is_slow(card)])
    answers = _answers(dataset.fingerprint, review, cards, loaded)
    near = nearest(dataset, review, k)
    found = traits.counted(review, answers)
    between = said.disagreement(answers)
    return {
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "example_id": review.example_id,
        "split": review.split,
        "source": review.source,
        "label": LABEL_NAMES[review.label],
        "text": review.text,
        "answers": [answer.to_json() for answer in answers],
        "not_asked": _not_asked(cards, answers),
        "disagreement": between.to_json() if between else None,
        "label_votes": _ballot(dataset, review, answers, near).to_json(),
        "neighbors": neighbors.to_json(near),
        "neighbors_missing": missing_vectors(dataset),
        "models": {card.short_name: _of_model(card, loaded.get(card.model_id), review) for card in cards},
        "attacks": [vars(one) for one in _attacks(dataset.fingerprint, review)],
        "changed": [vars(one) for one in _changes(dataset.fingerprint, review)],
        "slices": traits.slices_of(review, found),
        "properties": traits.figures(found),
    }


def _is_slow(card: ModelCard) -> bool:
    return FAMILIES[card.family].asked_when_wanted


def _loaded(cards: Sequence[ModelCard]) -> dict[str, Classifier]:
    """Return the models that can be loaded: a damaged one hides no other."""
    found = {}
    for card in cards:
        with contextlib.suppress(ReelcheckError):
            found[card.model_id] = models.load_model(card.model_id)
    return found


def _answers(
    fingerprint: str, review: Review, cards: Sequence[ModelCard], loaded: dict[str, Classifier]
) -> list[Answer]:
    found = []
    for card in cards:
        with contextlib.suppress(ReelcheckError):  # one whose kept answers are damaged is not asked
            kept = records.latest_evaluation(card.model_id, fingerprint, review.split)
            answer = said.kept_answer(card, kept, review) if kept else None
            if answer is None and card.model_id in loaded:
                answer = said.asked_now(card, loaded[card.model_id], review)
            if answer is not None:
                best = evaluation_for(card.model_id, fingerprint, review.split)
                found.append(said.with_worth(answer, best, review.example_id))
    return found


def _not_asked(cards: Sequence[ModelCard], answers: Sequence[Answer]) -> list[str]:
    there = {answer.model_id for answer in answers}
    return [card.short_name for card in cards if card.model_id not in there]


def _ballot(
    dataset: Dataset, review: Review, answers: Sequence[Answer], near: Sequence[Neighbor]
) -> votes.Ballot:
    voters = []
    for answer in answers:
        suspect = said.suspected(records.open_evaluation(answer.run_id)) if answer.run_id else None
        folds = None
        if answer.seen != "":  # it knows the label
            folds = said.folds_of(models.resolve(answer.model_id), dataset, review.split)
        voters.append(said.as_voter(answer, review.example_id, suspect, folds))
    current = verdicts.current(dataset.fingerprint)
    labels = [one.label for one in near] if kept_vectors(dataset) else None
    return votes.ballot(review.label, voters, current[current["example_id"] == review.example_id], labels)


# --- nearest reviews ---------------------------------------------------------------------------------


def kept_vectors(dataset: Dataset) -> dict[str, Vectors]:
    """Return the vectors by split, where there are any."""
    found = {split: embeddings.kept(dataset.fingerprint, split) for split in SPLITS}
    return {split: vectors for split, vectors in found.items() if vectors is not None}


def missing_vectors(dataset: Dataset) -> list[str]:
    """Return the splits with reviews whose vectors are not made yet."""
    there = set(dataset.examples["split"])
    return [s for s in SPLITS if s in there and embeddings.kept(dataset.fingerprint, s) is None]


def nearest(dataset: Dataset, review: Review, k: int = neighbors.K) -> list[Neighbor]:
    """Return the nearest reviews of the splits whose vectors are kept; without any, equal texts only."""
    kept = kept_vectors(dataset)
    query = neighbors.vector_of(review.example_id, kept)
    if not kept:
        return neighbors.equal_texts(review.text, dataset.examples, review.example_id)[:k]
    if query is None:
        query = embeddings.of_texts([review.text])[0]
    return neighbors.neighbors_of(review.text, query, kept, dataset.examples, k=k, without=review.example_id)


# --- one model ----------------------------------------------------------------------------------------


def _of_model(card: ModelCard, classifier: Classifier | None, review: Review) -> dict[str, Any]:
    """Return how one model's answer comes about; None where that is neither kept nor asked for."""
    trusted = next(iter(audit.list_audits(card.model_id)), None)
    record: dict[str, Any] = {
        "explainer_to_trust": audit.most_faithful(trusted) if trusted else None,
        "dropout": None,
        "explanation": None,
        "fewest_words": None,
    }
    passes = dropout.find_kept(card.model_id, review.text)
    if passes is None and classifier is not None and not dropout.lacking(classifier):
        passes = dropout.uncertainty_of(classifier, review.text)
    if passes is not None:
        record["dropout"] = passes.to_json()
    if classifier is None:
        return record | _kept_words(card.model_id, review.text)
    able = explainers_for(classifier)
    exact = isinstance(classifier, LinearInWords)
    method = next(iter(able)) if exact else record["explainer_to_trust"] or next(iter(able))
    (found,) = explain(classifier, [review.text], able[method], keep=not exact)
    guide = next(iter(able.values()))
    return record | {
        "explanation": found.to_json(),
        "fewest_words": fewest.fewest_of(classifier, review.text, guide).to_json(),
    }


def _kept_words(model_id: str, text: str) -> dict[str, Any]:
    """Return the explanation and the fewest words that were found before, by whichever explainer."""
    able = [explainer for explainer in EXPLAINERS.values() if not explainer.chance]
    explained = (keeping.find(model_id, one.name, one.settled(), text) for one in able)
    small = (fewest.find_kept(model_id, one.name, text, fewest.QUERIES) for one in able)
    explanation, words = next(filter(None, explained), None), next(filter(None, small), None)
    return {
        "explanation": explanation.to_json() if explanation else None,
        "fewest_words": words.to_json() if words else None,
    }


# --- runs ---------------------------------------------------------------------------------------------


def _attacks(fingerprint: str, review: Review) -> list[stress.Attacked]:
    return stress.attacks_on(
        fingerprint, review.example_id, attack_runs.list_attacks(), attack_verdicts.verdicts_of
    )


def _changes(fingerprint: str, review: Review) -> list[stress.Changed]:
    return stress.changes_of(fingerprint, review.example_id, probe_runs.list_probes(), bias_runs.list_bias())

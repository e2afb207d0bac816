"""What attacks, probes and bias runs say of each model, for Home's score card. No streamlit widgets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attacks.reporting import scores
from attacks.reporting.scores import AttackScore, BiasScore, Candidate, ProbeScore
from dashboard.records import attacks, bias, probings
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun
    from dashboard.records.evaluations import DataChoice

__all__ = ["AttackScore", "BiasScore", "Candidate", "ProbeScore"]

chosen = scores.chosen
attack_title, attack_footnote = scores.attack_title, scores.attack_footnote
probe_footnote, bias_footnote = scores.probe_footnote, scores.bias_footnote


def attack_scores(choice: DataChoice) -> dict[str, AttackScore]:
    """Return by model id the accuracy under attack on these reviews, by one recipe for all models.

    The baseline that edits by chance is no attack, and reviews that somebody picked are no sample.
    """
    known = [run for run in attacks.list_runs() if not attacks.is_baseline(run)]
    reviews = {"fingerprint": choice.fingerprint, "split": choice.split}
    return scores.attack_scores(known, reviews, _figures, attacks.recipe_title)


def _figures(run: AttackRun) -> dict[str, Estimate]:
    return attacks.figures(run.run_id, attacks.size(run), attacks.verdict_stamp(run.run_id))


def probe_scores(cards: Sequence[ModelCard]) -> dict[str, ProbeScore]:
    """Return by model id what the newest probings say, of our own kinds of language only."""
    found = {}
    for card in cards:
        known = probings.probed(card.model_id, card.short_name, "")
        score = scores.probe_score(known.matrix) if known else None
        if score is not None:
            found[card.model_id] = score
    return found


def bias_scores(cards: Sequence[ModelCard], choice: DataChoice) -> dict[str, BiasScore]:
    """Return by model id what its newest bias run on these reviews found."""
    found = {}
    for card in cards:
        run = bias.newest(card.model_id, choice)
        if run is not None:
            with suppress(
                ReelcheckError
            ):  # a damaged run is skipped here; its own page reports what is wrong
                found[card.model_id] = scores.bias_score(run)
    return found

"""How many kinds of language each model understands, for Home's score card. No streamlit widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.records import probings
from sentiment_core.models import ModelCard


@dataclass(frozen=True)
class ProbeScore:
    """Of the kinds of language that a model was asked about: held, unclear, failed; others do not apply."""

    held: int
    unclear: int
    failed: int
    total: int


def scores(cards: Sequence[ModelCard]) -> dict[str, ProbeScore]:
    """Return by model id what the newest probings say, of our own kinds of language only.

    A user's own probes and changed reviews are left out, so that models are compared by the same kinds.
    """
    found = {}
    for card in cards:
        known = probings.probed(card.model_id, card.short_name, "")
        rows = known.rows((probings.LANGUAGE,)) if known else None
        if rows is not None and len(rows):
            verdicts = rows["verdict"].tolist()
            found[card.model_id] = ProbeScore(
                verdicts.count("holds"), verdicts.count("unclear"), verdicts.count("fails"), len(verdicts)
            )
    return found


def footnote(scores: Mapping[str, ProbeScore]) -> str:
    """Say what the column counts."""
    if not scores:
        return ""
    return (
        "Probes: kinds of language held (the whole 95 % interval of the failure rate is below 5 %), "
        "failed (it is above 5 %), and unclear."
    )

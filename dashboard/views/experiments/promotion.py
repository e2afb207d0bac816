"""Whether a model may become the current one without a question: was it measured, and is it no worse?"""

from __future__ import annotations

from dashboard.records import evaluations
from dashboard.records.evaluations import DataChoice
from sentiment_core import promotions
from sentiment_core.models import ModelCard


def doubt(card: ModelCard, current: ModelCard | None, data: DataChoice | None) -> str:
    """Return in a sentence what speaks against promoting a model; nothing where nothing does.

    The gate's decision is asked for last: it needs figures. Both are compared on the reviews that are chosen
    in the sidebar, pair by pair.
    """
    measured = evaluations.evaluation_of(card.model_id, data) if data else None
    if data is None or measured is None:
        where = f"on {data.title}" if data else "on any test reviews"
        return f"{card.short_name} was not measured {where}, so nothing says how good it is."
    if current is None:
        return ""
    before = evaluations.evaluation_of(current.model_id, data)
    if before is None:
        return f"{current.short_name}, the current model, was not measured on {data.title}: nothing compares."
    compared = evaluations.comparison(before.run_id, measured.run_id)
    if compared.differences["accuracy"].value >= 0:
        return _without_a_decision(card)
    return f"On {data.short_title}, {compared.sentence(current.short_name, card.short_name)}"


def _without_a_decision(card: ModelCard) -> str:
    """Return what the gate's ledger has against a promotion, with where to decide; nothing where nothing."""
    doubt = promotions.doubt(card)
    return f"{doubt}. The page Improve measures what it needs, and decides." if doubt else ""

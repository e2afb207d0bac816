"""The part of Live that says which models would rather not answer, for a chosen share of wrong answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import abstention
from dashboard.wording import Answer, escape_markdown, format_value
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from sentiment_core.abstention.thresholds import Rule

ERRORS = "live_errors"


def rules(cards: Sequence[ModelCard]) -> dict[str, Rule]:
    """Draw how many wrong answers are accepted, and return each model's rule for it, by model id.

    Models without a rule are named below, with what would give them one.
    """
    st.session_state.setdefault(ERRORS, abstention.USUAL)
    predicted = [card for card in cards if abstention.evaluation_of(card)]
    found: dict[str, Rule] = {}
    if predicted:
        error_rate = st.segmented_control(
            "Wrong answers accepted",
            abstention.ERROR_RATES,
            key=ERRORS,
            format_func=lambda rate: f"{100 * rate:g} %",
            required=True,
            persist_state="session",
            help="A model would not answer where it is less sure than it must be, if at most so many of its "
            "answers are to be wrong. Fitted to validation reviews, with 95 % confidence.",
        )
        found = {card.model_id: rule for card in predicted if (rule := _rule(card, error_rate)) is not None}
    _offer([card for card in cards if card not in predicted])
    return found


def said(rule: Rule | None, answer: Answer) -> str:
    """Return whether a model would rather not give this answer; nothing where it would, or has no rule."""
    if rule is None or answer.knows_nothing:
        return ""
    if not rule.defined:
        return "would not answer: no threshold keeps to that few wrong answers"
    sure = max(answer.prob_positive, 1 - answer.prob_positive)
    if sure >= rule.threshold:
        return ""
    needed = format_value(rule.threshold)
    return f"would not answer: {format_value(sure)} % sure; it answers at {needed} % or more"


def _rule(card: ModelCard, error_rate: float | None) -> Rule | None:
    return abstention.rule_of(card, abstention.USUAL if error_rate is None else error_rate)


def _offer(cards: Sequence[ModelCard]) -> None:
    """Offer to predict validation reviews with the models that did not, so that they get a rule."""
    from sentiment_core.jobs import jobs

    missing = [(card, argv) for card in cards if (argv := abstention.measuring(card)) is not None]
    if not missing or widgets.anything_running():
        return
    names = ", ".join(card.short_name for card, _ in missing)
    if public_copy.button(
        "Find out when they would not answer" if len(missing) > 1 else "Find out when it would not answer",
        key="live-validation",
        icon=":material/front_hand:",
        type="tertiary",
        help=escape_markdown(f"Predicts the validation reviews with {names}, once."),
    ):
        for card, argv in missing:
            jobs.start(argv, f"Measure {card.short_name} on validation reviews")
        st.rerun()

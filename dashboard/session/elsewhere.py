"""Models that answer from elsewhere: a page sends them a text only where a person wants that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import public
from dashboard.wording import escape_markdown
from sentiment_core.classifiers import FAMILIES
from sentiment_core.evaluation import spending
from sentiment_core.models import ModelCard


def is_elsewhere(card: ModelCard) -> bool:
    """Whether a model, or a member of it, answers from another machine."""
    return any(FAMILIES[family].elsewhere for family in card.families)


def those_to_ask(cards: Sequence[ModelCard], key: str) -> list[ModelCard]:
    """Draw a switch for each model that is elsewhere, and return the models that are to be asked.

    In public there is no switch: visitors do not spend what its operator pays.

    Args:
        cards: the models that could answer.
        key: keeps the switches apart from those of other pages.
    """
    if public.is_public():
        return [card for card in cards if not is_elsewhere(card)]
    return [card for card in cards if not is_elsewhere(card) or _switched_on(card, key, "too")]


def may_be_asked(card: ModelCard, key: str) -> bool:
    """Return whether a page may ask its one model; for one that is elsewhere, draw a switch that says so."""
    if not is_elsewhere(card):
        return True
    if public.is_public():
        st.caption(escape_markdown(f"{card.short_name} answers from elsewhere, and is not asked in public."))
        return False
    return _switched_on(card, key, "many times")


def _switched_on(card: ModelCard, key: str, how: str) -> bool:
    return st.toggle(
        escape_markdown(f"Ask {card.short_name} {how}"),
        key=f"{key}-{card.model_id}",
        help=escape_markdown(f"Texts are sent to {', '.join(hosts(card))}, where each request may cost."),
    )


def hosts(card: ModelCard) -> list[str]:
    """Return where a model and its members answer."""
    return [str(row["host"]) for row in spending.so_far(card)]


def show_asked(cards: Sequence[ModelCard]) -> None:
    """Say of each model that is elsewhere what it was asked so far, and what that cost."""
    for card in cards:
        _say(f"{card.short_name}: so far", spending.so_far(card))


def show_spent(name: str, manifest: Mapping[str, Any] | None) -> None:
    """Say what a finished run asked of a model that is elsewhere, and what that cost."""
    _say(f"{name}:", (manifest or {}).get(spending.KEY) or [])


def _say(whose: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        st.caption(f":material/cloud: {escape_markdown(f'{whose} {spending.in_words(row)}.')}")

"""The buttons that let a model be loaded where that takes seconds."""

from __future__ import annotations

import streamlit as st

from dashboard.records import passports
from dashboard.wording import escape_markdown
from sentiment_core.models import ModelCard


def offer_to_load(card: ModelCard, what_for: str, *, place: str) -> None:
    """Draw the button; `place` keeps its key apart from those of the page's other parts."""
    st.button(
        escape_markdown(f"Load {card.short_name} {what_for}, some seconds"),
        key=f"review-load-{place}-{card.model_id}",
        icon=":material/play_arrow:",
        on_click=passports.load,
        args=(card,),
    )


def not_asked(cards: list[ModelCard]) -> None:
    """Offer to ask the models that have no answer yet; one that could have been asked is damaged."""
    for card in cards:
        if passports.is_ready(card):
            st.caption(f":material/error: {escape_markdown(card.short_name)} cannot be asked: it is damaged.")
        else:
            offer_to_load(card, "and ask it", place="answer")

"""Improve: may the new model replace the old, what makes a better one, and what was decided so far."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import widgets
from dashboard.session import selection
from dashboard.views.improve import deciding, ledger_list, place, teaching
from dashboard.wording import escape_markdown
from sentiment_core import models, promotions


@widgets.show_fixable
def show() -> None:
    cards, choice = models.list_models(), selection.selection().data
    title, current = st.columns([1, 2], vertical_alignment="bottom")
    title.title("Improve", anchor=False)
    if not cards or choice is None:
        widgets.nothing_measured("Nothing to improve yet")
        return
    now = promotions.current()
    said = f"current model: {now.short_name}" if now else "no current model"
    current.caption(escape_markdown(f"{choice.title} · {said}"), text_alignment="right")
    at = place.adopt()
    if len(cards) < 2:
        st.write("The gate compares two models, and there is one. Improve it, or train another.")
        teaching.show(cards, cards[0])
        place.settle(at)
        return
    new, old = deciding.choose_pair(at, cards)
    found = deciding.decided_on(at, new, old)
    deciding.show(found, new, old, choice)
    teaching.show(cards, old)
    place.settle(ledger_list.show(at, found))


show()

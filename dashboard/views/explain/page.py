"""Explain: which words drive the model, and which explainer can I trust?"""

from __future__ import annotations

import streamlit as st

from dashboard.elements import widgets
from dashboard.session import elsewhere, selection
from dashboard.views.explain import side_by_side, trust, words
from dashboard.wording import escape_markdown

PART = "explain_part"
PARTS = {"words": "Words", "trust": "Which explainer to trust", "review": "One review, side by side"}


def show() -> None:
    title, reviews = st.columns([1, 3], vertical_alignment="bottom")
    title.title("Explain", anchor=False)
    chosen = selection.selection()
    if chosen.data is None or chosen.model_a is None:
        widgets.nothing_measured("Nothing to explain yet")
        return
    reviews.caption(escape_markdown(chosen.data.title), text_alignment="right")
    if not elsewhere.may_be_asked(chosen.model_a, "explain_elsewhere"):
        return
    part = widgets.linked_part_picker(PARTS, PART)
    {"words": words.show, "trust": trust.show, "review": side_by_side.show}[part](chosen)


show()

"""One review, explained twice: by two methods of a model, or by two models."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import explained_words, page_links
from dashboard.records import evaluations
from dashboard.session.address import Address, page_number
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown
from sentiment_core import models
from sentiment_core.schema import LABEL_NAMES

NUMBER = "explain_review"
_KEPT = "_explain_review_kept"
ADDRESS = Address("explain_review", ("review",))


def show(chosen: Selection) -> None:
    """Draw the review's number, and both sides."""
    assert chosen.data is not None and chosen.model_a is not None
    examples = evaluations.dataset(chosen.data.fingerprint).split(chosen.data.split)
    number = _number(len(examples))
    row = examples.iloc[number - 1]
    st.caption(escape_markdown(f"{row['example_id']}, labeled {LABEL_NAMES[int(row['label'])]}"))
    page_links.to_review(str(row["example_id"]), chosen.data.key)
    names = {card.short_name: card.model_id for card in models.list_models()}
    second = chosen.model_b or chosen.model_a
    for place, (column, card) in enumerate(
        zip(st.columns(2, gap="large"), (chosen.model_a, second), strict=True)
    ):
        with column:
            name = st.selectbox(
                "Model",
                list(names),
                index=list(names).index(card.short_name),
                key=f"explain-model-{place}",
                label_visibility="collapsed",
            )
            explained_words.draw(names[name], name, str(row["text"]), key=f"explain-{place}")


def _number(total: int) -> int:
    """Draw the choice of a review by its number, and return it; the address names it."""
    asked = ADDRESS.followed(arrived=NUMBER not in st.session_state)
    if asked is not None:
        st.session_state[NUMBER] = page_number(asked.get("review"))
    elif NUMBER not in st.session_state:
        st.session_state[NUMBER] = st.session_state.get(_KEPT, 1)
    st.session_state[NUMBER] = min(max(1, st.session_state[NUMBER]), total)
    number = st.number_input(
        f"Review, 1 to {total:,}", 1, total, key=NUMBER, step=1, on_change=ADDRESS.acted, width=220
    )
    st.session_state[_KEPT] = number
    ADDRESS.write({"review": "" if number == 1 else str(number)})
    return int(number)

"""Which slices the review is in, what can be counted in it, and what no model reads of it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from attacks.passport.answers import Answer
from dashboard.elements import review_html
from dashboard.records import passports
from dashboard.session import desk_place
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown
from sentiment_core import models


def draw(known: Known) -> None:
    """Draw slices, counts, tokens, and the text as a model that stops early reads it."""
    st.header("What it is", anchor=False)
    slices, figures = passports.traits(known.review, known.answers)
    if slices:
        st.write(escape_markdown(f"In {len(slices):,} slices: {'; '.join(slices.values())}."))
    else:
        st.caption("In none of the slices.")
    _reading(known)
    with st.expander("Counts", icon=":material/table:"):
        table = pd.DataFrame({"Property": list(figures), "Value": [_written(v) for v in figures.values()]})
        st.dataframe(table, hide_index=True, key="review-figures")


def _reading(known: Known) -> None:
    """Draw how many tokens the models count, and on demand what one leaves unread."""
    cards = {card.model_id: card for card in models.list_models()}
    st.caption(escape_markdown(" ".join(counted(known.answers))))
    able = [one for one in known.answers if one.truncated and passports.is_ready(cards[one.model_id])]
    for one in able:
        with st.expander(escape_markdown(f"What {one.name} reads"), icon=":material/content_cut:"):
            spans = desk_place.spans(one.model_id, known.review.text)
            st.html(review_html.review_html(known.review.text, spans))
            st.caption("Gray: text that this model never reads.")


def counted(answers: Sequence[Answer]) -> list[str]:
    """Return a sentence for each count of tokens: which models count so many, and whether they read all."""
    alike: dict[tuple[int, bool], list[str]] = {}
    for one in answers:
        alike.setdefault((one.n_tokens, one.truncated), []).append(one.name)
    return [
        f"{n:,} tokens, {'not all read' if cut else 'all read'}: {', '.join(names)}."
        for (n, cut), names in alike.items()
    ]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and value != int(value)
        else str(int(value) if isinstance(value, float) else value)
    )

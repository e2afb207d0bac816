"""Is the label wrong: who says so."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.session import selection
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown


def draw(known: Known) -> None:
    """Draw the count and the votes."""
    st.header("Is the label wrong?", anchor=False)
    found = known.ballot
    st.markdown(f"**{escape_markdown(f'{found.sentence[0].upper()}{found.sentence[1:]}.')}**")
    votes = pd.DataFrame(
        {
            "Who": [vote.voter for vote in found.votes],
            "The label is": [vote.says for vote in found.votes],
            "Why": [vote.why for vote in found.votes],
        }
    )
    st.dataframe(votes, hide_index=True, width="stretch", height="content", key="review-votes")
    st.caption(
        "The voters are not independent: all read the same text, and confident learning reads the models' "
        "probabilities. The count is a reason to look, not a probability."
    )
    st.page_link(
        navigation.known_pages()["labels"],
        label="Judge labels",
        icon=":material/fact_check:",
        query_params=selection.shared_params() | {"review": known.review.example_id},
    )

"""The nearest reviews with their labels, or what would find them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, reading_list, widgets
from dashboard.records import passports
from dashboard.views.review import place
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core.embeddings import neighbors
from sentiment_core.schema import LABEL_NAMES

SHOWN_CHARACTERS, ROW_HEIGHT, TABLE_HEIGHT = 160, 33, 380


def draw(known: Known) -> None:
    """Draw what matters first, the table, and the offer to make what is missing."""
    st.header("Nearest reviews", anchor=False)
    if known.near:
        said = neighbors.first_said(known.review.label, known.near)
        st.markdown(f"**{escape_markdown(f'{said[0].upper()}{said[1:]}.')}**")
        _table(known)
    elif known.near_known:
        st.caption("There is no other review to compare it with.")
    if not known.near_known:
        same = "Only other reviews of exactly this text are known" if known.near else "Not known yet"
        st.write(f"{same}: the nearest reviews are found by vectors, and this review has none.")
    _offer(known)


def _table(known: Known) -> None:
    shown = pd.DataFrame(
        {
            "near": ["nearly the same text" if one.duplicate else f"{one.cosine:.2f}" for one in known.near],
            "label": [LABEL_NAMES[one.label] for one in known.near],
            "same": [
                "same label" if one.label == known.review.label else "other label" for one in known.near
            ],
            "split": [one.split for one in known.near],
            "review": [" ".join(one.text[:SHOWN_CHARACTERS].split()) for one in known.near],
        }
    )
    columns = {
        "near": st.column_config.TextColumn(
            "nearness", width=140, help="Cosine of the vectors, 1 for the same direction"
        ),
        "label": st.column_config.TextColumn("label", width=75),
        "same": st.column_config.TextColumn("against this", width=95),
        "split": st.column_config.TextColumn("split", width=80),
        "review": st.column_config.TextColumn("review"),
    }
    reading_list.draw(
        shown, [one.example_id for one in known.near], None, key=f"review-near-{known.review.example_id}",
        pick=place.read, columns=columns, tallest=TABLE_HEIGHT, row_height=ROW_HEIGHT,
        alt="The reviews nearest to this one",
    )  # fmt: skip
    st.caption(
        "By the packaged encoder, from the first 128 tokens of each. A row opens that review. Nearly the "
        "same text: half or more of the runs of five words are shared."
    )


def _offer(known: Known) -> None:
    """Offer the one job that adds the vectors of a split: the review's own first."""
    missing = passports.missing_vectors(known.choice.fingerprint)
    if not missing:
        return
    split = known.review.split if known.review.split in missing else missing[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Not compared, they have no vectors: {', '.join(missing)} reviews.")
        if widgets.anything_running():
            widgets.job_list("review-vectors")
            return
        seconds = format_seconds(passports.seconds_of_vectors(known.choice.fingerprint, split))
        label = f"Make the vectors of the {split} reviews, about {seconds}"
        if public_copy.button(label, key="review-vectors", icon=":material/play_arrow:"):
            argv = ["embed", "--data", known.choice.argument, "--split", split]
            widgets.start_job(argv, f"Vectors of {known.choice.name} {split}")

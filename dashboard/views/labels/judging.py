"""The verdict buttons of one review, their keys, and what they keep."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.elements import keys, public_copy
from dashboard.records import evaluations
from dashboard.session import rater
from dashboard.wording import escape_markdown
from sentiment_core.labels import verdicts

AUTHOR, NOTE, TAGS = rater.NAME, "labels_note", "labels_tags"


def buttons(
    fingerprint: str, review: str, mine: str | None, stay: Callable[[], None], then: Callable[[], None]
) -> None:
    """Draw the verdicts, the note, and undo.

    Args:
        fingerprint: of the data set.
        review: the example id of the review that is read.
        mine: what this person says of it now.
        stay: notes that a control was used, so that the address does not win.
        then: called after a verdict was kept, to go to the next review.
    """
    if public_copy.switched_off("labels"):
        return
    with st.container(horizontal=True, gap="xsmall"):
        for verdict in verdicts.VERDICTS:
            keys.button(
                verdict,
                key=f"labels-{verdict}",
                type="primary" if mine == verdict else "secondary",
                on_click=_keep,
                args=(fingerprint, review, verdict, stay, then),
            )
        keys.button(
            "undo", key="labels-undo", icon=":material/undo:", on_click=_undo, args=(fingerprint, stay)
        )
    note, tags = st.columns([3, 2], gap="small")
    note.text_input(
        "Note", key=f"{NOTE}-{review}", max_chars=verdicts.MOST_NOTE, placeholder="why, kept with the verdict"
    )
    tags.text_input("Tags", key=f"{TAGS}-{review}", max_chars=400, placeholder="irony, mixed, plot summary")


def _keep(
    fingerprint: str, review: str, verdict: str, stay: Callable[[], None], then: Callable[[], None]
) -> None:
    get = st.session_state.get
    stay()
    with rater.told_where_not_kept():
        verdicts.decide(
            fingerprint,
            review,
            verdict,
            author=rater.name(),
            note=get(f"{NOTE}-{review}") or "",
            tags=(get(f"{TAGS}-{review}") or "").split(","),
            known=_reviews_of(fingerprint),
        )
        then()


@st.cache_resource(max_entries=4, show_spinner=False)
def _reviews_of(fingerprint: str) -> frozenset[str]:
    """Return the ids of a data set's reviews."""
    return frozenset(evaluations.dataset(fingerprint).examples["example_id"].astype(str))


def _undo(fingerprint: str, stay: Callable[[], None]) -> None:
    stay()
    with rater.told_where_not_kept():
        change = verdicts.undo(fingerprint, author=rater.name())
        said = (
            f"Taken back: {change.example_id}, {change.verdict or 'withdrawn'}"
            if change
            else "Nothing to undo"
        )
        st.toast(escape_markdown(said))

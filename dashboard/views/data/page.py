"""Data: what am I measuring on, and is it sound?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import public
from dashboard.elements import widgets
from dashboard.records import datasets
from dashboard.records.datasets import Stored
from dashboard.session import pickers
from dashboard.views.data import confirming, detail, measuring, place, source
from dashboard.wording import escape_markdown
from sentiment_core import models

LIST_ROWS = 5


def show() -> None:
    place.adopt()
    st.title("Data", anchor=False)
    file = source.draw()
    if file is not None:
        show_file(file)
        return
    sets = datasets.stored()
    if not sets:
        widgets.empty_state(
            "No reviews yet",
            "There are no reviews in this workspace."
            if public.is_public()
            else "Bring labeled reviews of your own above, or let the demo prepare real movie reviews.",
        )
        return
    show_sets(sets)
    place.write()


@widgets.show_fixable
def show_file(file: source.File) -> None:
    confirmed = confirming.draw(file)
    if confirmed is None:
        return
    fingerprint, measure = confirmed
    stored = next(one for one in datasets.stored() if one.fingerprint == fingerprint)
    if measure:
        measuring.start(stored)
    source.forget()
    place.go(fingerprint)
    st.rerun()


def show_sets(sets: list[Stored]) -> None:
    asked = place.settle(sets)
    if asked:
        st.caption(f":material/link_off: {escape_markdown(str(asked))} is not in this workspace")
    titles = pickers.distinguished({one.fingerprint: one.name for one in sets})
    picked, words = st.columns([2, 3], vertical_alignment="bottom")
    chosen = picked.selectbox(
        "Data set",
        list(titles),
        key=place.SET,
        format_func=lambda fingerprint: titles.get(fingerprint, fingerprint),
        on_change=place.ADDRESS.acted,
    )
    stored = next(one for one in sets if one.fingerprint == chosen)
    words.caption(escape_markdown(in_words(stored)))
    show_detail(stored)
    with st.expander(f"All {len(sets)} data sets", icon=":material/list:"):
        st.dataframe(
            listed(sets), hide_index=True, height=40 + 35 * min(LIST_ROWS, len(sets)), key="data-list"
        )


@widgets.show_fixable
def show_detail(stored: Stored) -> None:
    detail.draw(stored)


def in_words(stored: Stored) -> str:
    """Say what it holds, since when, and by which fingerprint commands know it."""
    splits = ", ".join(f"{n:,} {name}" for name, n in stored.splits.items())
    when = stored.created[:16].replace("T", " ")
    return f"{stored.n:,} reviews: {splits}. Stored {when} UTC. Fingerprint {stored.fingerprint}."


def listed(sets: list[Stored]) -> pd.DataFrame:
    """Return the data sets as a table, each with the models that were measured on it."""
    names = {card.model_id: card.short_name for card in models.list_models()}
    return pd.DataFrame(
        [
            {
                "name": one.name,
                "reviews": one.n,
                "positive": f"{100 * one.positive / one.n:.1f} %" if one.n else "",
                "splits": ", ".join(f"{name} {n:,}" for name, n in one.splits.items()),
                "measured": ", ".join(names[model_id] for model_id in datasets.measured(one.choice))
                or "none",
                "stored": one.created[:16].replace("T", " "),
                "fingerprint": one.fingerprint,
            }
            for one in sets
        ]
    )


show()

"""Errors: which reviews does a model get wrong, the worst first?"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.elements import (
    explained_words,
    measured,
    page_links,
    paging,
    review_filters,
    review_html,
    steps,
    widgets,
)
from dashboard.elements.measured import Measured
from dashboard.elements.paging import Page
from dashboard.elements.review_filters import Offer
from dashboard.elements.review_html import Verdict
from dashboard.session import desk_place, selection
from dashboard.session.desk_place import Place
from dashboard.views.errors import widgets as desk_widgets
from dashboard.views.errors.desk import Desk
from dashboard.wording import escape_markdown
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.schema import LABEL_NAMES

READING_HEIGHT = 400


def show() -> None:
    models = measured.chosen_models()
    if models:
        show_desk(models)
    else:
        st.title("Errors", anchor=False)
        measured.offer_missing()


@st.fragment
@widgets.show_fixable
def show_desk(models: list[Measured]) -> None:
    offered = review_filters.offer(models)
    desk = lay_out(models, offered)
    other = desk.other.name if desk.other else None
    show_head(desk)
    measured.say_seen(models)
    measured.offer_missing()
    desk_widgets.filter_row(desk.place, other, offered, desk.export, desk.file_name)
    page, review = find(desk)
    if review is None:
        show_nothing_matches()
        return
    table, reading = st.columns([10, 11], gap="small")
    with table:
        desk_widgets.review_table(page, review, other)
        links(desk.place)
    with reading:
        show_review(desk, review)
    desk_place.write_place(replace(desk.place, page=page.number, review=review))


def lay_out(models: list[Measured], offered: Offer) -> Desk:
    """Return the desk at the reader's place, without filters that these reviews or models do not have."""
    run_a, run_b = models[0].run_id, models[1].run_id if len(models) > 1 else None
    place = desk_place.adopt_place()
    rows = desk_place.rows(run_a, run_b, place.threshold)
    filters = review_filters.keep_valid(place.filters, offered)
    if review_order.SORTS[filters.sort][0] not in rows:
        filters = replace(filters, sort=Filters().sort)
    place = replace(place, filters=filters)
    found = desk_place.matching(run_a, run_b, place.threshold, filters)
    return Desk(models, selection.selection().data, place, rows, found)


def find(desk: Desk) -> tuple[Page, str | None]:
    """Return the page to show and the review to read: the one asked for, else the page's first."""
    rows, matching, asked = desk.rows, desk.matching, desk.place.review
    at = paging.position(rows["example_id"], matching, asked) if asked else None
    page = paging.page_of(rows, paging.number_of(at, desk.place.page), matching)
    if asked and bool((rows["example_id"] == asked).any()):
        return page, asked
    return page, str(page.rows["example_id"].iloc[0]) if page.total else None


def show_head(desk: Desk) -> None:
    """Draw the title, the number of errors, and the threshold where it is not 0.5."""
    wrong = int(desk.rows["outcome"].isin(review_order.OUTCOMES["errors"]).sum())
    words = f"{desk.models[0].name} is wrong on {wrong:,} of {len(desk.rows):,} reviews"
    if desk.place.filters.narrowed:
        words += f"; {len(desk.matching):,} match{'es' if len(desk.matching) == 1 else ''} the filters"
        about = review_filters.in_words(desk.place.filters)
        words += f" ({about})" if about else ""
    if desk.place.threshold != 0.5:
        words += f". Threshold {desk.place.threshold:.3f}"
    st.space("xxsmall")  # what is higher than the title would be under Streamlit's own bar
    title, summary = st.columns([1, 3], vertical_alignment="bottom")
    title.title("Errors", anchor=False)
    summary.caption(escape_markdown(f"{words}."), text_alignment="right")


def links(place: Place) -> None:
    """Offer to attack the reviews that match the filters, and to measure on all that they are about."""
    with st.container(horizontal=True):
        st.page_link(
            navigation.known_pages()["attack"],
            label="Attack these reviews",
            icon=":material/bolt:",
            help="",
            query_params=desk_place.link_params(place.filters, place.threshold),
        )
        if place.filters.narrowed_reviews:
            st.page_link(
                navigation.known_pages()["evaluate"],
                label="Figures on such reviews",
                icon=":material/query_stats:",
                help="",
                query_params=desk_place.link_params(place.filters.about_reviews, place.threshold),
            )


def show_nothing_matches() -> None:
    with st.container(border=True):
        st.write("No reviews match these filters.")
        st.button("Clear the filters", on_click=desk_widgets.clear_filters, icon=":material/filter_alt_off:")


def show_review(desk: Desk, review: str) -> None:
    """Draw one review: its position, its outcome, the models' answers, and its full text."""
    row = desk.rows[desk.rows["example_id"] == review].iloc[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw("desk", desk.ids, review, now=desk_widgets.reading, go=desk_widgets.read)
    truth = f"Label: **{LABEL_NAMES[int(row['label'])]}** · {row['outcome']} · loss {row['loss']:.2f} · "
    st.markdown(truth + f"{row['words']:,} words")
    st.html(review_html.verdicts_html(verdicts(desk, row)))
    show_text(desk, row)
    if desk.reviews is not None:
        page_links.to_review(review, desk.reviews.key)
    show_words(desk, row)


def verdicts(desk: Desk, row: pd.Series) -> list[Verdict]:
    """Return each model's answer to one review."""
    found = []
    for model, prefix in zip(desk.models, ("", "other_"), strict=False):
        if pd.notna(row[f"{prefix}prob_positive"]):
            right = int(row[f"{prefix}predicted"]) == int(row["label"])
            prob = float(row[f"{prefix}prob_positive"])
            lost = bool(row.get(f"{prefix}knows_nothing", False))
            found.append(Verdict(model.name, model.colour, prob, desk.place.threshold, right, lost))
    return found


def show_text(desk: Desk, row: pd.Series) -> None:
    """Draw the whole review, gray where the first model stops reading."""
    truncated = bool(row["truncated"])
    spans = desk_place.spans(desk.models[0].card.model_id, row["text"]) if truncated else []
    if truncated:
        st.caption(
            f"{desk.models[0].name} does not read all {row['n_tokens']:,} tokens; the unread part is gray."
        )
    # One key per review: a new review starts at the top, not where the last one was scrolled to.
    with st.container(height=READING_HEIGHT, border=True, key=f"desk-text-{row.name}"):
        st.html(review_html.review_html(row["text"], spans, desk.place.filters.search))


def show_words(desk: Desk, row: pd.Series) -> None:
    """Draw which words carry each model's answer, where asked: a model may have to be loaded for it."""
    if st.toggle("Show the words that drive the answer", key="desk-explain"):
        for place, model in enumerate(desk.models):
            st.markdown(f"**{escape_markdown(model.name)}**")
            explained_words.draw(model.card.model_id, model.name, str(row["text"]), key=f"desk-{place}")


show()

"""Review: everything known about this one text."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import review_html, steps, widgets
from dashboard.elements.columns import beside
from dashboard.records import evaluations, passports
from dashboard.session import selection
from dashboard.session.selection import Selection
from dashboard.views.review import (
    answered,
    asking,
    certified,
    label,
    near,
    place,
    sure,
    tested,
    traits,
    words,
)
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown
from sentiment_core.errors import DataError
from sentiment_core.schema import LABEL_NAMES

TEXT_HEIGHT = 470


def show() -> None:
    chosen = selection.selection()
    if chosen.data is None or chosen.model_a is None:
        st.title("Review", anchor=False)
        widgets.nothing_measured("No review to show yet")
        return
    show_review(chosen)


@st.fragment
@widgets.show_fixable
def show_review(chosen: Selection) -> None:
    place.READER.follow(place.Place.from_params, arrived=place.ID not in st.session_state)
    asked = place.here().review
    example_id = asked or first(chosen)
    assert chosen.data is not None and chosen.model_a is not None
    try:
        review = passports.review(chosen.data.fingerprint, example_id)
    except DataError as error:
        not_here(str(error))
        return
    known = Known.of(chosen.data, review)
    head(known)
    picker(known, "" if asked else why_first(chosen))
    answer(known)
    for part in (words, near, label, sure, tested, certified, traits):
        widgets.show_fixable(part.draw)(known)  # what is damaged hides no other part
    place.settle(place.Place(asked))


def first(chosen: Selection) -> str:
    """Return the review to show where none is asked for: the one that the model gets most wrong."""
    assert chosen.data is not None and chosen.model_a is not None
    found = evaluations.evaluation_of(chosen.model_a.model_id, chosen.data)
    return passports.most_wrong(found.run_id) if found else passports.ids(*_split(chosen))[0]


def why_first(chosen: Selection) -> str:
    """Say why this review is the first one; "" where it is just the first of the split."""
    assert chosen.data is not None and chosen.model_a is not None
    measured = evaluations.evaluation_of(chosen.model_a.model_id, chosen.data)
    return f"what {chosen.model_a.short_name} gets most wrong" if measured else ""


def _split(chosen: Selection) -> tuple[str, str]:
    assert chosen.data is not None
    return chosen.data.fingerprint, chosen.data.split


def not_here(why: str) -> None:
    """Say that the address is about another review than these, and offer the first one."""
    st.title("Not here", anchor=False)
    st.write(escape_markdown(f"{why[0].upper()}{why[1:]}."))
    st.write("Choose the reviews in the sidebar, or open a review from Errors.")
    st.button("Read the most wrong review", on_click=start_again, icon=":material/restart_alt:")
    st.session_state[place.ID] = ""
    place.settle(place.here())


def start_again() -> None:
    place.READER.go(place.Place())


def head(known: Known) -> None:
    st.space("xxsmall")
    title, about = st.columns([1, 3], vertical_alignment="bottom")
    title.title("Review", anchor=False)
    review = known.review
    source = f", {review.source}" if review.source else ""
    words = "1 word" if known.n_words == 1 else f"{known.n_words:,} words"
    facts = f"{review.example_id}: {known.choice.name} {review.split}{source}, {words}"
    about.caption(escape_markdown(facts), text_alignment="right")


def picker(known: Known, why: str) -> None:
    """Draw the way to the previous and the next review of the split, to any by its id, and why this one."""
    review = known.review
    st.session_state[place.ID] = review.example_id
    with st.container(horizontal=True, vertical_alignment="center"):
        listed = passports.ids(known.choice.fingerprint, review.split)
        steps.draw("review", listed, review.example_id, now=lambda: review.example_id, go=place.read)
        st.text_input(
            "Review id",
            key=place.ID,
            max_chars=200,
            on_change=lambda: place.read(st.session_state[place.ID].strip()),
            label_visibility="collapsed",
            width=220,
        )
        if why:
            st.caption(escape_markdown(why), width="content")


# --- the first screen ----------------------------------------------------------------------------


def answer(known: Known) -> None:
    text, said = beside([11, 10], "review", gap="medium")
    with text, st.container(height=TEXT_HEIGHT, border=True, key=f"review-text-{known.review.example_id}"):
        st.html(review_html.review_html(known.review.text))
    with said:
        st.markdown(f"Label: **{LABEL_NAMES[known.review.label]}**")
        st.markdown("\n".join(f"- {escape_markdown(line)}" for line in known.first_said()))
        if known.answers:
            colours = evaluations.model_colours()
            st.html(answered.html(known.answers, known.review.label, colours))
        asking.not_asked(known.not_asked)


show()

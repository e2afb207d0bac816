"""Live: what do the models say about your own text, and what would change their minds?"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import public
from dashboard.elements import answer_bars, explained_words, page_links, widgets
from dashboard.records import evaluations, loading, passports
from dashboard.session import elsewhere, pace, selection
from dashboard.session.examples import EXAMPLES
from dashboard.views.live import abstaining, file
from dashboard.wording import Answer, escape_markdown
from sentiment_core import languages, models
from sentiment_core.data import clean_text
from sentiment_core.errors import RemoteError
from sentiment_core.models import ModelCard

TEXT, COPY, EXAMPLE, KEEP = "live_text", "live_copy", "live_example", "live_keep"
NOTHING_KEPT = "Your texts and files are not stored: they stay in this session and end with it."
MAX_CHARACTERS = 100_000
POLL_SECONDS = 0.5
Answers = list[tuple[ModelCard, Answer]]


@dataclass(frozen=True)
class Shelf:
    """The models by whether they can answer: loaded, still being loaded, or damaged (one line each)."""

    ready: list[ModelCard]
    loading: list[ModelCard]
    troubles: list[str]


def show() -> None:
    st.title("Live", anchor=False)
    cards = models.list_models()
    if not cards:
        widgets.empty_state(
            "No models yet", "The demo trains two models on real movie reviews in about a minute."
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        text = ask_for_text()
        cards = elsewhere.those_to_ask(cards, "live_elsewhere")
    shelf = shelf_of(cards)
    with right:
        answers = answers_to(text, shelf)
        show_answers(answers, waiting=bool(shelf.loading))
        show_review(text)
        watch_loading(shelf.loading)
        elsewhere.show_asked(shelf.ready)
        for trouble in shelf.troubles:
            st.caption(f":material/error: {escape_markdown(trouble)}")
        show_language(text, shelf.ready + shelf.loading)
    if answers:
        show_words(text, [card for card, _ in answers])
        show_copy(answers)
    if shelf.ready or shelf.loading:
        file.show(shelf.ready + shelf.loading)


def answers_to(text: str, shelf: Shelf) -> Answers:
    """Return the answers of the models; none without a text, or where more was asked than may be.

    A model that is elsewhere and gives no answer is among the troubles.
    """
    if not text:
        return []
    try:
        pace.take(text, texts=pace.weight(text))
    except pace.TooFast as error:
        st.info(escape_markdown(error.sentence), icon=":material/hourglass_top:")
        return []
    answers = []
    for card in shelf.ready:
        try:
            answers.append((card, evaluations.ask(card.model_id, text)))
        except RemoteError as error:
            shelf.troubles.append(f"{card.short_name}: {error}")
    return answers


def shelf_of(cards: list[ModelCard]) -> Shelf:
    """Return which models can answer now, the sidebar's first; others are being loaded from here on."""
    chosen = selection.selection().model_ids
    cards = sorted(
        cards, key=lambda card: chosen.index(card.model_id) if card.model_id in chosen else len(chosen)
    )
    started = loading.all_started(cards)
    failures = {card.model_id: loading.failure(started[card.model_id]) for card in cards}
    return Shelf(
        ready=[card for card in cards if started[card.model_id].done() and not failures[card.model_id]],
        loading=[card for card in cards if not started[card.model_id].done()],
        troubles=[failure for failure in failures.values() if failure],
    )


def watch_loading(cards: list[ModelCard]) -> None:
    """Say which models are being loaded, and draw the page again when one of them is done."""
    if cards:
        st.fragment(draw_loading, run_every=POLL_SECONDS)(cards)


@widgets.show_fixable
def draw_loading(cards: list[ModelCard]) -> None:
    if any(loading.started(card.model_id).done() for card in cards):
        st.rerun()
    names = ", ".join(card.short_name for card in cards)
    st.caption(f":material/hourglass_top: {escape_markdown(names)}: loading the model (first use)...")


# --- a text and its answers ----------------------------------------------------------------------


def ask_for_text() -> str:
    st.session_state.setdefault(TEXT, EXAMPLES["mixed"])
    st.text_area(
        "A review",
        key=TEXT,
        height=190,
        max_chars=MAX_CHARACTERS,
        placeholder="Write or paste a review, or choose an example below.",
        on_change=reset_copy,
        persist_state="session",
    )
    show_what_is_kept()
    st.pills("Examples", list(EXAMPLES), key=EXAMPLE, on_change=use_example, wrap=True)
    return clean_text(st.session_state[TEXT])


def show_what_is_kept() -> None:
    """Say what becomes of a typed text: nothing is stored of it unless its writer wants that."""
    if public.is_public():
        st.caption("Texts and files stay in this session and end with it; nothing is stored.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        kept = st.toggle(
            "Keep explanations",
            key=KEEP,
            persist_state="session",
            help="On: explanations of your text that are estimates are kept in the workspace, so that they "
            "are there at once the next time, and long ones may run as a job. They hold the text's words. "
            "`python -m sentiment_core purge --typed` removes them.",
        )
        where = "Explanations of your text are kept in the workspace." if kept else NOTHING_KEPT
        st.caption(where, width="stretch")


def use_example() -> None:
    picked = st.session_state[EXAMPLE]
    if picked:
        st.session_state[TEXT] = EXAMPLES[picked]
        st.session_state[EXAMPLE] = None
        reset_copy()


def reset_copy() -> None:
    st.session_state[COPY] = st.session_state[TEXT]


def show_answers(answers: Answers, *, waiting: bool) -> None:
    if not answers:
        if not waiting:
            st.caption("Each model's answer appears here once you enter a review.")
        return
    colours = evaluations.model_colours()
    place = st.container()
    rules = abstaining.rules([card for card, _ in answers])
    bars = [
        answer_bars.verdict_html(
            card.short_name, colours[card.model_id], answer, abstaining.said(rules.get(card.model_id), answer)
        )
        for card, answer in answers
    ]
    place.html(answer_bars.verdicts_html(bars))


def show_review(text: str) -> None:
    """Draw the link to the review of the chosen data set that has this very text, where there is one."""
    chosen = selection.selection().data
    own = bool(text) and text not in EXAMPLES.values()
    known = passports.id_of(chosen.fingerprint, text) if chosen and own else None
    if chosen and known:
        page_links.to_review(known, chosen.key)


def show_language(text: str, cards: list[ModelCard]) -> None:
    """Warn where a model was not trained on any reviews in the text's language."""
    learned = {card.short_name: languages.of_model(card.manifest) for card in cards}
    foreign = {name: codes for name, codes in learned.items() if languages.foreign_to(codes, text)}
    if foreign:
        warning = answer_bars.foreign_language(str(languages.detect(text)), foreign)
        st.warning(escape_markdown(warning), icon=":material/translate:")


# --- its words -----------------------------------------------------------------------------------


def show_words(text: str, cards: list[ModelCard]) -> None:
    names = {card.model_id: card.short_name for card in cards}
    first = chosen_first(names)
    model_id = explained_words.heading_with_model(names, first, key=f"live-words-{first}")
    typed = public.is_public() or not st.session_state.get(KEEP)
    explained_words.draw(model_id, names[model_id], text, key="live", typed=typed)


def chosen_first(names: dict[str, str]) -> str:
    chosen = selection.selection().model_a
    return chosen.model_id if chosen and chosen.model_id in names else next(iter(names))


# --- edit and compare ----------------------------------------------------------------------------


def show_copy(answers: Answers) -> None:
    st.header("What would change the answer?", anchor=False)
    left, right = st.columns(2, gap="large")
    st.session_state.setdefault(COPY, st.session_state[TEXT])
    with left:
        st.text_area(
            "A copy to edit", key=COPY, height=150, max_chars=MAX_CHARACTERS, persist_state="session"
        )
        st.button("Reset the copy", on_click=reset_copy, type="tertiary", icon=":material/restart_alt:")
    with right:
        copy = clean_text(st.session_state[COPY])
        if not copy or copy == clean_text(st.session_state[TEXT]):
            st.caption("Change a word in the copy to see how each model's probability changes.")
        else:
            show_changes(answers, copy)


def show_changes(answers: Answers, copy: str) -> None:
    colours = evaluations.model_colours()
    asked = Shelf(ready=[card for card, _ in answers], loading=[], troubles=[])
    after = {card.model_id: said for card, said in answers_to(copy, asked)}
    for trouble in asked.troubles:
        st.caption(f":material/error: {escape_markdown(trouble)}")
    if not after:
        return
    bars = [
        answer_bars.change_html(card.short_name, colours[card.model_id], before, after[card.model_id])
        for card, before in answers
        if card.model_id in after
    ]
    st.html(answer_bars.verdicts_html(bars))
    st.caption("The thin line marks the original's probability.")


show()

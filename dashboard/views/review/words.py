"""The words that carry one model's answer, how far that can be trusted, and the fewest that turn it."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.elements import diff_html, explained_words, public_copy, widgets
from dashboard.records import explanations, passports
from dashboard.session import selection
from dashboard.views.review import asking
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown, format_seconds, format_value
from sentiment_core import models
from sentiment_core.explanation.fewest import Fewest
from sentiment_core.models import ModelCard

MODEL = "review_words_model"
MOST_SECONDS_HERE = 10.0


def draw(known: Known) -> None:
    """Draw the choice of a model, its marked words, and the fewest words that turn its answer."""
    card = _model()
    if not passports.is_ready(card):
        asking.offer_to_load(card, "to see its words", place="words")
        return
    explained_words.draw(card.model_id, card.short_name, known.review.text, key="review")
    _trust(card)
    _fewest(known, card)


def _model() -> ModelCard:
    """Draw the heading with the choice of a model: the sidebar's first one, until another is chosen."""
    shelf = {card.model_id: card for card in models.list_models()}
    chosen = selection.selection().model_a
    first = chosen.model_id if chosen and chosen.model_id in shelf else next(iter(shelf))
    names = {model_id: card.short_name for model_id, card in shelf.items()}
    return shelf[explained_words.heading_with_model(names, first, key=MODEL)]


def _trust(card: ModelCard) -> None:
    """Say which explainer an audit of this model trusts, where the scores are an estimate at all."""
    from sentiment_core.explanation.audit import most_faithful

    if any(explainer.exact for explainer in explanations.methods(card.model_id).values()):
        st.caption(
            escape_markdown(f"Exact weights are {card.short_name}'s own arithmetic; nothing to trust.")
        )
        return
    found = explanations.newest_audit(card.model_id)
    best = most_faithful(found) if found else None
    said = (
        f"Trust {best} most for {card.short_name}, by its audit on {found.manifest['n']:,} reviews."
        if found and best
        else f"No explainer of {card.short_name} is above chance in its audit."
        if found
        else f"Nobody has measured yet which explainer of {card.short_name} can be trusted."
    )
    st.page_link(
        navigation.known_pages()["explain"],
        label=escape_markdown(said),
        icon=":material/psychology:",
        query_params=selection.shared_params(card.model_id) | {"part": "trust"},
    )


# --- the fewest words ------------------------------------------------------------------------------


def _fewest(known: Known, card: ModelCard) -> None:
    st.markdown("**Fewest words that turn it**")
    found = passports.kept_fewest(card.model_id, known.review.text)
    if found is None:
        found = _searched(known, card)
    if found is not None:
        show_fewest(known.review.text, found)


def _searched(known: Known, card: ModelCard) -> Fewest | None:
    """Draw the button that searches; what takes long is a job."""
    seconds = passports.seconds_of_fewest(card.model_id, known.review.text)
    if widgets.anything_running() and seconds > MOST_SECONDS_HERE:
        widgets.job_list(f"review-fewest-{card.model_id}")
        return None
    label = f"Search, at most {format_seconds(max(1.0, seconds))}"
    key = f"review-fewest-{card.model_id}"
    if not public_copy.button(label, key=key, icon=":material/play_arrow:"):
        st.caption("The fewest words whose removal turns the answer; each shortened text is asked.")
        return None
    if seconds > MOST_SECONDS_HERE:
        argv = ["flip", "--model", card.model_id, "--data", known.choice.argument]
        widgets.start_job(
            [*argv, f"--id={known.review.example_id}"], f"Fewest words that turn {card.short_name}"
        )
    with st.spinner("Asking about shortened texts"):
        return passports.search_fewest(card.model_id, known.review.text)


def show_fewest(text: str, found: Fewest) -> None:
    """Draw the words struck out in the text, and how far they are proven to be the fewest."""
    from scipy.special import expit

    if not found.found:
        st.write(
            f"No set of words was found whose removal turns the answer; {found.queries:,} shortened texts "
            "were asked."
        )
        return
    before, after = (format_value(float(expit(score))) for score in (found.before, found.after))
    proof = (
        "every smaller set was asked and none does it"
        if found.smallest
        else "a smaller set may do it: not all were asked"
    )
    st.markdown(
        escape_markdown(
            f"Without {found.size} of {found.n_words:,}, the probability of positive goes from {before} % to "
            f"{after} %: {', '.join(found.words)}."
        )
    )
    st.caption(
        f"Found among {found.queries:,} shortened texts, each asked, and the last one asked again; {proof}. "
        "Words are left out from what the model reads; a run of punctuation counts as one."
    )
    with st.container(height=220, border=True, key="review-fewest-text"):
        st.html(diff_html.STYLE + diff_html.struck_html(text, found.offsets))

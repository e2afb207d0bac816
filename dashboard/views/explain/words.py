"""The words that drive each class and the errors of the chosen models, over a sample of the reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.elements import public_copy, widgets
from dashboard.records import explanations
from dashboard.session import desk_place
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown, format_log_odds, format_seconds
from sentiment_core.evaluation.review_order import Filters

if TYPE_CHECKING:
    from dashboard.records.explanations import GlobalWords
    from sentiment_core.models import ModelCard

#: Reviews of the sample: all exact explanations of so many take some seconds.
EXACT_SAMPLE, SAMPLE = 500, 50
SHOWN = 12


def show(chosen: Selection) -> None:
    """Draw the words of each chosen model."""
    for place, card in enumerate(card for card in (chosen.model_a, chosen.model_b) if card):
        st.header(escape_markdown(card.short_name), anchor=False)
        _show_model(chosen, card, place)


def _show_model(chosen: Selection, card: ModelCard, place: int) -> None:
    assert chosen.data is not None
    method = explanations.first_method(card.model_id)
    explainer = explanations.methods(card.model_id)[method]
    n = EXACT_SAMPLE if explainer.exact else SAMPLE
    texts = explanations.sample(chosen.data, n)["text"].tolist()
    left = explanations.missing(card.model_id, method, texts)
    if left:
        _offer(chosen, card, method, n, left, texts[0])
        return
    found = explanations.global_words(card.model_id, method, chosen.data.fingerprint, chosen.data.split, n)
    _draw(found, explainer.title, place)


def _offer(chosen: Selection, card: ModelCard, method: str, n: int, left: int, text: str) -> None:
    """Offer to explain what is not explained yet, with its time."""
    assert chosen.data is not None
    seconds = left * explanations.seconds(card.model_id, method, text)
    title = explanations.methods(card.model_id)[method].title
    with st.container(border=True):
        takes = format_seconds(seconds)
        st.write(f"{left:,} of {n:,} reviews are not explained by {title} yet; that takes about {takes}.")
        if widgets.anything_running():
            widgets.job_list(f"words-{card.model_id}")
        elif public_copy.button(
            "Explain them", key=f"words-{card.model_id}", icon=":material/play_arrow:", type="primary"
        ):
            argv = ["explain", "words", "--model", card.model_id, "--data", chosen.data.argument]
            argv += ["--split", chosen.data.split, "--method", method, "--limit", str(n)]
            widgets.start_job(argv, f"Words that drive {card.short_name}")


def _draw(found: GlobalWords, method: str, place: int) -> None:
    from sentiment_core.explanation import global_words

    st.caption(
        escape_markdown(
            f"{method}, {found.n:,} reviews, {found.n_errors:,} of them answered wrongly. Mean log-odds of a "
            "word in the reviews that have it, with a 95 % interval for each word alone; select a word to "
            "read its reviews."
        )
    )
    tables = {
        "Toward positive": global_words.toward(found.words, True, SHOWN),
        "Toward negative": global_words.toward(found.words, False, SHOWN),
        "Toward the wrong answer": global_words.toward(found.of_errors, True, SHOWN),
    }
    for number, (column, (title, table)) in enumerate(zip(st.columns(3), tables.items(), strict=True)):
        with column:
            st.caption(f"**{title}**")
            if table.empty:
                st.caption("No word's interval lies on one side: too few reviews have it.")
            else:
                _table(table, f"words-{place}-{number}", errors=number == 2)


def _table(table: pd.DataFrame, key: str, *, errors: bool) -> None:
    """Draw words with their figures; a selected one is linked to the reviews that have it."""
    shown = pd.DataFrame(
        {
            "Word": table["word"],
            "n": table["reviews"],
            "Log-odds": [format_log_odds(value) for value in table["mean"]],
            "95 %": [
                f"[{format_log_odds(low)}, {format_log_odds(high)}]"
                for low, high in zip(table["ci_low"], table["ci_high"], strict=True)
            ],
        }
    )
    event = st.dataframe(
        shown,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        height="content",
        column_config={
            "Word": st.column_config.TextColumn(width=84),
            "n": st.column_config.NumberColumn(width=40, help="Reviews of the sample that have the word"),
            "Log-odds": st.column_config.TextColumn(width=64),
            "95 %": st.column_config.TextColumn(width=104),
        },
    )
    rows = event["selection"]["rows"]
    if rows:
        word = str(table["word"].iloc[rows[0]])
        filters = Filters(search=word, outcome="errors" if errors else "all")
        st.page_link(
            navigation.known_pages()["errors"],
            label=escape_markdown(f"Read the reviews with “{word}”"),
            icon=":material/rule:",
            query_params=desk_place.link_params(filters, 0.5),
        )

"""Experiments: watch a training, compare past trainings, and start another."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import public
from dashboard.elements import widgets
from dashboard.elements.figures import drawn
from dashboard.records import evaluations, trainings
from dashboard.session import selection
from dashboard.views.experiments import actions, compare, form, running, studies
from dashboard.views.experiments import state as experiments_state
from dashboard.wording import escape_markdown
from sentiment_core import models, notes
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate

COMPARE, START, SEARCHES, SIZES = "finished", "start", "searches", "sizes"
PARTS = {COMPARE: "Trainings", START: "Start another", SEARCHES: "Searches", SIZES: "By training size"}
PART = "experiments_part"
TALLEST_TABLE = 9  # rows
FIGURE_WIDTH = 168  # pixels: `91.8 % [90.9, 92.6] n = 4,000`
MOST_CURVES = 3  # unless more are picked


def show() -> None:
    cards = models.list_models()
    title, current = st.columns([1, 2], vertical_alignment="bottom")
    title.title("Experiments", anchor=False)
    current.caption(escape_markdown(current_in_words()), text_alignment="right")
    if cards:
        st.markdown(f"**{escape_markdown(compare.answer(cards))}**")
    running.show()
    if not cards:
        start_here = "" if public.is_public() else " Start the first training here:"
        st.markdown(f"Nothing has been trained in this workspace yet.{start_here}")
        form.show()
        return
    part = choose_part()
    if part == START:
        form.show()
    elif part == SEARCHES:
        studies.show_search()
    elif part == SIZES:
        studies.show_sizes()
    else:
        show_finished(cards)


def current_in_words() -> str:
    card = experiments_state.current_model()
    return f"current model: {card.short_name}" if card else "no current model"


def choose_part() -> str:
    """Draw which part of the page is shown; it stands in the address, and a followed link wins."""
    parts = [COMPARE] if public.is_public() else [COMPARE, START]
    parts += [SEARCHES] if experiments_state.searches() else []
    parts += [SIZES] if experiments_state.size_curves() else []
    return widgets.linked_part_picker({part: PARTS[part] for part in parts}, PART)


# --- finished trainings --------------------------------------------------------------------------


def show_finished(cards: list[ModelCard]) -> None:
    newest_first = cards[::-1]
    chosen = pick_trainings(newest_first)
    actions.show(chosen)
    show_curves(chosen or with_curves(newest_first))
    st.header("Settings and provenance", anchor=False)
    st.dataframe(trainings.facts(chosen or newest_first), hide_index=True, key="experiments-facts")


def with_curves(cards: list[ModelCard]) -> list[ModelCard]:
    return [card for card in cards if not trainings.learning_curves([card]).empty][:MOST_CURVES]


def pick_trainings(cards: list[ModelCard]) -> list[ModelCard]:
    data = selection.selection().data
    test_name = data.short_title if data else "test accuracy"
    current = experiments_state.current_model()
    noted = {card.model_id: note for card in cards if (note := notes.note_of(card))}
    table = compare.trainings(cards, tested(cards), test_name, current.model_id if current else None, noted)
    open_ = experiments_state.active_trainings()
    ids = [*(job.run_id for job in open_), *(card.model_id for card in cards)]
    picked: Any = st.dataframe(
        compare.with_open(table, open_),
        hide_index=True,
        key=f"experiments-table-{'-'.join(ids)}",  # a pick is a row's number: it ends where rows move
        on_select="rerun",
        selection_mode="multi-row",
        height=40 + 35 * min(TALLEST_TABLE, len(ids)),
        column_config={
            "settings that differ": st.column_config.TextColumn(width="large"),
            "validation accuracy": st.column_config.TextColumn(width=FIGURE_WIDTH),
            test_name: st.column_config.TextColumn(width=FIGURE_WIDTH),
        },
    )
    rows = (row - len(open_) for row in picked["selection"]["rows"])
    return [cards[row] for row in rows if 0 <= row < len(cards)]


def tested(cards: list[ModelCard]) -> dict[str, Estimate]:
    """Return each model's accuracy on the reviews chosen in the sidebar, where it was measured."""
    data = selection.selection().data
    found = {card.model_id: evaluations.evaluation_of(card.model_id, data) for card in cards} if data else {}
    return {model_id: record.metrics["accuracy"] for model_id, record in found.items() if record}


def show_curves(cards: list[ModelCard]) -> None:
    curves = trainings.learning_curves(cards)
    if curves.empty:
        st.caption("Linear models are not trained in epochs, so there is no learning curve.")
        return
    colours = {card.short_name: evaluations.model_colours()[card.model_id] for card in cards}
    widgets.chart_with_table(
        drawn(trainings.learning_chart, curves, colours),
        curves,
        key="experiments-curves",
        caption=trainings.in_words(curves),
    )


show()

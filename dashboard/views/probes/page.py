"""Probes: which kinds of language does it not understand?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.charts import REFERENCE_COLOUR
from dashboard.elements import steps, widgets
from dashboard.records import evaluations, probings
from dashboard.records.probings import Probed
from dashboard.session import selection
from dashboard.views.probes import cell as probes_cell
from dashboard.views.probes import edited, files, matrix, own, reading, running, spread, wording
from dashboard.views.probes import place as probes_place
from dashboard.views.probes.place import Place
from dashboard.wording import escape_markdown, format_started
from sentiment_core.models import ModelCard

FAMILIES = {
    probes_place.LANGUAGE: (probings.LANGUAGE, probings.OWN),
    probes_place.REVIEWS: (probings.REVIEWS,),
}


def show() -> None:
    st.html(probes_cell.STYLE)
    title, part = st.columns([2, 5], vertical_alignment="bottom")
    title.title("Probes", anchor=False)
    cards = chosen_cards()
    place = probes_place.adopt()
    kept = kept_run(place)
    models = [kept] if kept else chosen_models(cards)
    if not cards and not models:
        widgets.empty_state("Nothing to probe yet", "There is no trained model in this workspace to probe.")
        return
    with part.container(horizontal=True, horizontal_alignment="right"):
        widgets.part_picker(probes_place.PARTS, probes_place.PART, probes_place.part_changed)
    if place.part == probes_place.EDITED:
        edited.show(cards)
    elif place.part == probes_place.OWN:
        own.show(cards)
    elif place.part == probes_place.FILES:
        files.show(cards)
    else:
        place = show_matrix(models, [] if kept else cards, place)
    probes_place.READER.settle(place)


def chosen_cards() -> list[ModelCard]:
    chosen = selection.selection()
    return [card for card in (chosen.model_a, chosen.model_b) if card]


def chosen_models(cards: list[ModelCard]) -> list[Probed]:
    """Return what is known of the chosen models."""
    colours = evaluations.model_colours()
    known = [probings.probed(card.model_id, card.short_name, colours[card.model_id]) for card in cards]
    return [model for model in known if model is not None]


def kept_run(place: Place) -> Probed | None:
    """Return the one stored run that is asked for; say which it is, and whether its model is gone."""
    if place.run is None:
        return None
    run = next((run for run in probings.list_runs() if run.run_id == place.run), None)
    if run is None:
        st.caption(f":material/link_off: {escape_markdown(place.run)} is not in this workspace")
        return None
    colour = evaluations.model_colours().get(run.model_id)
    name, started = probings.model_name(run), format_started(run.run_id)
    if colour is None:
        st.warning(
            f"**{escape_markdown(name)} is no longer in this workspace.** Its answers of "
            f"{started} can be read, but it cannot be probed again.",
            icon=":material/inventory_2:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escape_markdown(f"Stored run: {name}, {started}."), width="content")
        if st.button("Back to the chosen models", key="probes-leave-run", type="tertiary"):
            probes_place.leave_kept()
            st.rerun()
    return probings.probed_by(run, colour or REFERENCE_COLOUR)


# --- the matrix and the picked cell --------------------------------------------------------------


def show_matrix(models: list[Probed], cards: list[ModelCard], place: Place) -> Place:
    families = FAMILIES[place.part]
    asked = [model for model in models if not model.rows(families).empty]
    if asked:
        first, then = wording.answer(asked, families)
        st.markdown(f"**{escape_markdown(first)}** {escape_markdown(then)}")
    offer_missing(asked, cards, place)
    if not asked:
        return place
    cell = settled_cell(asked, place)
    with st.container(key=probes_cell.SPLIT):
        left, right = st.columns([15, 10] if place.part == probes_place.REVIEWS else [12, 10], gap="medium")
    with left:
        draw_matrix(asked, cell)
        files.downloads(asked)
    with right:
        probes_cell.head(asked, cell)
        row = show_cases(asked, cell)
    if row is not None:
        show_below(asked, row)
    spread.show(asked, cell)
    return cell


def offer_missing(asked: list[Probed], cards: list[ModelCard], place: Place) -> None:
    known = {model.model_id for model in asked}
    for card in cards:
        if card.model_id in known:
            continue
        running.show_failed(card)
        if place.part == probes_place.LANGUAGE:
            running.offer_language(card)
        else:
            running.offer_reviews(card, selection.selection().data)
            break  # one field for how many reviews; the other model's turn comes when this one is done


def settled_cell(models: list[Probed], place: Place) -> Place:
    """Return the place with a cell that is there: the one asked for, else the worst."""
    families = FAMILIES[place.part]
    by = min(place.by, len(models) - 1)
    if place.capability is not None:
        for at in (by, *range(len(models))):
            row = models[at].row(place.capability, place.severity)
            if row is not None and row["family"] in families:
                return replace(place, by=at)
        st.caption(f":material/link_off: {escape_markdown(place.capability)} is not in this workspace")
    capability, severity = probes_cell.worst(models[by].rows(families))
    return replace(place, capability=capability, severity=severity, by=by)


def draw_matrix(models: list[Probed], cell: Place) -> None:
    ids = [model.model_id for model in models]

    def pick(capability: str, severity: int | None, model_id: str) -> None:
        probes_place.pick_cell(capability, severity, ids.index(model_id) if model_id in ids else 0)

    picked = (str(cell.capability), cell.severity, ids[cell.by])
    matrix.draw(models, FAMILIES[cell.part], picked, pick, severities=cell.part == probes_place.REVIEWS)


def show_cases(models: list[Probed], cell: Place) -> dict[str, Any] | None:
    """Draw the cell's cases and, where it is short, the one being read; return it where it is long."""
    frame = probes_cell.cases(models, cell)
    probes_cell.show_picker(models, probes_cell.counts(frame, cell, len(models)))
    rows = probes_cell.ordered(frame, cell, len(models))
    if rows.empty:
        st.caption("No case matches.")
        return None
    page = probes_cell.page_at(rows, cell)
    ids = rows["case_id"].tolist()
    case = cell.case if cell.case in set(frame["case_id"]) else str(page.rows["case_id"].iloc[0])
    probes_cell.table(page, models, case)
    row: dict[str, Any] = frame[frame["case_id"] == case].iloc[0].to_dict()
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw("probes", ids, str(case), now=lambda: probes_place.here().case, go=probes_place.read)
    reading.answers(row, models)
    if not reading.is_short(row):
        return row
    reading.texts(row, beside=False)
    reading.words(row, models, beside=False)
    return None


def show_below(models: list[Probed], row: dict[str, Any]) -> None:
    """Draw a long case in full width."""
    reading.texts(row, beside=True)
    reading.words(row, models, beside=True)


show()

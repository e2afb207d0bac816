"""Robustness: how easily is it fooled, and do the edited reviews still mean the same?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import navigation
from dashboard.elements import paging, public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import attacks
from dashboard.session import elsewhere, selection
from dashboard.views.robustness import certified, charts, desk, hardening, panel, table, tabled, wording
from dashboard.views.robustness import parts as robustness_parts
from dashboard.views.robustness import place as robustness_place
from dashboard.views.robustness import state as robustness_state
from dashboard.views.robustness import widgets as robustness_widgets
from dashboard.views.robustness.place import Place
from dashboard.views.robustness.state import Attacked
from dashboard.views.robustness.table import Row
from dashboard.wording import escape_markdown
from sentiment_core import models

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun

TEXTS, QUERIES, CHANGED, VULNERABLE = "texts", "queries", "changed", "vulnerable"
TRANSFER, PAIRS, HARDENING, PANEL, FILES = "transfer", "pairs", "hardening", "panel", "files"
CERTIFIED, TABLE = "certified", "table"
PARTS = {
    TEXTS: "Texts",
    QUERIES: "Queries",
    CHANGED: "Words changed",
    VULNERABLE: "Vulnerable words",
    CERTIFIED: "Certified",
    TRANSFER: "Transfer",
    PAIRS: "Pairs",
    HARDENING: "Hardening",
    TABLE: "Table",
    PANEL: "Blind panel",
    FILES: "Files and provenance",
}


def show() -> None:
    st.html(robustness_widgets.STYLE)
    shelf = [run for run in attacks.list_runs() if attacks.size(run)]
    if not shelf:
        show_nothing_yet()
        return
    st.title("Robustness", anchor=False)
    runs = pick_runs(shelf)
    if not runs:
        st.write("Choose one or more batches above.")
        return
    answer_above = st.container()
    part = choose_part(several=len(runs) > 1)
    if part != PANEL:  # whoever reads blind sees the text first, and no figure of the batch
        with answer_above:
            show_answer(runs)
    draw_part(part, runs)


def show_nothing_yet() -> None:
    st.title("Robustness", anchor=False)
    if not models.list_models():
        widgets.empty_state("Nothing attacked yet", "There is no trained model in this workspace to attack.")
        return
    with st.container(border=True):
        st.header("Nothing attacked yet", anchor=False)
        st.write("No adversarial batch has been run. One hundred reviews take from a minute to an hour.")
        st.page_link(
            navigation.known_pages()["attack"],
            label="Start a batch",
            icon=":material/arrow_forward:",
            query_params=selection.shared_params(),
        )
    widgets.show_fixable(certified.draw)(selection.selection())  # it needs no attack


def pick_runs(shelf: list[AttackRun]) -> list[Attacked]:
    by_id = {run.run_id: run for run in shelf}
    titles = {run_id: attacks.full_title(run) for run_id, run in by_id.items()}
    robustness_state.adopt_runs(list(by_id), robustness_state.default_runs(shelf))
    chosen = st.multiselect(
        "Batches",
        list(by_id),
        key=robustness_state.RUNS,
        on_change=robustness_state.RUNS_ADDRESS.acted,
        format_func=lambda run_id: titles[run_id],
        max_selections=robustness_state.MOST_RUNS,
        label_visibility="collapsed",
        placeholder="Choose batches to compare",
    )
    for gone in robustness_state.gone_runs(list(by_id)):
        st.caption(f":material/link_off: {escape_markdown(gone)} is not in this workspace")
    robustness_state.write_runs()
    troubles = {run_id: attacks.trouble_of(run_id, attacks.size(by_id[run_id])) for run_id in chosen}
    for trouble in filter(None, troubles.values()):
        st.error(escape_markdown(trouble), icon=":material/error:")
    return robustness_state.attacked([by_id[run_id] for run_id in chosen if not troubles[run_id]])


# --- the first screen ----------------------------------------------------------------------------


def show_answer(runs: list[Attacked]) -> None:
    rows = [Row(run.name, run.colour, wording.outcome_counts(run.figures), run.figures) for run in runs]
    st.markdown(f"**{escape_markdown(answer(runs))}**")
    robustness_parts.stale_notice(runs)
    show_unfinished(runs)
    show_picked(runs)
    for run in runs:
        elsewhere.show_spent(run.name, run.run.manifest)
        offer_others(run)
    show_bars(rows)
    st.html(table.figures_html(rows))
    offer_judging(runs)


def answer(runs: list[Attacked]) -> str:
    if len(runs) == 1:
        model, recipe = attacks.model_name(runs[0].run), attacks.recipe_title(runs[0].run)
        return wording.one_run(model, recipe, runs[0].figures)
    if len(runs) == 2:
        return robustness_parts.compared([(runs[0], runs[1])])[0]
    return wording.several_runs({run.name: run.figures for run in runs})


def show_unfinished(runs: list[Attacked]) -> None:
    for run in runs:
        if not run.run.finished:
            n, of = len(run.records), len(run.run.spec.example_ids)
            st.caption(escape_markdown(f"{run.name} is not finished: {n:,} of {of:,} reviews so far."))
            lost = attacks.unreadable(run.run)
            if lost:
                st.caption(escape_markdown(f"{run.name}: {lost}."))


def show_picked(runs: list[Attacked]) -> None:
    """Mark the batches whose reviews are no random sample: their figures are about these reviews only."""
    for run in runs:
        how = attacks.picked(run.run)
        if how:
            st.caption(escape_markdown(f"{run.name}: {how}; its figures are not the model's on the split."))


def offer_others(run: Attacked) -> None:
    """Where every review of a batch was skipped, offer those that the model gets right, and why it erred."""
    skipped = int(run.figures["skipped"].value)
    if not run.run.finished or not skipped or skipped < len(run.records):
        return
    model, shared = attacks.model_name(run.run), selection.shared_params(run.run.spec.model_id)
    with st.container(border=True):
        st.write(
            f"All {skipped:,} reviews of this batch were skipped: {escape_markdown(model)} gets them wrong "
            "without an attack. An attack needs reviews that the model gets right."
        )
        pages = navigation.known_pages()
        st.page_link(
            pages["attack"], label=escape_markdown(f"Attack reviews that {model} gets right"),
            icon=":material/bolt:", query_params=shared | {"recipe": run.run.spec.recipe, "which": "right"},
        )  # fmt: skip
        st.page_link(
            pages["errors"], label=escape_markdown(f"Read what {model} gets wrong"), icon=":material/rule:",
            query_params=shared | {"outcome": "errors"},
        )  # fmt: skip


def show_bars(rows: list[Row]) -> None:
    frame = table.bars_frame(rows)
    figure = drawn(charts.accuracy_bars, frame, {row.name: row.colour for row in rows})
    caption = (
        "Accuracy under attack. Solid: every change counts. Pale: only valid changes count. Gray tick: "
        "before the attack. Thin lines: 95 % intervals."
    )
    st.plotly_chart(figure, key="robustness-bars", config={"displayModeBar": False}, alt=caption)
    st.caption(caption)


def offer_judging(runs: list[Attacked]) -> None:
    """Offer to judge texts that have no verdict yet."""
    missing = {run.run_id: attacks.unjudged(run.run_id, run.records) for run in runs}
    unjudged = [run for run in runs if run.run.finished and missing[run.run_id]]
    if not unjudged:
        return
    if attacks.active("judge"):
        widgets.job_list("judge")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        names = ", ".join(
            f"{run.name} ({missing[run.run_id]:,} of {int(run.figures['succeeded'].value):,} texts)"
            for run in unjudged
        )
        st.caption(escape_markdown(f"Not yet judged whether the edits keep the meaning: {names}."))
        if public_copy.button("Start judging", icon=":material/play_arrow:", key="judge-start"):
            attacks.start_judging([run.run_id for run in unjudged])


# --- the parts -----------------------------------------------------------------------------------


def draw_part(part: str, runs: list[Attacked]) -> None:
    draw = {
        QUERIES: robustness_parts.show_queries,
        CHANGED: robustness_parts.show_words_changed,
        VULNERABLE: robustness_parts.show_vulnerable,
        TRANSFER: robustness_parts.show_transfer,
        PAIRS: robustness_parts.show_pairs,
        CERTIFIED: lambda runs: certified.draw(selection.selection()),
        HARDENING: lambda runs: hardening.draw(selection.selection()),
        TABLE: lambda runs: tabled.draw(selection.selection()),
        PANEL: panel.show,
        FILES: robustness_parts.show_files,
        TEXTS: show_desk,
    }[part]
    draw(runs)


def choose_part(*, several: bool) -> str:
    """Draw which part of the page is shown; it stands in the address, and a followed link wins."""
    parts = {part: title for part, title in PARTS.items() if several or part != PAIRS}
    return widgets.linked_part_picker(parts, robustness_state.PART)


@widgets.show_fixable
def show_desk(runs: list[Attacked]) -> None:
    ids = tuple(run.run_id for run in runs)
    place = robustness_place.adopt(ids)
    stamps = tuple(attacks.verdict_stamp(run_id) for run_id in ids)
    sizes = tuple(len(run.records) for run in runs)
    rows = robustness_state.desk_rows(ids, tuple(run.name for run in runs), sizes, stamps)
    matching = desk.matching(rows, place.filters)
    robustness_widgets.filter_row(runs)
    at = paging.position(rows["key"], matching, place.text) if place.text else None
    page = paging.page_of(rows, paging.number_of(at, place.page), matching)
    if place.text and not bool((rows["key"] == place.text).any()):
        st.caption(":material/link_off: The text of this link is not in these batches")
    text = chosen_text(rows, page, place)
    if text is None:
        show_nothing_matches()
        robustness_place.READER.settle(place)
        return
    robustness_widgets.text_table(page, text, len(runs) > 1)
    show_text(runs, rows, matching, text)
    robustness_place.READER.settle(replace(place, page=page.number, text=text))


def chosen_text(rows: pd.DataFrame, page: paging.Page, place: Place) -> str | None:
    """Return the text to read: the one asked for where it is there, else the page's first."""
    if place.text and bool((rows["key"] == place.text).any()):
        return place.text
    return str(page.rows["key"].iloc[0]) if page.total else None


def show_nothing_matches() -> None:
    with st.container(border=True):
        st.write("No text matches these filters.")
        st.button(
            "Show the texts that fooled the model",
            on_click=robustness_widgets.clear_filters,
            icon=":material/filter_alt_off:",
        )


def show_text(runs: list[Attacked], rows: pd.DataFrame, matching: NDArray[np.int64], text: str) -> None:
    row = rows[rows["key"] == text].iloc[0]
    keys = [str(key) for key in rows["key"].to_numpy()[matching]]
    run = next(run for run in runs if run.run_id == row["run_id"])
    robustness_widgets.reading(run, row, keys)


show()

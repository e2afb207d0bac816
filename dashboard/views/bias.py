"""Bias and slices: whom does it treat differently?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import (
    bias_columns,
    bias_files,
    bias_groups,
    bias_place,
    bias_records,
    bias_reviews,
    bias_rewrites,
    bias_running,
    bias_slices,
    bias_toxicity,
    bias_weak,
    measured,
    state,
    widgets,
)
from dashboard.bias_place import Place
from dashboard.bias_records import Looked
from dashboard.state import DataChoice
from sentiment_core.models import ModelCard


def show() -> None:
    chosen = state.selection()
    cards = [card for card in (chosen.model_a, chosen.model_b) if card]
    st.html(bias_columns.STYLE)
    title, part = bias_columns.beside([3, 8], "head", gap="small", align="bottom")
    title.title("Bias and slices", anchor=False)
    if not cards or chosen.data is None:
        widgets.nothing_measured("Nothing to look at yet")
        return
    place = bias_place.adopt_place()
    with part.container(horizontal=True, horizontal_alignment="right"):
        widgets.part_picker(bias_place.PARTS, bias_place.PART, bias_place.part_changed)
    found = bias_records.looked(cards, chosen.data, state.model_colours())
    bias_place.write_place(draw_part(found, cards, chosen.data, place))


def draw_part(found: list[Looked], cards: list[ModelCard], choice: DataChoice, place: Place) -> Place:
    """Draw the chosen part; those made of a kept run offer to make a missing one."""
    if place.part == bias_place.SLICES:
        return show_slices(choice, place)
    bias_running.offer(cards, choice)
    if place.part == bias_place.FILES:
        return bias_files.show(found, cards, choice, place)
    draw: dict[str, Callable[[Sequence[Looked], Place], Place]] = {
        bias_place.REWRITES: bias_rewrites.show,
        bias_place.GROUPS: bias_groups.show,
        bias_place.WEAKEST: bias_weak.show,
        bias_place.TOXICITY: bias_toxicity.show,
    }
    return draw[place.part](found, place) if found else place


def show_slices(choice: DataChoice, place: Place) -> Place:
    """Draw the slices of one's own, which are cut from what the models said when they were measured."""
    known = measured.chosen_models()
    if not known:
        measured.offer_missing()
        return place
    return bias_slices.show(known, bias_reviews.of(known, choice), place)


show()

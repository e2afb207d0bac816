"""Bias and slices: whom does it treat differently?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.elements import columns, measured, widgets
from dashboard.records import bias, evaluations
from dashboard.records.bias import Audited
from dashboard.records.evaluations import DataChoice
from dashboard.session import selection
from dashboard.views.bias import groups, reviews, rewrites, running, slices, toxicity, weak
from dashboard.views.bias import place as bias_place
from dashboard.views.bias.place import Place
from sentiment_core.models import ModelCard


def show() -> None:
    chosen = selection.selection()
    cards = [card for card in (chosen.model_a, chosen.model_b) if card]
    st.html(columns.STYLE)
    title, part = columns.beside([3, 8], "head", gap="small", align="bottom")
    title.title("Bias and slices", anchor=False)
    if not cards or chosen.data is None:
        widgets.nothing_measured("No bias measured yet")
        return
    place = bias_place.adopt()
    with part.container(horizontal=True, horizontal_alignment="right"):
        widgets.part_picker(bias_place.PARTS, bias_place.PART, bias_place.part_changed)
    found = bias.audited(cards, chosen.data, evaluations.model_colours())
    bias_place.READER.settle(draw_part(found, cards, chosen.data, place))


def draw_part(found: list[Audited], cards: list[ModelCard], choice: DataChoice, place: Place) -> Place:
    """Draw the chosen part; those that need a stored run offer to make a missing one."""
    if place.part == bias_place.SLICES:
        return show_slices(choice, place)
    running.offer(cards, choice)
    if place.part == bias_place.FILES:
        return running.files(found, cards, choice, place)
    draw: dict[str, Callable[[Sequence[Audited], Place], Place]] = {
        bias_place.REWRITES: rewrites.show,
        bias_place.GROUPS: groups.show,
        bias_place.WEAKEST: weak.show,
        bias_place.TOXICITY: toxicity.show,
    }
    return draw[place.part](found, place) if found else place


def show_slices(choice: DataChoice, place: Place) -> Place:
    """Draw the user's slices, cut from what the models answered when they were measured."""
    known = measured.chosen_models()
    if not known:
        measured.offer_missing()
        return place
    return slices.show(known, reviews.of(known, choice), place)


show()

"""The fields of Experiments: each with its limits, its help, and a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.session import listed
from dashboard.views.experiments import state
from dashboard.views.experiments.plan import preset_settings
from dashboard.views.experiments.state import Named
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import ClassifierFamily, Setting
from sentiment_core.classifiers.transformer.pretrained import EMBEDDED_BASE
from sentiment_core.training.presets import PRESETS, QUICK

BASES = (EMBEDDED_BASE, "distilbert-base-uncased", "roberta-base", "xlm-roberta-base")
LARGEST_SEED = 2**31 - 1
LARGEST_RANK = 256

HELP = {
    "preset": "Settings that go together; picking one fills the fields, and each can then be changed.",
    "data": f"The reviews to learn from: built-in, stored, or a file. {listed.NO_FILES}",
    "base": "The pretrained encoder to start from: one of these, or another hub name. Folders are offered "
    f"once {listed.FILES} names the folder that they are in.",
    "epochs": "Passes over all training reviews; two or three are usual.",
    "learning_rate": "Step size of the weights: 0.0001 suits distilbert-minilm, 0.00002 large bases.",
    "max_length": "How many tokens of a review are read; time grows with it.",
    "truncation": "The part of a long review that is read: its head, or a quarter from the head and the "
    "rest from the tail.",
    "batch_size": "How many reviews make one step; larger needs more memory.",
    "weight_decay": "How strongly weights are pulled toward zero; 0.01 is usual.",
    "warmup_ratio": "Share of the steps during which the learning rate rises to its full value.",
    "label_smoothing": "How much certainty is removed from each label; 0.1 makes a model less sure.",
    "freeze_embeddings": "Do not train the word embeddings: faster, and closer to the base.",
    "adapter_rank": (
        "0 stores the whole weights. A rank stores only the difference from the base, reduced to that rank: "
        "60 takes 5 MB instead of 90 for distilbert-minilm."
    ),
    "train_size": "Learn from a sample of this many reviews, stratified by label; empty means all.",
    "seed": "The same seed and settings give the same model.",
    "alias": "A short name for the model: small letters, digits and '-'; one in use moves to the new model.",
    "family": "Which linear model; each takes about a minute on 20,000 reviews.",
    "trials": "How many settings are tried; three learning rates are always among them.",
    "minutes": "No trial starts after this many minutes; the running one finishes.",
    "members": "Two or more models of the shelf; those that err on different reviews gain most.",
    "families": "Kinds of model to train; each gets a line on the chart.",
    "sizes": "How many reviews are learned from; a smaller sample is part of the larger one.",
    "repeats": "How often each size is trained, each time on other reviews: shows the random variation.",
    "evaluate_on": "Measure each model on a sample of this many test reviews; empty means all.",
    "curve_preset": "Where the transformer takes its settings from, its base among them.",
}

#: First values of the numbers that no preset fills.
FIRST = {"seed": 42, "trials": 10, "minutes": 60, "repeats": 1}


def set_first_values() -> None:
    """Give the fields their first values, where they have none yet."""
    first = {f"experiment_{field}": value for field, value in FIRST.items()}
    for key, value in (_filled(QUICK.name) | first).items():
        st.session_state.setdefault(key, value)


def preset(place: Any) -> str:
    """Draw the choice that fills the others."""
    return str(choice(place, "Preset", "preset", list(PRESETS), on_change=_fill))


def _fill() -> None:
    st.session_state.update(_filled(st.session_state["experiment_preset"]))


def _filled(name: str) -> dict[str, Any]:
    chosen = PRESETS[name]
    values = preset_settings(chosen) | {"data": chosen.data, "train_size": chosen.limit}
    return {f"experiment_{field}": value for field, value in values.items() if field in HELP}


def choice(place: Any, label: str, name: str, options: list[Any], **more: Any) -> Any:
    """Draw a choice of one."""
    return place.selectbox(
        label, options, key=f"experiment_{name}", help=HELP[name], persist_state="session", **more
    )


def several(place: Any, label: str, name: str, options: list[Any], chosen: list[Any], **more: Any) -> Any:
    """Draw a choice of some, `chosen` at first."""
    return place.multiselect(
        label,
        options,
        default=chosen,
        key=f"experiment_{name}",
        help=HELP[name],
        persist_state="session",
        **more,
    )


def members(place: Any) -> tuple[str, ...]:
    """Draw which models are blended, by their ids; at first two of different families."""
    titles = {card.model_id: card.short_name for card in models.list_models() if not card.members}
    newest = {card.family: card.model_id for card in models.list_models() if card.model_id in titles}
    slow_first = sorted(newest, key=lambda family: not FAMILIES[family].slow_to_load)
    first = [newest[family] for family in slow_first][:2]
    return tuple(several(place, "Members", "members", list(titles), first, format_func=titles.get))


def number(place: Any, label: str, name: str, low: float, high: float, step: float, **more: Any) -> Any:
    """Draw a number with its limits; what a preset fills has its first value from there."""
    chosen = place.number_input(
        label,
        low,
        high,
        step=step,
        key=f"experiment_{name}",
        help=f"{HELP[name]} From {low:g} to {high:g}.",
        persist_state="session",
        **more,
    )
    return low if chosen is None else chosen


def limit(place: Any, label: str, name: str, least: int, most: int, step: int) -> int | None:
    """Draw a number that may be left empty: all."""
    chosen = place.number_input(
        label,
        least,
        most,
        None,
        step,
        key=f"experiment_{name}",
        help=HELP[name],
        placeholder="all",
        persist_state="session",
    )
    return None if chosen is None else int(chosen)


def titled(place: Any, label: str, name: str, titles: dict[str, str], *, typed: bool = False) -> str:
    """Draw a choice by titles; one that also takes what is typed, where `typed`."""
    chosen = place.selectbox(
        label,
        list(titles),
        key=f"experiment_{name}",
        help=HELP[name],
        format_func=lambda option: titles.get(option, option),
        accept_new_options=typed,
        persist_state="session",
    )
    return str(chosen or "").strip()


def data(place: Any) -> str:
    """Draw which reviews."""
    return titled(place, "Reviews", "data", state.data_options())


def base(place: Any) -> str:
    """Draw which pretrained encoder."""
    known = {name: name for name in BASES}
    return titled(place, "Base", "base", known | listed.model_folders(), typed=True)


def train_size(place: Any) -> int | None:
    """Draw on how many reviews."""
    return limit(place, "Train size, reviews", "train_size", 4, 1_000_000, 100)


def max_length(place: Any) -> int:
    """Draw how many tokens are read."""
    return int(number(place, "Max length, tokens", "max_length", 16, 512, 16))


def settings(places: Sequence[Any], family: ClassifierFamily) -> dict[str, Any]:
    """Draw what a family can be set to, each setting in a place of its own."""
    return {
        name: _setting(place, f"experiment_{family.name}_{name}", setting, family.default_params[name])
        for place, (name, setting) in zip(places, family.settings.items(), strict=False)
    }


def _setting(place: Any, key: str, setting: Setting, default: Any) -> Any:
    st.session_state.setdefault(key, default)
    if isinstance(default, bool):
        return place.checkbox(setting.label, key=key, help=setting.help, persist_state="session")
    kind = type(default)
    chosen = place.number_input(
        setting.label,
        kind(setting.low),
        kind(setting.high),
        step=kind(setting.step),
        key=key,
        help=f"{setting.help} From {setting.low:g} to {setting.high:g}.",
        persist_state="session",
        **({} if kind is int else {"format": "%g"}),
    )
    return default if chosen is None else chosen


def seed(place: Any) -> int:
    """Draw the seed."""
    return int(number(place, "Seed", "seed", 0, LARGEST_SEED, 1))


def alias(place: Any) -> str:
    """Draw the name that the model gets."""
    named = place.text_input(
        "Alias",
        key="experiment_alias",
        help=HELP["alias"],
        max_chars=40,
        placeholder="none",
        persist_state="session",
    )
    return str(named or "").strip()


def picked_run(label: str, key: str, runs: Sequence[Named]) -> str:
    """Draw the choice of one run among all, the newest first, and return its id."""
    titles = {run.run_id: run.title for run in runs}
    chosen = st.selectbox(
        label,
        list(titles),
        format_func=lambda run_id: titles.get(run_id, run_id),
        key=key,
        label_visibility="collapsed",
    )
    return str(chosen)

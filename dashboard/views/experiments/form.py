"""The form that starts a training: what, on which reviews, with which settings, and how long it will take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.views.experiments import estimate, fields, state
from dashboard.views.experiments import plan as experiments_plan
from dashboard.views.experiments.plan import (
    BLEND,
    TRANSFORMER,
    Blend,
    Curve,
    FineTune,
    Linear,
    Plan,
    Search,
)
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.transformer.reading import TRUNCATIONS
from sentiment_core.search.space import SPACE
from sentiment_core.training import learning_curves
from sentiment_core.training.presets import PRESETS

FINE_TUNE, LINEAR = "Fine-tune a transformer", "Train a linear model"
MIX = "Blend models"
SEARCH, CURVE = "Search for settings", "Learning curve by training size"
CURVE_SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
ONLY_FROZEN = (
    "An adapter is the difference from the base, reduced to its rank. It has no embeddings, so a rank "
    "requires frozen embeddings."
)


def show() -> None:
    """Draw the form, the time that it will take, the button, and the command that it runs."""
    if public_copy.switched_off("experiment-start"):
        return
    kind = st.segmented_control(
        "What",
        [FINE_TUNE, LINEAR, MIX, SEARCH, CURVE],
        default=FINE_TUNE,
        required=True,
        key="experiment_kind",
        label_visibility="collapsed",
        persist_state="session",
    )
    fields.set_first_values()
    forms: dict[str, Callable[[], Plan]] = {
        FINE_TUNE: _fine_tune,
        LINEAR: _linear,
        MIX: _blend,
        SEARCH: _search,
        CURVE: _curve,
    }
    _offer(forms[kind or FINE_TUNE]())


@widgets.show_fixable
def _offer(plan: Plan) -> None:
    """Draw what will be run and the button; instead of it one line where something typed cannot be used."""
    experiments_plan.check(plan)
    facts = state.data_facts(plan.data)
    past = models.list_models()
    expected = estimate.expected(plan, facts, past)
    button, words = st.columns([1, 5], vertical_alignment="center")
    split = " The data has no training split: it is split 80/10/10." if facts.splits_itself else ""
    words.markdown(
        f"**About {format_seconds(expected.seconds)}**: " + escape_markdown(f"{expected.source}.{split}")
    )
    if button.button("Start training", type="primary", icon=":material/play_arrow:", key="experiment-start"):
        widgets.start_job(plan.argv, plan.title)
    with st.expander("Terminal command", icon=":material/terminal:"):
        st.code(experiments_plan.command(plan.argv), language="bash", wrap_lines=True)


# --- a fine-tuning -------------------------------------------------------------------------------


def _fine_tune() -> FineTune:
    field = fields
    first = st.columns(4)
    preset = PRESETS[field.preset(first[0])]
    data, train_size, alias = field.data(first[1]), field.train_size(first[2]), field.alias(first[3])
    about = st.empty()
    second = st.columns(4)
    settings: dict[str, Any] = {
        "base": field.base(second[0]),
        "epochs": float(field.number(second[1], "Epochs", "epochs", 0.5, 20.0, 0.5, format="%g")),
        "learning_rate": float(
            field.number(second[2], "Learning rate", "learning_rate", 1e-6, 1e-3, 1e-5, format="%.6f")
        ),
        "max_length": field.max_length(second[3]),
    }
    with st.expander("More settings", icon=":material/tune:"):
        more, seed = _more_settings()
    settings = experiments_plan.preset_settings(preset) | settings | more
    plan = FineTune(data, settings, train_size, seed, alias)
    about.caption(escape_markdown(_about(plan, preset.name)))
    return plan


def _more_settings() -> tuple[dict[str, Any], int]:
    """Draw what is seldom changed, and the seed."""
    field = fields
    first, second = st.columns(4), st.columns(4, vertical_alignment="bottom")
    settings = {
        "truncation": str(field.choice(first[0], "Truncation", "truncation", list(TRUNCATIONS))),
        "batch_size": int(field.choice(first[1], "Batch size", "batch_size", [8, 16, 32, 64])),
        "weight_decay": _share(first[2], "Weight decay", "weight_decay"),
        "warmup_ratio": _share(first[3], "Warm-up, share of steps", "warmup_ratio"),
        "label_smoothing": _share(second[0], "Label smoothing", "label_smoothing"),
    }
    seed = field.seed(second[1])
    frozen = second[2].checkbox(
        "Freeze embeddings",
        key="experiment_freeze_embeddings",
        help=field.HELP["freeze_embeddings"],
        persist_state="session",
    )
    rank = field.number(
        second[3], "Adapter rank", "adapter_rank", 0, field.LARGEST_RANK, 4, disabled=not frozen
    )
    st.caption(ONLY_FROZEN)
    return settings | {"freeze_embeddings": frozen, "adapter_rank": int(rank) if frozen else 0}, seed


def _share(place: Any, label: str, name: str) -> float:
    return float(fields.number(place, label, name, 0.0, 0.5, 0.01, format="%.2f"))


def _about(plan: FineTune, preset: str) -> str:
    changed = experiments_plan.changed(plan, PRESETS[preset])
    said = f" Changed: {', '.join(changed)}." if changed else ""
    return f"{PRESETS[preset].description}{said}"


# --- the others ----------------------------------------------------------------------------------


def _linear() -> Linear:
    field = fields
    families = [name for name, family in FAMILIES.items() if name != TRANSFORMER and family.learns]
    first = st.columns(4)
    data, family = field.data(first[0]), str(field.choice(first[1], "Family", "family", families))
    train_size, alias = field.train_size(first[2]), field.alias(first[3])
    st.caption(escape_markdown(FAMILIES[family].description))
    with st.expander("More settings", icon=":material/tune:"):
        rows = math.ceil((len(FAMILIES[family].settings) + 1) / 4)
        places = [place for _ in range(rows) for place in st.columns(4, vertical_alignment="bottom")]
        settings = field.settings(places, FAMILIES[family])
        seed = field.seed(places[len(settings)])
    return Linear(data, family, train_size, seed, alias, settings)


def _blend() -> Blend:
    field = fields
    first = st.columns([1, 2, 1])
    data = field.data(first[0])
    members = field.members(first[1])
    alias = field.alias(first[2])
    st.caption(escape_markdown(FAMILIES[BLEND].description))
    with st.expander("More settings", icon=":material/tune:"):
        settings = field.settings(st.columns(4, vertical_alignment="bottom"), FAMILIES[BLEND])
    return Blend(data, members, alias, settings)


def _search() -> Search:
    field = fields
    first, second = st.columns(4), st.columns(4)
    plan = Search(
        data=field.data(first[0]),
        base=field.base(first[1]),
        train_size=field.train_size(first[2]),
        alias=field.alias(first[3]),
        trials=int(field.number(second[0], "Trials", "trials", 3, 200, 1)),
        minutes=int(field.number(second[1], "Minutes", "minutes", 5, 2880, 5)),
        max_length=field.max_length(second[2]),
        seed=field.seed(second[3]),
    )
    searched = [name.replace("_", " ") for name in SPACE if name != "max_length"]
    st.caption(f"Searched: {', '.join(searched)}. The trial that validates best goes on the shelf.")
    return plan


def _curve() -> Curve:
    field = fields
    first, second = st.columns([1, 2, 1]), st.columns([2, 1, 1])
    data = field.data(first[0])
    learning = [name for name, family in FAMILIES.items() if family.learns]
    families = field.several(first[1], "Families", "families", learning, ["tfidf", "nbsvm"])
    preset = field.choice(
        first[2],
        "Transformer's settings",
        "curve_preset",
        list(PRESETS),
        disabled=TRANSFORMER not in families,
    )
    return Curve(
        data=data,
        families=tuple(families),
        preset=str(preset),
        sizes=tuple(
            field.several(
                second[0],
                "Sizes, training reviews",
                "sizes",
                list(CURVE_SIZES),
                list(learning_curves.SIZES),
                format_func="{:,}".format,
            )
        ),
        repeats=int(field.number(second[1], "Repeats", "repeats", 1, 10, 1)),
        evaluate_on=field.limit(second[2], "Measure on, test reviews", "evaluate_on", 50, 25_000, 50),
    )

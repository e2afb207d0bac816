"""The form that starts a training: what, on which reviews, with which settings, and how long it will take."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import experiments_estimate, experiments_plan, experiments_state, widgets
from dashboard.experiments_plan import FineTune, Linear, Plan, Search
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.pretrained import EMBEDDED_BASE
from sentiment_core.classifiers.reading import TRUNCATIONS

FINE_TUNE, LINEAR, SEARCH = "Fine-tune a transformer", "Train a linear model", "Search for settings"
BASES = (EMBEDDED_BASE, "distilbert-base-uncased", "roberta-base", "xlm-roberta-base")
LARGEST_SEED = 2**31 - 1

HELP = {
    "data": "The reviews to learn from: one of these, or the path of a .csv, .tsv, .jsonl or .parquet file.",
    "base": "The pretrained encoder to start from: one of these, another hub name, or the path of a folder.",
    "epochs": "How often the training goes through all reviews; two or three are usual.",
    "learning_rate": "How far a step moves the weights: 0.0001 suits distilbert-minilm, 0.00002 large bases.",
    "max_length": "How many tokens of a review are read; time grows with it.",
    "truncation": "What is read of a long review: its head, or a quarter of it and the rest from the tail.",
    "batch_size": "How many reviews make one step; larger needs more memory.",
    "freeze": "Keep the word embeddings as they are: faster, and the change from the base becomes small.",
    "train_size": "Learn from a sample of this many reviews, stratified by label; empty means all.",
    "seed": "The same seed and settings give the same model.",
    "alias": "A short name for the model: small letters, digits and '-'; one in use moves to the new model.",
    "family": "Which linear model; each takes about a minute on 20,000 reviews.",
    "trials": "How many settings are tried; three learning rates are always among them.",
    "minutes": "No trial begins after this many minutes; the one under way is finished.",
}


def show() -> None:
    """Draw the form, the command that it makes, the time that it will take, and the button."""
    kind = st.segmented_control(
        "What",
        [FINE_TUNE, LINEAR, SEARCH],
        default=FINE_TUNE,
        required=True,
        key="experiment_kind",
        label_visibility="collapsed",
        persist_state="session",
    )
    plan = {FINE_TUNE: _fine_tune, LINEAR: _linear, SEARCH: _search}[kind or FINE_TUNE]()
    _offer(plan)


@widgets.show_mendable
def _offer(plan: Plan) -> None:
    """Draw what will be run and the button; instead of it one line where something typed cannot be used."""
    experiments_plan.check(plan)
    facts = experiments_state.data_facts(plan.data)
    past = models.list_models()
    expected = experiments_estimate.expected(plan, facts, past)
    st.code(experiments_plan.command(plan.argv), language="bash", wrap_lines=True)
    button, words = st.columns([1, 5], vertical_alignment="center")
    split = " The data has no training split: it is split 80/10/10." if facts.splits_itself else ""
    words.markdown(
        f"**About {format_seconds(expected.seconds)}**, " + escape_markdown(f"{expected.source}.{split}")
    )
    if button.button("Start", type="primary", icon=":material/play_arrow:", key="experiment-start"):
        widgets.start_job(plan.argv, plan.title)


def _fine_tune() -> FineTune:
    first, second, third = (st.columns(4) for _ in range(3))
    return FineTune(
        data=_data(first[0]),
        base=_base(first[1]),
        train_size=_train_size(first[2]),
        alias=_alias(first[3]),
        epochs=_number(second[0], "Epochs", "epochs", 0.5, 20.0, 2.0, 0.5, format="%g"),
        learning_rate=_number(
            second[1], "Learning rate", "learning_rate", 1e-6, 1e-3, 1e-4, 1e-5, format="%.6f"
        ),
        max_length=_max_length(second[2]),
        truncation=str(_choice(second[3], "Truncation", "truncation", list(TRUNCATIONS), index=1)),
        batch_size=int(_choice(third[0], "Batch size", "batch_size", [8, 16, 32, 64], index=1)),
        seed=_seed(third[1]),
        freeze_embeddings=third[2].checkbox(
            "Freeze embeddings", key="experiment_freeze", help=HELP["freeze"], persist_state="session"
        ),
    )


def _linear() -> Linear:
    families = [name for name in FAMILIES if name != "transformer"]
    first, second = st.columns(4), st.columns(4)
    return Linear(
        data=_data(first[0]),
        family=str(_choice(first[1], "Family", "family", families)),
        train_size=_train_size(first[2]),
        alias=_alias(first[3]),
        seed=_seed(second[0]),
    )


def _search() -> Search:
    first, second = st.columns(4), st.columns(4)
    return Search(
        data=_data(first[0]),
        base=_base(first[1]),
        train_size=_train_size(first[2]),
        alias=_alias(first[3]),
        trials=int(_number(second[0], "Trials", "trials", 3, 200, 10, 1)),
        minutes=int(_number(second[1], "Minutes", "minutes", 5, 2880, 60, 5)),
        max_length=_max_length(second[2]),
        seed=_seed(second[3]),
    )


def _data(place: Any) -> str:
    titles = experiments_state.data_options()
    return _typed(place, "Reviews", "data", titles)


def _base(place: Any) -> str:
    return _typed(place, "Base", "base", {base: base for base in BASES})


def _typed(place: Any, label: str, name: str, titles: dict[str, str]) -> str:
    """Draw a choice that also takes what is typed."""
    chosen = place.selectbox(
        label,
        list(titles),
        key=f"experiment_{name}",
        help=HELP[name],
        format_func=lambda option: titles.get(option, option),
        accept_new_options=True,
        persist_state="session",
    )
    return str(chosen or "").strip()


def _choice(place: Any, label: str, name: str, options: list[Any], index: int = 0) -> Any:
    return place.selectbox(
        label,
        options,
        index=index,
        key=f"experiment_{name}",
        help=HELP[name],
        persist_state="session",
    )


def _number(
    place: Any, label: str, name: str, low: float, high: float, value: float, step: float, **more: Any
) -> float:
    chosen = place.number_input(
        label,
        low,
        high,
        value,
        step,
        key=f"experiment_{name}",
        help=f"{HELP[name]} From {low:g} to {high:g}.",
        persist_state="session",
        **more,
    )
    return value if chosen is None else float(chosen)


def _max_length(place: Any) -> int:
    return int(_number(place, "Max length, tokens", "max_length", 16, 512, 128, 16))


def _train_size(place: Any) -> int | None:
    chosen = place.number_input(
        "Train size, reviews",
        4,
        1_000_000,
        1_600,
        100,
        key="experiment_train_size",
        help=HELP["train_size"],
        placeholder="all",
        persist_state="session",
    )
    return None if chosen is None else int(chosen)


def _seed(place: Any) -> int:
    return int(_number(place, "Seed", "seed", 0, LARGEST_SEED, 42, 1))


def _alias(place: Any) -> str:
    typed = place.text_input(
        "Alias",
        key="experiment_alias",
        help=HELP["alias"],
        max_chars=40,
        placeholder="none",
        persist_state="session",
    )
    return str(typed or "").strip()

"""The part of Evaluate about a model that answers only what it is sure of, also under attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.elements.measured import Measured
from dashboard.records import abstention, attacks
from dashboard.views.evaluate import charts, wording
from dashboard.views.evaluate import state as evaluate_state
from dashboard.views.evaluate.state import ATTACK, ERRORS, NO_ATTACK, Kept
from dashboard.wording import escape_markdown
from sentiment_core.abstention import thresholds

Models = Sequence[Measured]


def draw(models: Models, reviews: Kept) -> None:
    """Draw accuracy against the share that is answered, and the rule for the chosen error rate."""
    recipe, runs = _attack_control(models, reviews)
    frames = {model.name: evaluate_state.risk_coverage(model.run_id, reviews) for model in models}
    colours = {model.name: model.colour for model in models}
    sentences = [_gain(model, reviews) for model in models]
    attacked = {
        f"{model.name}, attacked": (model, evaluate_state.under_attack(runs[model.card.model_id]))
        for model in models
        if model.card.model_id in runs
    }
    for name, (model, found) in attacked.items():
        frames[name], colours[name] = found.curve, model.colour
        kept = found.selective
        who = f"Under {recipe}, {model.name}"
        sentences.append(wording.selective(who, kept.everything, kept.surest, "texts"))
    widgets.chart_with_table(
        drawn(charts.risk_coverage, frames, colours, tuple(attacked)),
        pd.concat([frame.assign(model=name) for name, frame in frames.items()]),
        key="risk-coverage",
        caption=" ".join(sentences),
    )
    if attacked:
        st.caption(
            "These attacks stop at the first wrong answer, where a model is unsure; one that went on "
            "would find more texts that the model answers, wrongly."
        )
    _show_rules(models, reviews, recipe, {model.run_id: found for model, found in attacked.values()})


def _gain(model: Measured, reviews: Kept) -> str:
    found = evaluate_state.selective(model.run_id, reviews)
    return wording.selective(model.name, found.everything, found.surest)


# --- under attack --------------------------------------------------------------------------------


def _attack_control(models: Models, reviews: Kept) -> tuple[str, Mapping[str, str]]:
    """Draw which attack's texts are shown too, and return its title and its newest run by model id."""
    found = {} if reviews is not None else evaluate_state.attacks_on(models)
    if not found:
        return "", {}
    here = evaluate_state.here().attack
    options = [*found, NO_ATTACK]
    st.session_state[ATTACK] = here if here in options else options[0]
    titles = {recipe: _title(recipe) for recipe in found} | {NO_ATTACK: "no attack"}
    st.selectbox(
        "Also under attack by",
        options,
        key=ATTACK,
        format_func=lambda recipe: escape_markdown(titles[recipe]),
        on_change=lambda: evaluate_state.go(attack=st.session_state[ATTACK]),
        width=320,
    )
    chosen = st.session_state[ATTACK]
    return titles[chosen], found.get(chosen, {})


def _title(recipe: str) -> str:
    known = attacks.recipes().get(recipe)
    return known.title if known else recipe


# --- rules ---------------------------------------------------------------------------------------


def _show_rules(
    models: Models, reviews: Kept, recipe: str, attacked: Mapping[str, evaluate_state.UnderAttack]
) -> None:
    st.session_state[ERRORS] = evaluate_state.here().errors
    st.segmented_control(
        "Wrong answers accepted",
        abstention.ERROR_RATES,
        key=ERRORS,
        format_func=lambda rate: f"{100 * rate:g} %",
        required=True,
        on_change=lambda: evaluate_state.go(errors=st.session_state[ERRORS]),
    )
    error_rate = evaluate_state.here().errors
    for model in models:
        found = abstention.evaluation_of(model.card)
        if found is None:
            _offer(model)
            continue
        said = evaluate_state.abstaining(model.run_id, found.run_id, error_rate, reviews)
        on = "these very" if found.run_id == model.run_id else "validation"
        sentence = wording.abstaining(model.name, said.rule, said.held, on)
        if model.run_id in attacked and said.rule.defined:
            held = thresholds.held(said.rule, *attacked[model.run_id].answers)
            sentence += wording.abstaining_under(recipe, held)
        st.caption(escape_markdown(sentence))
        st.caption(escape_markdown(wording.either(model.name, 1 - error_rate, said.sets)))


def _offer(model: Measured) -> None:
    """Say that a threshold needs predictions of validation reviews, and offer to make them."""
    argv = abstention.measuring(model.card)
    said = f"{model.name}: a threshold is fitted to validation reviews, and it has not predicted any"
    if argv is None:
        st.caption(escape_markdown(f"{said}; those that it was trained with are not in this workspace."))
        return
    st.caption(escape_markdown(f"{said}."))
    if not widgets.anything_running() and public_copy.button(
        f"Predict {escape_markdown(model.name)}'s validation reviews",
        key=f"validation-{model.card.model_id}",
        icon=":material/play_arrow:",
    ):
        widgets.start_job(argv, f"Measure {model.name} on validation reviews")

"""The Evaluate page's controls: the threshold with its suggestions, and confusion tables made of links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import navigation
from dashboard.charts import translucent
from dashboard.elements.measured import Measured
from dashboard.session import desk_place, selection
from dashboard.views.evaluate import state as evaluate_state
from dashboard.views.evaluate.state import Kept
from dashboard.wording import escape_markdown
from sentiment_core.evaluation.review_order import ABOUT_REVIEWS, Filters

#: The outcome filter on Errors that each cell links to; its name in words is the cell's label.
CELLS = {"tn": "true-negatives", "fp": "false-positives", "fn": "false-negatives", "tp": "true-positives"}
SUGGESTIONS = "evaluate_suggestions"
COLUMN_WIDTHS = [1.1, 1.3, 1.3]


def threshold_row(first: Measured, reviews: Kept) -> float:
    """Draw the threshold, to slide or to type, and buttons for those that the first model suggests."""
    threshold = evaluate_state.here().threshold
    keys = evaluate_state.THRESHOLD, evaluate_state.TYPED
    for key in keys:
        st.session_state[key] = threshold
    slider, typed, *buttons = st.columns([4, 1.4, 1, 2, 2.3], vertical_alignment="bottom", gap="small")
    slider.slider(
        "Threshold: positive from this probability on",
        0.0,
        1.0,
        key=evaluate_state.THRESHOLD,
        step=0.001,
        format="%.3f",
        on_change=lambda: _moved(evaluate_state.THRESHOLD),
    )
    typed.number_input(
        "Threshold",
        0.0,
        1.0,
        key=evaluate_state.TYPED,
        step=0.001,
        format="%.3f",
        label_visibility="collapsed",
        on_change=lambda: _moved(evaluate_state.TYPED),
    )
    offers = {"0.5": 0.5} | evaluate_state.suggestions(first.run_id, *evaluate_state.costs(), reviews)
    for column, (title, offered) in zip(buttons, offers.items(), strict=True):
        with column:
            suggestion_button(first, title, offered, threshold)
    return threshold


def _moved(key: str) -> None:
    """Go to the threshold that one of the two controls says; an emptied field changes nothing."""
    said = st.session_state[key]
    _use(evaluate_state.here().threshold if said is None else said)


def _use(threshold: float) -> None:
    evaluate_state.go(threshold=round(float(threshold), 3))


def suggestion_button(model: Measured, title: str, threshold: float, chosen: float) -> None:
    """Draw a button that moves the slider to a suggested threshold."""
    st.button(
        title if title == "0.5" else f"{title} {threshold:.3f}",
        key=f"suggest-{model.card.model_id}-{title}",
        on_click=_use,
        args=(threshold,),
        disabled=threshold == chosen,
        help=f"Move the threshold to {threshold:.3f}"
        + ("" if title == "0.5" else f", for {escape_markdown(model.name)}"),
        width="stretch",
        wrap=False,
    )


def cost_inputs() -> None:
    """Draw the inputs for the cost of each kind of error."""
    costs = zip(evaluate_state.costs(), (evaluate_state.COST_FP, evaluate_state.COST_FN), strict=True)
    for (cost, key), title in zip(costs, ("positive", "negative"), strict=True):
        st.session_state[key] = cost
        highest = evaluate_state.HIGHEST_COST
        st.number_input(
            f"Cost of a false {title}", 0.0, highest, key=key, step=1.0, format="%g", on_change=_costs_set
        )


def _costs_set() -> None:
    said = (st.session_state[key] or 0.0 for key in (evaluate_state.COST_FP, evaluate_state.COST_FN))
    false_positive, false_negative = said
    evaluate_state.go(cost_fp=float(false_positive), cost_fn=float(false_negative))


def suggestions_table(models: Sequence[Measured], reviews: Kept) -> None:
    """Draw the results of each suggested threshold; selecting a row moves the slider there."""
    table = evaluate_state.suggestions_table(models, *evaluate_state.costs(), reviews)
    st.dataframe(
        table,
        hide_index=True,
        key=SUGGESTIONS,
        on_select=partial(_use_picked, table["threshold"].tolist()),
        selection_mode="single-cell",
        column_config={
            "threshold": st.column_config.NumberColumn("threshold", format="%.3f"),
            "F1": st.column_config.NumberColumn("F1", format="%.1f %%"),
            "cost per review": st.column_config.NumberColumn("cost per review", format="%.4f"),
        },
        alt="Results of each suggested threshold; select a row to use its threshold",
    )


def _use_picked(thresholds: Sequence[float]) -> None:
    cells = st.session_state[SUGGESTIONS]["selection"]["cells"]
    if cells:
        _use(thresholds[cells[0][0]])


def confusion_table(model: Measured, cells: Mapping[str, float], threshold: float, place: int) -> None:
    """Draw one model's four counts; each cell opens the reviews behind it on Errors."""
    st.html(_cell_style(model.colour, place))
    with st.container(key=f"confusion-{place}", gap="xxsmall"):
        name, *heads = st.columns(COLUMN_WIDTHS, vertical_alignment="bottom", gap="xsmall")
        name.markdown(f"**{escape_markdown(model.name)}**")
        for column, label in zip(heads, ("negative", "positive"), strict=True):
            column.caption(f"predicted {label}", text_alignment="center")
        for label, pair in (("negative", ("tn", "fp")), ("positive", ("fn", "tp"))):
            _confusion_row(model, label, {cell: int(cells[cell]) for cell in pair}, threshold, place)


def _confusion_row(
    model: Measured, label: str, counts: Mapping[str, int], threshold: float, place: int
) -> None:
    head, *columns = st.columns(COLUMN_WIDTHS, vertical_alignment="center", gap="xsmall")
    total = sum(counts.values())
    head.caption(f"{label}  \nn = {total:,}")
    for column, (cell, count) in zip(columns, counts.items(), strict=True):
        share = f" · {100 * count / total:.1f} %" if total else ""
        with column.container(key=f"cell-{place}-{cell}"):
            st.page_link(
                navigation.known_pages()["errors"],
                label=f"**{count:,}{share}** {CELLS[cell].replace('-', ' ')}",
                icon="",  # the page's own icon and tooltip would repeat in every cell
                help="",
                query_params=errors_params(model, Filters(outcome=CELLS[cell]), threshold),
                width="stretch",
            )


def errors_params(model: Measured, filters: Filters, threshold: float) -> dict[str, str]:
    """Return a link's parameters that open Errors with this model first; the other becomes the second."""
    about = {name: getattr(evaluate_state.here().filters, name) for name in ABOUT_REVIEWS}
    params = desk_place.link_params(replace(filters, **about), threshold)
    chosen = [
        card.model_id for card in (selection.selection().model_a, selection.selection().model_b) if card
    ]
    others = [model_id for model_id in chosen if model_id != model.card.model_id]
    return (
        params | {selection.MODEL_A: model.card.model_id} | ({selection.MODEL_B: others[0]} if others else {})
    )


def _cell_style(colour: str, place: int) -> str:
    """Return the style of the cells: bordered like a table, errors tinted in the model's color."""
    cell, tint = f".st-key-confusion-{place}", translucent(colour, 0.16)
    errors = ", ".join(f".st-key-cell-{place}-{name} a" for name in ("fp", "fn"))
    return (
        f"<style>{cell} a {{border: 1px solid color-mix(in srgb, currentColor 20%, transparent);"
        "border-radius: 0.4rem; justify-content: center; padding: 0.35rem 0.25rem; text-align: center;"
        "font-variant-numeric: tabular-nums;}"
        f"{cell} a p {{font-size: 0.78rem; line-height: 1.3;}}"
        f"{cell} a strong {{display: block; font-size: 0.95rem;}}"
        f"{errors} {{background: {tint};}}"
        # It stays a table where other columns go below each other.
        f"{cell} [data-testid='stHorizontalBlock'] {{flex-wrap: nowrap;}}"
        f"{cell} [data-testid='stColumn'] {{min-width: 0;}}"
        f"{cell} [data-testid='stMarkdown'] p {{overflow-wrap: anywhere; line-height: 1.3;}}"
        "</style>"
    )


def disagreement_links(models: Sequence[Measured], threshold: float, reviews: Kept) -> None:
    """Draw where two models differ, each count a link to its reviews."""
    first, second = models
    counts = evaluate_state.comparison_at(first.run_id, second.run_id, threshold, reviews)
    rows = (
        (
            f"only {first.name} is wrong",
            counts.only_b_right,
            Filters(outcome="errors", agreement="disagree", sort="disagreement"),
        ),
        (
            f"only {second.name} is wrong",
            counts.only_a_right,
            Filters(outcome="correct", agreement="disagree", sort="disagreement"),
        ),
        ("both are wrong", counts.both_wrong, Filters(outcome="errors", agreement="agree")),
        ("both are right", counts.both_right, Filters(outcome="correct", agreement="agree")),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Read the reviews:", width="content")
        for words, count, filters in rows:
            st.page_link(
                navigation.known_pages()["errors"],
                label=f"{escape_markdown(words)} **{count:,}**",
                icon="",
                help="",
                query_params=errors_params(first, filters, threshold),
            )

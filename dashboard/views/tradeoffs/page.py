"""Trade-offs: what a smaller or faster model costs in accuracy, calibration, robustness and bias."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.elements import page_links, public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import evaluations
from dashboard.records.evaluations import DataChoice
from dashboard.session import selection
from dashboard.views.tradeoffs import drawing, figures, place, smaller, verdicts
from dashboard.views.tradeoffs.figures import COSTS, KEPT, QUANTITIES, Row
from dashboard.views.tradeoffs.place import Place
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models, promotions
from sentiment_core.models import ModelCard

SECONDS_A_NETWORK, SECONDS_ANOTHER = 40.0, 3.0


@widgets.show_fixable
def show() -> None:
    cards, choice = models.list_models(), selection.selection().data
    title, measured = st.columns([1, 2], vertical_alignment="bottom")
    title.title("Trade-offs", anchor=False)
    if not cards or choice is None:
        widgets.nothing_measured("No model to weigh yet")
        return
    measured.caption(escape_markdown(f"measured on {choice.title}"), text_alignment="right")
    at = place.adopt()
    baseline = _baseline(at, cards, choice)
    rows = figures.rows(cards, choice, baseline)
    st.markdown(f"**{escape_markdown(answer(rows, at))}**")
    _pickers(at, cards, baseline)
    _chart(rows, at)
    _table(rows, baseline)
    _timing(cards, rows, choice)
    verdicts.show(cards)
    smaller.show(cards, baseline, choice)
    place.settle(at)


def answer(rows: Sequence[Row], at: Place) -> str:
    """Return in a sentence what the smallest and the best of the unbeaten models keep."""
    best = figures.unbeaten(rows, at.cost, at.keeps)
    cost, keeps = QUANTITIES[at.cost], QUANTITIES[at.keeps]
    if not best:
        what = f"{cost.title[:1].lower()}{cost.title[1:]} and {keeps.title[:1].lower()}{keeps.title[1:]}"
        return f"No model has both figures yet: {what}."
    low, top = best[0], best[-1]
    said = f"{low.name} costs least: {drawing.written(low.figures[at.cost], cost)}, "
    said += f"{keeps.title.lower() if at.keeps != 'ece' else 'ECE'} "
    said += drawing.written(low.figures[at.keeps], keeps)
    if low is top:
        return f"{said}, and no other is better."
    more = top.figures[at.cost].value / low.figures[at.cost].value
    reached = drawing.written(top.figures[at.keeps], keeps)
    return f"{said}. {top.name} reaches {reached} at {more:,.3g} times that cost."


def _baseline(at: Place, cards: Sequence[ModelCard], choice: DataChoice) -> ModelCard:
    """Return the model of the address, else the current one, else the most accurate."""
    by_id = {card.model_id: card for card in cards}
    named = by_id.get(models.aliases().get(at.baseline, at.baseline))
    return named or promotions.current() or max(cards, key=lambda card: _accuracy(card, choice))


def _accuracy(card: ModelCard, choice: DataChoice) -> float:
    evaluation = evaluations.evaluation_of(card.model_id, choice)
    return evaluation.metrics["accuracy"].value if evaluation else -1.0


def _pickers(at: Place, cards: Sequence[ModelCard], baseline: ModelCard) -> None:
    names = {card.model_id: card.short_name for card in cards}
    state = st.session_state
    state[place.COST], state[place.KEEPS], state[place.BASELINE] = at.cost, at.keeps, baseline.model_id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, key, options in (("Cost", place.COST, COSTS), ("What is kept", place.KEEPS, KEPT)):
            titles = {name: quantity.title for name, quantity in options.items()}
            st.selectbox(
                label,
                list(titles),
                key=key,
                format_func=titles.__getitem__,
                on_change=place.picked,
                width=280,
            )
        st.selectbox(
            "Baseline of the gate",
            list(names),
            key=place.BASELINE,
            format_func=names.__getitem__,
            on_change=place.picked,
            width=280,
        )


def _chart(rows: Sequence[Row], at: Place) -> None:
    best = figures.unbeaten(rows, at.cost, at.keeps)
    if not best:
        return
    better = "upper left" if QUANTITIES[at.keeps].more_is_better else "lower left"
    caption = (
        f"Better is to the {better}; bars are 95 % intervals. The dotted line joins the models that no other "
        f"beats in both: {', '.join(row.name for row in best)}. It goes by the figures, not by their "
        "intervals."
    )
    figure = drawn(drawing.chart, rows, best, at.cost, at.keeps, evaluations.model_colours())
    widgets.chart_with_table(figure, figures.table(rows), key="tradeoffs", caption=caption)


def _table(rows: Sequence[Row], baseline: ModelCard) -> None:
    first = next(row for row in rows if row.card.model_id == baseline.model_id)
    shared = selection.shared_params()
    st.html(drawing.table_html(rows, first, evaluations.model_colours(), shared))
    page_links.enable()
    st.caption(
        escape_markdown(
            f"Gate: whether the model may replace {baseline.short_name}, by stated margins over nine "
            "criteria; a link opens the decision, or the page that makes it. Time: the median over "
            "rounds in which all models took turns in one process. n is in the table above and in the hints."
        )
    )


def _timing(cards: Sequence[ModelCard], rows: Sequence[Row], choice: DataChoice) -> None:
    """Offer to time the models where one was not, or show the job that does."""
    left = [row.name for row in rows if not row.figures["milliseconds"].defined]
    if not left or widgets.anything_running() or public_copy.switched_off("tradeoffs-time"):
        return
    seconds = sum(SECONDS_A_NETWORK if card.asks_a_network else SECONDS_ANOTHER for card in cards)
    with st.container(horizontal=True, vertical_alignment="center"):
        if public_copy.button("Time all models together", key="tradeoffs-time", icon=":material/timer:"):
            ids = [card.model_id for card in cards]
            argv = ["latency", "--models", *ids, "--data", choice.argument, "--split", choice.split]
            widgets.start_job(argv, "Time the models together")
        st.caption(
            escape_markdown(
                f"Not timed beside the others: {', '.join(left)}. About {format_seconds(seconds)}; it "
                "keeps running if you leave the page."
            ),
            width="stretch",
        )


show()

"""Evaluate: where does a model err, and at which threshold?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import measured, review_filters, widgets
from dashboard.elements.figures import drawn
from dashboard.elements.measured import Measured
from dashboard.records.evaluations import DataChoice
from dashboard.session import elsewhere, selection
from dashboard.views.evaluate import abstaining, calibrated, charts, metric_table, wording
from dashboard.views.evaluate import state as evaluate_state
from dashboard.views.evaluate import widgets as evaluate_widgets
from dashboard.views.evaluate.metric_table import Column
from dashboard.views.evaluate.state import Kept
from dashboard.wording import escape_markdown
from sentiment_core.evaluation import breakdowns, suggestions
from sentiment_core.evaluation.comparison import Comparison
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.metrics import METRICS

Models = Sequence[Measured]
#: One frame per model, by its name in the legend.
Frames = dict[str, pd.DataFrame]
POLL_SECONDS = 1.0


def show() -> None:
    models = measured.chosen_models()
    choice = selection.selection().data
    if not models or choice is None:
        st.title("Evaluate", anchor=False)
        measured.offer_missing()
        return
    reviews = show_head(models, choice)
    measured.offer_missing()
    n = choice.n if reviews is None else len(reviews.ids)
    if n == 0:
        show_nothing_matches()
    else:
        show_seen(models, reviews)
        show_at_threshold(models, reviews)
        show_calibration(models, reviews)
        show_abstaining(models, reviews)
        show_probability_metrics(models, reviews)
    evaluate_state.settle()


def show_head(models: Models, choice: DataChoice) -> Kept:
    """Draw the title, which reviews the figures are of, and the filters; return the reviews."""
    st.space("xxsmall")  # what is higher than the title would be under Streamlit's own bar
    title, said, control = st.columns([2, 5, 2], vertical_alignment="bottom")
    title.title("Evaluate", anchor=False)
    offered = review_filters.offer(models)
    place = evaluate_state.adopt()
    filters = review_filters.keep_valid(place.filters, offered)
    if filters != place.filters:
        evaluate_state.READER.move(replace(place, filters=filters))
    review_filters.draw("evaluate", filters, offered, change, place=control, search=True)
    reviews = evaluate_state.kept(models, filters)
    words = choice.title
    if reviews is not None:
        about = review_filters.in_words(filters)
        words = f"{choice.short_title}, {len(reviews.ids):,} of {choice.n:,} reviews: {about}"
    said.caption(escape_markdown(words), text_alignment="right")
    return reviews


def change(filters: Filters) -> None:
    """Show the figures of other reviews."""
    evaluate_state.go(filters=filters.about_reviews)


def show_nothing_matches() -> None:
    with st.container(border=True):
        st.write("No reviews match these filters.")
        st.button(
            "Clear the filters",
            on_click=lambda: evaluate_state.go(filters=Filters(outcome="all")),
            icon=":material/filter_alt_off:",
        )


def show_seen(models: Models, reviews: Kept) -> None:
    """Say where a model was trained on some of these reviews, and offer the figures without them."""
    for model in models:
        elsewhere.show_spent(model.name, model.evaluation.manifest)
    if reviews is not None and reviews.filters.training != "any":
        return
    told = [(model, seen) for model in models if (seen := model.evaluation.seen) and seen.count]
    for model, seen in told:
        st.caption(f":material/warning: {escape_markdown(f'{model.name}: {seen.sentence}.')}")
    if told:
        st.button(
            "Leave these reviews out",
            key="evaluate-unseen",
            on_click=lambda: change(replace(evaluate_state.here().filters, training="unseen")),
        )


@st.fragment
@widgets.show_fixable
def show_at_threshold(models: Models, reviews: Kept) -> None:
    """Draw everything that depends on the threshold; a fragment, so that the slider redraws nothing else."""
    answer = st.empty()
    threshold = evaluate_widgets.threshold_row(models[0], reviews)
    answer.markdown(f"**{escape_markdown(answer_in_words(models, threshold, reviews))}**")
    tables, curves = st.columns([4, 7], gap="medium")
    with tables:
        for place, model in enumerate(models):
            cells = evaluate_state.at(model.run_id, threshold, reviews)
            evaluate_widgets.confusion_table(model, cells, threshold, place)
        show_operating_points(models, threshold, reviews)
    with curves:
        show_curves(models, threshold, reviews)
    show_metrics(models, threshold, reviews)
    show_suggestions(models, reviews)
    show_scores(models, threshold, reviews)
    show_groups(models, threshold, reviews)
    evaluate_state.settle()


def answer_in_words(models: Models, threshold: float, reviews: Kept) -> str:
    """Return the page's answer: the paired test of two models, or how a single model errs."""
    first = models[0]
    if len(models) > 1:
        compared = evaluate_state.comparison_at(first.run_id, models[1].run_id, threshold, reviews)
        return compared.sentence(first.name, models[1].name)
    metrics = evaluate_state.metrics_at(first.run_id, threshold, reviews)
    return wording.alone(first.name, metrics, evaluate_state.at(first.run_id, threshold, reviews))


def show_curves(models: Models, threshold: float, reviews: Kept) -> None:
    at = {model.name: evaluate_state.at(model.run_id, threshold, reviews) for model in models}
    colours = colours_of(models)
    figures = {
        "ROC": drawn(charts.roc, of_each(models, evaluate_state.roc, reviews), at, colours),
        "Precision-recall": drawn(
            charts.precision_recall, of_each(models, evaluate_state.precision_recall, reviews), at, colours
        ),
    }
    for column, (title, figure) in zip(st.columns(2), figures.items(), strict=True):
        column.caption(f"**{title}**")
        column.plotly_chart(
            figure,
            key=title,
            config={"displayModeBar": False},
            alt=f"{title} curve; the dot is the threshold",
        )
    with st.expander("Table", icon=":material/table:"):
        tables = of_each(models, evaluate_state.operating_points_table, reviews)
        st.dataframe(beside(tables), hide_index=True, key="curves-table")


def show_operating_points(models: Models, threshold: float, reviews: Kept) -> None:
    """Say what the dots on the curves mean."""
    for model in models:
        metrics = evaluate_state.metrics_at(model.run_id, threshold, reviews)
        st.caption(escape_markdown(wording.operating_point(model.name, threshold, metrics)))


def show_metrics(models: Models, threshold: float, reviews: Kept) -> None:
    st.header("At this threshold", anchor=False)
    columns = []
    for model in models:
        now = evaluate_state.metrics_at(model.run_id, threshold, reviews)
        columns.append(Column(f"{model.name} at {threshold:.3f}", now, model.colour))
        if threshold != 0.5:
            columns.append(Column("at 0.5", evaluate_state.metrics(model.run_id, reviews)))
    if len(models) > 1:
        compared = evaluate_state.comparison_at(models[0].run_id, models[1].run_id, threshold, reviews)
        columns.append(difference_column(models, compared))
    draw_metrics(evaluate_state.COUNT_METRICS, columns)
    if len(models) > 1:
        evaluate_widgets.disagreement_links(models, threshold, reviews)


def draw_metrics(metrics: Sequence[str], columns: Sequence[Column]) -> None:
    st.html(metric_table.table_html(metrics, columns))
    with st.expander("What each metric means", icon=":material/help:"):
        for name in metrics:
            metric = METRICS[name]
            st.markdown(f"**{escape_markdown(metric.title)}** {escape_markdown(metric.description)}")


def difference_column(models: Models, compared: Comparison) -> Column:
    """Return the column with the second model's figures minus the first's."""
    head = f"{models[1].name} \u2212 {models[0].name}"
    return Column(head, compared.differences, difference=True)


def show_suggestions(models: Models, reviews: Kept) -> None:
    st.header("Which threshold?", anchor=False)
    costs, table = st.columns([1, 3], gap="large")
    with costs:
        evaluate_widgets.cost_inputs()
    with table:
        evaluate_widgets.suggestions_table(models, reviews)
        st.caption(f"Select a row to use its threshold. {suggestions.optimism(models[0].evaluation.split)}")


def show_scores(models: Models, threshold: float, reviews: Kept) -> None:
    st.header("How confident is it?", anchor=False)
    bins = of_each(models, evaluate_state.scores, reviews)
    widgets.chart_with_table(
        drawn(charts.scores, bins, colours_of(models), threshold),
        beside(bins),
        key="scores",
        caption=" ".join(wording.sureness(name, frame) for name, frame in bins.items()),
    )


def show_groups(models: Models, threshold: float, reviews: Kept) -> None:
    """Draw accuracy by length and by truncation side by side."""
    length, truncation = st.columns([3, 2], gap="large")
    with length:
        st.header("By length", anchor=False)
        by_length = of_each(models, evaluate_state.accuracy_by_length, threshold, reviews)
        draw_groups(by_length, models, "Review length (words)", "length", "reviews of {} words")
    with truncation:
        st.header("By truncation", anchor=False)
        cut = of_each(models, evaluate_state.accuracy_by_truncation, threshold, reviews)
        if all(frame["n"].min() == 0 for frame in cut.values()):
            st.caption(
                "Either all or none of these reviews are cut at the limit, so there is nothing to compare."
            )
        else:
            draw_groups(cut, models, "How much of a review the model reads", "truncation", "reviews {}")
    show_languages(models, threshold, reviews)


def show_languages(models: Models, threshold: float, reviews: Kept) -> None:
    """Draw accuracy by language where the data says each review's language."""
    by_language = of_each(models, evaluate_state.accuracy_by_language, threshold, reviews)
    if next(iter(by_language.values())).empty:
        return
    st.header("By language", anchor=False)
    gaps = {name: breakdowns.gap(frame) for name, frame in by_language.items()}
    widgets.chart_with_table(
        drawn(charts.accuracy_by_group, by_language, colours_of(models), "Language of the review"),
        beside(by_language),
        key="language",
        caption=" ".join(wording.by_language(name, gap) for name, gap in gaps.items()),
    )


def draw_groups(groups: Frames, models: Models, x_title: str, key: str, words: str) -> None:
    """Draw one breakdown; `words` names a group in its sentence."""
    widgets.chart_with_table(
        drawn(charts.accuracy_by_group, groups, colours_of(models), x_title),
        beside(groups),
        key=key,
        caption=" ".join(wording.by_group(name, frame, words) for name, frame in groups.items()),
    )


@st.fragment
@widgets.show_fixable
def show_calibration(models: Models, reviews: Kept) -> None:
    st.header("Are its probabilities calibrated?", anchor=False)
    equal_mass = bins_control() == "mass"
    bins = of_each(models, evaluate_state.reliability, equal_mass, reviews)
    ece = "ece_mass" if equal_mass else "ece"
    sentences = [
        wording.calibration(model.name, bins[model.name], evaluate_state.metrics(model.run_id, reviews)[ece])
        for model in models
    ]
    colours, others = colours_of(models), calibrated.counterparts(models)
    for other in others:
        run_id = other.model.run_id
        bins[other.name] = evaluate_state.reliability(run_id, equal_mass, reviews, other.rescaled)
        colours[other.name] = other.model.colour
        error = evaluate_state.calibration_errors(run_id, reviews, other.rescaled)[ece]
        sentences.append(wording.rescaled(other.name, error, fitted_here=other.fitted_here))
    widgets.chart_with_table(
        drawn(charts.reliability, bins, colours, tuple(other.name for other in others)),
        beside(bins),
        key="reliability",
        caption=" ".join(sentences),
    )
    calibrated.offer(models)
    evaluate_state.settle()


@st.fragment
@widgets.show_fixable
def show_abstaining(models: Models, reviews: Kept) -> None:
    """Draw what a model gains by not answering what it is unsure of."""
    st.header("When should it not answer?", anchor=False)
    abstaining.draw(models, reviews)
    evaluate_state.settle()


def bins_control() -> str:
    """Draw how probabilities are binned, and return it."""
    key = evaluate_state.BINS
    st.session_state[key] = evaluate_state.here().bins
    st.segmented_control(
        "Bins",
        list(evaluate_state.BINNINGS),
        key=key,
        format_func=lambda bins: evaluate_state.BINNINGS[bins],
        required=True,
        on_change=lambda: evaluate_state.go(bins=st.session_state[key]),
    )
    return evaluate_state.here().bins


def show_probability_metrics(models: Models, reviews: Kept) -> None:
    """Draw the metrics of the probabilities, and check for their paired test until it is finished."""
    st.header("Metrics that do not depend on the threshold", anchor=False)
    waiting = paired_test(models, reviews) is None and len(models) > 1
    st.fragment(draw_probability_metrics, run_every=POLL_SECONDS if waiting else None)(
        models, reviews, waiting
    )


@widgets.show_fixable
def draw_probability_metrics(models: Models, reviews: Kept, waiting: bool) -> None:
    compared = paired_test(models, reviews)
    if compared and waiting:
        st.rerun()  # the whole page again, without polling
    columns = [
        Column(model.name, evaluate_state.metrics(model.run_id, reviews), model.colour) for model in models
    ]
    columns += [difference_column(models, compared)] if compared else []
    draw_metrics(evaluate_state.PROBABILITY_METRICS, columns)
    if waiting:
        st.caption("Computing the paired test of these differences...")


def paired_test(models: Models, reviews: Kept) -> Comparison | None:
    """Return the comparison of two models where it is finished."""
    if len(models) < 2:
        return None
    under_way = evaluate_state.comparison_under_way(models[0].run_id, models[1].run_id, reviews)
    return under_way.result() if under_way.done() else None


def of_each(models: Models, figures: Callable[..., pd.DataFrame], *args: Any) -> Frames:
    """Return one frame per model, by its name in the legend."""
    return {model.name: figures(model.run_id, *args) for model in models}


def beside(frames: Frames) -> pd.DataFrame:
    """Return the frames as one table with the model's name in front."""
    return pd.concat([frame.assign(model=name) for name, frame in frames.items()])[
        ["model", *next(iter(frames.values())).columns]
    ]


def colours_of(models: Models) -> dict[str, str]:
    """Return the models' colors by their names in the legend."""
    return {model.name: model.colour for model in models}


show()

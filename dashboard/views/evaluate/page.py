"""Evaluate: where does a model err, and at which threshold?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import measured, widgets
from dashboard.elements.figures import drawn
from dashboard.elements.measured import Measured
from dashboard.session import selection
from dashboard.views.evaluate import charts, metric_table, wording
from dashboard.views.evaluate import state as evaluate_state
from dashboard.views.evaluate import widgets as evaluate_widgets
from dashboard.views.evaluate.metric_table import Column
from dashboard.wording import escape_markdown
from sentiment_core.evaluation import breakdowns
from sentiment_core.evaluation.comparison import Comparison
from sentiment_core.metrics import METRICS

Models = Sequence[Measured]
#: One frame per model, by its name in the legend.
Frames = dict[str, pd.DataFrame]
BINS = ("equal width", "equal number of reviews")
POLL_SECONDS = 1.0


def show() -> None:
    models = measured.chosen_models()
    choice = selection.selection().data
    title, reviews = st.columns([1, 3], vertical_alignment="bottom")
    title.title("Evaluate", anchor=False)
    if choice:
        reviews.caption(escape_markdown(choice.title), text_alignment="right")
    measured.offer_missing()
    if models:
        show_at_threshold(models)
        show_calibration(models)
        show_probability_metrics(models)


@st.fragment
@widgets.show_fixable
def show_at_threshold(models: Models) -> None:
    """Draw everything that depends on the threshold; a fragment, so that the slider redraws nothing else."""
    answer = st.empty()
    threshold = evaluate_widgets.threshold_row(models[0])
    answer.markdown(f"**{escape_markdown(answer_in_words(models, threshold))}**")
    tables, curves = st.columns([4, 7], gap="medium")
    with tables:
        for place, model in enumerate(models):
            cells = evaluate_state.at(model.run_id, threshold)
            evaluate_widgets.confusion_table(model, cells, threshold, place)
        show_operating_points(models, threshold)
    with curves:
        show_curves(models, threshold)
    show_metrics(models, threshold)
    show_suggestions(models)
    show_scores(models, threshold)
    show_groups(models, threshold)
    evaluate_state.write_threshold(threshold)


def answer_in_words(models: Models, threshold: float) -> str:
    """Return the page's answer: the paired test of two models, or how a single model errs."""
    first = models[0]
    if len(models) > 1:
        compared = evaluate_state.comparison_at(first.run_id, models[1].run_id, threshold)
        return compared.sentence(first.name, models[1].name)
    metrics = evaluate_state.metrics_at(first.run_id, threshold)
    return wording.alone(first.name, metrics, evaluate_state.at(first.run_id, threshold))


def show_curves(models: Models, threshold: float) -> None:
    at = {model.name: evaluate_state.at(model.run_id, threshold) for model in models}
    colours = colours_of(models)
    figures = {
        "ROC": drawn(charts.roc, of_each(models, evaluate_state.roc), at, colours),
        "Precision-recall": drawn(
            charts.precision_recall, of_each(models, evaluate_state.precision_recall), at, colours
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
        tables = of_each(models, evaluate_state.operating_points_table)
        st.dataframe(beside(tables), hide_index=True, key="curves-table")


def show_operating_points(models: Models, threshold: float) -> None:
    """Say what the dots on the curves mean."""
    for model in models:
        metrics = evaluate_state.metrics_at(model.run_id, threshold)
        st.caption(escape_markdown(wording.operating_point(model.name, threshold, metrics)))


def show_metrics(models: Models, threshold: float) -> None:
    st.header("At this threshold", anchor=False)
    columns = []
    for model in models:
        now = evaluate_state.metrics_at(model.run_id, threshold)
        columns.append(Column(f"{model.name} at {threshold:.3f}", now, model.colour))
        if threshold != 0.5:
            columns.append(Column("at 0.5", model.evaluation.metrics))
    if len(models) > 1:
        compared = evaluate_state.comparison_at(models[0].run_id, models[1].run_id, threshold)
        columns.append(difference_column(models, compared))
    draw_metrics(evaluate_state.COUNT_METRICS, columns)
    if len(models) > 1:
        evaluate_widgets.disagreement_links(models, threshold)


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


def show_suggestions(models: Models) -> None:
    st.header("Which threshold?", anchor=False)
    costs, table = st.columns([1, 3], gap="large")
    with costs:
        evaluate_widgets.cost_inputs()
    with table:
        evaluate_widgets.suggestions_table(models)
        st.caption(f"Select a row to use its threshold. {optimism(models[0].evaluation.split)}")


def optimism(split: str) -> str:
    """Say how far a threshold chosen here can be trusted."""
    if split == "validation":
        return "These thresholds were chosen on validation reviews; measure them on test reviews."
    return (
        f"These thresholds were chosen on the {split} reviews that they are measured on, so the figures are "
        "optimistic. Where it matters, choose the threshold on validation reviews and measure it here."
    )


def show_scores(models: Models, threshold: float) -> None:
    st.header("How confident is it?", anchor=False)
    bins = of_each(models, evaluate_state.scores)
    widgets.chart_with_table(
        drawn(charts.scores, bins, colours_of(models), threshold),
        beside(bins),
        key="scores",
        caption=" ".join(wording.sureness(name, frame) for name, frame in bins.items()),
    )


def show_groups(models: Models, threshold: float) -> None:
    """Draw accuracy by length and by truncation side by side."""
    length, truncation = st.columns([3, 2], gap="large")
    with length:
        st.header("By length", anchor=False)
        by_length = of_each(models, evaluate_state.accuracy_by_length, threshold)
        draw_groups(by_length, models, "Review length (words)", "length", "reviews of {} words")
    with truncation:
        st.header("By truncation", anchor=False)
        cut = of_each(models, evaluate_state.accuracy_by_truncation, threshold)
        if all(frame["n"].min() == 0 for frame in cut.values()):
            st.caption(
                "Either all or none of these reviews are cut at the limit, so there is nothing to compare."
            )
        else:
            draw_groups(cut, models, "How much of a review the model reads", "truncation", "reviews {}")
    show_languages(models, threshold)


def show_languages(models: Models, threshold: float) -> None:
    """Draw accuracy by language where the data says each review's language."""
    by_language = of_each(models, evaluate_state.accuracy_by_language, threshold)
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
def show_calibration(models: Models) -> None:
    st.header("Are its probabilities calibrated?", anchor=False)
    equal_mass = st.segmented_control(
        "Bins", list(BINS), default="equal width", key="reliability-bins", required=True
    ) == "equal number of reviews"  # fmt: skip
    bins = of_each(models, evaluate_state.reliability, equal_mass)
    ece = "ece_mass" if equal_mass else "ece"
    sentences = [
        wording.calibration(model.name, bins[model.name], model.evaluation.metrics[ece]) for model in models
    ]
    widgets.chart_with_table(
        drawn(charts.reliability, bins, colours_of(models)),
        beside(bins),
        key="reliability",
        caption=" ".join(sentences),
    )


def show_probability_metrics(models: Models) -> None:
    """Draw the metrics of the probabilities, and check for their paired test until it is finished."""
    st.header("Metrics that do not depend on the threshold", anchor=False)
    waiting = paired_test(models) is None and len(models) > 1
    st.fragment(draw_probability_metrics, run_every=POLL_SECONDS if waiting else None)(models, waiting)


@widgets.show_fixable
def draw_probability_metrics(models: Models, waiting: bool) -> None:
    compared = paired_test(models)
    if compared and waiting:
        st.rerun()  # the whole page again, without polling
    columns = [Column(model.name, model.evaluation.metrics, model.colour) for model in models]
    columns += [difference_column(models, compared)] if compared else []
    draw_metrics(evaluate_state.PROBABILITY_METRICS, columns)
    if waiting:
        st.caption("Computing the paired test of these differences...")


def paired_test(models: Models) -> Comparison | None:
    """Return the comparison of two models where it is finished."""
    if len(models) < 2:
        return None
    under_way = evaluate_state.comparison_under_way(models[0].run_id, models[1].run_id)
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

"""Home: which model, how good, and what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import charts, navigation
from dashboard.elements import page_links, public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import evaluations, stress, trainings
from dashboard.records.evaluations import DataChoice
from dashboard.session import selection
from dashboard.views.home import score_table, scorecard
from dashboard.views.home.scorecard import ScoreRow
from dashboard.wording import escape_markdown, file_name
from sentiment_core import models
from sentiment_core.demo import box
from sentiment_core.evaluation import verification
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from sentiment_core.evaluation.records import Evaluation

VERIFIED = "home_verified"

WHAT_THIS_IS = (
    "Reelcheck trains sentiment classifiers on movie reviews, measures them, and finds where they break.  \n"
    "Every figure comes with its 95 % interval and the number of reviews behind it."
)


def show() -> None:
    chosen = selection.selection().data
    title, reviews = st.columns([3, 2], vertical_alignment="bottom")
    title.title("Reelcheck", anchor=False)
    if chosen:
        reviews.caption(escape_markdown(f"measured on {chosen.title}"), text_alignment="right")
    st.caption(WHAT_THIS_IS)
    if chosen is None:
        show_nothing_yet()
    else:
        show_score_card(chosen)


def show_nothing_yet() -> None:
    if models.list_models():
        missing = "There are trained models, but none has been measured. The demo measures two of them."
    else:
        missing = (
            "There is no trained model in this workspace. The demo unpacks the transformer that came with "
            "the installation, trains two linear models on 20,000 real reviews, blends it with one "
            "of them and measures all on 4,000 others. The first figures appear in about a minute; nothing "
            "is downloaded."
        )
    widgets.empty_state("Nothing measured yet", missing)
    widgets.unfinished_job()


def show_score_card(chosen: DataChoice) -> None:
    cards = models.list_models()
    found = {card.model_id: evaluations.evaluation_of(card.model_id, chosen) for card in cards}
    rows = scorecard.score_rows(cards, found)
    targets_apply = selection.targets_apply(chosen)
    st.markdown(f"**{escape_markdown(scorecard.answer(rows, targets_apply=targets_apply))}**")
    attacked = stress.attack_scores(chosen)
    probed = stress.probe_scores(cards)
    audited = stress.bias_scores(cards, chosen)
    table = score_table.table_html(
        rows,
        evaluations.model_colours(),
        selection.shared_params,
        targets_apply=targets_apply,
        under_attack=attacked,
        probed=probed,
        biased=audited,
    )
    st.html(table)
    page_links.enable()
    targets = score_table.REACHED if targets_apply else score_table.ELSEWHERE
    footnotes = (
        scorecard.seen_footnote(rows),
        stress.attack_footnote(attacked),
        stress.probe_footnote(probed),
        stress.bias_footnote(audited),
    )
    said = " ".join(note for note in footnotes if note)
    st.caption(f"{targets} {score_table.FOOTNOTE} {escape_markdown(said)}")
    show_report(rows, chosen)
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_next_steps(rows, chosen)
    with right:
        show_jobs([card for card in cards if found[card.model_id] is None], chosen)
        show_provenance(found)
    show_chart(rows, chosen, scorecard.REFERENCES if targets_apply else {})
    show_training(cards)


def show_report(rows: list[ScoreRow], chosen: DataChoice) -> None:
    """Offer one page about the measured models, made when it is asked for: the button shows that it works."""
    measured = [row for row in rows if row.metrics][: scorecard.MOST_REPORTED]
    ids = [row.model_id for row in measured]
    st.download_button(
        "Download a report",
        data=lambda: scorecard.report(ids, chosen),
        file_name=file_name("report", *(row.name for row in measured), chosen.short_title, suffix="html"),
        mime="text/html",
        on_click="ignore",
        icon=":material/description:",
        key="home-report",
        help="One page about the models above, with curves, attacks, probes, bias and what is not measured",
    )


def show_next_steps(rows: list[ScoreRow], chosen: DataChoice) -> None:
    st.header("Next steps", anchor=False)
    pages = navigation.known_pages()
    for step in scorecard.next_steps(rows, chosen.key):
        if step.page in pages:
            st.page_link(
                pages[step.page],
                label=escape_markdown(step.sentence),
                icon=":material/arrow_forward:",
                query_params=selection.shared_params(step.params.get(selection.MODEL_A, "")) | step.params,
            )


def show_jobs(unmeasured: list[ModelCard], chosen: DataChoice) -> None:
    st.header("Running", anchor=False)
    widgets.job_list("home", otherwise="Nothing is running.")
    widgets.unfinished_job()
    if unmeasured and not widgets.anything_running():
        widgets.measure_button(unmeasured[0], chosen)


def show_provenance(found: Mapping[str, Evaluation | None]) -> None:
    """State which predictions came with the installation, and offer to predict a sample of them again."""
    boxed_id = box.boxed_model_id() if box.is_there() else None
    evaluation = found.get(boxed_id) if boxed_id else None
    if boxed_id is None or evaluation is None or not box.came_with_it(evaluation.run_id):
        return
    name = models.resolve(boxed_id).short_name
    st.header("Where the figures come from", anchor=False)
    made = str(evaluation.manifest["created"])[:10]
    st.caption(
        escape_markdown(f"The predictions of {name} came with the installation; they were made on {made}.")
    )
    answer = st.empty()
    if public_copy.button(
        f"Verify {verification.SAMPLE} of them", icon=":material/fact_check:", key="verify"
    ):
        bar = answer.progress(0.0, text="Predicting again")

        def show(done: float, total: float, what: str) -> None:
            bar.progress(done / max(total, 1), text=what)

        check = verification.verify(evaluation.run_id, progress=show)
        st.session_state[VERIFIED] = {evaluation.run_id: check}
    check = st.session_state.get(VERIFIED, {}).get(evaluation.run_id)
    if check:
        (answer.success if check.holds else answer.error)(escape_markdown(check.sentence))


def show_chart(rows: list[ScoreRow], chosen: DataChoice, references: dict[str, float]) -> None:
    st.header("Accuracy", anchor=False)
    frame = scorecard.accuracy_frame(rows)
    figure = drawn(
        charts.estimates_with_intervals,
        frame,
        colours={row.name: evaluations.model_colours()[row.model_id] for row in rows},
        x_title="accuracy, % (dot) and 95 % interval (line)",
        references=references,
    )
    sentence = (
        f"Share of {chosen.title}, that each model gets right. Where two intervals overlap, the paired test "
        "on Evaluate says how likely the difference is to be chance."
    )
    widgets.chart_with_table(figure, frame, key="home-accuracy", caption=sentence)


def show_training(cards: list[ModelCard]) -> None:
    """Draw the learning curves of the models that have some, and the settings of every training."""
    st.header("How they were trained", anchor=False)
    curves = trainings.learning_curves(cards)
    if not curves.empty:
        colours = {card.short_name: evaluations.model_colours()[card.model_id] for card in cards}
        widgets.chart_with_table(
            drawn(trainings.learning_chart, curves, colours),
            curves,
            key="home-learning",
            caption=trainings.in_words(curves),
        )
    st.dataframe(trainings.facts(cards), hide_index=True, key="home-training")


show()

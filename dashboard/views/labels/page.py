"""Label quality: is a label wrong, what do people say, and what do the scores become?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboard.elements import (
    measured,
    page_links,
    paging,
    public_copy,
    reading_list,
    review_html,
    steps,
    widgets,
)
from dashboard.elements.measured import Measured
from dashboard.elements.paging import Page
from dashboard.elements.review_html import Verdict
from dashboard.records import datasets, evaluations
from dashboard.records.evaluations import DataChoice
from dashboard.session import rater
from dashboard.session.selection import selection
from dashboard.views.labels import judging, place, scores
from dashboard.views.labels.place import Place
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import terminal
from sentiment_core.labels import suspects, verdicts
from sentiment_core.labels.suspects import Suspects
from sentiment_core.schema import LABEL_NAMES

READING_HEIGHT, TABLE_HEIGHT, ROW_HEIGHT, SHOWN_CHARACTERS = 330, 470, 33, 120


@dataclass(frozen=True)
class Desk:
    """What the page shows: the model that suspects, the reviews, and what people say of them.

    Attributes:
        model: whose probabilities make labels suspect.
        choice: the data set and split.
        found: the suspects.
        said: current verdicts, a row per review and person.
        agreed: one verdict per judged review.
        rows: the suspects that match the filters, with `text` and `verdict`.
        place: where the reader is.
    """

    model: Measured
    choice: DataChoice
    found: Suspects
    said: pd.DataFrame
    agreed: dict[str, str]
    rows: pd.DataFrame
    place: Place


@st.cache_resource(max_entries=8, show_spinner="Looking for suspect labels")
def suspects_of(run_id: str) -> Suspects:
    """Return the suspects by an evaluation's probabilities; shared by all visitors."""
    frame = evaluations.open_evaluation(run_id).frame
    return suspects.judge(frame, frame["prob_positive"].to_numpy(float))


@st.cache_resource(max_entries=4, show_spinner="Looking for suspect labels")
def of_folds(model_id: str, fingerprint: str, split: str) -> tuple[Suspects | None, float]:
    """Return the suspects by models fitted out of fold, else None and the seconds that fitting takes."""
    return suspects.of_folds(model_id, evaluations.dataset(fingerprint), split)


def show() -> None:
    st.title("Label quality", anchor=False)
    models, choice = measured.chosen_models(), selection().data
    if not models or choice is None:
        measured.offer_missing()
        return
    show_desk(models, choice)


@st.fragment
@widgets.show_fixable
def show_desk(models: list[Measured], choice: DataChoice) -> None:
    found = suspects_by(models[0], choice)
    if found is None:
        return
    desk = lay_out(models[0], choice, found)
    show_head(desk)
    if desk.rows.empty:
        st.info("No suspect label matches these filters.", icon=":material/filter_alt_off:")
        place.settle(desk.place)
    else:
        show_list_and_review(desk, models)
    st.divider()
    scores.draw(choice, models, desk.agreed)


def suspects_by(model: Measured, choice: DataChoice) -> Suspects | None:
    """Return the suspects, or say why a model's own probabilities tell nothing: it learned these labels."""
    known = datasets.seen(model.card, choice)
    if known == 0:
        return suspects_of(model.run_id)
    asked = (model.card.model_id, choice.fingerprint, choice.split)
    found, seconds = of_folds(*asked)
    if found is None:
        of_folds.clear(*asked)  # they may be fitted at any time
        offer_folds(model, choice, known, seconds)
    return found


def offer_folds(model: Measured, choice: DataChoice, known: int | None, seconds: float) -> None:
    """Offer to fit models of the same settings without a part of the reviews each, with the time it takes."""
    what = (
        f"It is not known whether {model.name} was trained on these reviews, so its own probabilities may "
        "tell nothing about their labels."
        if known is None
        else f"{model.name} was trained on {known:,} of these {choice.n:,} reviews: its own probabilities "
        "tell nothing about labels that it learned."
    )
    st.info(escape_markdown(what), icon=":material/school:")
    st.write(
        f"{suspects.FOLDS} models of the same settings, each fitted without a part of the reviews, can say "
        f"which labels are suspect. That takes about {format_seconds(seconds)}; stopped, it resumes."
    )
    argv = ["labels", "suspects", "--model", model.name, "--data", choice.argument]
    argv += ["--split", choice.split, "--refit"]
    if widgets.anything_running():
        widgets.job_list("labels-folds")
    elif public_copy.button("Fit them", key="labels-folds", icon=":material/play_arrow:", type="primary"):
        widgets.start_job(argv, f"Suspect labels of {choice.name} by {model.name}, out of fold")
    st.caption("At a terminal:")
    st.code(terminal.command("sentiment_core", *argv), language="bash", wrap_lines=True)


def lay_out(model: Measured, choice: DataChoice, found: Suspects) -> Desk:
    """Return the desk at the reader's place."""
    said = verdicts.current(choice.fingerprint)
    agreed, at = verdicts.agreed_in(said), place.adopt()
    rows = listed(found.frame, agreed, at).reset_index(drop=True)
    texts = evaluations.dataset(choice.fingerprint).examples
    by_id = pd.Series(texts["text"].to_numpy(), index=texts["example_id"].astype(str))
    rows["text"] = rows["example_id"].map(by_id)
    return Desk(model, choice, found, said, agreed, rows, at)


def listed(frame: pd.DataFrame, agreed: Mapping[str, str], at: Place) -> pd.DataFrame:
    """Return the suspects that match the filters, with the verdict that people agree on ("" for none)."""
    rows = frame.assign(verdict=[agreed.get(name, "") for name in frame["example_id"]])
    states = {
        "": rows["verdict"].notna(),
        "open": rows["verdict"] == "",
        "judged": rows["verdict"] != "",
        "disputed": rows["verdict"] == verdicts.DISPUTED,
    }
    return rows[states[at.judged] & ((rows["kind"] == at.kind) | (at.kind == ""))]


def show_head(desk: Desk) -> None:
    """Draw how many labels are suspect, and the filters."""
    kinds = desk.found.frame["kind"].value_counts()
    flips, ambiguous = (int(kinds.get(kind, 0)) for kind in (suspects.FLIP, suspects.AMBIGUOUS))
    n = len(desk.agreed)
    few = {0: "No review has been judged yet", 1: "1 review is judged"}
    judged = few.get(n, f"{n:,} reviews are judged")
    st.write(
        escape_markdown(
            f"{flips:,} of {desk.found.n:,} labels look flipped to {desk.model.name}, and {ambiguous:,} more "
            f"are ambiguous to it{folds_in_words(desk.found)}. {judged}."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Suspects", list(place.KINDS), key=place.KIND, format_func=place.KINDS.__getitem__,
            on_change=place.filters_changed, width=220,
        )  # fmt: skip
        st.selectbox(
            "Verdicts", list(place.STATES), key=place.JUDGED, format_func=place.STATES.__getitem__,
            on_change=place.filters_changed, width=220,
        )  # fmt: skip
        rater.field()


def folds_in_words(found: Suspects) -> str:
    """Return that probabilities come from models fitted out of fold, where they do."""
    return f" (by {found.folds} models of its settings, each fitted without a part)" if found.folds else ""


def show_list_and_review(desk: Desk, models: list[Measured]) -> None:
    keys = desk.rows["example_id"].tolist()
    page = paging.page_with(desk.rows, keys, desk.place.review, desk.place.page)
    asked = desk.place.review
    review = asked if asked in keys and asked else str(page.rows["example_id"].iloc[0])
    table, reading = st.columns(2, gap="small")
    with table:
        show_table(page, review)
    with reading:
        show_review(desk, models, keys, review)
    place.settle(replace(desk.place, page=page.number, review=asked and review))


def show_table(page: Page, review: str) -> None:
    rows = page.rows
    given = zip(rows["label"].map(LABEL_NAMES), 100 * rows["score"], strict=True)
    shown = pd.DataFrame(
        {
            "kind": rows["kind"],
            "given": [f"{label} {percent:.1f} %" for label, percent in given],
            "verdict": rows["verdict"],
            "review": rows["text"].str.slice(0, SHOWN_CHARACTERS),
        }
    )
    if (rows["verdict"] == "").all():
        shown = shown.drop(columns="verdict")  # the reviews need the room
    columns = {
        "kind": st.column_config.TextColumn("kind", width=75),
        "given": st.column_config.TextColumn("label", help="The given label and its probability", width=98),
        "verdict": st.column_config.TextColumn("verdict", width=72),
        "review": st.column_config.TextColumn("review", width="large"),
    }
    reading_list.draw(
        shown, rows["example_id"].tolist(), review, key="labels_table", pick=place.read, columns=columns,
        tallest=TABLE_HEIGHT, row_height=ROW_HEIGHT, alt="Reviews whose label is suspect",
    )  # fmt: skip
    reading_list.turner(page, "labels", place.turn)


def show_review(desk: Desk, models: list[Measured], keys: list[str], review: str) -> None:
    """Draw one review: its place, why it is suspect, the answers, the verdict buttons, and its text."""
    row = desk.rows.set_index("example_id").loc[review]
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw("labels", keys, review, now=lambda: place.here().review, go=place.read)
    reason = str(row["reason"])
    st.markdown(escape_markdown(f"{reason[0].upper()}{reason[1:]}."))
    st.html(review_html.verdicts_html(answers(models, review)))
    mine = desk.said[(desk.said["example_id"] == review) & (desk.said["author"] == rater.name())]
    judging.buttons(
        desk.choice.fingerprint,
        review,
        None if mine.empty else str(mine["verdict"].iloc[0]),
        place.READER.stay,
        lambda: to_the_next(keys, review),
    )
    for said in desk.said[desk.said["example_id"] == review].itertuples():
        note = f": {said.note}" if said.note else ""
        tags = f" ({', '.join(said.tags)})" if said.tags else ""
        st.caption(escape_markdown(f"{said.author} says {said.verdict}{tags}{note}"))
    with st.container(height=READING_HEIGHT, border=True, key=f"labels-text-{review}"):
        st.html(review_html.review_html(str(row["text"])))
    page_links.to_review(review, desk.choice.key)


def answers(models: list[Measured], review: str) -> list[Verdict]:
    """Return each chosen model's answer to one review."""
    found = []
    for model in models:
        frame = model.evaluation.frame
        row = frame[frame["example_id"].astype(str) == review].iloc[0]
        right = int(row["predicted"]) == int(row["label"])
        found.append(Verdict(model.name, model.colour, float(row["prob_positive"]), 0.5, right))
    return found


def to_the_next(keys: list[str], review: str) -> None:
    """Read the next review of the list; the last one stays."""
    place.go(replace(place.here(), review=steps.step(keys, review, 1)))


show()

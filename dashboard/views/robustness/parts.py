"""The parts below Robustness' first screen: curves, vulnerable words, transfer, files, provenance."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.elements import public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import attacks
from dashboard.views.robustness import charts as charts_robustness
from dashboard.views.robustness import state, table, wording
from dashboard.views.robustness.state import Attacked
from dashboard.wording import escape_markdown
from sentiment_core.errors import ReelcheckError

if TYPE_CHECKING:
    from attacks.figures.comparison import RunComparison

#: A word must have been changed in so many reviews to be drawn; words drawn at most.
ENOUGH_REVIEWS, MOST_WORDS = 3, 15
FORMATS = {"csv": ("Download as CSV", "text/csv"), "jsonl": ("Download as JSON lines", "application/jsonl"),
           "textattack": ("Download as TextAttack's log", "text/csv")}  # fmt: skip
CHECKED = "robustness_checked"


def colours_of(runs: Sequence[Attacked]) -> dict[str, str]:
    """Return the runs' colours, which are their models', by the names that the legend shows."""
    return {run.name: run.colour for run in runs}


def show_queries(runs: Sequence[Attacked]) -> None:
    """Draw success against queries."""
    curves = {run.name: state.budget_curve(run.run_id, len(run.records)) for run in runs}
    widgets.chart_with_table(
        drawn(charts_robustness.budget_curves, curves, colours_of(runs)),
        _beside(curves),
        key="robustness-budget",
        caption=" ".join(wording.budget(name, curve) for name, curve in curves.items()),
    )


def show_words_changed(runs: Sequence[Attacked]) -> None:
    """Draw accuracy against the share of words that may change."""
    valid_only = _valid_only("Count valid changes only", runs, key="robustness-valid-only")
    curves = {
        run.name: state.share_curve(
            run.run_id, len(run.records), attacks.verdict_stamp(run.run_id), valid_only
        )
        for run in runs
    }
    widgets.chart_with_table(
        drawn(charts_robustness.accuracy_by_share, curves, colours_of(runs)),
        _beside(curves),
        key="robustness-share",
        caption=" ".join(wording.share_changed(name, curve) for name, curve in curves.items()),
    )


def show_vulnerable(runs: Sequence[Attacked]) -> None:
    """Draw, of one run, which words are vulnerable, and where in the review."""
    run = _one(runs, "robustness-vulnerable")
    words = state.vulnerable_words(run.run_id, len(run.records), ENOUGH_REVIEWS)
    success = run.figures["success_rate"]
    if words.empty:
        st.caption(
            f"No word was changed in {ENOUGH_REVIEWS} or more reviews; a larger batch would have some."
        )
    else:
        most = words.head(MOST_WORDS).rename(columns={"word": "name", "share": "value"})
        figure = drawn(
            charts.estimates_with_intervals,
            most,
            colours=dict.fromkeys(most["name"], run.colour),
            x_title="reviews fooled when the word was changed, %",
            references={"average": success.value} if success.defined else None,
            height=96 + 24 * len(most),
        )
        widgets.chart_with_table(figure, words, key="robustness-words", caption=wording.words(words, success))
    positions = state.vulnerable_positions(run.run_id, len(run.records))
    if positions["n"].max() > 0:
        st.header("Where in the review", anchor=False)
        widgets.chart_with_table(
            drawn(charts_robustness.positions, positions, run.colour),
            positions,
            key="robustness-positions",
            caption=f"Share of the changes by tenth of the review, n = {int(positions['n'].max()):,} fooled "
            "reviews; without a preference every tenth has 10 %.",
        )


def show_transfer(runs: Sequence[Attacked]) -> None:
    """Draw whose texts fool which model, and offer the job that computes it."""
    whole = [run for run in runs if run.run.finished]
    if not whole:
        st.caption("The texts of a batch can be read by other models when it is finished.")
        return
    ids = [run.run_id for run in whole]
    valid_only = _valid_only("Valid texts only", whole, key="robustness-transfer-valid")
    raw, frame = attacks.transfer(ids), attacks.transfer(ids, valid_only)
    if frame is not None and not frame.empty:
        _matrix(whole, frame, raw if valid_only else None)
    else:
        which = "valid texts" if valid_only else "texts"
        st.write(f"It is not computed yet whether these {which} also fool the other models.")
    if attacks.active("transfer"):
        widgets.job_list("transfer")
    elif public_copy.button(
        "Compute the matrix" if frame is None else "Compute the matrix again", icon=":material/play_arrow:",
        key="transfer-start",
    ):  # fmt: skip
        which = "valid adversarial texts" if valid_only else "adversarial texts"
        attacks.start(attacks.transfer_argv(ids, valid_only), f"Transfer of {which}")
        st.rerun()


def _valid_only(label: str, runs: Sequence[Attacked], key: str) -> bool:
    """Draw the switch; it waits until every text has its verdict."""
    judged = not any(attacks.unjudged(run.run_id, run.records) for run in runs)
    chosen = st.toggle(
        label,
        key=key,
        disabled=not judged,
        help="Only texts that were judged to keep the meaning"
        if judged
        else "Not available: some texts of these batches are not judged yet",
    )
    return judged and chosen


def _matrix(runs: Sequence[Attacked], frame: pd.DataFrame, raw: pd.DataFrame | None) -> None:
    """Draw the matrix, with `raw` in small beside a matrix of valid texts only."""
    names = {run.run_id: run.name for run in runs}
    st.html(table.matrix_html(frame, names, attacks.model_names(), raw))
    beside = "" if raw is None else " Small: of all texts, valid or not."
    st.caption(
        "Of the texts that fooled their own model, the share that fool a reader that got the original "
        f"right. Darker cells fool more; framed cells are a model on its own texts.{beside}"
    )
    with st.expander("Table", icon=":material/table:"):
        st.dataframe(frame, hide_index=True, key="robustness-transfer-table")


def show_pairs(runs: Sequence[Attacked]) -> None:
    """Compare each pair of runs: is one fooled less often?"""
    pairs = list(itertools.combinations(runs, 2))
    for sentence in compared(pairs):
        st.markdown(escape_markdown(sentence))
    if len(pairs) > 1:
        st.caption(
            f"p is adjusted for these {len(pairs)} comparisons (Benjamini-Hochberg): without that, one in "
            "twenty would be below 0.05 by chance alone."
        )


def compared(pairs: Sequence[tuple[Attacked, Attacked]]) -> list[str]:
    """Return the paired comparison of each pair of runs in a sentence; p is adjusted for their number."""
    from attacks.figures import comparison

    found = [_comparison(*pair) for pair in pairs]
    known = iter(comparison.adjusted([one for one in found if not isinstance(one, str)]))
    return [
        one
        if isinstance(one, str)
        else _under_one_recipe(*pair) + next(known).sentence(*_distinguished(*pair))
        for one, pair in zip(found, pairs, strict=True)
    ]


def _comparison(first: Attacked, second: Attacked) -> RunComparison | str:
    """Return the comparison of two runs, or why they cannot be compared."""
    sizes = len(first.records), len(second.records)
    stamps = attacks.verdict_stamp(first.run_id), attacks.verdict_stamp(second.run_id)
    try:
        return state.comparison(first.run_id, second.run_id, sizes, stamps)
    except ReelcheckError as error:
        return f"{first.name} and {second.name}: {error}"


def _distinguished(first: Attacked, second: Attacked) -> tuple[str, str]:
    """Name two runs by what differs: the models, or the recipes that one model stands under."""
    models = attacks.model_name(first.run), attacks.model_name(second.run)
    recipes = attacks.recipe_title(first.run), attacks.recipe_title(second.run)
    if recipes[0] == recipes[1]:
        return models if models[0] != models[1] else (first.name, second.name)
    return f"{models[0]} under {recipes[0]}", f"{models[1]} under {recipes[1]}"


def _under_one_recipe(first: Attacked, second: Attacked) -> str:
    recipes = attacks.recipe_title(first.run), attacks.recipe_title(second.run)
    return f"Under {recipes[0]}: " if recipes[0] == recipes[1] else ""


def show_files(runs: Sequence[Attacked]) -> None:
    """Offer one run as a file, and to check that its texts still fool the model."""
    run = _one(runs, "robustness-files")
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind, (title, mime) in FORMATS.items():
            st.download_button(
                title,
                data=partial(attacks.export, run.run_id, kind),
                file_name=attacks.file_name(run.run, kind),
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"export-{kind}",
                disabled=not run.run.finished,
            )
    if not run.run.finished:
        st.caption("A batch can be exported when it is finished.")
    show_provenance(run)


def show_provenance(run: Attacked) -> None:
    """Say what made the run, and offer to predict its texts again."""
    if run.run.finished and public_copy.button(
        "Check that its texts still fool the model", icon=":material/fact_check:", key="archive-check"
    ):
        with st.spinner("Predicting the stored texts again"):
            checked = attacks.check(run.run_id)
        st.session_state.setdefault(CHECKED, {})[run.run_id] = checked
        st.rerun()  # the notice stands on top of the page
    st.json(attacks.provenance(run.run), expanded=1)


def stale_notice(runs: Sequence[Attacked]) -> None:
    """Say which of the shown runs were checked, and did not hold."""
    for run in runs:
        checked = st.session_state.get(CHECKED, {}).get(run.run_id)
        if checked is None:
            continue
        words = f"{run.name}: {checked.sentence}"
        (st.warning if checked.stale else st.success)(escape_markdown(words), icon=":material/fact_check:")


def _one(runs: Sequence[Attacked], key: str) -> Attacked:
    """Return the only run, or the one that is picked."""
    if len(runs) == 1:
        return runs[0]
    by_id = {run.run_id: run for run in runs}
    if st.session_state.get(key) not in by_id:
        st.session_state[key] = runs[0].run_id
    chosen = st.segmented_control(
        "Run",
        list(by_id),
        format_func=lambda run_id: escape_markdown(by_id[run_id].name),
        key=key,
        required=True,
        label_visibility="collapsed",
    )
    return by_id[chosen or runs[0].run_id]


def _beside(curves: dict[str, pd.DataFrame]) -> pd.DataFrame:
    tables = [
        frame.drop(columns="reason", errors="ignore").assign(batch=name) for name, frame in curves.items()
    ]
    return pd.concat(tables)[["batch", *tables[0].columns.drop("batch")]]

"""The section on what no attack can do: accuracy as a bracket, and attacks as points in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts import REFERENCE_COLOUR, layout, translucent
from dashboard.elements import public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import attacks, certificates, evaluations
from dashboard.session.address import Address
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown
from sentiment_core import terminal

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from attacks.certificates.figures import Bracket, Reach
    from attacks.certificates.runs import CertificateRun

PICKED = "robustness_certified"
ADDRESS = Address("robustness_certified_place", ("certificate",))
TITLE = "What no attack can do"
SYMBOLS = ("diamond", "square", "triangle-up", "cross", "x")


def draw(chosen: Selection) -> None:
    """Draw the newest certificate of the chosen models, else the newest of all; others can be picked."""
    st.header(TITLE, anchor=False)
    found = certificates.list_runs()
    theirs = [run for run in found if run.spec.model_id in chosen.model_ids]
    if found:
        show(_picked([*theirs, *(run for run in found if run not in theirs)]))
    if not theirs:
        offer(chosen)


def show(run: CertificateRun) -> None:
    """Draw a run's bracket, the attacks in it, and what they found of what there is to find."""
    reaches = certificates.reaches(run)
    colour = evaluations.model_colours().get(run.spec.model_id, REFERENCE_COLOUR)
    widgets.chart_with_table(
        drawn(bracket_chart, frame(run.brackets), points(reaches), colour),
        table(run.brackets, reaches),
        key="robustness-certified",
        caption=caption(run),
    )
    for name, steps in reaches.items():
        st.markdown(f"- {escape_markdown(found_sentence(name, steps))}")


def caption(run: CertificateRun) -> str:
    """Say what the band is, over how many reviews."""
    source, n = run.spec.data, len(run.spec.example_ids)
    name = attacks.model_names().get(run.spec.model_id, run.spec.model_id)
    means = (run.manifest or {}).get("statement", "no such text is answered wrong")
    share = 100 * max(bracket.undecided.value for bracket in run.brackets)
    return (
        f"Accuracy of {name} under the worst choice of words and substitutes "
        f"({certificates.edits_title(run)}), {n:,} reviews of {source.get('name', '')} "
        f"{source.get('split', '')}. Lower line: certified, that is, {means}. Upper line: no text that a "
        f"search found is answered wrong. Between them up to {share:.1f} % of the reviews are undecided. "
        "Thin lines: 95 % intervals."
    )


def found_sentence(name: str, steps: Sequence[Reach]) -> str:
    """Say how much of what there is to find an attack found, for the k where that is the most."""
    contradictions = sorted({one for step in steps for one in step.contradictions})
    if contradictions:
        return f"{name} turned {len(contradictions):,} certified reviews: one of the two is wrong; report it."
    step = max(steps, key=lambda step: step.possible)
    share = step.found
    if not share.defined:
        return f"{name}: no review is known that so few words turn, n = {step.n:,}."
    words = "1 word" if step.k == 1 else f"{step.k} words"
    more = f", at most {step.most_possible:,}" if step.most_possible > step.possible else ""
    return (
        f"{name} finds {100 * share.value:.0f} % [{100 * share.ci_low:.0f}, {100 * share.ci_high:.0f}] of "
        f"what there is to find with at most {words}: {step.fooled:,} of the {step.possible:,} "
        f"reviews{more}, of {step.n:,}, that a change of so many words can turn."
    )


def offer(chosen: Selection) -> None:
    """Offer the job that makes a certificate for the chosen model; say what can have one."""
    card, data = chosen.model_a, chosen.data
    if card is None or data is None:
        st.write("Choose a model and reviews to certify.")
        return
    why = certificates.why_not(card)
    if why:
        st.write(escape_markdown(f"{why[0].upper()}{why[1:]}."))
        return
    argv = certificates.argv(card.short_name, data.argument, data.split)
    with st.container(border=True):
        st.write(
            escape_markdown(
                f"{card.short_name} is not certified yet. An attack shows that reviews can be turned; a "
                f"certificate shows which cannot, by no choice of words. {certificates.STARTED_WITH} reviews "
                "take about a minute."
            )
        )
        if attacks.active("certify"):
            widgets.job_list("certify")
        elif public_copy.button("Certify", icon=":material/verified_user:", key="certify-start"):
            attacks.start(argv, f"Certify {card.short_name}")
            st.rerun()
        st.code(terminal.command("attacks", *argv), language="bash", wrap_lines=True)


def frame(brackets: Sequence[Bracket]) -> pd.DataFrame:
    """Return what the chart draws: k, n and, in percent, both ends with their intervals."""
    rows: list[dict[str, float]] = []
    for bracket in brackets:
        row: dict[str, float] = {"k": bracket.k, "n": bracket.n}
        for name in ("certified", "at_most"):
            end = getattr(bracket, name)
            row |= {name: 100 * end.value, f"{name}_low": 100 * end.ci_low, f"{name}_high": 100 * end.ci_high}
        rows.append(row)
    return pd.DataFrame(rows)


def points(reaches: Mapping[str, Sequence[Reach]]) -> pd.DataFrame:
    """Return a row for each attack and number of words: name, k, accuracy in percent, n."""
    rows = [
        {"name": name, "k": step.k, "accuracy": 100 * step.accuracy.value, "n": step.n}
        for name, steps in reaches.items()
        for step in steps
    ]
    return pd.DataFrame(rows, columns=["name", "k", "accuracy", "n"])


def table(brackets: Sequence[Bracket], reaches: Mapping[str, Sequence[Reach]]) -> pd.DataFrame:
    """Return the figures as text, in percent."""
    columns: dict[str, Any] = {
        "words changed, at most": [bracket.k for bracket in brackets],
        "certified, %": [_interval(bracket.certified) for bracket in brackets],
        "cannot exceed, %": [_interval(bracket.at_most) for bracket in brackets],
        "undecided, %": [_interval(bracket.undecided) for bracket in brackets],
        "n": [bracket.n for bracket in brackets],
    }
    for name, steps in reaches.items():
        columns[f"under {name}, % (n = {steps[0].n:,})"] = [_interval(step.accuracy) for step in steps]
    return pd.DataFrame(columns)


def _interval(figure: Any) -> str:
    if not figure.defined:
        return "–"
    return f"{100 * figure.value:.1f} [{100 * figure.ci_low:.1f}, {100 * figure.ci_high:.1f}]"


def _picked(found: Sequence[CertificateRun]) -> CertificateRun:
    if len(found) == 1:
        return found[0]
    by_id = {run.run_id: run for run in found}
    first = found[0].run_id
    asked = ADDRESS.followed(arrived=PICKED not in st.session_state)
    if asked is not None:
        st.session_state[PICKED] = asked.get("certificate", first)
    if st.session_state.get(PICKED) not in by_id:
        st.session_state[PICKED] = first
    chosen = str(
        st.selectbox(
            "Certificate",
            list(by_id),
            key=PICKED,
            on_change=ADDRESS.acted,
            format_func=lambda run_id: certificates.title(by_id[run_id]),
            label_visibility="collapsed",
        )
    )
    ADDRESS.write({"certificate": "" if chosen == first else chosen})
    return by_id[chosen]


# --- the chart -------------------------------------------------------------------------------------


def bracket_chart(ends: pd.DataFrame, attacked: pd.DataFrame, colour: str) -> go.Figure:
    """Draw the band between certified accuracy and what it cannot exceed, and attacks as points.

    Columns: `k, n`, and in percent `certified, at_most` with `_low` and `_high`; `name, k, accuracy, n`.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, title, dash, fill in (
        ("at_most", "cannot exceed", "dash", None),
        ("certified", "certified", "solid", "tonexty"),
    ):
        figure.add_scatter(
            x=ends["k"],
            y=ends[name],
            name=title,
            mode="lines+markers",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"size": 7},
            fill=fill,
            fillcolor=translucent(colour, 0.25),
            error_y={
                "array": ends[f"{name}_high"] - ends[name],
                "arrayminus": ends[name] - ends[f"{name}_low"],
                "color": REFERENCE_COLOUR,
                "thickness": 1.2,
            },
            customdata=ends[[f"{name}_low", f"{name}_high", "n"]],
            hovertemplate="%{x} words, "
            + title
            + ": %{y:.1f} % [%{customdata[0]:.1f}, %{customdata[1]:.1f}] "
            "n = %{customdata[2]:,}<extra></extra>",
        )
    for place, (name, part) in enumerate(attacked.groupby("name", sort=False)):
        figure.add_scatter(
            x=part["k"],
            y=part["accuracy"],
            name=f"under {name}",
            mode="markers",
            marker={"color": REFERENCE_COLOUR, "size": 11, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            customdata=part[["n"]],
            hovertemplate="%{x} words, under "
            + str(name)
            + ": %{y:.1f} % n = %{customdata[0]:,}<extra></extra>",
        )
    layout(figure, x_title="words changed, at most", y_title="accuracy, %", height=360)
    figure.update_xaxes(tickvals=list(ends["k"]))
    return figure.update_yaxes(range=[0, 101])

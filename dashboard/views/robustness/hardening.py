"""The section on hardening below Robustness: what a model gained by training on attacked reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.charts import REFERENCE_COLOUR, layout
from dashboard.elements import widgets
from dashboard.records import attacks, evaluations
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown
from sentiment_core import models, terminal

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from sentiment_core.storage.runs import Run

PICKED = "robustness_hardening"


def draw(selection: Selection) -> None:
    """Draw the newest hardening of the chosen models, else the newest of all; others can be picked."""
    from attacks.hardening import harden

    found = harden.list_hardenings()
    if not found:
        _nothing_yet(selection)
        return
    run = _picked(_theirs_first(found, selection.model_ids))
    frame = titled(harden.before_and_after(run.run_id))
    before, after = (run.manifest or {})["models"].values()
    colours = evaluations.model_colours()
    caption = " ".join(harden.sentences(frame))
    widgets.chart_with_table(
        before_and_after(
            frame, (colours.get(before, REFERENCE_COLOUR), colours.get(after, REFERENCE_COLOUR))
        ),
        table(frame),
        key="robustness-hardening",
        caption=caption,
    )
    st.caption(escape_markdown(trained_on(run.manifest or {})))


def titled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with what the chart calls each row."""
    recipes = attacks.recipes()
    titles = [
        _title(str(name), bool(trained_on), recipes)
        for name, trained_on in zip(frame["measure"], frame["trained_on"], strict=True)
    ]
    return frame.assign(title=titles)


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the same figures as text, in percent and points."""
    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            "accuracy": frame["title"],
            "before, %": [_interval(row, "before", ".1f") for row in rows],
            "after, %": [_interval(row, "after", ".1f") for row in rows],
            "difference, points": [_interval(row, "difference", "+.1f") for row in rows],
            "p": [f"{row['p_value']:.3g}" for row in rows],
            "n": frame["n"],
        }
    )


def trained_on(manifest: Mapping[str, Any]) -> str:
    """State what the hardened model was also trained on, and which settings changed."""
    from sentiment_core.training import edited_reviews

    added, settings = manifest.get("adversarial"), manifest.get("spec", {}).get("settings", {})
    said = f"Trained on the same reviews {edited_reviews.sentence(added)}." if added else ""
    if manifest.get("against"):
        said = "Trained against the worst {k} substitutions of {recipe}.".format(**manifest["against"])
    changed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return f"{said} Settings changed: {changed}." if changed else said


def _title(name: str, trained_on: bool, recipes: Mapping[str, Any]) -> str:
    if name == "clean" or name.startswith("certified"):
        return name
    title = recipes[name].title if name in recipes else name
    return f"under {title}" if trained_on else f"under {title}, not trained on"


def _interval(row: Mapping[Any, Any], name: str, form: str) -> str:
    value, low, high = (100 * row[f"{name}_{part}"] for part in ("value", "low", "high"))
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def _theirs_first(found: Sequence[Run], model_ids: Sequence[str]) -> list[Run]:
    """Return the hardenings, those of the chosen models in front."""
    theirs = [run for run in found if {*(run.manifest or {})["models"].values()} & set(model_ids)]
    return [*theirs, *(run for run in found if run not in theirs)]


def _picked(found: Sequence[Run]) -> Run:
    if len(found) == 1:
        return found[0]
    by_id = {run.run_id: run for run in found}
    names = {card.model_id: card.short_name for card in models.list_models()}
    chosen = st.selectbox(
        "Hardening",
        list(by_id),
        key=PICKED,
        format_func=lambda run_id: _name(by_id[run_id], names),
        label_visibility="collapsed",
    )
    return by_id[str(chosen)]


def _name(run: Run, names: Mapping[str, str]) -> str:
    before, after = (names.get(model_id, model_id) for model_id in (run.manifest or {})["models"].values())
    return f"{before}, hardened against {run.spec['recipe']} as {after}, {run.created[:16].replace('T', ' ')}"


def _nothing_yet(selection: Selection) -> None:
    name = selection.model_a.short_name if selection.model_a else "MODEL"
    data = selection.data.name if selection.data else "imdb-embedded"
    st.write(
        "No model is hardened yet. This command attacks training reviews, trains again, and measures both "
        "models:"
    )
    alias = f"{name}-hardened"
    command = terminal.command("attacks", "harden", model=name, recipe="deepwordbug", data=data, alias=alias)
    st.code(command, language="bash", wrap_lines=True)


# --- the chart -------------------------------------------------------------------------------------

UNHARDENED, HARDENED = "before", "hardened"
#: Before is hollow and stands above: told apart without colours.
SYMBOLS = {"before": "circle-open", "after": "circle"}
OFFSETS = {"before": -0.14, "after": 0.14}


def before_and_after(frame: pd.DataFrame, colours: tuple[str, str]) -> go.Figure:
    """Draw two dots with 95 % intervals a measure, the first row on top.

    Columns: `title, n`, and `value, low, high` (shares) after `before_` and `after_`.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, row in enumerate(frame.to_dict("records")):
        figure.add_shape(
            type="line",
            x0=100 * row["before_value"],
            x1=100 * row["after_value"],
            y0=place + OFFSETS["before"],
            y1=place + OFFSETS["after"],
            line={"color": REFERENCE_COLOUR, "width": 1.5, "dash": "dot"},
        )
    for when, name, colour in (("before", UNHARDENED, colours[0]), ("after", HARDENED, colours[1])):
        figure.add_trace(_dots(frame, when, name, colour))
    layout(figure, x_title="accuracy, %, with 95 % interval", y_title="", height=110 + 64 * len(frame))
    figure.update_xaxes(range=[-1, 101])
    return figure.update_yaxes(
        tickvals=list(range(len(frame))),
        ticktext=list(frame["title"]),
        range=[len(frame) - 0.5, -0.5],
        showgrid=False,
    )


def _dots(frame: pd.DataFrame, when: str, name: str, colour: str) -> go.Scatter:
    import plotly.graph_objects as go

    value, low, high = (100 * frame[f"{when}_{part}"] for part in ("value", "low", "high"))
    return go.Scatter(
        x=value,
        y=[place + OFFSETS[when] for place in range(len(frame))],
        name=name,
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": SYMBOLS[when], "line": {"color": colour, "width": 2}},
        error_x={"array": high - value, "arrayminus": value - low, "color": colour, "thickness": 2},
        customdata=pd.DataFrame({"title": frame["title"], "low": low, "high": high, "n": frame["n"]}),
        hovertemplate=(
            "%{customdata[0]}, " + name + ": %{x:.1f} % [%{customdata[1]:.1f}, %{customdata[2]:.1f}] "
            "n = %{customdata[3]:,}<extra></extra>"
        ),
    )

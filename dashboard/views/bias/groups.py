"""The part of Bias and slices on labelled reviews: is a model as good inside a group of them as outside?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard.elements import columns, reading_list
from dashboard.elements.figures import drawn
from dashboard.records.bias import Audited
from dashboard.views.bias import charts, slices, wording
from dashboard.views.bias import place as bias_place
from dashboard.views.bias.charts import Mark
from dashboard.views.bias.place import Place
from dashboard.views.bias.wording import signed_estimate
from dashboard.wording import format_estimate

TABLE_KEY = "bias_groups"
ROW_HEIGHT = 31
DIFFERENT, EVERY = "", "every"
FAMILIES = {
    DIFFERENT: "slices with a difference",
    EVERY: "all slices",
    "length": "length",
    "wording": "wording",
    "topic": "genre words",
    "mention": "mentions of a group",
    "abuse": "abuse",
    "data": "language and rating",
}
FEW = "too few"


def show(models: Sequence[Audited], place: Place) -> Place:
    """Draw one figure's gaps as a plot and a table; a picked row opens the slice with its errors."""
    from attacks.bias import readings
    from attacks.slices.fairness import GAP_METRICS

    titles = {name: metric.title for name, metric in GAP_METRICS.items()}
    default = most_different([model.run.fairness for model in models])
    figures = {"": titles[default]} | {name: titles[name] for name in titles if name != default}
    answered = st.container()
    first, second, _ = st.columns([3, 3, 5], gap="small")
    metric = bias_place.choose("Figure", "metric", figures, container=first)
    family = bias_place.choose("Slices", "family", FAMILIES, container=second)
    name = metric or default
    tables = [table_of(model.run.fairness, name) for model in models]
    lines = [answer(model.name, table, titles[name]) for model, table in zip(models, tables, strict=True)]
    with answered:
        wording.draw(
            lines,
            f"{GAP_METRICS[name].description} Inside the slice minus elsewhere; p corrected over all "
            f"{len(models[0].run.fairness):,} gaps of a model (Benjamini-Hochberg). "
            f"{readings.LIMITS['fairness']}",
        )
    wanted = _wanted(tables, family)
    if not wanted:
        st.caption("No slice differs in this figure, so all slices are drawn.")
        wanted = _wanted(tables, EVERY)
    left, right = columns.beside([10, 13], "groups")
    with left:
        _plot(models, tables, wanted)
    with right:
        _table(models, tables, wanted)
    return replace(place, metric=metric, family=family)


def most_different(tables: Sequence[pd.DataFrame]) -> str:
    """Return the figure in which the most slices differ; accuracy where none does.

    The predicted-positive rate is left out: it differs wherever the reviews themselves do.
    """
    rows = pd.concat(list(tables))
    rows = rows[rows["verdict"].isin(("higher", "lower")) & (rows["metric"] != "predicted_positive")]
    counts = rows["metric"].value_counts()
    return str(counts.index[0]) if len(counts) else "accuracy"


def table_of(fairness: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the gaps of one figure, by slice."""
    return fairness[fairness["metric"] == metric].set_index("slice", drop=False)


def family_of(name: str) -> str:
    """Return what kind of slice a name is of."""
    from attacks.slices.memberships import MEMBERSHIPS

    return MEMBERSHIPS[name].family if name in MEMBERSHIPS else "data"


def answer(name: str, table: pd.DataFrame, title: str) -> str:
    """Say in how many slices a figure of a model differs, and where most."""
    tested = table[table["verdict"] != FEW]
    found = tested[tested["verdict"] != "no difference found"]
    what = title[:1].lower() + title[1:]
    if tested.empty:
        return f"{name}: every slice has too few reviews to measure a difference."
    if found.empty:
        smallest = min(int(row["inside"].n) for row in tested.to_dict("records"))
        return (
            f"{name}: no difference in {what} was found in any of {len(tested)} slices "
            f"(the smallest has n = {smallest:,})."
        )
    size = found["difference"].map(lambda gap: abs(gap.value))
    row = found.loc[size.idxmax()].to_dict()
    where = slices.title_of(str(row["slice"]))
    return (
        f"{name}: the {what} differs in {len(found)} of {len(tested)} slices, most in “{where}”: "
        f"{signed_estimate(row['difference'])} points, n = {row['inside'].n:,}."
    )


def _wanted(tables: Sequence[pd.DataFrame], family: str) -> list[str]:
    """Return the slices to show: those of a family, or those in which any model differs."""
    names = list(dict.fromkeys(name for table in tables for name in table["slice"]))
    if family == DIFFERENT:
        return [
            name
            for name in names
            if any(table["verdict"].get(name) in ("higher", "lower") for table in tables)
        ]
    return [name for name in names if family == EVERY or family_of(name) == family]


def _plot(models: Sequence[Audited], tables: Sequence[pd.DataFrame], wanted: Sequence[str]) -> None:
    marks = [
        _mark(model, table.loc[name].to_dict(), name)
        for name in sorted(wanted, key=lambda name: list(FAMILIES).index(family_of(name)))
        for model, table in zip(models, tables, strict=True)
        if name in table.index and table.loc[name, "verdict"] != FEW
    ]
    if not marks:
        st.caption("Too few reviews in these slices to draw a gap; the table lists them.")
        return
    figure = drawn(charts.forest, marks, x_title="inside minus elsewhere, points")
    caption = "Dots are gaps, lines 95 % intervals. Pale: no difference found."
    st.plotly_chart(figure, key="bias-gaps", config={"displayModeBar": False}, alt=caption)
    few = len({name for name in wanted if all(_is_few(table, name) for table in tables)})
    st.caption(f"{caption} {f'{few} slices have too few reviews and are in the table only.' if few else ''}")


def _is_few(table: pd.DataFrame, name: str) -> bool:
    return name not in table.index or table.loc[name, "verdict"] == FEW


def _mark(model: Audited, row: dict[str, object], name: str) -> Mark:
    gap = row["difference"]
    title = slices.title_of(name)
    hover = "\n".join(
        [
            f"{title}, {model.name}",
            f"inside {format_estimate(row['inside'])}",  # type: ignore[arg-type]
            f"elsewhere {format_estimate(row['outside'])}",  # type: ignore[arg-type]
            f"difference {signed_estimate(gap)} points",  # type: ignore[arg-type]
            f"p = {wording.p_in_words(float(str(row['p_adjusted'])))} (corrected): {row['verdict']}",
        ]
    )
    return Mark(
        family=FAMILIES[family_of(name)].capitalize(),
        row=title,
        series=model.name,
        colour=model.colour,
        value=100 * gap.value,  # type: ignore[attr-defined]
        low=100 * gap.ci_low,  # type: ignore[attr-defined]
        high=100 * gap.ci_high,  # type: ignore[attr-defined]
        strong=row["verdict"] in ("higher", "lower"),
        hover=hover,
    )


# --- the table -----------------------------------------------------------------------------------


def _table(models: Sequence[Audited], tables: Sequence[pd.DataFrame], wanted: Sequence[str]) -> None:
    order = sorted(wanted, key=lambda name: list(FAMILIES).index(family_of(name)))
    pairs = [
        (name, model, table)
        for name in order
        for model, table in zip(models, tables, strict=True)
        if name in table.index
    ]
    names = [name for name, _, _ in pairs]
    config = st.column_config
    reading_list.draw(
        pd.DataFrame([_row(name, model, table.loc[name].to_dict()) for name, model, table in pairs]),
        names,
        None,
        key=TABLE_KEY,
        pick=_pick,
        tallest=620,
        row_height=ROW_HEIGHT,
        columns={
            "slice": config.TextColumn("Slice", width=118),
            "model": config.TextColumn("Model", width=70),
            "inside": config.TextColumn("Inside, %", width=98),
            "n": config.NumberColumn("n", width=44),
            "gap": config.TextColumn("Difference", width=112, help="Inside minus elsewhere, points"),
            "p": config.TextColumn("p", width=96, help="Corrected over all gaps of the model"),
        },
        alt="Gaps by slice; pick a row to read the slice's errors",
    )
    st.caption("Pick a row to open the slice with its errors.")


def _row(name: str, model: Audited, row: dict[str, object]) -> dict[str, object]:
    return {
        "slice": slices.title_of(name),
        "model": model.name,
        "gap": signed_estimate(row["difference"]),  # type: ignore[arg-type]
        "p": wording.p_and_verdict(float(str(row["p_adjusted"])), str(row["verdict"])),
        "inside": wording.plain(row["inside"]),  # type: ignore[arg-type]
        "n": row["inside"].n,  # type: ignore[attr-defined]
    }


def _pick(name: str | None) -> None:
    if name is None:
        bias_place.stay()
    else:
        bias_place.go(part=bias_place.SLICES, slice=name)

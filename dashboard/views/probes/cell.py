"""One cell of the matrix: what it asks, its figures, and its cases, the worst first, in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements import reading_list
from dashboard.elements.paging import Page, page_with
from dashboard.records import probings
from dashboard.records.probings import Probed
from dashboard.views.probes import place as probes_place
from dashboard.views.probes import wording
from dashboard.views.probes.matrix import in_words
from dashboard.views.probes.place import Place
from dashboard.wording import escape_html, escape_markdown, format_estimate

TABLE_KEY = "probes_cases"
ROW_HEIGHT, TABLE_HEIGHT = 31, 223
SHOWN_CHARACTERS = 160
#: Columns that would be too narrow stand under one another.
SPLIT = "probes_split"
STYLE = f"""<style>
[class*="st-key-{SPLIT}"] > div > [data-testid="stHorizontalBlock"] {{flex-wrap: wrap;}}
[class*="st-key-{SPLIT}"] > div > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {{
  min-width: min(100%, 23rem);}}
.st-key-{TABLE_KEY} [data-testid="stElementToolbar"] {{display: none;}}
.cellfacts {{display: grid; grid-template-columns: max-content max-content 1fr; gap: 0.15rem 0.75rem;
  font-size: 0.9rem; font-variant-numeric: tabular-nums; align-items: baseline;}}
.cellfacts .name {{max-width: 9rem; overflow-wrap: anywhere;}}
.cellfacts .faint {{opacity: 0.72;}}
.cellfacts .dot {{display: inline-block; width: 0.6em; height: 0.6em; border-radius: 50%;
  margin-right: 0.4em;}}
</style>"""


def head(models: Sequence[Probed], place: Place) -> None:
    """Draw the cell's title, what it asks, and each model's figures."""
    rows = [(model, model.row(str(place.capability), place.severity)) for model in models]
    row = next(row for _, row in rows if row is not None)
    severity = f", severity {place.severity}" if place.severity else ""
    st.header(escape_markdown(f"{row['title']}{severity}"), anchor=False)
    asks = description(str(row["capability"]), str(row["family"]))
    kind = escape_markdown(f"{row['kind']}.")
    st.caption(f"{escape_markdown(asks)} {kind}", help=wording.KINDS[row["kind"]])
    st.html(facts_html(rows))


def worst(rows: pd.DataFrame) -> tuple[str, int | None]:
    """Return the capability and severity that fail most often."""
    rates = rows["failure_rate"].map(lambda figure: figure.value).fillna(-1.0).to_numpy(dtype=float)
    row = rows.iloc[int(rates.argmax())]
    return str(row["capability"]), None if pd.isna(row["severity"]) else int(row["severity"])


def description(capability: str, family: str) -> str:
    """Return what a capability asks, in a sentence; empty where it is no longer there."""
    from attacks.own import probes
    from attacks.probes import PROBES
    from attacks.probing import perturbations
    from attacks.probing.base import ProbeError

    if family == probings.REVIEWS:
        known = perturbations.PERTURBATIONS.get(capability)
        return known.description if known else ""
    if capability in PROBES:
        return PROBES[capability].description
    try:
        return probes.STORE.open(capability).description
    except ProbeError:
        return ""


def facts_html(rows: Sequence[tuple[Probed, dict[str, Any] | None]]) -> str:
    """Return a line a model: failure rate with interval and n, verdict, and how far its templates differ."""
    return f"<div class='cellfacts'>{''.join(_facts(model, row) for model, row in rows)}</div>"


def _facts(model: Probed, row: dict[str, Any] | None) -> str:
    dot = f"<span class='dot' style='background:{model.colour}'></span>"
    name = f"<span class='name'>{dot}{escape_html(model.name)}</span>"
    if row is None:
        return f"{name}<span>–</span><span class='faint'>not probed</span>"
    hint = escape_html(in_words(row))
    verdict = {"holds": "held", "fails": "not understood"}.get(row["verdict"], row["verdict"])
    low, high = row["template_min"], row["template_max"]
    spread = f", templates {100 * low:.0f}–{100 * high:.0f}\u00a0%" if low == low else ""
    figure = escape_html(format_estimate(row["failure_rate"]))
    said = escape_html(f"{verdict}{spread}")
    return (
        f"{name}<span title='{hint}'><b>{figure}</b></span><span class='faint' title='{hint}'>{said}</span>"
    )


# --- its cases -----------------------------------------------------------------------------------


def cases(models: Sequence[Probed], place: Place) -> pd.DataFrame:
    """Return the cell's cases with every shown model's answers, missing ones where it was not asked."""
    capability = str(place.capability)
    rows = [model.row(capability, place.severity) for model in models]
    asked = [at for at, row in enumerate(rows) if row is not None]
    runs = tuple(str(row["run_id"]) for row in rows if row is not None)
    frame = probings.cell_cases(runs, capability, place.severity)
    names = ("prob", "before", "held", "far")
    moved = {f"{name}_{was}": f"{name}_{at}" for was, at in enumerate(asked) for name in names}
    absent = [f"{name}_{at}" for at in range(len(models)) if at not in asked for name in names]
    return frame.rename(columns=moved).assign(**dict.fromkeys(absent, pd.NA))


def ordered(frame: pd.DataFrame, place: Place, models: int) -> pd.DataFrame:
    """Return the cases that are listed, the worst first; cases that did not fail come last."""
    failed = [_failed(frame, at) for at in range(models)]
    by = min(place.by, models - 1)
    wanted = {"failed": failed[by], "both": np.logical_and.reduce(failed)}.get(
        place.show, np.ones(len(frame), dtype=bool)
    )
    far = frame[[f"far_{at}" for at in range(models)]].astype(float).fillna(0.0).to_numpy()
    key = far.sum(axis=1) if place.show == "both" else far[:, by]
    order = np.lexsort((-key, ~failed[by]))
    return frame.iloc[order[wanted[order]]].reset_index(drop=True)


def _failed(frame: pd.DataFrame, at: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    failed: np.ndarray[Any, np.dtype[np.bool_]] = (
        frame[f"held_{at}"].eq(False).fillna(False).to_numpy(dtype=bool)
    )
    return failed


def page_at(rows: pd.DataFrame, place: Place) -> Page:
    """Return the page of cases to list: the one that holds the case being read, else the one asked for."""
    return page_with(rows, rows["case_id"].tolist(), place.case, place.page)


def show_picker(models: Sequence[Probed], counts: dict[str, int]) -> None:
    """Draw which of the cases are listed."""
    place = probes_place.here()
    by = models[min(place.by, len(models) - 1)].name
    titles = {
        "failed": f"failed by {by} ({counts['failed']:,})",
        "both": f"failed by both ({counts['both']:,})",
        "all": f"all cases ({counts['all']:,})",
    }
    options = [name for name in titles if len(models) > 1 or name != "both"]
    # The browser answers with a title: a box whose titles change is another box, or an old title would come.
    key = f"probes-show-{by}-{counts['failed']}-{counts['both']}-{counts['all']}-{place.show}"
    st.selectbox(
        "Cases",
        options,
        index=options.index(place.show) if place.show in options else 0,
        key=key,
        format_func=lambda name: titles.get(name, name),
        on_change=probes_place.show_changed,
        args=(key,),
        label_visibility="collapsed",
    )


def counts(frame: pd.DataFrame, place: Place, models: int) -> dict[str, int]:
    """Return how many cases each choice of `show_picker` lists."""
    failed = [_failed(frame, at) for at in range(models)]
    return {
        "failed": int(failed[min(place.by, models - 1)].sum()),
        "both": int(np.logical_and.reduce(failed).sum()),
        "all": len(frame),
    }


def table(page: Page, models: Sequence[Probed], case: str | None) -> None:
    """Draw one page of cases, the one being read selected, and the page numbers below."""
    ids = page.rows["case_id"].tolist()
    reading_list.draw(
        rows_shown(page.rows, len(models)),
        ids,
        case,
        key=TABLE_KEY,
        pick=_pick,
        columns=columns(models),
        tallest=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        alt="The cell's cases, one a row, the worst first; pick a row to read the case",
        sorting=reading_list.AS_LISTED,
    )
    if page.pages > 1:
        reading_list.turner(page, "probes", probes_place.turn)


def _pick(case: str | None) -> None:
    if case is None:
        probes_place.go(probes_place.here())
    else:
        probes_place.read(case)


def rows_shown(rows: pd.DataFrame, models: int) -> pd.DataFrame:
    """Return what the browser gets of a page: the beginning of each text, and answers as words."""
    shown = pd.DataFrame(
        {"text": rows["text"].str.slice(0, SHOWN_CHARACTERS).str.replace(r"\s+", " ", regex=True)}
    )
    if not (rows["kind"] == "INV").all():  # of a change that must not matter always the same is expected
        shown["expected"] = [
            wording.expectation(kind, expected)
            for kind, expected in zip(rows["kind"], rows["expected"], strict=True)
        ]
    for at in range(models):
        shown[f"says_{at}"] = [_said(row, at) for row in rows.to_dict("records")]
    return shown.reset_index(drop=True)


def _said(row: dict[str, Any], at: int) -> str:
    after = wording.percent(row[f"prob_{at}"])
    held = row[f"held_{at}"]
    mark = " ✕" if not pd.isna(held) and not held else ""
    if row["kind"] == "MFT" or pd.isna(row[f"before_{at}"]):
        return f"{after}{mark}"
    before = wording.percent(row[f"before_{at}"])
    return f"{before.removesuffix(' %')} → {after.removesuffix(' %')}{mark}"


def columns(models: Sequence[Probed]) -> dict[str, Any]:
    """Return how the columns of `rows_shown` are drawn."""
    config = st.column_config
    said = "Probability of positive in %, for a changed text before → after; ✕ failed"
    answers = {
        f"says_{at}": config.TextColumn(model.name, help=said, width=70) for at, model in enumerate(models)
    }
    return {
        "text": config.TextColumn("Text", width=124 if len(models) > 1 else 200),
        "expected": config.TextColumn("Expected", width=88),
        **answers,
    }

"""The Robustness page's diff desk: filters, the table of texts, one text beside its original, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.elements import (
    diff_html,
    explained_words,
    page_links,
    public_copy,
    reading_list,
    review_html,
    steps,
)
from dashboard.elements import keys as page_keys
from dashboard.elements.paging import Page
from dashboard.elements.review_html import Verdict
from dashboard.records import attacks
from dashboard.views.robustness import desk, place
from dashboard.views.robustness.desk import OUTCOMES, SORTS, VERDICTS
from dashboard.views.robustness.place import Place
from dashboard.views.robustness.state import Attacked
from dashboard.wording import escape_markdown
from sentiment_core.schema import LABEL_NAMES

TABLE_KEY = "robustness_table"
TABLE_HEIGHT, ROW_HEIGHT = 236, 33
READING_HEIGHT = 330
STYLE = f"""{diff_html.STYLE}<style>
.st-key-{TABLE_KEY} [data-testid="stElementToolbar"] {{display: none;}}
</style>"""
#: The desk's verdict buttons: their names among the keys, what is kept, and why.
BUTTONS: tuple[tuple[str, bool | None, str], ...] = (
    ("valid", True, "The text still means the same: it counts as fooling the model"),
    ("not-valid", False, "A reader would judge it differently or not understand it: it does not count"),
    ("automatic", None, "Remove the verdict by hand"),
)


def filter_row(runs: Sequence[Attacked]) -> None:
    """Draw the filters, each of which goes back to the first page."""
    several = len(runs) > 1
    widths = [4, 3, 4, *([5] if several else [])]
    columns = iter(st.columns(widths, vertical_alignment="bottom", gap="small"))
    _choice(next(columns), "Show", place.OUTCOME, OUTCOMES)
    _choice(next(columns), "Verdict", place.VERDICT, VERDICTS)
    _choice(next(columns), "Sort by", place.SORT, SORTS)
    if several:
        titles = {"": "all"} | {run.run_id: run.name for run in runs}
        _choice(next(columns), "Run", place.RUN, titles)


def _choice(column: DeltaGenerator, label: str, key: str, titles: Mapping[str, str]) -> None:
    column.selectbox(
        label,
        list(titles),
        key=key,
        format_func=lambda name: titles.get(name, name),
        on_change=_filters_changed,
    )


def _filters_changed() -> None:
    place.go(Place(place.widget_filters()))


def clear_filters() -> None:
    """Go back to every text that fooled a model."""
    place.reset()


def read(text: str) -> None:
    """Go to a text of the filtered ones."""
    place.go(replace(place.here(), text=text))


def text_table(page: Page, text: str | None, several_runs: bool) -> None:
    """Draw one page of texts, the one being read selected, and the page numbers below."""
    keys = page.rows["key"].tolist()
    reading_list.draw(
        desk.table(page.rows, several_runs),
        keys,
        text,
        key=TABLE_KEY,
        pick=_pick,
        columns=_columns(),
        tallest=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        alt="Attacked reviews that pass the filters, one a row; pick a row to read both versions below",
        sorting=reading_list.Sorting(place.here().filters.sort, desk.ORDERS, desk.RISING, _sort),
    )
    reading_list.turner(page, "robustness", _turn)


def _sort(order: str) -> None:
    st.session_state[place.SORT] = order
    _filters_changed()


def _turn(page: int) -> None:
    place.go(replace(place.here(), page=page, text=None))


def _pick(text: str | None) -> None:
    here = place.here()
    place.go(here if text is None else replace(here, text=text))


def _columns() -> dict[str, Any]:
    config = st.column_config
    positive = "Probability of positive"
    return {
        "run": config.TextColumn("Run", width=150),
        "outcome": config.TextColumn("Outcome", width=84),
        "verdict": config.TextColumn("Verdict", width=120),
        "before": config.NumberColumn(
            "Before", format="%.1f %%", width=66, help=f"{positive} of the original"
        ),
        "after": config.NumberColumn(
            "After", format="%.1f %%", width=66, help=f"{positive} of the changed text"
        ),
        "changed": config.NumberColumn("Words", format="localized", width=56, help="Words changed"),
        "queries": config.NumberColumn("Queries", format="localized", width=64),
        "review": config.TextColumn("Original", width=420),
    }


# --- one text ------------------------------------------------------------------------------------


def reading(run: Attacked, row: pd.Series, keys: Sequence[str]) -> None:
    """Draw one text: its place in the list, the verdict buttons, the answers, and both versions."""
    record = row.to_dict()
    _controls(run, record, keys)
    st.caption(escape_markdown(_facts(record)))
    original, perturbed = st.columns(2, gap="medium")
    with original:
        _version("Original", run, record, "prob_before", diff_html.original_html)
    with perturbed:
        _version("After the attack", run, record, "prob_after", diff_html.perturbed_html)
    data = run.run.spec.data
    page_links.to_review(str(record["example_id"]), f"{data.get('fingerprint')}-{data.get('split')}")
    _words(run, record)


def _words(run: Attacked, record: Mapping[str, Any]) -> None:
    """Draw which words carried the answer before the attack, and which after it."""
    before, after = str(record["original"]), str(record["perturbed"] or record["original"])
    texts = {"Original": before} if after == before else {"Original": before, "After the attack": after}
    name = attacks.model_name(run.run)
    explained_words.offer(run.run.spec.model_id, name, texts, key="robustness-words")


def _controls(run: Attacked, record: Mapping[str, Any], keys: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = str(record["key"])
        steps.draw("robustness", keys, shown, now=lambda: place.here().text, go=read, width="stretch")
        if record["outcome"] == "succeeded" and not public_copy.switched_off("verdicts"):
            for name, verdict, help_ in BUTTONS:
                page_keys.button(
                    name,
                    key=f"verdict-{page_keys.KEYS[name].label}",
                    help=help_,
                    type="primary" if _is_now(record, verdict) else "secondary",
                    on_click=_judge,
                    args=(run.run_id, record["example_id"], verdict),
                )


def _is_now(record: Mapping[str, Any], verdict: bool | None) -> bool:
    by_hand = bool(record["by_hand"])
    return not by_hand if verdict is None else by_hand and bool(record["valid"]) == verdict


def _judge(run_id: str, example_id: str, verdict: bool | None) -> None:
    attacks.overrule(run_id, example_id, verdict)
    place.go(place.here())


def _facts(record: Mapping[str, Any]) -> str:
    parts = [f"Truly {LABEL_NAMES[int(record['label'])]}"]
    if record["outcome"] == "errored":
        return f"{parts[0]}. The attack failed with an error: {record['error']}"
    changed, words = int(record["words_changed"]), int(record["words"])
    share = f" ({100 * changed / words:.1f} %)" if words else ""
    parts.append(f"{changed:,} of {words:,} words changed{share}")
    parts.append(f"{int(record['queries']):,} queries")
    if record["similarity"] is not None:
        parts.append(f"similarity {float(record['similarity']):.3f}")
    if record["stopped_by"]:
        parts.append(f"stopped by its {record['stopped_by']}")
    return f"{' · '.join(parts)}. {desk.verdict_sentence(record)}"


def _version(
    title: str, run: Attacked, record: Mapping[str, Any], prob: str, html: Callable[[str, str], str]
) -> None:
    value = float(record[prob])
    if value == value:
        right = (value >= 0.5) == bool(record["label"])
        verdict = Verdict(title, run.colour, value, 0.5, right)
        st.html(review_html.verdicts_html([verdict]))
    else:
        st.caption(title)
    # A key per text: a new text is read from its start, not from where the last one was scrolled to.
    key = f"robustness-{prob}-{record['run_id'][-8:]}-{record['place']}"
    with st.container(height=READING_HEIGHT, border=True, key=key):
        st.html(html(record["original"], record["perturbed"] or record["original"]))

"""A probe as it is being written: YAML as text, or tables of templates and slots that make the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.views.probes import wording

TEXT, KIND, TITLE = "probes_draft_text", "probes_draft_kind", "probes_draft_title"
MOST_CHARACTERS = 100_000
SEPARATOR = "|"
EXPECTATIONS = {"MFT": ["positive", "negative"], "INV": ["same"], "DIR": ["up", "down"]}
START = """\
title: Endings
kind: MFT
templates:
  - {text: "The {part} is {good}.", expectation: positive}
  - {text: "I found the {part} {bad}.", expectation: negative}
slots:
  part: [ending, last scene, final act]
  good: [great, satisfying, "worth the wait"]
  bad: [poor, rushed, "a let-down"]
"""
#: What the tables start with, by kind: (text, expectation, variant), and slots with their values.
EXAMPLES: dict[str, list[tuple[str, str, str]]] = {
    "MFT": [("The {part} is {good}.", "positive", ""), ("I found the {part} {bad}.", "negative", "")],
    "INV": [("{Name} and the {part} are {good}.", "same", "{Name2} and the {part} are {good}.")],
    "DIR": [("The {part} is {good}.", "up", "The {part} is truly {good}.")],
}  # fmt: skip
SLOTS = {
    "part": "ending | last scene | final act",
    "good": "great | satisfying | worth the wait",
    "bad": "poor | rushed | a let-down",
    "name": "Maria | Ahmed | Chen | Olga",
}
HELP = (
    "Braces name a slot: {part}. {a:good} adds the article, {Part} a capital; "
    "{good} and {good2} are two different values of one slot."
)


def put(text: str) -> None:
    """Put a text into the field; only in a callback."""
    st.session_state[TEXT] = text


def as_text() -> str:
    """Draw the field and return what stands in it."""
    st.session_state.setdefault(TEXT, START)
    st.text_area(
        "Probe", key=TEXT, height=330, max_chars=MOST_CHARACTERS, help=HELP, persist_state="session",
    )  # fmt: skip
    st.caption("Press Ctrl+Enter to see the result.")
    return str(st.session_state[TEXT] or "")


def as_form() -> str:
    """Draw the tables and return the YAML that they make."""
    kind = st.radio(
        "Kind", list(EXPECTATIONS), key=KIND, horizontal=True,
        captions=["has a right answer", "must not change", "must not move the wrong way"],
        help=" ".join(f"{name}: {text}." for name, text in wording.KINDS.items()),
        persist_state="session",
    )  # fmt: skip
    st.caption(HELP)
    chosen = kind or "MFT"
    templates = st.data_editor(
        _templates(chosen),
        key=f"probes_templates_{chosen}",
        num_rows="dynamic",
        hide_index=True,
        column_config=_template_columns(chosen),
    )
    slots = st.data_editor(
        _slots(chosen),
        key=f"probes_slots_{chosen}",
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "slot": st.column_config.TextColumn("Slot", width=90, required=True),
            "values": st.column_config.TextColumn(f"Values, separated by {SEPARATOR}", width=330),
        },
    )
    text = yaml_of(chosen, templates, slots)
    with st.expander("As YAML", icon=":material/code:"):
        st.code(text, language="yaml", wrap_lines=True)
    return text


def _templates(kind: str) -> pd.DataFrame:
    frame = pd.DataFrame(EXAMPLES[kind], columns=["text", "expectation", "variant"])
    return frame.drop(columns="variant") if kind == "MFT" else frame


def _slots(kind: str) -> pd.DataFrame:
    from attacks.probing.templates import slot_names

    used = slot_names(" ".join(" ".join(row) for row in EXAMPLES[kind])).values()
    return pd.DataFrame([(slot, SLOTS[slot]) for slot in dict.fromkeys(used)], columns=["slot", "values"])


def _template_columns(kind: str) -> dict[str, Any]:
    config = st.column_config
    return {
        "text": config.TextColumn("Template", width=262 if kind == "MFT" else 176, required=True),
        "expectation": config.SelectboxColumn(
            "Expected", options=EXPECTATIONS[kind], default=EXPECTATIONS[kind][0], width=84
        ),
        "variant": config.TextColumn("Changed to", width=176, required=kind != "MFT"),
    }


def yaml_of(kind: str, templates: pd.DataFrame, slots: pd.DataFrame) -> str:
    """Return the YAML of the two tables; rows without a text and slots without a name are left out."""
    import yaml

    rows = [_template(row) for row in templates.to_dict("records") if _said(row.get("text"))]
    values = {
        _said(row.get("slot")): [
            value.strip() for value in _said(row.get("values")).split(SEPARATOR) if value.strip()
        ]
        for row in slots.to_dict("records")
        if _said(row.get("slot"))
    }
    record: dict[str, Any] = {"kind": kind, "templates": rows, "slots": values}
    written: str = yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=10_000)
    return written


def _template(row: Mapping[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = {"text": _said(row["text"])}
    if _said(row.get("expectation")):
        template["expectation"] = _said(row["expectation"])
    if _said(row.get("variant")):
        template["variants"] = [_said(row["variant"])]
    return template


def _said(cell: object) -> str:
    """Return a cell's text; an empty cell of a data editor is None or NaN."""
    return "" if cell is None or cell != cell else str(cell).strip()

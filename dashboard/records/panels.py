"""Blind panels: the list of them, and what people have said so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.records import attacks, finished

if TYPE_CHECKING:
    from attacks.panels.making import Panel
    from attacks.panels.results import Results

KIND = "panel"


def list_panels() -> list[Panel]:
    """Return the panels, newest first; read from disk only when there is a new one."""
    from attacks.panels import making

    return finished.listed(KIND, making.list_panels)


def title(panel: Panel) -> str:
    """Return what a picker calls a panel: what it is about, and when it was made."""
    from attacks.panels import making
    from dashboard.wording import format_started

    name = attacks.model_names().get(panel.spec["model_id"]) or panel.manifest.get("model_alias")
    return f"{making.title_of(panel.spec, name)}, {format_started(panel.run_id)}"


def results(panel: Panel) -> Results:
    """Return what people have said; computed again where an answer or a verdict is new."""
    from attacks.panels import answers

    verdicts = attacks.verdict_stamp(panel.attack_run) if attacks.known(panel.attack_run) else ""
    return _results(panel.run_id, len(answers.log(panel.run_id).entries()), verdicts)


@st.cache_resource(max_entries=16, show_spinner=False)
def _results(panel_id: str, lines: int, verdicts: str) -> Results:
    from attacks.panels import making
    from attacks.panels import results as computing

    return computing.results(making.open_panel(panel_id))

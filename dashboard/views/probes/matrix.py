"""The matrix on the page: its HTML, of which a clicked cell comes back without loading the page again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.records.probings import Probed
from dashboard.views.probes import table

# The table itself is escaped where it is made; the script only puts it in place and tells which cell was
# clicked. Rows keep their focus, so that the keyboard goes on where it was.
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.matrix');
  const active = parentElement.activeElement || parentElement.ownerDocument.activeElement;
  const focused = active && active.dataset ? active.dataset.cell : undefined;
  root.innerHTML = data.html;
  if (focused) {
    const again = [...root.querySelectorAll('[data-cell]')].find((cell) => cell.dataset.cell === focused);
    if (again) again.focus({ preventScroll: true });
  }
  root.onclick = (event) => {
    const cell = event.target.closest('[data-cell]');
    if (cell) setTriggerValue('cell', cell.dataset.cell);
  };
}
"""
LEGEND = (
    "Failure rate in %, and n. ✓ held: the interval is below 5 %; ○ unclear; ● fails: the interval is above "
    "5 %, also after Benjamini-Hochberg. Hover for intervals."
)

HATCHED = "Hatched: the failure rate differs between templates, so it depends on the wording."

_mount = st.components.v2.component(
    "reelcheck_probes", html="<div class='matrix'></div>", css=table.CSS, js=_JS
)


def draw(
    models: Sequence[Probed], families: Sequence[str], picked: tuple[str, int | None, str],
    on_pick: Callable[[str, int | None, str], None], *, severities: bool = False,
) -> None:  # fmt: skip
    """Draw the matrix; `on_pick` gets capability, severity and model id of a clicked cell."""
    key = f"probes-matrix-{'reviews' if severities else 'language'}"

    def clicked() -> None:
        cell = st.session_state[key].get("cell")
        if cell:
            capability, severity, model_id = str(cell).split("~", 2)
            on_pick(capability, int(severity) if severity.isdigit() else None, model_id)

    html = table.matrix_html(models, families, picked, severities=severities)
    _mount(key=key, data={"html": html}, on_cell_change=clicked)
    st.caption(f"{LEGEND} {HATCHED}" if table.any_unreliable(models, families) else LEGEND)

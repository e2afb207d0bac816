"""How many words of the review can be changed without changing an answer, and the text that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from attacks.certificates.figures import closest
from attacks.certificates.schema import CERTIFIED, WRONG
from dashboard.elements import diff_html
from dashboard.records import attacks, certificates
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown

if TYPE_CHECKING:
    from attacks.certificates.runs import CertificateRun

TEXT_HEIGHT = 300


def draw(known: Known) -> None:
    """Draw what each certificate says of the review; nothing where there is none."""
    found = certificates.of_review(known.choice.fingerprint, known.review.example_id)
    if not found:
        return
    st.header("Certified radius", anchor=False)
    for run, rows in found:
        st.markdown(escape_markdown(sentence(run, rows)))
        worst = closest(rows)
        if worst is not None:
            key = f"review-certified-{run.run_id}"
            with st.container(height=TEXT_HEIGHT, border=True, key=key):
                st.html(diff_html.STYLE + diff_html.perturbed_html(known.review.text, str(worst["witness"])))


def sentence(run: CertificateRun, rows: Sequence[Mapping[str, Any]]) -> str:
    """Say how far the answer is certified, and how few changes are known to turn it."""
    name, edits = (
        attacks.model_names().get(run.spec.model_id, run.spec.model_id),
        certificates.edits_title(run),
    )
    if any(row["status"] == WRONG for row in rows):
        return f"{name} gets this review wrong as it is: there is nothing to certify."
    radius = max((int(row["k"]) for row in rows if row["status"] == CERTIFIED), default=0)
    said = (
        f"no change of up to {radius:,} {'word' if radius == 1 else 'words'} turns the answer"
        if radius
        else "no number of words is certified"
    )
    worst = closest(rows)
    if worst is None:
        known = "; no text that turns it is known"
    else:
        k = int(worst["k"])
        known = f"; this text, with at most {k:,} {'word' if k == 1 else 'words'} changed, does"
    return f"{name} ({edits}): {said}{known}."

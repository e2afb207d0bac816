"""Which explainer can be trusted for the chosen model: its newest audit, or the offer to make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import explanations
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from sentiment_core.explanation.audit import Audit
    from sentiment_core.models import ModelCard

#: A first audit: enough to tell the better half from chance, and done while one waits.
REVIEWS, MOST_WORDS = 20, 80


def show(chosen: Selection) -> None:
    """Draw each chosen model's audit."""
    for card in (card for card in (chosen.model_a, chosen.model_b) if card):
        st.header(escape_markdown(card.short_name), anchor=False)
        found = explanations.newest_audit(card.model_id)
        if found is None:
            st.write("Nobody has measured yet how far explanations of this model can be trusted.")
        else:
            draw(found, card.short_name)
        _offer(chosen, card, again=found is not None)


def _offer(chosen: Selection, card: ModelCard, *, again: bool) -> None:
    assert chosen.data is not None
    if widgets.anything_running():
        widgets.job_list(f"audit-{card.model_id}")
        return
    label = f"Measure {'again ' if again else ''}on {REVIEWS} short reviews"
    if public_copy.button(label, key=f"audit-{card.model_id}", icon=":material/play_arrow:"):
        argv = ["explain", "audit", "--model", card.model_id, "--data", chosen.data.argument, "--beam", "1"]
        argv += ["--split", chosen.data.split, "--limit", str(REVIEWS), "--most-words", str(MOST_WORDS)]
        widgets.start_job(argv, f"Audit the explanations of {card.short_name}")


def draw(found: Audit, name: str) -> None:
    """Draw what an audit says first, then its table."""
    st.markdown(f"**{escape_markdown(answer(found, name))}**")
    st.dataframe(table(found), hide_index=True, key=f"audit-{found.run_id}", height="content")
    st.caption(escape_markdown(how_it_was_measured(found)))
    with st.expander("Agreement between methods", icon=":material/table:"):
        st.dataframe(agreement(found), hide_index=True, key=f"agreement-{found.run_id}")


def how_it_was_measured(found: Audit) -> str:
    """Return what the figures are of, and how to read them."""
    facts = found.manifest
    fall = Estimate.from_json(facts["limits"]["limit_high"]).value
    return (
        f"{facts['n']:,} reviews of {facts['words']:.0f} words on average, and {facts['n_rationales']:,} "
        "with words that people marked; 95 % bootstrap intervals over reviews. Comprehensiveness and "
        "sufficiency lie between the worst and the best order of words that a beam search found (beam "
        f"{facts['beam']}); the best order lowers the probability of the answer by {fall:.2f} on average. "
        "The random explainer is what the others are measured against."
    )


def answer(found: Audit, name: str) -> str:
    """Return which explainer to trust, in a sentence."""
    from sentiment_core.explanation.audit import most_faithful

    best = most_faithful(found)
    if best is None:
        return f"No explainer of {name} does better than chance on these {found.manifest['n']:,} reviews."
    figure = found.figure(best, "comprehensiveness")
    chance = ""
    if "random" in found.methods:
        chance = f"; random scores reach {found.figure('random', 'comprehensiveness').value:.2f}"
    return (
        f"For {name}, {best} finds the words that the model relies on best: comprehensiveness "
        f"{figure.value:.2f} [{figure.ci_low:.2f}, {figure.ci_high:.2f}] of 1, n = {figure.n:,}{chance}."
    )


COLUMNS = {
    "comprehensiveness": "Comprehensiveness ↑",
    "sufficiency": "Sufficiency ↓",
    "stability": "Stability, synonym ↑",
    "randomised": "Same with random weights, 0 is right",
    "agreement_exact": "Agrees with exact ↑",
    "average_precision": "Average precision, people ↑",
    "token_f1": "Token F1, people ↑",
    "delta": "Delta",
    "seconds": "Seconds",
}


def table(found: Audit) -> pd.DataFrame:
    """Return a row for each explainer: figures with interval and n; empty columns are left out."""
    rows = [
        {"Method": method} | {title: in_words(found.figure(method, name)) for name, title in COLUMNS.items()}
        for method in found.methods
    ]
    frame = pd.DataFrame(rows)
    return frame[[column for column in frame if not (frame[column] == NOTHING).all()]]


NOTHING = "–"


def in_words(figure: Estimate) -> str:
    """Return a figure, its interval and its n."""
    if not figure.defined:
        return NOTHING
    return f"{figure.value:.2f} [{figure.ci_low:.2f}, {figure.ci_high:.2f}] n = {figure.n:,}"


def agreement(found: Audit) -> pd.DataFrame:
    """Return the rank correlation of each pair of methods."""
    return pd.DataFrame(
        [
            {
                "First": pair["first"],
                "Second": pair["second"],
                "Rank correlation": in_words(Estimate.from_json(pair["correlation"])),
            }
            for pair in found.manifest["agreement"]
        ]
    )

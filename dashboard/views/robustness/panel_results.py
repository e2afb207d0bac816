"""What the readers of a panel said: human validity beside the automatic one, agreement, and thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import diff_html
from dashboard.records import panels as records
from dashboard.wording import escape_markdown, format_difference, format_estimate, format_value
from sentiment_core import terminal
from sentiment_core.schema import LABEL_NAMES, Estimate

if TYPE_CHECKING:
    from attacks.panels.making import Panel
    from attacks.panels.recalibration import Recalibrated
    from sentiment_core.labels.verdicts import Agreement

KEEP = "robustness_panel_keep"
KEEPS = (0.9, 0.95, 0.99)
#: Texts with a disagreement that are drawn at most.
MOST_DRAWN = 20


def draw(panel: Panel, *, texts: bool = False) -> None:
    """Draw the figures, how far readers agree, and which thresholds their answers suggest.

    Args:
        panel: what was read.
        texts: also where people and the criteria disagree: only for those who have nothing left to read.
    """
    from attacks.panels import answers
    from attacks.panels import results as computing

    found = records.results(panel)
    st.header("What people said", anchor=False)
    st.markdown(f"**{escape_markdown(computing.sentence(found.figures))}**")
    rows = [
        {"figure": title, "value": written(name, found.figures[name])}
        for name, title in computing.TITLES.items()
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", alt="Figures of this panel with 95 % intervals"
    )
    undefined = {found.figures[name].reason for name in computing.TITLES if not found.figures[name].defined}
    for reason in sorted(undefined):
        st.caption(escape_markdown(f"Undefined: {reason}."))
    read = ", ".join(f"{name} ({n:,} texts)" for name, n in found.raters.items())
    st.caption(escape_markdown(f"Read by {read or 'nobody yet'}. Of several readers the majority counts."))
    damaged = answers.unreadable(panel.run_id)
    if damaged:
        st.caption(f"{damaged:,} lines of answers are unreadable and left out.")
    draw_agreements("what texts say", found.opinions)
    draw_agreements("who wrote them", found.writers)
    draw_thresholds(panel, found.texts)
    if texts:
        draw_disagreements(computing.disagreements(found.texts))


def draw_disagreements(found: pd.DataFrame) -> None:
    """Draw the texts that people and the criteria judge differently, with the changes."""
    if found.empty:
        return
    st.html(diff_html.STYLE)
    n = f"{len(found):,} text{'s' if len(found) > 1 else ''}"
    with st.expander(f"Where people and the criteria disagree: {n}", icon=":material/rule:"):
        for row in found.head(MOST_DRAWN).to_dict("records"):
            criteria = "valid" if row["automatic"] else f"not valid: {row['reasons']}"
            label = LABEL_NAMES[int(row["label"])]
            said = (
                f"Text {row['item']}, labeled {label}: to people {row['said']}; to the criteria {criteria}."
            )
            st.caption(escape_markdown(said))
            st.html(diff_html.snippets_html(str(row["original"]), str(row["text"])))
        more = len(found) - MOST_DRAWN
        if more > 0:
            st.caption(f"and {more:,} more")


def written(name: str, estimate: Estimate) -> str:
    """Write one figure: a share, a difference in points, or kappa on its own scale."""
    from attacks.panels import results as computing

    if not estimate.defined or name not in (*computing.DIFFERENCES, computing.KAPPA):
        return format_estimate(estimate)
    if name == computing.KAPPA:
        return format_estimate(estimate, percent=False)
    return format_difference(estimate)


def draw_agreements(what: str, found: Sequence[Agreement]) -> None:
    """Draw a line for every two readers."""
    for item in found:
        kappa = item.kappa
        said = (
            f"Cohen's kappa {kappa.value:.2f} [{kappa.ci_low:.2f}, {kappa.ci_high:.2f}]"
            if kappa.defined
            else f"Cohen's kappa undefined: {kappa.reason}"
        )
        names = " and ".join(item.authors)
        st.caption(escape_markdown(f"{names} agree on {what} in {item.same:,} of {item.n:,} texts; {said}."))


def draw_thresholds(panel: Panel, texts: pd.DataFrame) -> None:
    """Draw today's thresholds, those that these answers suggest, and the command that judges by them."""
    from attacks.panels import recalibration

    st.header("Thresholds by these answers", anchor=False)
    keep = st.segmented_control(
        "Keep, of the texts that people call valid", KEEPS, default=recalibration.KEEP, key=KEEP,
        format_func=lambda share: f"{100 * share:g} %", required=True,
    )  # fmt: skip
    found = recalibration.recalibrated(texts, float(keep or recalibration.KEEP))
    rows = [
        {
            "criterion": one.title,
            "in force": f"{one.today:g}",
            "keeps": format_estimate(one.kept_today),
            "lets others pass": format_estimate(one.passed_today),
            "suggested": threshold(one),
            "keeps then": format_estimate(one.kept),
            "lets others pass then": format_estimate(one.passed),
        }
        for one in found
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", alt="Thresholds in force and suggested"
    )
    if panel.spec["valid_only"]:
        note = recalibration.ONLY_VALID
        st.caption(escape_markdown(f"{note[0].upper()}{note[1:]}."))
    meaning, share = (one.threshold for one in found)
    if not meaning.defined:
        st.caption(escape_markdown(f"No threshold follows yet: {meaning.reason}."))
        return
    st.caption(
        "Others: attacked texts that people do not call valid. The same texts place a threshold and are "
        "counted under it, so what it keeps of new ones is uncertain: see its interval. Verdicts of a batch "
        "under these numbers, without changing what is kept:"
    )
    command = terminal.command(
        "attacks", "judge", panel.attack_run,
        least_similarity=f"{math.floor(1000 * meaning.value) / 1000:g}",  # rounded so that it keeps as many
        most_changed=f"{math.ceil(1000 * share.value) / 1000:g}",
    )  # fmt: skip
    st.code(command, language="bash", wrap_lines=True)


def threshold(one: Recalibrated) -> str:
    """Write a suggested threshold with its interval."""
    estimate = one.threshold
    if not estimate.defined:
        return format_value(estimate.value)
    return f"{estimate.value:.3f} [{estimate.ci_low:.3f}, {estimate.ci_high:.3f}] n = {estimate.n:,}"

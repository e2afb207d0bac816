"""One data set: whether it is sound, how the models do on it, what is in it, its name and its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.elements.figures import drawn
from dashboard.records import datasets, evaluations
from dashboard.records.datasets import Stored
from dashboard.views.data import charts, confirming, drifted, findings, keeping, measuring, plan
from dashboard.views.data.findings import Finding
from dashboard.wording import escape_markdown
from sentiment_core import models
from sentiment_core.data import describing, reading
from sentiment_core.schema import LABEL_NAMES, SPLITS

#: Up to so many reviews are described while the page is drawn, in some two seconds; more are a job.
AT_ONCE = 2_000


def draw(stored: Stored) -> None:
    """Draw all of it."""
    dataset = evaluations.dataset(stored.fingerprint)
    facts = _facts(stored)
    sound, models_on_it = st.columns([1, 1], gap="large")
    with sound:
        st.header("Is it sound?", anchor=False)
        _findings(_all_findings(stored, facts))
        if facts is None:
            _offer_description(stored)
    with models_on_it:
        st.header("Models on it", anchor=False)
        measuring.draw(stored)
    if said := reading.sentence(dataset.read):
        st.caption(escape_markdown(f"{said[0].upper()}{said[1:]}."))
    drifted.draw(stored)
    _charts(stored)
    if dataset.dropped:
        st.header("What was left out", anchor=False)
        confirming.dropped(dataset.dropped)
    if not public_copy.switched_off("data-keeping"):
        with st.expander("Rename or remove", icon=":material/edit:"):
            keeping.draw(stored)


def _facts(stored: Stored) -> dict[str, Any] | None:
    if stored.n > AT_ONCE and not describing.is_described(stored.fingerprint):
        return None
    if describing.is_described(stored.fingerprint):
        return datasets.description(stored.fingerprint)
    with st.spinner("Looking for duplicates, languages and long reviews"):
        return datasets.description(stored.fingerprint)


def _all_findings(stored: Stored, facts: dict[str, Any] | None) -> list[Finding]:
    seen = {card.short_name: datasets.seen(card, stored.choice) for card in models.list_models()}
    return [
        findings.of_size(stored.choice.n),
        findings.of_labels(stored.n - stored.positive, stored.positive),
        *findings.of_seen(seen, stored.choice.n),
        *(findings.of_facts(facts) if facts else ()),
    ]


def _findings(found: Iterable[Finding]) -> None:
    """Draw what to look at first, then what is all right."""
    lines = []
    for finding in sorted(found, key=lambda one: not one.look):
        icon = ":orange[:material/warning:]" if finding.look else ":material/check:"
        text = f"{finding.text[0].upper()}{finding.text[1:]}"
        lines.append(f"{icon} {escape_markdown(text)}.")
    st.markdown("  \n".join(lines))


def _offer_description(stored: Stored) -> None:
    """Offer to look for duplicates, near-duplicates and languages, which takes longer than a page may."""
    if widgets.anything_running():
        st.caption("Duplicates, languages and lengths can be looked at once no job is running.")
        return
    argv = ["data", "describe", stored.choice.argument]
    if public_copy.button("Describe these reviews", key="data-describe", icon=":material/search:"):
        widgets.start_job(argv, f"Describe {stored.name}")
    st.code(plan.command(argv), language="bash", wrap_lines=True)


def _charts(stored: Stored) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        counts = balance(stored.fingerprint)
        widgets.chart_with_table(
            drawn(charts.balance, counts),
            counts,
            key="data-balance",
            caption=f"Labels by split, n = {stored.n:,}",
        )
    with right:
        lengths = length_counts(stored.fingerprint)
        widgets.chart_with_table(
            drawn(charts.lengths, lengths), lengths, key="data-lengths",
            caption=f"Words per review, n = {stored.n:,}; the longest 1 % are in the last bar",
        )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner=False)
def balance(fingerprint: str) -> pd.DataFrame:
    """Return how many reviews of each split have which label."""
    rows = evaluations.dataset(fingerprint).examples
    counts = rows.groupby(["split", "label"], observed=True).size().rename("reviews").reset_index()
    places = {name: place for place, name in enumerate(SPLITS)}
    counts = counts.sort_values("split", key=lambda names: names.map(places), kind="stable")
    return counts.assign(label=counts["label"].map(LABEL_NAMES))


@st.cache_data(max_entries=16, show_spinner=False)
def length_counts(fingerprint: str) -> pd.DataFrame:
    """Return how many reviews have how many words."""
    return charts.length_counts(
        evaluations.words(fingerprint), evaluations.dataset(fingerprint).examples["label"]
    )

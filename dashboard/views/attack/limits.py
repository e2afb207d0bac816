"""The part of Attack's form with the limits per review, and where the work runs."""

from __future__ import annotations

import os
from typing import Any

import streamlit as st

from dashboard.session import listed
from dashboard.wording import escape_markdown

KEY = "attack_{}".format


def show(*, offer_quick: bool) -> dict[str, Any]:
    """Draw the limits of each review, the quick mode and where it runs; return what a Batch calls them."""
    queries = st.number_input(
        "Queries, at most",
        1,
        10_000_000,
        2_000,
        500,
        key=KEY("budget"),
        placeholder="no limit",
        help="Texts that the model may score; a search stopped by this limit counts as not fooled",
        persist_state="session",
    )
    seconds = st.number_input(
        "Seconds, at most",
        1.0,
        86_400.0,
        None,
        30.0,
        format="%g",
        key=KEY("seconds"),
        placeholder="no limit",
        help="With a limit, results depend on how fast this machine is",
        persist_state="session",
    )
    limits = {
        "query_budget": None if queries is None else int(queries),
        "seconds": None if seconds is None else float(seconds),
    }
    if offer_quick:
        limits["quick"] = st.toggle(
            "Quick search",
            key=KEY("quick"),
            help="Search with a half-precision copy of the model (needs a processor with bfloat16), then "
            "confirm the result: an edit counts only if the model itself is fooled",
            persist_state="session",
        )
    with st.expander("Where it runs", icon=":material/memory:"):
        return limits | _where()


def _where() -> dict[str, Any]:
    """Draw the cluster, or the number of processes here; the results depend on neither."""
    cores = os.cpu_count() or 1
    address = _cluster(listed.clusters())
    workers = number(
        st,
        "Processes",
        "workers",
        1,
        max(cores, 2),
        max(1, min(cores, 2)),
        1,
        help="Does not change the results",
        disabled=bool(address),
    )
    return {"workers": workers, "cluster": address}


def _cluster(addresses: list[str]) -> str:
    """Draw which cluster attacks, or why none can; "" is this machine."""
    if not addresses:
        st.caption(escape_markdown(listed.NO_CLUSTER))
        return ""
    cluster = st.selectbox(
        "Dask scheduler",
        addresses,
        index=None,
        key=KEY("cluster"),
        placeholder="none: this machine",
        help="Its workers run the attack instead of this machine. They need this project and this workspace "
        "on a shared disk. Does not change the results",
        persist_state="session",
    )
    return str(cluster or "")


def number(place: Any, label: str, name: str, low: int, high: int, value: int, step: int, **more: Any) -> int:
    """Draw a whole number, kept for the session; an emptied field gives the first value."""
    chosen = place.number_input(label, low, high, value, step, key=KEY(name), persist_state="session", **more)
    return value if chosen is None else int(chosen)

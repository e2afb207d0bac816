"""The part of Probes for a probe of one's own: write it, see its cases, ask the models, keep it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import (
    attack_records,
    probes_cell,
    probes_draft,
    probes_groups,
    probes_instant,
    probes_place,
    widgets,
)
from dashboard.wording import escape_markdown
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.probes.base import Capability

FORM, YAML, FILE = "Fill in", "YAML", "File"
WAY, NAME, OPENED = "probes_own_way", "probes_own_name", "probes_own_opened"


def show(cards: Sequence[ModelCard]) -> None:
    """Draw the form on the left, what comes of it on the right."""
    with st.container(key=f"{probes_cell.SPLIT}_own"):
        left, right = st.columns([10, 11], gap="large")
    with left:
        written = _write()
        _kept(cards)
    with right:
        if written is None:
            st.caption("The cases and the models' answers appear here.")
        else:
            _result(*written, cards)


def _write() -> tuple[bytes, str] | None:
    """Draw the ways to write a probe; return its content and its file's name, None while there is none."""
    name = ""
    st.session_state.setdefault(NAME, "endings")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.session_state.get(WAY, FORM) != FILE:  # a file has a name of its own
            name = st.text_input(
                "Name", key=NAME, max_chars=40, placeholder="letters, digits and dashes", width=230,
                persist_state="session",
            )  # fmt: skip
        way = st.segmented_control(
            "Written as", [FORM, YAML, FILE], key=WAY, default=FORM, required=True,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
    if way == FILE:
        return _upload()
    content = probes_draft.as_text() if way == YAML else probes_draft.as_form()
    return (content.encode(), f"{(name or '').strip() or 'unnamed'}.yaml") if content.strip() else None


def _upload() -> tuple[bytes, str] | None:
    from attacks.probes import own
    from attacks.probes.own_files import MOST_BYTES

    uploaded = st.file_uploader(
        f"A .yaml or .csv file, {MOST_BYTES // 1024} KiB at most",
        type=[suffix.removeprefix(".") for suffix in own.SUFFIXES],
        key="probes_own_file",
        help="CSV columns: template, kind, expectation, variant, and one a slot, its values apart by |",
    )
    if uploaded is None:
        return None
    # One byte more than is allowed is enough for the check that refuses it.
    return uploaded.read(MOST_BYTES + 1), uploaded.name


# --- what comes of it ----------------------------------------------------------------------------


@widgets.show_mendable
def _result(content: bytes, filename: str, cards: Sequence[ModelCard]) -> None:
    from attacks.probes import own

    capability = own.from_content(content, filename)
    cases = capability.cases()
    st.markdown(f"**{escape_markdown(capability.title)}**")
    st.caption(
        escape_markdown(f"{capability.kind}, {len(cases):,} texts. {probes_groups.KINDS[capability.kind]}.")
    )
    probes_instant.show(content, filename, cards)
    _keep(content, filename, capability, cards)


def _keep(content: bytes, filename: str, capability: Capability, cards: Sequence[ModelCard]) -> None:
    from attacks.probes import own

    replaces = capability.name in own.kept_names()
    label = f"Keep as {capability.name}" if not replaces else f"Replace {capability.name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(escape_markdown(label), icon=":material/save:", key="probes-keep"):
            own.keep(content, filename)
            ask(capability.name, cards)
            st.rerun()
        st.caption("It then stands in the matrix, asked of the chosen models.", width="content")


def ask(name: str, cards: Sequence[ModelCard]) -> None:
    """Start the jobs that ask the chosen models a kept probe."""
    for card in cards:
        argv = ["probe", "--model", card.model_id, "--capability", name]
        attack_records.start(argv, f"Probe {card.short_name}: {name}")


# --- the kept ones -------------------------------------------------------------------------------


@widgets.show_mendable
def _kept(cards: Sequence[ModelCard]) -> None:
    from attacks.probes import own

    names = own.kept_names()
    if not names:
        return
    st.space("xsmall")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Kept", names, key="probes_own_kept", width=230)
        if not name:
            return
        st.button("Open", key="probes-open", icon=":material/edit:", on_click=_open, args=(name,))
        if st.button("Ask", key="probes-ask", icon=":material/play_arrow:", help="Ask the chosen models"):
            own.open_own(name)  # a file that is wrong is told before a job is started
            ask(name, cards)
            st.rerun()
        if st.button("Delete", key="probes-delete", icon=":material/delete:"):
            own.forget(name)
            st.rerun()
    if attack_records.active("probe"):
        widgets.job_list("probes-own")
    elif st.button("See it in the matrix", key="probes-see", type="tertiary", icon=":material/grid_on:"):
        probes_place.see(name)
        st.rerun()


def _open(name: str) -> None:
    """Put a kept probe into the text field; CSV as the YAML that says the same."""
    from attacks.probes import own
    from attacks.probes.base import ProbeError

    try:
        text = own.as_yaml(name)
    except ProbeError as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
        return
    probes_draft.put(text)
    st.session_state[NAME], st.session_state[WAY] = name, YAML

"""The part of Probes for your own probes: write one, see its cases, ask the models, save it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import attacks
from dashboard.views.probes import cell, draft, instant, place, wording
from dashboard.wording import escape_markdown
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.probing.base import Capability

FORM, YAML, FILE = "Form", "YAML", "File"
WAY, NAME, OPENED = "probes_own_way", "probes_own_name", "probes_own_opened"


def show(cards: Sequence[ModelCard]) -> None:
    """Draw the form on the left, its result on the right."""
    if public_copy.switched_off("probes-own"):
        return
    with st.container(key=f"{cell.SPLIT}_own"):
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
    content = draft.as_text() if way == YAML else draft.as_form()
    return (content.encode(), f"{(name or '').strip() or 'unnamed'}.yaml") if content.strip() else None


def _upload() -> tuple[bytes, str] | None:
    from attacks.own import probes
    from attacks.own.probe_files import MOST_BYTES

    uploaded = st.file_uploader(
        f"A .yaml or .csv file, {MOST_BYTES // 1024} KiB at most",
        type=[suffix.removeprefix(".") for suffix in probes.SUFFIXES],
        key="probes_own_file",
        help="CSV: template, kind, expectation, variant, a column per slot (values separated by |)",
    )
    if uploaded is None:
        return None
    # One byte more than is allowed is enough for the check that refuses it.
    return uploaded.read(MOST_BYTES + 1), uploaded.name


# --- the result ----------------------------------------------------------------------------------


@widgets.show_fixable
def _result(content: bytes, filename: str, cards: Sequence[ModelCard]) -> None:
    from attacks.own import probes

    capability = probes.from_content(content, filename)
    cases = capability.cases()
    st.markdown(f"**{escape_markdown(capability.title)}**")
    st.caption(escape_markdown(f"{capability.kind}, {len(cases):,} texts. {wording.KINDS[capability.kind]}."))
    instant.show(content, filename, cards)
    _keep(content, filename, capability, cards)


def _keep(content: bytes, filename: str, capability: Capability, cards: Sequence[ModelCard]) -> None:
    from attacks.own import probes

    replaces = capability.name in probes.STORE.names()
    label = f"Save as {capability.name}" if not replaces else f"Replace {capability.name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(escape_markdown(label), icon=":material/save:", key="probes-keep"):
            probes.keep(content, filename)
            ask(capability.name, cards)
            st.rerun()
        st.caption("Saving adds it to the matrix and asks the chosen models.", width="content")


def ask(name: str, cards: Sequence[ModelCard]) -> None:
    """Start the jobs that run a saved probe on the chosen models."""
    for card in cards:
        argv = ["probe", "--model", card.model_id, "--capability", name]
        attacks.start(argv, f"Probe {card.short_name}: {name}")


# --- the saved ones ------------------------------------------------------------------------------


@widgets.show_fixable
def _kept(cards: Sequence[ModelCard]) -> None:
    from attacks.own import probes

    names = probes.STORE.names()
    if not names:
        return
    st.space("xsmall")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Your probes", names, key="probes_own_kept", width=230)
        if not name:
            return
        st.button("Open", key="probes-open", icon=":material/edit:", on_click=_open, args=(name,))
        if st.button(
            "Start the probe", key="probes-ask", icon=":material/play_arrow:", help="Ask the chosen models"
        ):
            probes.STORE.open(name)  # a wrong file is reported before a job is started
            ask(name, cards)
            st.rerun()
        if st.button("Remove", key="probes-delete", icon=":material/delete:"):
            probes.STORE.delete(name)
            st.rerun()
    if attacks.active("probe"):
        widgets.job_list("probes-own")
    elif st.button("Show in the matrix", key="probes-see", type="tertiary", icon=":material/grid_on:"):
        place.see(name)
        st.rerun()


def _open(name: str) -> None:
    """Put a kept probe into the text field; CSV as the YAML that says the same."""
    from attacks.own import probes
    from attacks.probing.base import ProbeError

    try:
        text = probes.as_yaml(name)
    except ProbeError as error:
        st.toast(escape_markdown(str(error)), icon=":material/error:")
        return
    draft.put(text)
    st.session_state[NAME], st.session_state[WAY] = name, YAML

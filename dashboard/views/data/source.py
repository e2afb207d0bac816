"""Where labeled reviews come from: an upload, or a file or folder of the server that is listed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.session import listed
from dashboard.views.data import plan
from sentiment_core.data import hub_datasets
from sentiment_core.data.files.tables import MAX_UPLOAD_BYTES, TABLE_SUFFIXES, read_bytes
from sentiment_core.errors import DataError

MAX_MEGABYTES = 20  # the same as server.maxUploadSize in config.toml
_KEPT, _ROUND, _LISTED = "_data_file", "_data_round", "data_listed"


@dataclass(frozen=True)
class File:
    """A file that was brought: its content, its name, and a short form of its hash for keys of widgets."""

    content: bytes
    name: str
    key: str


def draw() -> File | None:
    """Draw the upload, and what else may be read; return the file that waits to be confirmed."""
    if public_copy.switched_off("data-source"):
        return None
    folders = listed.review_folders()
    files = listed.files(TABLE_SUFFIXES)
    left, right = st.columns([3, 2], gap="large", vertical_alignment="top")
    with left:
        st.file_uploader(
            f"Bring labeled reviews: CSV, TSV, JSONL or Parquet, up to {MAX_MEGABYTES} MB",
            type=[suffix.removeprefix(".") for suffix in TABLE_SUFFIXES],
            max_upload_size=MAX_MEGABYTES,
            key=_uploader(),
            on_change=_keep,
            help="A column of texts and a column of labels; you confirm which they are before anything is "
            f"stored. Larger files are read by commands. {listed.NO_FILES}",
        )
    with right:
        _from_hub()
        if files or folders:
            _listed(files, folders)
    kept = st.session_state.get(_KEPT)
    return kept if isinstance(kept, File) else None


def forget() -> None:
    """Let go of the file, and empty the upload."""
    st.session_state.pop(_KEPT, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _uploader() -> str:
    return f"data_upload_{st.session_state.get(_ROUND, 0)}"


def _keep() -> None:
    """Keep the file apart from its widget, which forgets it when the visitor opens another page."""
    file = st.session_state[_uploader()]
    if file is None:
        st.session_state.pop(_KEPT, None)
    else:
        st.session_state[_KEPT] = _file(file.getvalue(), file.name)


def _file(content: bytes, name: str) -> File:
    return File(content, Path(name).name, hashlib.sha256(content).hexdigest()[:12])


@widgets.show_fixable
def _from_hub() -> None:
    """Draw the name of a data set of the hub, and the button of the job that reads it."""
    name = st.text_input(
        "Or a data set of the hub",
        key="data_hub",
        max_chars=200,
        placeholder="OWNER/NAME",
        help="OWNER/NAME or OWNER/NAME:CONFIG. It needs a connection to the hub; its columns and label names "
        "are read as those of a file are, and a command can say which they are.",
    ).strip()
    if not name:
        return
    check_hub_name(name)
    argv = ["data", "describe", name]
    if st.button("Read the data set", icon=":material/cloud_download:", key="data-hub-read"):
        widgets.start_job(argv, f"Read {name}")
    st.code(plan.command(argv), language="bash", wrap_lines=True)


def check_hub_name(name: str) -> None:
    """Raise DataError unless this can be a data set of the hub and nothing on this machine."""
    hub_datasets.parsed(name)
    if os.path.exists(name) or os.path.exists(hub_datasets.parsed(name)[0]):
        raise DataError("a file or folder of this server has that name; data sets of the hub are OWNER/NAME")


def _listed(files: dict[str, str], folders: dict[str, str]) -> None:
    titles = files | folders
    chosen = st.selectbox(
        "Or a file or folder of this server",
        list(titles),
        index=None,
        key=_LISTED,
        format_func=lambda path: titles.get(path, path),
        placeholder="choose",
    )
    if chosen in files and st.button("Open the file", icon=":material/file_open:"):
        listed.check_file(chosen, TABLE_SUFFIXES)
        path = Path(chosen)
        st.session_state[_KEPT] = _file(read_bytes(path, path.name, MAX_UPLOAD_BYTES), path.name)
    if chosen in folders:
        argv = ["data", "describe", chosen]
        if st.button("Read the folder", icon=":material/folder_open:"):
            listed.check_review_folder(chosen)
            widgets.start_job(argv, f"Read {titles[chosen]}")
        st.code(plan.command(argv), language="bash", wrap_lines=True)

"""The part of Live that answers a whole file, with progress, and offers the answers as a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import public
from dashboard.elements import widgets
from dashboard.records import evaluations
from dashboard.session import pace, selection
from dashboard.views.live import batch
from dashboard.views.live.batch import Pieces, Upload, read_upload
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import terminal
from sentiment_core.data.files.tables import TooManyRows
from sentiment_core.models import ModelCard
from sentiment_core.storage import spreadsheet

if TYPE_CHECKING:
    from sentiment_core.models import ModelCard

FILE, KEPT_FILE = "live_file", "_live_kept_file"
#: Of a file in public, where it has few rows.
PUBLIC_MEGABYTES = 1


def show(cards: list[ModelCard]) -> None:
    """Draw the upload, and the answers so far of the model that the sidebar has chosen."""
    st.header("Answer a file", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        st.file_uploader(
            f"CSV, TSV or JSON lines with a column of texts; up to {most_rows():,} rows",
            type=["csv", "tsv", "jsonl"],
            max_upload_size=PUBLIC_MEGABYTES if public.is_public() else batch.MAX_MEGABYTES,
            key=FILE,
            on_change=_keep_file,
        )
        column = st.text_input("Column with the text", placeholder="detected automatically where possible")
    with right:
        card = selection.selection().model_a or cards[0]
        st.markdown(f"Answered by **{escape_markdown(card.short_name)}**, the model chosen in the sidebar.")
        if card not in cards:
            st.caption("It cannot be loaded; choose another.")
        elif KEPT_FILE in st.session_state:
            content, filename = st.session_state[KEPT_FILE]
            _answer_file(content, filename, column.strip() or None, card.model_id, card.short_name)


def _keep_file() -> None:
    """Keep the file apart from its widget, which forgets it when the visitor opens another page."""
    file = st.session_state[FILE]
    if file is None:
        st.session_state.pop(KEPT_FILE, None)
    else:
        st.session_state[KEPT_FILE] = (file.getvalue(), file.name)


@widgets.show_fixable
def _answer_file(content: bytes, filename: str, column: str | None, model_id: str, name: str) -> None:
    try:
        upload = uploaded(content, filename, column, most_rows())
    except TooManyRows as error:
        st.error(
            escape_markdown(
                f"{filename} has {error.most + 1:,} rows or more; the limit here is {error.most:,}. "
                "For more, run this command:"
            )
        )
        st.code(_command(filename, name), language="bash", wrap_lines=True)
        return
    n = len(upload.rows)
    pieces = batch_pieces(upload.digest, model_id)
    done = min(n, len(pieces) * batch.PIECE)
    texts = f"{n:,} text{'' if n == 1 else 's'}"
    st.caption(escape_markdown(f"{filename}: {texts}" + (f", {done:,} answered" if done else "")))
    place = st.empty()
    if done < n and not place.button("Resume" if done else f"Answer {texts}", type="primary"):
        return
    try:
        pace.take(upload.digest, model_id, texts=n - done)
    except pace.TooFast as error:
        place.info(escape_markdown(error.sentence), icon=":material/hourglass_top:")
        return
    _fill(upload, model_id, pieces, place)
    _offer(upload, model_id, name, pieces)


def _command(filename: str, name: str) -> str:
    """Return the command that answers a file of any length, quoted where a shell would need it."""
    return terminal.command("sentiment_core", "predict", model=name, file=filename, out="answers.csv")


def _fill(upload: Upload, model_id: str, pieces: batch.Pieces, bar: DeltaGenerator) -> None:
    texts = upload.texts
    bar.progress(0.0, text=f"0 of {len(texts):,}")
    began, before = time.perf_counter(), len(pieces) * batch.PIECE
    for done in batch.answer_pieces(evaluations.classifier(model_id), texts, pieces):
        seconds_a_text = (time.perf_counter() - began) / max(1, done - before)
        left = format_seconds(seconds_a_text * (len(texts) - done))
        bar.progress(done / len(texts), text=f"{done:,} of {len(texts):,}, {left} left")
    bar.empty()


def _offer(upload: Upload, model_id: str, name: str, pieces: batch.Pieces) -> None:
    table = batch.answered(upload, pieces)
    positive, some = int((table["predicted"] == "positive").sum()), int((table["predicted"] != "").sum())
    empty = f" Rows without text: {len(table) - some:,}." if some < len(table) else ""
    st.markdown(escape_markdown(f"{name} calls {positive:,} of {some:,} texts positive.{empty}"))
    st.dataframe(table.head(100), hide_index=True, height=220)
    st.download_button(
        "Download answers as CSV",
        data=lambda: spreadsheet.to_csv(table),
        file_name=f"{upload.stem}-{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def most_rows() -> int:
    """Return how many rows a file may have here: fewer in public."""
    return pace.MOST_ROWS if public.is_public() else batch.MAX_ROWS


# Of this session only: what somebody brought is nobody else's, and ends with the session.
@st.cache_data(max_entries=4, show_spinner="Reading the file", scope="session")
def uploaded(content: bytes, filename: str, text_column: str | None, most: int) -> Upload:
    """Return an uploaded table of texts; DataError names the row or column that cannot be read."""
    return read_upload(content, filename, text_column, most)


@st.cache_resource(max_entries=8, show_spinner=False, scope="session")
def batch_pieces(digest: str, model_id: str) -> Pieces:
    """Return the answers so far to an uploaded file; filled in place, so that a visitor can come back."""
    return {}

"""A file before it is stored: its rows, its columns, what each label means, what would be left out."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from dashboard.views.data import plan, source
from dashboard.views.data.source import File
from dashboard.wording import escape_markdown
from sentiment_core import data, data_shelf
from sentiment_core.data import Preview, Reading, names
from sentiment_core.schema import Dropped

#: Of the label values, a row of the page.
VALUES_A_ROW = 3
NONE = ""
ROWS_HEIGHT = 220


@st.cache_data(max_entries=8, show_spinner="Reading the file")
def preview(content: bytes, filename: str, asked: Reading) -> Preview:
    """Return what a file holds, and what would become of it."""
    return data.preview(content, filename, asked, max_bytes=data.MAX_UPLOAD_BYTES)


def draw(file: File) -> tuple[str, bool] | None:
    """Draw all that must be confirmed; return the stored fingerprint, and whether to measure, once it is."""
    first = preview(file.content, file.name, Reading())
    st.header(escape_markdown(file.name), anchor=False)
    if not first.columns:
        _say(first.problems)
        st.button("Choose another file", on_click=source.forget)
        return None
    asked = _columns(file, first)
    second = preview(file.content, file.name, asked)
    decided = _meanings(file, asked, second)
    found = preview(file.content, file.name, decided) if decided else second
    _outcome(found, decided is not None)
    with st.expander(
        f"The first {len(found.rows)} rows as read", expanded=True, icon=":material/table_rows:"
    ):
        st.dataframe(found.rows, height=ROWS_HEIGHT, key=f"data_rows_{file.key}")
    return _buttons(file, found, decided)


#: What a command's message offers, and this page has above it.
_OPTIONS = re.compile(r" ?\(--[^()]*\)")
_CHOSEN = "neither --negative nor --positive"


def _say(problems: tuple[str, ...]) -> None:
    for problem in problems:
        st.error(escape_markdown(_OPTIONS.sub("", problem)), icon=":material/error:")


# --- columns -------------------------------------------------------------------------------------


def _columns(file: File, found: Preview) -> Reading:
    """Draw the choice of columns, with what was recognized chosen at first."""
    text, label, split, own_id = st.columns(4)
    proposed = found.reading
    with text:
        text_column = _column(file, found, "Text", "text", proposed.text_column)
    with label:
        label_column = _column(file, found, "Label", "label", proposed.label_column)
    with split:
        split_column = _optional(file, found, "Split", "split", proposed.split_column, "none: all are test")
    with own_id:
        id_column = _optional(file, found, "Id", "id", proposed.id_column, "none: rows are numbered")
    used = (text_column, label_column, split_column, id_column)
    further = [role.column for role in found.columns if role.column not in used]
    why = [f"{role.role} {role.why}" for role in found.columns if role.role != "further"]
    said = [f"Recognized: {'; '.join(why)}."] if why else []
    said += [f"Kept beside the text: {', '.join(_short(name) for name in further)}."] if further else []
    st.caption(escape_markdown(" ".join(said)))
    return Reading(
        text_column=text_column, label_column=label_column, split_column=split_column, id_column=id_column
    )


def _column(file: File, found: Preview, title: str, role: str, proposed: str | None) -> str | None:
    options = [one.column for one in found.columns]
    chosen = st.selectbox(
        title,
        options,
        index=options.index(proposed) if proposed in options else None,
        key=f"data_{role}_{file.key}",
        format_func=_short,
        placeholder="choose the column",
    )
    return None if chosen is None else str(chosen)


def _optional(file: File, found: Preview, title: str, role: str, proposed: str | None, none: str) -> str:
    options = [NONE, *(one.column for one in found.columns)]
    return str(
        st.selectbox(
            title,
            options,
            index=options.index(proposed) if proposed in options else 0,
            key=f"data_{role}_{file.key}",
            format_func=lambda name: _short(name) or none,
        )
    )


# --- what the labels mean ------------------------------------------------------------------------


def _meanings(file: File, asked: Reading, found: Preview) -> Reading | None:
    """Draw what each label value means; return the reading, None while something is not decided."""
    if not found.values:
        return asked if not found.problems else None
    if len(found.values) > data.MOST_LABEL_VALUES:
        return None
    st.markdown(f"**What the values of {escape_markdown(_short(str(asked.label_column)))} mean**")
    proposed = plan.proposed(found)
    meanings: dict[str, str | None] = {}
    for start in range(0, len(found.values), VALUES_A_ROW):
        row = st.columns(VALUES_A_ROW)
        for place, value in zip(row, found.values[start : start + VALUES_A_ROW], strict=False):
            name = f" ({_short(value.name)})" if value.name else ""
            with place:
                meanings[value.value] = st.segmented_control(
                    escape_markdown(
                        f"{_short(value.value)}{name}: {value.n:,} row{'' if value.n == 1 else 's'}"
                    ),
                    list(plan.MEANINGS),
                    default=proposed[value.value],
                    key=f"data_value_{file.key}_{asked.label_column}_{value.value}",
                )
    return plan.mapped(asked, found, meanings)


# --- what becomes of it --------------------------------------------------------------------------


def _outcome(found: Preview, decided: bool) -> None:
    """Say how many reviews would be stored, and what would be left out and why."""
    if not decided and not _undecided_only(found):
        _say(found.problems)
        return
    if not decided:
        st.info(
            "Choose what each value means: at least one is negative and one positive.", icon=":material/help:"
        )
        return
    _say(found.problems)
    if found.problems:
        return
    labels = ", ".join(f"{found.labels.get(name, 0):,} {name}" for name in (plan.NEGATIVE, plan.POSITIVE))
    splits = ", ".join(f"{n:,} {name}" for name, n in found.splits.items())
    st.success(
        escape_markdown(f"{found.n:,} of {found.n_rows:,} rows will be stored: {labels}; split: {splits}.")
    )
    for note in found.notes:
        st.caption(escape_markdown(f"Note: {note}"))
    dropped(found.dropped)


def _undecided_only(found: Preview) -> bool:
    """Whether the only thing to do is to say what the values mean."""
    return bool(found.values) and len(found.values) <= data.MOST_LABEL_VALUES and len(found.problems) <= 1


def dropped(items: tuple[Dropped, ...]) -> None:
    """Draw what was left out and why."""
    for item in items:
        why = item.why.replace(_CHOSEN, "left out by choice")
        said = f"Left out: {item.count:,} row{'' if item.count == 1 else 's'}, {why}"
        if not item.examples:
            st.caption(escape_markdown(said))
            continue
        with st.expander(escape_markdown(said), icon=":material/filter_alt:"):
            st.table(
                pd.DataFrame({"row": [escape_markdown(line) for line in item.examples]}), border="horizontal"
            )


# --- keeping it ----------------------------------------------------------------------------------


def _buttons(file: File, found: Preview, decided: Reading | None) -> tuple[str, bool] | None:
    from sentiment_core import models

    ready = decided is not None and not found.problems
    n = len(models.list_models())
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    name = left.text_input("Name", file.name, key=f"data_name_{file.key}", max_chars=names.MOST_CHARACTERS)
    with right.container(horizontal=True):
        measure = n > 0 and st.button(
            "Store and measure all models" if n > 1 else "Store and measure the model",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not ready,
            key="data-keep-measure",
        )
        keep = st.button("Store", type="secondary" if n else "primary", disabled=not ready, key="data-keep")
        st.button("Cancel", type="tertiary", on_click=source.forget, key="data-cancel")
    if ready:
        with st.expander("Terminal command", icon=":material/terminal:"):
            line = plan.reading_command(found, name.strip(), bool(found.dropped))
            st.code(line, language="bash", wrap_lines=True)
    if not (measure or keep) or decided is None:
        return None
    return _stored(file, decided, name), bool(measure)


def _stored(file: File, decided: Reading, name: str) -> str:
    """Store the file as confirmed under the name, and return its fingerprint."""
    own = names.check(name)
    dataset = data.load_content(file.content, file.name, reading=decided, skip_bad=True)
    if own != data.by_fingerprint(dataset.fingerprint).name:
        data_shelf.rename(dataset.fingerprint, own)
    return dataset.fingerprint


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."

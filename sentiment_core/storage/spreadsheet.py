"""Tables for spreadsheets: CSV in which no cell and no header can run as a formula."""

from __future__ import annotations

import codecs
import io
import re

import pandas as pd

#: Rows written at once: escaping and writing make copies, and of a whole table these would not fit beside it.
ROWS_AT_ONCE = 2_000
#: A spreadsheet runs a cell that starts with one of these (OWASP, CSV injection); Excel takes the wide forms.
FORMULA_START = r"^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]"


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return CSV (RFC 4180, UTF-8 with the mark that Excel needs), formulas escaped in cells and headers."""
    file = io.BytesIO()
    file.write(codecs.BOM_UTF8)
    for start in range(0, max(1, len(frame)), ROWS_AT_ONCE):
        piece = escape_formulas(frame.iloc[start : start + ROWS_AT_ONCE])
        # The line end of the RFC: with a bare "\n" a carriage return in a text would be left unquoted.
        text: str = piece.to_csv(index=False, header=start == 0, lineterminator="\r\n")
        file.write(text.encode("utf-8", errors="replace"))
    return file.getvalue()


def escape_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text cell and header that a spreadsheet would run as a formula."""
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    escaped = frame.assign(**{name: _escaped(frame[name].astype("string")) for name in texts})
    return escaped.set_axis([header(str(name)) for name in frame.columns], axis="columns")


def header(name: str) -> str:
    """Return a column's name as a header that no spreadsheet runs."""
    return f"'{name}" if re.match(FORMULA_START, name) else name


def _escaped(cells: pd.Series[str]) -> pd.Series[str]:
    runs = cells.str.contains(FORMULA_START, regex=True).fillna(False).astype(bool)
    return cells.where(~runs, "'" + cells)

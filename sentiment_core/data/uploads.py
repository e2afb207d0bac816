"""Tables of texts without labels, as a page or `predict --file` takes them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sentiment_core.data.bad_rows import BadRows
from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.columns import storable, text_column_of
from sentiment_core.data.tables import MAX_ROWS, MAX_UPLOAD_BYTES, read_table


def texts_from_upload(
    content: bytes,
    filename: str,
    text_column: str | None = None,
    *,
    max_bytes: int = MAX_UPLOAD_BYTES,
    max_rows: int = MAX_ROWS,
) -> pd.DataFrame:
    """Return a row a text, in the file's order: `text` (cleaned) first, then the file's other columns.

    Every row stays, one with an empty text too, so that answers can be put beside the file. A `.txt` file
    is one text a line. Raises DataError with one line for a person when the file cannot be read, TooManyRows
    when it holds more than `max_rows`.
    """
    name = Path(filename).name
    bad = BadRows(name, skip=False, offer_skip=False)
    table = read_table(content, name, bad=bad, max_bytes=max_bytes, max_rows=max_rows)
    chosen = text_column_of(table, text_column, name)
    texts = [clean_text(value) if isinstance(value, str) else "" for value in table[chosen]]
    further = {column: storable(table[column]) for column in table.columns if column not in (chosen, "text")}
    return pd.DataFrame({"text": texts, **further}, index=table.index).reset_index(drop=True)

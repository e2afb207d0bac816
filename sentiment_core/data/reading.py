"""How a data set was read, in words and as a command's options."""

from __future__ import annotations

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.schema import Reading


def sentence(read: Reading | None) -> str:
    """Return which columns were read and what their values mean, in one line; "" where it is not known."""
    if read is None or read.text_column is None:
        return ""
    said = f"read text from {_column(read.text_column)}, label from {_column(read.label_column)}"
    meant = [
        f"{_values(values)} = {what}"
        for values, what in (
            (read.negative, "negative"),
            (read.positive, "positive"),
            (read.left_out, "left out"),
        )
        if values
    ]
    further = [
        f"{what} from {_column(name)}"
        for what, name in (("split", read.split_column), ("id", read.id_column))
        if name
    ]
    return "; ".join([said + (f" ({', '.join(meant)})" if meant else ""), *further])


def lines(read: Reading | None) -> list[str]:
    """Return `sentence` and the notes, a line each."""
    said = sentence(read)
    return ([said] if said else []) + [f"note: {note}" for note in (read.notes if read else ())]


def options(read: Reading) -> dict[str, str]:
    """Return what a command needs to read a file in the same way: its options by name."""
    columns = {
        "text_column": read.text_column,
        "label_column": read.label_column,
        "split_column": read.split_column,
        "id_column": read.id_column,
    }
    values = {"negative": ",".join(read.negative), "positive": ",".join(read.positive)}
    return {name: value for name, value in (columns | values).items() if value is not None and value != ""}


def _column(name: str | None) -> str:
    return f"`{name if name is None or len(name) <= 40 else name[:37] + '...'}`"


def _values(values: tuple[str, ...]) -> str:
    return ", ".join(value if len(value) <= 20 else shown(value) for value in values[:10])

"""From pasted text to plain text: breaks, entities, control characters, white space, duplicates."""

from __future__ import annotations

import html
import re
from html.entities import html5

import pandas as pd

from sentiment_core.data.storing import make_dataset
from sentiment_core.schema import Dataset, Dropped

#: How many rows a report names before it says only how many there were.
NAMED_ROWS = 5
#: How often cleaned text is cleaned again: an entity inside an entity takes a round for each level.
MOST_NESTED = 30

_REPEATED_AMPERSAND = re.compile(r"&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAK = re.compile(r"<\s*(?:/\s*)?(?:br|hr|p)\s*(?:/\s*)?>", re.IGNORECASE)
_BLANKS = re.compile(r" {2,}")
_PARAGRAPHS = re.compile(r"\n{3,}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _character_table() -> dict[int, str]:
    """Map control characters and blanks of all kinds to " ", and ends of lines and pages to a line end.

    Windows-1252 punctuation that was read as Latin-1 becomes what was meant: IMDb's own files hold some
    2,500 such characters (a dash as U+0096, an ellipsis as U+0085).
    """
    blanks = [*range(0x20), 0x7F, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000]
    meant = {code: bytes([code]).decode("cp1252", errors="ignore") or " " for code in range(0x80, 0xA0)}
    ends = dict.fromkeys((0x0A, 0x0B, 0x0C, 0x2028, 0x2029), "\n")
    return dict.fromkeys(blanks, " ") | meant | ends | {0x200B: "", 0xFEFF: ""}


_CHARACTERS = _character_table()


def clean_text(text: str) -> str:
    """Return the text with breaks as line ends, entities resolved and white space folded.

    At most one empty line stays between paragraphs. Other markup (`<i>`, `<script>`) is left as it was
    written. Cleaning a clean text changes nothing. Of marks nested deeper than MOST_NESTED, which nobody
    writes and which would take hours to unfold, `&` and `<` become blanks.
    """
    for _ in range(MOST_NESTED):
        cleaned = _clean_once(text)
        if cleaned == text:
            return text
        text = cleaned
    return _clean_once(_clean_once(text.replace("&", " ").replace("<", " ")))


def _clean_once(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CHARACTERS)
    text = _SURROGATE.sub("\ufffd", text)
    if "&" in text:
        text = _ENTITY.sub(_resolved, _REPEATED_AMPERSAND.sub("&", text))
    if "<" in text:
        text = _BREAK.sub("\n", text)
    text = _BLANKS.sub(" ", text).replace(" \n", "\n").replace("\n ", "\n")
    return _PARAGRAPHS.sub("\n\n", text).strip()


def _resolved(entity: re.Match[str]) -> str:
    # html.unescape alone would turn "&notit;" into a "not" sign and "it;": names are looked up whole.
    name = entity.group(1)
    return html.unescape(entity.group(0)) if name[0] == "#" else html5.get(name + ";", entity.group(0))


def clean_frame(raw: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return the rows with cleaned texts, without those that have none left, and a report of the latter."""
    frame = raw.assign(text=[clean_text(text) for text in raw["text"]])
    empty = frame["text"] == ""
    return frame[~empty].reset_index(drop=True), _report("empty text", frame.loc[empty, "example_id"])


def clean(dataset: Dataset) -> Dataset:
    """Return the data set without duplicate texts; of each text the first row stays.

    Texts that occur with both labels lose all their rows: none says which label is right.
    """
    frame = dataset.examples
    conflicting = conflicting_rows(frame)
    repeated = frame.duplicated("text") & ~conflicting
    dropped = (
        *dataset.dropped,
        *_report("same text with both labels", frame.loc[conflicting, "example_id"]),
        *_report("duplicate text", frame.loc[repeated, "example_id"]),
    )
    return make_dataset(dataset.name, frame[~(conflicting | repeated)], dropped, dataset.read)


def conflicting_rows(frame: pd.DataFrame) -> pd.Series:
    """Return a boolean for each row: does its text occur elsewhere with the other label?"""
    return frame.groupby("text")["label"].transform("nunique") > 1


def _report(why: str, example_ids: pd.Series) -> tuple[Dropped, ...]:
    if example_ids.empty:
        return ()
    return (Dropped(why, len(example_ids), tuple(str(name) for name in example_ids[:NAMED_ROWS])),)

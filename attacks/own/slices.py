"""A user's own slices: a query on the columns or a regular expression, kept by name; nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from attacks.own import patterns, picked
from attacks.own.store import Store
from attacks.schema import SliceError
from attacks.slices import queries
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, workspace
from sentiment_core.storage.kept import Damaged

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAMES = "give small letters, digits and dashes, a letter first, 40 at most"


@dataclass(frozen=True)
class OwnSlice:
    """A slice of a user's: either a query or a pattern is given, the other is None.

    Both are None for reviews that were picked by hand; the name says which (`picked`).
    """

    name: str
    query: str | None = None
    pattern: str | None = None

    @property
    def description(self) -> str:
        """Return what is in the slice, as a user wrote it."""
        if self.query is None and self.pattern is None:
            return "picked by hand"
        return f"query: {self.query}" if self.query is not None else f"pattern: {self.pattern}"


def save_own(
    name: str, *, query: str | None = None, pattern: str | None = None, columns: Iterable[str] = ()
) -> OwnSlice:
    """Check a slice and keep it under a name; one of the same name is replaced.

    Args:
        name: letters, digits and dashes, a letter first, 40 at most.
        query: see `queries`.
        pattern: a regular expression, searched for in the text, capitals or not.
        columns: of the data, beyond PROPERTIES.

    Raises:
        SliceError: not exactly one of query and pattern is given, or it is not written as it must be.
    """
    _check_name(name)
    made = checked(OwnSlice(name, query, pattern), columns)
    record = {"name": name, "query": query, "pattern": pattern, "saved": workspace.utc_now()}
    STORE.save(name, record)
    return made


def checked(own: OwnSlice, columns: Iterable[str] = ()) -> OwnSlice:
    """Return the slice; SliceError where its query or pattern cannot be used."""
    from attacks.slices.properties import PROPERTIES

    if (own.query is None) == (own.pattern is None):
        raise SliceError(f"slice '{own.name}' needs a query or a pattern, one of the two")
    try:
        f"{own.query}{own.pattern}".encode()
    except UnicodeEncodeError:
        raise SliceError(f"slice '{own.name}' contains half a character; type it again") from None
    if own.query is not None:
        queries.check(own.query, dict.fromkeys([*PROPERTIES, *columns]))
    else:
        patterns.check(str(own.pattern))
    return own


def damaged_slices() -> list[Damaged]:
    """Return what is wrong with kept slices that cannot be read."""
    wrong = {Path(file).stem: why for file, why in STORE.wrong().items()}
    return [
        Damaged("slice", name, why, f"`python -m attacks slices delete {name}` removes it")
        for name, why in wrong.items()
    ]


def mask_of(own: OwnSlice, properties: pd.DataFrame, texts: pd.Series[str]) -> pd.Series[bool]:
    """Return whether each review is in the slice, a nullable boolean in the frame's order.

    Args:
        own: kept or not.
        properties: of `properties.properties`; what a query can name.
        texts: of the same reviews; what a pattern is searched in.

    Raises:
        SliceError: the query names a column that these reviews lack, or the pattern takes too long.
    """
    if own.query is not None:
        return queries.rows(own.query, properties)
    if own.pattern is None:
        return picked.mask(own.name.removeprefix("not:"), texts)
    found = patterns.matches(own.pattern, [str(text) for text in texts])
    return pd.Series(found, index=properties.index, dtype="boolean")


def _read(path: Path) -> OwnSlice:
    """Return the slice in a file; SliceError says what is wrong with it."""
    if not _NAME.fullmatch(path.stem):
        raise SliceError(f"{path.name}: its name is not allowed; {_NAMES}")
    try:
        record = kept.read_json(path, {"query?": str, "pattern?": str})
    except FileNotFoundError:
        raise SliceError(f"{path.name} is missing") from None
    except DamagedFile as error:
        raise SliceError(error.in_its_folder) from error
    own = OwnSlice(path.stem, record.get("query"), record.get("pattern"))
    if (own.query is None) == (own.pattern is None):
        raise SliceError(f"{path.name}: it must have either a query or a pattern")
    return own


#: The user's slices.
STORE = Store(
    "slice", "slices", (".json",), _read, SliceError, "make one with `python -m attacks slices save`"
)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SliceError(f"slice name {name[:60]!r} is not allowed; {_NAMES}")
    from attacks.slices.memberships import MEMBERSHIPS

    if name in MEMBERSHIPS:
        raise SliceError(f"a slice '{name}' already exists; choose another name")

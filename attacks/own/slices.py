"""A user's own slices: a query on the columns or a regular expression, kept by name; nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from attacks.own import patterns
from attacks.schema import SliceError
from attacks.slices import queries
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, workspace
from sentiment_core.storage.kept import Damaged

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class OwnSlice:
    """A slice of a user's: either a query or a pattern is given, the other is None."""

    name: str
    query: str | None = None
    pattern: str | None = None

    @property
    def description(self) -> str:
        """Return what is in the slice, as a user wrote it."""
        return f"query: {self.query}" if self.query is not None else f"pattern: {self.pattern}"


def folder() -> Path:
    """Return where kept slices live."""
    return workspace.home() / "slices"


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
    workspace.write_json(folder() / f"{name}.json", record)
    return made


def checked(own: OwnSlice, columns: Iterable[str] = ()) -> OwnSlice:
    """Return the slice; SliceError where its query or pattern cannot be used."""
    from attacks.slices.properties import PROPERTIES

    if (own.query is None) == (own.pattern is None):
        raise SliceError(f"slice '{own.name}' needs a query or a pattern, one of the two")
    try:
        f"{own.query}{own.pattern}".encode()
    except UnicodeEncodeError:
        raise SliceError(f"slice '{own.name}' holds half a character; type it again") from None
    if own.query is not None:
        queries.check(own.query, dict.fromkeys([*PROPERTIES, *columns]))
    else:
        patterns.check(str(own.pattern))
    return own


def own_slices() -> list[OwnSlice]:
    """Return the kept slices by name; `damaged_slices` has the files that cannot be read as such."""
    found = []
    for name in _kept_names():
        with suppress(SliceError):
            found.append(_read(name))
    return found


def damaged_slices() -> list[Damaged]:
    """Return what is wrong with kept slices that cannot be read."""
    found = []
    for name in _kept_names():
        try:
            _read(name)
        except SliceError as error:
            fix = f"`python -m attacks slices delete {name}` removes it"
            found.append(Damaged("slice", name, str(error), fix))
    return found


def open_own(name: str) -> OwnSlice:
    """Return a kept slice; SliceError names those there are."""
    found = {own.name: own for own in own_slices()}
    if name in _kept_names() and name not in found:
        raise SliceError(next(item.sentence for item in damaged_slices() if item.name == name))
    if name not in found:
        known = ", ".join(found) or "none yet; make one with `slices save`"
        raise SliceError(f"slice {_shown(name)} is not kept in this workspace; kept: {known}")
    return found[name]


def delete_own(name: str) -> None:
    """Remove a kept slice; SliceError where there is none."""
    if name not in _kept_names():
        open_own(name)  # says which there are
    (folder() / f"{name}.json").unlink(missing_ok=True)


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
    found = patterns.matches(str(own.pattern), [str(text) for text in texts])
    return pd.Series(found, index=properties.index, dtype="boolean")


def _kept_names() -> list[str]:
    return sorted(path.stem for path in folder().glob("*.json") if _NAME.fullmatch(path.stem))


def _read(name: str) -> OwnSlice:
    """Return a kept slice; SliceError says what is wrong with its file."""
    try:
        record = kept.read_json(folder() / f"{name}.json", {"query?": str, "pattern?": str})
    except FileNotFoundError:
        raise SliceError(f"{name}.json is missing") from None
    except DamagedFile as error:
        raise SliceError(error.in_its_folder) from error
    own = OwnSlice(name, record.get("query"), record.get("pattern"))
    if (own.query is None) == (own.pattern is None):
        raise SliceError(f"{name}.json: it holds neither a query nor a pattern, or both")
    return own


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SliceError(
            f"slice name {_shown(name)} is not allowed; give small letters, digits and dashes, a letter "
            "first, 40 at most"
        )
    from attacks.slices.memberships import MEMBERSHIPS

    if name in MEMBERSHIPS:
        raise SliceError(f"a slice '{name}' is there already; give yours another name")


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:57]}...")

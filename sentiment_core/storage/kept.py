"""Files on disk may be damaged: one reader of JSON and one of tables, which check what they read.

A shape says what a document must look like: a type; a tuple of shapes, any of which fits; a list of one
shape, for every item; or a mapping of shapes by key, where a key that ends in "?" may be missing or null and
`...` stands for every other key (None: there may be no other).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sentiment_core.errors import DamagedFile

if TYPE_CHECKING:
    import pandas as pd

Shape = Any

#: The largest documents kept have a few MB; levels and digits are far beyond ours.
MOST_BYTES, MOST_LEVELS, MOST_DIGITS = 256 * 1024 * 1024, 60, 18

#: The form of what is written here. Raised when a reader of before would misread a file: its writer then adds
#: the number under "schema" (a file without it has the first), and older versions refuse it.
SCHEMA, SCHEMA_KEY = 1, "schema"
NEWER = "it was written by a newer version of Reelcheck"

#: An Estimate, as `Estimate.to_json` writes it.
ESTIMATE: Shape = {"value?": float, "ci_low?": float, "ci_high?": float, "n": int, "reason?": str}


@dataclass(frozen=True)
class Damaged:
    """One kept thing that cannot be used: what it is, what is wrong with it, and the command that helps."""

    kind: str
    name: str
    what: str
    fix: str

    @property
    def sentence(self) -> str:
        """Return it in one line; what is only newer is whole, and nothing is to be repaired or removed."""
        if NEWER in self.what:
            return f"{self.kind} {self.name} cannot be read here: {self.what}"
        return f"{self.kind} {self.name} is damaged: {self.what}; {self.fix}"


def read_json(path: Path, shape: Shape = object) -> Any:
    """Return the JSON document in a file.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFile: it cannot be read, is not JSON, is too large or too deep, or is not of that shape.
    """
    return parse_json(_content(path), f"{path.parent.name}/{path.name}", shape)


def parse_json(content: bytes, name: str, shape: Shape = object) -> Any:
    """Return the JSON document in these bytes; DamagedFile says under this name what is wrong with them."""
    try:
        record = json.loads(
            content.decode("utf-8"), parse_int=_int, parse_float=_float, parse_constant=_no_number
        )
    except RecursionError:
        raise DamagedFile(name, "it is nested too deeply") from None
    except UnicodeDecodeError:
        raise DamagedFile(name, "it is not UTF-8 text") from None
    except _BadNumber as error:
        raise DamagedFile(name, str(error)) from None
    except ValueError as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DamagedFile(name, f"it is not JSON{where}") from None
    # No document is deeper than it has brackets, and most have few.
    if content.count(b"[") + content.count(b"{") > MOST_LEVELS and _is_deep(record):
        raise DamagedFile(name, f"it is nested more than {MOST_LEVELS} levels deep")
    wrong = newer(record) or misfit(record, shape)
    if wrong:
        raise DamagedFile(name, wrong)
    return record


def newer(record: Any) -> str:
    """Return in words that a document is in a form that this version does not know; nothing where it does."""
    form = record.get(SCHEMA_KEY) if isinstance(record, dict) else None
    if not isinstance(form, int) or form <= SCHEMA:
        return ""
    return f"{NEWER} (schema {form}, known here: {SCHEMA}); use that version, or a newer one"


def is_newer(path: Path) -> bool:
    """Whether a file is whole, and only newer than this version: then it is neither repaired nor removed."""
    try:
        read_json(path)
    except FileNotFoundError:
        return False
    except DamagedFile as error:
        return NEWER in error.what
    return False


def misfit(value: Any, shape: Shape, where: str = "it") -> str:
    """Return in words where a value is not of a shape; nothing where it is."""
    if isinstance(shape, tuple):
        found = [misfit(value, one, where) for one in shape]
        return "" if "" in found else found[0]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is not a list"
        return next(filter(None, (misfit(item, shape[0], f"an item of {where}") for item in value)), "")
    if isinstance(shape, Mapping):
        return _mapping_misfit(value, shape, where)
    return "" if _is_of_type(value, shape) else f"{where} is not {_TYPE_NAMES.get(shape, shape.__name__)}"


def read_table(path: Path, columns: Sequence[str] = (), sha256: str | None = None) -> pd.DataFrame:
    """Return the Parquet table in a file.

    Args:
        path: the file.
        columns: those that it must have; others are kept too.
        sha256: the hash recorded when it was written. Compression hides a changed byte, so without the hash a
            damaged file may be read as if it were whole.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFile: it is not that file, not Parquet, or lacks a column.
    """
    import pandas as pd

    name = f"{path.parent.name}/{path.name}"
    content = _content(path)
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFile(name, "it is not the file that was written")
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except Exception as error:  # pyarrow has no common class for what damaged bytes can make it raise
        raise DamagedFile(name, f"it is not a Parquet table ({type(error).__name__})") from None
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DamagedFile(name, f"it has no column {missing[0]!r}")
    return frame


def table_trouble(path: Path) -> str:
    """Return what is wrong with a Parquet file as far as its two ends show; nothing where they look right."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(-4, io.SEEK_END)
            ends = start, file.read(4)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError:  # shorter than four bytes, or not ours to read
        return f"{path.name} cannot be read"
    return "" if ends == (b"PAR1", b"PAR1") else f"{path.name} is not a whole Parquet table"


class _BadNumber(ValueError):
    """A number that no figure of ours can be."""


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFile(
            f"{path.parent.name}/{path.name}", f"it cannot be read: {error.strerror}"
        ) from error
    if len(content) > MOST_BYTES:
        raise DamagedFile(f"{path.parent.name}/{path.name}", f"it has more than {MOST_BYTES // 2**20} MB")
    return content


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS + 1:  # a sign
        raise _BadNumber(f"it holds a number with more than {MOST_DIGITS} digits")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadNumber("it holds a number that is not finite")
    return value


def _no_number(word: str) -> NoReturn:
    raise _BadNumber(f"it holds {word}, which is not a JSON number")


def _is_deep(record: Any) -> bool:
    """Whether anything lies more than MOST_LEVELS deep; level by level, so that no depth is too much."""
    level = [record]
    for _ in range(MOST_LEVELS + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += (value for value in item.values() if isinstance(value, dict | list))
            elif isinstance(item, list):
                below += (value for value in item if isinstance(value, dict | list))
        level = below
    return bool(level)


def _mapping_misfit(value: Any, shape: Mapping[Any, Shape], where: str) -> str:
    if not isinstance(value, Mapping):
        return f"{where} is not an object with keys"
    named = {str(key).removesuffix("?"): key for key in shape if key is not ...}
    for name, key in named.items():
        optional = key.endswith("?")
        if name not in value and not optional:
            return f"'{name}' is missing"
        if name in value and not (optional and value[name] is None):
            wrong = misfit(value[name], shape[key], f"'{name}'")
            if wrong:
                return wrong
    if shape.get(..., object) is None:
        return next((f"'{key}' is not known" for key in value if key not in named), "")
    others = (misfit(value[key], shape[...], f"an entry of {where}") for key in value if key not in named)
    return next(filter(None, others), "") if ... in shape else ""


_TYPE_NAMES: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object with keys",
    list: "a list",
    type(None): "null",
}


def _is_of_type(value: Any, kind: type) -> bool:
    """Whether a JSON value is of a type: true is no number, and a whole number is one."""
    if isinstance(value, bool):
        return kind in (bool, object)
    return isinstance(value, (int, float) if kind is float else kind)

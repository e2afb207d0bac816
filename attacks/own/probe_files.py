"""The two file formats of a user's probe, read into one: plain lists and texts, no objects."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attacks.probing.base import ProbeError

MOST_BYTES = 256 * 1024
#: A probe's YAML is three levels deep; thousands would keep the parser busy for minutes.
MOST_LEVELS = 10
#: Of a whole number.
MOST_BITS = 64
#: Columns of a CSV file that are not slots.
COLUMNS = ("template", "kind", "expectation", "variant")
SEPARATOR = "|"


def read(path: Path) -> bytes:
    """Return a file's content, cut where `parsed` says that it is too long."""
    try:
        # One byte more than is allowed is enough for the check that refuses it; a size can be wrong.
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProbeError(f"{path.name} cannot be read: {error.strerror}; check the path") from None


def parsed(content: bytes, filename: str) -> dict[str, Any]:
    """Return the record of a YAML or CSV file, its values not checked yet."""
    if len(content) > MOST_BYTES:
        raise ProbeError(f"{filename} has more than {MOST_BYTES // 1024:,} KiB; split the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProbeError(f"{filename} is not UTF-8; save it as UTF-8") from None
    return _csv(text, filename) if filename.lower().endswith(".csv") else _yaml(text, filename)


def written(record: Mapping[str, Any]) -> str:
    """Return a record, as `parsed` gives it, as YAML."""
    import yaml

    templates = [{key: value for key, value in item.items() if key != "row"} for item in record["templates"]]
    text: str = yaml.safe_dump(
        {**record, "templates": templates}, allow_unicode=True, sort_keys=False, width=10_000
    )
    return text


def _yaml(text: str, filename: str) -> dict[str, Any]:
    import yaml

    try:
        _check_harmless(text, filename)
        record = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ProbeError(f"{filename} is not readable YAML: {_where(error)}") from None
    _check_numbers(record, filename)
    if not isinstance(record, dict):
        raise ProbeError(f"{filename} contains no probe; give the keys kind, templates and slots")
    return record


def _check_harmless(text: str, filename: str) -> None:
    """Refuse what would take minutes or gigabytes to read, before anything is built."""
    import yaml

    level = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        # An alias inside an alias can unfold a small file into gigabytes, and a probe needs none.
        if isinstance(event, yaml.AliasEvent):
            raise ProbeError(f"{filename}: aliases (*name) are not allowed; write the values out")
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            raise ProbeError(f"{filename} is nested more than {MOST_LEVELS} levels deep; a probe needs three")


def _check_numbers(value: Any, filename: str) -> None:
    """Refuse whole numbers that can be read (0x...) but not written."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ProbeError(f"{filename} holds a number of {value.bit_length():,} bits; {MOST_BITS} at most")
    inside = [*value, *value.values()] if isinstance(value, dict) else value
    for item in inside if isinstance(value, dict | list | set | tuple) else ():
        _check_numbers(item, filename)


def _where(error: Exception) -> str:
    """Return the place and the problem, on one line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    place = f"line {mark.line + 1}: " if mark is not None else ""
    hint = "; a text with braces or a colon needs quotation marks" if mark is not None else ""
    return f"{place}{' '.join(str(problem or error).split())}{hint}"


def _csv(text: str, filename: str) -> dict[str, Any]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ProbeError(f"{filename} is not CSV that can be read: {error}") from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [name for name in COLUMNS[:2] if name not in header]
    if missing:
        raise ProbeError(
            f"{filename} has no column '{missing[0]}'; columns: {', '.join(COLUMNS)}, and one for each slot"
        )
    if len(set(header)) < len(header):
        raise ProbeError(f"{filename}: row 1 names a column twice; rename one of them")
    lines = [
        (number, cells) for number, cells in enumerate(rows[1:], start=2) if any(c.strip() for c in cells)
    ]
    for number, cells in lines:
        if len(cells) != len(header):
            raise ProbeError(
                f"{filename}, row {number}: {len(cells)} cells where the header has {len(header)}; "
                "quote texts that hold a comma"
            )
    records = [
        {"row": number, **{key: cell.strip() for key, cell in zip(header, cells, strict=True)}}
        for number, cells in lines
    ]
    return {
        "kind": _one_kind(records, filename),
        "templates": [_template(record) for record in records],
        "slots": _slots(records, [name for name in header if name and name not in COLUMNS]),
    }


def _one_kind(records: list[dict[str, Any]], filename: str) -> str | None:
    kinds = list(dict.fromkeys(record["kind"] for record in records if record["kind"]))
    if len(kinds) > 1:
        raise ProbeError(f"{filename} mixes the kinds {', '.join(kinds)}; write one file for each kind")
    return kinds[0] if kinds else None


def _template(record: dict[str, Any]) -> dict[str, Any]:
    template = {"row": record["row"], "text": record["template"], "expectation": record.get("expectation")}
    return template | ({"variants": [record["variant"]]} if record.get("variant") else {})


def _slots(records: list[dict[str, Any]], names: list[str]) -> dict[str, list[str]]:
    """Return each slot's values from all rows, in the order of their first mention."""
    slots: dict[str, list[str]] = {}
    for name in names:
        cells = [value.strip() for record in records for value in record[name].split(SEPARATOR)]
        values = list(dict.fromkeys(value for value in cells if value))
        if values:
            slots[name] = values
    return slots

"""What can become of a file: each damage turns a file's bytes into others; None: the file is gone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping

Damage = Callable[[bytes], bytes | None]


def _torn(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _wrong_types(content: bytes) -> bytes:
    """Keep a JSON object's keys, and give each a value of another type; of others every other byte."""
    try:
        record = json.loads(content)
    except ValueError:
        return content[::2]
    if not isinstance(record, dict):
        return b'{"unexpected": 1}'
    return json.dumps(
        {key: {"was": 1} if isinstance(value, (str, list)) else "text" for key, value in record.items()}
    ).encode()


def _missing_key(content: bytes) -> bytes:
    try:
        record = json.loads(content)
    except ValueError:
        return content[1:]
    return json.dumps(dict(list(record.items())[1:]) if isinstance(record, dict) else record[1:]).encode()


def _inner_line(content: bytes) -> bytes:
    """Spoil one line inside, as a journal has them."""
    lines = content.split(b"\n")
    lines[len(lines) // 2] = lines[len(lines) // 2][: len(lines[len(lines) // 2]) // 2]
    return b"\n".join(lines)


def _flipped(content: bytes) -> bytes:
    changed = bytearray(content or b"\0")
    changed[random.Random(len(content)).randrange(len(changed))] ^= 0x10
    return bytes(changed)


def _giant_numbers(content: bytes) -> bytes:
    try:
        record = json.loads(content)
    except ValueError:
        return b'{"n": ' + b"9" * 10_000 + b"}"
    if not isinstance(record, dict):
        return b"[" + b"9" * 400 + b"]"
    marks = json.dumps(
        {key: "@" if isinstance(value, (int, float)) else value for key, value in record.items()}
    )
    return marks.replace('"@"', "9" * 400).encode()


DAMAGES: Mapping[str, Damage] = {
    "empty": lambda content: b"",
    "torn": _torn,
    "list": lambda content: b"[]",
    "null": lambda content: b"null",
    "object": lambda content: b"{}",
    "wrong types": _wrong_types,
    "a key missing": _missing_key,
    "nested": lambda content: b"[" * 100_000 + b"]" * 100_000,
    "nested objects": lambda content: b'{"a":' * 900 + b"1" + b"}" * 900,
    "binary": lambda content: random.Random(7).randbytes(512),
    "foreign": lambda content: b'{"name": "left-pad", "version": "1.3.0", "dependencies": {"a": "^1"}}',
    "giant numbers": _giant_numbers,
    "NaN": lambda content: b'{"n": NaN, "value": 1e999}',
    "a line inside": _inner_line,
    "flipped byte": _flipped,
    "missing": lambda content: None,
}

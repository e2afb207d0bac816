"""Whether a user's probe is well formed; every message says where, what is there, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from attacks.probing.base import KINDS, Capability, Case, Judge, ProbeError
from attacks.probing.judging import moved_rightly, right_class, unchanged
from attacks.probing.templates import Template, cases_of, fillings, slot_names
from sentiment_core.data.files.bad_rows import as_written

MOST_CASES = 5000
MOST_CHARACTERS = 20_000
#: Texts from each template, unless the file says otherwise by `per_template`.
PER_TEMPLATE = 20

EXPECTATIONS: dict[str, dict[str, int | None]] = {
    "MFT": {"positive": 1, "negative": 0},
    "INV": {"same": None},
    "DIR": {"up": 1, "down": 0},
}
JUDGES: dict[str, Judge] = {"MFT": right_class, "INV": unchanged, "DIR": moved_rightly}

_KEYS = ("title", "description", "kind", "templates", "slots", "per_template")
_BRACES = re.compile(r"[{}]")
_WELL_FORMED = re.compile(r"\{(?:[aA]:)?[A-Za-z_]+\d?\}")


def capability_from(name: str, record: Mapping[str, Any], filename: str) -> Capability:
    """Return the capability that a record describes; ProbeError where it does not."""
    unknown = [str(key) for key in record if key not in _KEYS]
    if unknown:
        raise ProbeError(f"{filename}: '{unknown[0]}' is not known; allowed: {', '.join(_KEYS)}")
    kind = _kind(record.get("kind"), filename)
    slots = _slots(record.get("slots") or {}, filename)
    templates = _templates(record.get("templates"), kind, filename)
    per_template = _per_template(record.get("per_template", PER_TEMPLATE), filename)
    _check_slots(templates, slots, filename)
    _check_size(templates, per_template, filename)
    make = partial(_cases, name, templates, slots, per_template)
    if not make():
        raise ProbeError(
            f"{filename}: it makes no case; {{slot}} and {{slot2}} need two values, and a variant must "
            "differ from its text"
        )
    title = str(record.get("title") or name)
    description = str(record.get("description") or f"A probe of your own, from {filename}.")
    return Capability(name, title, description, kind, make, JUDGES[kind], family="own")


def _cases(
    name: str, templates: list[Template], slots: Mapping[str, list[str]], per_template: int
) -> list[Case]:
    return cases_of(name, templates, slots, per_template)


def _kind(kind: object, filename: str) -> str:
    if kind not in KINDS:
        raise ProbeError(f"{filename}: kind is {as_written(kind)}; allowed: {', '.join(KINDS)}")
    return str(kind)


def _slots(slots: object, filename: str) -> dict[str, list[str]]:
    if not isinstance(slots, Mapping):
        raise ProbeError(f"{filename}: slots is {as_written(slots)}; give a list of values by slot name")
    checked: dict[str, list[str]] = {}
    for key, values in slots.items():
        if not re.fullmatch(r"[A-Za-z_]+", str(key)):
            raise ProbeError(f"{filename}: slot {as_written(key)} may have letters and _ in its name only")
        if not isinstance(values, list) or not values or any(isinstance(v, list | dict) for v in values):
            raise ProbeError(
                f"{filename}: slot '{key}' is {as_written(values)}; give a list of one value or more"
            )
        # YAML reads 8 as a number and no as false; what was written is meant as text.
        if any(isinstance(value, bool) or value is None for value in values):
            raise ProbeError(
                f"{filename}: slot '{key}' has a value that YAML reads as yes, no or nothing; quote it"
            )
        checked[str(key).lower()] = list(dict.fromkeys(str(value) for value in values))
    return checked


def _templates(templates: object, kind: str, filename: str) -> list[Template]:
    if not isinstance(templates, list) or not templates:
        raise ProbeError(f"{filename}: templates is {as_written(templates)}; give a list with one or more")
    return [
        _template(item, kind, f"{filename}, {_place(item, number)}")
        for number, item in enumerate(templates, start=1)
    ]


def _place(item: object, number: int) -> str:
    row = item.get("row") if isinstance(item, Mapping) else None
    return f"row {row}" if row else f"template {number}"


def _template(item: object, kind: str, where: str) -> Template:
    if not isinstance(item, Mapping):
        raise ProbeError(f"{where} is {as_written(item)}; give a text and an expectation")
    unknown = [str(key) for key in item if key not in ("text", "expectation", "variants", "row")]
    if unknown:
        raise ProbeError(f"{where}: '{unknown[0]}' is not known; allowed: text, expectation, variants")
    text = _text(item.get("text"), "text", where)
    expected = _expectation(item.get("expectation"), kind, where)
    variants = item.get("variants") or []
    if isinstance(variants, str):
        variants = [variants]
    if kind == "MFT":
        if variants:
            raise ProbeError(
                f"{where}: an MFT template has no variants; leave them out, or make it INV or DIR"
            )
        return Template(text, expected)
    if not isinstance(variants, list) or not variants:
        raise ProbeError(f"{where}: a template of kind {kind} needs variants, a list of changed texts")
    changed = [_text(variant, "variant", where) for variant in variants]
    return Template(text, None, tuple((variant, expected) for variant in changed))


def _text(text: object, what: str, where: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ProbeError(f"{where}: {what} is {as_written(text)}; give a text")
    if len(text) > MOST_CHARACTERS:
        raise ProbeError(f"{where}: {what} has {len(text):,} characters; {MOST_CHARACTERS:,} at most")
    if _BRACES.search(_WELL_FORMED.sub("", text)):
        raise ProbeError(f"{where}: braces go around a slot's name only, as in {{part}} or {{a:part}}")
    return text.strip()


def _expectation(expectation: object, kind: str, where: str) -> int | None:
    allowed = EXPECTATIONS[kind]
    if kind == "INV" and expectation in (None, ""):
        return None
    word = str(expectation).strip().lower()
    if word not in allowed:
        raise ProbeError(
            f"{where}: expectation is {as_written(expectation)}; for {kind} allowed: {', '.join(allowed)}"
        )
    return allowed[word]


def _per_template(value: object, filename: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_CASES:
        raise ProbeError(
            f"{filename}: per_template is {as_written(value)}; give a number from 1 to {MOST_CASES:,}"
        )
    return value


def _check_slots(templates: list[Template], slots: Mapping[str, list[str]], filename: str) -> None:
    for template in templates:
        further = [text for text, _ in template.variants]
        for name in slot_names(" ".join((template.text, *further))).values():
            if name not in slots:
                there = ", ".join(slots) or "none"
                raise ProbeError(f"{filename}: slot {{{name}}} has no values; slots with values: {there}")
        if not fillings(template.text, slots, 1, further):
            raise ProbeError(f"{filename}: {as_written(template.text)} needs more values than its slots have")


def _check_size(templates: list[Template], per_template: int, filename: str) -> None:
    most = sum(per_template * (1 + len(template.variants)) for template in templates)
    if most > MOST_CASES:
        raise ProbeError(
            f"{filename}: up to {most:,} cases; {MOST_CASES:,} at most: lower per_template or split the file"
        )

"""What the values of a label column mean: negative, positive, left out, or not known."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.schema import LABEL_NAMES, NEGATIVE, POSITIVE, Reading

LABELS = {
    **dict.fromkeys(("0", "0.0", "neg", "negative", "false", "no", "label_0"), NEGATIVE),
    **dict.fromkeys(("1", "1.0", "pos", "positive", "true", "yes", "label_1"), POSITIVE),
}
ALLOWED_LABELS = "0/1, neg/pos, negative/positive, false/true, no/yes"
#: Values that say what they mean whatever the column is called.
WORDS = frozenset(("neg", "negative", "pos", "positive"))
#: Two values on either side of zero are as clear as 0 and 1; with a 0 between them they are a scale.
SIGNS = {"-1": NEGATIVE, "1": POSITIVE}

#: A column of more different values than this holds no labels.
MOST_VALUES = 20
#: A value longer than this is no label.
MOST_CHARACTERS = 60

_WHOLE = re.compile(r"([+-]?)0*(\d+)(?:\.0+)?")
_STEP = re.compile(r"[+-]?\d+(?:[.,]\d+)?|label_\d+|\d+ stars?|[★☆⭐*]+")
#: Names of columns where true, yes or 1 would be the negative label.
_NEGATED = re.compile(
    r"(?:^|[^a-z])(?:neg|negative|bad|rotten|toxic|toxicity|hate|hateful|offensive|insult|"
    r"dislike|disliked|unhappy|angry|complaint)(?:$|[^a-z])"
)


@dataclass(frozen=True)
class LabelValue:
    """One value of the label column: as the file writes it, its rows, and what it means.

    `name` is what the file itself calls the value (a Parquet file of Hugging Face), else "". `meaning` is one
    of negative, positive, left out, unknown.
    """

    value: str
    n: int
    meaning: str
    name: str = ""


@dataclass(frozen=True)
class Meaning:
    """What every value of a label column means: `labels` by key, None for one that is left out on purpose.

    A key that is not in `labels` is not known; `trouble` is a line for a person where the whole column cannot
    be read without being told how, else "".
    """

    labels: Mapping[str, int | None]
    counts: Mapping[str, int]
    written: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trouble: str = ""

    def values(self) -> tuple[LabelValue, ...]:
        """Return each value, the numbers in order first, with what it means."""
        keys = sorted(self.counts, key=_order)
        return tuple(
            LabelValue(self.written[key], self.counts[key], self._word(key), self.names.get(key, ""))
            for key in keys
            if key
        )

    def _word(self, key: str) -> str:
        if key not in self.labels:
            return "unknown"
        label = self.labels[key]
        return "left out" if label is None else LABEL_NAMES[label]

    def written_as(self, label: int | None) -> tuple[str, ...]:
        """Return the values that mean a label (None: left out), as the file writes them."""
        return tuple(
            self.written[key] for key in sorted(self.counts, key=_order) if key and self._is(key, label)
        )

    def _is(self, key: str, label: int | None) -> bool:
        return key in self.labels and self.labels[key] == label


def label_key(value: object) -> str:
    """Return the form by which label values are compared; "" for none.

    White space and case do not count, 1, "1" and 1.0 are one value. A list of one label (Doccano) and
    {"choices": [one]} (Label Studio) are that label.
    """
    text = written(value).casefold()
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        return text
    sign, digits = whole.groups()
    return f"-{digits}" if sign == "-" and digits != "0" else digits


def written(value: object) -> str:
    """Return a label value as the file writes it, taken out of a list of one."""
    for _ in range(3):
        inner = _unpacked(value)
        if inner is value:
            break
        value = inner
    if value is None or (isinstance(value, float) and value != value) or type(value).__name__ in _MISSING:
        return ""
    try:
        return str(value).strip()
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return shown(value)


_MISSING = ("NAType", "NaTType")


def _unpacked(value: object) -> object:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and len(value) <= 1_000:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return _unpacked(found) if isinstance(found, dict | list) else value
    if isinstance(value, dict) and set(value) == {"choices"}:
        return value["choices"]
    if type(value).__name__ == "ndarray":
        value = list(value)  # type: ignore[call-overload]
    if isinstance(value, list | tuple):
        return None if not value else value[0] if len(value) == 1 else value
    return value


def label_keys(values: Iterable[object]) -> tuple[list[str], dict[str, str]]:
    """Return each value's key, and how each key is first written."""
    known: dict[Hashable, str] = {}
    first: dict[str, str] = {}
    keys: list[str] = []
    for value in values:
        cached = (type(value), value) if isinstance(value, Hashable) else None
        key = known.get(cached) if cached else None
        if key is None:
            key = label_key(value)
            first.setdefault(key, written(value))
            if cached and len(known) < 10_000:
                known[cached] = key
        keys.append(key)
    return keys, first


def meaning_of(
    values: Iterable[object], column: str, reading: Reading, names: Sequence[str] = ()
) -> tuple[list[str], Meaning]:
    """Return each row's key, and what the keys mean.

    `names` are the file's own names of the values 0, 1, ... Where the values do not say it, or the name of
    the column says that 1 is negative, `trouble` says what to do; nothing is guessed.
    """
    keys, first = label_keys(values)
    counts = Counter(keys)
    found = Meaning({}, counts, first, _named(counts, names))
    if reading.negative or reading.positive:
        labels, trouble = _as_told(found, column, reading)
        return keys, replace(found, labels=labels, trouble=trouble)
    labels, notes = _by_names(found.names, counts) if found.names else (_by_values(counts), ())
    found = replace(found, labels=labels, notes=notes)
    trouble = _trouble(found, column)
    return keys, replace(found, trouble=trouble, labels={} if trouble else labels)


def _named(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, str]:
    return {
        key: names[int(key)] for key in counts if key.isdecimal() and len(key) < 6 and int(key) < len(names)
    }


def _by_names(
    named: Mapping[str, str], counts: Mapping[str, int]
) -> tuple[dict[str, int | None], tuple[str, ...]]:
    """Return what the file's own names say; they count before the numbers."""
    words = {key: label_key(name) for key, name in named.items()}
    labels: dict[str, int | None] = {key: LABELS[word] for key, word in words.items() if word in LABELS}
    labels |= {key: None for key in ("-1",) if key in counts}  # the datasets library's mark for no label
    turned = [key for key, label in labels.items() if key in ("0", "1") and label != int(key)]
    said = ", ".join(f"{key} is {shown(named[key])}" for key in sorted(named))
    note = f"the file's own label names count, not the numbers: {said}" if turned else ""
    return labels, (note,) if note else ()


def _by_values(counts: Mapping[str, int]) -> dict[str, int | None]:
    present = {key for key in counts if key}
    if present == SIGNS.keys():
        return dict(SIGNS)
    return {key: LABELS[key] for key in present if key in LABELS}


def _as_told(found: Meaning, column: str, reading: Reading) -> tuple[dict[str, int | None], str]:
    """Return the labels that a person gave to the values; the others are left out."""
    by_name = {label_key(name): key for key, name in found.names.items()}
    told: dict[str, int | None] = dict.fromkeys((key for key in found.counts if key), None)
    for label, given in ((NEGATIVE, reading.negative), (POSITIVE, reading.positive)):
        for value in given:
            key = label_key(value)
            key = key if key in told else by_name.get(key, key)
            if key not in told:
                there = _listed(found.counts, found.written, found.names)
                return {}, f"column {shown(column)} has no value {shown(value)}; its values: {there}"
            if told[key] not in (None, label):
                return (
                    {},
                    f"value {shown(value)} cannot be both negative and positive; give it to one of them",
                )
            told[key] = label
    if not reading.negative or not reading.positive:
        how = _how(found.counts, found.written)
        return {}, f"values are given for one label only; give those of both, for example {how}"
    return told, ""


def _trouble(found: Meaning, column: str) -> str:
    """Return why a column cannot be read without being told how, or ""."""
    present = [key for key in found.counts if key]
    unknown = [key for key in present if key not in found.labels]
    if not present:
        return f"column {shown(column)} is empty in every row; name the label column (--label-column)"
    if not unknown:
        return _negated(found, column)
    if len(present) > MOST_VALUES or any(len(key) > MOST_CHARACTERS for key in present):
        if any(key in WORDS for key in present):
            return ""
        return (
            f"column {shown(column)} holds {len(present):,} different values, too many for labels; "
            "name the label column (--label-column)"
        )
    steps = [key for key in present if _STEP.fullmatch(key)]
    sure = any(key in WORDS for key in present) or bool(found.names and found.labels)
    if not sure and any(_STEP.fullmatch(key) for key in unknown):
        kind = "a scale" if len(steps) > 2 else "not 0 and 1"
        return _untold(found, column, kind)
    return "" if found.labels else _untold(found, column, "neither negative nor positive")


def _untold(found: Meaning, column: str, kind: str) -> str:
    listed = _listed(found.counts, found.written, found.names)
    return (
        f"column {shown(column)} holds {listed}: {kind}; say which values are negative and which are "
        f"positive ({_how(found.counts, found.written)}), the other rows are left out"
    )


def _negated(found: Meaning, column: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).casefold()
    if found.names or not _NEGATED.search(spaced) or any(key in WORDS for key in found.counts):
        return ""
    keys = sorted(filter(None, found.counts), key=_order)
    return (
        f"column {shown(column)} holds {_listed(found.counts, found.written)}, and by its name the higher "
        "one may be the negative label; say which values are negative and which are positive "
        f"({_option('--negative', keys[1:], found.written)} {_option('--positive', keys[:1], found.written)})"
    )


def _listed(
    counts: Mapping[str, int], first: Mapping[str, str], names: Mapping[str, str] | None = None
) -> str:
    keys = [key for key in sorted(counts, key=_order) if key]
    said = [first[key] if len(first[key]) <= 30 else f"{first[key][:27]}..." for key in keys[:10]]
    if names:
        said = [
            f"{text} ({names[key]})" if key in names else text for key, text in zip(keys, said, strict=False)
        ]
    return ", ".join(said) + (f" and {len(keys) - 10} more" if len(keys) > 10 else "")


def _how(counts: Mapping[str, int], first: Mapping[str, str]) -> str:
    """Return options as an example, low values negative and high ones positive; the middle is left out."""
    keys = [key for key in sorted(counts, key=_order) if key]
    half = max(1, len(keys) // 2)
    low, high = keys[:half], keys[len(keys) - half :]
    if len(keys) < 2:
        return "--negative VALUE --positive VALUE"
    if not all(_STEP.fullmatch(key) for key in keys) or len(keys) > MOST_VALUES:
        return "--negative VALUES --positive VALUES"
    return f"{_option('--negative', low, first)} {_option('--positive', high, first)}"


def _option(name: str, keys: Sequence[str], first: Mapping[str, str]) -> str:
    values = ",".join(first[key] for key in keys)
    return f"{name}={values}" if values.startswith("-") else f"{name} {values}"


def _order(key: str) -> tuple[int, float, str]:
    try:
        return 0, float(key.replace(",", ".")), key
    except ValueError:
        return 1, float(key.count("★") + key.count("⭐")), key

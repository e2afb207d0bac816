"""What the Probes page shows, in plain sentences. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from attacks.probes import GROUPS, PROBES
from dashboard.records.probings import Probed
from dashboard.wording import format_value
from sentiment_core.schema import LABEL_NAMES

#: So many capabilities are named in a sentence.
NAMED = 3
_MOVES = {1: "not lower", 0: "not higher"}


def answer(models: Sequence[Probed], families: Sequence[str]) -> tuple[str, str]:
    """Answer "Which kinds of language does it not understand?" for one or two models, and what stands out."""
    tables = [model.rows(families) for model in models]
    if len(models) == 1:
        return _one(models[0].name, tables[0])
    both = _shared(models, tables)
    counts = _listed([f"{m.name} holds {_held(t)} of {len(t)}" for m, t in zip(models, tables, strict=True)])
    return both, f"{counts}.{_apart(models, tables)}"


def _one(name: str, table: pd.DataFrame) -> tuple[str, str]:
    worst = _worst(table)
    held = f"{_held(table)} of {len(table)} kinds hold."
    if not worst:
        return f"{name} clearly fails no kind of language.", held
    return f"{name} does not understand: {_with_rates(worst)}.", held


def _worst(table: pd.DataFrame) -> list[dict[str, Any]]:
    failed = table[table["verdict"] == "fails"]
    rates = failed["failure_rate"].map(lambda figure: -figure.value).to_numpy(dtype=float)
    rows: list[dict[str, Any]] = failed.iloc[rates.argsort(kind="stable")].to_dict("records")
    return rows[:NAMED]


def _with_rates(rows: Sequence[dict[str, Any]]) -> str:
    return _listed([f"{_title(row)} ({_rate(row)} % fail)" for row in rows])


def _shared(models: Sequence[Probed], tables: Sequence[pd.DataFrame]) -> str:
    """Name what both models fail at, by the better of the two rates, the worst first."""
    first, second = (
        {(row["capability"], _severity(row)): row for row in table.to_dict("records")} for table in tables
    )
    both = [
        (min(row["failure_rate"].value, second[key]["failure_rate"].value), row, second[key])
        for key, row in first.items()
        if key in second and row["verdict"] == "fails" == second[key]["verdict"]
    ]
    names = [model.name for model in models]
    if not both:
        return _separately(names, tables)
    both.sort(key=lambda one: -one[0])
    worst = [f"{_title(a)} ({_rate(a)} and {_rate(b)} % fail)" for _, a, b in both[:NAMED]]
    return f"Neither {names[0]} nor {names[1]} understands: {_listed(worst)}."


def _separately(names: Sequence[str], tables: Sequence[pd.DataFrame]) -> str:
    """Say what each of two models fails, where they fail nothing together."""
    worst = [_worst(table) for table in tables]
    if not any(worst):
        return f"Neither {names[0]} nor {names[1]} clearly fails any kind of language."
    said = [f"{name} fails {_with_rates(rows)}" for name, rows in zip(names, worst, strict=True) if rows]
    return f"{_listed(said)}; there is nothing that both clearly fail."


def _apart(models: Sequence[Probed], tables: Sequence[pd.DataFrame]) -> str:
    """Name where one model is better by intervals that do not meet, the widest gap first."""
    first, second = (
        {(row["capability"], _severity(row)): row for row in table.to_dict("records")} for table in tables
    )
    gaps: list[tuple[float, int, str]] = []
    for key in first.keys() & second.keys():
        a, b = first[key]["failure_rate"], second[key]["failure_rate"]
        if a.defined and b.defined and (a.ci_high < b.ci_low or b.ci_high < a.ci_low):
            better = 0 if a.value < b.value else 1
            low, high = sorted((a.value, b.value))
            words = f"{_title(first[key])} ({format_value(low)} against {format_value(high)} %)"
            gaps.append((high - low, better, words))
    gaps.sort(key=lambda gap: (-gap[0], gap[2]))
    said = [
        f"{model.name} is clearly better at {_listed([gap[2] for gap in gaps if gap[1] == place][:1])}"
        for place, model in enumerate(models)
        if any(gap[1] == place for gap in gaps)
    ]
    return f" {_listed(said)}." if said else " No difference between them is clear."


def _rate(row: dict[str, Any]) -> str:
    return format_value(row["failure_rate"].value)


def _held(table: pd.DataFrame) -> int:
    return int((table["verdict"] == "holds").sum())


def _severity(row: dict[str, Any]) -> int:
    return 0 if pd.isna(row["severity"]) else int(row["severity"])


def _title(row: dict[str, Any]) -> str:
    severity = _severity(row)
    return _lower(str(row["title"])) + (f" at severity {severity}" if severity else "")


def _lower(title: str) -> str:
    """Return a title as it stands inside a sentence; HTML and INV keep their capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def expectation(kind: str, expected: object) -> str:
    """Say what is expected of a case."""
    number = None if expected is None or pd.isna(expected) else int(str(expected))
    if kind == "MFT":
        return "in the middle" if number is None else LABEL_NAMES[number]
    if kind == "INV" or number is None:
        return "the same"
    return _MOVES[number]


def percent(probability: object) -> str:
    """Write a probability of positive, a dash where there is none."""
    value = math.nan if probability is None or pd.isna(probability) else float(str(probability))
    return f"{format_value(value)} %" if value == value else format_value(value)


OWN = "your own"

KINDS = {
    "MFT": "Minimum functionality: each text has a right answer",
    "INV": "Invariance: a change that leaves the opinion alone must leave the answer alone",
    "DIR": "Direction: a change must not move the probability the wrong way",
}
VERDICTS = {"holds": "✓", "unclear": "○", "fails": "●", "does not apply": ""}
VERDICT_WORDS = {
    "holds": "held: the whole interval is below 5 %",
    "unclear": "unclear: the interval includes 5 %, or the difference may be chance",
    "fails": "not understood: the whole interval is above 5 %",
    "does not apply": "the rule applies to no case",
}


def group_of(capability: str, family: str) -> str:
    """Return the group in which a capability stands; one that is no longer known is with the others."""
    if family == "own":
        return OWN
    return PROBES[capability].group if capability in PROBES else GROUPS[-1]


def in_order(capabilities: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (capability, family) pairs, each once, by group and then as they are registered."""
    groups, known = [*GROUPS, OWN], list(PROBES)

    def place(pair: tuple[str, str]) -> tuple[int, int]:
        return groups.index(group_of(*pair)), known.index(pair[0]) if pair[0] in known else len(known)

    return sorted(dict.fromkeys(capabilities), key=place)

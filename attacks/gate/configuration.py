"""The configuration of a gate, a TOML file: margins, what is required, the attack's recipe and the data."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attacks.gate.decision import ALPHA, Criterion
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ReelcheckError

#: Every criterion with its default margin and the smallest loss that matters.
CRITERIA = {
    item.name: item
    for item in (
        Criterion("accuracy", "Accuracy", True, 0.01, 0.005),
        Criterion("ece", "ECE", False, 0.01, 0.005),
        Criterion("attack_raw", "Accuracy under attack", True, 0.05, 0.02),
        Criterion("attack_valid", "Accuracy under attack, valid texts only", True, 0.05, 0.02),
        Criterion("probes", "Share of probe cases failed", False, 0.02, 0.01),
        Criterion("bias", "Spread between groups", False, 0.01, 0.005),
        Criterion("worst_slice", "Accuracy in the worst slice", True, 0.05, 0.02, required=False),
        Criterion("latency", "Seconds per review", False, 0.25, 0.1, required=False, unit="%"),
        Criterion("size", "Size of the files", False, 0.25, 0.25, unit="%"),
    )
}
#: No configuration is larger; a file of this size is something else.
MOST_BYTES = 100_000


class GateError(ReelcheckError):
    """The gate cannot decide, promote or roll back as asked."""


@dataclass(frozen=True)
class Config:
    """What a gate asks for; see `DEFAULT` for the file."""

    alpha: float = ALPHA
    data: str = ""
    recipe: str = ""
    criteria: Mapping[str, Criterion] = field(default_factory=lambda: dict(CRITERIA))


def read(path: Path) -> Config:
    """Return a configuration; GateError in one line for a file that is not one."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise GateError(f"{path.name} is larger than {MOST_BYTES:,} bytes; give a gate's TOML file")
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise GateError(
            f"{path.name} is not there; `python -m attacks gate --write-config FILE` writes the default"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise GateError(
            f"{path.name} is not TOML in UTF-8; `python -m attacks gate --write-config FILE` writes one"
        ) from None
    return _config(record)


def default_text() -> str:
    """Return the default configuration as TOML, with what each key means."""
    head = [
        "# The gate: may NEW replace OLD? The values are the defaults; any may be left out.",
        f"alpha = {ALPHA}  # one-sided, divided by the number of criteria measured (Bonferroni)",
        'data = ""  # a data set; --data overrides it',
        'recipe = ""  # the attack recipe; empty: the newest that both models were attacked with',
    ]
    return "\n".join([*head, *(line for item in CRITERIA.values() for line in _table(item))]) + "\n"


def _table(item: Criterion) -> list[str]:
    return [
        "",
        f"[{item.name}]  # {item.title}",
        f"margin = {item.margin}  # the largest acceptable loss",
        f"smallest = {item.smallest}  # a larger loss that is no chance fails",
        f"required = {str(item.required).lower()}  # whether undecided makes the verdict warn",
    ]


def _config(record: Mapping[str, Any]) -> Config:
    _only(record, ("alpha", "data", "recipe", *CRITERIA), "the configuration")
    alpha = _number(record.get("alpha", ALPHA), "alpha")
    if not 0 < alpha <= 0.5:
        raise GateError(f"alpha is {alpha}; give a number above 0, at most 0.5")
    texts = {key: record.get(key, "") for key in ("data", "recipe")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise GateError(f"{key} is {shown(value)}; give a text")
    criteria = {name: _criterion(item, record.get(name, {})) for name, item in CRITERIA.items()}
    return Config(alpha, texts["data"], texts["recipe"], criteria)


def _criterion(default: Criterion, given: Any) -> Criterion:
    if not isinstance(given, Mapping):
        raise GateError(f"{default.name} is {shown(given)}; give a table [{default.name}] with a margin")
    _only(given, ("margin", "smallest", "required"), f"[{default.name}]")
    margin, smallest = (
        _number(given.get(key, getattr(default, key)), f"{default.name}.{key}")
        for key in ("margin", "smallest")
    )
    required = given.get("required", default.required)
    if margin <= 0 or smallest < 0:
        raise GateError(
            f"[{default.name}] has margin {margin:g} and smallest {smallest:g}; "
            "give a margin above 0 and a smallest of 0 or more"
        )
    if not isinstance(required, bool):
        raise GateError(f"{default.name}.required is {shown(required)}; give true or false")
    return dataclasses.replace(default, margin=margin, smallest=smallest, required=required)


def _only(record: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    unknown = next((key for key in record if key not in allowed), None)
    if unknown is not None:
        raise GateError(f"{where} has the key {shown(unknown)}; allowed: {', '.join(allowed)}")


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e6 < value < 1e6:
        raise GateError(f"{name} is {shown(value)}; give a number")
    return float(value)

"""The configuration of a gate, a TOML file: margins, what is required, the attack's recipe and the data."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attacks.gate.decision import ALPHA, Criterion
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ReelcheckError

#: A size is felt where it meets a limit, not in proportion: nobody turns 6 MB down because the old has 3.
#: 100 MB is the largest file that the usual code hosts take.
FREE_MEGABYTES = 100.0
#: A response within 0.1 s is felt as instantaneous (Nielsen 1993, "Usability engineering").
FREE_MILLISECONDS = 100.0
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
        Criterion("latency", "Time per review", False, 0.25, 0.1, False, "%", FREE_MILLISECONDS, "ms"),
        Criterion("size", "Size of the files", False, 0.25, 0.25, True, "%", FREE_MEGABYTES, "MB"),
    )
}
#: No configuration is larger; a file of this size is something else.
MOST_BYTES = 100_000


class GateError(ReelcheckError):
    """The gate cannot decide, promote or roll back as asked."""


@dataclass(frozen=True)
class Config:
    """What a gate asks for; see `text` for the file.

    Attributes:
        alpha: one-sided, over all criteria together.
        data: of the reviews; the command's --data comes first.
        recipe: of the attack; empty: the newest that both models met, and DEFAULT_RECIPE where one is run.
        attacked, queries: reviews and most queries per review of an attack that is run.
        criteria: by name.
    """

    alpha: float = ALPHA
    data: str = ""
    recipe: str = ""
    attacked: int = 100
    queries: int = 1000
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


def text(config: Config) -> str:
    """Return a configuration as TOML, with what each key means."""
    head = [
        "# The gate: may NEW replace OLD? Any line may be left out; the defaults are then used.",
        f"alpha = {config.alpha}  # one-sided, divided by the number of criteria measured (Bonferroni)",
        f"data = {json.dumps(config.data)}  # a data set; --data overrides it",
        f"recipe = {json.dumps(config.recipe)}  # the attack recipe; empty: the newest that both models met",
        f"attacked = {config.attacked}  # reviews that --measure attacks, the same for both models",
        f"queries = {config.queries}  # most queries per review of that attack",
    ]
    return "\n".join([*head, *(line for item in config.criteria.values() for line in _table(item))]) + "\n"


def of_record(record: Mapping[str, Any]) -> Config:
    """Return the configuration that a decision was made by, as its run keeps it."""
    plain = {key: value for key, value in record.items() if key != "criteria"}
    keys = ("margin", "smallest", "required", "budget")
    for name, item in dict(record.get("criteria") or {}).items():
        if name in CRITERIA and isinstance(item, Mapping):
            kept = {key: item[key] for key in keys if key in item}
            plain[name] = kept if CRITERIA[name].cost else {k: v for k, v in kept.items() if k != "budget"}
    return _config(plain)


def _table(item: Criterion) -> list[str]:
    return [
        "",
        f"[{item.name}]  # {item.title}",
        f"margin = {item.margin}  # the largest acceptable loss",
        f"smallest = {item.smallest}  # a larger loss that is no chance fails",
        f"required = {str(item.required).lower()}  # whether undecided makes the verdict warn",
        *([f"budget = {item.budget}  # {item.cost}, up to which it is no loss"] if item.cost else []),
    ]


def _config(record: Mapping[str, Any]) -> Config:
    _only(record, ("alpha", "data", "recipe", "attacked", "queries", *CRITERIA), "the configuration")
    alpha = _number(record.get("alpha", ALPHA), "alpha")
    if not 0 < alpha <= 0.5:
        raise GateError(f"alpha is {alpha}; give a number above 0, at most 0.5")
    texts = {key: record.get(key, "") for key in ("data", "recipe")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise GateError(f"{key} is {shown(value)}; give a text")
    criteria = {name: _criterion(item, record.get(name, {})) for name, item in CRITERIA.items()}
    attacked, queries = (
        _whole(record.get(key, getattr(Config, key)), key) for key in ("attacked", "queries")
    )
    return Config(alpha, texts["data"], texts["recipe"], attacked, queries, criteria)


def _criterion(default: Criterion, given: Any) -> Criterion:
    if not isinstance(given, Mapping):
        raise GateError(f"{default.name} is {shown(given)}; give a table [{default.name}] with a margin")
    keys = ("margin", "smallest", "budget") if default.cost else ("margin", "smallest")
    _only(given, (*keys, "required"), f"[{default.name}]")
    numbers = {key: _number(given.get(key, getattr(default, key)), f"{default.name}.{key}") for key in keys}
    margin, smallest = numbers["margin"], numbers["smallest"]
    required = given.get("required", default.required)
    if margin <= 0 or smallest < 0 or numbers.get("budget", 0.0) < 0:
        raise GateError(
            f"[{default.name}] has margin {margin:g} and smallest {smallest:g}; "
            "give a margin above 0, and 0 or more of the others"
        )
    if not isinstance(required, bool):
        raise GateError(f"{default.name}.required is {shown(required)}; give true or false")
    return dataclasses.replace(
        default,
        margin=margin,
        smallest=smallest,
        required=required,
        budget=numbers.get("budget", default.budget),
    )


def _only(record: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    unknown = next((key for key in record if key not in allowed), None)
    if unknown is not None:
        raise GateError(f"{where} has the key {shown(unknown)}; allowed: {', '.join(allowed)}")


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1_000_000:
        raise GateError(f"{name} is {shown(value)}; give a whole number of 1 or more")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e6 < value < 1e6:
        raise GateError(f"{name} is {shown(value)}; give a number")
    return float(value)

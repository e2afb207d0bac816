"""How commands print figures for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentiment_core.metrics import METRICS

#: Printed on their own scale; the others are rates, printed in per cent.
OWN_SCALE = frozenset({"mcc", "log_loss", "brier"})


def metric_line(name: str, record: Mapping[str, Any]) -> str:
    """Return "Accuracy  91.8 % [91.0, 92.6]  n = 4,000" from an estimate's JSON."""
    return f"{METRICS[name].title:<18}{estimate(name, record):<26}n = {record['n']:,}"


def selective_lines(found: dict[str, Any]) -> list[str]:
    """Return accuracy at less than full coverage, and AURC, from the JSON of `selective`."""
    parts = {f"surest {100 * coverage:.0f} %": f"coverage_{100 * coverage:.0f}" for coverage in (0.9, 0.8)}
    figures = {title: found[key] | {"value": found[key]["accuracy"]} for title, key in parts.items()}
    return [
        f"{title:<18}{estimate('accuracy', record):<26}n = {record['n']:,}"
        for title, record in (figures | {"AURC": found["aurc"]}).items()
    ]


def estimate(name: str, record: Mapping[str, Any], *, signed: bool = False) -> str:
    """Return "91.8 % [91.0, 92.6]", or why there is no figure."""
    if record["value"] is None:
        return f"undefined: {record.get('reason', 'no reason given')}"
    value = number(name, record["value"], signed=signed) + ("" if name in OWN_SCALE else " %")
    if record["ci_low"] is None:
        return value
    low, high = (number(name, record[end], signed=signed) for end in ("ci_low", "ci_high"))
    return f"{value} [{low}, {high}]"


def number(name: str, value: float | None, *, signed: bool = False) -> str:
    """Return a metric's bare value: one decimal in per cent, three on its own scale."""
    if value is None:
        return "-"
    sign = "+" if signed else ""
    return f"{value:{sign}.3f}" if name in OWN_SCALE else f"{100 * value:{sign}.1f}"


def spread_line(figures: Mapping[str, Any], by_seed: Mapping[str, float]) -> str:
    """Return "mean 91.20 %, sd 0.14, range 91.05 to 91.40, n = 3 seeds (1: 91.05, ...)"."""
    sd = f"sd {100 * figures['sd']:.2f}" if figures["sd"] is not None else f"no sd: {figures['reason']}"
    each = ", ".join(f"{seed}: {100 * value:.2f}" for seed, value in by_seed.items())
    return (
        f"mean {100 * figures['mean']:.2f} %, {sd}, range {100 * figures['low']:.2f} to "
        f"{100 * figures['high']:.2f}, n = {figures['n']} seeds ({each})"
    )

"""Which settings of a fine-tuning a search varies, and between which limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sentiment_core.classifiers.base import Params
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.classifiers.transformer.reading import TRUNCATIONS
from sentiment_core.errors import ModelError

#: Devlin et al. 2019, appendix A.3: the learning rates to try when BERT is fine-tuned. Every search begins
#: with them, all other settings at their defaults, so that the three differ by nothing else.
FIRST_LEARNING_RATES = (2e-5, 3e-5, 5e-5)

LENGTHS = (128, 256, 384, 512)

#: 0 keeps whole weights; of the others the README has what each costs the reference in accuracy and saves.
RANKS = (0, 16, 32, 64)
FROZEN, RANK = "freeze_embeddings", "adapter_rank"


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`: fractions, or whole numbers with `whole`."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class OneOf:
    """One of a few values without an order."""

    choices: tuple[Any, ...]


Axis: TypeAlias = Between | OneOf
Axes = Mapping[str, Axis]

#: The upper learning rate is for small encoders: the embedded base learns best near 1e-4.
SPACE: Axes = {
    "learning_rate": Between(1e-5, 2e-4, log=True),
    "epochs": Between(1, 4, whole=True),
    "weight_decay": Between(0.0, 0.1),
    "warmup_ratio": Between(0.0, 0.2),
    "truncation": OneOf(TRUNCATIONS),
    "max_length": OneOf(LENGTHS),
    "label_smoothing": Between(0.0, 0.1),
    FROZEN: OneOf((False, True)),
    RANK: OneOf(RANKS),  # tried only where the embeddings are frozen: an adapter holds no trained ones
}


def axes_for(most_tokens: int | None, fixed: Params) -> dict[str, Axis]:
    """Return what is searched over: SPACE without the fixed settings, lengths as the base can read them.

    Args:
        most_tokens: positions that the base has for tokens, or None where it has no limit.
        fixed: settings that every trial has.
    """
    _check_length(most_tokens, fixed)
    held = set(settings_that_follow(fixed)) | ({RANK} if fixed.get(FROZEN) is False else set())
    axes = {name: axis for name, axis in SPACE.items() if name not in held}
    if "max_length" in axes and most_tokens is not None:
        axes["max_length"] = OneOf(tuple(n for n in LENGTHS if n <= most_tokens) or (most_tokens,))
    if not axes:
        raise ModelError(
            f"every setting is fixed, so nothing is left to search; free one of: {', '.join(SPACE)}"
        )
    return axes


def settings_that_follow(fixed: Params) -> dict[str, Any]:
    """Return the fixed settings with what they entail: an adapter holds no trained embeddings."""
    return dict(fixed) | ({FROZEN: True} if fixed.get(RANK) else {})


def first_points(axes: Axes) -> list[dict[str, Any]]:
    """Return the points that every search tries first."""
    middle: dict[str, Any] = {}
    for name, axis in axes.items():
        if _applies(name, middle):
            middle[name] = _default(name, axis)
    if "learning_rate" not in axes:
        return [middle]
    return [middle | {"learning_rate": rate} for rate in FIRST_LEARNING_RATES]


def suggested(trial: Any, axes: Axes) -> dict[str, Any]:
    """Return one value per axis that applies, as an Optuna trial suggests them."""
    point: dict[str, Any] = {}
    for name, axis in axes.items():
        if _applies(name, point):
            point[name] = _suggest(trial, name, axis)
    return point


def in_force(point: Params, axes: Sequence[str]) -> dict[str, Any]:
    """Return a point with the rank that it has where none was tried: whole weights; {} stays {}."""
    return {RANK: 0, **point} if point and RANK in axes else dict(point)


def as_settings(point: Params) -> dict[str, Any]:
    """Return a point as the family's settings, each of its default's type (epochs are a fraction there)."""
    return {
        name: float(value) if isinstance(DEFAULTS.get(name), float) else value
        for name, value in point.items()
    }


def axes_as_json(axes: Axes) -> dict[str, list[Any]]:
    """Return the limits or choices of each axis, for the record of a search."""
    return {
        name: list(axis.choices) if isinstance(axis, OneOf) else [axis.low, axis.high]
        for name, axis in axes.items()
    }


def _applies(name: str, point: Params) -> bool:
    """Whether a setting can be chosen beside those before it: no rank beside embeddings that are trained."""
    return name != RANK or point.get(FROZEN, True)


def _suggest(trial: Any, name: str, axis: Axis) -> Any:
    if isinstance(axis, OneOf):
        return trial.suggest_categorical(name, axis.choices)
    if axis.whole:
        return trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
    return trial.suggest_float(name, axis.low, axis.high, log=axis.log)


def _default(name: str, axis: Axis) -> Any:
    """Return the family's default or, where the axis does not hold it, the nearest value that it does."""
    default: Any = DEFAULTS[name]
    if isinstance(axis, OneOf):
        return default if default in axis.choices else _nearest(default, axis.choices)
    near = min(max(default, axis.low), axis.high)
    return int(near) if axis.whole else near


def _nearest(default: Any, choices: Sequence[Any]) -> Any:
    return min(choices, key=lambda choice: abs(choice - default))


def _check_length(most_tokens: int | None, fixed: Params) -> None:
    asked = fixed.get("max_length")
    if most_tokens is not None and asked is not None and asked > most_tokens:
        raise ModelError(f"max_length {asked} is more than this base has positions for ({most_tokens})")

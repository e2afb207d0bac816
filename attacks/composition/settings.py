"""A recipe with the values a user gave: checked, complete, and written down for the record."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from attacks.composition.base import Recipe, RecipeError
from attacks.resources import places
from attacks.resources.catalog import RESOURCES
from sentiment_core.data.files.bad_rows import as_written

#: Libraries whose version can change what an attack does.
_LIBRARIES = ("textattack", "nltk", "textblob", "lemminflect", "torch", "transformers", "numpy")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Missing:
    """One thing without which a recipe does not run here."""

    what: str
    enables: str
    how_to_get: str


def missing(
    recipe: Recipe, family: str | None = None, params: Mapping[str, Any] | None = None
) -> list[Missing]:
    """Return what keeps the recipe from running, empty where nothing does; looks at paths, tries nothing.

    `family` is the attacked model's: a recipe that is not offered for it has that as its reason, unless
    `params` set its any_family.
    """
    values = settled(recipe, params or {})
    lacking = [RESOURCES[name] for name in needs(recipe, values) if RESOURCES[name].where() is None]
    reasons = [Missing(found.title, found.enables, found.how_to_get) for found in lacking]
    any_family = values.get("any_family", False)
    if family is not None and recipe.families and family not in recipe.families and not any_family:
        reasons.append(
            Missing(
                f"a model of family {' or '.join(recipe.families)}, not {family}",
                f"{recipe.title}: about {recipe.queries_per_word:,.0f} queries for every word of a review",
                "choose such a model, or another recipe"
                + ("; or set any_family = true" if "any_family" in recipe.constants else ""),
            )
        )
    return reasons


def needs(recipe: Recipe, constants: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the resources that the recipe needs with these constants."""
    return tuple(dict.fromkeys([*recipe.needs, *recipe.needs_with(constants)]))


def settled(recipe: Recipe, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe's constants with those of `params` in their place, read as the default's type.

    Raises:
        RecipeError: a parameter is not known, or its value is of another kind.
    """
    unknown = [name for name in params if name not in recipe.constants]
    if unknown:
        allowed = ", ".join(recipe.constants) or "none"
        raise RecipeError(f"recipe '{recipe.name}' has no parameter '{unknown[0]}'; known: {allowed}")
    given = {name: _as_default(recipe, name, value) for name, value in params.items()}
    return dict(recipe.constants) | given


def configuration(recipe: Recipe, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that decides what the recipe does, JSON-ready: for the record of a run."""
    values = settled(recipe, params)
    return {
        "name": recipe.name,
        "kind": recipe.kind,
        "source": recipe.source,
        "constants": {
            name: {"value": value, "source": recipe.constant_sources.get(name, "")}
            for name, value in values.items()
        },
        "resources": {name: str(RESOURCES[name].title) for name in needs(recipe, values)},
        "versions": {name: _version(name) for name in _LIBRARIES} | {"wordnet": places.wordnet_version()},
    }


def _as_default(recipe: Recipe, name: str, value: Any) -> Any:
    default = recipe.constants[name]
    try:
        read = _read(value, default)
    except (TypeError, ValueError, OverflowError):
        raise _wrong(recipe, name, value, _kind(default)) from None
    if not isinstance(default, str) and not _in_range(read, default):
        raise _wrong(recipe, name, value, _range(default))
    allowed = recipe.choices.get(name)
    if allowed and read not in allowed:
        raise _wrong(recipe, name, value, " or ".join(allowed))
    return read


def _read(value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        return _read_bool(value)
    if isinstance(default, int):
        if isinstance(value, bool) or float(value) != int(float(value)):
            raise ValueError(value)
        return int(float(value))
    if isinstance(default, float):
        if isinstance(value, bool) or not abs(float(value)) < float("inf"):
            raise ValueError(value)
        return float(value)
    if not isinstance(value, type(default)):
        raise TypeError(value)
    return value


def _read_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in (*_TRUE, *_FALSE):
        return str(value).lower() in _TRUE
    raise ValueError(value)


def _in_range(value: Any, default: Any) -> bool:
    """Whether a number is one that the default could be: shares and cosines in [0, 1], counts not below 1."""
    if isinstance(default, bool):
        return True
    if isinstance(default, float) and 0 <= default <= 1:
        return bool(0 <= value <= 1)
    return bool(value >= min(1, default))


def _range(default: Any) -> str:
    share = isinstance(default, float) and 0 <= default <= 1
    return "a number from 0 to 1" if share else f"{_kind(default)}, {min(1, default)} or more"


def _kind(default: Any) -> str:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
    return kinds.get(type(default), type(default).__name__)


def _wrong(recipe: Recipe, name: str, value: Any, allowed: str) -> RecipeError:
    return RecipeError(f"parameter '{name}' of recipe '{recipe.name}' is {allowed}, not {as_written(value)}")


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"

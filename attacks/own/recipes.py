"""Recipes that a user composes from named parts: one TOML or JSON file each, in `recipes/` of the workspace.

A file holds names and numbers only, so that nothing it says can run code:

    name = "gentle-synonyms"
    title = "Gentle synonyms"
    description = "Swaps a few words for synonyms."
    search = { part = "by-importance", wir_method = "delete" }
    transformations = [{ part = "wordnet" }]
    constraints = [{ part = "no-stopwords" }, { part = "max-rate", max_rate = 0.1 }]
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from attacks.composition.base import Recipe, RecipeError
from attacks.composition.settings import settled
from attacks.own.recipe_parts import CONSTRAINTS, SEARCHES, TRANSFORMATIONS, Part
from attacks.own.store import Store
from attacks.recipes import RECIPES
from attacks.resources.offline import textattack
from sentiment_core.data.files.bad_rows import as_written
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_KEYS = ("name", "title", "description", "search", "transformations", "constraints")
MOST_BYTES = 256 * 1024


class Chosen(NamedTuple):
    """One part of a composed recipe, with the values given for its parameters."""

    kind: str
    part: Part
    params: Mapping[str, Any]


def compose(record: Mapping[str, Any]) -> Recipe:
    """Return the recipe of kind "own" that a record describes; its constants are named PART.PARAMETER.

    Raises:
        RecipeError: a key, part or parameter is not known, or the parts do not fit together.
    """
    name = _name(record)
    unknown = [key for key in record if key not in _KEYS]
    if unknown:
        raise RecipeError(f"recipe '{name}': '{unknown[0]}' is not known; known: {', '.join(_KEYS)}")
    chosen = list(_chosen(name, record))
    _check_fit(name, chosen)
    constants = {f"{one.part.name}.{key}": value for one in chosen for key, value in one.params.items()}
    title = str(record.get("title") or name)
    recipe = Recipe(
        name=name,
        title=title,
        description=str(record.get("description") or _described(chosen)),
        kind="own",
        source="composed by a user of this workspace",
        build=lambda victim, values: _build(name, chosen, victim, values),
        constants=MappingProxyType(constants),
        constant_sources=MappingProxyType({key: f"recipe '{name}' of this workspace" for key in constants}),
        choices=MappingProxyType(
            {f"{one.part.name}.{key}": words for one in chosen for key, words in one.part.choices.items()}
        ),
        needs=tuple(dict.fromkeys(need for one in chosen for need in one.part.needs)),
        queries_per_word=max(one.part.queries_per_word for one in chosen),
    )
    settled(recipe, constants)  # a choice that is none of its words
    return recipe


def save_own(record: Mapping[str, Any]) -> Path:
    """Check a record and write it as the user's recipe of that name, in the place of an older one."""
    return STORE.save(compose(record).name, dict(record))


def read(path: Path) -> Recipe:
    """Read one file; it must be called after the recipe in it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DamagedFile(path.name, f"it is over the limit of {MOST_BYTES // 1024} KiB")
        record = kept.read_json(path, dict) if path.suffix == ".json" else _toml(path)
    except DamagedFile as error:
        if error.what == kept.misfit([], dict):
            raise RecipeError(f"{path.name} must hold one recipe: {', '.join(_KEYS)}") from error
        kind = path.suffix[1:].upper()
        raise RecipeError(f"{path.name} cannot be read as {kind}: {error.what}; write it again") from error
    except OSError as error:
        raise RecipeError(f"{path.name} cannot be read: {error.strerror}") from error
    recipe = compose(record)
    if recipe.name != path.stem:
        raise RecipeError(f"{path.name} holds a recipe named '{recipe.name}'; file and recipe share one name")
    return recipe


def _toml(path: Path) -> dict[str, Any]:
    """Return the record of a TOML file; DamagedFile where it is none, is too large or nested too deeply."""
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
        # Through JSON's reader: it has bounds on depth, digits and what is a number.
        return dict(kept.parse_json(json.dumps(record, default=str).encode(), path.name, dict))
    except RecursionError:
        raise DamagedFile(path.name, "it is nested too deeply") from None
    except DamagedFile:
        raise
    except ValueError as error:  # TOML's own, bytes that are no text, and numbers of thousands of digits
        raise DamagedFile(path.name, str(error) or "it is not TOML") from None


def parts_listed() -> list[dict[str, Any]]:
    """Return every part, JSON-ready: kind, name, description, params, choices, needs."""
    return [
        {
            "kind": kind,
            "name": part.name,
            "description": part.description,
            "params": dict(part.params),
            "choices": {key: list(words) for key, words in part.choices.items()},
            "needs": list(part.needs),
        }
        for kind, known in _KINDS.items()
        for part in known.values()
    ]


#: The user's recipes; one that is wrong is in `wrong()`, and does not hide the others.
STORE = Store("recipe", "recipes", (".toml", ".json"), read, RecipeError)

_WANTS = {"swaps": "put one word for another", "keeps_words": "keep the number of words"}
_KINDS = {"search": SEARCHES, "transformation": TRANSFORMATIONS, "constraint": CONSTRAINTS}


def _name(record: Mapping[str, Any]) -> str:
    name = record.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise RecipeError(
            f"a recipe's name is small letters, digits and hyphens, at most 41; not {as_written(name)}"
        )
    if name in RECIPES:
        raise RecipeError(f"'{name}' is one of the recipes that come with the project; choose another name")
    return name


def _chosen(name: str, record: Mapping[str, Any]) -> Iterator[Chosen]:
    yield _one(name, "search", record.get("search"))
    for kind in ("transformation", "constraint"):
        listed = record.get(f"{kind}s", [])
        if not isinstance(listed, list) or (kind == "transformation" and not listed):
            raise RecipeError(
                f"recipe '{name}': {kind}s is a list of parts, with at least one transformation"
            )
        names = [item.get("part") for item in listed if isinstance(item, Mapping)]
        if len(names) != len(set(map(str, names))):
            raise RecipeError(f"recipe '{name}': each {kind} can be there once")
        yield from (_one(name, kind, item) for item in listed)


def _one(name: str, kind: str, item: Any) -> Chosen:
    known = _KINDS[kind]
    found = item.get("part") if isinstance(item, Mapping) else None
    if not isinstance(found, str) or found not in known:
        raise RecipeError(
            f"recipe '{name}': a {kind} is {{part = NAME, ...}} with one of {', '.join(known)}; "
            f"not {as_written(item)}"
        )
    part = known[found]
    given = {key: value for key, value in item.items() if key != "part"}
    return Chosen(kind, part, settled(_as_recipe(part), given))


def _as_recipe(part: Part) -> Recipe:
    """Let a part's parameters be checked like a recipe's."""
    nothing = lambda victim, values: None  # noqa: E731
    return Recipe(
        part.name, part.name, part.description, "own", "", nothing, part.params, choices=part.choices
    )


def _check_fit(name: str, chosen: list[Chosen]) -> None:
    changes = [one.part for one in chosen if one.kind == "transformation"]
    limits = {one.part.name for one in chosen if one.kind == "constraint"}
    for change in changes:
        if change.along and change.along not in limits:
            raise RecipeError(
                f"recipe '{name}': '{change.name}' needs the constraint '{change.along}' as well"
            )
    for one in chosen:
        unfit = [change for change in changes if one.part.wants and not getattr(change, one.part.wants)]
        if unfit:
            raise RecipeError(
                f"recipe '{name}': {one.kind} '{one.part.name}' does not go with '{unfit[0].name}', which "
                f"does not {_WANTS[one.part.wants]}"
            )


def _described(chosen: list[Chosen]) -> str:
    names = {kind: [one.part.name for one in chosen if one.kind == kind] for kind in _KINDS}
    limits = ", ".join(names["constraint"]) or "none"
    return f"Makes changes of {', '.join(names['transformation'])} by {names['search'][0]}; limits: {limits}."


def _build(name: str, chosen: list[Chosen], victim: Any, values: Mapping[str, Any]) -> Any:
    textattack()
    from textattack import Attack
    from textattack.goal_functions import UntargetedClassification
    from textattack.transformations import CompositeTransformation

    built: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for kind, part, params in chosen:
        built[kind].append(part.build({key: values[f"{part.name}.{key}"] for key in params}))
    changes = built["transformation"]
    transformation = changes[0] if len(changes) == 1 else CompositeTransformation(changes)
    try:
        return Attack(
            UntargetedClassification(victim), built["constraint"], transformation, built["search"][0]
        )
    except ValueError as error:  # TextAttack's own check of what goes together
        raise RecipeError(f"recipe '{name}': {error}") from error


def recipe_named(name: str) -> Recipe:
    """Return a recipe of RECIPES, or one composed by a user.

    Raises:
        RecipeError: nothing is called so, or the user's file is wrong.
    """
    if name in RECIPES:
        return RECIPES[name]
    names = STORE.names()
    if name in names:
        return STORE.open(name)
    raise RecipeError(f"recipe '{name}' is not known; known: {', '.join([*RECIPES, *names])}")

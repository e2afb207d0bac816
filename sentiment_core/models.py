"""The shelf of trained models: list them, name them, and load one that is whole."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier
from sentiment_core.errors import ModelError
from sentiment_core.provenance import sha256
from sentiment_core.unchanged import Remembered
from sentiment_core.workspace import models_folder, read_json, write_json

MANIFEST = "manifest.json"
MODEL_ID = re.compile(r"[a-z][a-z0-9_]*-\d{8}t\d{6}-[0-9a-f]{8}")
ALIAS = re.compile(r"[a-z][a-z0-9-]*")
#: Manifests and aliases as they were read last.
_remembered = Remembered(most_bytes=16 * 2**20)


@dataclass(frozen=True)
class ModelCard:
    """One trained model on the shelf: its names, its folder and what training recorded."""

    model_id: str
    alias: str | None
    title: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def family(self) -> str:
        """Return the name in FAMILIES that fits and loads this model."""
        return str(self.manifest["family"])

    @property
    def trained_on(self) -> dict[str, Any]:
        """Return the data's name, fingerprint and row counts."""
        return dict(self.manifest.get("data", {}))

    @property
    def size_bytes(self) -> int:
        """Return the size of the model's files, manifest not counted."""
        return int(self.manifest.get("size_bytes", 0))

    @property
    def created(self) -> str:
        """Return when training ended, ISO 8601 in UTC."""
        return str(self.manifest.get("created", ""))

    @property
    def short_name(self) -> str:
        """Return the alias or, where there is none, the id."""
        return self.alias or self.model_id


def list_models() -> list[ModelCard]:
    """Return the finished models, oldest first; half-written and damaged folders are left out."""
    named: dict[str, str] = {}
    for alias, model_id in aliases().items():
        named.setdefault(model_id, alias)  # of several aliases the oldest is the one shown
    cards = (replace(card, alias=named.get(card.model_id)) for path in _paths() if (card := _known(path)))
    return sorted(cards, key=lambda card: (card.created, card.model_id))


def resolve(name: str) -> ModelCard:
    """Return the model with this id or alias.

    Raises:
        ModelError: no model has that name; the message lists those that are there.
    """
    cards = list_models()
    wanted = aliases().get(name, name)
    for card in cards:
        if card.model_id == wanted:
            return card
    known = ", ".join(card.short_name for card in cards) or "none yet; make one with `train`"
    raise ModelError(f"model '{name}' is not known; known: {known}")


def shelve(folder: Path, record: Mapping[str, Any]) -> ModelCard:
    """Move a model that was trained aside onto the shelf, with further facts in its manifest.

    A second call, after a kill during the first, ends what that one began.
    """
    target = models_folder() / folder.name
    if not target.exists():
        write_json(folder / MANIFEST, read_json(folder / MANIFEST) | record)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    return resolve(folder.name)


def load_model(name: str) -> Classifier:
    """Load the model with this id or alias, after checking that its files are as they were written.

    Raises:
        ModelError: no such model, a file is missing or changed, or it holds a type that may not be loaded.
    """
    card = resolve(name)
    check_files(card)
    return FAMILIES[card.family].load(card.folder, card.model_id)


def check_files(card: ModelCard) -> None:
    """Raise ModelError unless every file of the manifest is there with the hash recorded for it."""
    for relative, expected in card.manifest["files"].items():
        path = card.folder / relative
        if not path.is_file():
            raise _damaged(card, f"{relative} is missing")
        if sha256(path) != expected:
            raise _damaged(card, f"{relative} is not the file that training wrote")


def aliases() -> dict[str, str]:
    """Return model id by alias; also aliases whose model is gone."""
    try:
        path = _aliases_file()
        return dict(_remembered.of(str(path), (str(path),), lambda: read_json(path)))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def set_alias(alias: str, model_id: str) -> None:
    """Let `alias` mean this model from now on; an alias moves, it is never shared.

    Args:
        alias: matches [a-z][a-z0-9-]* and looks like no model id.
        model_id: the id or another alias of a model on the shelf.
    """
    check_alias(alias)
    card = resolve(model_id)
    models_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(models_folder() / ".aliases.lock"):  # read, change, write: two at once would lose one
        write_json(_aliases_file(), aliases() | {alias: card.model_id})


def check_alias(alias: str) -> None:
    """Raise ModelError unless `alias` can be told from a model id and typed without quotes."""
    if not ALIAS.fullmatch(alias) or MODEL_ID.fullmatch(alias):
        raise ModelError(
            f"alias '{alias}' cannot be used; allowed: a small letter, then small letters, digits and '-', "
            "and not the form of a model id"
        )


def _aliases_file() -> Path:
    return models_folder() / "aliases.json"


def _paths() -> list[str]:
    if not models_folder().is_dir():
        return []
    with os.scandir(models_folder()) as entries:
        return [entry.path for entry in entries if MODEL_ID.fullmatch(entry.name) and entry.is_dir()]


def _known(path: str) -> ModelCard | None:
    """Return the model in a folder without its alias, read again only where its manifest is another."""
    return _remembered.of(path, (f"{path}/{MANIFEST}",), lambda: _read_card(Path(path)))


def _read_card(folder: Path) -> ModelCard | None:
    try:
        manifest = read_json(folder / MANIFEST)
        well_formed = manifest["model_id"] == folder.name and manifest["family"] in FAMILIES
        if not well_formed or not isinstance(manifest["files"], dict):
            return None
        title = str(manifest.get("title") or FAMILIES[manifest["family"]].title)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return ModelCard(folder.name, None, title, folder, manifest)


def _damaged(card: ModelCard, what: str) -> ModelError:
    return ModelError(
        f"model '{card.short_name}' is damaged: {what}; train it again or restore {card.folder.name}"
    )

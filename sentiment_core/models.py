"""The shelf of trained models: list them, name them, and load one that is whole."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentiment_core.calibration import scaling
from sentiment_core.calibration.applying import rescaled
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.transformer.foreign import reading
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.naming import repositories
from sentiment_core.storage import kept, locks
from sentiment_core.storage.kept import Damaged, Shape
from sentiment_core.storage.provenance import sha256
from sentiment_core.storage.unchanged import Remembered
from sentiment_core.storage.workspace import hidden_beside, models_folder, write_json

MANIFEST = "manifest.json"
#: In a model's folder: what a person wrote for its card, and the card kept last.
CARD = "card.json"
MODEL_ID = re.compile(r"[a-z][a-z0-9_]*-\d{8}t\d{6}-[0-9a-f]{8}")
#: What listing and loading rely on in a manifest.
SHAPE: Shape = {
    "model_id": str,
    "family": str,
    "files": {...: str},
    "title?": str,
    "base?": str,
    "base_revision?": str,
    "device?": str,
    "data": {"name": str, "fingerprint": str, "n_train": int, "n_validation?": int},
    "params": dict,
    "params_given?": dict,
    "validation": {...: (float, type(None))},
    "curves?": [{...: (float, type(None))}],
    "versions?": {...: str},
    "created": str,
    "seconds?": float,
    "seed?": int,
    "size_bytes?": int,
    "details?": dict,
    "adversarial?": dict,
    "improved_from?": str,
    "improvement?": dict,
    "members?": [
        {
            "model_id": str,
            "family": str,
            "size_bytes": int,
            "tuned_on?": int,
            "max_tokens?": int,
            ...: (str, float),
        }
    ],
    f"{scaling.KEY}?": scaling.SHAPE,
    "parity?": {"max_abs_logit": float, "label_agreement": float},
    "export?": {"source": str, "source_bytes": int},
    "distilled_from?": dict,
    "hub?": {"repository": str, "revision": str, "asked?": str, "negative": str, "positive": str},
    "gate?": {
        "run_id": str,
        "baseline_id": str,
        "verdict": str,
        "data": str,
        "criteria": [{"name": str, "title": str, "verdict": str, "sentence": str}],
    },
}
#: In the manifest of a smaller model: what the gate decided last on it in place of what it was made from.
GATE = "gate"
#: The alias of the promoted model: the one that others use where they name none.
CURRENT = "current"
ALIAS = re.compile(r"[a-z][a-z0-9-]*")
#: Of an alias: it becomes a part of run ids, and those of file names, which have 255 bytes at most.
MOST_CHARACTERS = 100
#: Hexadecimal digits that a commit is often written with.
SHORT_COMMIT = 8
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
    def data_in_words(self) -> str:
        """Return how many reviews of which data it learned from, as far as that is known."""
        facts = self.trained_on
        known = facts.get("name")
        return f"{facts['n_train']:,} reviews of {known}" if known else "data that is not known"

    @property
    def used_params(self) -> dict[str, Any]:
        """Return the settings in force: of a model of the hub, which was not trained here, how it reads."""
        params = dict(self.manifest["params"])
        reading = ("base", "revision", "max_length", "truncation")
        return {name: params.get(name) for name in reading} if self.manifest.get("hub") else params

    @property
    def members(self) -> tuple[str, ...]:
        """Return the ids of the models that it is made of; none where it stands by itself."""
        return tuple(str(row["model_id"]) for row in self.manifest.get("members") or ())

    @property
    def made_from(self) -> str:
        """Return the id of the larger model that it is a student or a conversion of; "" where it is none."""
        taught, converted = (self.manifest.get(name) or {} for name in ("distilled_from", "export"))
        return str(taught.get("model_id") or converted.get("source") or "")

    @property
    def families(self) -> tuple[str, ...]:
        """Return the families whose models answer: its own or, of a model made of others, theirs."""
        rows = self.manifest.get("members") or ({"family": self.family},)
        return tuple(dict.fromkeys(str(row["family"]) for row in rows))

    @property
    def asks_a_network(self) -> bool:
        """Return whether a neural network is among what answers: it takes seconds to load."""
        return any(FAMILIES[family].slow_to_load for family in self.families)

    @property
    def size_bytes(self) -> int:
        """Return the size of the model's files and of those of its members, manifests not counted."""
        members = sum(int(row["size_bytes"]) for row in self.manifest.get("members") or ())
        return self.own_bytes + members

    @property
    def own_bytes(self) -> int:
        """Return the size of the model's own files: what is free once it is removed."""
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
    """Return the finished models, oldest first; `damaged_models` has those whose manifest is damaged."""
    named: dict[str, str] = {}
    for alias, model_id in aliases().items():
        named.setdefault(model_id, alias)  # of several aliases the oldest is the one shown
    cards = (replace(card, alias=named.get(card.model_id)) for path in _paths() if (card := _whole(path)))
    return sorted(cards, key=lambda card: (card.created, card.model_id))


def damaged_models() -> list[Damaged]:
    """Return what is wrong with models, as far as sizes and manifests show, and with aliases."""
    found = [(folder.name, trouble) for folder in map(Path, _paths()) if (trouble := _trouble_of(folder))]
    entries = [Damaged("model", name, trouble, how_to_help(name)) for name, trouble in sorted(found)]
    with suppress(FileNotFoundError):
        try:
            kept.read_json(_aliases_file(), {...: str})
        except DamagedFile as error:
            fix = "models have only their ids until `python -m sentiment_core models alias` names them again"
            entries.append(Damaged("file", _aliases_file().name, error.what, fix))
    return entries


def how_to_help(name: str) -> str:
    """Return what to do about a damaged model."""
    return f"train it again; `python -m sentiment_core models remove {name}` removes it"


def remove(name: str) -> Path:
    """Remove a model, damaged or not, and its aliases; return the folder that is gone."""
    folder = folder_of(name)
    with locks.locked(models_folder() / ".aliases.lock"):
        left = {alias: model_id for alias, model_id in aliases().items() if model_id != folder.name}
        if left != aliases():
            write_json(_aliases_file(), left)
    aside = hidden_beside(folder)
    folder.rename(aside)  # a reader sees it whole or not at all
    shutil.rmtree(aside)
    return folder


def folder_of(name: str) -> Path:
    """Return the folder of the model with this id or alias, damaged or not; ModelError if there is none."""
    model_id = aliases().get(name, name)
    found = next((folder for folder in map(Path, _paths()) if folder.name == model_id), None)
    return found if found is not None else resolve(name).folder


def resolve(name: str) -> ModelCard:
    """Return the model with this id or alias, or of this name on the hub where it is on the shelf.

    Raises:
        ModelError: no model has that name; the message lists those that are there.
    """
    cards = list_models()
    wanted = aliases().get(name, name)
    for card in cards:
        if card.model_id == wanted:
            return card
    damaged = next((item for item in damaged_models() if item.name == wanted), None)
    if damaged:
        raise ModelError(damaged.sentence)
    if "/" in name:
        return _named_on_the_hub(name)
    known = ", ".join(card.short_name for card in cards) or "none yet; make one with `train`"
    raise ModelError(f"model '{name}' is not known; known: {known}")


def of_hub(name: str) -> ModelCard | None:
    """Return the newest model on the shelf that is OWNER/NAME or OWNER/NAME@REVISION, or None."""
    asked = repositories.parsed(name)
    rows = [(card, card.manifest.get("hub") or {}) for card in list_models()]
    found = [
        card
        for card, hub in rows
        if hub.get("repository") == asked.repository
        and asked.revision in ("", hub["revision"], hub["revision"][:SHORT_COMMIT], hub.get("asked"))
    ]
    return found[-1] if found else None


def _named_on_the_hub(name: str) -> ModelCard:
    found = of_hub(name)
    if found is None:
        raise ModelError(
            f"model {shown(name)} of the hub is not on the shelf; put it there with "
            f"`python -m sentiment_core models add {name}`"
        )
    return found


def shelve(folder: Path, record: Mapping[str, Any]) -> ModelCard:
    """Move a model that was trained aside onto the shelf, with further facts in its manifest.

    A second call, after a kill during the first, finishes its work.
    """
    target = models_folder() / folder.name
    if not target.exists():
        write_json(folder / MANIFEST, kept.read_json(folder / MANIFEST, dict) | record)
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
    return resolve(folder.name)


def note(card: ModelCard, name: str, record: Mapping[str, Any]) -> None:
    """Keep a record in a model's manifest, in the place of an earlier one of that name."""
    write_json(card.folder / MANIFEST, {**card.manifest, name: dict(record)})


def load_model(name: str) -> Classifier:
    """Load the model with this id or alias, after checking that its files are as they were written.

    Its log-odds are scaled where the manifest keeps a calibration; else it is exactly what its family loads.

    Raises:
        ModelError: no such model, a file is missing or changed, or what it holds is not a sound model.
    """
    card = resolve(name)
    check_files(card)
    with reading(card.short_name):
        loaded = FAMILIES[card.family].load(card.folder, card.model_id)
        return rescaled(loaded, scaling.of_manifest(card.manifest))


def check_files(card: ModelCard) -> None:
    """Raise ModelError unless every file of the manifest is there with the hash recorded for it."""
    for relative, expected in card.manifest["files"].items():
        path = card.folder / relative
        if not path.is_file() or not path.resolve().is_relative_to(card.folder.resolve()):
            raise _damaged(card, f"{relative} is missing")
        if sha256(path) != expected:
            raise _damaged(card, f"{relative} is not the file that training wrote")


def aliases() -> dict[str, str]:
    """Return model id by alias; also aliases whose model is gone."""
    try:
        path = _aliases_file()
        found = _remembered.of(str(path), (str(path),), lambda: dict(kept.read_json(path, dict)))
    except (FileNotFoundError, DamagedFile):
        return {}
    return {alias: model_id for alias, model_id in found.items() if isinstance(model_id, str)}


def set_alias(alias: str, model_id: str) -> None:
    """Give this model an alias; an alias of another model moves to this one.

    Args:
        alias: matches [a-z][a-z0-9-]* and looks like no model id.
        model_id: the id or another alias of a model on the shelf.
    """
    check_alias(alias)
    card = resolve(model_id)
    models_folder().mkdir(parents=True, exist_ok=True)
    # read, change, write: two at once would lose one
    with locks.locked(models_folder() / ".aliases.lock"):
        write_json(_aliases_file(), aliases() | {alias: card.model_id})


def replace_alias(old: str | None, new: str, model_id: str) -> None:
    """Put an alias of a model in the place of an old one, so that it is shown if the old one was.

    The mark of the promoted model is never replaced; the new alias is then shown before it.
    """
    with locks.locked(models_folder() / ".aliases.lock"):
        left = [(alias, owner) for alias, owner in aliases().items() if alias != new]
        at = next((place for place, (alias, _) in enumerate(left) if alias == old), len(left))
        left[at : at + (old != CURRENT)] = [(new, model_id)]
        write_json(_aliases_file(), dict(left))


def check_alias(alias: str) -> None:
    """Raise ModelError unless `alias` differs from any model id and can be typed without quotes."""
    if not ALIAS.fullmatch(alias) or MODEL_ID.fullmatch(alias) or len(alias) > MOST_CHARACTERS:
        raise ModelError(
            f"alias {shown(alias)} cannot be used; allowed: a small letter, then small letters, digits and "
            f"'-', {MOST_CHARACTERS} characters at most, and not the form of a model id"
        )


def _aliases_file() -> Path:
    return models_folder() / "aliases.json"


def _paths() -> list[str]:
    if not models_folder().is_dir():
        return []
    with os.scandir(models_folder()) as entries:
        return [entry.path for entry in entries if MODEL_ID.fullmatch(entry.name) and entry.is_dir()]


def _known(path: str) -> ModelCard:
    """Return the model in a folder without its alias, read again only where its manifest is another.

    FileNotFoundError without a manifest, DamagedFile where it is not as it must be.
    """
    return _remembered.of(path, (f"{path}/{MANIFEST}",), lambda: _read_card(Path(path)))


def _read_card(folder: Path) -> ModelCard:
    manifest = kept.read_json(folder / MANIFEST, SHAPE)
    name = f"{folder.name}/{MANIFEST}"
    if manifest["model_id"] != folder.name:
        raise DamagedFile(name, "it belongs to another model")
    if manifest["family"] not in FAMILIES:
        raise DamagedFile(name, f"its family is not one of {', '.join(FAMILIES)}")
    try:
        scaling.of_manifest(manifest)
    except ValueError as error:
        raise DamagedFile(name, str(error)) from None
    title = str(manifest.get("title") or FAMILIES[manifest["family"]].title)
    return ModelCard(folder.name, None, title, folder, manifest)


def _whole(path: str) -> ModelCard | None:
    try:
        return _known(path)
    except (FileNotFoundError, DamagedFile):
        return None


def _trouble_of(folder: Path) -> str:
    """Return what is wrong with a model's manifest, or with its files as their sizes show; or nothing."""
    try:
        card = _known(str(folder))
    except FileNotFoundError:
        return f"{MANIFEST} is missing"
    except DamagedFile as error:
        return error.in_its_folder
    files = {relative: folder / relative for relative in card.manifest["files"]}
    missing = [relative for relative, path in files.items() if not path.is_file()]
    if missing:
        return f"{missing[0]} is missing"
    gone = [model_id for model_id in card.members if not (folder.parent / model_id / MANIFEST).is_file()]
    if gone:
        return f"its member {gone[0]} is missing"
    size = sum(path.stat().st_size for path in files.values())
    return "" if size == (card.own_bytes or size) else "a file's size is not what training wrote"


def _damaged(card: ModelCard, what: str) -> ModelError:
    return ModelError(
        f"model '{card.short_name}' is damaged: {what}; restore {card.folder.name}, or "
        f"{how_to_help(card.short_name)}"
    )

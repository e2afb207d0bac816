"""The members of a blend: models on the shelf, named by id, with the hashes of their files. No copies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.base import Classifier, ClassifierFamily
from sentiment_core.classifiers.blend.classifier import reads_least
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.storage import kept
from sentiment_core.storage.kept import Shape
from sentiment_core.storage.provenance import sha256
from sentiment_core.storage.workspace import models_folder, write_json

Families = Mapping[str, ClassifierFamily]

FILE = "blend.json"
SHAPE: Shape = {
    "members": [
        {
            "model_id": str,
            "family": str,
            "files": {...: str},
            "weight": float,
            "share": float,
            "temperature": float,
            "max_tokens?": int,
        }
    ]
}
#: What a blend relies on in the manifest of a member.
_MANIFEST: Shape = {
    "family": str,
    "files": {...: str},
    "size_bytes?": int,
    "calibration?": {"source": str, ...: object},
}
#: An id from a file: the name of a folder on the shelf, never a path.
_ID = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class Member:
    """A model on the shelf as a blend names it: `files` are the hashes of its files by relative path."""

    model_id: str
    family: str
    files: Mapping[str, str]
    size_bytes: int = 0

    @property
    def folder(self) -> Path:
        """Return where it lies."""
        return models_folder() / self.model_id

    def opened(self, families: Families) -> Classifier:
        """Return the classifier.

        Raises:
            ModelError: it, or one of its files, is missing or changed.
        """
        self.check()
        return families[self.family].load(self.folder, self.model_id)

    def check(self) -> None:
        """Raise ModelError unless its files are those that were blended."""
        for relative, expected in self.files.items():
            path = self.folder / relative
            if not path.resolve().is_relative_to(self.folder.resolve()) or not path.is_file():
                raise self._gone(f"{relative} is missing")
            if sha256(path) != expected:
                raise self._gone(f"{relative} is not the file that was blended")

    def _gone(self, what: str) -> ModelError:
        return ModelError(
            f"member {self.model_id} of the blend cannot be used: {what}; restore it, or blend others"
        )


@dataclass(frozen=True)
class Parts:
    """What a blend is made of: members with a weight and the number of tokens that they read, None: all."""

    members: tuple[Member, ...]
    weights: tuple[float, ...]
    max_tokens: tuple[int | None, ...]

    @property
    def reader(self) -> int:
        """Return the place of the member that reads the least of a text."""
        return reads_least(self.max_tokens)


def on_the_shelf(model_id: str, families: Families) -> Member:
    """Return the model with this id as a member.

    Raises:
        ModelError: there is none, it is damaged, or it is made of other models itself.
    """
    try:
        manifest = kept.read_json(models_folder() / _checked(model_id) / "manifest.json", _MANIFEST)
    except FileNotFoundError:
        raise ModelError(f"member '{model_id}' is not on the shelf; restore it, or name another") from None
    except DamagedFile as error:
        raise ModelError(f"member '{model_id}' is damaged: {error.what}; name another") from None
    if manifest.get("calibration"):
        raise ModelError(
            f"member '{model_id}' is a calibrated copy; name {manifest['calibration']['source']} instead: a "
            "blend fits the temperatures of its members itself"
        )
    family = families.get(manifest["family"])
    if family is None or family.made_of:
        raise ModelError(f"member '{model_id}' is a {manifest['family']}; name the models that it is made of")
    return Member(model_id, manifest["family"], manifest["files"], int(manifest.get("size_bytes") or 0))


def write(
    folder: Path, members: Sequence[Member], figures: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Write FILE, and return its rows: what each member is, and its figures."""
    rows = [
        {"model_id": member.model_id, "family": member.family, "files": dict(member.files), **found}
        for member, found in zip(members, figures, strict=True)
    ]
    write_json(folder / FILE, {"members": rows})
    return rows


def read(folder: Path, families: Families) -> Parts:
    """Return what `write` wrote; ModelError where it is missing or damaged, or names what is no member."""
    try:
        rows = kept.read_json(folder / FILE, SHAPE)["members"]
    except FileNotFoundError:
        raise ModelError(f"{FILE} is missing") from None
    except DamagedFile as error:
        raise ModelError(f"{FILE} is damaged: {error.what}") from None
    for row in rows:
        _checked(row["model_id"])
        if row["family"] not in families or families[row["family"]].made_of:
            raise ModelError(f"{FILE} is damaged: a member's family is none that can be blended")
    if not rows:
        raise ModelError(f"{FILE} is damaged: it names no member")
    return Parts(
        tuple(Member(row["model_id"], row["family"], row["files"]) for row in rows),
        tuple(float(row["weight"]) for row in rows),
        tuple(row.get("max_tokens") for row in rows),
    )


def _checked(model_id: str) -> str:
    if not _ID.fullmatch(model_id):
        raise ModelError("a member's name is not the id of a model")
    return model_id

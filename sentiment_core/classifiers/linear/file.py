"""The file of a linear model: written by skops, read without anything that could run code.

The file is skops' own format, so `skops.io.load` reads it too. Importing skops however imports torch and
every scikit-learn estimator (3 s of CPU); of its format these models need four types, so those are read
here, and any other type is refused.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sentiment_core.errors import ModelError

FILE = "model.skops"
#: skops' protocol that this reader knows; a newer one may mean something else by the same words.
PROTOCOL = 2
#: (module, class, skops node): the only types that a linear model's file may hold.
TRUSTED = {
    ("builtins", "dict", "DictNode"),
    ("builtins", "str", "JsonNode"),  # skops writes every JSON value as such a node
    ("numpy", "ndarray", "NdArrayNode"),
}


def save(record: Mapping[str, Any], folder: Path) -> None:
    """Write a flat record of strings, numbers and arrays to `folder`/model.skops, deflated."""
    from skops.io import dump

    dump(dict(record), folder / FILE, compression=zipfile.ZIP_DEFLATED, compresslevel=6)


def load(folder: Path) -> dict[str, Any]:
    """Read what `save` wrote.

    Raises:
        ModelError: the file is missing or damaged, or holds a type other than TRUSTED.
    """
    try:
        with zipfile.ZipFile(folder / FILE) as archive:
            schema = json.loads(archive.read("schema.json"))
            _require(schema.get("protocol") == PROTOCOL, folder, "it uses another skops protocol")
            _require_trusted(schema, folder)
            return {name: _value(node, archive, folder) for name, node in schema["content"].items()}
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise ModelError(f"{_name(folder)} cannot be read ({error}); train the model again") from error


def _value(node: Mapping[str, Any], archive: zipfile.ZipFile, folder: Path) -> Any:
    _require_trusted(node, folder)
    if node["__loader__"] == "JsonNode":
        return json.loads(node["content"])
    _require(node.get("type") == "numpy", folder, "an array is not of plain numbers")
    return np.load(io.BytesIO(archive.read(node["file"])), allow_pickle=False)


def _require_trusted(node: Mapping[str, Any], folder: Path) -> None:
    kind = (node["__module__"], node["__class__"], node["__loader__"])
    _require(
        kind in TRUSTED, folder, f"it holds the type {'.'.join(map(str, kind[:2]))}, which is not trusted"
    )


def _require(fact: bool, folder: Path, trouble: str) -> None:
    if not fact:
        raise ModelError(f"{_name(folder)} is not loaded: {trouble}; load only models that Reelcheck trained")


def _name(folder: Path) -> str:
    return f"{folder.name}/{FILE}"

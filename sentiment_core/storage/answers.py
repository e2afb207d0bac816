"""What was once computed about a text, kept in the workspace's cache by everything that was asked."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, runs, workspace
from sentiment_core.storage.kept import Shape


def find(kind: str, asked: Sequence[Any], shape: Shape) -> dict[str, Any] | None:
    """Return the record that was kept; None where there is none, or its file is damaged.

    Args:
        kind: the folder's name.
        asked: plain JSON types that name the answer: the model, the text, every setting, and a version that
            is raised when the same question gets another answer.
        shape: of the record.
    """
    try:
        return dict(kept.read_json(_file(kind, asked), shape))
    except (FileNotFoundError, DamagedFile):
        return None


def keep(kind: str, asked: Sequence[Any], record: Mapping[str, Any]) -> None:
    """Keep a record; without a place to write to, nothing is kept."""
    with contextlib.suppress(OSError):
        workspace.write_json(_file(kind, asked), runs.json_ready(record))


def _file(kind: str, asked: Sequence[Any]) -> Path:
    name = hashlib.sha256(json.dumps(list(asked)).encode()).hexdigest()
    return workspace.cache_folder(kind) / name[:2] / f"{name[2:34]}.json"

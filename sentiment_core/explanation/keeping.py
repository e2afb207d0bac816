"""Explanations that were made, kept in the workspace by model, method, settings and text."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from sentiment_core.errors import DamagedFile
from sentiment_core.explanation.base import SHAPE, Attribution, Settings
from sentiment_core.storage import kept, runs, workspace

#: Raised where an explainer finds other scores than before: what was kept is then not used.
VERSION = 2


def find(model_id: str, method: str, settings: Settings, text: str) -> Attribution | None:
    """Return the attribution that was kept; None where there is none, or its file is damaged."""
    try:
        return Attribution.from_json(kept.read_json(_file(model_id, method, settings, text), SHAPE))
    except (FileNotFoundError, DamagedFile, ValueError):
        return None


def keep(model_id: str, method: str, settings: Settings, text: str, attribution: Attribution) -> None:
    """Keep an attribution; without a place to write to, nothing is kept."""
    with contextlib.suppress(OSError):
        workspace.write_json(_file(model_id, method, settings, text), runs.json_ready(attribution.to_json()))


def _file(model_id: str, method: str, settings: Settings, text: str) -> Path:
    asked = json.dumps([VERSION, model_id, method, dict(settings), text], sort_keys=True)
    name = hashlib.sha256(asked.encode()).hexdigest()
    return workspace.cache_folder("explanations") / name[:2] / f"{name[2:34]}.json"

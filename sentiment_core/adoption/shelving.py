"""A model that was not trained here, in a folder on the shelf; what it learned from is not known."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sentiment_core import models
from sentiment_core.models import ModelCard
from sentiment_core.storage import provenance, runs, workspace

#: What a manifest says of training data that nobody recorded.
NO_DATA: Mapping[str, Any] = {"name": "", "fingerprint": "", "n_train": 0}


class Adopted(NamedTuple):
    """What is put on the shelf.

    `source` are facts of the manifest's top level on where it is from; `details` those of its details.
    """

    family: str
    title: str
    params: Mapping[str, Any]
    source: Mapping[str, Any]
    details: Mapping[str, Any]


def put(found: Adopted, write: Callable[[Path], None], *, alias: str | None = None) -> ModelCard:
    """Put a model on the shelf and return it.

    Args:
        found: what it is.
        write: writes its files into a folder.
        alias: a short name for it, which is known to be a possible one.
    """
    began = time.monotonic()
    place = (workspace.models_folder() / model_id for model_id in _ids(found))
    with workspace.reserved(place) as (target, folder):
        write(folder)
        files = provenance.hashes(folder)
        record = {
            "model_id": target.name,
            "family": found.family,
            "title": found.title,
            "device": "cpu",
            "params": dict(found.params),
            "params_given": {},
            "data": dict(NO_DATA),
            "validation": {},
            "curves": [],
            "versions": provenance.versions(),
            "git_revision": provenance.git_revision(),
            "created": workspace.utc_now("milliseconds"),
            "seconds": round(time.monotonic() - began, 3),
            "size_bytes": sum((folder / name).stat().st_size for name in files),
            "files": files,
            "details": {"languages": [], **found.details},
            **found.source,
        }
        workspace.write_json(folder / models.MANIFEST, runs.json_ready(record))
    if alias is not None:
        models.set_alias(alias, target.name)
    return models.resolve(target.name)


def _ids(found: Adopted) -> Iterator[str]:
    named = json.dumps([found.family, dict(found.params), dict(found.source)], sort_keys=True, default=str)
    digest, now = hashlib.sha256(named.encode()).hexdigest()[:8], datetime.now(UTC)
    while True:
        yield f"{found.family}-{now:%Y%m%dt%H%M%S}-{digest}"
        now += timedelta(seconds=1)

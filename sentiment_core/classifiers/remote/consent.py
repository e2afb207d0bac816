"""Which addresses a person allowed models to ask: kept for the person, not with the models.

A model's folder, or a whole workspace, may come from somebody else, with an address in it: opening it must
not send reviews, or a token, there. So an address is asked only after this person, on this machine, said so
on the command line. What was allowed lies among the person's own files, outside of every workspace.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sentiment_core import terminal
from sentiment_core.classifiers.remote import addresses
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.storage import kept, locks, workspace

_SHAPE: kept.Shape = {"allowed": [{"url": str, "token_env": str, "near": bool, "since": str}]}


def give(endpoint: Endpoint, *, near: bool = False) -> None:
    """Allow an address and the variable of its token.

    Args:
        endpoint: as a person named it; an address that is written as one of this machine's network says so.
        near: whether its name may lead to this machine or its network.
    """
    row = _row(endpoint) | {
        "near": near or says_near(endpoint),
        "since": workspace.utc_now(),
    }
    file().parent.mkdir(parents=True, exist_ok=True)
    with locks.locked(file().parent / ".endpoints.lock"):
        others = [one for one in _rows() if not _same(one, endpoint)]
        workspace.write_json(file(), {"allowed": [*others, row]})


def check(endpoint: Endpoint, model: str) -> bool:
    """Return whether the endpoint may be in this machine's network; ModelError where nobody allowed it."""
    found = next((one for one in _rows() if _same(one, endpoint)), None)
    if found is None:
        token = f" and sends it the token in {endpoint.token_env}" if endpoint.token_env else ""
        raise ModelError(
            f"model '{model}' asks {endpoint.url}{token}, which you have not allowed on this machine; if you "
            f"trust it: `{terminal.command('sentiment_core', 'models', 'allow', model)}`"
        )
    return bool(found["near"])


def says_near(endpoint: Endpoint) -> bool:
    """Return whether an address is written as one of this machine or its network, so that it is meant."""
    return addresses.is_near(urlsplit(endpoint.url).hostname or "")


def file() -> Path:
    """Return the file of what was allowed."""
    return workspace.user_folder() / "endpoints.json"


def _rows() -> list[dict[str, Any]]:
    try:
        return list(kept.read_json(file(), _SHAPE)["allowed"])
    except (FileNotFoundError, DamagedFile):
        return []  # what cannot be read allows nothing


def _row(endpoint: Endpoint) -> dict[str, Any]:
    return {"url": endpoint.url, "token_env": endpoint.token_env}


def _same(row: dict[str, Any], endpoint: Endpoint) -> bool:
    return {name: row[name] for name in ("url", "token_env")} == _row(endpoint)

"""The push of a folder to a hub, through the hub's own client; a fault is one line, and no token is in it.

The token is what the client finds: HF_TOKEN, or the hub's own login. It is never read here. A push that was
interrupted is started again: large files that have arrived are not sent a second time.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from sentiment_core import terminal
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ModelError, ResourceMissing
from sentiment_core.naming.repositories import is_repository

TRIES = 4
#: Before another try, doubled with each.
WAIT_SECONDS = 1.0
#: The hub is busy, or something between it and us: what is worth another try.
PASSING = frozenset({408, 429, 500, 502, 503, 504})
_TOKEN = re.compile(r"\bhf_\w+|(?i:bearer)\s+\S+")


def check_name(repository: str) -> str:
    """Return a repository's name; ModelError where the hub has none of that form."""
    if not is_repository(repository):
        raise ModelError(
            f"repository {shown(repository)} is not of the form OWNER/NAME (letters, digits, '.', '_', '-')"
        )
    return repository


def push(
    folder: Path,
    repository: str,
    *,
    private: bool = False,
    message: str = "Upload model",
    progress: Progress = no_progress,
) -> str:
    """Make the repository where it is not there yet, send the folder in one commit, and return its address.

    Raises:
        ResourceMissing: the hub cannot be reached, or does not take it.
    """
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        raise ResourceMissing("HF_HUB_OFFLINE is set, so nothing is pushed; unset it, or give --dry-run")
    api = HfApi()
    progress(0, 2, "making the repository")
    _tried(lambda: api.create_repo(repository, private=private, repo_type="model", exist_ok=True))
    progress(1, 2, "sending the files")
    commit = _tried(lambda: api.upload_folder(repo_id=repository, folder_path=folder, commit_message=message))
    progress(2, 2, "pushed")
    return str(commit.commit_url)


def _tried(ask: Any) -> Any:
    """Return what the hub answers, asked again after a fault that passes."""
    for wait in [WAIT_SECONDS * 2**turn for turn in range(TRIES - 1)]:
        try:
            return ask()
        except OSError as error:  # both faults of the network and answers with an error's status are
            if not _passes(error):
                raise _refusal(error) from None
        except ValueError as error:
            raise _refusal(error) from None
        time.sleep(wait)
    try:
        return ask()
    except (OSError, ValueError) as error:
        raise _refusal(error) from None


def _passes(error: OSError) -> bool:
    status = _status(error)
    return status in PASSING if status else isinstance(error, _faults())


def _faults() -> tuple[type[OSError], ...]:
    """Return what the hub's client raises where the network fails; it is built on `requests`."""
    from requests import ConnectionError, Timeout

    return ConnectionError, Timeout


def _status(error: Exception) -> int | None:
    return getattr(getattr(error, "response", None), "status_code", None)


def _refusal(error: Exception) -> ResourceMissing:
    status = _status(error)
    if status == 401:
        why = "it asks who you are: set HF_TOKEN to a token that may write, or log in with `hf auth login`"
    elif status == 403:
        why = "this token may not write there: use one that may, or another OWNER"
    elif status:
        why = f"it answers with status {status}"
    else:
        why = f"it cannot be reached, or is not understood ({type(error).__name__})"
    return ResourceMissing(f"nothing was pushed to the hub, or not all: {why}; the same command resumes")


def safe(text: str) -> str:
    """Return a line without anything that looks like a token."""
    return terminal.one_line(_TOKEN.sub("(token)", text))

"""Names of the hub's repositories: OWNER/NAME, perhaps at a revision; never a path, never an address."""

from __future__ import annotations

import re
from typing import NamedTuple

from sentiment_core.errors import ModelError

#: An owner, or a repository's own name.
PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_NAME = re.compile(rf"({PART}/{PART})(?:@([A-Za-z0-9][A-Za-z0-9._-]{{0,95}}))?")
MOST_SHOWN = 60


class Named(NamedTuple):
    """A repository, and a branch, tag or commit of it; "" for its main branch."""

    repository: str
    revision: str = ""


def is_repository(text: str) -> bool:
    """Return whether this is OWNER/NAME, of a form that the hub allows."""
    found = _NAME.fullmatch(text)
    return bool(found and not found.group(2) and ".." not in text and "--" not in text)


def is_model(text: str) -> bool:
    """Return whether this is OWNER/NAME or OWNER/NAME@REVISION."""
    return is_repository(text.partition("@")[0]) and bool(_NAME.fullmatch(text)) and ".." not in text


def parsed(text: str) -> Named:
    """Return the parts of a model's name; ModelError where it is none."""
    if not is_model(text):
        shown = text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
        raise ModelError(
            f"{shown!r} is no model of the hub: write OWNER/NAME or OWNER/NAME@REVISION; a model behind an "
            "address is put on the shelf by `python -m sentiment_core models add ADDRESS`"
        )
    repository, _, revision = text.partition("@")
    return Named(repository, revision)

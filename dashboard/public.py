"""Public mode: the pages show what a workspace holds to anybody, and nothing that a visitor does changes it.

Switched on where the server is started, by REELCHECK_PUBLIC=1. What holds it is `storage.protection`: this
process can neither save nor start a job. Pages ask here only to say so before somebody tries.
"""

from __future__ import annotations

import os

from sentiment_core.storage import protection, workspace

VARIABLE = "REELCHECK_PUBLIC"
WHAT = "This is a public copy: it shows results; training and attacks are switched off, and nothing is saved."


def is_public() -> bool:
    """Whether the server was started in public mode; whatever is set but 0 switches it on."""
    return os.environ.get(VARIABLE, "").strip() not in ("", "0")


def without_paths(message: str) -> str:
    """Return a message in which, in public, no folder of the server is named."""
    if not is_public():
        return message
    home = workspace.home()
    for folder in {str(home), os.path.abspath(home), os.path.realpath(home)}:
        message = message.replace(folder, "WORKSPACE")
    return message


def protect() -> None:
    """Protect the workspace from this process in public mode, and only then."""
    if is_public():
        protection.protect(workspace.home(), WHAT)
    else:
        protection.release()

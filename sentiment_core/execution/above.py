"""What the package above knows, asked in a process of its own, since imports go one way.

The core's commands still say all: a model's card asks for attacks, probes and bias, the list of errors for
slices. A page's job starts its command in the same way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from sentiment_core import terminal
from sentiment_core.errors import ReelcheckError

#: It reads a few files; one that hangs is not waited for.
PATIENCE_SECONDS = 120


def ask(module: str, *argv: str, what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the JSON that `python -m MODULE ARGV` prints.

    Args:
        module: of the package above.
        argv: its arguments.
        what: it is asked for, in the plural, for a message.
        seconds: after which it is ended.

    Raises:
        ReelcheckError: it ended with an error, or did not end.
    """
    environment = {name: value for name, value in os.environ.items() if name != "REELCHECK_JOB"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *argv],
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise ReelcheckError(f"{what} were not read within {seconds:g} s; try again") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ReelcheckError(f"{what} cannot be read: {terminal.one_line(last[0])}")
    return json.loads(done.stdout)

"""What the package above knows of a model for its card: attacks, probes, bias. Asked in a process of its own.

Imports go one way, from the attacks to the core. The core's commands still write the whole card: they ask
`python -m attacks.publishing`, as a job's page starts the command that it watches.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from sentiment_core import terminal
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.publishing.markdown import Section

#: Gives sections of a model's card, in order.
Contributed = Callable[[ModelCard], list[Section]]
#: It reads a few files; one that hangs is not waited for.
PATIENCE_SECONDS = 120


def sections(card: ModelCard) -> list[Section]:
    """Return what `attacks.publishing` says of a model.

    Raises:
        ReelcheckError: it ended with an error; the card would say of measured figures that they are not.
    """
    found = _asked(card.model_id)
    return [Section.from_json(record) for record in found]


def _asked(model_id: str) -> list[dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if name != "REELCHECK_JOB"}
    command = [sys.executable, "-m", "attacks.publishing", model_id]
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ReelcheckError(
            f"the figures of robustness, probes and bias were not read within {PATIENCE_SECONDS} s; try again"
        ) from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ReelcheckError(
            f"the figures of robustness, probes and bias cannot be read: {terminal.one_line(last[0])}"
        )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found

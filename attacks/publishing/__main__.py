"""`python -m attacks.publishing MODEL_ID`: the sections as JSON, for the core's command `card`."""

from __future__ import annotations

import json
import sys

from attacks.publishing.stress import sections
from sentiment_core import models, terminal
from sentiment_core.errors import ReelcheckError


def main(model_id: str) -> int:
    """Print a JSON list of sections and return 0, or print one line and return 2."""
    try:
        found = sections(models.resolve(model_id))
    except ReelcheckError as error:
        print(terminal.one_line(str(error)), file=sys.stderr)
        return 2
    print(json.dumps([section.to_json() for section in found], allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""`python -m attacks.own NAMES RUN [RUN]`: ids of an evaluation's reviews that are in all of these slices.

Asked by the core's command `errors`, which knows no slices.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from attacks.own import named
from attacks.slices.properties import properties
from attacks.slices.reading import as_read
from sentiment_core import data, terminal
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import records


def main(names: str, *run_ids: str) -> int:
    """Print a JSON list of example_ids and return 0, or print one line and return 2."""
    try:
        found = inside(names.split(","), run_ids)
    except ReelcheckError as error:
        print(terminal.one_line(str(error)), file=sys.stderr)
        return 2
    print(json.dumps(found, allow_nan=False))
    return 0


def inside(names: Sequence[str], run_ids: Sequence[str]) -> list[str]:
    """Return the ids; SliceError where there is no such slice, or it asks for a column that is not there."""
    columns = named.columns_of(names)
    evaluations = [records.open_evaluation(run_id) for run_id in run_ids]
    first = evaluations[0]
    rows = data.by_fingerprint(first.fingerprint).split(first.split)
    rows = rows.assign(**as_read(rows["example_id"], [found.frame for found in evaluations]))
    kept = named.inside(names, properties(rows, columns), rows["text"])
    return [str(name) for name in rows["example_id"][kept]]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

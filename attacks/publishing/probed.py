"""What is known of a model's language: the newest run of each probe, with verdicts over all rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pandas as pd

from attacks.own import probes
from attacks.probing.runs import ProbeRun
from attacks.probing.summary import with_verdicts

#: Families of probes: our own kinds of language, changed reviews, and what a user wrote.
LANGUAGE, REVIEWS, OWN = "language", "robustness", "own"
#: What identifies a row of the matrix.
ROW = ["capability", "severity"]
#: The user's kept probes, each with when its file was written, as run ids begin: UTC.
Written = tuple[tuple[str, str], ...]


def own_written() -> Written:
    """Return the user's kept probes, each with when its file was written."""
    if not probes.STORE.folder().is_dir():
        return ()
    files = {
        path.stem: path.stat().st_mtime
        for path in probes.STORE.folder().iterdir()
        if path.suffix in probes.SUFFIXES
    }
    return tuple(
        (name, datetime.fromtimestamp(at, UTC).strftime("%Y%m%dt%H%M%S%f")[:18])
        for name, at in sorted(files.items())
    )


def newest(runs: Sequence[ProbeRun], written: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return MATRIX_COLUMNS and `run_id` of one model, the newest row of each capability and severity.

    In the newest run's order. Rows of a user's own probes count only while the probe is kept as it was when
    the run began. Verdicts are adjusted over exactly these rows.
    """
    kept, tables = dict(written), []
    for run in sorted(runs, key=lambda run: run.run_id, reverse=True):
        table = run.matrix.assign(run_id=run.run_id)
        standing = [
            family != OWN or kept.get(name, "~") <= run.run_id[:18]
            for name, family in zip(table["capability"], table["family"], strict=True)
        ]
        tables.append(table[standing])
    if not tables:
        return pd.DataFrame()
    rows = pd.concat(tables, ignore_index=True).drop_duplicates(ROW, keep="first")
    return rows if rows.empty else with_verdicts(rows.reset_index(drop=True))

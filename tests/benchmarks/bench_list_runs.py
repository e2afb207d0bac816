"""How long it takes to list many batches: the first time, when nothing changed, when one did.

    python tests/benchmarks/bench_list_runs.py --batches 1000

A page lists them at every click. Compare a checkout with another by running each one's own file, or with
PYTHONPATH naming the other.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

REVIEWS_A_BATCH = 100
REPEATS = 7


def make(home: Path, batches: int) -> None:
    """Keep finished batches that differ in their ids only: listing reads nothing but spec and manifest."""
    from attacks.batches import runs as attack_runs
    from attacks.batches.files import to_frame
    from attacks.figures import robustness
    from attacks.schema import AttackRecord, AttackSpec
    from sentiment_core.storage import runs

    ids = tuple(f"{at:016x}" for at in range(REVIEWS_A_BATCH))
    spec = AttackSpec("tfidf-20260101t000000-00000000", "pwws", example_ids=ids)
    records = [
        AttackRecord(name, 1, "failed", "", "a", "b", 0.9, 0.8, 5, 5, 1, 0, 0.1, 1, "") for name in ids
    ]
    figures = robustness.figures(to_frame(records, ids))
    facts = {
        "spec": vars(spec),
        "recipe": {"name": spec.recipe},
        "model": {"model_id": spec.model_id, "alias": "tfidf", "family": "tfidf", "files": {}},
        "data": {},
        "n": len(ids),
        "figures": figures,
        "counts": {"failed": len(ids)},
        "seconds": 100.0,
        "created": "2026-01-01T00:00:00Z",
        "workers": 1,
    }
    for at in range(batches):
        folder = runs.create("attack", f"20260101t{at:09d}-attack-pwws-tfidf", vars(spec))
        (folder / attack_runs.EXAMPLES).touch()
        runs.finish(folder, facts)


def milliseconds() -> float:
    """Return how much processor time a list of all batches takes, whatever else the machine does."""
    from attacks.batches import runs as attack_runs

    began = time.process_time()
    found = attack_runs.list_attacks()
    took = 1e3 * (time.process_time() - began)
    if not found:
        raise SystemExit("no batch is listed: what was kept is not what this checkout reads")
    return took


def measure(home: Path, batches: int) -> dict[str, Any]:
    """Return milliseconds of the first list, of one without a change, and of one after a batch was added."""
    make(home, batches)
    time.sleep(0.1)  # what was just written is not remembered yet
    first = milliseconds()
    unchanged = [milliseconds() for _ in range(REPEATS)]
    added = []
    for at in range(3):
        folders = sorted((home / "runs" / "attack").iterdir())
        shutil.copytree(folders[0], folders[0].with_name(f"20270101t{at:09d}-attack-pwws-tfidf"))
        added.append(milliseconds())
    return {
        "batches": batches,
        "first_ms": round(first, 1),
        "unchanged_ms": round(statistics.median(unchanged), 1),
        "one_added_ms": round(statistics.median(added), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batches", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["REELCHECK_HOME"] = folder
        print(json.dumps(measure(Path(folder), args.batches)))


if __name__ == "__main__":
    main()

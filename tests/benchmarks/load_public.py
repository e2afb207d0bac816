"""How much memory a public copy takes with the small model, and that visitors leave its workspace as it was.

    python tests/benchmarks/load_public.py --home /tmp/public-workspace
    python tests/benchmarks/load_public.py --home /tmp/public-workspace --sessions 8 --rounds 2

The workspace is made where there is none: the model in the small box, measured on the embedded test reviews,
with two short batches of attacks and a probe run. Its server is started in public mode; then so many sessions
at once visit every page, in an order of their own and so many times. The resident memory is that of the
server and all its children; it is looked at ten times a second.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import load_pages
import psutil

MODEL, DATA = "tiny", "imdb-embedded"
MAKING = (
    ("sentiment_core", "evaluate", "--model", MODEL, "--data", DATA),
    ("attacks", "run", "--model", MODEL, "--recipe", "deepwordbug", "--data", DATA, "--limit", "20"),
    ("attacks", "probe", "--model", MODEL),
)


def make(home: Path) -> None:
    """Make the workspace; what is there already is not made again."""
    (home / "models").mkdir(parents=True, exist_ok=True)
    if any((home / "models").glob("[!.]*")):
        return
    environment = os.environ | {"REELCHECK_HOME": str(home)}
    boxed = "from sentiment_core.demo import box; box.install(box.BOXES['tiny'])"
    subprocess.run([sys.executable, "-c", boxed], env=environment, check=True)
    for package, *argv in MAKING:
        subprocess.run([sys.executable, "-m", package, *argv], env=environment, check=True)


def contents(home: Path) -> dict[str, str]:
    """Return the hash of every file but the server's log."""
    files = (path for path in sorted(home.rglob("*")) if path.is_file() and path.name != "server.log")
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def resident(process: psutil.Process) -> float:
    """Return the memory of a process and its children, in MB."""
    all_ = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in all_) / 1e6


def main() -> None:
    """Make the workspace, serve it, visit it, and print what it took as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    make(args.home)
    before = contents(args.home)
    os.environ["REELCHECK_PUBLIC"] = "1"
    with load_pages.serving(load_pages.ROOT, args.home) as (port, process):
        started = resident(process)
        with load_pages.memory_watched(process) as peak:
            drawn = asyncio.run(load_pages.crowd(port, args.sessions, args.rounds, 0.0))
        ended = resident(process)
    after = contents(args.home)
    found = {
        "model": MODEL,
        "sessions": args.sessions,
        "pages": len(drawn),
        "errors": sorted({f"{one.page}: {one.error}" for one in drawn if one.error}),
        "mb_at_start": round(started),
        "mb_after_all_pages": round(ended),
        "mb_at_most": round(max(peak[0], ended)),
        "changed_files": sorted(name for name in {**before, **after} if before.get(name) != after.get(name)),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

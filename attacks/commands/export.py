"""`export`: the records of a batch as a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attacks.batches import export

NAME = "export"
HELP = "Write the records of a batch as CSV, JSON lines, or in TextAttack's own log format."
EXAMPLES = """
python -m attacks export RUN --format csv --out records.csv
python -m attacks export RUN --format textattack --out log.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the format and the file."""
    parser.add_argument("run", metavar="RUN", help="the batch's id")
    parser.add_argument(
        "--format",
        choices=tuple(export.FORMATS),
        default="csv",
        help="csv (cells that a spreadsheet would run are escaped), jsonl, or textattack (the columns and "
        "[[ ]] marks of its CSV log, for programs: nothing is escaped)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write it")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Write the file."""
    n = export.export(args.run, args.format, args.out)
    return {"run_id": args.run, "format": args.format, "out": str(args.out), "n": n}


def show(result: dict[str, Any]) -> str:
    """Return one line."""
    return f"{result['n']:,} records written to {result['out']}"

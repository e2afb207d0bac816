"""`report`: what was measured of some models, as one page, Markdown or JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from attacks.reporting import page, report, subject
from sentiment_core import terminal
from sentiment_core.errors import ReelcheckError
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS
from sentiment_core.storage import runs, workspace

NAME = "report"
HELP = "Report what finished runs measured of some models: figures, curves, attacks, probes, bias, gate."
EXAMPLES = """
python -m attacks report --models reference nbsvm --out report.html
python -m attacks report --models tfidf --data imdb-embedded --out report.md
python -m attacks report --out report.json
python -m attacks report --models reference nbsvm --json
"""
AS_JSON = ".json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the models, the reviews and the file."""
    parser.add_argument(
        "--models", nargs="+", default=[], metavar="NAME",
        help="ids or aliases (all that were measured on the reviews)",
    )  # fmt: skip
    parser.add_argument(
        "--data",
        metavar="NAME",
        help="the name or fingerprint of reviews that they were measured on (those of most of the models)",
    )
    parser.add_argument("--split", choices=SPLITS, help="which reviews (test, where there are any)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=f"write it there: {', '.join(_forms())} (Markdown, printed)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the report from finished runs, and write it where that is asked for."""
    if args.out is not None:
        _check(args.out)
    found = report.make(subject.choose(args.models, args.data, args.split), job_progress())
    result = found.to_json()
    if args.out is None:
        return {"out": None, **result, "markdown": found.to_markdown()}
    form = args.out.suffix.lower()
    workspace.write_text(args.out, as_json(result) if form == AS_JSON else page.FORMS[form](found))
    return {"out": str(args.out), "bytes": args.out.stat().st_size, **result}


def show(result: dict[str, Any]) -> str:
    """Return the report as Markdown, or where it was written."""
    if result["out"] is None:
        return str(result["markdown"])
    sections = ", ".join(section["name"] for section in result["sections"])
    return f"wrote {result['out']} ({result['bytes'] / 1e3:,.0f} kB): {sections}"


def as_json(record: dict[str, Any]) -> str:
    """Return a report's JSON as a file has it."""
    return terminal.escaped(json.dumps(runs.json_ready(record), ensure_ascii=False, indent=1)) + "\n"


def _forms() -> tuple[str, ...]:
    return (*page.FORMS, AS_JSON)


def _check(out: Path) -> None:
    if out.suffix.lower() not in _forms():
        raise ReelcheckError(f"--out '{out.name}' is of no form that is known; give {', '.join(_forms())}")
    workspace.check_out(out)

"""`purge`: remove the texts that a person brought or typed, and keep the figures where that is possible."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from sentiment_core import data_shelf, purging
from sentiment_core.errors import DataError
from sentiment_core.purging import Piece

NAME = "purge"
HELP = "Remove texts that somebody brought or typed, and what was said of them; figures stay where they can."
EXAMPLES = """
python -m sentiment_core purge
python -m sentiment_core purge --data reviews
python -m sentiment_core purge --data reviews --yes
python -m sentiment_core purge --typed --yes
python -m sentiment_core purge --all --json
"""
NOT_PURGED = (
    "Not purged: models (linear ones hold words and their weights, no texts), their notes and cards; your "
    "own probes, recipes and slices; copies, downloads and backups outside the workspace. A running "
    "dashboard may hold texts in its memory until it is restarted."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is purged, and --yes."""
    parser.add_argument(
        "--data", nargs="+", default=[], metavar="DATA",
        help="stored data sets, by name or fingerprint: their reviews, vectors, verdicts, and the texts in "
        "runs on them",
    )  # fmt: skip
    parser.add_argument(
        "--typed", action="store_true", help="what was made of typed texts: attacks, jobs, explanations"
    )
    parser.add_argument(
        "--pairs", action="store_true", help="the texts of pairs that models were measured on"
    )
    parser.add_argument(
        "--verdicts", action="store_true", help="what people said of labels, of attacks and in panels"
    )
    parser.add_argument(
        "--all", action="store_true", help="all of these, of every data set that somebody brought"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do it; without this, only list what would be purged"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List what is purged, purge it with --yes, and return a JSON object."""
    chosen = bool(args.data or args.typed or args.pairs or args.verdicts or args.all)
    if args.yes and not chosen:
        raise DataError(
            "--yes needs to know what to purge: --data DATA, --typed, --pairs, --verdicts or --all"
        )
    pieces = _pieces(args, everything=args.all or not chosen)
    found = [_record(piece) for piece in pieces]
    if args.yes:
        purging.purge(pieces)
    return {
        "purged": args.yes,
        "pieces": found,
        "bytes": sum(record["bytes"] for record in found),
        "not_purged": NOT_PURGED,
    }


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    if not result["pieces"]:
        return f"nothing to purge\n{NOT_PURGED}"
    head = "purged:" if result["purged"] else "would be purged (add --yes, and what: --data, --typed, ...):"
    total = f"{len(result['pieces']):,} in all, {result['bytes']:,} bytes of files that held texts"
    return "\n".join([head, *map(_line, result["pieces"]), total, NOT_PURGED])


def _pieces(args: argparse.Namespace, *, everything: bool) -> list[Piece]:
    data = [data_shelf.find(name) for name in args.data]
    if everything:
        data = list(dict.fromkeys([*data, *purging.brought()]))
    found = [piece for fingerprint in data for piece in purging.of_data(fingerprint)]
    if args.typed or everything:
        found += purging.of_typed()
    if args.pairs or everything:
        found += purging.of_pairs()
    if args.verdicts or everything:
        found += purging.of_verdicts()
    return purging.together(found)


def _record(piece: Piece) -> dict[str, Any]:
    return {
        "what": piece.what,
        "how": piece.how,
        "bytes": piece.bytes,
        "lost": piece.lost,
        "paths": [str(path) for path in piece.paths],
    }


def _line(record: Mapping[str, Any]) -> str:
    how = "texts emptied, figures kept" if record["how"] == purging.EMPTIED else "removed"
    return f"  {record['what']}: {record['bytes']:,} bytes, {how}; lost: {record['lost']}"

"""`card`: a model's card, written from its manifest and its finished runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.errors import ModelError, ReelcheckError
from sentiment_core.publishing import carding, written
from sentiment_core.publishing.markdown import names, selected
from sentiment_core.storage import workspace

NAME = "card"
HELP = "Write a model's card from its finished runs: use, data, metrics with intervals, robustness, bias."
EXAMPLES = """
python -m sentiment_core card --model reference --out card.md
python -m sentiment_core card --model reference --without gate,cost --license apache-2.0 --out card.md
python -m sentiment_core card --model tfidf --sections use,metrics
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the file, and which sections."""
    parser.add_argument("--model", required=True, metavar="ID", help="a model's id or alias")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="write it there (it is printed)")
    add_card_arguments(parser)


def add_card_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `push` takes as well: which sections, and the license."""
    parser.add_argument("--sections", default="", metavar="NAMES", help="only these, with commas between")
    parser.add_argument("--without", default="", metavar="NAMES", help="all but these")
    parser.add_argument(
        "--license", metavar="ID", help="the hub's identifier, such as apache-2.0; it is kept"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Write the card."""
    card = models.resolve(args.model)
    if args.out is not None and (args.out.is_dir() or not args.out.absolute().parent.is_dir()):
        raise ReelcheckError(
            f"--out '{args.out.name}' cannot be written; give a file in a folder that exists"
        )
    markdown, used = card_from(args, card)
    if args.out is not None:
        workspace.write_text(args.out, markdown)
    return {
        "model_id": card.model_id,
        "out": str(args.out) if args.out is not None else None,
        "sections": used,
        "markdown": markdown,
    }


def show(result: dict[str, Any]) -> str:
    """Return the card, or where it was written."""
    if result["out"] is None:
        return str(result["markdown"])
    return f"wrote {result['out']}: {', '.join(result['sections'])}"


def card_from(args: argparse.Namespace, card: models.ModelCard) -> tuple[str, list[str]]:
    """Return the card that the arguments ask for, and the names of its sections."""
    if args.license is not None:
        written.write(card, license=args.license)
    only, without = _listed(args.sections), _listed(args.without)
    tree = carding.tree(card)
    used = names(selected(tree, only, without))
    if not used:
        raise ModelError("no section is left; give other --sections or --without")
    return carding.text(card, tree, only, without), used


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]

"""`push`: a model with its card to a repository of the hub, or into a folder."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.commands.card import add_card_arguments, card_from
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.publishing import pushing, repository, written

NAME = "push"
HELP = "Push a model to the hub: weights that plain transformers loads, tokenizer, card, evaluation files."
EXAMPLES = """
python -m sentiment_core push --model reference --repo me/reviews --dry-run
python -m sentiment_core push --model reference --repo me/reviews --dry-run --to published
python -m sentiment_core push --model reference --repo me/reviews --private --license apache-2.0
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the repository, and what is done."""
    parser.add_argument("--model", required=True, metavar="ID", help="a model's id or alias")
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME", help="the repository on the hub")
    parser.add_argument("--private", action="store_true", help="make it private where it is new")
    parser.add_argument("--dry-run", action="store_true", help="only list what would go, with its size")
    parser.add_argument(
        "--to", type=Path, metavar="FOLDER", help="also write the repository's content into a new folder"
    )
    parser.add_argument(
        "--eval-results", action="store_true", help="add .eval_results/*.yaml for data sets of the hub"
    )
    add_card_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the repository's content, and push it unless this is a dry run.

    The card is kept as the last one once it is pushed.
    """
    card, name = models.resolve(args.model), pushing.check_name(args.repo)
    target = repository.new_folder(args.to) if args.to is not None else None
    markdown, _ = card_from(args, card)
    markdown = markdown.replace("OWNER/NAME", name)
    with tempfile.TemporaryDirectory() as aside:
        folder = target or Path(aside)
        folder.mkdir(exist_ok=True)
        repository.fill(folder, card, markdown, evaluation_files=args.eval_results)
        files = repository.listing(folder)
        address = None
        if not args.dry_run:
            message = f"Upload {card.model_id}"
            address = pushing.push(
                folder, name, private=args.private, message=message, progress=job_progress()
            )
            written.keep_last(card, markdown, name)
    return {
        "model_id": card.model_id,
        "repo": name,
        "dry_run": args.dry_run,
        "files": files,
        "bytes": sum(file["bytes"] for file in files),
        "to": str(target) if target else None,
        "pushed": address,
    }


def show(result: dict[str, Any]) -> str:
    """Return the files with their sizes, and where they went."""
    lines = [f"{file['bytes']:>14,}  {file['path']}" for file in result["files"]]
    total = f"{len(lines)} files, {result['bytes'] / 1e6:,.1f} MB"
    where = [f"written into {result['to']}"] if result["to"] else []
    if result["pushed"]:
        where.append(f"pushed to {result['repo']}: {pushing.safe(result['pushed'])}")
    else:
        where.append(f"nothing was pushed; without --dry-run it goes to {result['repo']}")
    return "\n".join([*lines, total, *where])

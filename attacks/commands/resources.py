"""`resources`: what attacks need beyond this project, whether it is here, and how to get it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attacks.resources.catalog import RESOURCES, Resource, resource_named

NAME = "resources"
HELP = "Show what some attacks need and whether it is here, or fetch it (WordNet, word vectors, models)."
EXAMPLES = """
python -m attacks resources
python -m attacks resources fetch wordnet
python -m attacks resources fetch wordnet --from ~/nltk_data/corpora/wordnet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, with which resource, from where."""
    parser.add_argument("action", nargs="?", choices=("list", "fetch"), default="list", help="default: list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="what to fetch")
    parser.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="copy it from this folder")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List all, or fetch one and say where it is now."""
    if args.action == "fetch":
        if args.name is None:
            resource_named("")
        return {"fetched": args.name, "where": str(resource_named(args.name).fetch(args.folder))}
    chosen = [resource_named(args.name)] if args.name else RESOURCES.values()
    return {"resources": [_summary(resource) for resource in chosen]}


def show(result: dict[str, Any]) -> str:
    """Return one paragraph per resource, or the place of the one fetched."""
    if "fetched" in result:
        return f"{result['fetched']} is in {result['where']}"
    return "\n".join(_paragraph(resource) for resource in result["resources"])


def _summary(resource: Resource) -> dict[str, Any]:
    where = resource.where()
    return {
        "name": resource.name,
        "title": resource.title,
        "here": where is not None,
        "where": None if where is None else str(where),
        "enables": resource.enables,
        "how_to_get": resource.how_to_get,
    }


def _paragraph(resource: dict[str, Any]) -> str:
    state = f"here: {resource['where']}" if resource["here"] else f"not here; {resource['how_to_get']}"
    return f"{resource['name']}: {resource['title']}\n  for {resource['enables']}\n  {state}"

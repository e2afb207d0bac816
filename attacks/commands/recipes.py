"""`recipes`: the attack recipes, what each is made of, and what their limits are worth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attacks import recipes
from attacks.composition import calibrated
from attacks.own import recipes as composing
from sentiment_core.schema import Estimate

NAME = "recipes"
HELP = "List the attacks, show one with its constants and their sources, or measure what the limits let pass."
EXAMPLES = """
python -m attacks recipes
python -m attacks recipes show textfooler-style
python -m attacks recipes calibrate
python -m attacks recipes calibrate --pairs edited-reviews.tsv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and with which recipe or file."""
    actions = ("list", "show", "parts", "calibrate")
    parser.add_argument("action", nargs="?", choices=actions, default="list", help="default: list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the recipe to show")
    parser.add_argument(
        "--pairs",
        type=Path,
        metavar="TSV",
        help="reviews edited to say the opposite: Sentiment, Text, batch_id",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List, show or measure."""
    if args.action == "calibrate":
        return _calibrate(args.pairs)
    if args.action == "parts":
        return {"parts": composing.parts_listed()}
    if args.action == "show":
        recipe = composing.recipe_named(args.name or "")
        facts = recipes.configuration(recipe, {})
        return {"recipe": _summary(recipe) | facts}
    everything = [*recipes.RECIPES.values(), *composing.STORE.all().values()]
    return {"recipes": [_summary(recipe) for recipe in everything], "wrong_files": composing.STORE.wrong()}


def show(result: dict[str, Any]) -> str:
    """Return one line per recipe, one recipe in full, the parts, or the curves."""
    if "recipes" in result:
        wrong = [f"wrong file: {error}" for error in result["wrong_files"].values()]
        return "\n".join([*map(_line, result["recipes"]), *wrong])
    if "recipe" in result:
        return _in_full(result["recipe"])
    if "parts" in result:
        return "\n".join(
            f"{part['kind']:<15} {part['name']}: {part['description']}" for part in result["parts"]
        )
    return "\n".join(_curve(curve) for curve in result["curves"])


def _summary(recipe: recipes.Recipe) -> dict[str, Any]:
    lacking = recipes.missing(recipe)
    return {
        "name": recipe.name,
        "title": recipe.title,
        "kind": recipe.kind,
        "description": recipe.description,
        "families": list(recipe.families),
        "queries_per_word": recipe.queries_per_word,
        "missing": [{"what": item.what, "how_to_get": item.how_to_get} for item in lacking],
    }


def _line(recipe: dict[str, Any]) -> str:
    lacking = "; ".join(item["what"] for item in recipe["missing"])
    only = f" [{', '.join(recipe['families'])} only]" if recipe["families"] else ""
    return f"{recipe['name']:<18} {recipe['kind']:<9} {recipe['description']}{only}" + (
        f"\n{'':<28} not here: {lacking}" if lacking else ""
    )


def _in_full(recipe: dict[str, Any]) -> str:
    constants = [
        f"  {name} = {fact['value']}: {fact['source']}" for name, fact in recipe["constants"].items()
    ]
    lacking = [f"  not here: {item['what']}; {item['how_to_get']}" for item in recipe["missing"]]
    return "\n".join(
        [f"{recipe['title']}: {recipe['description']}", f"  {recipe['source']}", *constants, *lacking]
    )


def _calibrate(pairs: Path | None) -> dict[str, Any]:
    from attacks.validity import thresholds

    words = (calibrated.NORMAL_WORD, calibrated.STRICT_WORD)
    curves = [
        _rates("similarity alone", thresholds.curve(opposites_pass=True)),
        _rates("opposites left out", thresholds.curve()),
        *(_rates(f"and the words' cosine at least {word}", thresholds.curve(word)) for word in words),
        _passing("two letters of a word swapped: share kept", thresholds.typing_errors()),
    ]
    if pairs is not None:
        curves.append(
            _passing("reviews edited to say the opposite: share let pass", thresholds.flipped(pairs))
        )
    return {"curves": curves}


def _rates(title: str, rates: Any) -> dict[str, Any]:
    rows = [
        {"min_similarity": row.min_similarity, "kept": row.kept.to_json(), "passed": row.passed.to_json()}
        for row in rates
    ]
    return {"title": title, "rows": rows}


def _passing(title: str, shares: list[tuple[float, Estimate]]) -> dict[str, Any]:
    rows = [{"min_similarity": threshold, "share": share.to_json()} for threshold, share in shares]
    return {"title": title, "rows": rows}


def _curve(curve: dict[str, Any]) -> str:
    names = {"kept": "same meaning kept", "passed": "other meaning let pass", "share": "share"}
    lines = [
        f"  {row['min_similarity']:.2f}  "
        + "  ".join(f"{title} {_share(row[key])}" for key, title in names.items() if key in row)
        for row in curve["rows"]
    ]
    return "\n".join([f"{curve['title']}:", *lines])


def _share(estimate: dict[str, Any]) -> str:
    low, high = 100 * estimate["ci_low"], 100 * estimate["ci_high"]
    return f"{100 * estimate['value']:3.0f} % [{low:.0f}, {high:.0f}] n = {estimate['n']}"

"""`review`: everything that the workspace knows about one review."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from attacks.passport.passport import passport
from sentiment_core import terminal
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.finding import review_of
from sentiment_core.embeddings import neighbors
from sentiment_core.errors import DataError
from sentiment_core.schema import Estimate

NAME = "review"
HELP = "Show everything that is known of one review: answers, neighbors, its label, attacks, words."
EXAMPLES = """
python -m attacks review --data imdb-embedded --id imdb-04367
python -m attacks review --data imdb-embedded --id imdb-04367 --ask --json
"""
MOST_NEIGHBORS, SHOWN = 100, 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the review, and whether slow models are asked."""
    add_data_arguments(parser)
    parser.add_argument("--id", required=True, metavar="ID", help="the review's id, whatever its split")
    parser.add_argument(
        "--ask",
        action="store_true",
        help="ask transformers too where nothing is kept: answers, passes with dropout, words",
    )
    parser.add_argument(
        "--neighbors", type=int, default=neighbors.K, metavar="N", help=f"nearest reviews ({neighbors.K})"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Gather what is known."""
    if not 1 <= args.neighbors <= MOST_NEIGHBORS:
        raise DataError(f"--neighbors is {args.neighbors}; give 1 to {MOST_NEIGHBORS}")
    dataset = dataset_from(args)
    return passport(dataset, review_of(dataset, args.id), ask=args.ask, k=args.neighbors)


def show(result: dict[str, Any]) -> str:
    """Return the parts in turn, a line a fact."""
    words = len(result["text"].split())
    lines = [
        f"{result['example_id']} ({result['data']['name']} {result['split']}, {words:,} words), labeled "
        f"{result['label']}",
        result["text"],
        "",
        "Answers",
        *map(_answer, result["answers"]),
        *(f"  {name}: not asked; --ask asks it" for name in result["not_asked"]),
        *_between(result["disagreement"]),
        "",
        f"Label: {result['label_votes']['sentence']}",
        *(f"  {vote['voter']}: {vote['says']} ({vote['why']})" for vote in result["label_votes"]["votes"]),
        *_listed("Nearest reviews", map(_neighbor, result["neighbors"]), _missing(result)),
        *_listed("Words and passes", _models(result["models"])),
        *_listed("Attacks", map(_attack, result["attacks"])),
        *_listed("Changed copies", map(_changed, result["changed"])),
        *_listed("Slices", (f"  {title}" for title in result["slices"].values())),
    ]
    return "\n".join(lines)


def _answer(answer: Mapping[str, Any]) -> str:
    said = f"  {answer['name']}: {100 * answer['prob_positive']:.1f} % positive"
    said += ", knows none of its words" if answer["knows_nothing"] else ""
    said += ", does not read all of it" if answer["truncated"] else ""
    said += f", was trained on it ({answer['seen']})" if answer["seen"] else ""
    if answer["worth"] is None:
        return said
    worth = Estimate.from_json(answer["worth"]["positive"])
    if not worth.defined:
        return f"{said}; {worth.reason}"
    low, high = 100 * worth.ci_low, 100 * worth.ci_high
    share = f"{100 * worth.value:.1f} % were positive [{low:.1f}, {high:.1f}], n = {worth.n:,}"
    return f"{said}; of reviews scored like it {share}"


def _between(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return []
    return [
        f"  {found['n_positive']} of {found['n']} models say positive; "
        f"they disagree by {found['bald']:.3f} bits"
    ]


def _listed(title: str, lines: Any, more: Any = ()) -> list[str]:
    found = [*lines, *more]
    return ["", title, *found] if found else []


def _neighbor(one: Mapping[str, Any]) -> str:
    near = "nearly the same text" if one["duplicate"] else f"cosine {one['cosine']:.2f}"
    label = "positive" if one["label"] else "negative"
    beginning = " ".join(one["text"][:SHOWN].split())
    return f"  {one['example_id']} ({one['split']}), {label}, {near}: {beginning}"


def _missing(result: Mapping[str, Any]) -> list[str]:
    splits = result["neighbors_missing"]
    data = result["data"]["fingerprint"]
    return [
        f"  {s} reviews have no vectors; {terminal.command('sentiment_core', 'embed', data=data, split=s)}"
        for s in splits
    ]


def _models(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, record in found.items():
        trust = record["explainer_to_trust"]
        lines += [f"  {name}: its audit trusts {trust} most"] if trust else []
        passes = record["dropout"]
        if passes:
            lines.append(
                f"  {name}: {passes['n']} passes with dropout from {100 * passes['low']:.1f} to "
                f"{100 * passes['high']:.1f} % positive, BALD {passes['bald']:.4f} bits"
            )
        fewest = record["fewest_words"]
        if fewest and fewest["found"]:
            size = f"{'' if fewest['smallest'] else 'at most '}{len(fewest['words'])}"
            words = ", ".join(word["token"] for word in fewest["words"])
            lines.append(f"  {name}: its answer turns without {size} of {fewest['n_words']:,} words: {words}")
    return lines


def _attack(one: Mapping[str, Any]) -> str:
    judged = {None: "", True: ", valid", False: ", not valid"}[one["valid"]]
    return (
        f"  {one['recipe']} on {one['model_id']}: {one['outcome']}{judged}, {100 * one['prob_before']:.1f} % "
        f"-> {100 * one['prob_after']:.1f} % positive, {one['words_changed']} words changed ({one['run_id']})"
    )


def _changed(one: Mapping[str, Any]) -> str:
    held = {None: "", True: ", held", False: ", failed"}[one["held"]]
    return (
        f"  {one['kind']}, {one['what']} on {one['model_id']}{held}: {100 * one['prob_before']:.1f} % -> "
        f"{100 * one['prob_after']:.1f} % positive"
    )

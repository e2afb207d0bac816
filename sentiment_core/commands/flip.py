"""`flip`: the fewest words of a text without which a model answers the other class."""

from __future__ import annotations

import argparse
from typing import Any

from scipy.special import expit

from sentiment_core import models
from sentiment_core.commands.uncertainty import add_text_arguments, text_of
from sentiment_core.explainers import explainer_named, explainers_for
from sentiment_core.explanation import fewest
from sentiment_core.jobs.jobs import job_progress

NAME = "flip"
HELP = "Find the fewest words whose removal turns a model's answer."
EXAMPLES = """
python -m sentiment_core flip --model tfidf --text "A warm, funny film with a dull ending."
python -m sentiment_core flip --model reference --data imdb-embedded --id imdb-04367 --queries 1000 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the text, and how long to search."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    add_text_arguments(parser)
    parser.add_argument(
        "--queries",
        type=int,
        metavar="N",
        help="shortened texts that the model is asked about at most "
        f"({fewest.QUERIES_OF_LINEAR:,}, for a transformer {fewest.QUERIES:,})",
    )
    parser.add_argument(
        "--method", metavar="NAME", help="the explainer that guides the search (the first that can)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Search."""
    example_id, text = text_of(args)
    classifier = models.load_model(args.model)
    explainer = (
        explainer_named(args.method) if args.method else next(iter(explainers_for(classifier).values()))
    )
    found = fewest.fewest_of(classifier, text, explainer, args.queries, progress=job_progress())
    return {
        "model_id": classifier.model_id,
        "example_id": example_id,
        "method": explainer.name,
        "prob_before": float(expit(found.before)),
        "prob_after": float(expit(found.after)) if found.found else None,
        **found.to_json(),
    }


def show(result: dict[str, Any]) -> str:
    """Return the words, and the text without them."""
    found = fewest.Fewest.from_json(result)
    asked = f"{found.queries:,} shortened texts asked"
    if not found.found:
        return f"no set of words was found whose removal turns the answer ({asked})"
    return "\n".join(
        [
            f"without {found.size} of {found.n_words:,} the probability of positive goes from "
            f"{100 * result['prob_before']:.1f} % to {100 * result['prob_after']:.1f} % ({asked}): "
            + ", ".join(found.words),
            found.without,
        ]
    )

"""`uncertainty`: how far passes of a network with dropout disagree about one text."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import data, models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.finding import review_of
from sentiment_core.errors import DataError
from sentiment_core.uncertainty import dropout
from sentiment_core.uncertainty.dropout import UncertaintyError

NAME = "uncertainty"
HELP = "Show how far passes of a transformer with dropout disagree about one text (BALD)."
EXAMPLES = """
python -m sentiment_core uncertainty --model reference --text "Not bad, not good."
python -m sentiment_core uncertainty --model reference --data imdb-embedded --id imdb-04367 --passes 50 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the text, and the passes."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    add_text_arguments(parser)
    parser.add_argument(
        "--passes",
        type=int,
        default=dropout.PASSES,
        metavar="N",
        help=f"passes with dropout, {dropout.LEAST} to {dropout.MOST:,} ({dropout.PASSES})",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ask the network again and again with dropout on."""
    example_id, text = text_of(args)
    classifier = models.load_model(args.model)
    if args.seed < 0:
        raise UncertaintyError(f"--seed is {args.seed}; give 0 or more")
    found = dropout.uncertainty_of(classifier, text, args.passes, seed=args.seed)
    return {
        "model_id": classifier.model_id,
        "example_id": example_id,
        "seed": args.seed,
        "prob_positive": float(classifier.predict_proba([text])[0, 1]),
        **found.to_json(),
    }


def show(result: dict[str, Any]) -> str:
    """Return the figures in two lines."""
    low, mean, high = (100 * result[name] for name in ("low", "mean", "high"))
    lines = [
        f"without dropout {100 * result['prob_positive']:.1f} % positive; {result['n']} passes with dropout: "
        f"mean {mean:.1f} %, from {low:.1f} to {high:.1f} %, {result['n_positive']} of them positive",
        f"BALD {result['bald']:.4f} bits: entropy of the mean {result['entropy']:.4f}, mean entropy "
        f"{result['expected_entropy']:.4f}",
    ]
    return "\n".join(lines if low < high else [*lines, NO_DROPOUT])


NO_DROPOUT = "all passes are equal: this network has no dropout"


# --- one text ---------------------------------------------------------------------------------------


def add_text_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the one text that a command is about: typed, or a review of a data set; `text_of` reads it."""
    parser.add_argument("--text", help="one text")
    add_data_arguments(parser, required=False)
    parser.add_argument("--id", metavar="ID", help="the review's id in --data, whatever its split")


def text_of(args: argparse.Namespace) -> tuple[str | None, str]:
    """Return the review's id (None for a typed text) and the cleaned text.

    Raises:
        DataError: not exactly one of the two is given, the text is empty, or there is no such review.
    """
    if (args.text is None) == (args.data is None) or (args.data is None) != (args.id is None):
        raise DataError("give --text TEXT, or --data NAME_OR_PATH with --id ID")
    if args.text is None:
        return args.id, review_of(dataset_from(args), args.id).text
    cleaned = data.clean_text(args.text)
    if not cleaned:
        raise DataError("--text is empty; give a review of one word or more")
    return None, cleaned

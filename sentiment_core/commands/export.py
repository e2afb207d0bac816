"""`export`: a smaller, faster copy of a transformer, kept if it answers as the model does."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import models, terminal
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.errors import ModelError
from sentiment_core.exporting import export
from sentiment_core.exporting.export import FORMATS, REVIEWS, ExportSpec
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import ModelCard

NAME = "export"
HELP = "Convert a transformer to ONNX, in float32 or int8, and keep it if it answers as the model does."
EXAMPLES = """
python -m sentiment_core export --model reference --format onnx --alias reference-onnx
python -m sentiment_core export --model reference --format onnx --int8 --alias reference-int8
python -m sentiment_core export --model reference --format onnx --int8 --prune-vocabulary --alias small
"""
#: Tokens that occur less often in the training reviews are spelled with shorter ones.
LEAST_COUNT = 1
#: openvino 2026.4.1 on one thread of an EPYC with AVX-512, 40 to 384 tokens: float32 at 1.0 to 1.1 times the
#: speed of ONNX Runtime 1.32, int8 at 0.3 to 0.4 times, logits of float32 equal within 1e-6.
OPENVINO = (
    "--openvino is not offered: OpenVINO computes float32 as fast as ONNX Runtime and int8 at less than half "
    "its speed, and takes 180 MB; export without it: openvino (pip install openvino==2026.4.1) reads the "
    "copy's model.onnx as it is"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the format, what is given up, and the reviews that both are compared on.

    Without --data, those are the validation reviews of the data that the model was trained on.
    """
    parser.add_argument("--model", required=True, metavar="NAME", help="a transformer's id or alias")
    parser.add_argument("--format", required=True, metavar="FORMAT", help=f"one of: {', '.join(FORMATS)}")
    parser.add_argument("--int8", action="store_true", help="round the weights to 8 bits: smaller and faster")
    parser.add_argument(
        "--prune-vocabulary",
        type=int,
        nargs="?",
        const=LEAST_COUNT,
        default=0,
        metavar="N",
        help="leave out the tokens that occur fewer than N times in the training reviews (1)",
    )
    parser.add_argument(
        "--openvino", action="store_true", help="not offered: says why, and how OpenVINO opens a copy"
    )
    parser.add_argument("--alias", metavar="NAME", help="a short name for the copy")
    add_data_arguments(parser, required=False)
    parser.add_argument(
        "--reviews", type=int, default=REVIEWS, metavar="N", help=f"how many of them ({REVIEWS})"
    )
    parser.add_argument("--force", action="store_true", help="keep the copy although it answers otherwise")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Export, and return the copy's id, its parity and its size."""
    if args.format not in FORMATS:
        raise ModelError(f"format '{args.format}' is not known; known: {', '.join(FORMATS)}")
    if args.openvino:
        raise ModelError(OPENVINO)
    for flag, value, least in (
        ("--reviews", args.reviews, 1),
        ("--prune-vocabulary", args.prune_vocabulary, 0),
    ):
        if value < least:
            raise ModelError(f"{flag} is {value}; give {max(least, 1)} or more")
    card = export.export(
        args.model,
        ExportSpec(int8=args.int8, least_count=args.prune_vocabulary),
        dataset=dataset_from(args) if args.data else None,
        reviews=args.reviews,
        alias=args.alias,
        force=args.force,
        progress=job_progress(),
    )
    return _result(card)


def show(result: dict[str, Any]) -> str:
    """Return what was made, how near it is to the model, and how to put it to the gate."""
    parity, low_high = result["parity"], result["parity"]["label_agreement_interval"]
    name = result["alias"] or result["model_id"]
    lines = [
        result["model_id"] + (f"  (alias {result['alias']})" if result["alias"] else ""),
        f"  {result['size_bytes'] / 1e6:,.1f} MB; the model's files: {result['source_bytes'] / 1e6:,.1f} MB"
        + (f", and its base {result['base']}" if result["needs_base"] else ""),
        f"  the same label in {_percent(parity['label_agreement'], *low_high)} of {parity['n']:,} validation "
        f"reviews; logits differ by {parity['max_abs_logit']:.2g} at most",
        f"  accuracy on them: {_estimate(parity['accuracy_before'])} before, "
        f"{_estimate(parity['accuracy_after'])} after",
    ]
    if vocabulary := result["vocabulary"]:
        lines.append(
            f"  {vocabulary['tokens_after']:,} of {vocabulary['tokens_before']:,} tokens are kept; "
            f"{vocabulary['training_tokens_spelled_otherwise']:.2%} of the training reviews' tokens are "
            "spelled otherwise"
        )
    gate = terminal.command(
        "attacks", "gate", model=name, baseline=result["source_name"], data=result["data"]
    )
    return "\n".join([*lines, f"  next: {gate}"])


def _result(card: ModelCard) -> dict[str, Any]:
    made = card.manifest["export"]
    return {
        "model_id": card.model_id,
        "alias": card.alias,
        "source": made["source"],
        "source_name": models.resolve(made["source"]).short_name,
        "base": card.manifest.get("base"),
        "needs_base": "adapter_config.json" in made["source_files"],
        "size_bytes": card.size_bytes,
        "source_bytes": made["source_bytes"],
        "parity": card.manifest["parity"],
        "vocabulary": made["vocabulary"],
        "data": card.trained_on["name"],
    }


def _estimate(figure: dict[str, Any]) -> str:
    return _percent(figure["value"], figure["ci_low"], figure["ci_high"])


def _percent(value: float, low: float, high: float) -> str:
    return f"{value:.1%} [{low * 100:.1f}, {high * 100:.1f}]"

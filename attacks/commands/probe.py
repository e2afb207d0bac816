"""`probe`: which kinds of language a model does not handle."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from attacks.own import probes
from attacks.own.probes import probes_named
from attacks.probes import PROBES, Capability, ProbeError
from attacks.probing import perturbations, runs
from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_cluster, add_evaluation_arguments
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Estimate

NAME = "probe"
HELP = "Test a model on kinds of language (negation, irony, typos, ...) and report its failure rates."
EXAMPLES = """
python -m attacks probe --model tfidf
python -m attacks probe --model tfidf --capability negation-simple contrast
python -m attacks probe --model tfidf --data imdb-embedded --reviews 50
python -m attacks probe --model tfidf --file endings.yaml --keep
python -m attacks probe --list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the capabilities, the user's own file, and the real reviews."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="NAME", help="a model's id or alias")
    what.add_argument("--list", action="store_true", help="list the capabilities and exit")
    parser.add_argument(
        "--capability",
        nargs="+",
        metavar="NAME",
        help="which capabilities (all; with --data also those on real reviews)",
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="a probe of your own: .yaml or .csv")
    parser.add_argument("--keep", action="store_true", help="keep the probe in --file under the file's name")
    parser.add_argument("--reviews", type=int, default=50, metavar="N", help="real reviews to change (50)")
    add_data_arguments(parser, required=False)
    add_evaluation_arguments(parser)
    add_cluster(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Probe and return the matrix."""
    if args.list:
        return {"capabilities": [_described(item) for item in [*PROBES.values(), *_kept()]] + _changes()}
    models.resolve(args.model)  # a misspelled name is reported before the reviews are read
    capabilities, data = _chosen(args)
    run_id = runs.run_probes(
        args.model,
        capabilities,
        data=data,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    manifest = runs.open_probe(run_id).manifest
    facts = ("model_id", "model_alias", "data", "n", "n_texts", "matrix", "verdicts", "seconds")
    return {"run_id": run_id, **{key: manifest[key] for key in facts}}


def show(result: dict[str, Any]) -> str:
    """Return one line per capability."""
    if "capabilities" in result:
        return "\n".join(
            f"{item['name']:<22}{item['kind']:<5}{item['description']}" for item in result["capabilities"]
        )
    name = result["model_alias"] or result["model_id"]
    head = f"{'capability':<26}{'kind':<6}{'failure rate':<24}{'n':>5}  {'templates':<12}verdict"
    return "\n".join(
        [
            f"{name}: {result['n']:,} cases, {result['n_texts']:,} texts, {result['seconds']:.0f} s",
            head,
            *(_line(row) for row in result["matrix"]),
            "* templates with one expectation disagree: the rate depends on the paraphrases chosen",
            f"kept as {result['run_id']}",
        ]
    )


def _line(row: dict[str, Any]) -> str:
    capability = row["capability"] + (f" {row['severity']}" if row["severity"] is not None else "")
    figure = Estimate.from_json(row["failure_rate"])
    rate = (
        f"{100 * figure.value:.1f} % [{100 * figure.ci_low:.1f}, {100 * figure.ci_high:.1f}]"
        if figure.defined
        else "-"
    )
    low, high = row["template_min"], row["template_max"]
    spread = f"{100 * low:.0f}-{100 * high:.0f} %" if low is not None and not math.isnan(low) else ""
    star = " *" if row["unreliable"] else ""
    return f"{capability:<26}{row['kind']:<6}{rate:<24}{row['n']:>5}  {spread:<12}{row['verdict']}{star}"


def _chosen(args: argparse.Namespace) -> tuple[list[Capability], dict[str, Any]]:
    """Return the requested capabilities, and where the real reviews come from."""
    if args.keep and args.file is None:
        raise ProbeError("--keep needs --file FILE, the probe to keep")
    asked = args.capability
    changes = [name for name in asked or () if name in perturbations.PERTURBATIONS]
    if changes and args.data is None:
        raise ProbeError(f"capability '{changes[0]}' changes real reviews: add --data NAME_OR_PATH")
    found = _own(args) if args.file else []
    if asked is not None:
        found += probes_named([name for name in asked if name not in changes])
    elif not args.file:
        found += probes_named()
    if args.data is None or (asked is not None and not changes):
        return found, {}
    reviews, data = _reviews(args)
    return found + perturbations.capabilities(reviews, changes or None, seed=args.seed), data


def _own(args: argparse.Namespace) -> list[Capability]:
    from attacks.own import probe_files

    content = probe_files.read(args.file)
    return [(probes.keep if args.keep else probes.from_content)(content, args.file.name)]


def _reviews(args: argparse.Namespace) -> tuple[pd.DataFrame, dict[str, Any]]:
    if args.reviews < 1:
        raise ProbeError(f"--reviews is {args.reviews}; give 1 or more")
    dataset = dataset_from(args)
    rows = split_or_error(dataset, args.split)
    drawn = np.random.default_rng(args.seed).permutation(len(rows))[: args.reviews]
    reviews = rows.iloc[np.sort(drawn)].reset_index(drop=True)
    data = {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "split": args.split,
        "n": len(reviews),
        "seed": args.seed,
    }
    return reviews, data


def _kept() -> list[Capability]:
    return [probes.STORE.open(name) for name in probes.STORE.names()]


def _described(item: Capability) -> dict[str, Any]:
    facts = ("name", "title", "description", "kind", "family")
    return {name: getattr(item, name) for name in facts}


def _changes() -> list[dict[str, Any]]:
    return [
        {
            "name": item.name,
            "title": item.title,
            "description": item.description,
            "kind": "INV",
            "family": "robustness",
        }
        for item in perturbations.PERTURBATIONS.values()
    ]

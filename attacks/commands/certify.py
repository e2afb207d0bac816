"""`certify`: what no attack of a kind can do to a model, and the worst texts that a search found."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from attacks.batches import request, selection
from attacks.certificates import edits, runs
from attacks.certificates.methods import method_for
from attacks.certificates.runs import CertificateRun
from attacks.certificates.schema import CHANGES, CertificateSpec
from attacks.certificates.smoothing import NOISES
from sentiment_core import data, models
from sentiment_core.commands.data import add_column_arguments, reading_from
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS
from sentiment_core.storage import spreadsheet, workspace

NAME = "certify"
HELP = (
    "Certify how many words of a review can be changed without changing the answer, and find the worst text."
)
EXAMPLES = """
python -m attacks certify --model tfidf --data imdb-embedded --edits wordnet --k 1,2,3,5,10 --limit 100
python -m attacks certify --model nbsvm --data imdb-embedded --edits letters --limit 100 --workers 2 --json
python -m attacks certify --model tfidf --data imdb-embedded --recipe pwws --k 1,3 --out certificates.csv
python -m attacks certify --model reference --data imdb-embedded --limit 10 --k 1,2,3 --kept 0.1
"""
#: Each process loads TextAttack, which takes seconds: one for this many reviews at most.
REVIEWS_PER_PROCESS = 25
#: The columns of --out.
OUT = ("example_id", "k", "status", "lower_bound", "witness")
MOST_CHANGES = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the reviews, the edits, and how long to search."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    parser.add_argument(
        "--data",
        required=True,
        metavar="NAME_OR_PATH",
        help="a data set's name, file, folder or fingerprint, as in `train`",
    )
    add_column_arguments(parser)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    parser.add_argument("--limit", type=int, metavar="N", help="how many reviews, drawn by --seed (100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the choice of reviews (0)")
    kinds = "; ".join(f"{name}: {what}" for name, what in edits.KINDS.items())
    parser.add_argument(
        "--edits",
        choices=tuple(edits.KINDS),
        help=f"what may stand in the place of a word ({kinds}) (wordnet)",
    )
    parser.add_argument(
        "--recipe", metavar="NAME", help="instead of --edits: exactly what this recipe may do"
    )
    parser.add_argument("--set", action="append", metavar="NAME=VALUE", help="a recipe's parameter (repeat)")
    parser.add_argument(
        "--k",
        default=",".join(map(str, CHANGES)),
        metavar="N,N",
        help=f"how many words may be changed ({','.join(map(str, CHANGES))})",
    )
    parser.add_argument(
        "--parts",
        type=int,
        default=CertificateSpec.parts,
        metavar="N",
        help="most parts of a review's texts that are looked at before it is left undecided, for each number "
        f"of words; a few milliseconds each ({CertificateSpec.parts})",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="most seconds per review (no limit); with it, results depend on the machine's speed",
    )
    _add_smoothing(parser)
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one per core)")
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler whose workers certify; they share the workspace",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE.csv", help=f"write a row per review and k: {', '.join(OUT)}"
    )


def _add_smoothing(parser: argparse.ArgumentParser) -> None:
    given, only = CertificateSpec, "of networks and blends, whose smoothed answers are certified"
    parser.add_argument(
        "--noise",
        choices=NOISES,
        default=given.noise,
        help=f"{only}: words left out, which certifies against any substitutes, or replaced by --edits "
        f"({given.noise})",
    )
    parser.add_argument(
        "--kept", type=float, default=given.kept, metavar="S", help=f"share of words kept ({given.kept})"
    )
    parser.add_argument(
        "--samples",
        type=int,
        default=given.samples,
        metavar="N",
        help=f"copies that are read per review ({given.samples})",
    )
    parser.add_argument(
        "--error",
        type=float,
        default=given.error,
        metavar="P",
        help=f"probability that a review's certificate is wrong, at most ({given.error})",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Certify, and return the brackets."""
    spec = _spec(args)
    dataset = data.load(args.data, reading=reading_from(args), skip_bad=args.skip_bad)
    wanted = selection.Selection(n=args.limit or request.DEFAULT_LIMIT, seed=args.seed)
    examples, source = request.chosen(dataset, args.data, args.split, wanted, job_progress())
    spec = CertificateSpec(**{**vars(spec), "data": source})
    run_id = runs.certify(
        spec,
        examples,
        started=lambda run_id: print(f"run {run_id}", file=sys.stderr, flush=True),
        workers=args.workers or min(usable_cores(), MOST_WORKERS, -(-len(examples) // REVIEWS_PER_PROCESS)),
        cluster=args.cluster,
        progress=job_progress(),
    )
    found = runs.open_certificate(run_id)
    if args.out is not None:
        workspace.write_text(args.out, spreadsheet.to_csv(found.rows[list(OUT)]).decode("utf-8"))
    return described(found) | ({"out": str(args.out)} if args.out is not None else {})


def described(run: CertificateRun) -> dict[str, Any]:
    """Return what a finished run is and its brackets."""
    assert run.manifest is not None
    facts = ("model_id", "model_alias", "method", "statement", "data", "n", "brackets", "seconds_per_review")
    return {"run_id": run.run_id, "edits": run.whose_edits} | {name: run.manifest[name] for name in facts}


def show(result: dict[str, Any]) -> str:
    """Return a line for each number of changes."""
    name, source = result["model_alias"] or result["model_id"], result["data"]
    lines = [
        f"{name} on {result['n']:,} reviews of {source['name']} {source['split']}, edits: {result['edits']}; "
        f"{result['seconds_per_review']:.2f} s of a processor per review",
        "words changed  certified accuracy       cannot exceed            undecided",
    ]
    for bracket in result["brackets"]:
        parts = [_percent(bracket["estimates"][part]) for part in ("certified", "at_most", "undecided")]
        lines.append(f"{'at most ' + str(bracket['k']):<15}{parts[0]:<25}{parts[1]:<25}{parts[2]}")
    if "out" in result:
        lines.append(f"written to {result['out']}")
    return "\n".join([*lines, f"kept as {result['run_id']}"])


def _percent(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return "-"
    low, high = 100 * figure["ci_low"], 100 * figure["ci_high"]
    return f"{100 * figure['value']:.1f} % [{low:.1f}, {high:.1f}]"


def _spec(args: argparse.Namespace) -> CertificateSpec:
    """Check what is asked and return it, without the reviews."""
    if args.recipe is not None and args.edits is not None:
        raise RunError("--recipe says what the edits are; remove --edits")
    if args.set and args.recipe is None:
        raise RunError("--set is about a recipe; give --recipe NAME")
    whole = ("limit", "parts", "workers", "samples")
    for flag, value in ((flag, getattr(args, flag)) for flag in whole):
        if value is not None and value < 1:
            raise RunError(f"--{flag} is {value}; give 1 or more")
    if args.out is not None:
        workspace.check_out(args.out)
    if args.seconds is not None and not args.seconds > 0:
        raise RunError(f"--seconds is {args.seconds}; give more than 0")
    for flag, share in (("kept", args.kept), ("error", args.error)):
        if not 0 < share < 1:
            raise RunError(f"--{flag} is {share}; give more than 0 and less than 1")
    card = models.resolve(args.model)
    method_for(card)
    params = request.parameters(args.recipe, args.set or []) if args.recipe else {}
    edits.check(args.edits or "wordnet", args.recipe, params, changes := _changes(args.k))
    return CertificateSpec(
        model_id=card.model_id,
        edits=args.edits or "wordnet",
        recipe=args.recipe,
        params=params,
        changes=changes,
        parts=args.parts,
        seconds=args.seconds,
        noise=args.noise,
        kept=args.kept,
        samples=args.samples,
        error=args.error,
    )


def _changes(given: str) -> tuple[int, ...]:
    try:
        found = sorted({int(part) for part in given.split(",") if part.strip()})
    except ValueError:
        found = []
    if not found or found[0] < 1 or found[-1] > MOST_CHANGES:
        raise RunError(f"--k is not a list of numbers from 1 to {MOST_CHANGES}; give 1,2,3,5,10")
    return tuple(found)

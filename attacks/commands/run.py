"""`run`: attack reviews with a recipe and keep a record of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from attacks.batches import files, request, selection
from attacks.batches import runs as attack_runs
from attacks.batches.runs import AttackRun
from attacks.commands import judge
from attacks.commands import show as showing
from attacks.schema import AttackSpec, Example
from sentiment_core import data, models
from sentiment_core.commands.data import add_column_arguments, reading_from
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs import worker
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import LABEL_NAMES, SPLITS
from sentiment_core.storage import runs

NAME = "run"
HELP = "Attack reviews with a recipe, keep a record of each, and report the figures."
EXAMPLES = """
python -m attacks run --model tfidf --recipe deepwordbug --data imdb-embedded --limit 100
python -m attacks run --model tfidf --recipe pwws --data imdb-embedded --limit 100 --workers 2 --budget 5000 --seconds 60
python -m attacks run --model tfidf --recipe pwws --data imdb-embedded --select outcome=right --select words=50-200
python -m attacks run --model tfidf --recipe deepwordbug --text "A warm, funny film." --label positive
python -m attacks run --resume RUN
python -m attacks run --resume RUN --cluster tcp://10.0.0.1:8786
"""  # noqa: E501

#: Each process loads TextAttack and the model, which takes seconds: one for this many reviews at most.
REVIEWS_PER_PROCESS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add model, recipe, reviews, limits, and who works."""
    parser.add_argument("--model", metavar="NAME", help="a model's id or alias")
    parser.add_argument(
        "--recipe", metavar="NAME", help="how to attack; `python -m attacks recipes` lists them"
    )
    parser.add_argument("--set", action="append", metavar="NAME=VALUE", help="a recipe's parameter (repeat)")
    _add_reviews(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="seed of the choice of reviews and of each attack (0)"
    )
    parser.add_argument(
        "--budget",
        type=int,
        metavar="Q",
        help="most queries per review, as TextAttack counts (no limit)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="most seconds per review, checked before each call of the model (no limit); with it, results "
        "depend on the machine's speed",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        default=None,
        help="search on a copy of the transformer with int8 weights; the model itself confirms successes",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one per core)")
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers attack; they share the workspace"
    )
    parser.add_argument(
        "--no-judge", action="store_true", help="do not judge which texts are valid; `judge` can do it later"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="resume a run that was cancelled or killed, exactly as it was started",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Attack, and return the run's id and its figures."""
    if args.workers is not None and args.workers < 1:
        raise RunError(f"--workers is {args.workers}; give 1 or more")
    run_id = _run_to_resume(args) or _start(args)
    print(f"run {run_id}", file=sys.stderr, flush=True)
    total = attack_runs.open_attack(run_id).total
    workers = args.workers or min(usable_cores(), MOST_WORKERS, -(-total // REVIEWS_PER_PROCESS))
    attack_runs.resume(run_id, workers=workers, cluster=args.cluster, progress=job_progress())
    if not args.no_judge:
        judge.judged_if_possible(run_id)
    return showing.described(run_id)


def show(result: dict[str, Any]) -> str:
    """Return the figures as lines."""
    return showing.text(result)


def _add_reviews(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="NAME_OR_PATH", help="a data set's name, file, folder or fingerprint, as in `train`"
    )
    add_column_arguments(parser)
    parser.add_argument("--split", choices=SPLITS, help="which reviews (test)")
    parser.add_argument("--limit", type=int, metavar="N", help="how many reviews, drawn by --seed (100)")
    parser.add_argument(
        "--select", action="append", metavar="KEY=VALUE", help=f"which (repeat): {selection.HOW_TO_SELECT}"
    )
    parser.add_argument("--text", help="one review typed by hand, instead of --data; needs --label")
    parser.add_argument("--label", choices=("negative", "positive"), help="the true label of --text")


def _start(args: argparse.Namespace) -> str:
    """Check what is asked, start a new run and return its id."""
    if not (args.model and args.recipe and (args.data or args.text is not None)):
        raise RunError("run needs --model, --recipe, and --data or --text; or --resume RUN")
    card = models.resolve(args.model)
    params = request.parameters(args.recipe, args.set or [])
    request.check_recipe(args.recipe, params, card, lighter=bool(args.quick))
    request.check_limits(args.limit, args.budget, args.seconds)
    if args.text is not None and (args.data or args.select):
        raise RunError("--text is the only review; remove --data and --select")
    examples, source = request.typed(args.text, args.label) if args.text is not None else _chosen(args)
    spec = AttackSpec(
        model_id=card.model_id,
        recipe=args.recipe,
        params=params,
        data=source,
        seed=args.seed or 0,
        query_budget=args.budget,
        seconds=args.seconds,
        quick=bool(args.quick),
    )
    return attack_runs.start(spec, examples).name


def _chosen(args: argparse.Namespace) -> tuple[list[Example], dict[str, Any]]:
    """Return the selected reviews of the data set, and which they are."""
    selected = selection.parsed(
        args.select or [], n=args.limit or request.DEFAULT_LIMIT, seed=args.seed or 0, model=args.model
    )
    dataset = data.load(args.data, reading=reading_from(args), skip_bad=args.skip_bad)
    return request.chosen(dataset, args.data, args.split or "test", selected, job_progress())


def _run_to_resume(args: argparse.Namespace) -> str | None:
    """Return the id of the run to resume; None where a new one is to start.

    Without an id, a job resumes the run that it started before it ended.

    Raises:
        RunError: no run is named, or a flag contradicts the run's spec.
    """
    if args.resume is None:
        return None
    if args.resume == "":
        return _run_of_this_job()
    run = attack_runs.open_attack(args.resume)
    for flag, given, stored in _flags_given_again(args, run):
        if given != stored:
            raise RunError(
                f"run {run.run_id!r} was started with {flag} {stored}, not {given}; remove {flag}, "
                "or start a new run"
            )
    return run.run_id


def _run_of_this_job() -> str | None:
    job = worker.current()
    if job:
        return attack_runs.run_of_job(job.folder.name)
    stopped = [run.run_id for run in attack_runs.list_attacks() if not (run.finished or run.running)]
    raise RunError(f"--resume needs a run; runs to resume: {', '.join(stopped[:5]) or 'none'}")


def _flags_given_again(args: argparse.Namespace, run: AttackRun) -> Iterator[tuple[str, Any, Any]]:
    """Yield (flag, its value, the value that the run was started with) for every flag that is given."""
    spec, source = run.spec, run.spec.data
    selected = dict(source.get("selection", {}))
    if args.model is not None:
        yield "--model", models.resolve(args.model).model_id, spec.model_id
    if args.set is not None:
        yield "--set", request.parameters(spec.recipe, args.set), dict(spec.params)
    if args.data is not None and args.data not in (source.get("asked"), source.get("fingerprint")):
        yield "--data", args.data, source.get("name")
    if args.text is not None:
        yield "--text", data.clean_text(args.text), _typed(run, "text")
    if args.label is not None:
        yield "--label", args.label, LABEL_NAMES.get(_typed(run, "label"))
    if args.select is not None:
        asked = selection.parsed(
            args.select, n=selected.get("n"), seed=spec.seed, model=args.model or selected.get("model")
        )
        yield "--select", runs.json_ready(asked), selected
    for flag, stored in (
        ("recipe", spec.recipe),
        ("seed", spec.seed),
        ("budget", spec.query_budget),
        ("seconds", spec.seconds),
        ("quick", spec.quick),
        ("split", source.get("split")),
        ("limit", selected.get("n")),
    ):
        if getattr(args, flag) is not None:
            yield f"--{flag}", getattr(args, flag), stored


def _typed(run: AttackRun, field: str) -> Any:
    """Return a field of a run's typed review; None where its reviews are of a data set."""
    is_typed = run.spec.data.get("name") == request.TYPED
    return getattr(files.read_examples(run.folder)[0], field) if is_typed else None

"""`table`: every model under every recipe on the same reviews, as one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from attacks.batches import selection
from attacks.tables import document, plan
from attacks.tables import runs as tables
from attacks.tables.rows import short_name
from attacks.tables.spec import ALL, LIMIT, TableSpec, check, left_out, recipes_named
from sentiment_core import data, models
from sentiment_core.commands.data import add_column_arguments, reading_from
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs import works_on
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS
from sentiment_core.storage import runs, workspace

NAME = "table"
HELP = "Attack several models with several recipes on the same reviews, and write the figures as one table."
EXAMPLES = """
python -m attacks table --models tfidf,nbsvm --recipes deepwordbug,pwws --data imdb-embedded --limit 100
python -m attacks table --models tfidf,reference --recipes all --data imdb-embedded --network-limit 20 --estimate
python -m attacks table --resume RUN --out robustness.md
python -m attacks table --show RUN
python -m attacks table --list
"""  # noqa: E501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add models, recipes, reviews, limits, and what to do with a table that is there."""
    parser.add_argument("--models", default="", metavar="A,B", help="ids or aliases")
    parser.add_argument(
        "--recipes", default=ALL, metavar="A,B", help="recipes by name; all: every one that runs here (all)"
    )
    parser.add_argument("--data", metavar="NAME_OR_PATH", help="a data set, as in `run`")
    add_column_arguments(parser)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    parser.add_argument("--limit", type=int, metavar="N", help=f"reviews, drawn by --seed ({LIMIT})")
    parser.add_argument(
        "--network-limit", type=int, metavar="N", help="how many of these for models that ask a network (all)"
    )
    parser.add_argument("--budget", type=int, metavar="Q", help="most queries per review (no limit)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the choice of reviews (0)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one per core)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers attack")
    parser.add_argument("--estimate", action="store_true", help="only say what would be done, and how long")
    parser.add_argument("--resume", nargs="?", const="", metavar="RUN", help="resume this table")
    parser.add_argument("--show", metavar="RUN", help="show a table as far as it is, and start nothing")
    parser.add_argument("--out", type=Path, metavar="FILE.md", help="also write the table as Markdown")
    parser.add_argument("--list", action="store_true", help="list the tables and exit")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make, resume, show or estimate a table."""
    if args.workers is not None and args.workers < 1:
        raise RunError(f"--workers is {args.workers}; give 1 or more")
    if args.out is not None:
        workspace.check_out(args.out)
    workers = args.workers or min(usable_cores(), MOST_WORKERS)
    if args.list:
        return _listed()
    if args.show:
        return _described(args.show, args.out)
    if args.estimate and args.resume is None:
        spec = _spec(args)
        return _estimated(spec, plan.planned(spec, {}, workers))
    run_id = works_on.to_resume(args.resume) or tables.start(_spec(args))
    if args.estimate:
        return _estimated(tables.open_table(run_id).spec, tables.planned(run_id, workers))
    works_on.announce(run_id)
    print(f"run {run_id}", file=sys.stderr, flush=True)
    tables.resume(run_id, workers=workers, cluster=args.cluster, progress=job_progress())
    return _described(run_id, args.out)


def show(result: dict[str, Any]) -> str:
    """Return the table, the plan, or the list, in lines."""
    if "tables" in result:
        lines = [f"{item['run_id']}  {item['state']}" for item in result["tables"]]
        return "\n".join([*lines, *damaged_lines(result["damaged"])]) or "no tables yet"
    if "plan" in result:
        return "\n".join([*map(_planned_line, result["plan"]), *_ends(result)])
    lines = [line for row in result["rows"] for line in _row_lines(row)]
    state = "" if result["finished"] else f"; next: python -m attacks table --resume {result['run_id']}"
    return "\n".join([*lines, f"kept as {result['run_id']}{state}"])


def _listed() -> dict[str, Any]:
    found = [
        {"run_id": run.run_id, "state": "finished" if run.finished else "unfinished"}
        for run in tables.list_tables()
    ]
    return {"tables": found, "damaged": as_records(tables.damaged_tables())}


def _spec(args: argparse.Namespace) -> TableSpec:
    names = [name.strip() for name in args.models.split(",") if name.strip()]
    if not (names and args.data):
        raise RunError("table needs --models and --data; or --resume RUN, or --show RUN")
    limit = LIMIT if args.limit is None else args.limit
    if limit < 1:
        raise RunError(f"--limit is {limit}; give 1 or more")
    dataset = data.load(args.data, reading=reading_from(args), skip_bad=args.skip_bad)
    data.store(dataset)
    drawn = selection.select(dataset, args.split, selection.Selection(n=limit, seed=args.seed))
    spec = TableSpec(
        models=tuple(dict.fromkeys(models.resolve(name).model_id for name in names)),
        recipes=recipes_named([name.strip() for name in args.recipes.split(",") if name.strip()]),
        data={"name": dataset.name, "fingerprint": dataset.fingerprint},
        split=args.split,
        limit=len(drawn),
        network_limit=args.network_limit,
        query_budget=args.budget,
        seed=args.seed,
    )
    check(spec)
    return spec


def _described(run_id: str, out: Path | None) -> dict[str, Any]:
    table = tables.open_table(run_id)
    if out is not None:
        workspace.write_text(out, document.markdown_of(table))
    names = {name: short_name(name) for name in table.spec.models}
    return {
        "run_id": run_id,
        "finished": table.finished,
        "about": document.about(table),
        "command": document.command(table.spec),
        "models": names,
        "rows": runs.json_ready(table.rows),
        "out": None if out is None else str(out),
    }


def _estimated(spec: TableSpec, cells: list[plan.Planned]) -> dict[str, Any]:
    names = {name: short_name(name) for name in spec.models}
    planned = [
        {
            "model": names[item.cell.model_id],
            "recipe": item.cell.recipe,
            "n": item.cell.n,
            "done": item.done,
            "seconds": round(item.seconds, 1),
            "source": item.source,
        }
        for item in cells
    ]
    skipped = [item._asdict() | {"model": names[item.model_id]} for item in left_out(spec)]
    return {"plan": planned, "left_out": skipped, "seconds": round(sum(item.seconds for item in cells), 1)}


def _planned_line(item: dict[str, Any]) -> str:
    left = f"{item['n'] - item['done']:,} of {item['n']:,} reviews left"
    return (
        f"{item['model']} under {item['recipe']}: {left}, about {_time(item['seconds'])} ({item['source']})"
    )


def _ends(result: dict[str, Any]) -> list[str]:
    skipped = [
        f"{item['model']} under {item['recipe']}: left out, {item['why']}" for item in result["left_out"]
    ]
    return [*skipped, f"about {_time(result['seconds'])} of attacks in all; judging and transfer come on top"]


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _row_lines(row: dict[str, Any]) -> list[str]:
    (head, (line,)) = document.figures_table([row])
    model, recipe, n, *cells = line
    figures = "; ".join(f"{title} {cell}" for title, cell in zip(head[3:], cells, strict=True))
    return [f"{model} under {recipe}, n = {n}: {figures}"]

"""`distil`: a smaller model that learns the answers of a larger one."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from sentiment_core import models, terminal
from sentiment_core.commands import train
from sentiment_core.commands.data import (
    COLUMN_OPTIONS,
    add_data_arguments,
    dataset_from,
    read_facts,
    read_lines,
)
from sentiment_core.distillation import distilling, estimate, preparing, students
from sentiment_core.distillation.estimate import Expected
from sentiment_core.distillation.measuring import line
from sentiment_core.distillation.preparing import How, Prepared
from sentiment_core.jobs.jobs import job_progress, show_scratch
from sentiment_core.models import ModelCard

NAME = "distil"
HELP = "Make a smaller model that learns the answers of a larger one, and measure what it costs and keeps."
EXAMPLES = """
python -m sentiment_core distil --teacher reference --student nbsvm --data imdb-embedded --alias small
python -m sentiment_core distil --teacher reference --student minilm-3 --data imdb-embedded --hidden-states --set precision=bf16
python -m sentiment_core distil --teacher reference --student tfidf --data imdb-embedded --features 30000 --transfer rotten-tomatoes-embedded notes.txt
python -m sentiment_core distil --teacher reference --student minilm-2 --data imdb-embedded --estimate
"""  # noqa: E501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the teacher, the student, the data, and how the student learns."""
    parser.add_argument(
        "--teacher", required=True, metavar="MODEL", help="the model whose answers are learned"
    )
    parser.add_argument(
        "--student",
        required=True,
        metavar="STUDENT",
        help=f"one of: {', '.join(students.names())}; or the folder of a pretrained model",
    )
    add_data_arguments(parser)
    parser.set_defaults(seed=None)
    parser.add_argument(
        "--transfer",
        nargs="+",
        default=[],
        metavar="DATA|FILE",
        help="learn the teacher's answers on these texts too: data sets, or files of texts without labels",
    )
    parser.add_argument(
        "--temperature", type=float, default=How.temperature, metavar="T", help="softens both answers (2)"
    )
    parser.add_argument(
        "--hard-share",
        type=float,
        default=How.hard_share,
        metavar="A",
        help="how much of the loss is that of the labels, 0 to 1 (0.2)",
    )
    parser.add_argument(
        "--hidden-states",
        action="store_true",
        help="compare layers too: for a transformer of the same width; the teacher then reads along",
    )
    parser.add_argument(
        "--ask", type=int, metavar="N", help="ask the teacher about N training reviews only (seeded sample)"
    )
    parser.add_argument(
        "--features",
        type=int,
        default=0,
        metavar="N",
        help="keep the N most telling n-grams (linear students)",
    )
    parser.add_argument("--alias", metavar="NAME", help="a short name for the student")
    parser.add_argument("--resume", action="store_true", help="resume the same distillation, if interrupted")
    parser.add_argument("--estimate", action="store_true", help="only say how long it would take")
    train.add_set_argument(parser, "any setting of the student's family")
    for flag, setting in train.SETTING_FLAGS.items():
        if flag != "--base":
            parser.add_argument(
                flag, dest=f"set_{setting}", metavar="VALUE", help=f"the same as --set {setting}=VALUE"
            )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Say how long it takes and, unless that is all that was asked, make the student."""
    how = How(
        args.temperature, args.hard_share, args.hidden_states, args.ask, args.features, tuple(args.transfer)
    )
    student = students.student_named(args.student)
    filled = argparse.Namespace(
        **vars(args) | {"family": student.family, "preset_params": {}, "set_base": None}
    )
    params = train.settings_from(filled)
    dataset = dataset_from(argparse.Namespace(**vars(args) | {"seed": args.seed or 0}))
    prepared = preparing.prepare(args.teacher, student, dataset, how, params)
    expected = estimate.expected(prepared)
    if args.estimate:
        return {"estimate": _estimate(expected), "said": _in_words(prepared, expected)}
    print(_in_words(prepared, expected), file=sys.stderr, flush=True)
    card = distilling.distil(
        prepared,
        expected,
        alias=args.alias,
        resume=args.resume,
        progress=job_progress(),
        announce=show_scratch,
        asked=_asked(args),
    )
    held_out = None if prepared.dataset is dataset else prepared.dataset.fingerprint
    return _result(card) | {"evaluate_on": held_out or args.data} | read_facts(dataset)


def show(result: dict[str, Any]) -> str:
    """Return what was made, what it costs and keeps, and what to do next."""
    if "estimate" in result:
        return str(result["said"])
    name = result["alias"] or result["model_id"]
    taught, data = result[distilling.RECORD], result["data"]
    teacher = result["teacher"]
    further = f" and {taught['n_transfer']:,} texts without labels" if taught["n_transfer"] else ""
    left_out = [f"{n:,} texts left out: {why}" for why, n in taught["transfer_left_out"].items()]
    following = terminal.command("sentiment_core", "evaluate", model=name, data=result["evaluate_on"])
    return "\n".join(
        [
            f"{result['model_id']}" + (f"  (alias {result['alias']})" if result["alias"] else ""),
            f"  learned from {teacher} on {data['n_train']:,} reviews of {data['name']}{further} "
            f"in {result['seconds']:,.0f} s",
            f"  {line(taught['measured'], teacher)}",
            *(f"  {said}" for said in left_out),
            *(f"  {said}" for said in read_lines(result)),
            f"  next: {following}",
        ]
    )


def _asked(args: argparse.Namespace) -> dict[str, Any]:
    names = ("data", *COLUMN_OPTIONS, "limit", "seed", "skip_bad")
    return {name: value for name in names if (value := getattr(args, name)) not in (None, False)}


def _result(card: ModelCard) -> dict[str, Any]:
    kept = ("title", "data", "params", "validation", "seconds", "size_bytes", "created", distilling.RECORD)
    teacher = models.resolve(card.manifest[distilling.RECORD]["model_id"]).short_name
    names = {"model_id": card.model_id, "alias": card.alias, "family": card.family, "teacher": teacher}
    return {**names, **{key: card.manifest[key] for key in kept}}


def _estimate(expected: Expected) -> dict[str, Any]:
    return {
        "seconds": round(expected.total, 1),
        "asking_seconds": round(expected.asking, 1),
        "training_seconds": round(expected.training, 1),
        "measuring_seconds": round(expected.measuring, 1),
        "n_asked": expected.n_asked,
    }


def _in_words(prepared: Prepared, expected: Expected) -> str:
    """Return what will be done, and how long it takes as it was tried on a few reviews."""
    steps = []
    if expected.n_asked:
        steps.append(
            f"asking {prepared.teacher.short_name} about {expected.n_asked:,} texts, {_time(expected.asking)}"
        )
    n = len(prepared.learned_on)
    steps.append(f"training {prepared.student.name} on {n:,} texts, {_time(expected.training)}")
    return (
        f"{'; '.join(steps)}; in all {_time(expected.total)}, as tried on {estimate.SAMPLE} reviews just now"
    )


def _time(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} min" if minutes < 90 else f"about {minutes / 60:.1f} h"

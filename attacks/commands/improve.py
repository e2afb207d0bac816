"""`improve`: teach a trained model by verdicts, new reviews or attacks, and compare it with itself before."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from attacks.improvement import gathering, improve
from attacks.improvement.gathering import Gathered
from sentiment_core import data, models, terminal
from sentiment_core.commands.data import add_column_arguments, reading_from
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.commands.train import add_set_argument, parsed, split_setting
from sentiment_core.errors import RunError
from sentiment_core.evaluation.comparison import chance_in_words, p_in_words
from sentiment_core.jobs import works_on
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import ModelCard
from sentiment_core.training import lessons, train
from sentiment_core.training.lessons import REPLAY

NAME = "improve"
HELP = "Train a model further on verdicts, new reviews or attacks; linear models are fitted again."
EXAMPLES = """
python -m attacks improve --model tfidf --from verdicts --alias tfidf-2
python -m attacks improve --model tfidf --from new-reviews.csv --label-column sentiment
python -m attacks improve --model reference --from verdicts RUN --replay 0.9
python -m attacks improve --resume RUN
python -m attacks improve --list
"""
VERDICTS = "verdicts"
KEPT_START = (
    "no better than before on the validation reviews at any checkpoint: the weights of before were kept; "
    "--set start_competes=false keeps the best checkpoint all the same"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, where its lessons come from, and how it learns."""
    parser.add_argument("--model", metavar="NAME", help="the model that learns; it stays as it is")
    parser.add_argument(
        "--from",
        dest="sources",
        nargs="+",
        default=[],
        metavar="SOURCE",
        help="`verdicts` (people's, on labels), a file or data set of labeled reviews, or finished attacks "
        "on training reviews, of which the valid texts are used",
    )
    parser.add_argument(
        "--data", metavar="NAME", help="whose verdicts count (those on the model's own training data)"
    )
    parser.add_argument(
        "--with-test",
        action="store_true",
        help="also verdicts on test reviews; the gate then leaves these reviews out",
    )
    parser.add_argument(
        "--replay",
        type=float,
        default=REPLAY,
        metavar="SHARE",
        help=f"share of replayed training reviews where a model is trained further ({REPLAY:g})",
    )
    parser.add_argument("--alias", default="", metavar="NAME", help="a short name for the improved model")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the replayed reviews (0)")
    parser.add_argument("--resume", nargs="?", const="", metavar="RUN", help="resume this improvement")
    parser.add_argument("--list", action="store_true", help="list the finished improvements and exit")
    add_column_arguments(parser)
    add_set_argument(parser, "a training setting that differs from the model's")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Improve, and return the figures before and after."""
    if args.list:
        finished = [found.run_id for found in improve.list_improvements()]
        return {"improvements": finished, "damaged": as_records(improve.damaged_improvements())}
    run_id = works_on.to_resume(args.resume) or _started(args)
    works_on.announce(run_id)
    print(f"run {run_id}", file=sys.stderr, flush=True)
    improve.resume(run_id, progress=job_progress())
    return described(run_id)


def show(result: dict[str, Any]) -> str:
    """Return what was learned, the figures before and after, and the gate's command."""
    if "improvements" in result:
        return (
            "\n".join([*result["improvements"], *damaged_lines(result["damaged"])])
            or "no improved models yet"
        )
    return "\n".join(
        [
            "{after}, {how} {before}".format(
                how="with the weights of" if result["kept_start"] else "improved from", **result["names"]
            ),
            *(f"  {line}" for line in result["sentences"]),
            f"kept as {result['run_id']}",
            f"  next: {result['gate']}",
        ]
    )


def described(run_id: str) -> dict[str, Any]:
    """Return what a finished improvement did, in figures and in sentences."""
    found = improve.open_improvement(run_id)
    manifest = found.manifest or {}
    before, after = manifest["models"]["before"], manifest["models"]["after"]
    names = {card.model_id: card.short_name for card in models.list_models()}
    gate = terminal.command(
        "attacks",
        "gate",
        "--measure",
        model=names.get(after, after),
        baseline=names.get(before, before),
        data=_data_argument(found.spec["data"]),
    )
    return {
        "run_id": run_id,
        "before": before,
        "after": after,
        "names": {"before": names.get(before, before), "after": names.get(after, after)},
        "improvement": manifest["improvement"],
        "sources": found.spec["sources"],
        "comparison": manifest["comparison"],
        "n": manifest["n"],
        "labels_corrected": manifest["labels_corrected"],
        "kept_start": bool(manifest.get("kept_start")),
        "sentences": _sentences(found.spec, manifest),
        "gate": gate,
    }


def _sentences(spec: dict[str, Any], manifest: dict[str, Any]) -> list[str]:
    lines = [lessons.sentence(manifest["improvement"])]
    of_test = sum(int(source.get("of_test", 0)) for source in spec["sources"])
    if of_test:
        lines.append(
            f"{of_test:,} verdicts are on test reviews, as asked: the gate leaves these reviews out of what "
            "it compares"
        )
    lines.append(_accuracy(manifest))
    if manifest.get("kept_start"):
        lines.append(KEPT_START)
    if manifest["labels_corrected"]:
        lines.append(
            f"{manifest['labels_corrected']:,} validation reviews count as people judged them, and were not "
            "trained on"
        )
    if manifest.get("was_calibrated"):
        lines.append("the calibration of the model before is not that of this one: calibrate it again")
    return lines


def _accuracy(manifest: dict[str, Any]) -> str:
    compared = manifest["comparison"]
    found = compared["metrics"]["accuracy"]
    points = found["difference"]
    value, low, high = (100 * points[part] for part in ("value", "ci_low", "ci_high"))
    chance, p = chance_in_words(compared["mcnemar_p"]), p_in_words(compared["mcnemar_p"])
    return (
        f"validation accuracy {100 * found['a']:.1f} % before, {100 * found['b']:.1f} % after: {value:+.1f} "
        f"points [{low:+.1f}, {high:+.1f}], n = {manifest['n']:,}; {chance} (McNemar {p})"
    )


def _started(args: argparse.Namespace) -> str:
    if not args.model or not args.sources:
        raise RunError("improve needs --model and --from verdicts, a file or attack runs; or --resume RUN")
    card = models.resolve(args.model)
    given = dict(split_setting(pair) for pair in args.set)
    defaults = train.family_named(card.family).default_params
    return improve.start(
        card.model_id,
        _gathered(args, card),
        replay=args.replay,
        seed=args.seed,
        settings={name: parsed(name, text, defaults) for name, text in given.items()},
        alias=args.alias,
    )


def _gathered(args: argparse.Namespace, card: ModelCard) -> list[Gathered]:
    sources = list(dict.fromkeys(args.sources))
    parts = [_of_verdicts(args, card)] if VERDICTS in sources else []
    batches, reviews = improve.lessons_named([name for name in sources if name != VERDICTS])
    parts += [gathering.of_attack(run_id) for run_id in batches]
    return parts + [_of_reviews(args, name) for name in reviews]


def _of_verdicts(args: argparse.Namespace, card: ModelCard) -> Gathered:
    dataset = data.load(args.data) if args.data else improve.data_of(card)
    return gathering.of_verdicts(dataset, held_out_too=args.with_test)


def _of_reviews(args: argparse.Namespace, name: str) -> Gathered:
    dataset = data.load(name, skip_bad=args.skip_bad, reading=reading_from(args))
    data.store(dataset)
    return gathering.of_reviews(dataset)


def _data_argument(record: dict[str, Any]) -> str:
    """Return the value for --data: a name that all installations know, else the fingerprint."""
    return str(record["name"] if record["name"] in data.DATASETS else record["fingerprint"])

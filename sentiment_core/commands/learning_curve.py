"""`learning-curve`: accuracy by the number of training reviews."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core.classifiers import FAMILIES
from sentiment_core.commands import train
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_evaluation_arguments
from sentiment_core.errors import DataError, ModelError
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.training import learning_curves
from sentiment_core.training import train as training
from sentiment_core.training.learning_curves import CurveRequest, LearningCurve
from sentiment_core.training.presets import PRESETS, Preset, preset_named
from sentiment_core.training.rows import with_training_rows
from sentiment_core.training.seeds import parsed_seeds

NAME = "learning-curve"
HELP = "Train on 50 to 20,000 reviews and show how accuracy grows; a killed run can be resumed."
EXAMPLES = """
python -m sentiment_core learning-curve --data imdb-embedded --families tfidf,nbsvm --sizes 50,200,1000,5000,20000
python -m sentiment_core learning-curve --families tfidf,nbsvm,transformer --preset quick --sizes 50,200,1000 --seeds 1,2,3 --evaluate-on 1000
python -m sentiment_core learning-curve --data imdb-embedded --families nbsvm,transformer --base distilbert-minilm --set epochs=3 --sizes 50,200,1000
"""  # noqa: E501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add data, families, sizes, seeds and what to measure on."""
    add_data_arguments(parser, required=False)
    parser.add_argument(
        "--families", metavar="A,B", default="tfidf,nbsvm", help=f"of: {', '.join(FAMILIES)} (tfidf,nbsvm)"
    )
    sizes = ",".join(map(str, learning_curves.SIZES))
    parser.add_argument(
        "--sizes", metavar="N,N", default=sizes, help=f"numbers of training reviews ({sizes})"
    )
    parser.add_argument(
        "--seeds",
        metavar="1,2,3",
        default="0",
        help="each draws its own reviews, and trains with that seed (0)",
    )
    parser.add_argument(
        "--evaluate-on", type=int, metavar="N", help="measure on N reviews of the split only (stratified)"
    )
    parser.add_argument(
        "--preset",
        metavar="PRESET",
        help=f"settings of its family, one of: {', '.join(PRESETS)}; --base and --set change single ones",
    )
    parser.add_argument("--base", dest="set_base", metavar="BASE", help="the same as --set base=BASE")
    train.add_set_argument(parser, "a setting for the families that have it")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="resume this run or, without RUN, the newest unfinished one of the same request",
    )
    add_evaluation_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure the points, and return them."""
    curve = learning_curves.resume(
        args.resume or _started(args), workers=args.workers, progress=job_progress()
    )
    return _result(curve)


def show(result: dict[str, Any]) -> str:
    """Return one line per point."""
    data = result["data"]
    head = f"accuracy on {data['name']} {result['split']} by number of training reviews ({result['run_id']})"
    return "\n".join([head, *map(_line, result["points"])])


def settings_by_family(
    families: list[str], pairs: list[str], preset: Preset | None = None
) -> dict[str, dict[str, Any]]:
    """Return the settings of each family, the pairs over the preset's; ModelError for one that none has."""
    texts = dict(train.split_setting(pair) for pair in pairs)
    known = {family: training.family_named(family).default_params for family in families}
    for name in texts:
        if not any(name in defaults for defaults in known.values()):
            raise ModelError(f"none of {', '.join(families)} has a setting '{name}'")
    if preset and preset.family not in families:
        raise ModelError(
            f"preset '{preset.name}' is of family {preset.family}, which is not among {', '.join(families)}"
        )
    given = {family: dict(preset.params) if preset and preset.family == family else {} for family in families}
    return {
        family: given[family]
        | {name: train.parsed(name, text, defaults) for name, text in texts.items() if name in defaults}
        for family, defaults in known.items()
    }


def _started(args: argparse.Namespace) -> str:
    """Return the id of a new run, or of the unfinished one to resume."""
    preset = preset_named(args.preset) if args.preset else None
    name = args.data or (preset and preset.data)
    if not name:
        raise DataError("learning-curve needs --data, --preset, or --resume RUN")
    families = list(dict.fromkeys(name.strip() for name in args.families.split(",")))
    pairs = args.set + ([f"base={args.set_base}"] if args.set_base else [])
    params = settings_by_family(families, pairs, preset)
    loaded = dataset_from(argparse.Namespace(**vars(args) | {"data": name}))
    request = CurveRequest(
        dataset=with_training_rows(loaded, args.seed),
        families=families,
        sizes=_sizes(args.sizes),
        seeds=parsed_seeds(args.seeds),
        split=args.split,
        params=params,
        evaluate_on=args.evaluate_on,
    )
    again = learning_curves.unfinished_like(request) if args.resume is not None else None
    return again or learning_curves.start(request)


def _sizes(text: str) -> list[int]:
    try:
        return [int(part.replace("_", "")) for part in text.split(",")]
    except ValueError:
        raise DataError(
            f"sizes are '{text}'; give whole numbers with commas, for example 50,200,1000"
        ) from None


def _result(curve: LearningCurve) -> dict[str, Any]:
    facts = {key: curve.spec[key] for key in ("data", "families", "sizes", "seeds", "split", "params")}
    return {"run_id": curve.run_id, **facts, "points": curve.frame.to_dict("records")}


def _line(point: dict[str, Any]) -> str:
    value, low, high = (100 * point[key] for key in ("accuracy", "ci_low", "ci_high"))
    return (
        f"  {point['family']:<12}{point['n_train']:>8,}  seed {point['seed']:<4} {value:5.1f} % "
        f"[{low:.1f}, {high:.1f}]  n = {point['n']:,}  trained in {point['seconds']:,.1f} s"
    )

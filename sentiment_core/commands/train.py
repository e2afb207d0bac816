"""`train`: a model family fitted to a data set, and the model put on the shelf."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentiment_core import promotions, terminal
from sentiment_core.classifiers import FAMILIES
from sentiment_core.commands.data import (
    COLUMN_OPTIONS,
    add_data_arguments,
    dataset_from,
    read_facts,
    read_lines,
)
from sentiment_core.commands.figures import spread_line
from sentiment_core.errors import DataError, ModelError
from sentiment_core.jobs.jobs import job_progress, show_scratch
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import edited_reviews, paired_texts, seeds, train
from sentiment_core.training.edited_reviews import Adversarial
from sentiment_core.training.paired_texts import PairedTexts
from sentiment_core.training.presets import PRESETS, preset_named
from sentiment_core.training.rows import with_train_size, with_training_rows

NAME = "train"
HELP = "Train a model on labeled reviews; it is kept under an id and, if you like, an alias."
EXAMPLES = """
python -m sentiment_core train --data imdb-embedded --family tfidf --alias tfidf
python -m sentiment_core train --data reviews.csv --family nbsvm --set max_n=2 --set C=10
python -m sentiment_core train --data imdb-embedded --family transformer --base distilbert-minilm --train-size 1600 --epochs 2
python -m sentiment_core train --data stars.csv --label-column stars --negative 1,2 --positive 4,5 --family tfidf
python -m sentiment_core train --preset distilbert-imdb --alias distilbert --resume
python -m sentiment_core train --data imdb-embedded --family tfidf --alias hardened --adversarial RUN RUN
python -m sentiment_core train --data imdb-embedded --family nbsvm --alias nbsvm-pairs --paired pairs.tsv --paired-share 0.5
"""  # noqa: E501

#: Flag -> the setting it stands for; each is the same as --set SETTING=VALUE.
SETTING_FLAGS = {
    "--base": "base",
    "--epochs": "epochs",
    "--learning-rate": "learning_rate",
    "--max-length": "max_length",
    "--truncation": "truncation",
    "--batch-size": "batch_size",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add data, family and settings."""
    add_data_arguments(parser, required=False)
    parser.add_argument(
        "--preset",
        metavar="PRESET",
        help=f"data, family and settings by one name, one of: {', '.join(PRESETS)}; flags change single ones",
    )
    parser.set_defaults(seed=None)  # not given: the sample uses 0, the family its own default
    parser.add_argument(
        "--train-size", type=int, metavar="N", help="train on N reviews only (stratified, seeded)"
    )
    parser.add_argument("--family", metavar="FAMILY", help=f"one of: {', '.join(FAMILIES)}")
    parser.add_argument("--alias", metavar="NAME", help="a short name for the model")
    parser.add_argument(
        "--seeds", metavar="1,2,3", help="one model per seed, all else equal; with --alias A: A-1, A-2, A-3"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume the same training from its last checkpoint, if it was interrupted",
    )
    _add_adversarial(parser)
    _add_paired(parser)
    add_set_argument(parser, "any setting of the family")
    for flag, setting in SETTING_FLAGS.items():
        parser.add_argument(
            flag, dest=f"set_{setting}", metavar="VALUE", help=f"the same as --set {setting}=VALUE"
        )


def _add_adversarial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--adversarial",
        nargs="+",
        default=[],
        metavar="RUN",
        help="also train on the edited reviews of these runs: attacks on training reviews, or `augment`'s",
    )
    parser.add_argument(
        "--adversarial-repeat",
        type=int,
        default=1,
        metavar="N",
        help="how often each edited review is trained on: its weight (1)",
    )
    parser.add_argument(
        "--adversarial-failed",
        action="store_true",
        help="also the best tries of attacks that failed",
    )


def _add_paired(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--paired",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="also train on originals and their edits, in one file or row by row in two; a pair near a "
        "review that is held out is left out",
    )
    parser.add_argument(
        "--paired-share",
        type=float,
        metavar="SHARE",
        help="train on a seeded share of the pairs; `evaluate` and `compare` measure on the others with the "
        "same flag (all)",
    )
    parser.add_argument(
        "--paired-repeat", type=int, default=1, metavar="N", help="how often each text is trained on (1)"
    )


def add_set_argument(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --set SETTING=VALUE, which can be given again and again."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="SETTING=VALUE", help=f"{what} (repeat)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train, and return what the manifest says."""
    args = _with_preset(args)
    promotions.check_name(args.alias or "")
    params = settings_from(args)  # a misspelled setting is reported before minutes go into reading the data
    edited, pairs = _adversarial(args), _paired(args)
    loaded = dataset_from(argparse.Namespace(**vars(args) | {"seed": args.seed or 0}))
    divided = with_training_rows(loaded, args.seed or 0)
    cards = _trained(_sampled(divided, args), params, args, edited, pairs)
    if not train.is_first_process():
        sys.exit(0)  # the first process prints the one result
    held_out = None if divided is loaded else divided.fingerprint
    result = _seeds_result(cards) if args.seeds else _result(cards[0])
    return result | {"evaluate_on": held_out or args.data, "held_out": held_out} | read_facts(divided)


def _trained(
    dataset: Dataset,
    params: dict[str, Any],
    args: argparse.Namespace,
    edited: Adversarial | None,
    pairs: PairedTexts | None,
) -> list[ModelCard]:
    """Return the model or, with --seeds, one per seed."""
    how: dict[str, Any] = {
        "alias": args.alias,
        "resume": args.resume,
        "progress": job_progress(),
        "adversarial": edited,
        "paired": pairs,
        "asked": _asked(args),
    }
    if args.seeds:
        return seeds.train_seeds(
            args.family, dataset, params, seeds.parsed_seeds(args.seeds), announce=show_scratch, **how
        )
    return [train.train(args.family, dataset, params, announce=show_scratch, **how)]


def _asked(args: argparse.Namespace) -> dict[str, Any]:
    """Return how the data set was asked for, so that the same reviews can be had again."""
    names = ("data", *COLUMN_OPTIONS, "limit", "seed", "skip_bad", "train_size")
    return {name: value for name in names if (value := getattr(args, name)) not in (None, False)}


def _adversarial(args: argparse.Namespace) -> Adversarial | None:
    if not args.adversarial:
        return None
    return edited_reviews.read(
        args.adversarial, repeats=args.adversarial_repeat, failed=args.adversarial_failed
    )


def _paired(args: argparse.Namespace) -> PairedTexts | None:
    if not args.paired:
        if args.paired_share is not None or args.paired_repeat != 1:
            raise DataError("--paired-share and --paired-repeat are about pairs; give --paired FILE too")
        return None
    return paired_texts.read(
        args.paired, share=args.paired_share, seed=args.seed or 0, repeats=args.paired_repeat
    )


def show(result: dict[str, Any]) -> str:
    """Return what was made, how good it is on validation, and what to do next."""
    if "models" in result:
        return _show_seeds(result)
    name = result["alias"] or result["model_id"]
    figures = ", ".join(f"{metric} {_number(value)}" for metric, value in result["validation"].items())
    data = result["data"]
    lines = [
        f"{result['model_id']}" + (f"  (alias {result['alias']})" if result["alias"] else ""),
        f"  trained on {data['n_train']:,} reviews of {data['name']} in {result['seconds']:,.0f} s",
        f"  validation, n = {data['n_validation']:,}: {figures}",
    ]
    if result.get("adversarial"):
        lines.insert(2, "  " + edited_reviews.sentence(result["adversarial"]))
    if result.get("paired"):
        lines.insert(2, "  " + paired_texts.sentence(result["paired"]))
    lines += [f"  {result['head']}"] if result.get("head") else []
    lines += [f"  {line}" for line in read_lines(result)]
    if result["held_out"]:
        lines.append("  the data had no training split: it was split 80/10/10, and its test part held out")
    following = terminal.command("sentiment_core", "evaluate", model=name, data=result["evaluate_on"])
    lines.append(f"  next: {following}")
    return "\n".join(lines)


def settings_from(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings given by --set, by their own flags and by --seed, each of its setting's type."""
    defaults = train.family_named(args.family).default_params
    texts = [split_setting(pair) for pair in args.set]
    texts += [(name, getattr(args, f"set_{name}")) for name in SETTING_FLAGS.values()]
    given = dict(args.preset_params)
    given |= {name: parsed(name, text, defaults) for name, text in texts if text is not None}
    if args.seed is not None and "seed" in defaults:
        given.setdefault("seed", args.seed)
    train.params_in_force(args.family, given)
    return given


def _with_preset(args: argparse.Namespace) -> argparse.Namespace:
    """Return the arguments with what the preset says wherever no flag was given."""
    preset = preset_named(args.preset) if args.preset else None
    filled = argparse.Namespace(**vars(args), preset_params=preset.params if preset else {})
    filled.data = args.data or (preset and preset.data)
    filled.family = args.family or (preset and preset.family)
    filled.limit = args.limit or (preset and preset.limit)
    if not filled.data or not filled.family:
        raise ModelError(
            f"train needs --data and --family, or --preset; presets: {', '.join(PRESETS)}; "
            f"families: {', '.join(FAMILIES)}"
        )
    if preset and filled.family != preset.family:
        raise ModelError(f"preset '{preset.name}' is of family {preset.family}; leave --family out")
    return filled


def parsed(name: str, text: str, defaults: Mapping[str, Any]) -> Any:
    """Return a setting's value, read by the type of its default; an unknown setting stays text."""
    default = defaults.get(name, "")
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        return type(default)(text)
    except (ValueError, KeyError):
        kind = "true or false" if isinstance(default, bool) else type(default).__name__
        raise ModelError(
            f"setting '{name}' cannot be '{text}'; it takes {kind}, for example {default!r}"
        ) from None


def split_setting(pair: str) -> tuple[str, str]:
    """Return (setting, value) of "setting=value"; dashes in the name count as underscores."""
    name, equals, text = pair.partition("=")
    if not equals:
        raise ModelError(f"--set '{pair}' has no '='; write --set SETTING=VALUE, for example --set C=10")
    return name.strip().replace("-", "_"), text.strip()


def _sampled(dataset: Dataset, args: argparse.Namespace) -> Dataset:
    return dataset if args.train_size is None else with_train_size(dataset, args.train_size, args.seed or 0)


def _result(card: ModelCard) -> dict[str, Any]:
    kept = ("title", "data", "params", "validation", "seconds", "size_bytes", "device", "created")
    return {
        "model_id": card.model_id,
        "alias": card.alias,
        "family": card.family,
        **{key: card.manifest[key] for key in kept},
        **{key: found for key in ("adversarial", "paired") if (found := card.manifest.get(key))},
        **({"head": head} if (head := card.manifest.get("details", {}).get("head")) else {}),
    }


def _seeds_result(cards: list[ModelCard]) -> dict[str, Any]:
    """Return every model and the spread of each validation figure over the seeds."""
    figures = {
        metric: seeds.spread([card.manifest["validation"][metric] for card in cards])
        for metric, value in cards[0].manifest["validation"].items()
        if value is not None
    }
    return {"models": [_result(card) for card in cards], "validation": figures}


def _show_seeds(result: dict[str, Any]) -> str:
    made = result["models"]
    by_seed = {str(model["params"]["seed"]): model["validation"]["accuracy"] for model in made}
    names = ",".join(model["alias"] or model["model_id"] for model in made)
    following = terminal.command(
        "sentiment_core", "compare-seeds", names, "OTHERS", data=result["evaluate_on"]
    )
    return "\n".join(
        [
            *(
                f"{model['model_id']}" + (f"  (alias {model['alias']})" if model["alias"] else "")
                for model in made
            ),
            f"  validation accuracy: {spread_line(result['validation']['accuracy'], by_seed)}",
            *(f"  {line}" for line in read_lines(result)),
            f"  next: {following}",
        ]
    )


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"

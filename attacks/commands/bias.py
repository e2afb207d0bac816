"""`bias`: which groups a model treats differently, where it is weak, and whether abuse drives its score."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import pandas as pd

from attacks.bias import readings, runs
from attacks.bias.counterfactuals import REVIEWS, TOO_FEW
from attacks.bias.findings import attributes_named
from attacks.bias.runs import ESTIMATES, BiasRun
from attacks.identities import ATTRIBUTES
from attacks.schema import SliceError
from attacks.slices.memberships import MEMBERSHIPS
from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_cluster, add_evaluation_arguments
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Estimate

NAME = "bias"
HELP = "Report which groups a model treats differently: rewritten texts, slices of reviews, abuse."
EXAMPLES = """
python -m attacks bias --model tfidf --data imdb-embedded
python -m attacks bias --model tfidf --data imdb-embedded --reviews 50 --attribute gender-words religion
python -m attacks bias --model tfidf --data imdb-embedded --json
python -m attacks bias --list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the attributes and the real reviews."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="NAME", help="a model's id or alias")
    what.add_argument("--list", action="store_true", help="list the attributes and exit")
    parser.add_argument(
        "--attribute", nargs="+", metavar="NAME", help="which identity attributes to rewrite (all)"
    )
    parser.add_argument(
        "--reviews", type=int, default=200, metavar="N", help="real reviews to rewrite per attribute (200)"
    )
    add_data_arguments(parser, required=False)
    add_evaluation_arguments(parser)
    add_cluster(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make a bias report and return every table except the texts."""
    if args.list:
        facts = ("name", "title", "description", "note", "groups")
        return {"attributes": [{name: getattr(item, name) for name in facts} for item in ATTRIBUTES.values()]}
    models.resolve(args.model)  # a misspelled name is reported before the reviews are read
    attributes_named(args.attribute)
    if args.reviews < 1:
        raise SliceError(f"--reviews is {args.reviews}; give 1 or more")
    if args.data is None:
        raise SliceError("no data is given; give --data NAME_OR_PATH")
    run_id = runs.run_bias(
        args.model,
        dataset_from(args),
        args.split,
        attributes=args.attribute,
        reviews=args.reviews,
        seed=args.seed,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    return _result(runs.open_bias(run_id))


def _result(run: BiasRun) -> dict[str, Any]:
    facts = ("model_id", "model_alias", "data", "evaluation", "reviews", "seed", "n_texts", "seconds")
    found = ("largest_change", "verdicts", "gaps", "weak_confirmed")
    titles = {name: item.title for name, item in MEMBERSHIPS.items()}
    spoken = {
        "report": [readings.of_change(row) for row in _rows(run.report)],
        "fairness": [
            readings.of_gap(row, titles.get(row["slice"], row["slice"])) for row in _rows(run.fairness)
        ],
        "weak": [readings.of_weak(row) for row in _rows(run.weak)],
        "toxicity": [readings.of_toxicity(row) for row in _rows(run.toxicity)],
    }
    tables = {name: _rows(getattr(run, name)) for name in ESTIMATES}
    return {
        "run_id": run.run_id,
        **{key: run.manifest[key] for key in (*facts, *found)},
        **tables,
        "readings": spoken,
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = table.to_dict(orient="records")
    return records


_SHOWN_REASONS = 3
#: After Czarnowska et al. 2021; see `counterfactuals.generalised`.
_DISTANCES = {"PCM": "pairwise", "BCM": "background", "MCM": "multi-group"}


def show(result: dict[str, Any]) -> str:
    """Return the attributes of --list, or every section of a finished report."""
    if "attributes" in result:
        return "\n".join(
            f"{item['name']:<18}{', '.join(item['groups'])}\n{'':<18}{item['description']}"
            for item in result["attributes"]
        )
    spoken = result["readings"]
    name, data = result["model_alias"] or result["model_id"], result["data"]
    return "\n".join(
        [
            f"{name} on {data['name']} {data['split']}, {data['n']:,} reviews; {result['n_texts']:,} "
            f"rewritten texts, {result['seconds']:.0f} s",
            *_changes(result),
            *_section(_gaps_title(result), _gaps(result), readings.LIMITS["fairness"]),
            *_section("Weakest slices that a search found", spoken["weak"], readings.LIMITS["weak"]),
            *_section("Does abuse drive the score?", spoken["toxicity"], readings.LIMITS["toxicity"]),
            "",
            f"kept as {result['run_id']}",
        ]
    )


def _section(title: str, lines: list[str], limits: str) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines or ["none"]), f"  ({limits})"]


def _changes(result: dict[str, Any]) -> Iterable[str]:
    yield from ("", "Groups treated differently: probability of positive against the mean of all groups")
    for attribute in dict.fromkeys(row["attribute"] for row in result["report"]):
        rows = [row for row in result["report"] if row["attribute"] == attribute]
        yield f"{ATTRIBUTES[attribute].title if attribute in ATTRIBUTES else attribute}"
        yield f"  {'group':<16}{'texts':<11}{'n':>4}  {'change, points':<22}{'class flips, %':<20}verdict"
        yield from map(_change, rows)
        for source in dict.fromkeys(row["source"] for row in rows):
            yield f"  {_distances(result, attribute, source)}"
        yield f"  {_left_out(result, attribute)}"
    yield "  * the direction depends on the template: do not rely on it"
    yield "  ~ most texts move this way, but a few dominate: the interval of the mean contains 0"
    yield f"  ({readings.LIMITS['report']})"


def _change(row: dict[str, Any]) -> str:
    where = "reviews" if row["source"] == REVIEWS else "sentences"
    change, flips = _hundredths(row["change"], "+.1f"), _hundredths(row["flips"], ".1f")
    star = " *" if row["unreliable"] else ""
    if readings.rests_on_few(row | {"change": Estimate.from_json(row["change"])}):
        star += " ~"
    tested = "" if row["verdict"] == TOO_FEW else f" ({p_in_words(row['p_adjusted'])})"
    facts = f"  {row['group']:<16}{where:<11}{row['n']:>4}  {change:<22}{flips:<20}"
    return f"{facts}{row['verdict']}{tested}{star}"


def _hundredths(record: dict[str, Any], form: str) -> str:
    figure = Estimate.from_json(record)
    if not figure.defined:
        return "-"
    return f"{100 * figure.value:{form}} [{100 * figure.ci_low:{form}}, {100 * figure.ci_high:{form}}]"


def _distances(result: dict[str, Any], attribute: str, source: str) -> str:
    rows = [row for row in result["generalised"] if (row["attribute"], row["source"]) == (attribute, source)]
    told = ", ".join(
        f"{_DISTANCES[row['metric']]} {_hundredths(row['value'], '.1f')}"
        for row in rows
        if row["metric"] in _DISTANCES
    )
    return f"distances regardless of sign,{'reviews' if source == REVIEWS else 'sentences'}: {told}"


def _left_out(result: dict[str, Any], attribute: str) -> str:
    rows = [row for row in result["left_out"] if row["attribute"] == attribute]
    if not rows:
        return "no review was left out"
    told = "; ".join(f"{row['reason']} ({row['n']:,})" for row in rows[:_SHOWN_REASONS])
    more = "; ..." if len(rows) > _SHOWN_REASONS else ""
    return f"left out: {sum(row['n'] for row in rows):,} reviews: {told}{more}"


def _gaps_title(result: dict[str, Any]) -> str:
    rows = result["fairness"]
    few = {row["slice"] for row in rows if row["verdict"] == TOO_FEW and row["metric"] == "accuracy"}
    tested = [row for row in rows if row["verdict"] != TOO_FEW]
    differ = [row for row in tested if row["verdict"] in ("higher", "lower")]
    return (
        f"Slices of the reviews as they are: {len(differ)} of {len(tested)} gaps are unlikely to be chance "
        f"({len(few)} slices have too few reviews)"
    )


def _gaps(result: dict[str, Any]) -> list[str]:
    """Return one line per gap; the predicted-positive rate, which depends on the reviews too, comes last."""
    pairs = zip(result["fairness"], result["readings"]["fairness"], strict=True)
    differ = [(row, line) for row, line in pairs if row["verdict"] in ("higher", "lower")]
    called = [
        f"{row['slice']} {_hundredths(row['difference'], '+.1f')}"
        for row, _ in differ
        if row["metric"] == "predicted_positive"
    ]
    lines = [line for row, line in differ if row["metric"] != "predicted_positive"]
    return lines + ([f"Called positive more or less often, points: {'; '.join(called)}"] if called else [])

"""A look at bias as lines for a person: a table of changes, then what differs, each with n and interval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attacks.bias import readings
from attacks.bias.counterfactuals import REVIEWS, TOO_FEW
from attacks.identities import ATTRIBUTES
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.schema import Estimate

_SHOWN_REASONS = 3
#: After Czarnowska et al. 2021; see `counterfactuals.generalised`.
_DISTANCES = {"PCM": "pairwise", "BCM": "background", "MCM": "multi-group"}


def show(result: dict[str, Any]) -> str:
    """Return the attributes of --list, or every section of a finished look."""
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
    yield from ("", "Whom it treats differently: the probability of positive against the mean of all groups")
    for attribute in dict.fromkeys(row["attribute"] for row in result["report"]):
        rows = [row for row in result["report"] if row["attribute"] == attribute]
        yield f"{ATTRIBUTES[attribute].title if attribute in ATTRIBUTES else attribute}"
        yield f"  {'group':<16}{'texts':<11}{'n':>4}  {'change, points':<22}{'class flips, %':<20}verdict"
        yield from map(_change, rows)
        for source in dict.fromkeys(row["source"] for row in rows):
            yield f"  {_distances(result, attribute, source)}"
        yield f"  {_left_out(result, attribute)}"
    yield "  * the direction depends on the template: do not rely on it"
    yield "  ~ most texts move so, but a few weigh much: the interval of the mean holds 0"
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
    return f"distances whatever their sign, {'reviews' if source == REVIEWS else 'sentences'}: {told}"


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
        f"Slices of the reviews as they are: {len(differ)} of {len(tested)} gaps are more than chance "
        f"({len(few)} slices have too few reviews)"
    )


def _gaps(result: dict[str, Any]) -> list[str]:
    """Return a line a gap; the predicted-positive rate, which the reviews move too, in one at the end."""
    pairs = zip(result["fairness"], result["readings"]["fairness"], strict=True)
    differ = [(row, line) for row, line in pairs if row["verdict"] in ("higher", "lower")]
    called = [
        f"{row['slice']} {_hundredths(row['difference'], '+.1f')}"
        for row, _ in differ
        if row["metric"] == "predicted_positive"
    ]
    lines = [line for row, line in differ if row["metric"] != "predicted_positive"]
    return lines + ([f"Called positive more or less often, points: {'; '.join(called)}"] if called else [])

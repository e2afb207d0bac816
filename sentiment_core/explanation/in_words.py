"""What the command `explain` prints for a person."""

from __future__ import annotations

from typing import Any

from sentiment_core.explanation.audit import FIGURES
from sentiment_core.explanation.base import Attribution
from sentiment_core.schema import Estimate

MOST_PRINTED = 15


def one_text(result: dict[str, Any]) -> str:
    """Return the strongest words of one explanation."""
    found = Attribution.from_json(result)
    strongest = sorted(result["attributions"], key=lambda row: -abs(row["score"]))[:MOST_PRINTED]
    lines = [
        f"log-odds of positive {found.value:+.3f}, from {found.base_value:+.3f} ({found.baseline}); "
        f"scores are {found.delta:+.2g} from adding up",
        *(f"  {row['score']:+8.3f}  {row['token']}  [{row['start']}, {row['end']})" for row in strongest),
    ]
    left = len(result["attributions"]) - len(strongest)
    lines += [f"  and {left:,} weaker words; --json gives them all"] if left else []
    return "\n".join(lines + (["the model does not read the whole text"] if found.truncated else []))


def many_text(result: dict[str, Any]) -> str:
    """Return one line about many explanations."""
    return (
        f"{result['n']:,} texts explained by {result['method']} in {result['seconds']:,.1f} s, written to "
        f"{result['out']} ({result['n_truncated']:,} longer than the model reads; the largest delta is "
        f"{result['largest_delta']:.2g})"
    )


def audit_text(result: dict[str, Any]) -> str:
    """Return every figure of an audit with its n and interval."""
    lines = [f"{result['run_id']}: {result['n']:,} reviews of {result['words']:.0f} words on average"]
    for name, (title, better) in FIGURES.items():
        lines += ["", f"{title} ({better} is better)"]
        for method in result["methods"]:
            lines.append(f"  {method:<22}{_estimate(result['figures'][method][name])}")
    lines += ["", "agreement: rank correlation of the scores of two methods"]
    lines += [
        f"  {pair['first']:<22}{pair['second']:<22}{_estimate(pair['correlation'])}"
        for pair in result["agreement"]
    ]
    trust = result["trust"]
    lines += [
        "",
        f"most faithful above chance: {trust}" if trust else "no method is above chance on these reviews",
    ]
    return "\n".join(lines)


def _estimate(record: dict[str, Any]) -> str:
    found = Estimate.from_json(record)
    if not found.defined:
        return f"-  ({found.reason})"
    return f"{found.value:7.3f} [{found.ci_low:.3f}, {found.ci_high:.3f}]  n = {found.n:,}"


def words_text(result: dict[str, Any]) -> str:
    """Return the words that drive each class, and the errors."""
    head = f"{result['method']} on {result['n']:,} reviews, {result['n_errors']:,} of them answered wrongly"
    parts = {
        "toward_positive": "toward positive",
        "toward_negative": "toward negative",
        "toward_errors": "toward the wrong answer, in reviews answered wrongly",
    }
    lines = [f"{head}; mean log-odds per review that has the word, with its 95 % interval"]
    for name, title in parts.items():
        lines += ["", title, *map(_word_line, result[name])]
        lines += [] if result[name] else ["  no word's interval lies on one side"]
    return "\n".join(lines)


def _word_line(row: dict[str, Any]) -> str:
    interval = f"[{row['ci_low']:+.3f}, {row['ci_high']:+.3f}]"
    return f"  {row['word']:<18}{row['mean']:+7.3f} {interval}  n = {row['reviews']:,}"

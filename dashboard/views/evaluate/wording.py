"""The Evaluate page's charts in plain sentences. Figures in, words out; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.wording import format_estimate, format_interval, format_points, format_value
from sentiment_core.evaluation.breakdowns import ENOUGH, Gap
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from sentiment_core.abstention.conformal import Sets
    from sentiment_core.abstention.thresholds import Held, Rule

#: A mean gap smaller than this between probability and outcome is called neither over- nor underconfident.
CALIBRATED = 0.005
#: A gap is called unlikely to be chance below this p-value.
CHANCE = 0.05


def alone(name: str, metrics: Mapping[str, Estimate], cells: Mapping[str, float]) -> str:
    """Say how good one model is and which way it errs."""
    accuracy = metrics["accuracy"]
    return (
        f"{name} gets {format_value(accuracy.value)} % {format_interval(accuracy)} of {accuracy.n:,} reviews "
        f"right, with {int(cells['fp']):,} false positives and {int(cells['fn']):,} false negatives."
    )


def operating_point(name: str, threshold: float, metrics: Mapping[str, Estimate]) -> str:
    """Say how many positive reviews a model finds, and how many that it calls positive are."""
    recall, precision = (format_estimate(metrics[metric]) for metric in ("recall", "precision"))
    return (
        f"At {threshold:.3f}, {name} finds {recall} of the positive reviews; of the reviews that it calls "
        f"positive, {precision} are."
    )


def calibration(name: str, frame: pd.DataFrame, ece: Estimate) -> str:
    """Say how far off a model's probabilities are, and in which direction."""
    direction = {1: "it is overconfident", -1: "it is underconfident"}
    which = direction.get(_overconfidence(frame), "too high about as often as too low")
    return f"{name}: its probabilities are off by {format_estimate(ece)} on average (ECE); {which}."


def rescaled(name: str, ece: Estimate, *, fitted_here: bool) -> str:
    """Say how far off the other probabilities of the same weights are."""
    here = " It was fitted to these very reviews, so expect more on others." if fitted_here else ""
    return f"{name}: {format_estimate(ece)}.{here}"


def selective(name: str, everything: Estimate, surest: Estimate, of: str = "reviews") -> str:
    """Say what a model gains where it answers only what it is surest of."""
    if not surest.defined:
        return f"{name}: {surest.reason}."
    return (
        f"{name} gets {format_value(everything.value)} % of all {everything.n:,} {of} right, and "
        f"{format_estimate(surest)} of the 80 % that it is surest of."
    )


def abstaining(name: str, rule: Rule, held: Held, fitted_to: str) -> str:
    """Say when a model answers if its answers are to keep to an error rate, and how that went."""
    wanted = f"at most {100 * rule.error_rate:g} % wrong answers"
    if not rule.defined:
        return f"{name}: no threshold for {wanted}: {rule.reason}."
    sure = f"at least {format_value(rule.threshold)} % sure"
    said = (
        f"{name}: for {wanted}, with {100 * rule.confidence:g} % confidence, it answers where it is {sure} "
        f"(fitted to {rule.n:,} {fitted_to} reviews): {format_estimate(held.coverage)} of these reviews"
    )
    if not held.error_rate.defined:
        return f"{said}."
    return f"{said}, and {format_estimate(held.error_rate)} of those answers are wrong."


def abstaining_under(attack: str, held: Held) -> str:
    """Say what the same rule does to attacked texts."""
    said = f" Under {attack} it answers {format_estimate(held.coverage)} of the texts"
    if not held.error_rate.defined:
        return f"{said}."
    return f"{said}, and {format_estimate(held.error_rate)} of those answers are wrong."


def either(name: str, coverage: float, sets: Sets) -> str:
    """Say what a model's conformal sets are worth."""
    return (
        f"If {name} may say “either”, so that the truth is in its answer {100 * coverage:g} % of the time, "
        f"it names one label for {format_estimate(sets.single)} of these reviews; the truth is in "
        f"{format_estimate(sets.coverage)} of its answers."
    )


def _overconfidence(frame: pd.DataFrame) -> int:
    """Return 1 for an overconfident model, -1 for an underconfident one, 0 where the two balance."""
    filled = frame[frame["n"] > 0]
    side = (filled["mean_prob"] >= 0.5).map({True: 1, False: -1})
    gap = (side * (filled["mean_prob"] - filled["share_positive"]) * filled["n"]).sum() / filled["n"].sum()
    return 0 if abs(gap) < CALIBRATED else 1 if gap > 0 else -1


def sureness(name: str, frame: pd.DataFrame) -> str:
    """Say how many answers a model is almost certain of, and how many of those are wrong."""
    sure_negative, sure_positive = frame[frame["high"] <= 0.051], frame[frame["low"] >= 0.949]
    sure = (
        sure_negative[["negative", "positive"]].sum().sum()
        + sure_positive[["negative", "positive"]].sum().sum()
    )
    wrong = sure_negative["positive"].sum() + sure_positive["negative"].sum()
    total = frame[["negative", "positive"]].sum().sum()
    return (
        f"{name} is more than 95 % sure of {int(sure):,} of {int(total):,} reviews; "
        f"{int(wrong):,} of those answers are wrong."
    )


def by_group(name: str, frame: pd.DataFrame, words: str) -> str:
    """Say in which group a model is best and in which worst, and whether their intervals overlap.

    `words` names a group, as in "reviews of {} words".
    """
    enough = frame[frame["n"] >= ENOUGH].reset_index(drop=True)
    if len(enough) < 2:
        return f"{name}: fewer than two groups have {ENOUGH} reviews, so there is nothing to compare."
    best, worst = (enough.loc[enough["accuracy"].agg(extreme)] for extreme in ("idxmax", "idxmin"))
    said = f"{name} is best on {_group(best, words)} and worst on {_group(worst, words)}"
    apart = best["ci_low"] > worst["ci_high"]
    return f"{said}." if apart else f"{said}, but the two intervals overlap."


def by_language(name: str, gap: Gap) -> str:
    """Say how far a model's best language is above its worst, and whether the gap may be chance."""
    if not gap.difference.defined:
        return f"{name}: {gap.difference.reason}, so there is no gap to report."
    points = format_points(gap.difference.value).lstrip("+")
    said = (
        f"{name} is best in {gap.best} (n = {gap.n_best:,}) and worst in {gap.worst} (n = {gap.n_worst:,}): "
        f"a gap of {points} {format_interval(gap.difference)}"
    ).replace("[-", "[\u2212")
    verdict = "unlikely to be chance" if gap.chance < CHANCE else "which may be chance"
    return f"{said}, {verdict} ({p_in_words(gap.chance)})."


def _group(row: pd.Series, words: str) -> str:
    figure = Estimate(row["accuracy"], row["ci_low"], row["ci_high"], int(row["n"]))
    return f"{words.format(row['group'])} ({format_estimate(figure)})"

"""What the Evaluate page's charts show, in plain sentences. Figures in, words out; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.wording import format_estimate, format_interval, format_points, format_value
from sentiment_core.evaluation.breakdowns import ENOUGH, Gap
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.schema import Estimate

#: Bins nearer than this to "as often right as said" are not called too sure or too modest.
CALIBRATED = 0.005
#: A gap that chance alone makes less often than this is called more than chance.
CHANCE = 0.05


def alone(name: str, metrics: Mapping[str, Estimate], cells: Mapping[str, float]) -> str:
    """Say how good one model is and which way it errs."""
    accuracy = metrics["accuracy"]
    return (
        f"{name} gets {format_value(accuracy.value)} % {format_interval(accuracy)} of {accuracy.n:,} reviews "
        f"right. It errs {int(cells['fp']):,} times towards positive and {int(cells['fn']):,} times towards "
        "negative."
    )


def operating_point(name: str, threshold: float, metrics: Mapping[str, Estimate]) -> str:
    """Say what a model finds and how much of what it calls positive is."""
    recall, precision = (format_estimate(metrics[metric]) for metric in ("recall", "precision"))
    return (
        f"At {threshold:.3f} {name} finds {recall} of the positive reviews; of what it calls positive, "
        f"{precision} is."
    )


def calibration(name: str, frame: pd.DataFrame, ece: Estimate) -> str:
    """Say how far a model's probabilities are off, and which way."""
    direction = {1: "it is surer than it is right", -1: "it is right more often than it says"}
    which = direction.get(_overconfidence(frame), "too high and too low by about as much")
    return f"{name}: a probability is off by {format_estimate(ece)} on average (ECE); {which}."


def _overconfidence(frame: pd.DataFrame) -> int:
    """Return 1 where a model claims more than comes true, -1 where less, 0 where the two are about even."""
    filled = frame[frame["n"] > 0]
    side = (filled["mean_prob"] >= 0.5).map({True: 1, False: -1})
    gap = (side * (filled["mean_prob"] - filled["share_positive"]) * filled["n"]).sum() / filled["n"].sum()
    return 0 if abs(gap) < CALIBRATED else 1 if gap > 0 else -1


def sureness(name: str, frame: pd.DataFrame) -> str:
    """Say how many answers a model is nearly certain of, and how many of those are wrong."""
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
    """Say in which group a model is best and in which worst, where the two intervals are apart.

    `words` names a group, as in "reviews of {} words".
    """
    enough = frame[frame["n"] >= ENOUGH].reset_index(drop=True)
    if len(enough) < 2:
        return f"{name}: fewer than two groups hold {ENOUGH} reviews, so there is nothing to compare."
    best, worst = (enough.loc[enough["accuracy"].agg(extreme)] for extreme in ("idxmax", "idxmin"))
    said = f"{name} is best on {_group(best, words)} and worst on {_group(worst, words)}"
    apart = best["ci_low"] > worst["ci_high"]
    return f"{said}." if apart else f"{said}, but the two intervals overlap."


def by_language(name: str, gap: Gap) -> str:
    """Say how far a model's best language is above its worst, and whether chance alone makes such a gap."""
    if not gap.difference.defined:
        return f"{name}: {gap.difference.reason}, so there is no gap to speak of."
    points = format_points(gap.difference.value).lstrip("+")
    said = (
        f"{name} is best in {gap.best} (n = {gap.n_best:,}) and worst in {gap.worst} (n = {gap.n_worst:,}): "
        f"a gap of {points} {format_interval(gap.difference)}"
    ).replace("[-", "[\u2212")
    verdict = (
        "more than chance" if gap.chance < CHANCE else "not more than chance makes between equal languages"
    )
    return f"{said}, {verdict} ({p_in_words(gap.chance)})."


def _group(row: pd.Series, words: str) -> str:
    figure = Estimate(row["accuracy"], row["ci_low"], row["ci_high"], int(row["n"]))
    return f"{words.format(row['group'])} ({format_estimate(figure)})"

"""What the Robustness page shows, in plain sentences. Figures in, words out; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from attacks.figures.power import detectable
from dashboard.wording import format_estimate, format_interval, format_value
from sentiment_core.schema import Estimate

Figures = Mapping[str, Estimate]


def one_run(model: str, recipe: str, figures: Figures) -> str:
    """State how easily one model is fooled, how much of it is valid, and the difference n could show."""
    success = figures["success_rate"]
    tried = figures["accuracy_under_attack"].n
    if not success.defined:
        return f"{recipe} attacked no review of {model}: {success.reason}."
    said = (
        f"{recipe} fools {model} on {_share(success)} of the {success.n:,} reviews that it got right: "
        f"accuracy falls from {_share(figures['accuracy_before'])} to "
        f"{_share(figures['accuracy_under_attack'])}"
    )
    return f"{said}{_valid(figures)}. {detectable(tried)}"


def _valid(figures: Figures) -> str:
    valid = figures["valid_accuracy_under_attack"]
    if not valid.defined:
        return ", where every change counts"
    return f", and to {_share(valid)} where only valid changes count"


def several_runs(named: Mapping[str, Figures]) -> str:
    """Name the runs that leave the most and the least accuracy."""
    kind = _comparable(named)
    under = {name: figures[kind] for name, figures in named.items() if figures[kind].defined}
    if len(under) < 2:
        return "Fewer than two of the runs have attacked a review, so there is nothing to compare."
    best, worst = (
        max(under, key=lambda name: under[name].value),
        min(under, key=lambda name: under[name].value),
    )
    counting = "counting valid changes only" if kind.startswith("valid") else "counting every change"
    n = min(estimate.n for estimate in under.values())
    return (
        f"Under attack {best} keeps the most accuracy, {_share(under[best])}, and {worst} the least, "
        f"{_share(under[worst])}, {counting}. {detectable(n)}"
    )


def _comparable(named: Mapping[str, Figures]) -> str:
    judged = all(figures["valid_accuracy_under_attack"].defined for figures in named.values())
    return "valid_accuracy_under_attack" if judged else "accuracy_under_attack"


def budget(name: str, curve: pd.DataFrame) -> str:
    """Say how many queries fool half of the reviews, and how many searches were cut short."""
    censored = int(curve["censored"].sum())
    half = curve[curve["success"] >= 0.5]
    reached = (
        f"half of its reviews are fooled within {int(half['queries'].iloc[0]):,} queries"
        if len(half)
        else f"{format_value(curve['success'].iloc[-1])} % of its reviews are fooled, never half"
    )
    cut = (
        f"; {censored:,} searches were stopped by their budget and count as unknown from there"
        if censored
        else ""
    )
    return f"{name}: {reached}{cut} (n = {int(curve['at_risk'].iloc[0]):,})."


def share_changed(name: str, curve: pd.DataFrame) -> str:
    """State the accuracy when one word in twenty may change."""
    rows = curve[curve["share_changed"] <= 0.05]
    row = rows.iloc[-1]
    figure = Estimate(row["accuracy"], row["ci_low"], row["ci_high"], int(row["n"]))
    return f"{name}: with at most 5 % of the words changed, accuracy is {format_estimate(figure)}."


def words(frame: pd.DataFrame, success: Estimate) -> str:
    """State what a word's share compares with, and that it does not prove a cause."""
    return (
        f"Of the reviews in which a word was changed, how many ended up fooled; on average "
        f"{_share(success)} are. A search changes the words that it expects to matter, so a word may only "
        "have been changed along with another."
    )


def outcome_counts(figures: Figures) -> str:
    """Count the outcomes of all reviews: `83 fooled, 8 not, 9 skipped`."""
    parts = {
        "fooled": figures["succeeded"],
        "not fooled": figures["failed"],
        "skipped (already misclassified)": figures["skipped"],
        "ended in an error": figures["errored"],
    }
    said = [f"{int(count.value):,} {what}" for what, count in parts.items() if count.value]
    stopped = int(figures["censored"].value)
    more = f"; {stopped:,} of those not fooled were stopped by their limit" if stopped else ""
    return (", ".join(said) or "nothing yet") + more


def names_apart(names: Sequence[str]) -> list[str]:
    """Return the names with a number behind those that come more than once."""
    seen: dict[str, int] = {}
    apart = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        apart.append(name if names.count(name) == 1 else f"{name} ({seen[name]})")
    return apart


def _share(estimate: Estimate) -> str:
    return f"{format_value(estimate.value)} % {format_interval(estimate)}".strip()

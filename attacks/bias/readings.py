"""Each figure of a bias report as a plain sentence, with its n, its interval and its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attacks.bias.counterfactuals import HIGHER, LOWER, REVIEWS, TOO_FEW
from attacks.bias.toxicity_report import CORRELATION, ERROR_RATE, MEAN_SCORE, TAKEN_OUT
from attacks.slices.fairness import GAP_METRICS
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.schema import Estimate

#: Shown below each table: the limits that all its rows share.
LIMITS = {
    "report": (
        "The versions of a text differ by an identity only, so a difference is the model's own. Our "
        "sentences show what it can do; real reviews, of the kind that can be rewritten cleanly, how much it "
        "matters. What is unlikely to be chance may still be tiny: how large is too large is your decision."
    ),
    "fairness": (
        "Reviews inside and outside differ in more than the slice: a gap says where the model errs more, not "
        "why. A gap in the predicted-positive rate alone may be the reviews' own."
    ),
    "weak": (
        "Searched on one half of the reviews, tested on the other: only a confirmed slice is more than the "
        "luck of the search. The others are leads, not findings."
    ),
    "toxicity": (
        "Abuse is found by a list of words: quotation and irony count, polite contempt does not. Toxic "
        "reviews are mostly negative, so only figures for one label separate abuse from blame."
    ),
}


def of_change(row: Mapping[str, Any]) -> str:
    """Return the reading of one row of the report."""
    change, flips = row["change"], row["flips"]
    texts = f"{row['n']:,} " + ("real reviews" if row["source"] == REVIEWS else "sets of our sentences")
    if not change.defined:
        return f"{row['group']}: {texts}; {change.reason}."
    moved = f"the probability of positive is {points(change)} from the mean of all groups, over {texts}"
    says = {
        HIGHER: "read more favorably, which is unlikely to be chance",
        LOWER: "read less favorably, which is unlikely to be chance",
        TOO_FEW: "too few different texts to test",
    }.get(row["verdict"], "that may be chance")
    tested = "" if row["verdict"] == TOO_FEW else f" ({p_in_words(row['p_adjusted'])})"
    turned = f" The class flips in {share(flips)}." if flips.defined else ""
    doubt = " Its direction depends on the template: do not rely on it." if row["unreliable"] else ""
    if rests_on_few(row):
        doubt += " Its interval contains 0 nevertheless: a few texts dominate."
    return f"{row['group']}: {moved}; {says}{tested}.{turned}{doubt}"


def rests_on_few(row: Mapping[str, Any]) -> bool:
    """Whether a row is called different although its interval contains 0: a few texts dominate."""
    change = row["change"]
    return row["verdict"] in (HIGHER, LOWER) and bool(change.ci_low <= 0 <= change.ci_high)


def of_gap(row: Mapping[str, Any], title: str) -> str:
    """Return the reading of one row of the fairness table; `title` is the slice's."""
    inside, outside, difference = row["inside"], row["outside"], row["difference"]
    what = GAP_METRICS[row["metric"]].title
    if not difference.defined:
        return f"{title}: {what} is not defined ({difference.reason})."
    calibration = row["metric"] == "calibration"
    sides = [points(side) if calibration else share(side) for side in (inside, outside)]
    sizes = f"{what} is {sides[0]} in it and {sides[1]} elsewhere"
    if row["verdict"] == TOO_FEW:
        return f"{title}: {sizes}: too few reviews to compare."
    tested = p_in_words(row["p_adjusted"])
    if row["verdict"] not in ("higher", "lower"):
        return f"{title}: {sizes}: the difference of {points(difference)} may be chance ({tested})."
    return f"{title}: {sizes}: {row['verdict']}, {points(difference)}, unlikely to be chance ({tested})."


def of_weak(row: Mapping[str, Any]) -> str:
    """Return the reading of one row of the weakest slices."""
    inside, elsewhere = row["error_held_out"], row["error_elsewhere"]
    found = (
        f"{row['query']}: {100 * row['error_found']:.1f} % wrong where it was found (n = {row['n_found']:,})"
    )
    if not inside.defined or not elsewhere.defined:
        return f"{found}; no held-out review to confirm it on."
    tested = f"on the held-out half {share(inside)}, elsewhere {share(elsewhere)}"
    says = "confirmed" if row["confirmed"] else "not confirmed, may be chance"
    return f"{found}; {tested}: {says} ({p_in_words(row['p_adjusted'])})."


def of_toxicity(row: Mapping[str, Any]) -> str:
    """Return the reading of one row of the toxicity table."""
    value, against, difference = row["value"], row["against"], row["difference"]
    which = {"all": "All reviews"}.get(row["label"], f"{str(row['label']).capitalize()} reviews")
    if row.get("judge", "word list") != "word list":
        which = f"By {row['judge']}, {which[0].lower()}{which[1:]}"
    if not value.defined:
        return f"{which}: {row['measure']} is not defined ({value.reason})."
    unsure = {"too few": "too few to test", "no difference found": "that may be chance"}
    says = unsure.get(row["verdict"], "unlikely to be chance")
    tested = "" if row["verdict"] == "too few" else f" ({p_in_words(row['p_adjusted'])})"
    if row["measure"] == CORRELATION:
        figure = f"{value.value:+.2f} [{value.ci_low:+.2f}, {value.ci_high:+.2f}], n = {value.n:,}"
        return f"{which}: probability and number of abusive words correlate by {figure}; {says}{tested}."
    if row["measure"] == TAKEN_OUT:
        return (
            f"{which}: without their abuse the probability changes by {points(value)}, without as many other "
            f"words by {points(against)}; {points(difference)} are the abuse's own: {says}{tested}."
        )
    what = {ERROR_RATE: "error rate", MEAN_SCORE: "mean probability of positive"}[row["measure"]]
    if not difference.defined:
        return f"{which}: {what} with abuse {share(value)}, without {share(against)}: {difference.reason}."
    sides = f"{what} with abuse {share(value)}, without {share(against)}"
    return f"{which}: {sides}: {points(difference)}; {says}{tested}."


def share(figure: Estimate) -> str:
    """Return "91.8 % [91.0, 92.6] n = 4,000", or why there is none."""
    if not figure.defined:
        return f"undefined ({figure.reason})"
    return f"{100 * figure.value:.1f} % {_interval(figure, '.1f')} n = {figure.n:,}"


def points(figure: Estimate) -> str:
    """Return "+1.2 points [+0.4, +2.0]", hundredths of probability or of a share, or why there is none."""
    if not figure.defined:
        return f"undefined ({figure.reason})"
    return f"{100 * figure.value:+.1f} points {_interval(figure, '+.1f')}"


def _interval(figure: Estimate, form: str) -> str:
    if figure.ci_low != figure.ci_low:  # NaN: one review, or no spread
        return "[no interval]"
    return f"[{100 * figure.ci_low:{form}}, {100 * figure.ci_high:{form}}]"

"""Whether a data set is sound, in sentences, each with whether it is worth a look. No streamlit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sentiment_core import languages
from sentiment_core.statistics import wilson

#: Share of the rarer label under which accuracy says little.
RARE = 0.2
#: Half an interval, in points, from which two models can hardly be told apart.
WIDE = 3.0
#: Share of another language, or of long reviews, that is worth a look.
SOME = 0.05


@dataclass(frozen=True)
class Finding:
    """One sentence; `look` where it may make figures misleading."""

    text: str
    look: bool = False


def of_size(n: int) -> Finding:
    """Say how wide the interval of an accuracy of 90 % would be with n reviews."""
    low, high = wilson(0.9 * n, n)
    wide = 50 * (high - low) > WIDE
    return Finding(
        f"{n:,} reviews to measure on: an accuracy of 90 % would have the 95 % interval "
        f"[{100 * low:.0f}, {100 * high:.0f}]",
        wide,
    )


def of_labels(negative: int, positive: int) -> Finding:
    """Say how the labels are balanced."""
    n = negative + positive
    share = positive / n if n else 0.0
    said = f"{100 * share:.1f} % positive ({positive:,} of {n:,})"
    if min(share, 1 - share) < RARE:
        return Finding(f"{said}: always naming the more frequent label would be right that often", True)
    return Finding(said)


def of_seen(counts: Mapping[str, int | None], n: int) -> Iterator[Finding]:
    """Say of how many of the n reviews each model has seen in training; None is not known."""
    seen = {name: count for name, count in counts.items() if count}
    unknown = [name for name, count in counts.items() if count is None]
    for name, count in seen.items():
        yield Finding(
            f"{name} was trained on {count:,} of these {n:,} reviews: its accuracy here is too high", True
        )
    if counts and not seen and not unknown:
        yield Finding(f"no model was trained on any of the {n:,} reviews")
    if unknown:
        yield Finding(
            f"not known for {', '.join(unknown)}: the training reviews are not in this workspace", True
        )


def of_facts(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what `describe` found."""
    yield from _duplicates(facts["duplicates"])
    yield from _near(facts["near_duplicates"])
    yield _languages(facts["languages"])
    yield _long(facts)


def _duplicates(found: Mapping[str, Any]) -> Iterator[Finding]:
    rows, both = found["all"]["surplus_rows"], found["both_labels"]["texts"]
    crossed = {splits: part["texts"] for splits, part in found["across"].items() if part["texts"]}
    said = f"{_counted(rows, 'review')} repeat{'s' if rows == 1 else ''} an earlier text"
    yield Finding(said if rows else "no text occurs twice", bool(rows))
    if both:
        yield Finding(f"{_counted(both, 'text')} with both labels", True)
    for splits, texts in crossed.items():
        yield Finding(f"{_counted(texts, 'text')} in two splits ({splits})", True)


def _near(found: Mapping[str, Any]) -> Iterator[Finding]:
    parts = [*found["across"], *found.get("within", ())]
    counted = {part["splits"]: part["pairs"] for part in parts if part["pairs"]}
    skipped = [f"{part['splits']}: {part['reason']}" for part in parts if part["pairs"] is None]
    if counted:
        listed = ", ".join(f"{splits} {pairs:,}" for splits, pairs in counted.items())
        yield Finding(f"{_counted(sum(counted.values()), 'pair')} of nearly the same text ({listed})", True)
    elif parts:
        yield Finding("no two texts are nearly the same")
    if skipped:
        yield Finding(f"nearly the same texts not counted within {'; '.join(skipped)}")


def _languages(found: Mapping[str, Any]) -> Finding:
    counts, n = found["counts"], found["n"]
    if not counts:
        return Finding(f"language unclear in all {n:,} reviews looked at", True)
    known = sum(counts.values())
    listed = ", ".join(f"{languages.title_of(code)} {count:,}" for code, count in counts.items())
    other = known - counts.get("en", 0)
    unclear = f", unclear {found['unclear']:,}" if found["unclear"] else ""
    return Finding(f"languages of {n:,} reviews looked at: {listed}{unclear}", other > SOME * known)


def _long(facts: Mapping[str, Any]) -> Finding:
    share, words = facts["all"]["truncated_share_512"], facts["all"]["words"]
    length = f"{words['median']:,.0f} words in the median, {words['max']:,} at most" if words else "no review"
    if share is None:
        return Finding(f"{length}; tokens not counted: {facts['tokens_reason']}")
    return Finding(f"{length}; {100 * share:.1f} % longer than 512 tokens", share > SOME)


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"

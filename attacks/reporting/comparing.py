"""The paired tests of a report: each model against the most accurate one, on the same reviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from attacks.reporting.subject import Subject
from sentiment_core import statistics, terminal
from sentiment_core.evaluation import comparison
from sentiment_core.evaluation.comparison import Comparison
from sentiment_core.metrics import METRICS
from sentiment_core.publishing import measured, origins
from sentiment_core.publishing.blocks import (
    OWN,
    POINTS,
    Cell,
    Figure,
    Missing,
    Origin,
    Origins,
    Paragraph,
    Table,
)
from sentiment_core.publishing.markdown import Section

#: Those of the probabilities take seconds for many reviews; `compare` has them too.
COUNTED = tuple(name for name, metric in METRICS.items() if metric.counts)


@dataclass(frozen=True)
class Paired:
    """The most accurate model, and each other one's comparison with it (its A, the best is B), by name."""

    best: str
    against: Mapping[str, Comparison]


def compared(subject: Subject) -> Paired:
    """Return the tests; "" and none where nothing was measured."""
    ranked = sorted(subject.measured, key=lambda one: -one[1].metrics["accuracy"].value)
    if not ranked:
        return Paired("", {})
    (best, first), *others = ranked
    return Paired(
        best,
        {name: comparison.compare(found.frame, first.frame, metrics=COUNTED) for name, found in others},
    )


def section(subject: Subject, tests: Paired) -> Section:
    """Return how much better the best model is than each other one, and whether that may be chance."""
    if not tests.against:
        said = "Fewer than two of these models were measured on these reviews: there is nothing to compare."
        missing = (Missing(subject.unmeasured),) if subject.unmeasured else ()
        return Section("comparison", "Comparison", (Paragraph(said), *missing))
    sentences = [Paragraph(one.sentence(name, tests.best), lead=True) for name, one in tests.against.items()]
    if len(tests.against) > 1:
        sentences.append(
            Paragraph("Several tests: the last column is corrected for that (Benjamini-Hochberg).")
        )
    used = Origins(tuple(_origin(subject, name, tests.best) for name in tests.against))
    return Section("comparison", "Comparison", (*sentences, _table(tests), used))


def _table(tests: Paired) -> Table:
    adjusted = statistics.benjamini_hochberg([one.p_value for one in tests.against.values()])
    head = (f"{tests.best} minus", *(METRICS[name].title for name in COUNTED))
    head += (f"only {tests.best} right", "only the other right", "p (McNemar)", "p, corrected")
    rows = tuple(
        _row(name, one, float(p)) for (name, one), p in zip(tests.against.items(), adjusted, strict=True)
    )
    return Table(head, rows)


def _row(name: str, found: Comparison, adjusted: float) -> tuple[Cell, ...]:
    differences = (
        Figure(found.differences[metric], OWN if metric in measured.OWN_SCALE else POINTS)
        for metric in COUNTED
    )
    counts = found.only_b_right, found.only_a_right
    return (name, *differences, *counts, _p(found.p_value), _p(adjusted))


def _p(value: float) -> str:
    return comparison.p_in_words(value).removeprefix("p ").removeprefix("= ")


def _origin(subject: Subject, name: str, best: str) -> Origin:
    runs = dict(subject.measured)
    command = terminal.command(
        "sentiment_core", "compare", name, best, "--json", **origins.reviews_of(subject.reviews)
    )
    both = f"{runs[name].run_id}, {runs[best].run_id}"
    return Origin(both, "the command's JSON: metrics, disagreement, mcnemar_p", command)

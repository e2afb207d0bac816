"""The charts of a report: ROC, precision against recall, and reliability, as points and in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from attacks.reporting.subject import Subject
from sentiment_core import models
from sentiment_core.evaluation import operating_points
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.publishing.blocks import (
    INTERVALS,
    LINE,
    POINTS_WITH_INTERVALS,
    STEPS,
    Cell,
    Chart,
    Figure,
    Series,
    Table,
    in_words,
)
from sentiment_core.publishing.colours import model_colours
from sentiment_core.schema import Estimate

#: The thresholds that the table beside a curve has.
SHOWN = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
FALSE_POSITIVES = "false positive rate (of the negative reviews)"
RECALL = "recall (of the positive reviews)"
PRECISION = "precision (of the answers “positive”)"


def answers(subject: Subject) -> dict[str, tuple[IntArray, FloatArray]]:
    """Return labels and probabilities of positive, by the model's name."""
    return {name: truth_and_probability(found.frame) for name, found in subject.measured}


def accuracy(subject: Subject) -> Chart:
    """Return the accuracy of each model with its interval."""
    colours = _colours(subject)
    known = {
        name: found.metrics["accuracy"]
        for name, found in subject.measured
        if found.metrics["accuracy"].defined
    }
    series = tuple(
        Series(name, colours[name], (one.value,), (0.0,), (one.ci_low,), (one.ci_high,))
        for name, one in known.items()
    )
    said = "; ".join(f"{name} {in_words(one)}" for name, one in known.items())
    return Chart(
        INTERVALS,
        "Accuracy",
        ("accuracy, % (dot) and 95 % interval (line)", "model"),
        series,
        f"Share of {subject.title}, that each model gets right: {said}.",
        Table(("model", "accuracy"), tuple((name, Figure(one)) for name, one in known.items())),
    )


def roc(subject: Subject) -> Chart:
    """Return the ROC curve of each model."""
    return Chart(
        LINE,
        "ROC curve",
        (FALSE_POSITIVES, RECALL),
        _lines(subject, {name: operating_points.roc_points(*one) for name, one in answers(subject).items()}),
        _area(subject, "ROC AUC", "roc_auc"),
        _at_thresholds(subject, ("false positive rate", "recall")),
        diagonal=True,
        dots=_dots(subject, ("false_positive_rate", "recall")),
    )


def precision_recall(subject: Subject) -> Chart:
    """Return the precision-recall curve of each model."""
    points = {name: operating_points.precision_recall_points(*one) for name, one in answers(subject).items()}
    return Chart(
        STEPS,
        "Precision-recall curve",
        (RECALL, PRECISION),
        _lines(subject, points),
        _area(subject, "Average precision", "average_precision"),
        _at_thresholds(subject, ("recall", "precision")),
        dots=_dots(subject, ("recall", "precision")),
    )


def reliability(subject: Subject) -> Chart:
    """Return how often reviews are positive, by the probability that a model gives them."""
    tables = {name: operating_points.reliability_table(*one) for name, one in answers(subject).items()}
    filled = {name: table[table["n"] > 0] for name, table in tables.items()}
    colours = _colours(subject)
    series = tuple(
        Series(
            name,
            colours[name],
            *(tuple(table[column].astype(float)) for column in ("mean_prob", "share_positive")),
            *(tuple(table[column].astype(float)) for column in ("ci_low", "ci_high")),
        )
        for name, table in filled.items()
    )
    rows = tuple(
        (
            name,
            f"{row['low']:.2f} to {row['high']:.2f}",
            float(row["mean_prob"]),
            Figure(Estimate(row["share_positive"], row["ci_low"], row["ci_high"], int(row["n"]))),
        )
        for name, table in filled.items()
        for row in table.to_dict("records")
    )
    off = "; ".join(
        f"{name} is off by {in_words(found.metrics.get('ece'))} on average (ECE)"
        for name, found in subject.measured
    )
    return Chart(
        POINTS_WITH_INTERVALS,
        "Reliability",
        ("mean probability of positive", "share of these reviews that are positive"),
        series,
        f"{off}. On the diagonal, probabilities come true; the lines up and down are 95 % intervals.",
        Table(("model", "probability", "mean", "share positive"), rows),
        diagonal=True,
    )


def _lines(subject: Subject, points: Mapping[str, pd.DataFrame]) -> tuple[Series, ...]:
    """Return a line a model; none of a model where one of the labels is missing."""
    colours = _colours(subject)
    return tuple(
        Series(name, colours[name], *(tuple(frame[column].astype(float)) for column in frame.columns[1:3]))
        for name, frame in points.items()
        if not frame.isna().to_numpy().any()
    )


def _colours(subject: Subject) -> dict[str, str]:
    by_id = model_colours([card.model_id for card in models.list_models()])
    return {card.short_name: by_id[card.model_id] for card in subject.cards}


def _area(subject: Subject, title: str, metric: str) -> str:
    areas = "; ".join(f"{name} {in_words(found.metrics.get(metric))}" for name, found in subject.measured)
    return f"{title}: {areas}. The dot is the threshold of 0.5."


def _swept(subject: Subject, thresholds: FloatArray) -> dict[str, pd.DataFrame]:
    found = {}
    for name, one in answers(subject).items():
        rows = operating_points.threshold_sweep(*one, thresholds)
        found[name] = rows.assign(false_positive_rate=rows["fp"] / (rows["fp"] + rows["tn"]))
    return found


def _at_thresholds(subject: Subject, columns: tuple[str, str]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, *(float(row[column.replace(" ", "_")]) for column in ("threshold", *columns)))
        for name, frame in _swept(subject, SHOWN).items()
        for row in frame.to_dict("records")
    ]
    return Table(("model", "threshold", *columns), tuple(rows))


def _dots(subject: Subject, columns: tuple[str, str]) -> tuple[tuple[float, float], ...]:
    half = (frame.iloc[0] for frame in _swept(subject, np.array([0.5])).values())
    places = ((float(row[columns[0]]), float(row[columns[1]])) for row in half)
    return tuple(place for place in places if place[0] == place[0] and place[1] == place[1])

"""Home's score card: a row a model, the answer in a sentence, and what to do next. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.wording import (
    UNDEFINED,
    format_estimate,
    format_points,
    format_value,
)
from sentiment_core import models
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from dashboard.records.evaluations import DataChoice
    from sentiment_core.evaluation.records import Evaluation
    from sentiment_core.evaluation.seen import Seen
    from sentiment_core.models import ModelCard

#: Targets on IMDb, and the baseline accuracy.
TARGETS = {"accuracy": 0.925, "f1": 0.923, "precision": 0.921, "recall": 0.924, "roc_auc": 0.951}
BASELINE_ACCURACY = 0.86
REFERENCES = {"baseline": BASELINE_ACCURACY, "target": TARGETS["accuracy"]}
#: Average distance of confidence from accuracy above which the reliability chart is suggested.
NOTABLE_ECE = 0.03
#: Models in one report at most, the most accurate first: lines of more cannot be told apart.
MOST_REPORTED = 12
#: Beside an accuracy that reviews from the model's own training change.
SEEN_MARK = "†"
#: Difference of precision and recall above which another threshold is suggested.
NOTABLE_TILT = 0.02


@dataclass(frozen=True)
class ScoreRow:
    """One model's figures on the chosen reviews; `metrics` is empty where it was not measured on them."""

    model_id: str
    name: str
    title: str
    metrics: Mapping[str, Estimate]
    reviews_per_second: float
    size_bytes: int
    trained_on: str
    n_train: int
    seen: Seen | None = None

    @property
    def flattered(self) -> bool:
        """Whether reviews that it was trained on change its accuracy as it is written."""
        return (
            self.seen is not None
            and "accuracy" in self.metrics
            and self.seen.changes(self.metrics["accuracy"])
        )

    def value(self, metric: str) -> float:
        """Return a figure, NaN where it is not there."""
        return self.metrics[metric].value if metric in self.metrics else math.nan


@dataclass(frozen=True)
class NextStep:
    """A link that the figures suggest: why, where to, and with which query parameters."""

    sentence: str
    page: str
    params: dict[str, str]


def score_rows(cards: Sequence[ModelCard], found: Mapping[str, Evaluation | None]) -> list[ScoreRow]:
    """Return a row a model, the most accurate first, those without figures last."""
    rows = [_score_row(card, found.get(card.model_id)) for card in cards]
    return sorted(rows, key=lambda row: -row.value("accuracy") if row.metrics else math.inf)


def _score_row(card: ModelCard, evaluation: Evaluation | None) -> ScoreRow:
    speed = evaluation.manifest.get("reviews_per_second") if evaluation else None
    trained = card.trained_on
    return ScoreRow(
        card.model_id,
        card.short_name,
        _title(card),
        evaluation.metrics if evaluation else {},
        float(speed) if speed else math.nan,
        card.size_bytes,
        str(trained.get("name", UNDEFINED)),
        int(trained.get("n_train", 0)),
        evaluation.seen if evaluation else None,
    )


def _title(card: ModelCard) -> str:
    """Return the family's title and, where there is one, the pretrained weights that it started from."""
    base = card.manifest.get("base")
    return f"{card.title}: {base}" if base else card.title


def report(model_ids: Sequence[str], choice: DataChoice) -> bytes:
    """Return the page that `python -m attacks report` writes of these models on these reviews."""
    from attacks.reporting import page, subject
    from attacks.reporting import report as reports

    cards = [models.resolve(model_id) for model_id in model_ids]
    reviews = {name: getattr(choice, name) for name in ("name", "fingerprint", "split")}
    return page.html(reports.make(subject.subject(cards, reviews))).encode("utf-8")


def accuracy_frame(rows: Sequence[ScoreRow]) -> pd.DataFrame:
    """Return `name, value, ci_low, ci_high, n` of the measured models, for the chart and its table."""
    records: list[dict[str, Any]] = [
        {"name": row.name}
        | {key: getattr(row.metrics["accuracy"], key) for key in ("value", "ci_low", "ci_high", "n")}
        for row in rows
        if row.metrics
    ]
    return pd.DataFrame(records, columns=["name", "value", "ci_low", "ci_high", "n"])


# --- in words ------------------------------------------------------------------------------------


def answer(rows: Sequence[ScoreRow], *, targets_apply: bool = True) -> str:
    """Name the most accurate model, and compare it with the target where that applies."""
    best = rows[0]
    accuracy = best.metrics["accuracy"]
    measured = sum(1 for row in rows if row.metrics)
    rank = f"is the most accurate of {measured} models" if measured > 1 else "is the only model measured"
    against = (
        _against_target(accuracy)
        if targets_apply
        else "these are not the kind of reviews that the targets are for"
    )
    but = f" But {best.seen.sentence}." if best.seen and best.flattered else ""
    return f"{best.name} {rank}, {format_estimate(accuracy)}: {against}.{but}"


def seen_footnote(rows: Sequence[ScoreRow]) -> str:
    """Say which accuracies reviews from the model's own training change, and what is left without them."""
    said = [f"{row.name}: {row.seen.sentence}" for row in rows if row.seen and row.flattered]
    return f"{SEEN_MARK} {'; '.join(said)}." if said else ""


def _against_target(accuracy: Estimate) -> str:
    target = TARGETS["accuracy"]
    wanted = f"the target of {format_value(target)} %"
    if accuracy.value >= target:
        return f"it reaches {wanted}"
    below = f"{format_points(target - accuracy.value).lstrip('+')} below {wanted}"
    return f"{below}, which may be chance" if accuracy.ci_high >= target else below


def next_steps(rows: Sequence[ScoreRow], data_key: str, most: int = 3) -> list[NextStep]:
    """Return the links that the figures suggest, the most pressing first."""
    measured = [row for row in rows if row.metrics]
    found = [step for suggest in SUGGESTIONS for step in suggest(measured, data_key)]
    return found[:most]


def _read_the_errors(rows: Sequence[ScoreRow], data_key: str) -> list[NextStep]:
    accuracy = rows[0].metrics["accuracy"]
    wrong = round((1 - accuracy.value) * accuracy.n)
    if not wrong:
        return []
    sentence = f"Read the {wrong:,} reviews that {rows[0].name} gets wrong, the worst first"
    params = {"data": data_key, "model_a": rows[0].model_id, "outcome": "errors"}
    return [NextStep(sentence, "errors", params)]


def _compare_the_best_two(rows: Sequence[ScoreRow], data_key: str) -> list[NextStep]:
    if len(rows) < 2:
        return []
    first, second = rows[0], rows[1]
    lead = format_points(first.value("accuracy") - second.value("accuracy")).lstrip("+")
    sentence = f"{first.name} leads {second.name} by {lead}: check whether that may be chance"
    params = {"data": data_key, "model_a": second.model_id, "model_b": first.model_id}
    return [NextStep(sentence, "evaluate", params)]


def _check_the_worst_calibrated(rows: Sequence[ScoreRow], data_key: str) -> list[NextStep]:
    worst = max(rows, key=lambda row: row.value("ece") if row.value("ece") >= 0 else -1.0)
    if not worst.value("ece") >= NOTABLE_ECE:  # also where it is NaN
        return []
    off = format_points(worst.value("ece")).lstrip("+")
    sentence = f"{worst.name}'s confidence is off by {off} on average: open its reliability chart"
    return [NextStep(sentence, "evaluate", {"data": data_key, "model_a": worst.model_id})]


def _move_the_threshold(rows: Sequence[ScoreRow], data_key: str) -> list[NextStep]:
    tilted = max(rows, key=lambda row: _tilt(row))
    if _tilt(tilted) < NOTABLE_TILT:
        return []
    often = "positive" if tilted.value("recall") > tilted.value("precision") else "negative"
    sentence = f"{tilted.name} predicts {often} too often: try another threshold"
    return [NextStep(sentence, "evaluate", {"data": data_key, "model_a": tilted.model_id})]


def _tilt(row: ScoreRow) -> float:
    tilt = abs(row.value("recall") - row.value("precision"))
    return 0.0 if math.isnan(tilt) else tilt


def _try_it(rows: Sequence[ScoreRow], data_key: str) -> list[NextStep]:
    return [NextStep("Write a review and see what changes the answer", "live", {"data": data_key})]


SUGGESTIONS: tuple[Callable[[Sequence[ScoreRow], str], list[NextStep]], ...] = (
    _read_the_errors,
    _compare_the_best_two,
    _check_the_worst_calibrated,
    _move_the_threshold,
    _try_it,
)

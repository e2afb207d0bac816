"""How good the models' answers are: metrics, curves, confusion, thresholds, calibration, groups."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from attacks.reporting import curves
from attacks.reporting.subject import Subject
from sentiment_core import data, languages, terminal
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import breakdowns, operating_points, review_order, suggestions
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.publishing import measured, origins
from sentiment_core.publishing.blocks import Block, Cell, Figure, Missing, Origin, Origins, Paragraph, Table
from sentiment_core.publishing.markdown import Section
from sentiment_core.schema import Estimate


def sections(subject: Subject) -> tuple[Section, ...]:
    """Return all of it in order."""
    return (
        metrics(subject),
        _of_answers(subject, "curves", "Curves", _curves),
        _of_answers(subject, "confusion", "Confusion", _confusion),
        _of_answers(subject, "thresholds", "Thresholds", _thresholds),
        calibration(subject),
        _of_answers(subject, "groups", "Accuracy by kind of review", _groups),
    )


def metrics(subject: Subject) -> Section:
    """Return every metric at a threshold of 0.5, a column a model."""
    seen = (
        Paragraph(f"{name}: {found.seen.sentence}.")
        for name, found in subject.measured
        if found.seen and found.seen.count
    )
    blocks = measured.table_of(subject.measured, measured.QUALITY)
    return Section("metrics", "Metrics", (*blocks, *seen, *_missing(subject)))


def calibration(subject: Subject) -> Section:
    """Return how far the probabilities can be believed, with the reliability chart."""
    said = (
        Paragraph(f"{card.short_name}: its {measured.calibrated_in_words(card)}") for card in subject.cards
    )
    table = measured.table_of(subject.measured, measured.CALIBRATION)
    chart = (curves.reliability(subject),) if subject.found else ()
    return Section("calibration", "Calibration", (*said, *table[:1], *chart, *table[1:], *_missing(subject)))


def _missing(subject: Subject) -> tuple[Missing, ...]:
    """Return what would measure the models that were not measured on these reviews."""
    return (Missing(subject.unmeasured),) if subject.unmeasured else ()


def _of_answers(
    subject: Subject, name: str, title: str, made: Callable[[Subject], tuple[Block, ...]]
) -> Section:
    """Return a section that is made of predictions, where there are any."""
    return Section(name, title, made(subject) if subject.found else _missing(subject))


def _predictions(subject: Subject) -> Origins:
    return Origins(tuple(origins.of_evaluation(found, origins.PREDICTIONS) for _, found in subject.measured))


def _curves(subject: Subject) -> tuple[Block, ...]:
    return curves.roc(subject), curves.precision_recall(subject), _predictions(subject)


def _confusion(subject: Subject) -> tuple[Block, ...]:
    """Return the four counts of each model at a threshold of 0.5."""
    head = ("label", "called negative", "called positive")
    tables = []
    for name, (y_true, prob) in curves.answers(subject).items():
        cells = operating_points.confusion_at(y_true, prob, 0.5)
        rows = (("negative", cells["tn"], cells["fp"]), ("positive", cells["fn"], cells["tp"]))
        tables.append(Table(head, rows, title=f"{name}, threshold 0.5, n = {len(y_true):,}"))
    return (*tables, _predictions(subject))


def _thresholds(subject: Subject) -> tuple[Block, ...]:
    """Return what other thresholds would do, where both kinds of error cost the same."""
    head = ("model", "rule", "threshold", "F1, %", "false positives", "false negatives", "n")
    rows: list[tuple[Cell, ...]] = []
    used = []
    for name, one in curves.answers(subject).items():
        for found in suggestions.outcomes(suggestions.sweep(*one)):
            errors = found["false_positives"], found["false_negatives"]
            f1 = f"{100 * found['f1']:.1f}"
            rows.append((name, found["rule"], found["threshold"], f1, *errors, len(one[0])))
        reviews = origins.reviews_of(subject.reviews)
        command = terminal.command("sentiment_core", "thresholds", "--json", model=name, **reviews)
        run_id = dict(subject.measured)[name].run_id
        used.append(Origin(run_id, "the command's JSON: suggestions", command))
    said = f"Both kinds of error cost the same here. {suggestions.optimism(str(subject.reviews['split']))}"
    return Paragraph(said), Table(head, tuple(rows)), Origins(tuple(used))


# --- groups of reviews ---------------------------------------------------------------------------


def _groups(subject: Subject) -> tuple[Block, ...]:
    """Return accuracy by length and language of the reviews, and by whether they are read in full."""
    found, reviews = dict(subject.measured), _reviews(subject)
    blocks: list[Block] = []
    if reviews is None:
        blocks.append(Paragraph("By words: not measured; the reviews are no longer in this workspace."))
    else:
        words = review_order.count_words(reviews["text"])
        blocks.append(_by(found, "words", lambda one: _by_words(one, words)))
        if (spoken := languages.of_column(reviews)) is not None:
            named = spoken.map(languages.title_of, na_action="ignore")
            blocks.append(_by(found, "language", lambda one: _by_language(one, named)))
    truncated = _by(found, "how much it reads", lambda one: breakdowns.accuracy_by_truncation(one.frame))
    return (*blocks, truncated, _predictions(subject))


def _by_words(found: Evaluation, words: pd.Series) -> pd.DataFrame:
    return breakdowns.accuracy_by_length(found.frame, words.reindex(found.frame["example_id"]))


def _by_language(found: Evaluation, named: pd.Series) -> pd.DataFrame:
    return breakdowns.accuracy_by_language(found.frame, named.reindex(found.frame["example_id"]))


def _by(found: dict[str, Evaluation], title: str, group: Callable[[Evaluation], pd.DataFrame]) -> Table:
    frames = [group(one).set_index("group") for one in found.values()]
    names = dict.fromkeys(str(name) for frame in frames for name in frame.index)
    rows: list[tuple[Cell, ...]] = [(name, *(_share(frame, name) for frame in frames)) for name in names]
    return Table((title, *found), tuple(rows))


def _share(frame: pd.DataFrame, name: str) -> Figure:
    if name not in frame.index:
        return Figure(None)
    row = frame.loc[name]
    value, low, high = (float(row[column]) for column in ("accuracy", "ci_low", "ci_high"))
    return Figure(Estimate(value, low, high, int(row["n"]), "" if row["n"] else "no such review"))


def _reviews(subject: Subject) -> pd.DataFrame | None:
    """Return the reviews by their ids; None where they are gone or damaged."""
    try:
        rows = data.by_fingerprint(str(subject.reviews["fingerprint"])).split(str(subject.reviews["split"]))
    except ReelcheckError:
        return None
    return rows.set_index("example_id")

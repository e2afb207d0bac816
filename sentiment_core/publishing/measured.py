"""What was measured of a model, as its card's sections: figures of manifests, each with interval and n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from sentiment_core import promotions
from sentiment_core.calibration import scaling
from sentiment_core.data import names
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.evaluation.seen import Seen
from sentiment_core.labels import verdicts
from sentiment_core.metrics import METRICS
from sentiment_core.models import ModelCard
from sentiment_core.publishing import origins
from sentiment_core.publishing.blocks import (
    NOT_MEASURED,
    OWN,
    PERCENT,
    Block,
    Cell,
    Figure,
    Missing,
    Origin,
    Origins,
    Paragraph,
    Table,
)
from sentiment_core.publishing.markdown import Section
from sentiment_core.storage import runs

#: On their own scale; the others are rates.
OWN_SCALE = frozenset({"mcc", "log_loss", "brier"})
CALIBRATION = ("ece", "ece_mass", "log_loss", "brier")
QUALITY = tuple(name for name in METRICS if name not in CALIBRATION)


def evaluations(card: ModelCard) -> list[Evaluation]:
    """Return the newest evaluation of each split of each data set, first test reviews of the model's data."""
    own, newest = str(card.trained_on.get("fingerprint")), dict[tuple[str, str], Evaluation]()
    for found in records.list_evaluations(card.model_id):
        newest.setdefault((found.fingerprint, found.split), found)
    return sorted(newest.values(), key=lambda one: (one.split != "test", one.fingerprint != own))


def data_of(found: Evaluation) -> str:
    """Return the name of what was measured on, as it is called here."""
    recorded = found.manifest["data"]
    return f"{names.name_of(found.fingerprint, str(recorded['name']))} {found.split}"


def metrics(found: Sequence[Evaluation]) -> Section:
    """Return how good the answers are, at a threshold of 0.5."""
    blocks = (*table_of(named(found), QUALITY), *_seen(found)) or (Missing(),)
    return Section("metrics", "Metrics", blocks)


def calibration(card: ModelCard, found: Sequence[Evaluation]) -> Section:
    """Return how far the probabilities can be believed."""
    blocks = table_of(named(found), CALIBRATION) or (Missing(),)
    return Section("calibration", "Calibration", (calibrated(card), *blocks))


def calibrated(card: ModelCard) -> Paragraph:
    """Return whether a model's probabilities are calibrated, and how."""
    return Paragraph(f"Its {calibrated_in_words(card)}")


def calibrated_in_words(card: ModelCard) -> str:
    """Return `probabilities are calibrated: ...`, or that they are not."""
    said = scaling.in_words(card.manifest)
    return f"probabilities are calibrated: {said}." if said else "probabilities are not calibrated."


def label_quality(found: Sequence[Evaluation]) -> Section:
    """Return what people said of the labels that it was measured by."""
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        try:
            counts = Counter(verdicts.agreed(one.fingerprint).values())
        except ReelcheckError:
            counts = Counter()
        if counts:
            said = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
            rows.append((data_of(one).rpartition(" ")[0], counts.total(), said))
    head = ("data", "labels judged by people", "what they said")
    block = Table(head, tuple(dict.fromkeys(rows))) if rows else Missing()
    return Section("labels", "Label quality", (block,))


def gate(card: ModelCard, command: Callable[[runs.Run], str] = lambda run: "") -> Section:
    """Return what the gate decided last on this model.

    Args:
        card: the new model.
        command: gives the command that makes a decision again, which only the package above knows.
    """
    run = last_decision(card)
    if run is None:
        return Section("gate", "Gate", (Missing((promotions.how_to_decide(card),)),))
    decided = run.manifest or {}
    said = Paragraph(f"Verdict: {decided.get('verdict')}, in place of {run.spec['baseline_id']}.", lead=True)
    rows = tuple(
        (str(item["title"]), str(item["verdict"]), str(item["sentence"]))
        for item in decided.get("criteria") or ()
    )
    origin = Origin(run.run_id, "manifest.json: verdict, criteria", command(run))
    return Section("gate", "Gate", (said, Table(("criterion", "verdict", "why"), rows), Origins((origin,))))


def last_decision(card: ModelCard) -> runs.Run | None:
    """Return the gate's newest decision on whether this model may replace another; None without one."""
    decisions = (
        run
        for run in runs.list_runs(promotions.KIND, promotions.FORM)
        if run.finished and (run.spec["action"], run.spec["model_id"]) == (promotions.DECISION, card.model_id)
    )
    return next(decisions, None)


def cost(card: ModelCard, found: Sequence[Evaluation]) -> Section:
    """Return size, time and energy."""
    seconds = card.manifest.get("seconds")
    device = str(card.manifest.get("device") or "an unknown device")
    rows: list[tuple[Cell, ...]] = [
        ("size of the files, as Reelcheck keeps them", f"{card.size_bytes / 1e6:,.1f} MB"),
        ("time to train", f"{seconds:,.0f} s on {device}" if seconds is not None else NOT_MEASURED),
        ("energy", NOT_MEASURED),
    ]
    for one in found:
        speed = one.manifest.get("reviews_per_second")
        threads = (
            f"{one.manifest.get('workers') or 1} processes of {one.manifest.get('threads') or 1} threads"
        )
        if speed:
            rows.append((f"reading {data_of(one)}", f"{speed:,.0f} reviews per second, {threads}"))
    return Section("cost", "Size, time and energy", (Table(("fact", "value"), tuple(rows)),))


def named(found: Sequence[Evaluation]) -> list[tuple[str, Evaluation]]:
    """Return evaluations of one model, each with the name of its data."""
    return [(data_of(one), one) for one in found]


def table_of(columns: Sequence[tuple[str, Evaluation]], wanted: Sequence[str]) -> tuple[Block, ...]:
    """Return a table, a row a metric and a column an evaluation, and where it is from; nothing of nothing."""
    if not columns:
        return ()
    head = ("metric", *(title for title, _ in columns))
    rows: list[tuple[Cell, ...]] = [
        (METRICS[name].title, *(metric_figure(one, name) for _, one in columns)) for name in wanted
    ]
    return (
        Table(head, tuple(rows)),
        Origins(tuple(origins.of_evaluation(one) for _, one in columns)),
    )


def metric_figure(found: Evaluation, name: str) -> Figure:
    """Return a metric of an evaluation."""
    return Figure(found.metrics.get(name), OWN if name in OWN_SCALE else PERCENT)


def _seen(found: Sequence[Evaluation]) -> list[Paragraph]:
    """Say where reviews of the model's own training are among those that it was measured on."""
    said = []
    for one in found:
        record = one.manifest.get("seen")
        if record and (known := Seen.from_json(record)).count:
            said.append(Paragraph(f"{data_of(one)}: {known.sentence}."))
    return said

"""What was measured of a model, as its card's sections: figures of manifests, each with interval and n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

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
from sentiment_core.publishing.markdown import NOT_MEASURED, Section, figure, mono, plain, table
from sentiment_core.schema import Estimate
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
    blocks = (*_tables(found, QUALITY), *_seen(found)) or (NOT_MEASURED,)
    return Section("metrics", "Metrics", blocks)


def calibration(card: ModelCard, found: Sequence[Evaluation]) -> Section:
    """Return how far the probabilities can be believed."""
    said = scaling.in_words(card.manifest)
    kept = f"Its probabilities are calibrated: {said}." if said else "Its probabilities are not calibrated."
    return Section(
        "calibration", "Calibration", (plain(kept), *(_tables(found, CALIBRATION) or (NOT_MEASURED,)))
    )


def label_quality(found: Sequence[Evaluation]) -> Section:
    """Return what people said of the labels that it was measured by."""
    rows = []
    for one in found:
        try:
            counts = Counter(verdicts.agreed(one.fingerprint).values())
        except ReelcheckError:
            counts = Counter()
        if counts:
            said = ", ".join(f"{n:,} {plain(what)}" for what, n in sorted(counts.items()))
            rows.append((plain(data_of(one).rpartition(" ")[0]), f"{counts.total():,}", said))
    head = ("data", "labels judged by people", "what they said")
    blocks = (table(head, dict.fromkeys(rows)),) if rows else (NOT_MEASURED,)
    return Section("labels", "Label quality", blocks)


def gate(card: ModelCard) -> Section:
    """Return what the gate decided last on this model."""
    decisions = (
        run
        for run in runs.list_runs(promotions.KIND, promotions.FORM)
        if run.finished and (run.spec["action"], run.spec["model_id"]) == (promotions.DECISION, card.model_id)
    )
    run = next(decisions, None)
    if run is None:
        return Section("gate", "Gate", (NOT_MEASURED,))
    decided = run.manifest or {}
    said = f"Verdict: **{plain(decided.get('verdict'))}**, in place of {mono(run.spec['baseline_id'])}."
    rows = [
        (plain(item["title"]), plain(item["verdict"]), plain(item["sentence"]))
        for item in decided.get("criteria") or ()
    ]
    blocks = (said, table(("criterion", "verdict", "why"), rows), _source(run.run_id))
    return Section("gate", "Gate", blocks)


def cost(card: ModelCard, found: Sequence[Evaluation]) -> Section:
    """Return size, time and energy."""
    seconds = card.manifest.get("seconds")
    device = plain(card.manifest.get("device") or "an unknown device")
    rows = [
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
            rows.append((f"reading {plain(data_of(one))}", f"{speed:,.0f} reviews per second, {threads}"))
    return Section("cost", "Size, time and energy", (table(("fact", "value"), rows),))


def _tables(found: Sequence[Evaluation], wanted: Sequence[str]) -> list[str]:
    """Return a table: a row a metric, a column an evaluation."""
    if not found:
        return []
    head = ("metric", *(plain(data_of(one)) for one in found))
    rows = [(plain(METRICS[name].title), *(_cell(one.metrics, name) for one in found)) for name in wanted]
    return [table(head, rows), _source(*(one.run_id for one in found))]


def _cell(measured: Mapping[str, Estimate], name: str) -> str:
    return figure(measured.get(name), percent=name not in OWN_SCALE)


def _seen(found: Sequence[Evaluation]) -> list[str]:
    """Say where reviews of the model's own training are among those that it was measured on."""
    said = []
    for one in found:
        record = one.manifest.get("seen")
        if record and (known := Seen.from_json(record)).count:
            said.append(plain(f"{data_of(one)}: {known.sentence}."))
    return said


def _source(*run_ids: str) -> str:
    return f"From {', '.join(map(mono, run_ids))}."

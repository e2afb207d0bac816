"""Robustness, probes and bias of one model as sections of its card, from its newest finished runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.runs import AttackRun
from attacks.bias import runs as bias_runs
from attacks.bias.runs import BiasRun
from attacks.certificates import runs as certificate_runs
from attacks.certificates.runs import CertificateRun
from attacks.figures import robustness
from attacks.identities import ATTRIBUTES
from attacks.probing import runs as probe_runs
from attacks.publishing import commands, probed
from sentiment_core.models import ModelCard
from sentiment_core.publishing.blocks import OWN, POINTS, Cell, Figure, Missing, Origins, Paragraph, Table
from sentiment_core.publishing.markdown import Section
from sentiment_core.schema import Estimate

#: Edits by chance, which search for nothing: no attack.
BASELINE = "random"


def sections(card: ModelCard, reviews: Mapping[str, Any] | None = None) -> list[Section]:
    """Return the sections in the order of the card.

    Args:
        card: the model.
        reviews: name, fingerprint and split of those on which a command would measure what is missing; by
            default the test reviews of the data that it was trained on.

    Raises:
        RunError: a run's records, tables or verdicts are damaged: what was measured is not left out.
    """
    data = card.trained_on if reviews is None else reviews
    return [make(card, data) for make in PARTS.values()]


# --- attacks -------------------------------------------------------------------------------------


def robustness_of(card: ModelCard, data: Mapping[str, Any]) -> Section:
    """Return a model's accuracy under each attack, by the newest batch of each recipe and data."""
    newest: dict[tuple[str, ...], AttackRun] = {}
    for run in attack_runs.list_attacks(card.model_id):
        if run.finished:
            on = run.spec.data
            key = (run.spec.recipe, str(on.get("fingerprint")), str(on.get("split")))
            newest.setdefault(key, run)
    if not newest:
        missing = Missing((commands.attack_on(card.model_id, data),))
        return Section("robustness", "Robustness", (missing,))
    head = ("attack", "reviews", "before", "under attack", "under attack, valid texts only")
    said = Paragraph(
        "Accuracy on the same reviews, before and after a search for edits that turn the answer; valid texts "
        "are those that still say the same."
    )
    found = [newest[key] for key in sorted(newest)]
    used = Origins(tuple(map(commands.of_attack, found)))
    return Section("robustness", "Robustness", (said, Table(head, tuple(map(_attacked, found))), used))


def _attacked(run: AttackRun) -> tuple[Cell, ...]:
    figures = robustness.figures(run.records, verdicts.verdicts_of(run.run_id))
    data = run.spec.data
    shown = (
        Figure(figures[name])
        for name in ("accuracy_before", "accuracy_under_attack", "valid_accuracy_under_attack")
    )
    recipe = f"{run.spec.recipe} (edits by chance)" if run.spec.recipe == BASELINE else run.spec.recipe
    return (recipe, f"{data.get('name')} {data.get('split')}{_selected(data.get('selection'))}", *shown)


def _selected(selection: Any) -> str:
    """Say which lengths were attacked, or that somebody picked the reviews, so that they are no sample."""
    if not isinstance(selection, dict):
        return ""
    if selection.get("ids") or selection.get("file") or selection.get("desk"):
        return ", reviews that were picked"
    low, high = selection.get("min_words"), selection.get("max_words")
    if low is None and high is None:
        return ""
    return f", {low or 0} to {high} words" if high is not None else f", {low} words or more"


def certificates_of(card: ModelCard, data: Mapping[str, Any]) -> Section:
    """Return what no edits of a kind can do to a model, by the newest run of each kind of edits and data."""
    newest: dict[tuple[str, ...], CertificateRun] = {}
    for run in certificate_runs.list_certificates(card.model_id):
        if run.finished:
            on = run.spec.data
            newest.setdefault((run.whose_edits, str(on.get("fingerprint")), str(on.get("split"))), run)
    if not newest:
        missing = Missing((commands.certify_on(card.model_id, data),))
        return Section("certificates", "Certificates", (missing,))
    head = ("edits", "reviews", "words changed", "certified", "cannot exceed", "undecided")
    said = Paragraph(
        "Accuracy under the worst edits of at most so many words: at least what is certified, since no such "
        "edit turns these reviews, and at most what no text found turns."
    )
    found = [newest[key] for key in sorted(newest)]
    rows = tuple(row for run in found for row in _certified(run))
    used = Origins(tuple(map(commands.of_certificate, found)))
    return Section("certificates", "Certificates", (said, Table(head, rows), used))


def _certified(run: CertificateRun) -> Iterator[tuple[Cell, ...]]:
    reviews = f"{run.spec.data.get('name')} {run.spec.data.get('split')}"
    for bracket in run.brackets:
        shares = (Figure(part) for part in (bracket.certified, bracket.at_most, bracket.undecided))
        yield (run.whose_edits, reviews, f"at most {bracket.k}", *shares)


# --- probes --------------------------------------------------------------------------------------


def probes_of(card: ModelCard, data: Mapping[str, Any]) -> Section:
    """Return how often a model fails each kind of language."""
    found = probe_runs.list_probes(card.model_id)
    rows = probed.newest(found, probed.own_written())
    if rows.empty:
        return Section("probes", "Probes", (Missing((commands.probe(card.model_id),)),))
    head = ("kind of language", "test", "failure rate", "verdict")
    cells = tuple(
        (_kind(row), str(row["kind"]), Figure(row["failure_rate"]), str(row["verdict"]))
        for row in rows.to_dict("records")
    )
    used = Origins(tuple(commands.of_probe(run) for run in found if run.run_id in set(rows["run_id"])))
    said = Paragraph("How often the model fails a kind of language, on cases whose answer is known.")
    return Section("probes", "Probes", (said, Table(head, cells), used))


def _kind(row: dict[str, Any]) -> str:
    severity = row["severity"]
    return str(row["title"]) + ("" if pd.isna(severity) else f", severity {severity}")


# --- bias ----------------------------------------------------------------------------------------


def bias_of(card: ModelCard, data: Mapping[str, Any]) -> Section:
    """Return whom a model treats differently, by its newest report."""
    run = next(iter(bias_runs.list_bias(card.model_id)), None)
    if run is None:
        return Section("bias", "Bias", (Missing((commands.bias(card.model_id, data),)),))
    said = Paragraph(
        "How far the probability of positive changes, in points, where only the identity that a text "
        f"mentions is rewritten; {_reviews(run)}. No difference found is no proof that there is none."
    )
    head = ("identity", "group", "texts", "change", "verdict")
    rows = tuple(
        (
            _attribute(str(row["attribute"])),
            str(row["group"]),
            str(row["source"]),
            Figure(row["change"], POINTS),
            str(row["verdict"]),
        )
        for row in run.report.to_dict("records")
    )
    return Section("bias", "Bias", (said, Table(head, rows), Origins((commands.of_bias(run, "report"),))))


def toxicity_of(card: ModelCard, data: Mapping[str, Any]) -> Section:
    """Return whether abuse drives a model's score, by its newest report."""
    run = next(iter(bias_runs.list_bias(card.model_id)), None)
    if run is None or run.toxicity.empty:
        return Section("toxicity", "Toxicity", (Missing((commands.bias(card.model_id, data),)),))
    said = Paragraph(f"Whether abuse in a review drives the score; {_reviews(run)}.")
    columns = list(run.toxicity.columns)
    rows = tuple(tuple(_value(row[name]) for name in columns) for row in run.toxicity.to_dict("records"))
    head = tuple(str(name).replace("_", " ") for name in columns)
    used = Origins((commands.of_bias(run, "toxicity"),))
    return Section("toxicity", "Toxicity", (said, Table(head, rows), used))


def _reviews(run: BiasRun) -> str:
    data = run.manifest["data"]
    return f"{data['n']:,} reviews of {data['name']} {data['split']}"


def _attribute(name: str) -> str:
    return ATTRIBUTES[name].title if name in ATTRIBUTES else name


def _value(value: Any) -> Cell:
    if isinstance(value, Estimate):
        return Figure(value, OWN)
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.3g}"
    return str(value)


#: Each section by its name, in the order of a card; `data` are the reviews that a command would name.
PARTS: Mapping[str, Callable[[ModelCard, Mapping[str, Any]], Section]] = {
    "robustness": robustness_of,
    "certificates": certificates_of,
    "probes": probes_of,
    "bias": bias_of,
    "toxicity": toxicity_of,
}

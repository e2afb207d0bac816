"""Robustness, probes and bias of one model as sections of its card, from its newest finished runs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.batches.runs import AttackRun
from attacks.bias import runs as bias_runs
from attacks.bias.runs import BiasRun
from attacks.figures import robustness
from attacks.identities import ATTRIBUTES
from attacks.probing import runs as probe_runs
from sentiment_core.models import ModelCard
from sentiment_core.publishing.markdown import NOT_MEASURED, Section, figure, mono, plain, table
from sentiment_core.schema import Estimate

#: Edits by chance, which search for nothing: no attack.
BASELINE = "random"


def sections(card: ModelCard) -> list[Section]:
    """Return the sections in the order of the card.

    Raises:
        RunError: a run's records, tables or verdicts are damaged: what was measured is not left out.
    """
    reports = [run for run in bias_runs.list_bias() if run.model_id == card.model_id]
    return [_robustness(card), _probes(card), _bias(reports), _toxicity(reports)]


# --- attacks -------------------------------------------------------------------------------------


def _robustness(card: ModelCard) -> Section:
    newest: dict[tuple[str, ...], AttackRun] = {}
    for run in attack_runs.list_attacks():
        if run.finished and run.spec.model_id == card.model_id:
            data = run.spec.data
            key = (run.spec.recipe, str(data.get("fingerprint")), str(data.get("split")))
            newest.setdefault(key, run)
    if not newest:
        return Section("robustness", "Robustness", (NOT_MEASURED,))
    head = ("attack", "reviews", "before", "under attack", "under attack, valid texts only")
    said = (
        "Accuracy on the same reviews, before and after a search for edits that turn the answer; valid texts "
        "are those that still say the same."
    )
    found = [newest[key] for key in sorted(newest)]
    used = f"From {', '.join(mono(run.run_id) for run in found)}."
    return Section("robustness", "Robustness", (said, table(head, map(_attacked, found)), used))


def _attacked(run: AttackRun) -> tuple[str, ...]:
    figures = robustness.figures(run.records, verdicts.verdicts_of(run.run_id))
    data = run.spec.data
    shown = (
        figure(figures[name])
        for name in ("accuracy_before", "accuracy_under_attack", "valid_accuracy_under_attack")
    )
    recipe = f"{run.spec.recipe} (edits by chance)" if run.spec.recipe == BASELINE else run.spec.recipe
    return (
        plain(recipe),
        plain(f"{data.get('name')} {data.get('split')}{_selected(data.get('selection'))}"),
        *shown,
    )


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


# --- probes --------------------------------------------------------------------------------------


def _probes(card: ModelCard) -> Section:
    found = [run for run in probe_runs.list_probes() if run.model_id == card.model_id]
    if not found:
        return Section("probes", "Probes", (NOT_MEASURED,))
    tables = [run.matrix.assign(run_id=run.run_id) for run in found]
    rows = pd.concat(tables, ignore_index=True).drop_duplicates(["capability", "severity"], keep="first")
    head = ("kind of language", "test", "failure rate", "verdict")
    cells = [
        (_kind(row), plain(row["kind"]), figure(row["failure_rate"]), plain(row["verdict"]))
        for row in rows.to_dict("records")
    ]
    used = ", ".join(mono(name) for name in dict.fromkeys(rows["run_id"]))
    said = "How often the model fails a kind of language, on cases whose answer is known."
    return Section("probes", "Probes", (said, table(head, cells), f"From {used}."))


def _kind(row: dict[str, Any]) -> str:
    severity = row["severity"]
    return plain(row["title"]) + ("" if pd.isna(severity) else f", severity {severity}")


# --- bias ----------------------------------------------------------------------------------------


def _bias(reports: list[BiasRun]) -> Section:
    if not reports:
        return Section("bias", "Bias", (NOT_MEASURED,))
    run = reports[0]
    said = (
        "How far the probability of positive changes, in points, where only the identity that a text "
        f"mentions is rewritten; {_reviews(run)}. No difference found is no proof that there is none."
    )
    head = ("identity", "group", "texts", "change", "verdict")
    rows = [
        (
            plain(_attribute(str(row["attribute"]))),
            plain(row["group"]),
            plain(row["source"]),
            _points(row["change"]),
            plain(row["verdict"]),
        )
        for row in run.report.to_dict("records")
    ]
    return Section("bias", "Bias", (said, table(head, rows), f"From {mono(run.run_id)}."))


def _toxicity(reports: list[BiasRun]) -> Section:
    if not reports or reports[0].toxicity.empty:
        return Section("toxicity", "Toxicity", (NOT_MEASURED,))
    run = reports[0]
    said = f"Whether abuse in a review drives the score; {_reviews(run)}."
    columns = [name for name in run.toxicity.columns]
    rows = [tuple(_value(row[name]) for name in columns) for row in run.toxicity.to_dict("records")]
    head = tuple(plain(name.replace("_", " ")) for name in columns)
    return Section("toxicity", "Toxicity", (said, table(head, rows), f"From {mono(run.run_id)}."))


def _reviews(run: BiasRun) -> str:
    data = run.manifest["data"]
    return plain(f"{data['n']:,} reviews of {data['name']} {data['split']}")


def _attribute(name: str) -> str:
    return ATTRIBUTES[name].title if name in ATTRIBUTES else name


def _points(change: Estimate) -> str:
    return figure(change).replace(" %", " points", 1)


def _value(value: Any) -> str:
    if isinstance(value, Estimate):
        return figure(value, percent=False)
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.3g}"
    return plain(value)

"""What the pages read of certificates: the runs, and what they say of one review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.records import attacks
from dashboard.wording import format_started
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.certificates.figures import Reach
    from attacks.certificates.runs import CertificateRun

#: Reviews of the run that the page starts.
STARTED_WITH = 200


def list_runs() -> list[CertificateRun]:
    """Return the finished certificates, newest first."""
    from attacks.certificates import runs

    return [run for run in runs.list_certificates() if run.finished]


def open_run(run_id: str) -> CertificateRun:
    """Return a finished run, shared by all visitors: do not write into it."""
    return _read_once(run_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read_once(run_id: str) -> CertificateRun:
    from attacks.certificates import runs

    return runs.open_certificate(run_id)


def edits_title(run: CertificateRun) -> str:
    """Return whose edits a run is about, in words: `WordNet`, `as PWWS`."""
    kinds = {"wordnet": "WordNet's synonyms", "near-words": "near words", "letters": "letter edits"}
    if run.spec.recipe is None:
        return kinds.get(run.spec.edits, run.spec.edits)
    recipe = attacks.recipes().get(run.spec.recipe)
    return f"the edits of {recipe.title if recipe else run.spec.recipe}"


def title(run: CertificateRun) -> str:
    """Return what a picker calls a run."""
    name = attacks.model_names().get(run.spec.model_id, run.spec.model_id)
    of = f"{len(run.spec.example_ids):,} reviews"
    return f"{name}, {edits_title(run)}, {of}, {format_started(run.run_id)}"


def why_not(card: ModelCard) -> str:
    """Return why a model has no certificate; empty where it can have one."""
    from attacks.certificates import methods

    try:
        methods.method_for(card)
    except ReelcheckError as error:
        return str(error)
    return ""


def argv(model: str, data: str, split: str) -> list[str]:
    """Return the command that certifies a sample of a split."""
    flags = ["--model", model, "--data", data, "--split", split]
    return ["certify", *flags, "--edits", "wordnet", "--limit", str(STARTED_WITH)]


def reaches(run: CertificateRun) -> dict[str, list[Reach]]:
    """Return by title the attacks whose edits are among a run's, on its reviews: one for each k."""
    from attacks.certificates import edits, figures

    of_recipe = None if run.spec.recipe is None else (run.spec.recipe, run.spec.params)
    found: dict[str, list[Reach]] = {}
    for batch in attacks.list_runs():
        within = edits.is_within((batch.spec.recipe, batch.spec.params), run.spec.edits, of_recipe)
        same = batch.spec.data.get("fingerprint") == run.spec.data.get("fingerprint")
        name = attacks.recipe_title(batch)
        if not (batch.finished and within and same and batch.spec.model_id == run.spec.model_id):
            continue
        if name in found or not set(batch.spec.example_ids) & set(run.spec.example_ids):
            continue
        records = attacks.open_run(batch.run_id).records
        found[name] = [figures.reach(open_run(run.run_id).rows, records, k) for k in run.spec.changes]
    return found


def of_review(fingerprint: str, example_id: str) -> list[tuple[CertificateRun, list[dict[str, Any]]]]:
    """Return the certificates that have a review, newest of each model and kind of edits, with its rows."""
    found: dict[tuple[str, str], tuple[CertificateRun, list[dict[str, Any]]]] = {}
    for run in list_runs():
        key = run.spec.model_id, run.whose_edits
        if key in found or run.spec.data.get("fingerprint") != fingerprint:
            continue
        if example_id in run.spec.example_ids:
            rows = open_run(run.run_id).rows
            found[key] = run, rows[rows["example_id"] == example_id].to_dict("records")
    return list(found.values())

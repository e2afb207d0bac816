"""What in the workspace is damaged, at the foot of every page: one line to open, a sentence an item."""

from __future__ import annotations

import streamlit as st

from dashboard.wording import escape_markdown
from sentiment_core.storage.kept import Damaged

#: Every stored run is checked, so not at every click; a repaired item leaves the list after this time.
SECONDS_KEPT = 60


def show() -> None:
    """Report how many stored items are damaged, and for each what is wrong and which command helps."""
    items = found()
    if not items:
        return
    st.space("small")
    with st.expander(f"{len(items):,} damaged {_noun(items)}", icon=":material/healing:"):
        st.caption("Damaged items are skipped; everything else works.")
        for item in items:
            st.caption(escape_markdown(item.sentence))


def _noun(items: list[Damaged]) -> str:
    kinds = {"run" if item.kind.endswith(" run") else item.kind for item in items}
    noun = kinds.pop() if len(kinds) == 1 else "item"
    return noun if len(items) == 1 else f"{noun}s"


@st.cache_data(ttl=SECONDS_KEPT, show_spinner=False)
def found() -> list[Damaged]:
    """Return what is damaged: models, data sets, runs of every kind, users' slices and recipes."""
    from attacks.batches import runs as attack_runs
    from attacks.bias import runs as bias_runs
    from attacks.hardening import harden
    from attacks.improvement import improve
    from attacks.own import picked, slices
    from attacks.own import recipes as composing
    from attacks.panels import making
    from attacks.probing import runs as probe_runs
    from attacks.tables import runs as tables
    from sentiment_core import embeddings, latency, models, promotions
    from sentiment_core.data import storing
    from sentiment_core.evaluation import records
    from sentiment_core.explanation import audit
    from sentiment_core.jobs import jobs
    from sentiment_core.pairs import records as paired
    from sentiment_core.publishing import written
    from sentiment_core.search import records as study_records
    from sentiment_core.storage import runs
    from sentiment_core.training import learning_curves

    by_name = {item.name: item for item in runs.damaged_runs()}
    for items in (
        records.damaged_evaluations(),
        jobs.damaged_jobs(),
        study_records.damaged_studies(),
        learning_curves.damaged_curves(),
        audit.damaged_audits(),
        attack_runs.damaged_attacks(),
        probe_runs.damaged_probes(),
        bias_runs.damaged_bias(),
        harden.damaged_hardenings(),
        improve.damaged_improvements(),
        tables.damaged_tables(),
        latency.damaged_timings(),
        paired.damaged_paired(),
        making.damaged_panels(),
        promotions.damaged_entries(),
    ):
        by_name |= {item.name: item for item in items}
    recipes = [
        Damaged("recipe", name, why, f"save it again, or remove {composing.STORE.folder() / name}")
        for name, why in composing.STORE.wrong().items()
    ]
    beside = [*models.damaged_models(), *storing.damaged_datasets(), *slices.damaged_slices(), *recipes]
    beside += [*embeddings.damaged(), *picked.damaged_picks(), *written.damaged()]
    return beside + [by_name[name] for name in sorted(by_name, reverse=True)]

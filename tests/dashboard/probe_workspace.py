"""Probings for the pages' tests, kept by the function that the command line uses."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attacks.own.probes import probes_named
from attacks.probing import perturbations, runs
from attacks.probing.base import Capability, Case
from attacks.probing.judging import right_class
from sentiment_core import data, models
from sentiment_core.evaluation import records as evaluation

NAMES = ("vocabulary", "contrast", "negation-simple", "intensifiers", "neutral")


def probed(alias: str, names: Sequence[str] = NAMES) -> str:
    """Ask a model a few capabilities and return the run's id."""
    return runs.run_probes(alias, probes_named(names))


def probed_reviews(alias: str, n: int = 6, changes: Sequence[str] = ("typos", "case")) -> str:
    """Ask a model about changed reviews of the smallest data set it was measured on."""
    records = evaluation.list_evaluations(models.resolve(alias).model_id)
    record = next(found for found in records if found.manifest["n"] == 60)
    rows = data.by_fingerprint(record.fingerprint).split(record.split).head(n)
    facts = {"name": "sentences", "fingerprint": record.fingerprint, "split": record.split, "n": n, "seed": 0}
    return runs.run_probes(alias, perturbations.capabilities(rows, changes), data=facts)


def capability(texts: Sequence[str], name: str = "vocabulary", title: str = "Vocabulary") -> Capability:
    """Return an MFT capability of these texts, all expected to be positive and negative in turn."""
    cases = [Case(f"{name}-{i}", text, text[:40] or "empty", i % 2, f"{i}") for i, text in enumerate(texts)]
    return Capability(name, title, "A test.", "MFT", lambda: cases, right_class)


def frame_of(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Return a matrix of rows that differ from a plain one only in what is given."""
    from attacks.probing.summary import MATRIX_COLUMNS, rate

    plain = {
        "capability": "a", "title": "A", "family": "language", "kind": "MFT", "severity": pd.NA,
        "failure_rate": rate(5, 10), "n": 10, "n_failed": 5, "n_not_applicable": 0, "n_templates": 2,
        "template_min": 0.1, "template_max": 0.9, "heterogeneity_p": 0.5, "unreliable": False, "p": 0.001,
        "p_adjusted": 0.001, "verdict": "fails",
    }  # fmt: skip
    assert set(plain) == set(MATRIX_COLUMNS)
    return pd.DataFrame([plain | row | {"run_id": "r"} for row in rows]).astype({"severity": "Int64"})

"""Stored bias reports: each chosen model's newest run on the chosen reviews."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.records import finished
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.bias.runs import BiasRun
    from attacks.rewriting.base import Attribute
    from dashboard.records.evaluations import DataChoice

KIND = "bias"
HIGHER, LOWER, TOO_FEW = "treated higher", "treated lower", "too few"
REVIEWS, TEMPLATES = "reviews", "templates"


@dataclass(frozen=True)
class Audited:
    """One model, how the page shows it, and its stored run, whose tables are read when first used."""

    model_id: str
    name: str
    colour: str
    run: BiasRun

    @property
    def run_id(self) -> str:
        """The stored run's id."""
        return str(self.run.run_id)


def list_runs() -> list[BiasRun]:
    """Return the finished bias runs, newest first; read from disk only when there is a new one."""
    from attacks.bias import runs as bias_runs

    return finished.listed(KIND, bias_runs.list_bias)


def newest(model_id: str, choice: DataChoice) -> BiasRun | None:
    """Return a model's newest run on these reviews, None where there is none."""
    return next((run for run in list_runs() if model_of(run) == model_id and is_on(run, choice)), None)


def model_of(run: BiasRun) -> str:
    """Return the id of the model whose bias was measured."""
    return str(run.manifest["model_id"])


def is_on(run: BiasRun, choice: DataChoice) -> bool:
    """Whether a run took its reviews from this split of this data set."""
    data = run.manifest.get("data") or {}
    return (data.get("fingerprint"), data.get("split")) == (choice.fingerprint, choice.split)


def audited(cards: Sequence[ModelCard], choice: DataChoice, colours: dict[str, str]) -> list[Audited]:
    """Return the chosen models that have a run on these reviews, in the order of the sidebar."""
    runs = [(card, newest(card.model_id, choice)) for card in cards]
    return [
        Audited(card.model_id, card.short_name, colours[card.model_id], run)
        for card, run in runs
        if run is not None
    ]


# --- attributes ----------------------------------------------------------------------------------


def attributes() -> dict[str, Attribute]:
    """Return the identities that can be rewritten, by name."""
    from attacks.identities import ATTRIBUTES

    return ATTRIBUTES


def title_of(attribute: str) -> str:
    """Return an attribute's title; its name where it is no longer known."""
    known = attributes().get(attribute)
    return known.title if known else attribute


# --- pairs ---------------------------------------------------------------------------------------


@st.cache_resource(max_entries=16, show_spinner=False)
def pairs(run_ids: tuple[str, ...], by: int) -> pd.DataFrame:
    """Return of every set the two versions that differ most for one model, the largest differences first.

    `worst_pairs`' columns and `key`; `a_0, b_0` are the first model's probabilities of the two versions,
    `a_1, b_1` the second one's (missing where it was not asked). Shared by all visitors, so read-only.
    """
    from attacks.bias import counterfactuals

    by_id = {run.run_id: run for run in list_runs()}
    frames = [by_id[run_id].frame for run_id in run_ids]
    table = counterfactuals.worst_pairs(frames[by], k=len(frames[by]))
    table["key"] = [_key(a, b) for a, b in zip(table["text_a"], table["text_b"], strict=True)]
    for place, frame in enumerate(frames):
        answers = frame.drop_duplicates("text").set_index("text")["prob_positive"]
        for side in ("a", "b"):
            table[f"{side}_{place}"] = table[f"text_{side}"].map(answers).astype(float)
        table[f"change_{place}"] = table[f"b_{place}"] - table[f"a_{place}"]
    return table


def _key(first: str, second: str) -> str:
    """Return a short name of a pair for the address: it stays when the ranking changes."""
    return hashlib.sha256(f"{first}\0{second}".encode("utf-8", "replace")).hexdigest()[:10]


# --- figures as plain columns --------------------------------------------------------------------


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose Estimates are columns of their own: value, _low, _high and _n after their name."""
    columns: dict[str, Any] = {}
    for name in table.columns:
        values = list(table[name])
        if values and hasattr(values[0], "ci_low"):
            columns[str(name)] = [value.value for value in values]
            columns[f"{name}_low"] = [value.ci_low for value in values]
            columns[f"{name}_high"] = [value.ci_high for value in values]
            columns[f"{name}_n"] = [value.n for value in values]
        else:
            columns[str(name)] = values
    return pd.DataFrame(columns)

"""Which runs the Robustness page shows, and their cached figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.charts import REFERENCE_COLOUR
from dashboard.records import attacks, evaluations
from dashboard.records.attacks import verdicts
from dashboard.session import selection
from dashboard.session.address import Address
from dashboard.views.robustness import desk, wording
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun
    from attacks.figures.comparison import RunComparison

RUNS, PART = "robustness_runs", "robustness_part"
_KEPT_RUNS = "_robustness_kept_runs"
RUNS_ADDRESS = Address("robustness_runs", ("runs",))
#: Most runs compared at once; with more the chart no longer fits the first screen.
MOST_RUNS = 6
#: Runs that are chosen by default.
DEFAULT_RUNS = 3


@dataclass(frozen=True)
class Attacked:
    """One run as the page shows it."""

    run: AttackRun
    name: str
    colour: str

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def records(self) -> pd.DataFrame:
        """A row a review; of an unfinished run those that are there."""
        return attacks.open_run(self.run_id).records

    @property
    def figures(self) -> dict[str, Estimate]:
        """Every figure of the run."""
        return attacks.figures(self.run_id, len(self.records), attacks.verdict_stamp(self.run_id))


# --- which runs ----------------------------------------------------------------------------------


def adopt_runs(options: Sequence[str], default: Sequence[str]) -> list[str]:
    """Return the runs to show: where the picker went, else what the address names, else the default."""
    asked = RUNS_ADDRESS.followed(arrived=RUNS not in st.session_state)
    if asked is not None:
        named = asked.get("runs", "").split(",")
        st.session_state[RUNS] = [run for run in named if run in options][:MOST_RUNS]
    kept = [run for run in st.session_state.get(RUNS, st.session_state.get(_KEPT_RUNS, [])) if run in options]
    # Where the address names batches that are all gone, others would stand under that address.
    st.session_state[RUNS] = kept or ([] if gone_runs(options) else list(default))
    return list(st.session_state[RUNS])


def gone_runs(options: Sequence[str]) -> list[str]:
    """Return the runs that the address names and that are not there."""
    named = RUNS_ADDRESS.asked().get("runs", "").split(",")
    return [run for run in named if run and run not in options]


def write_runs() -> None:
    """Put the chosen runs into the address, and keep them for when the page is shown again."""
    st.session_state[_KEPT_RUNS] = list(st.session_state[RUNS])
    RUNS_ADDRESS.write({"runs": ",".join(st.session_state[RUNS])})


def default_runs(runs: Sequence[AttackRun]) -> list[str]:
    """Return the newest run of each pair of model and recipe, of the sidebar's models where they have any.

    Unfinished runs, single reviews and picked ones are chosen only where there is nothing else.
    """
    whole = [run for run in runs if run.finished and not attacks.is_single(run)]
    whole = [run for run in whole if not attacks.picked(run)] or whole or list(runs)
    newest: dict[tuple[str, str], str] = {}
    for run in whole:
        newest.setdefault((run.spec.model_id, attacks.recipe_title(run)), run.run_id)
    chosen = selection.selection().model_ids
    mine = [run_id for (model_id, _), run_id in newest.items() if model_id in chosen]
    return (mine or list(newest.values()))[:DEFAULT_RUNS]


def attacked(runs: Sequence[AttackRun]) -> list[Attacked]:
    """Return the runs with the names and colours that charts show."""
    names = wording.names_apart([attacks.short_title(run) for run in runs])
    colours = evaluations.model_colours()
    return [
        Attacked(run, name, colours.get(run.spec.model_id, REFERENCE_COLOUR))
        for run, name in zip(runs, names, strict=True)
    ]


# --- cached figures: a run's id, its size and the stamp of its verdicts name everything ----------


@st.cache_resource(max_entries=32, show_spinner=False)
def comparison(run_a: str, run_b: str, sizes: tuple[int, int], stamps: tuple[str, str]) -> RunComparison:
    """Return the paired comparison of two runs; by valid texts where all of both are judged."""
    from attacks.figures import robustness

    a, b = (attacks.open_run(run).records for run in (run_a, run_b))
    by_valid = robustness.compare_runs(a, b, verdicts(run_a), verdicts(run_b), valid_only=True)
    return robustness.compare_runs(a, b) if any(by_valid.reasons) else by_valid


@st.cache_resource(max_entries=64, show_spinner=False)
def budget_curve(run_id: str, n: int) -> pd.DataFrame:
    """Return success against queries."""
    from attacks.figures import robustness

    return robustness.budget_curve(attacks.open_run(run_id).records)


@st.cache_resource(max_entries=64, show_spinner=False)
def share_curve(run_id: str, n: int, stamp: str, valid_only: bool) -> pd.DataFrame:
    """Return accuracy against the share of words changed."""
    from attacks.figures import robustness

    records = attacks.open_run(run_id).records
    return robustness.accuracy_by_share_changed(records, verdicts(run_id), valid_only=valid_only)


@st.cache_resource(max_entries=32, show_spinner="Comparing the words")
def vulnerable_words(run_id: str, n: int, at_least: int) -> pd.DataFrame:
    """Return the words whose change goes along with success."""
    from attacks.figures import robustness

    return robustness.vulnerable_words(attacks.open_run(run_id).records, at_least)


@st.cache_resource(max_entries=32, show_spinner=False)
def vulnerable_positions(run_id: str, n: int) -> pd.DataFrame:
    """Return in which tenth of a review the changes lie."""
    from attacks.figures import robustness

    return robustness.vulnerable_positions(attacks.open_run(run_id).records)


@st.cache_resource(max_entries=8, show_spinner="Laying out the texts")
def desk_rows(
    runs: tuple[str, ...], names: tuple[str, ...], sizes: tuple[int, ...], stamps: tuple[str, ...]
) -> pd.DataFrame:
    """Return every text of these runs for the desk; shared by all visitors, so read-only."""
    frames = [
        desk.rows(run, name, attacks.open_run(run).records, verdicts(run))
        for run, name in zip(runs, names, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)

"""Robustness tables: cells are attack runs, a stop changes nothing, and the figures can be counted."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_reviews import made_dataset

from attacks import __main__ as command_line
from attacks.batches import runs as attack_runs
from attacks.batches import transfer
from attacks.batches.sampled import attack, examples, source
from attacks.certificates import runs as certificates
from attacks.certificates.schema import CertificateSpec
from attacks.tables import document, plan, rows
from attacks.tables import runs as tables
from attacks.tables.certified import certified
from attacks.tables.spec import TableSpec, cells, left_out, recipes_named
from sentiment_core import data, models
from sentiment_core.errors import Cancelled, ResourceMissing, RunError
from sentiment_core.execution.base import Here
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

N = 8


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, textattack: Any) -> None:
    """Attack in this process, which has TextAttack already; judging would load an encoder."""
    monkeypatch.setattr("attacks.engine.batch.executor_for", lambda workers, cluster: Here())
    monkeypatch.setattr("attacks.tables.runs.verdicts.judge_run", _without_encoder)


def _without_encoder(run_id: str, progress: Any) -> None:
    raise ResourceMissing("no encoder")


@pytest.fixture
def dataset(shelve: Callable[[str], Any]) -> Any:
    """Stored reviews, and the models `tfidf` and `nbsvm`."""
    shelve("tfidf")
    shelve("nbsvm")
    made = made_dataset()
    data.store(made)
    return made


def spec_for(dataset: Any, **changes: Any) -> TableSpec:
    asked = {
        "models": ("tfidf", "nbsvm"),
        "recipes": ("deepwordbug", "random"),
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "limit": N,
    }
    return TableSpec(**asked | changes)


def without_ids(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "run_id"} for row in found]


def test_each_cell_is_an_attack_run_and_its_figures_are_counted_from_the_records(
    dataset: Any, here: None, tmp_path: Path
) -> None:
    known = attack("tfidf", "random", dataset, "test", N)
    run_id = tables.resume(tables.start(spec_for(dataset)))
    table = tables.open_table(run_id)
    assert table.finished
    assert len(table.rows) == 4
    found = {(row["model_id"], row["recipe"]): row for row in table.rows}
    assert found[models.resolve("tfidf").model_id, "random"]["run_id"] == known  # nothing is attacked twice
    assert len(attack_runs.list_attacks()) == 4
    for row in table.rows:
        records = attack_runs.open_attack(row["run_id"]).records
        assert (row["n"], row["of"]) == (N, N)
        right = (records["outcome"] != "skipped").sum() / N
        assert row["figures"]["accuracy_before"]["value"] == pytest.approx(right)
        held = (records["outcome"] == "failed").sum() / N
        assert row["figures"]["accuracy_under_attack"]["value"] == pytest.approx(held)
    manifest = runs.open_run(run_id).manifest or {}
    assert {row["run_id"] for row in table.rows} <= set(manifest["runs"].values())
    _same_as_the_kept_matrices(table, manifest["runs"])
    out = tmp_path / "table.md"
    assert command_line.main(["table", "--resume", run_id, "--out", str(out)]) == 0
    written = out.read_text(encoding="utf-8")
    assert written.count("\n| ") == 4 + 2 + 4 + 2
    assert f"--limit {N}" in written
    assert tables.resume(run_id) == run_id


def _same_as_the_kept_matrices(table: tables.Table, made: dict[str, str]) -> None:
    other = {"tfidf": "nbsvm", "nbsvm": "tfidf"}
    for row in table.rows:
        (target,) = row["transfer"]
        assert target == models.resolve(other[rows.short_name(row["model_id"])]).model_id
        kept = runs.open_run(made[rows.transfer_step(row["recipe"])])
        matrix = runs.read_table(kept, transfer.RESULTS, transfer.TRANSFER_COLUMNS)
        line = matrix[(matrix["source"] == row["run_id"]) & (matrix["target"] == target)].iloc[0]
        found = Estimate.from_json(row["transfer"][target])
        assert found.value == pytest.approx(line["value"], nan_ok=True)


def test_a_table_that_was_stopped_at_any_review_resumes_to_the_rows_of_one_that_was_not(
    dataset: Any, here: None, reelcheck_home: Path
) -> None:
    spec = spec_for(dataset, query_budget=30)
    stopped = tables.start(spec)
    for at in (3, 5, 12):
        with pytest.raises(Cancelled):
            tables.resume(stopped, progress=_stopping_at(at))
        assert not tables.open_table(stopped).finished
    so_far = tables.open_table(stopped)
    assert 0 < sum(row["n"] for row in so_far.rows) < 4 * N
    assert "not finished" in document.about(so_far)
    tables.resume(stopped)
    for run in attack_runs.list_attacks():
        runs.remove(run.run_id)
    whole = tables.resume(tables.start(spec))
    assert without_ids(tables.open_table(stopped).rows) == without_ids(tables.open_table(whole).rows)


def _stopping_at(calls: int) -> Any:
    """Return a progress that stops at this call while reviews are attacked."""
    seen = iter(range(calls))

    def progress(done: float, total: float, what: str) -> None:
        if "attacking" in what and next(seen, None) is None:
            raise Cancelled

    return progress


def test_what_is_certified_of_the_models_on_this_split_is_in_the_table(dataset: Any, textattack: Any) -> None:
    model_id = models.resolve("tfidf").model_id
    for name, n in (("test", 2), ("test", 3), ("validation", 4)):
        spec = CertificateSpec(model_id, "letters", changes=(1,), data=source(dataset, name), parts=n)
        certificates.certify(spec, examples(dataset, name, n, 0))
    (record,) = certified(spec_for(dataset, models=(model_id,)))
    assert (record["model_id"], record["edits"]) == (model_id, "letters")
    (bracket,) = record["brackets"]
    assert bracket["certified"]["n"] == 3
    table = tables.Table("x", spec_for(dataset), True, [], [record])
    assert "| tfidf | letters | 1 |" in document.markdown_of(table)


def test_models_with_a_network_get_fewer_reviews_of_the_same_and_come_last(
    shelve: Callable[[str], Any], dataset: Any
) -> None:
    shelve("transformer")
    spec = spec_for(dataset, models=("transformer", "tfidf"), recipes=("pwws", "random"), network_limit=3)
    planned = [(rows.short_name(cell.model_id), cell.recipe, cell.n) for cell in cells(spec)]
    have_wordnet = "pwws" in recipes_named(["all"])
    recipes = ("random", "pwws") if have_wordnet else ("random",)
    assert planned == [
        *(("tfidf", recipe, N) for recipe in recipes),
        *(("transformer", recipe, 3) for recipe in recipes),
    ]


def test_a_recipe_that_is_not_offered_for_a_model_is_left_out_with_its_reason(
    shelve: Callable[[str], Any], dataset: Any
) -> None:
    shelve("transformer")
    spec = spec_for(dataset, models=("transformer", "tfidf"), recipes=("leap",))
    assert [rows.short_name(cell.model_id) for cell in cells(spec)] == ["tfidf"]
    (item,) = left_out(spec)
    assert "not transformer" in item.why
    with pytest.raises(RunError, match="no model can be attacked"):
        tables.start(spec_for(dataset, models=("transformer",), recipes=("leap",)))


def test_a_plan_takes_its_pace_from_earlier_batches_and_counts_what_is_done(dataset: Any, here: None) -> None:
    spec = spec_for(dataset, models=("tfidf",))
    before = {item.cell.recipe: item for item in plan.planned(spec, {})}
    assert "default for linear models" in before["deepwordbug"].source
    run_id = attack("tfidf", "deepwordbug", dataset, "test", N)
    records = attack_runs.open_attack(run_id).records
    after = {item.cell.recipe: item for item in plan.planned(spec, {})}
    assert after["deepwordbug"].seconds == pytest.approx(records["seconds"].sum())
    done = plan.planned(spec, {after["deepwordbug"].cell.step: run_id})
    assert {item.cell.recipe: (item.done, item.seconds == 0) for item in done} == {
        "deepwordbug": (N, True),
        "random": (0, False),
    }


def test_the_command_estimates_lists_and_refuses_in_one_line(
    dataset: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--models", "tfidf", "--recipes", "random,leap", "--data", dataset.fingerprint, "--limit", "5"]
    assert command_line.main(["table", *asked, "--estimate", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [item["recipe"] for item in result["plan"]] == ["random", "leap"]
    assert result["seconds"] == pytest.approx(sum(item["seconds"] for item in result["plan"]), abs=0.2)
    assert tables.list_tables() == []
    for wrong in (
        ["--models", "tfidf"],
        [*asked[:-1], "0"],
        [*asked, "--budget", "0"],
        [*asked, "--workers", "0"],
        ["--models", "nobody", *asked[2:]],
        [*asked[:2], "--recipes", "nothing", *asked[4:]],
        ["--resume", "20260101t000000000-table-x-00000000"],
    ):
        assert command_line.main(["table", *wrong]) == 2, wrong
        assert capsys.readouterr().err.splitlines()[-1].startswith("error: ")
    assert command_line.main(["table", "--list"]) == 0
    assert "no tables yet" in capsys.readouterr().out


def test_a_recipe_without_its_resource_is_refused_by_name_and_left_out_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from attacks.resources.catalog import RESOURCES

    gone = dataclasses.replace(RESOURCES["wordnet"], where=lambda: None)
    monkeypatch.setitem(RESOURCES, "wordnet", gone)
    with pytest.raises(ResourceMissing, match="WordNet"):
        recipes_named(["pwws"])
    named = recipes_named(["all"])
    assert "pwws" not in named and "deepwordbug" in named

"""What a newer version wrote is said to be newer: it is not misread, repaired, replaced or removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from attacks import __main__ as attacks_line
from sentiment_core import __main__ as core_line
from sentiment_core import data, models
from sentiment_core.data.storing import damaged_datasets, store
from sentiment_core.errors import DataError, ModelError, RunError
from sentiment_core.jobs import jobs
from sentiment_core.storage import kept, runs, workspace
from sentiment_core.training import train

NEXT = kept.SCHEMA + 1
SAID = f"newer version of Reelcheck .schema {NEXT}, known here: {kept.SCHEMA}."


def of_newer(path: Path, **more: object) -> dict[str, bytes]:
    """Mark a JSON file as one of the next version, in which entries may mean something else."""
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {kept.SCHEMA_KEY: NEXT} | more))
    return {str(file): file.read_bytes() for file in path.parent.rglob("*") if file.is_file()}


def unchanged(before: dict[str, bytes]) -> bool:
    return all(Path(name).read_bytes() == content for name, content in before.items())


@pytest.fixture
def reviews(tmp_path: Path) -> data.Dataset:
    rows = [
        (f"{word} film number {i}", label) for i in range(30) for label, word in enumerate(("bad", "fine"))
    ]
    path = tmp_path / "reviews.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return data.load(str(path))


def test_a_newer_model_is_listed_as_newer_and_never_answers(
    reviews: data.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    model_id = train.train("tfidf", reviews, alias="mine").model_id
    before = of_newer(workspace.models_folder() / model_id / "manifest.json", params={"threshold": "of v2"})
    assert models.list_models() == []
    (item,) = models.damaged_models()
    assert (
        item.sentence.startswith(f"model {model_id} cannot be read here: ") and "remove" not in item.sentence
    )
    with pytest.raises(ModelError, match=SAID):
        models.resolve("mine")
    assert core_line.main(["predict", "--model", "mine", "--text", "fine"]) == 2
    assert "newer version" in capsys.readouterr().err
    assert unchanged(before)


def test_a_newer_data_set_is_neither_read_nor_written_over(reviews: data.Dataset) -> None:
    before = of_newer(workspace.datasets_folder() / reviews.fingerprint / "manifest.json")
    assert "cannot be read here" in damaged_datasets()[0].sentence
    for asked in (lambda: data.by_fingerprint(reviews.fingerprint), lambda: store(reviews)):
        with pytest.raises(DataError, match=SAID):
            asked()
    assert unchanged(before)


RUNS: dict[str, tuple[str, Callable[[str], object]]] = {
    "evaluation": ("a", lambda run_id: runs.open_run(run_id)),
    "job": ("demo", jobs.repair),
    "attack": ("a", lambda run_id: _repaired_by_attacks(run_id)),
}


def _repaired_by_attacks(run_id: str) -> None:
    from attacks.batches.repair import repair

    repair(run_id)


@pytest.mark.parametrize("kind", RUNS)
def test_a_newer_run_is_named_and_not_repaired(reelcheck_home: Path, kind: str) -> None:
    folder = runs.create(kind, f"20261129t000000000-{kind}-a-00000000", {"argv": ["demo"], "title": "d"})
    runs.finish(folder, {"state": "finished", "message": ""})
    before = of_newer(folder / runs.MANIFEST)
    assert runs.list_runs(kind) == []
    assert "cannot be read here" in runs.damaged_runs(kind)[0].sentence
    with pytest.raises(RunError, match="newer version"):
        RUNS[kind][1](folder.name)
    assert unchanged(before)


def test_commands_say_it_in_one_line(reelcheck_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = runs.create("attack", "20261129t000000000-attack-a-00000000", {})
    of_newer(folder / runs.SPEC)
    for line, argv in (
        (core_line, ["runs", "show", folder.name]),
        (attacks_line, ["runs", "repair", folder.name]),
    ):
        assert line.main(argv) == 2
        err = capsys.readouterr().err
        assert err.count("error: ") == 1 and "newer version" in err and "Traceback" not in err


@pytest.mark.parametrize("form", [1, 0, None, "2", True])
def test_what_this_version_knows_is_read(reelcheck_home: Path, form: object) -> None:
    folder = runs.create("evaluation", "20261129t000000000-evaluation-a-00000000", {})
    runs.finish(folder, {kept.SCHEMA_KEY: form})
    assert [run.run_id for run in runs.list_runs("evaluation")] == [folder.name]

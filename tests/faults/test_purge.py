"""`purge`: no text of what was purged is left anywhere in the workspace, and the figures are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attacks.batches import archive
from attacks.batches import runs as attack_runs
from attacks.bias import runs as bias_runs
from sentiment_core import __main__ as core_line
from sentiment_core import data_shelf, models, purging
from sentiment_core.data.storing import list_stored
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.pairs import records as paired
from sentiment_core.storage import answers, runs, workspace

#: In every review of the data set "given name", and nowhere else.
OF_DATA = "Ticket "
TYPED = "The zebra wore galoshes."


@pytest.fixture(scope="module")
def made(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("purged")
    shutil.copytree(kept_home, home, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        for file in ("reviews.csv", "others.csv"):  # the person's own copies, outside of what is kept
            (home / file).unlink()
        _typed()
    yield home


def _typed() -> None:
    """Keep what pages keep of a typed text: an explanation, a job, an attack."""
    answers.keep("explanations", ["m", TYPED], {"tokens": TYPED.split()})
    spec = {"argv": ["explain", "--model", "tfidf", f"--text={TYPED}"], "title": "Explain", "folder": "."}
    folder = runs.create(jobs.KIND, "20261129t000000000-job-explain-00000000", spec)
    runs.finish(folder, {"state": "finished", "message": ""})
    attack = {"model_id": "m", "recipe": "pwws", "data": {"name": "typed"}, "example_ids": ["typed"]}
    folder = runs.create("attack", "20261129t000000000-attack-pwws-m-00000000", attack)
    rows = pd.DataFrame({"example_id": ["typed"], "text": [TYPED], "label": [1]})
    workspace.write_parquet(folder / "examples.parquet", rows)
    workspace.write_json(folder / "recipe.json", {"name": "pwws"})


@pytest.fixture
def home(made: Path, reelcheck_home: Path) -> Path:
    shutil.copytree(made, reelcheck_home, dirs_exist_ok=True, symlinks=True)
    return reelcheck_home


def files_with(home: Path, words: str) -> list[str]:
    """Return the files that hold these words, tables read as what they hold."""
    found = []
    for path in sorted(home.rglob("*")):
        if path.suffix == ".parquet":
            held = pd.read_parquet(path).astype(str).to_csv()
        elif path.is_file() and "models" not in path.parts:
            held = path.read_bytes().decode("utf-8", errors="replace")
        else:
            continue
        if words in held:
            found.append(str(path.relative_to(home)))
    return found


def purge(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert core_line.main(["purge", *argv, "--json"]) == 0, capsys.readouterr().err
    return dict(json.loads(capsys.readouterr().out))


def everything(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def test_without_yes_everything_is_listed_with_its_bytes_and_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(home)
    listed = purge(capsys)
    assert everything(home) == before and not listed["purged"]
    kinds = " ".join(piece["what"] for piece in listed["pieces"])
    for kind in ("data set given name", "vectors", "verdicts on labels", "attack run", "bias run", "job"):
        assert kind in kinds
    paths = {path for piece in listed["pieces"] for path in piece["paths"]}
    sizes = {name: len(content) for name, content in before.items()}
    held = sum(size for name, size in sizes.items() if any(name.startswith(path) for path in paths))
    assert sum(piece["bytes"] for piece in listed["pieces"]) == listed["bytes"] >= held > 10_000


def test_no_text_of_purged_data_is_left_and_the_figures_are(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluated = records.list_evaluations(models.resolve("tfidf").model_id)[0]
    accuracy = evaluated.metrics["accuracy"]
    attacked = next(run for run in attack_runs.list_attacks() if run.finished)
    figures, outcomes = dict(attacked.manifest or {})["figures"], list(attacked.records["outcome"])
    biased = bias_runs.list_bias()[0]
    rows = len(biased.report)
    fingerprints = [str(item["fingerprint"]) for item in list_stored()]
    assert files_with(home, OF_DATA)

    done = purge(capsys, "--data", *fingerprints, "--yes")

    assert done["purged"] and files_with(home, OF_DATA) == []
    assert list_stored() == []
    again = records.open_evaluation(evaluated.run_id)
    assert again.metrics["accuracy"] == accuracy and len(again.frame) == evaluated.manifest["n"]
    run = attack_runs.open_attack(attacked.run_id)
    assert dict(run.manifest or {})["figures"] == figures and purging.PURGED in dict(run.manifest or {})
    assert list(run.records["outcome"]) == outcomes
    assert set(run.records["original"]) == {""}
    assert len(bias_runs.open_bias(biased.run_id).report) == rows
    assert (
        runs.damaged_runs() == [] and attack_runs.damaged_attacks() == [] and bias_runs.damaged_bias() == []
    )


def test_what_was_purged_is_not_taken_for_a_change_of_the_model(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = next(run for run in attack_runs.list_attacks() if run.finished)
    purge(capsys, "--data", *(str(item["fingerprint"]) for item in list_stored()), "--yes")
    with pytest.raises(RunError, match="its texts were purged"):
        archive.check(run.run_id)


def test_only_the_chosen_data_set_is_purged(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    purge(capsys, "--data", "others.csv", "--yes")
    assert [item["name"] for item in list_stored()] == ["given name"]
    assert data_shelf.find("given name")
    assert all("Others" not in name for name in files_with(home, "Others. "))
    assert files_with(home, "Others. ") == [] and files_with(home, OF_DATA)


def test_typed_texts_are_purged_and_nothing_else(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(files_with(home, "zebra")) == 3
    before = {name for name in everything(home) if "zebra" not in name}
    done = purge(capsys, "--typed", "--yes")
    assert files_with(home, "zebra") == []
    gone = {path for piece in done["pieces"] for path in piece["paths"]}
    left = set(everything(home))
    assert {name for name in before - left if not any(name.startswith(path) for path in gone)} == set()
    assert len(list_stored()) == 2


def test_verdicts_are_purged_with_their_authors_and_notes(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert files_with(home, '"author"')
    purge(capsys, "--verdicts", "--yes")
    assert files_with(home, '"author"') == []
    assert len(list_stored()) == 2 and files_with(home, OF_DATA)


def test_the_texts_of_pairs_are_purged_and_their_figures_stay(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [run.figures for run in paired.list_paired()]
    assert len(files_with(home, "A wonderful film.")) == len(before)
    purge(capsys, "--pairs", "--yes")
    assert files_with(home, "A wonderful film.") == []
    after = paired.list_paired()
    assert [run.figures for run in after] == before and set(after[0].frame["edited"]) == {""}


def test_a_second_call_finds_nothing_and_a_killed_one_is_finished(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = purging._empty, []

    def killed(piece: purging.Piece) -> None:
        calls.append(piece)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(piece)

    monkeypatch.setattr(purging, "_empty", killed)
    assert core_line.main(["purge", "--all", "--yes"]) == 130
    monkeypatch.setattr(purging, "_empty", real)
    capsys.readouterr()
    purge(capsys, "--all", "--yes")
    assert files_with(home, OF_DATA) == [] and files_with(home, "zebra") == []
    assert purge(capsys)["pieces"] == []


def test_a_running_job_is_waited_for(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.list_jobs()[0]
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [job])
    before = everything(home)
    assert core_line.main(["purge", "--all", "--yes"]) == 2
    assert "is active; cancel it" in capsys.readouterr().err and everything(home) == before


@pytest.mark.parametrize(
    ("argv", "said"),
    [(["--yes"], "--yes needs to know what"), (["--data", "nothing-like-it"], "no stored data set is named")],
)
def test_what_cannot_be_purged_is_one_line(
    reelcheck_home: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    assert core_line.main(["purge", *argv]) == 2
    assert said in capsys.readouterr().err

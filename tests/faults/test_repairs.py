"""What is damaged can be repaired or removed, and what is resumed equals what was never interrupted."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import kept_workspace  # noqa: E402
from readings import command  # noqa: E402

from attacks import __main__ as attacks_line  # noqa: E402
from attacks.batches import repair
from attacks.batches import runs as attack_runs  # noqa: E402
from sentiment_core import __main__ as core_line  # noqa: E402
from sentiment_core import data, models
from sentiment_core.data import storing  # noqa: E402
from sentiment_core.errors import ModelError, RunError  # noqa: E402
from sentiment_core.schema import Dataset  # noqa: E402
from sentiment_core.storage import journal, locks, runs, workspace
from sentiment_core.training import train  # noqa: E402


@pytest.fixture
def reviews(reelcheck_home: Path) -> Dataset:
    kept_workspace._reviews().to_csv(reelcheck_home / "reviews.csv", index=False)
    return data.load(str(reelcheck_home / "reviews.csv"))


@pytest.fixture
def model(reviews: Dataset) -> str:
    return train.train("tfidf", reviews, alias="tfidf").model_id


def records_of(run_id: str) -> pd.DataFrame:
    return attack_runs.open_attack(run_id).records.drop(columns=["seconds"])


# --- a batch of attacks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["results.parquet", "manifest.json", "spec.json", "recipe.json", "examples.parquet"]
)
@pytest.mark.parametrize("damage", [b"", b"[]", b"\xff\x00PAR1", None])
def test_a_finished_batch_is_rebuilt_from_what_is_left(reviews, model, name, damage) -> None:
    run_id = kept_workspace.batch("tfidf", reviews)
    folder, before = attack_runs.open_attack(run_id).folder, attack_runs.open_attack(run_id)
    records, figures = before.records, before.figures
    (folder / name).unlink() if damage is None else (folder / name).write_bytes(damage)
    code, _, err = command(core_line, "runs", "repair", run_id)
    assert code == 0, err
    again = attack_runs.open_attack(run_id)
    assert again.finished and attack_runs.damaged_attacks() == []
    pd.testing.assert_frame_equal(again.records, records)
    assert again.figures == figures and again.spec == before.spec


def test_a_whole_batch_is_left_as_it_is_by_a_repair(reviews, model) -> None:
    run_id = kept_workspace.batch("tfidf", reviews)
    folder = attack_runs.open_attack(run_id).folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert repair.repair(run_id) == "finished"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before | {"lock": b""}


def test_what_is_lost_everywhere_is_said_and_the_run_can_be_removed(reviews, model) -> None:
    run_id = kept_workspace.batch("tfidf", reviews, done=3)
    (attack_runs.open_attack(run_id).folder / "spec.json").write_text("[]")
    with pytest.raises(RunError, match=r"cannot be repaired.*runs remove") as caught:
        repair.repair(run_id)
    assert "\n" not in str(caught.value)
    code, out, _ = command(core_line, "runs", "remove", run_id)
    assert code == 0 and "--yes" in out and runs.folder_of(run_id).is_dir()
    assert command(core_line, "runs", "remove", run_id, "--yes")[0] == 0
    assert command(core_line, "runs", "list")[1] == "no runs yet\n"


def test_a_running_run_is_neither_repaired_nor_removed(reviews, model) -> None:
    run_id = kept_workspace.batch("tfidf", reviews, done=3)
    with runs.alone(runs.folder_of(run_id)):
        for argv in (["repair", run_id], ["remove", run_id], ["remove", run_id, "--yes"]):
            code, _, err = command(core_line, "runs", *argv)
            assert code == 2 and "running" in err


@pytest.mark.parametrize("damage", [b"{", b"", b"[]", b'{"example_id": "x"}', b"\xff\xfe", b"[" * 3000])
def test_a_batch_resumed_over_a_damaged_line_equals_an_uninterrupted_one(reviews, model, damage) -> None:
    whole, torn = (started(reviews, seed=0), started(reviews, seed=0))
    attack_runs.resume(whole)
    folder = attack_runs.open_attack(torn).folder
    lines = (attack_runs.open_attack(whole).folder / journal.FILE).read_bytes().split(b"\n")
    (folder / journal.FILE).write_bytes(b"\n".join([lines[0], damage, lines[2], b""]))
    code, told, err = command(attacks_line, "runs")
    assert code == 0, err
    assert "1 line of the journal is unreadable; its review is attacked again on resume" in told
    attack_runs.resume(torn)
    pd.testing.assert_frame_equal(records_of(torn), records_of(whole))


def started(reviews: Dataset, seed: int) -> str:
    from attacks.schema import AttackSpec

    spec = AttackSpec("tfidf", "deepwordbug", {}, {"name": "reviews"}, seed=seed, query_budget=60)
    return attack_runs.start(spec, kept_workspace.examples_of(reviews, n=3)).name


def test_the_traceback_of_a_failed_review_is_kept_and_shown(reviews, model, monkeypatch) -> None:
    from attacks.engine.attacker import Attacker

    run_id = started(reviews, seed=0)
    assert "no errors were logged" in command(attacks_line, "show", run_id, "--errors")[1]
    monkeypatch.setattr(Attacker, "_searched", lambda self, example: 1 / 0)
    attack_runs.resume(run_id)
    code, out, _ = command(attacks_line, "show", run_id, "--errors")
    assert code == 0 and out.count("ZeroDivisionError: division by zero\n") >= 3
    assert "Traceback (most recent call last)" in out and "in __call__" in out


# --- models --------------------------------------------------------------------------------------


def test_a_damaged_model_is_named_by_a_list_and_by_whoever_asks_it(reviews, model) -> None:
    other = train.train("nbsvm", reviews, alias="nbsvm")
    path = other.folder / "model.skops"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    code, _, err = command(core_line, "predict", "--model", "nbsvm", "--text", "Wonderful.")
    assert code == 2 and "model 'nbsvm' is damaged" in err and "models remove nbsvm" in err
    assert command(core_line, "predict", "--model", "tfidf", "--text", "Wonderful.")[0] == 0
    (other.folder / "manifest.json").write_text("[]")
    code, out, _ = command(core_line, "models")
    assert code == 0 and "tfidf" in out and f"model {other.model_id} is damaged" in out
    with pytest.raises(ModelError, match="damaged"):
        models.resolve("nbsvm")
    assert command(core_line, "models", "remove", "nbsvm", "--yes")[0] == 0
    assert "damaged" not in command(core_line, "models")[1] and models.aliases() == {"tfidf": model}


def test_two_trainings_at_once_get_ids_of_their_own_and_both_models_stay(reviews) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(train.train("tfidf", reviews).model_id)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4 == len(models.list_models())
    assert [path.name for path in workspace.models_folder().iterdir() if path.name.startswith(".")] == []


def test_folders_of_killed_trainings_are_cleared_and_those_of_living_ones_stay(reviews) -> None:
    place = workspace.models_folder()
    dead, dead_id, alive, checkpoints = (
        place / name
        for name in (
            ".tfidf-20240101t000000-00000000.x1y2z3a4",
            ".tfidf-20240101t000001-00000000.reserved",
            ".tfidf-20240101t000002-00000000.reserved",
            ".training-00000000",
        )
    )
    for folder in (dead, dead_id, alive, checkpoints):
        folder.mkdir(parents=True)
        (folder / "weights").write_text("half")
    lock = locks.try_lock_folder(alive)
    train.train("tfidf", reviews)
    locks.release(lock)
    assert [folder.exists() for folder in (dead, dead_id, alive, checkpoints)] == [False, False, True, True]


def test_a_trainings_manifest_says_how_its_data_was_asked_for(reviews, reelcheck_home) -> None:
    path = str(reelcheck_home / "reviews.csv")
    argv = ["train", "--family", "tfidf", "--data", path, "--text-column", "text", "--label-column", "label"]
    assert command(core_line, *argv)[0] == 0
    (card,) = models.list_models()
    assert card.trained_on["asked"] == {"data": path, "text_column": "text", "label_column": "label"}


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_everything_kept_has_the_mode_that_the_umask_says(reviews, umask: int) -> None:
    before = os.umask(umask)
    try:
        train.train("tfidf", reviews, alias="tfidf")
        run_id = kept_workspace.batch("tfidf", reviews)
    finally:
        os.umask(before)
    made = [*workspace.models_folder().rglob("*"), *runs.folder_of(run_id).rglob("*")]
    for path in made:
        wanted = (0o777 if path.is_dir() else 0o666) & ~umask
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_data_is_described_in_a_workspace_that_may_only_be_read(reviews, reelcheck_home, monkeypatch) -> None:
    whole = data.describe(reviews)
    shutil.rmtree(workspace.cache_folder("prepared").parent)
    shutil.rmtree(workspace.datasets_folder())
    before = sorted(reelcheck_home.rglob("*"))

    def refused(path: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(workspace, "hidden_beside", refused)  # every writer asks it for a name
    code, out, err = command(core_line, "data", "describe", str(reelcheck_home / "reviews.csv"), "--json")
    assert code == 0, err
    assert json.loads(out)["all"] == whole["all"]
    assert [path for path in sorted(reelcheck_home.rglob("*")) if path.is_file()] == [
        path for path in before if path.is_file()
    ]


@pytest.mark.parametrize("fingerprint", ["", "..", "/tmp", "0123456789abcdef/..", "x" * 16])
def test_a_damaged_index_of_prepared_data_removes_nothing(reviews, reelcheck_home, fingerprint: str) -> None:
    (index,) = workspace.cache_folder("prepared").glob("*.json")
    workspace.write_json(index, {"fingerprint": fingerprint, "dropped": []})
    again = data.load(str(reelcheck_home / "reviews.csv"))
    assert again.fingerprint == reviews.fingerprint and len(storing.list_stored()) == 1
    assert workspace.datasets_folder().is_dir() and (reelcheck_home / "reviews.csv").is_file()


def test_a_stored_data_set_with_one_changed_byte_is_not_read_as_if_it_were_whole(reviews) -> None:
    path = workspace.datasets_folder() / reviews.fingerprint / "examples.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(data.storing.DataError, match="is damaged.*load it again"):
        data.by_fingerprint(reviews.fingerprint)

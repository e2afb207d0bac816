from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pandas as pd
import pytest

from sentiment_core import __main__ as command_line
from sentiment_core import data, models
from sentiment_core.commands import demo as command
from sentiment_core.data.storing import make_dataset
from sentiment_core.demo import box, demo
from sentiment_core.errors import Cancelled
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.jobs.progress import Stages, TerminalProgress
from sentiment_core.schema import Dataset

GOOD = ("a lovely film", "wonderful acting", "I loved the music", "great and moving", "a warm, funny story")
BAD = ("a dreadful film", "awful acting", "I hated the music", "boring and flat", "a cold, clumsy story")


def reviews(name: str, splits: tuple[str, ...], seed: int = 0) -> Dataset:
    rows = [
        {"text": f"{text}, number {n + seed}", "label": label, "split": split}
        for split in splits
        for n in range(6)
        for label, texts in enumerate((BAD, GOOD))
        for text in texts
    ]
    frame = pd.DataFrame(rows).assign(source=name)
    return make_dataset(name, frame.assign(example_id=[f"{name}-{n}" for n in range(len(frame))]))


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> dict[str, Dataset]:
    """Let both data sets of the demo be a few sentences."""
    held = {
        demo.HOME_DATA: reviews(demo.HOME_DATA, ("train", "validation", "test")),
        demo.OTHER_DATA: reviews(demo.OTHER_DATA, ("test",)),
    }
    monkeypatch.setattr(data, "load", lambda name, limit=None: held[name])
    monkeypatch.setattr(box, "is_there", lambda there=None: False)  # its predictions are of the real reviews
    return held


def test_the_demo_trains_two_models_and_measures_each_on_two_data_sets(
    small_data: dict[str, Dataset],
) -> None:
    made = demo.make(demo.LINEAR)
    assert set(models.aliases()) == {"tfidf", "nbsvm"} == set(made.models)
    for alias, model_id in made.models.items():
        card = models.resolve(alias)
        assert (card.model_id, card.family) == (model_id, alias)
        for dataset in small_data.values():
            found = records.latest_evaluation(model_id, dataset.fingerprint)
            assert found is not None and found.metrics["accuracy"].n == 60
    assert demo.is_ready(demo.LINEAR)
    assert not demo.is_ready((*demo.LINEAR, demo.QUICK))


def test_the_demo_makes_nothing_twice(small_data: dict[str, Dataset]) -> None:
    first = demo.make(demo.LINEAR)
    assert len(first.new) == 6
    models.set_alias("best", "tfidf")  # a further name changes nothing
    second = demo.make(demo.LINEAR)
    assert second.new == []
    assert (second.models, second.evaluations) == (first.models, first.evaluations)
    assert len(models.list_models()) == 2 and len(records.list_evaluations()) == 4


def test_other_data_makes_the_demo_train_again(small_data: dict[str, Dataset]) -> None:
    first = demo.make(demo.LINEAR[:1])
    small_data[demo.HOME_DATA] = reviews(demo.HOME_DATA, ("train", "validation", "test"), seed=9)
    assert not demo.is_ready(demo.LINEAR[:1])
    second = demo.make(demo.LINEAR[:1])
    assert second.models != first.models
    assert models.resolve("tfidf").model_id == second.models["tfidf"]
    assert "training tfidf" in second.new


def test_an_interrupted_demo_goes_on_where_it_was(small_data: dict[str, Dataset]) -> None:
    def stop_at_nbsvm(done: float, total: float, what: str) -> None:
        if "nbsvm" in what:
            raise Cancelled

    with pytest.raises(Cancelled):
        demo.make(demo.LINEAR, stop_at_nbsvm)
    assert demo.make(demo.LINEAR).new == [
        "training nbsvm",
        "measuring nbsvm on imdb-embedded",
        "measuring nbsvm on rotten-tomatoes-embedded",
    ]


def test_one_bar_runs_over_all_steps(small_data: dict[str, Dataset]) -> None:
    seen: list[tuple[float, float, str]] = []
    demo.make(demo.LINEAR, lambda *step: seen.append(step))
    done = [step[0] for step in seen]
    assert done == sorted(done) and done[0] == 0
    assert len({total for _, total, _ in seen}) == 1 and done[-1] == seen[-1][1]
    assert any(what.startswith("training nbsvm: ") for _, _, what in seen)


def test_stages_share_the_bar_by_their_expected_time() -> None:
    seen: list[tuple[float, str]] = []
    stages = Stages(lambda done, total, what: seen.append((done / total, what)), 10.0)
    first = stages.stage(2.0, "first")
    first(5, 10, "half")
    first(0, 0, "nothing is known")
    stages.skip(4.0)
    stages.stage(4.0, "last")(1, 4, "last")
    stages.done("done")
    assert seen == [
        (0.0, "first"),
        (0.1, "first: half"),
        (0.0, "first: nothing is known"),
        (2 / 6, "last"),
        (3 / 6, "last"),
        (1.0, "done"),
    ]


def test_progress_in_a_log_is_a_line_a_step_and_not_a_flood(capsys: pytest.CaptureFixture[str]) -> None:
    progress = TerminalProgress()
    for done in range(1000):
        progress(done, 1000, "counting words")
    progress(0, 0, "saving")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "counting words (0%)\nsaving\n")


def test_a_bar_at_a_terminal_ends_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = TerminalProgress()
    for done in (0, 5, 10, 10):
        progress(done, 10, "counting 🎬")
    progress(0, 3, "next")
    progress(3, 3, "next")
    err = capsys.readouterr().err
    assert "counting 🎬" in err and "100%" in err
    assert err.endswith("\n") and err.count("\n") == 2


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """List the jobs that would be started."""
    asked: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: asked.append(list(argv)) or "the-job")
    yield asked


def test_the_rest_is_left_to_a_job(
    small_data: dict[str, Dataset], started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["demo", "--background", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["job"] == "the-job" and started == [["demo"]]
    assert set(models.aliases()) == {"tfidf"} == set(result["models"])


def test_a_job_that_was_cut_short_is_resumed_and_none_is_started_when_all_is_there(
    small_data: dict[str, Dataset], started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = jobs.JobStatus(
        "before", command.LATER_TITLE, "died", 0, 0, "", "", None, "", "", tuple(command.LATER)
    )
    resumed: list[str] = []
    monkeypatch.setattr(jobs, "list_jobs", lambda: [before])
    monkeypatch.setattr(jobs, "resume", lambda run_id: resumed.append(run_id) or run_id)
    assert command_line.main(["demo", "--background"]) == 0
    assert (resumed, started) == (["before"], [])
    monkeypatch.setattr(demo, "is_ready", lambda wanted: True)
    assert command_line.main(["demo", "--background"]) == 0
    assert (resumed, started) == (["before"], [])


def test_the_demo_is_shown_as_a_line_an_evaluation(
    small_data: dict[str, Dataset], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [alias, name] for alias in ("tfidf", "nbsvm") for name in small_data
    ]
    assert all("accuracy" in line and line.endswith("n = 60") for line in lines)


@pytest.mark.slow
def test_the_demo_on_real_reviews_is_made_once_and_found_at_once_after_that() -> None:
    def run() -> tuple[dict[str, object], float]:
        began = time.monotonic()
        argv = [sys.executable, "-m", "sentiment_core", "demo", "--json"]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        return json.loads(done.stdout), time.monotonic() - began

    first, _ = run()
    accuracy = {(e["model"], e["data"]): e["accuracy"]["value"] for e in first["evaluations"]}
    # The published figures for these models are 0.91 and 0.912 with a quarter more reviews to train on.
    assert accuracy["tfidf", demo.HOME_DATA] >= 0.895
    assert accuracy["nbsvm", demo.HOME_DATA] >= 0.91
    assert min(accuracy["tfidf", demo.OTHER_DATA], accuracy["nbsvm", demo.OTHER_DATA]) > 0.70
    assert accuracy["blend", demo.HOME_DATA] >= 0.925  # the target
    assert accuracy["blend", demo.OTHER_DATA] > accuracy["nbsvm", demo.OTHER_DATA]
    second, seconds = run()
    assert second == first | {"new": []}
    assert seconds < 6  # 3 on an idle machine

"""The search for settings: what it tries, what a kill leaves, what it keeps, and what it says of it all."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys

import pandas as pd
import pytest
from scipy import stats

from sentiment_core import __main__, models
from sentiment_core.classifiers.base import no_progress
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, ModelError, RunError
from sentiment_core.search import search, trials
from sentiment_core.search.records import importance_of, trials_frame
from sentiment_core.search.search import Budget, Request, open_study
from sentiment_core.search.space import SPACE, Between, OneOf, as_settings, axes_for, first_points
from sentiment_core.search.trials import Outcome, Search
from sentiment_core.storage import locks, runs, workspace
from sentiment_core.training import train as training

RATES = [2e-5, 3e-5, 5e-5]


def made_dataset(train: int = 40, validation: int = 20, test: int = 10):
    splits = ["train"] * train + ["validation"] * validation + ["test"] * test
    rows = [
        (f"r{i}", f"{'a warm, witty' if i % 2 else 'a dull, cold'} film number {i}", i % 2, split, "made")
        for i, split in enumerate(splits)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


# --- what is searched


def test_the_three_rates_of_the_paper_come_first_and_differ_by_nothing_else():
    points = first_points(axes_for(512, {}))
    assert [point.pop("learning_rate") for point in points] == RATES
    assert points[0] == points[1] == points[2]
    assert points[0] == {
        "epochs": 3, "weight_decay": 0.01, "warmup_ratio": 0.1, "truncation": "head",
        "max_length": 512, "label_smoothing": 0.0, "freeze_embeddings": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("most_tokens", "lengths"),
    [(None, (128, 256, 384, 512)), (512, (128, 256, 384, 512)), (300, (128, 256)), (64, (64,))],
)
def test_no_length_is_tried_that_the_base_cannot_read(most_tokens, lengths):
    axes = axes_for(most_tokens, {})
    assert axes["max_length"] == OneOf(lengths)
    assert all(point["max_length"] == lengths[-1] for point in first_points(axes))


def test_a_setting_that_is_fixed_is_not_searched():
    axes = axes_for(512, {"max_length": 256, "epochs": 1.0, "batch_size": 8})
    assert set(SPACE) - set(axes) == {"max_length", "epochs"}
    assert [set(point) for point in first_points(axes)] == [set(axes) - {"adapter_rank"}] * 3
    assert "freeze_embeddings" not in axes_for(512, {"adapter_rank": 8})
    assert "adapter_rank" not in axes_for(512, {"freeze_embeddings": False})
    assert len(first_points(axes_for(512, {"learning_rate": 1e-4}))) == 1


def test_where_the_embeddings_are_always_frozen_the_first_points_keep_whole_weights():
    points = first_points(axes_for(512, {"freeze_embeddings": True}))
    assert [point["adapter_rank"] for point in points] == [0, 0, 0]


@pytest.mark.parametrize(
    ("fixed", "said"),
    [({"max_length": 400}, "positions for .300."), (dict.fromkeys(SPACE, 64), "nothing is left")],
)
def test_a_search_that_cannot_be_is_refused(fixed, said):
    with pytest.raises(ModelError, match=said):
        axes_for(300, fixed)


@pytest.mark.parametrize(("trials_", "minutes"), [(0, None), (-1, None), (None, 0.0), (None, math.nan)])
def test_a_budget_of_nothing_is_refused(trials_, minutes):
    with pytest.raises(RunError, match="give"):
        Budget(trials_, minutes)


# --- the loop, with an objective that trains nothing

AXES = {"learning_rate": Between(1e-5, 2e-4, log=True), "weight_decay": Between(0.0, 0.1)}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "study-of-this-test"
    made.mkdir()
    trials.create_study(made)
    return made


def near_4e5(number, point, progress):
    """Validate best at a learning rate of 4e-5."""
    return Outcome(0.9 - abs(math.log10(point["learning_rate"] / 4e-5)) / 10, f"model-{number}")


def searched(folder, objective=near_4e5, *, n=7, seed=1, axes=AXES, minutes=None, progress=no_progress):
    study = trials.open_study(folder)
    Search(study, axes, Budget(n, minutes), seed, progress).run(objective)
    return trials_frame(study, list(axes), running=False)


def test_the_best_trial_is_the_one_whose_objective_is_highest(folder):
    frame = searched(folder)
    assert frame["learning_rate"][:3].tolist() == RATES
    assert frame["state"].tolist() == ["complete"] * 7
    for row in frame.itertuples():
        assert row.value == near_4e5(0, {"learning_rate": row.learning_rate}, None).value
    best = trials.best_trial(trials.open_study(folder))
    assert best.number == frame["value"].idxmax()


def test_equal_values_go_to_the_earliest_trial(folder):
    searched(folder, lambda number, point, progress: Outcome(0.5, "same"), n=4)
    assert trials.best_trial(trials.open_study(folder)).number == 0


def test_the_seed_decides_the_points(tmp_path):
    def points(name, seed):
        (tmp_path / name).mkdir()
        trials.create_study(tmp_path / name)
        return searched(tmp_path / name, seed=seed)[list(AXES)]

    first = points("first", 1)
    assert points("again", 1).equals(first)
    assert not points("other", 2).equals(first)


@pytest.mark.parametrize(("cut_at", "stop"), [(4, KeyboardInterrupt), (7, Cancelled)])
def test_a_stopped_search_goes_on_as_if_never_stopped(tmp_path, cut_at, stop):
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
        trials.create_study(tmp_path / name)
    whole = searched(tmp_path / "whole", n=9)

    def stops(number, point, progress):
        if number == cut_at:
            raise stop
        return near_4e5(number, point, progress)

    with pytest.raises(stop):
        searched(tmp_path / "stopped", stops, n=9)
    resumed = searched(tmp_path / "stopped", n=9)
    assert resumed["state"].value_counts().to_dict() == {"complete": 9, "interrupted": 1}
    finished = resumed[resumed["state"] == "complete"].reset_index(drop=True)
    assert finished[list(AXES)].equals(whole[list(AXES)])
    cut = resumed[resumed["state"] == "interrupted"].iloc[0]
    again = resumed[resumed["number"] == cut["number"] + 1].iloc[0]
    assert (cut[list(AXES)] == again[list(AXES)]).all()
    assert math.isnan(cut["seconds"])


def test_a_kill_while_a_trial_is_put_back_does_not_put_it_back_twice(folder):
    study = trials.open_study(folder)
    trial = study.ask()
    trial.suggest_float("weight_decay", 0.0, 0.1)
    study.enqueue_trial(trial.params, user_attrs={trials.RETRY_OF: trial.number})  # and killed here
    trials.retry_interrupted(study)
    trials.retry_interrupted(study)
    assert [t.state.name for t in study.get_trials()] == ["FAIL", "WAITING"]


def test_a_trial_that_fails_says_why_and_a_resumed_search_does_not_try_it_again(folder):
    def fails(number, point, progress):
        if number == 1:
            raise ModelError("the weights are\nno numbers any more")
        return near_4e5(number, point, progress)

    with pytest.raises(ModelError):
        searched(folder, fails, n=5)
    frame = searched(folder, n=5)
    assert frame["state"].tolist() == ["complete", "failed", "complete", "complete", "complete"]
    assert frame["reason"][1] == "the weights are no numbers any more"
    assert frame["reason"][0] == ""


def test_a_trial_behind_the_median_at_its_step_is_pruned_and_the_first_three_never_are(folder):
    accuracy_at_step_5 = [
        0.80,
        0.60,
        0.70,
        0.69,
        0.70,
        0.65,
    ]  # the median of the complete ones: 0.70, 0.70, ...

    def reports(number, point, progress):
        progress.evaluated(5, {"accuracy": accuracy_at_step_5[number]})
        progress.evaluated(10, {"accuracy": 0.9})
        return Outcome(0.9, f"model-{number}")

    frame = searched(folder, reports, n=6)
    assert frame["state"].tolist() == ["complete"] * 3 + ["pruned", "complete", "pruned"]
    assert frame["intermediate_values"][0] == {5: 0.80, 10: 0.9}
    assert frame["intermediate_values"][3] == {5: 0.69}
    assert frame["model_id"][3] == ""


def test_a_trial_tried_again_keeps_the_figures_it_had(folder):
    def cut(number, point, progress):
        progress.evaluated(5, {"accuracy": 0.7})
        raise Cancelled

    def goes_on(number, point, progress):
        progress.evaluated(5, {"accuracy": 0.1})  # trained again from before step 5: said already
        progress.evaluated(10, {"accuracy": 0.8})
        return Outcome(0.8, "model")

    with pytest.raises(Cancelled):
        searched(folder, cut)
    searched(folder, goes_on, n=3)
    frame = searched(folder, goes_on, n=4)
    again = frame[(frame["state"] == "complete") & (frame["learning_rate"] == RATES[0])].iloc[0]
    assert again["intermediate_values"] == {5: 0.7, 10: 0.8}


def test_no_trial_begins_when_the_minutes_are_over(folder, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(trials.time, "monotonic", lambda: now[0])

    def slow(number, point, progress):
        now[0] += 121
        return near_4e5(number, point, progress)

    frame = searched(folder, slow, n=None, minutes=2.0)
    assert frame["state"].tolist() == ["complete", "waiting", "waiting"]
    assert frame["learning_rate"].tolist() == RATES  # also of those that only wait


def test_progress_is_of_the_whole_search_and_never_goes_back(folder):
    seen = []

    def steps(number, point, progress):
        for step in range(5):
            progress(step, 4, "fine-tuning")
        return near_4e5(number, point, progress)

    searched(folder, steps, n=4, progress=lambda done, total, what: seen.append((done, total, what)))
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert seen[0] == (0.0, 4, "trial 1 of 4: fine-tuning")
    assert seen[-1] == (4.0, 4, "trial 4 of 4: fine-tuning")


def test_importance_goes_to_the_only_setting_that_matters(folder):
    searched(folder, n=15)
    found = importance_of(trials.open_study(folder), list(AXES))
    assert found.n == 15
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.shares["learning_rate"] > 0.8


RANKED = AXES | {name: SPACE[name] for name in ("freeze_embeddings", "adapter_rank")}


def test_a_rank_is_tried_only_beside_frozen_embeddings_and_every_point_can_be_trained(folder):
    tried = []

    def notes(number, point, progress):
        tried.append(point)
        training.params_in_force("transformer", as_settings(point))
        return near_4e5(number, point, progress)

    frame = searched(folder, notes, n=12, axes=RANKED)
    assert all(point["freeze_embeddings"] for point in tried if "adapter_rank" in point)
    assert {point["adapter_rank"] for point in tried if "adapter_rank" in point} > {0}
    assert frame["adapter_rank"].tolist() == [point.get("adapter_rank", 0) for point in tried]


def test_a_rank_that_is_all_that_matters_has_the_importance_though_not_every_trial_has_one():
    import optuna

    study = optuna.create_study(direction="maximize")
    either = optuna.distributions.CategoricalDistribution((False, True))
    ranks = optuna.distributions.CategoricalDistribution(SPACE["adapter_rank"].choices)
    for n in range(24):
        params, limits = {"freeze_embeddings": n % 4 > 0}, {"freeze_embeddings": either}
        if params["freeze_embeddings"]:
            params, limits = params | {"adapter_rank": (0, 16, 64)[n % 3]}, limits | {"adapter_rank": ranks}
        value = 0.7 if params.get("adapter_rank") else 0.9
        study.add_trial(optuna.create_trial(value=value, params=params, distributions=limits))
    found = importance_of(study, ["freeze_embeddings", "adapter_rank"])
    assert found.n == 24
    assert found.shares["adapter_rank"] > 0.8 > 0.2 > found.shares["freeze_embeddings"]


@pytest.mark.parametrize(
    ("objective", "n", "said"),
    [(near_4e5, 3, "3 complete trials"), (lambda *_: Outcome(0.5, "m"), 5, "same validation accuracy")],
)
def test_undefined_importance_is_nan_with_a_reason(folder, objective, n, said):
    searched(folder, objective, n=n)
    found = importance_of(trials.open_study(folder), list(AXES))
    assert all(math.isnan(share) for share in found.shares.values())
    assert list(found.shares) == list(AXES)
    assert said in found.reason


# --- the run, with a training that writes a model without learning anything


@pytest.fixture
def toy(monkeypatch):
    """Stand in for the training: note each call, write a model aside, and say what it validates at."""
    calls = []

    def train(family, dataset, params, *, resume, progress, announce, shelf):
        calls.append({"dataset": dataset, "params": params, "resume": resume})
        _, spec = training.asked_for(family, dataset, params)
        scratch = shelf / f".training-{spec.hash}"
        scratch.mkdir(parents=True, exist_ok=True)
        if calls.behave:
            calls.behave(len(calls))
        model_id = f"transformer-20260101t0000{len(calls):02d}-{spec.hash}"
        manifest = {
            "model_id": model_id, "family": "transformer", "title": "Toy", "files": {}, "created": "now",
            "validation": {"accuracy": near_4e5(0, params, None).value}, "params": params,
            "data": {"name": "toy", "fingerprint": "0", "n_train": 20, "n_validation": 20},
        }  # fmt: skip
        (shelf / model_id).mkdir()
        workspace.write_json(shelf / model_id / "manifest.json", manifest)
        scratch.rmdir()
        return models.ModelCard(model_id, None, "Toy", shelf / model_id, manifest)

    class Calls(list):
        behave = None

    calls = Calls()
    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(search, "_most_tokens", lambda settings: 512)
    return calls


def request(**changes):
    fixed = {"base": "some-base", "threads": 1}
    return Request(**{"dataset": made_dataset(), "fixed": fixed, "budget": Budget(5), **changes})


def test_the_best_model_is_on_the_shelf_with_where_it_comes_from_and_no_other_is(toy):
    record = search.resume(search.start(request(alias="winner")))
    (card,) = models.list_models()
    assert card.alias == "winner"
    best = record.trials.loc[record.trials["value"].idxmax()]
    assert record.best["number"] == best["number"]
    assert record.best["model_id"] == best["model_id"] == card.model_id
    study = card.manifest["study"]
    assert (study["run_id"], study["trial"], study["n_trials"]) == (record.run_id, best["number"], 5)
    assert "evaluate it on test" in study["selected_on"]
    assert not (record.folder / "models").exists()
    assert record.manifest["states"] == {"complete": 5}
    assert record.manifest["best"]["params"]["learning_rate"] == best["learning_rate"]


def test_the_winner_s_figure_has_wilson_s_interval_and_says_that_it_was_chosen_by_it(toy):
    record = search.resume(search.start(request(budget=Budget(3))))
    best = record.manifest["best"]
    theirs = stats.binomtest(round(best["value"] * 20), 20).proportion_ci(method="wilson")
    assert best["validation"]["n"] == 20
    assert best["validation"]["ci_low"] == pytest.approx(theirs.low)
    assert best["validation"]["ci_high"] == pytest.approx(theirs.high)
    assert "chosen" in best["selected_on"]


def test_no_trial_sees_a_test_review(toy):
    search.resume(search.start(request()))
    for call in toy:
        assert call["dataset"].examples["split"].value_counts().to_dict() == {"train": 40, "validation": 20}
        assert call["dataset"].fingerprint == made_dataset().fingerprint


def test_data_without_splits_are_divided_and_their_test_part_is_not_seen(toy):
    dataset = made_dataset(train=0, validation=0, test=100)
    search.resume(search.start(request(dataset=dataset)))
    assert toy[0]["dataset"].examples["split"].value_counts().to_dict() == {"train": 80, "validation": 10}


def test_every_trial_has_the_fixed_settings_and_epochs_are_what_the_family_takes(toy):
    search.resume(search.start(request()))
    for call in toy:
        assert call["params"]["base"] == "some-base"
        assert isinstance(call["params"]["epochs"], float)
        training.params_in_force("transformer", call["params"])


def test_at_most_the_best_model_so_far_and_the_one_in_hand_are_kept(toy):
    most = []
    run_id = search.start(request(budget=Budget(8)))
    folder = runs.open_run(run_id).folder / "models"
    toy.behave = lambda number: most.append(len(list(folder.glob("transformer-*"))))
    search.resume(run_id)
    assert max(most) <= 1


def test_a_finished_search_is_not_taken_up_again(toy):
    record = search.resume(search.start(request()))
    with pytest.raises(RunError, match="is finished"):
        search.resume(record.run_id)


def test_two_processes_are_never_at_one_search(toy):
    run_id = search.start(request())
    folder = runs.open_run(run_id).folder
    lock = locks.try_lock(folder / "lock")
    assert open_study(run_id).running
    with pytest.raises(RunError, match="running already"):
        search.resume(run_id)
    os.close(lock)
    assert not open_study(run_id).running


def test_a_stopped_search_keeps_its_checkpoints_and_a_failed_trial_does_not(toy):
    def behave(number):
        raise Cancelled if number == 1 else ModelError("no")

    toy.behave = behave
    run_id = search.start(request())
    folder = runs.open_run(run_id).folder / "models"
    with pytest.raises(Cancelled):
        search.resume(run_id)
    assert len(list(folder.glob(".training-*"))) == 1
    with pytest.raises(ModelError):
        search.resume(run_id)
    assert list(folder.glob(".training-*")) == []


def test_killed_after_the_model_went_to_the_shelf_the_search_ends_all_the_same(toy, monkeypatch):
    run_id = search.start(request())
    with monkeypatch.context() as patch:
        patch.setattr(runs, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            search.resume(run_id)
    assert search.resume(run_id).finished
    assert len(models.list_models()) == 1


def test_the_same_request_finds_its_unfinished_search_and_another_one_does_not(toy):
    run_id = search.start(request())
    assert search.unfinished_like(request(budget=Budget(50))) == run_id
    assert search.unfinished_like(request(seed=9)) is None
    assert search.unfinished_like(request(fixed={"base": "some-base"})) is None
    search.resume(run_id)
    assert search.unfinished_like(request()) is None


def test_other_runs_are_no_searches():
    folder = runs.create("evaluation", "20260101t000000000-x", {})
    with pytest.raises(RunError, match="not a search"):
        open_study(folder.name)


# --- the command, on a tiny transformer


@pytest.fixture
def command(reviews, tiny_base):
    return [
        "optimize", "--data", str(reviews), "--base", str(tiny_base), "--max-length", "16",
        "--set", "threads=1", "--set", "epochs=2",
    ]  # fmt: skip


class Listener:
    """A progress that hears evaluations, as a search's does."""

    def __init__(self):
        self.heard = []

    def __call__(self, done, total, what):
        pass

    def evaluated(self, step, figures):
        self.heard.append((step, figures))


def fitted(base, folder, progress=no_progress, **changes):
    """Fine-tune on 40 reviews, validated on the same, in batches of 8."""
    from sentiment_core.classifiers.transformer.classifier import DEFAULTS
    from sentiment_core.classifiers.transformer.family import fit

    rows = made_dataset().split("train")
    params = dict(DEFAULTS) | {"base": str(base), "max_length": 16, "batch_size": 8, "threads": 1} | changes
    folder.mkdir()
    return fit(rows, rows, params, folder, scratch=folder.with_suffix(".scratch"), progress=progress)


def test_fine_tuning_reports_every_evaluation_to_a_progress_that_sees_evaluations(tiny_base, tmp_path):
    listener = Listener()
    result = fitted(tiny_base, tmp_path / "model", listener)
    evaluations = [row for row in result.curves if "eval_accuracy" in row]
    told = [(step, figures["accuracy"]) for step, figures in listener.heard]
    assert told == [(row["step"], row["eval_accuracy"]) for row in evaluations]
    assert [step for step, _ in listener.heard] == [5, 10, 15]


def test_a_search_hears_the_figures_of_an_adapter_after_its_cut_and_does_not_disturb_the_training(
    tiny_base, tmp_path
):
    cut = {"freeze_embeddings": True, "adapter_rank": 1, "epochs": 2.0, "learning_rate": 1e-2}
    listener = Listener()
    watched = fitted(tiny_base, tmp_path / "watched", listener, **cut)
    alone = fitted(tiny_base, tmp_path / "alone", **cut)
    kept = int(watched.details["best_checkpoint"].removeprefix("checkpoint-"))
    assert dict(listener.heard)[kept] == pytest.approx(watched.validation)
    before = watched.details["validation_before_adapter"]["loss"]
    assert watched.validation["loss"] != pytest.approx(before, abs=1e-4)  # the cut is not nothing
    weights = [(tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("watched", "alone")]
    assert weights[0] == weights[1]
    assert alone.curves[-1]["eval_loss"] == watched.curves[-1]["eval_loss"]


def test_the_command_finds_a_model_that_can_be_loaded(command, capsys):
    assert __main__.main([*command, "--trials", "3", "--alias", "found", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["best"].keys() >= {"params", "value", "model_id"}
    assert [trial["learning_rate"] for trial in result["trials"]] == RATES
    assert [list(trial["intermediate_values"]) for trial in result["trials"]] == [["3", "6"]] * 3
    assert result["best"]["value"] == max(trial["value"] for trial in result["trials"])
    assert models.resolve("found").model_id == result["best"]["model_id"]
    assert models.load_model("found").predict_proba(["a warm film"]).shape == (1, 2)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--trials", "0"], "trials is 0"),
        (["--max-length", "9999"], "positions"),
        (["--set", "speed=3"], "no setting 'speed'"),
        (["--alias", "Über"], "alias 'Über' cannot be used"),
        (["--resume", "nothing"], "run 'nothing' is not known"),
        (["--base", "no-such-base"], "no-such-base"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line_and_leaves_no_run(command, capsys, more, said, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert __main__.main([*command, *more]) == 2
    err = capsys.readouterr().err.strip()
    assert said in err
    assert len(err.splitlines()) == 1
    assert search.list_studies() == []


@pytest.mark.slow
def test_after_a_kill_the_finished_trials_stand_and_the_one_in_hand_is_tried_again(command, reelcheck_home):
    argv = [sys.executable, "-m", "sentiment_core", *command, "--trials", "4"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("trial 2 of 4: fine-tuning, loss"):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    (run,) = search.list_studies()
    killed = open_study(run.run_id)
    assert killed.trials["state"].tolist()[:2] == ["complete", "interrupted"]
    assert (killed.running, killed.finished, models.list_models()) == (False, False, [])

    subprocess.run([*argv, "--resume"], check=True, capture_output=True)
    record = open_study(run.run_id)
    assert record.trials["state"].value_counts().to_dict() == {"complete": 4, "interrupted": 1}
    assert record.trials.iloc[0].equals(killed.trials.iloc[0])
    tried = record.trials[record.trials["state"] == "complete"]["learning_rate"].tolist()
    assert sorted(tried)[:1] == [2e-5] and set(RATES) <= set(tried)
    assert [card.model_id for card in models.list_models()] == [record.best["model_id"]]

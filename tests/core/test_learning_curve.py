"""Learning curves: nested subsets, a point for each family, size and seed, and nothing measured twice."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from scipy import stats

from dashboard.views.experiments import charts
from sentiment_core import __main__, models
from sentiment_core.commands.learning_curve import settings_by_family
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, DataError, ModelError, RunError
from sentiment_core.storage import runs
from sentiment_core.training import learning_curves
from sentiment_core.training import train as training
from sentiment_core.training.learning_curves import (
    CurveRequest,
    open_curve,
    reachable,
    resume,
    start,
    subset,
)
from sentiment_core.training.presets import PRESETS, Preset

WORDS = ["warm", "witty", "moving", "dull", "cold", "clumsy", "film", "plot", "scene", "score"]


def made_dataset(train: int = 100, validation: int = 30, test: int = 40):
    """Return reviews whose words tell their label, most of the time."""
    splits = ["train"] * train + ["validation"] * validation + ["test"] * test
    rows = []
    for i, split in enumerate(splits):
        label = int(i % 5 in (1, 3))  # two in five are positive
        tone = WORDS[i % 3] if (label == 1) != (i % 11 == 0) else WORDS[3 + i % 3]
        rows.append((f"r{i}", f"a {tone} {WORDS[6 + i % 4]} number {i}", label, split, "made"))
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


def request(**changes):
    asked = {"dataset": made_dataset(), "families": ["tfidf", "nbsvm"], "sizes": [20, 60]}
    return CurveRequest(**{**asked, **changes})


def test_for_one_seed_every_smaller_subset_is_part_of_the_larger_one():
    dataset = made_dataset()
    ids = [set(subset(dataset, size, seed=3).split("train")["example_id"]) for size in range(4, 101)]
    assert [len(found) for found in ids] == list(range(4, 101))
    assert all(smaller < larger for smaller, larger in zip(ids, ids[1:], strict=False))


def test_subsets_are_stratified_seeded_and_hold_no_test_review():
    dataset = made_dataset()
    small = subset(dataset, 20, seed=1)
    assert small.split("train")["label"].value_counts().to_dict() == {0: 12, 1: 8}
    assert small.split("test").empty
    assert subset(dataset, 20, seed=1).fingerprint == small.fingerprint
    assert subset(dataset, 20, seed=2).fingerprint != small.fingerprint


def test_few_reviews_to_learn_from_are_few_to_validate_on():
    assert [len(subset(made_dataset(), size, 0).split("validation")) for size in (10, 30, 100)] == [
        10,
        30,
        30,
    ]


def test_sizes_beyond_what_there_is_become_all_there_is_once():
    assert reachable(made_dataset(), [5000, 20, 200, 20]) == [20, 100]


@pytest.mark.parametrize("sizes", [[], [3], [0, 50], [-1]])
def test_sizes_that_cannot_be_are_refused(sizes):
    with pytest.raises(DataError, match="4 or more"):
        reachable(made_dataset(), sizes)


def test_there_is_a_point_for_every_family_size_and_seed():
    curve = resume(start(request(seeds=[1, 2])))
    points = curve.frame[["family", "size", "seed"]].itertuples(index=False, name=None)
    assert sorted(points) == sorted(
        (family, size, seed) for family in ("tfidf", "nbsvm") for size in (20, 60) for seed in (1, 2)
    )
    assert list(curve.frame.columns) == list(learning_curves.COLUMNS)
    assert (curve.frame["n_train"] == curve.frame["size"]).all()
    assert (curve.frame["seconds"] >= 0).all()
    assert curve.n_points == 8


def test_a_point_is_the_accuracy_on_test_of_the_model_trained_on_that_subset():
    dataset = made_dataset()
    curve = resume(start(request(dataset=dataset, families=["tfidf"], sizes=[60], seeds=[2])))
    card = training.train("tfidf", subset(dataset, 60, 2), {"seed": 2})
    test = dataset.split("test")
    positive = models.load_model(card.model_id).predict_proba(test["text"].tolist())[:, 1] >= 0.5
    right = int((positive == test["label"].to_numpy()).sum())
    (point,) = curve.frame.itertuples()
    assert (point.accuracy, point.n) == (right / 40, 40)
    theirs = stats.binomtest(right, 40).proportion_ci(method="wilson")
    assert (point.ci_low, point.ci_high) == pytest.approx((theirs.low, theirs.high))


def test_no_model_of_a_point_is_kept():
    curve = resume(start(request()))
    assert models.list_models() == []
    assert not (runs.open_run(curve.run_id).folder / "models").exists()


def test_a_stopped_run_measures_only_what_is_missing_and_ends_as_if_never_stopped():
    whole = resume(start(request())).frame.drop(columns="seconds")
    begun = []

    def stop_at_third(done, total, what):
        begun.append(what.partition(":")[0])
        if len(set(begun)) == 3:
            raise Cancelled

    run_id = start(request())
    with pytest.raises(Cancelled):
        resume(run_id, progress=stop_at_third)
    half = open_curve(run_id)
    assert (len(half.frame), half.manifest, half.running) == (2, None, False)
    again = []
    curve = resume(run_id, progress=lambda done, total, what: again.append(what.partition(":")[0]))
    assert not set(again) & set(begun[:-1][:1])
    assert len(set(again) - {"learning curve finished"}) == 2
    assert curve.frame.drop(columns="seconds").equals(whole)
    with pytest.raises(RunError, match="is finished"):
        resume(run_id)


def test_a_torn_last_line_of_a_killed_run_is_measured_again():
    run_id = start(request(families=["tfidf"]))
    folder = runs.open_run(run_id).folder
    (folder / "journal.jsonl").write_text('{"family": "tfidf", "size": 2')
    assert len(resume(run_id).frame) == 2


def test_a_finished_curve_says_what_was_asked_with_which_versions():
    curve = resume(start(request(params={"tfidf": {"max_n": 1}})))
    assert curve.manifest["sizes"] == [20, 60]
    assert curve.manifest["params"] == {"tfidf": {"max_n": 1}, "nbsvm": {}}
    assert curve.manifest["versions"]["scikit-learn"]
    assert learning_curves.list_curves()[0].run_id == curve.run_id


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"families": ["word2vec"]}, ModelError, "family 'word2vec' is not known"),
        ({"split": "train"}, DataError, "measure on test"),
        ({"dataset": made_dataset(test=0)}, DataError, "no reviews in split 'test'"),
        ({"dataset": made_dataset(train=0)}, DataError, "no training reviews"),
        ({"params": {"tfidf": {"speed": 3}}}, ModelError, "no setting 'speed'"),
        ({"evaluate_on": 0}, DataError, "give 1 or more"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_before_a_run_is_made(change, error, said):
    with pytest.raises(error, match=said):
        start(request(**change))
    assert learning_curves.list_curves() == []


def test_other_runs_are_no_learning_curves():
    folder = runs.create("evaluation", "20260101t000000000-x", {})
    with pytest.raises(RunError, match="not a learning curve"):
        open_curve(folder.name)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "reviews.csv"
    made_dataset().examples[["text", "label", "split"]].to_csv(path, index=False)
    return str(path)


def test_the_command_measures_and_prints_every_point(capsys, csv):
    argv = ["learning-curve", "--data", csv, "--sizes", "20,60", "--evaluate-on", "20"]
    assert __main__.main([*argv, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [(point["family"], point["n_train"], point["n"]) for point in result["points"]] == [
        ("nbsvm", 20, 20), ("nbsvm", 60, 20), ("tfidf", 20, 20), ("tfidf", 60, 20),
    ]  # fmt: skip
    assert __main__.main(argv) == 0
    assert capsys.readouterr().out.count("n = 20") == 4


def test_settings_go_to_the_families_that_have_them(capsys, csv):
    argv = [
        "learning-curve",
        "--data",
        csv,
        "--sizes",
        "20",
        "--set",
        "alpha=0.5",
        "--set",
        "max_n=1",
        "--json",
    ]
    assert __main__.main(argv) == 0
    assert json.loads(capsys.readouterr().out)["params"] == {
        "tfidf": {"max_n": 1}, "nbsvm": {"alpha": 0.5, "max_n": 1},
    }  # fmt: skip
    assert __main__.main([*argv, "--set", "speed=3"]) == 2
    assert "none of tfidf, nbsvm has a setting 'speed'" in capsys.readouterr().err


def test_a_job_that_was_cut_short_can_be_resumed_without_naming_its_run(capsys, csv, monkeypatch):
    argv = ["learning-curve", "--data", csv, "--sizes", "20,60", "--families", "tfidf"]
    with monkeypatch.context() as patch:
        patch.setattr(learning_curves, "_finish", lambda run: (_ for _ in ()).throw(Cancelled))
        assert __main__.main(argv) == 130
    capsys.readouterr()
    assert __main__.main([*argv, "--resume", "--json"]) == 0
    (run,) = learning_curves.list_curves()
    assert json.loads(capsys.readouterr().out)["run_id"] == run.run_id


def test_a_presets_transformer_stands_beside_the_linear_families_on_one_chart(
    capsys, csv, tiny_base, monkeypatch
):
    short = Preset("short", "", csv, "transformer", {"base": str(tiny_base), "epochs": 1.0, "max_length": 16})
    monkeypatch.setitem(PRESETS, "short", short)
    argv = [
        "learning-curve",
        "--families",
        "tfidf,nbsvm,transformer",
        "--preset",
        "short",
        "--sizes",
        "20,60",
    ]
    argv += ["--set", "threads=1", "--set", "epochs=2", "--workers", "1", "--json"]
    assert __main__.main(argv) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["params"]["transformer"] == dict(short.params) | {"epochs": 2.0, "threads": 1}
    assert result["params"]["tfidf"] == {}
    points = [(point["family"], point["n_train"], point["n"]) for point in result["points"]]
    assert points == [(family, n, 40) for family in ("nbsvm", "tfidf", "transformer") for n in (20, 60)]
    assert all(
        0 <= point["ci_low"] <= point["accuracy"] <= point["ci_high"] <= 1 for point in result["points"]
    )

    figure = charts.accuracy_by_size(open_curve(result["run_id"]).frame)
    lines = {trace.name: list(trace.x) for trace in figure.data if trace.mode == "lines"}
    assert lines == {"nbsvm": [20, 60], "tfidf": [20, 60], "transformer": [20, 60]}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_settings_that_its_family_knows(name):
    settings = settings_by_family(["nbsvm", "transformer"], [], PRESETS[name])
    assert settings == {"nbsvm": {}, "transformer": dict(PRESETS[name].params)}
    training.params_in_force("transformer", settings["transformer"])


def test_a_preset_of_a_family_that_is_not_asked_for_is_refused(capsys, csv):
    assert __main__.main(["learning-curve", "--data", csv, "--preset", "quick"]) == 2
    assert (
        "preset 'quick' is of family transformer, which is not among tfidf, nbsvm" in capsys.readouterr().err
    )

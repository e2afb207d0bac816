from __future__ import annotations

import argparse
import math
import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from made_jobs import job
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from attacks.gate import ledger
from dashboard.records import trainings
from dashboard.session import listed
from dashboard.views.experiments import charts, compare, form, state, studies
from dashboard.views.experiments import estimate as experiments_estimate
from dashboard.views.experiments import plan as experiments_plan
from dashboard.views.experiments.estimate import DataFacts
from dashboard.views.experiments.plan import Curve, FineTune, Linear, Search
from sentiment_core import models, statistics
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import CURVES_FILE
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.commands import learning_curve, optimize, train
from sentiment_core.errors import DataError, ModelError
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.jobs.jobs import JobStatus
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs, workspace
from sentiment_core.training import train as training
from sentiment_core.training.presets import PRESETS, QUICK

PAGE = "views/experiments/page.py"
HOSTILE = "<script>alert(1)</script>"

# --- the command that a form makes ---------------------------------------------------------------


SETTINGS = {
    "base": "distilbert-minilm",
    "epochs": 2.0,
    "learning_rate": 2e-5,
    "max_length": 128,
    "truncation": "head+tail",
    "batch_size": 16,
    "weight_decay": 0.01,
    "warmup_ratio": 0.06,
    "label_smoothing": 0.05,
    "freeze_embeddings": True,
    "adapter_rank": 32,
}


def _fine_tune(**changes: Any) -> FineTune:
    settings = {name: changes.pop(name, value) for name, value in SETTINGS.items()}
    facts: dict[str, Any] = {"data": "imdb-embedded", "train_size": 1_600, "seed": 7, "alias": "mine"}
    return FineTune(**(facts | {"settings": settings} | changes))


def _search(**changes: Any) -> Search:
    facts = {
        "data": "imdb-embedded",
        "base": "distilbert-minilm",
        "trials": 10,
        "minutes": 60,
        "max_length": 128,
        "train_size": None,
        "seed": 0,
        "alias": "",
    }
    return Search(**(facts | changes))


def test_the_command_of_a_fine_tuning_is_read_back_as_what_the_form_said() -> None:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    name, *arguments = _fine_tune().argv
    args = parser.parse_args(arguments)
    assert name == train.NAME
    assert (args.data, args.family, args.train_size, args.seed, args.alias) == (
        "imdb-embedded", "transformer", 1_600, 7, "mine",
    )  # fmt: skip
    said = train.settings_from(argparse.Namespace(**vars(args), preset_params={}))
    assert training.params_in_force("transformer", said) == DEFAULTS | SETTINGS | {"seed": 7}


def test_the_command_of_a_search_is_one_that_the_command_line_knows() -> None:
    parser = argparse.ArgumentParser()
    optimize.add_arguments(parser)
    name, *arguments = _search(alias="best", train_size=500).argv
    args = parser.parse_args(arguments)
    assert name == optimize.NAME
    assert (args.data, args.set_base, args.trials, args.minutes) == (
        "imdb-embedded",
        "distilbert-minilm",
        10,
        60,
    )
    assert (args.set_max_length, args.train_size, args.seed, args.alias) == ("128", 500, 0, "best")


def _curve(**changes: Any) -> Curve:
    facts = {
        "data": "imdb-embedded",
        "families": ("tfidf", "transformer"),
        "preset": "reference",
        "sizes": (50, 1_000),
        "repeats": 3,
        "evaluate_on": 500,
    }
    return Curve(**(facts | changes))


def test_the_command_of_a_learning_curve_is_one_that_the_command_line_knows() -> None:
    parser = argparse.ArgumentParser()
    learning_curve.add_arguments(parser)
    name, *arguments = _curve().argv
    args = parser.parse_args(arguments)
    assert name == learning_curve.NAME
    assert (args.data, args.families, args.preset) == ("imdb-embedded", "tfidf,transformer", "reference")
    assert (args.sizes, args.seeds, args.evaluate_on) == ("50,1000", "0,1,2", 500)
    assert "--preset" not in _curve(families=("tfidf", "nbsvm")).argv


@pytest.mark.parametrize("name", PRESETS)
def test_the_command_of_a_preset_as_it_is_trains_with_exactly_its_settings(name: str) -> None:
    preset = PRESETS[name]
    plan = FineTune(preset.data, experiments_plan.preset_settings(preset), preset.limit, 42, "")
    assert experiments_plan.changed(plan, preset) == []
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(plan.argv[1:])
    said = train.settings_from(argparse.Namespace(**vars(args), preset_params={}))
    in_force = training.params_in_force("transformer", said)
    assert in_force == training.params_in_force("transformer", dict(preset.params))
    assert (args.data, args.train_size) == (preset.data, preset.limit)


def test_what_was_changed_of_a_preset_is_named() -> None:
    plan = FineTune("a.csv", experiments_plan.preset_settings(QUICK) | {"epochs": 3.0}, None, 42, "")
    assert experiments_plan.changed(plan, QUICK) == ["reviews", "train size", "epochs"]


@pytest.mark.parametrize(("change", "said"), [({"families": ()}, "needs a family"), ({"sizes": ()}, "sizes")])
def test_a_learning_curve_of_nothing_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        experiments_plan.check(_curve(**change))


def test_all_reviews_and_no_alias_are_flags_left_out() -> None:
    argv = Linear("imdb-embedded", "nbsvm", None, 0, "").argv
    assert argv == ["train", "--data", "imdb-embedded", "--family", "nbsvm", "--seed", "0"]


def test_the_settings_of_a_linear_model_are_flags_where_they_are_not_the_default() -> None:
    settings = {"max_n": 1, "min_df": 2, "C": 0.5, "alpha": 1.0, "spelling": True}
    argv = Linear("imdb-embedded", "nbsvm", None, 3, "", settings).argv
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(argv[1:])
    assert args.set == ["max_n=1", "C=0.5", "spelling=true"]
    said = train.settings_from(argparse.Namespace(**vars(args), preset_params={}))
    assert training.params_in_force("nbsvm", said) == settings | {"seed": 3}


def test_what_a_shell_would_split_or_run_is_quoted_in_the_shown_command() -> None:
    argv = Linear("my reviews; rm -rf $HOME.csv", "nbsvm", None, 0, "").argv
    shown = experiments_plan.command(argv)
    assert shlex.split(shown) == ["python", "-m", "sentiment_core", *argv]


@pytest.mark.parametrize(
    "base",
    ["", "--resume", "-x", HOSTILE, "a/b/c", "a b", "x" * 5_000, "a\0b", "~nobody-here/x", "نموذج", "..;ls"],
)
def test_a_base_that_cannot_be_one_is_refused_in_one_line(base: str) -> None:
    with pytest.raises(ModelError) as refused:
        experiments_plan.check(_fine_tune(base=base))
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_hub_names_and_listed_folders_are_bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="REELCHECK_FILES"):
        experiments_plan.check(_fine_tune(base=str(folder)))
    monkeypatch.setenv(listed.FILES, str(tmp_path))
    for base in ("distilbert-minilm", "FacebookAI/xlm-roberta-base", "roberta-base", str(folder)):
        experiments_plan.check(_fine_tune(base=base))


@pytest.mark.parametrize("alias", [HOSTILE, "--resume", "Mine", "a b", "tfidf-20260101t000000-01234567"])
def test_an_alias_that_cannot_be_one_is_refused(alias: str) -> None:
    with pytest.raises(ModelError, match="alias"):
        experiments_plan.check(_fine_tune(alias=alias))


# --- how long it takes ---------------------------------------------------------------------------

FACTS = DataFacts(n_train=20_000, n_validation=0, words=(100, 100), splits_itself=False)


def _card(name: str = "past", family: str = "transformer", **changes: Any) -> Any:
    manifest = {
        "base": "distilbert-minilm",
        "params": {"epochs": 2.0, "max_length": 128},
        "data": {"name": "imdb", "n_train": 1_000, "n_validation": 100},
        "validation": {"accuracy": 0.9},
        "seconds": 400.0,
        "curves": [],
    }
    manifest |= changes
    return SimpleNamespace(
        model_id=f"{name}-id",
        short_name=name,
        alias=name,
        family=family,
        manifest=manifest,
        trained_on=manifest["data"],
    )


def test_a_past_training_of_the_same_base_sets_the_pace() -> None:
    plan = _fine_tune(train_size=500, epochs=3.0)
    expected = experiments_estimate.expected(plan, FACTS, [_card()])
    assert expected.seconds == pytest.approx(500 * 3 / (1_000 * 2 / 400))
    assert "5.0 reviews per second, as in the training of past" in expected.source


def test_twice_the_tokens_take_twice_as_long() -> None:
    long = DataFacts(20_000, 0, (1_000,), False)
    at_128, at_256 = (
        experiments_estimate.expected(_fine_tune(max_length=n), long, [_card()]).seconds for n in (128, 256)
    )
    assert at_256 == pytest.approx(2 * at_128)


@pytest.mark.parametrize("past", [[_card()], []], ids=["a past training", "the table"])
def test_the_time_follows_from_the_numbers_that_are_cited(past: list[Any]) -> None:
    facts = DataFacts(20_000, 0, (1_000,), False)
    found = experiments_estimate.expected(_fine_tune(train_size=500, epochs=3.0, max_length=256), facts, past)
    numbers = [float(text.replace(",", "")) for text in re.findall(r"\d[\d,]*(?:\.\d+)?", found.source)]
    if past:  # 1,500 reviews, 5.0 per second at up to 128 tokens; at up to 256 tokens 2.5
        assert found.seconds == pytest.approx(numbers[0] / numbers[-1])
    else:  # so many tokens at so many per second, and the start
        assert found.seconds == pytest.approx(numbers[0] / numbers[1] + numbers[2])


def test_short_reviews_cost_no_more_at_a_greater_length() -> None:
    short = DataFacts(20_000, 0, (10,), False)
    assert (
        experiments_estimate.tokens_read(short.words, 128)
        == experiments_estimate.tokens_read(short.words, 512)
        == 15
    )


@pytest.mark.parametrize(
    "card",
    [_card(base="roberta-base"), _card(family="nbsvm"), _card(resumed=True), _card(seconds=0)],
    ids=["another base", "another family", "resumed", "no time"],
)
def test_without_a_training_to_go_by_the_documented_constant_is_used_and_named(card: Any) -> None:
    plan = _fine_tune(train_size=1_000, epochs=1.0)
    expected = experiments_estimate.expected(plan, FACTS, [card])
    tokens = 1_000 * (100 * 1.3 + 2 if 100 * 1.3 + 2 < 128 else 128)
    assert expected.seconds == pytest.approx(15 + tokens / 1_280)
    assert "no distilbert-minilm was trained here yet" in expected.source


def test_a_larger_encoder_costs_by_its_layers_and_the_square_of_its_width(tmp_path: Path) -> None:
    assert experiments_estimate.relative_cost("distilbert-base-uncased") == pytest.approx(4)
    assert experiments_estimate.relative_cost("an-unknown/base") == pytest.approx(8)
    workspace.write_json(tmp_path / "config.json", {"n_layers": 3, "dim": 384})
    assert experiments_estimate.relative_cost(str(tmp_path)) == pytest.approx(0.5)


@pytest.mark.parametrize("config", ["[]", "{", '{"dim": null}', '{"n_layers": "x", "dim": 3}'])
def test_a_folder_with_a_strange_config_counts_as_the_usual_size(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    assert experiments_estimate.relative_cost(str(tmp_path)) == pytest.approx(8)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(experiments_estimate.EMBEDDED))
def test_what_is_written_down_of_the_embedded_data_is_what_it_holds(name: str, empty_workspace: Path) -> None:
    known, found = experiments_estimate.EMBEDDED[name], state.read_facts(name)
    assert (known.n_train, known.n_validation) == (found.n_train, found.n_validation)
    assert (known.splits_itself, known.n_test) == (found.splits_itself, found.n_test)
    for length in (128, 512):
        read = experiments_estimate.tokens_read(found.words, length)
        assert experiments_estimate.tokens_read(known.words, length) == pytest.approx(read, rel=0.05)


def test_a_search_ends_with_the_trial_that_is_under_way_when_its_minutes_are_over() -> None:
    one = experiments_estimate.expected(
        _fine_tune(epochs=2.5, train_size=None), FACTS, [_card()]
    ).seconds  # 10,000 s a trial
    unlimited = experiments_estimate.expected(_search(trials=3, minutes=10_000), FACTS, [_card()])
    limited = experiments_estimate.expected(_search(trials=100, minutes=200), FACTS, [_card()])
    assert unlimited.seconds == pytest.approx(3 * one)
    assert limited.seconds == pytest.approx(2 * one)
    assert "about 2 of 100 start" in limited.source


def test_a_linear_model_goes_by_its_own_family() -> None:
    plan = Linear("imdb", "nbsvm", None, 0, "")
    card = _card("nb", "nbsvm", params={}, base=None, seconds=50.0)
    assert experiments_estimate.expected(plan, FACTS, [card]).seconds == pytest.approx(1_000)
    assert "no nbsvm was trained here yet" in experiments_estimate.expected(plan, FACTS, []).source


def test_a_learning_curve_takes_the_time_of_all_its_trainings_and_their_measurement() -> None:
    facts = DataFacts(n_train=800, n_validation=0, words=(100,), splits_itself=False, n_test=300)
    card = _card("nb", "nbsvm", params={}, base=None, seconds=50.0)  # 20 reviews a second
    plan = _curve(families=("nbsvm",), sizes=(200, 1_000, 5_000), repeats=2, evaluate_on=None)
    expected = experiments_estimate.expected(plan, facts, [card])
    read = 300 * 100 / experiments_estimate.LINEAR_WORDS_READ_PER_SECOND
    assert expected.seconds == pytest.approx(2 * ((200 + 800) / 20 + 2 * read))
    assert expected.source.startswith("4 trainings, the longest about 40 s, each measured on 300 test")
    both = experiments_estimate.expected(_curve(families=("nbsvm", "transformer")), facts, [card])
    assert both.seconds > expected.seconds


def test_a_learning_curve_without_test_reviews_is_refused() -> None:
    with pytest.raises(DataError, match="no test reviews"):
        experiments_estimate.expected(_curve(), FACTS, [])


# --- comparing -----------------------------------------------------------------------------------


def test_validation_accuracy_has_wilsons_interval() -> None:
    estimate = compare.validation_accuracy(_card())
    exact = binomtest(90, 100).proportion_ci(method="wilson")
    assert (estimate.value, estimate.n) == (0.9, 100)
    assert (estimate.ci_low, estimate.ci_high) == pytest.approx((exact.low, exact.high), abs=1e-4)


def test_without_a_recorded_accuracy_there_is_a_reason_and_no_figure() -> None:
    estimate = compare.validation_accuracy(_card(validation={"accuracy": None}))
    assert math.isnan(estimate.value) and estimate.reason


def test_only_settings_that_differ_are_named_and_a_lone_training_is_held_against_the_defaults() -> None:
    same = {"max_length": 128, "seed": 1, "threads": 2}
    cards = [
        _card("a", params=same | {"learning_rate": 1e-4}),
        _card("b", params=same | {"learning_rate": 2e-5, "threads": 1}),
        _card("c", "nbsvm", params={"max_n": 2, "alpha": 1.0, "C": 10.0}),
    ]
    assert compare.differing_settings(cards) == {
        "a-id": "learning rate 0.0001",
        "b-id": "learning rate 2e-05",
        "c-id": "max n 2, C 10",
    }


def test_the_table_names_the_current_model_and_has_a_dash_where_nothing_was_measured() -> None:
    tested = {"a-id": Estimate(0.5, 0.4, 0.6, 100)}
    table = compare.trainings([_card("a"), _card("b")], tested, "imdb test", "b-id")
    assert table["model"].tolist() == ["a", "b (current)"]
    assert table["imdb test"].tolist() == ["50.0 % [40.0, 60.0] n = 100", "–"]
    assert table["minutes"].tolist() == ["6.7", "6.7"]


def test_the_answer_compares_trainings_on_the_same_data_only() -> None:
    other = {"name": "tweets", "n_train": 10, "n_validation": 100}
    cards = [
        _card("good", validation={"accuracy": 0.92}),
        _card("worse"),
        _card("elsewhere", data=other, validation={"accuracy": 0.99}),
    ]
    said = compare.answer(cards)
    assert said.startswith("Of 2 trainings on imdb, good has the best validation accuracy: 92.0 %")
    large = _card("large", data=other | {"n_validation": 1_000}, validation={"accuracy": 0.8})
    assert compare.answer([*cards, large]).startswith("Of 2 trainings on tweets, elsewhere")


def test_a_converted_copy_is_no_training_and_its_accuracy_is_that_of_few_reviews() -> None:
    copy = _card("copy", validation={"accuracy": 0.96875}, export={"format": "onnx"}, parity={"n": 32})
    assert compare.answer([_card(), copy]).startswith("The one training on imdb, past")
    found = compare.validation_accuracy(copy)
    assert (found.n, found.ci_low) == (32, pytest.approx(statistics.wilson(31, 32)[0]))


# --- charts --------------------------------------------------------------------------------------

TRIALS = pd.DataFrame(
    {
        "number": [0, 1, 2],
        "state": ["complete", "complete", "waiting"],
        "value": [0.8, 0.9, math.nan],
        "learning_rate": pd.Series([1e-5, 1e-4, None], dtype=object),
        "truncation": ["head", "head+tail", None],
        "epochs": [2, 2, None],
    }
)


def test_a_line_a_finished_trial_runs_through_the_settings_that_vary_to_the_accuracy() -> None:
    figure = charts.parallel_coordinates(TRIALS, ["learning_rate", "truncation", "epochs"])
    axes = {axis.label: axis for axis in figure.data[0].dimensions}
    assert list(axes) == ["learning rate", "truncation", "accuracy, %"]
    assert list(axes["accuracy, %"]["values"]) == [80.0, 90.0]
    assert list(axes["learning rate"]["values"]) == pytest.approx([-5, -4])
    assert list(axes["truncation"].ticktext) == ["head", "head+tail"]


def test_the_most_important_setting_stands_first() -> None:
    figure = charts.importance_bars({"epochs": 0.2, "learning_rate": 0.8})
    assert list(figure.data[0].y) == ["learning rate", "epochs"]
    assert list(figure.data[0].x) == [80.0, 20.0]


POINTS = pd.DataFrame(
    [
        ("nbsvm", 50, 0, 0.6, 0.5, 0.7, 100),
        ("nbsvm", 50, 1, 0.7, 0.6, 0.8, 100),
        ("tfidf", 50, 0, 0.5, 0.4, 0.6, 100),
        ("nbsvm", 1_000, 0, 0.8, 0.7, 0.9, 100),
        ("tfidf", 1_000, 0, 0.85, 0.75, 0.95, 100),
    ],
    columns=["family", "n_train", "seed", "accuracy", "ci_low", "ci_high", "n"],
)


def test_accuracy_by_size_has_a_dot_a_training_and_a_line_through_the_mean_of_the_seeds() -> None:
    figure = charts.accuracy_by_size(POINTS)
    line, dots = figure.data[:2]
    assert (line.name, list(line.x), list(line.y)) == ("nbsvm", [50, 1_000], pytest.approx([65, 80]))
    assert list(dots.y) == pytest.approx([60, 70, 80])
    assert list(dots.error_y.array) == pytest.approx([10, 10, 10])
    assert list(dots.x) == pytest.approx([50, 50, 1_000], rel=0.02)
    assert list(dots.x) != list(figure.data[3].x)[:3]  # the other family's intervals are not drawn over them
    assert list(figure.layout.xaxis.ticktext) == ["50", "1,000"]


def test_who_leads_is_said_for_the_fewest_and_the_most_reviews() -> None:
    assert studies.sizes_in_words(POINTS) == (
        "With 50 training reviews nbsvm is ahead: 70.0 % [60.0, 80.0] n = 100. "
        "With 1,000 training reviews tfidf is ahead: 85.0 % [75.0, 95.0] n = 100."
    )


# --- live curves and jobs ------------------------------------------------------------------------


def _job(**changes: Any) -> JobStatus:
    facts = {
        "title": "Fine-tune mine",
        "what": "fine-tuning, loss 0.512",
        "argv": ("train", "--data", "d"),
    }
    return job(**(facts | changes))


def test_the_live_curve_is_what_the_training_has_written_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write_json(
        tmp_path / CURVES_FILE, [{"epoch": 0.5, "loss": 0.7}, {"epoch": 1.0, "eval_loss": 0.6}]
    )
    monkeypatch.setattr(jobs, "scratch", lambda run_id: tmp_path if run_id == "j1" else None)
    curves = state.live_curves([_job(), _job(run_id="j2", title="other")])
    frame = trainings.losses(curves)
    assert frame["model"].unique().tolist() == ["Fine-tune mine"]
    assert frame["loss"].tolist() == [0.7, 0.6]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (Linear("d", "nbsvm", None, 0, "").argv, "not trained in epochs"),
        (_fine_tune().argv, "after the first measured loss"),
        (_search().argv, "after the first measured loss"),
    ],
)
def test_a_learning_curve_is_promised_only_where_there_will_be_one(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], said: str
) -> None:
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [_job(argv=tuple(argv))])
    monkeypatch.setattr(jobs, "scratch", lambda run_id: None)
    app.query_params["part"] = "start"
    _open(app)
    assert said in _captions(app)
    assert ("can be resumed" in _captions(app)) == ("loss" in said)


def test_only_stopped_trainings_are_offered_to_be_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = [
        _job(run_id="j3", state="died", argv=("train", "--data", "b")),
        _job(run_id="j1", state="failed", argv=("evaluate",)),
    ]
    monkeypatch.setattr(jobs, "list_stopped", lambda: stopped)
    assert [job.run_id for job in state.stopped_trainings()] == ["j3"]


# --- the page ------------------------------------------------------------------------------------


def _open(app: AppTest, **session: Any) -> AppTest:
    app.run()
    for key, value in session.items():
        app.session_state[key] = value
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def _start_part(app: AppTest, **session: Any) -> AppTest:
    app.query_params["part"] = "start"
    return _open(app, **session)


def test_an_empty_workspace_offers_the_first_training(app: AppTest, empty_workspace: Path) -> None:
    _open(app)
    assert any("Nothing has been trained" in text.value for text in app.markdown)
    assert "Start training" in [button.label for button in app.button]


def test_the_table_holds_the_trainings_and_the_page_says_which_is_best(
    app: AppTest, tiny_workspace: Path
) -> None:
    _open(app)
    table = app.dataframe[0].value
    assert table["model"].tolist() == ["nbsvm", "tfidf"]
    assert table["validation accuracy"].str.contains("n = 40").all()
    assert table["sentences.csv test"].str.contains("n = 60").all()
    assert any("trainings on sentences.csv" in text.value.replace("\\", "") for text in app.markdown)


def test_the_full_workspace_is_drawn_in_every_part(app: AppTest, full_workspace: Path) -> None:
    _open(app)
    _start_part(app)
    assert any("python -m sentiment_core train" in code.value for code in app.code)


def test_start_runs_exactly_the_command_that_is_shown_after_the_time_it_takes(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append(argv))
    stored = next(key for key, title in state.data_options().items() if "sentences" in title)
    _start_part(app, experiment_data=stored, experiment_base="distilbert-minilm", experiment_alias="mine")
    assert any("About" in text.value for text in app.markdown)
    shown = next(code.value for code in app.code if "sentiment_core" in code.value)
    app.button("experiment-start").click().run()
    assert shown == experiments_plan.command(started[0])
    assert stored in started[0] and "mine" in started[0]


def _command(app: AppTest) -> str:
    return next(code.value for code in app.code if "sentiment_core" in code.value)


def _captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")


@pytest.mark.parametrize("name", ["quick", "reference"])
def test_picking_a_preset_fills_the_fields_and_a_change_is_named(
    app: AppTest, tiny_workspace: Path, name: str
) -> None:
    preset = PRESETS[name]
    _start_part(app)
    app.selectbox("experiment_preset").set_value(name).run()
    plan = FineTune(preset.data, experiments_plan.preset_settings(preset), preset.limit, 42, "")
    assert _command(app) == experiments_plan.command(plan.argv)
    assert app.number_input("experiment_train_size").value == preset.limit
    assert preset.description in _captions(app)
    app.number_input("experiment_warmup_ratio").set_value(0.2).run()
    assert "warmup_ratio=0.2" in _command(app)
    assert "Changed: warmup ratio." in _captions(app)
    assert not app.exception and not app.warning


def test_a_preset_for_the_hub_says_what_is_missing_and_downloads_nothing(
    app: AppTest, tiny_workspace: Path
) -> None:
    _start_part(app)
    app.selectbox("experiment_preset").set_value("distilbert-imdb").run()
    assert app.number_input("experiment_max_length").value == 512
    assert "HF_HUB_OFFLINE" in app.error[0].value.replace("\\", "")
    assert "Start training" not in [button.label for button in app.button]


def test_a_rank_can_be_given_only_with_frozen_embeddings_and_the_page_says_why(
    app: AppTest, tiny_workspace: Path
) -> None:
    _start_part(app)
    assert app.number_input("experiment_adapter_rank").disabled
    assert "a rank requires frozen embeddings" in _captions(app)
    app.checkbox("experiment_freeze_embeddings").check().run()
    app.number_input("experiment_adapter_rank").set_value(16).run()
    assert "freeze_embeddings=true --set adapter_rank=16" in _command(app)
    app.checkbox("experiment_freeze_embeddings").uncheck().run()
    assert "adapter_rank" not in _command(app) and "freeze" not in _command(app)


def test_what_was_typed_is_still_there_after_another_kind_and_another_page(
    app: AppTest, tiny_workspace: Path
) -> None:
    _start_part(app)
    app.number_input("experiment_epochs").set_value(4.5).run()
    app.segmented_control("experiment_kind").set_value(form.LINEAR).run()
    app.switch_page("views/home/page.py").run()
    app.switch_page(PAGE).run()
    app.segmented_control("experiment_kind").set_value(form.FINE_TUNE).run()
    assert app.number_input("experiment_epochs").value == 4.5
    assert "--epochs 4.5" in _command(app)


@pytest.mark.parametrize("kind", [form.LINEAR, form.MIX, form.SEARCH, form.CURVE])
def test_every_kind_shows_its_time_before_its_button(app: AppTest, tiny_workspace: Path, kind: str) -> None:
    _start_part(app, experiment_kind=kind)
    assert any(text.value.startswith("**About ") for text in app.markdown)
    assert "Start training" in [button.label for button in app.button]
    assert not app.warning


@pytest.mark.parametrize(
    "family", [name for name, found in FAMILIES.items() if found.settings and not found.made_of]
)
def test_a_linear_model_is_set_to_what_its_family_says(
    app: AppTest, tiny_workspace: Path, family: str
) -> None:
    _start_part(app, experiment_kind=form.LINEAR)
    app.selectbox("experiment_family").set_value(family).run()
    offered = [number.key for number in app.number_input] + [box.key for box in app.checkbox]
    assert {f"experiment_{family}_{name}" for name in FAMILIES[family].settings} <= set(offered)
    assert "--set" not in _command(app)
    app.number_input(f"experiment_{family}_C").set_value(2.5).run()
    app.number_input(f"experiment_{family}_max_n").set_value(1).run()
    assert "--set max_n=1 --set C=2.5" in _command(app)


def test_a_blend_is_started_with_the_models_that_were_picked(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append(argv))
    _start_part(app, experiment_kind=form.MIX)
    ids = {card.short_name: card.model_id for card in models.list_models()}
    assert sorted(app.multiselect("experiment_members").value) == sorted(ids.values())
    app.multiselect("experiment_members").set_value([ids["nbsvm"], ids["tfidf"]]).run()
    app.text_input("experiment_alias").set_value("mix").run()
    app.button("experiment-start").click().run()
    members = f"members={ids['nbsvm']},{ids['tfidf']}"
    assert started == [
        ["train", "--data", "imdb-embedded", "--family", "blend", "--set", members, "--alias", "mix"]
    ]
    app.multiselect("experiment_members").set_value([ids["nbsvm"]]).run()
    assert "needs two models" in app.error[0].value


def test_a_learning_curve_is_started_with_the_families_and_sizes_that_were_picked(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append(argv))
    _start_part(app, experiment_kind=form.CURVE)
    assert app.selectbox("experiment_curve_preset").disabled
    app.multiselect("experiment_families").set_value(["nbsvm", "transformer"]).run()
    app.multiselect("experiment_sizes").set_value([50, 1_000]).run()
    assert not app.selectbox("experiment_curve_preset").disabled
    app.button("experiment-start").click().run()
    assert started == [
        ["learning-curve", "--data", "imdb-embedded", "--families", "nbsvm,transformer", "--preset", "quick",
         "--sizes", "50,1000", "--seeds", "0"]
    ]  # fmt: skip
    app.multiselect("experiment_families").set_value([]).run()
    assert "needs a family" in app.error[0].value


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("experiment_alias", HOSTILE),
        ("experiment_base", f"[x](javascript:alert(1)) {HOSTILE}"),
    ],
)
def test_what_cannot_be_used_is_one_escaped_line_and_nothing_can_be_started(
    app: AppTest, tiny_workspace: Path, key: str, typed: str
) -> None:
    _start_part(app, **{key: typed})
    (error,) = app.error
    assert "\n" not in error.value and "<script>" not in error.value and "](java" not in error.value
    assert "Start training" not in [button.label for button in app.button]


def test_a_running_training_shows_its_progress_and_a_stopped_one_can_be_resumed(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [_job()])
    monkeypatch.setattr(jobs, "scratch", lambda run_id: None)
    _open(app)
    assert any("loss 0\\.512, 1 min left" in caption.value for caption in app.caption)
    assert "cancel-experiments-j1" in [button.key for button in app.button]
    stopped = _job(state="cancelled", message="stopped")
    resumed: list[str] = []
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [])
    monkeypatch.setattr(jobs, "list_stopped", lambda: [stopped])
    monkeypatch.setattr(jobs, "log_tail", lambda run_id: HOSTILE)
    monkeypatch.setattr(jobs, "resume", resumed.append)
    app.run()
    assert not app.exception
    app.button("resume-j1").click().run()
    assert resumed == ["j1"]


@pytest.fixture
def picked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of tables that are picked; the second one at first."""
    import streamlit as st

    dataframe, rows = st.dataframe, [1]

    def picking(*args: Any, **kwargs: Any) -> Any:
        dataframe(*args, **kwargs)
        return {"selection": {"rows": list(rows)}}

    monkeypatch.setattr(st, "dataframe", picking)
    return rows


def _keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button]


def test_a_model_is_promoted_to_current_and_the_page_says_so(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    _open(app)
    assert any("no current model" in caption.value for caption in app.caption)
    app.button("promote").click().run()
    assert models.resolve("current").family == "tfidf"
    assert any("current model\\: tfidf" in caption.value for caption in app.caption)


def _accuracies() -> dict[str, float]:
    return {card.short_name: record.metrics["accuracy"].value
            for record in records.list_evaluations()
            for card in [models.resolve(record.model_id)]}  # fmt: skip


def test_a_model_that_measures_worse_is_promoted_only_after_a_question(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    found = _accuracies()
    better, worse = sorted(found, key=lambda name: -found[name])
    assert found[better] > found[worse]
    models.set_alias("current", better)
    picked[:] = [["nbsvm", "tfidf"].index(worse)]
    _open(app)
    app.button("promote").click().run()
    assert models.resolve("current").short_name == better
    (said,) = [text.value.replace("\\", "") for text in app.markdown if "is ahead of" in text.value]
    points = 100 * (found[better] - found[worse])
    assert f"{better} is ahead of {worse} by {points:.1f} points [" in said and "n = 60" in said
    app.button("promote-not").click().run()
    assert "promote-anyway" not in _keys(app)
    app.button("promote").click().run()
    app.button("promote-anyway").click().run()
    assert models.resolve("current").short_name == worse


def test_without_a_decision_of_the_gate_even_a_better_model_is_promoted_only_after_a_question(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    better, worse = sorted(_accuracies(), key=lambda name: -_accuracies()[name])
    models.set_alias("current", worse)
    picked[:] = [["nbsvm", "tfidf"].index(better)]
    _open(app)
    app.button("promote").click().run()
    assert models.resolve("current").short_name == worse
    assert any("No decision of the gate says" in text.value for text in app.markdown)
    app.button("promote-anyway").click().run()
    assert models.resolve("current").short_name == better
    assert [entry["action"] for entry in ledger.entries()] == ["promotion"]


def test_a_model_that_was_not_measured_is_promoted_only_after_a_question(
    app: AppTest, tiny_workspace: Path, picked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for record in records.list_evaluations(models.resolve("tfidf").model_id):
        runs.remove(record.run_id)
    started: list[tuple[list[str], str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append((argv, title)))
    _open(app)
    app.button("promote").click().run()
    assert "current" not in models.aliases()
    assert any("was not measured on" in text.value for text in app.markdown)
    app.button("experiments-measure").click().run()
    ((argv, title),) = started
    record = records.list_evaluations()[0]
    assert argv == ["evaluate", "--model", models.resolve("tfidf").model_id, "--data", record.fingerprint,
                    "--split", "test"]  # fmt: skip
    assert title == "Measure tfidf on sentences.csv test"


def test_what_was_measured_is_not_offered_to_be_measured(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    picked[:] = [0, 1]
    _open(app)
    assert not {"experiments-measure", "promote", "rename"} & set(_keys(app))


def test_a_model_is_renamed_and_its_note_is_shown_as_text(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    card = models.resolve("tfidf")
    _open(app)
    app.text_input(f"rename-{card.model_id}").set_value("nbsvm").run()
    app.button("rename").click().run()
    assert "is that of" in app.error[0].value.replace("\\", "") and models.resolve("tfidf")
    app.text_input(f"rename-{card.model_id}").set_value("plain").run()
    app.button("rename").click().run()
    assert models.resolve("plain").model_id == card.model_id and "tfidf" not in models.aliases()
    app.text_area(f"note-{card.model_id}").set_value(f"{HOSTILE} 🎬 رائع").run()
    app.button("note").click().run()
    assert not app.exception
    assert app.dataframe[0].value[compare.NOTE].tolist() == ["", f"{HOSTILE} 🎬 رائع"]
    assert not any("<script>" in text.value for text in app.markdown)


def test_a_model_is_removed_after_its_dependents_were_named(
    app: AppTest, tiny_workspace: Path, picked: list[int]
) -> None:
    card = models.resolve("tfidf")
    _open(app)
    assert any("alias tfidf; 1 evaluation" in text.value.replace("\\", "") for text in app.markdown)
    app.button(f"remove-{card.model_id}").click().run()
    assert not app.exception and [found.short_name for found in models.list_models()] == ["nbsvm"]
    assert records.list_evaluations(card.model_id) == []
    assert app.dataframe[0].value["model"].tolist() == ["nbsvm"]


def test_an_open_training_is_in_the_list_at_once_and_is_no_model(
    app: AppTest, tiny_workspace: Path, picked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [_job(stopping=True)])
    monkeypatch.setattr(jobs, "scratch", lambda run_id: None)
    _open(app)
    table = app.dataframe[0].value
    assert table["model"].tolist() == ["Fine-tune mine", "nbsvm", "tfidf"]
    assert table[compare.STATE].tolist() == ["stopping", "finished", "finished"]
    assert any("Make nbsvm the" in button.label for button in app.button)
    picked[:] = [0]
    app.run()
    assert "promote" not in _keys(app)


def test_a_search_is_drawn_with_its_trials_and_what_mattered(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TRIALS.assign(seconds=60.0, model_id="", reason="", intermediate_values=[{}] * 3)
    record = SimpleNamespace(
        run_id="s1",
        axes=["learning_rate", "truncation", "epochs"],
        trials=settings,
        best={"number": 1, "value": 0.9},
        manifest=None,
        importance=SimpleNamespace(shares={"learning_rate": math.nan}, n=2, reason="2 complete trials"),
    )
    named = state.Named("s1", HOSTILE)
    monkeypatch.setattr(state, "searches", lambda: [named])
    monkeypatch.setattr(state, "open_search", lambda run_id: record)
    app.query_params["part"] = "searches"
    _open(app)
    assert any("Trial 1 is the most accurate of 2" in text.value for text in app.markdown)
    assert any("No importance of settings" in caption.value for caption in app.caption)
    table = next(frame.value for frame in app.dataframe if "number" in frame.value)
    assert table["number"].tolist() == [1, 0, 2]
    assert table["accuracy, %"].tolist()[:2] == [90.0, 80.0]


def test_a_current_alias_of_a_model_that_is_gone_is_no_model(tiny_workspace: Path) -> None:
    workspace.write_json(
        tiny_workspace / "models" / "aliases.json", {"current": "tfidf-20200101t000000-00000000"}
    )
    assert state.current_model() is None


def test_a_file_without_training_rows_is_said_to_be_split(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(listed.FILES, str(tiny_workspace))
    frame = pd.read_csv(tiny_workspace / "sentences.csv").drop(columns="split")
    frame.to_csv(tiny_workspace / "plain.csv", index=False)
    _start_part(app, experiment_data=str(tiny_workspace / "plain.csv"))
    assert any("80/10/10" in text.value for text in app.markdown)
    assert state.data_facts(str(tiny_workspace / "plain.csv")).n_train == 208


def test_an_unknown_part_in_the_address_shows_the_finished_trainings(
    app: AppTest, tiny_workspace: Path
) -> None:
    app.query_params["part"] = HOSTILE
    _open(app)
    assert app.dataframe[0].value["model"].tolist() == ["nbsvm", "tfidf"]


def test_the_settings_of_past_trainings_are_known_to_their_families(tiny_workspace: Path) -> None:
    for card in models.list_models():
        assert set(card.manifest["params"]) == set(training.params_in_force(card.family, {}))

"""A workspace of an earlier version opens: its contents are read and resumed, and its saved links still work.

`tests/old_workspace/` was written by the commands of the version in which every package was one flat folder:
two models, their evaluations, two batches of attacks (one of them stopped after three of eight reviews by its
job), verdicts, one of them by hand, two probe runs, a learning curve and its job, a probe, a recipe and a
slice of the user's own. All reviews in it were made for this purpose.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from attacks import __main__ as attacks_line
from attacks.batches import runs as attack_runs
from attacks.batches.verdicts import overrules, verdicts_of
from attacks.own import probes as own_probes
from attacks.own import recipes as own_recipes
from attacks.own import slices as own_slices
from attacks.probing import runs as probe_runs
from sentiment_core import __main__ as core_line
from sentiment_core import data, models
from sentiment_core.data.storing import damaged_datasets
from sentiment_core.evaluation import records
from sentiment_core.execution.base import Here
from sentiment_core.jobs import jobs, worker
from sentiment_core.storage import journal, runs
from sentiment_core.training import learning_curves

OLD = Path(__file__).parents[1] / "old_workspace"
HOME = Path(__file__).parents[2] / "dashboard" / "Home.py"

WORDS = "tfidf-20261129t023239-1a2263b2"
BAYES = "nbsvm-20261129t023243-503af527"
REVIEWS = "b946e596f7558f3c"
FINISHED = "20261129t023303928-attack-deepwordbug-words-6bff9825"
STOPPED = "20261129t023343253-attack-deepwordbug-words-d657f5ac"
STOPPED_JOB = "20261129t023343050-job-run-44136fa3"
PROBED, OWN_PROBED = (
    "20261129t023334885-probe-words-37575a13",
    "20261129t023330793-probe-words-4dd57877",
)
CHOICE = {"data": f"{REVIEWS}-test", "model_a": WORDS, "model_b": BAYES}


@pytest.fixture(autouse=True)
def old_workspace(reelcheck_home: Path) -> Path:
    shutil.copytree(OLD, reelcheck_home, dirs_exist_ok=True)
    return reelcheck_home


def answer(line: Any, capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert line.main([*argv, "--json"]) == 0, capsys.readouterr().err
    return dict(json.loads(capsys.readouterr().out))


def test_models_data_and_evaluations_open() -> None:
    assert {card.short_name: card.model_id for card in models.list_models()} == {
        "words": WORDS,
        "bayes": BAYES,
    }
    assert models.damaged_models() == [] and damaged_datasets() == []
    reviews = data.by_fingerprint(REVIEWS)
    assert len(reviews.examples) == 60
    for alias in ("words", "bayes"):
        (found,) = records.list_evaluations(models.resolve(alias).model_id, REVIEWS)
        again = records.predict_frame(alias, reviews.split("test"))
        assert (again["prob_positive"] - found.frame["prob_positive"]).abs().max() < 1e-9
        assert found.metrics["accuracy"].n == 12


def test_every_run_is_listed_and_none_is_damaged(capsys: pytest.CaptureFixture[str]) -> None:
    listed = answer(core_line, capsys, "runs", "list")
    kept = {path.parent.name for path in OLD.glob("runs/*/*/spec.json")}
    assert {run["run_id"] for run in listed["runs"]} == kept and len(kept) == 9
    assert listed["damaged"] == []
    for run_id in kept:
        assert answer(core_line, capsys, "runs", "show", run_id)["run_id"] == run_id


def test_batches_verdicts_probe_runs_and_curves_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert {run.run_id: run.finished for run in attack_runs.list_attacks()} == {
        FINISHED: True,
        STOPPED: False,
    }
    judged = verdicts_of(FINISHED)
    assert judged is not None and set(judged["example_id"]) == {"r53", "r55", "r59"}
    assert overrules(FINISHED) == {"r55": False}
    shown = answer(attacks_line, capsys, "show", FINISHED)
    assert shown["figures"]["success_rate"]["value"] == pytest.approx(3 / 8)
    assert shown["figures"]["valid_success_rate"]["value"] == pytest.approx(2 / 8)
    assert {run.run_id for run in probe_runs.list_probes()} == {PROBED, OWN_PROBED}
    (curve,) = learning_curves.list_curves()
    assert learning_curves.open_curve(curve.run_id).frame["size"].tolist() == [10, 30]


def test_what_the_user_composed_is_there() -> None:
    assert [case.text for case in own_probes.STORE.open("endings").cases()]
    assert own_recipes.recipe_named("my-typos").title == "My typing errors"
    (own,) = own_slices.STORE.all().values()
    assert (own.name, own.query) == ("sisters", "words > 5 and mentions_female")


def test_jobs_are_listed_with_how_they_ended() -> None:
    states = {job.run_id: (job.state, job.module) for job in jobs.list_jobs()}
    assert states.pop(STOPPED_JOB) == ("cancelled", "attacks")
    assert list(states.values()) == [("finished", "sentiment_core")]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack in this process, whatever --workers says."""
    monkeypatch.setattr("attacks.engine.batch.executor_for", lambda workers, cluster: Here())


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("how", ["by its id", "by its job"])
def test_a_stopped_batch_is_resumed_and_keeps_what_was_done(
    how: str, old_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = old_workspace / "runs" / "attack" / STOPPED
    before = (folder / journal.FILE).read_bytes()
    if how == "by its id":
        assert attacks_line.main(["run", "--resume", STOPPED, "--workers", "1"]) == 0
    else:
        job = old_workspace / "runs" / "job" / STOPPED_JOB
        (job / runs.MANIFEST).unlink()  # as `jobs.resume` does
        monkeypatch.setenv(worker.JOB_VARIABLE, str(job))
        monkeypatch.setenv(worker.RESUME_VARIABLE, "1")
        assert attacks_line.main(runs.open_run(STOPPED_JOB).spec["argv"]) == 0
        assert jobs.status(STOPPED_JOB).state == "finished"
    run = attack_runs.open_attack(STOPPED)
    assert run.finished and len(attack_runs.list_attacks()) == 2
    assert before.count(b"\n") == 3 and (folder / journal.FILE).read_bytes().startswith(before)


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    """Open a page by the address that an earlier version wrote, as a bookmark does."""

    def open_page(page: str, **params: str) -> AppTest:
        app = AppTest.from_file(str(HOME), default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value
        app._page_hash = calc_hash(page) if page else ""
        app.run()
        assert not app.exception
        return app

    return open_page


def text_of(app: AppTest) -> str:
    drawn = (*app.markdown, *app.caption, *app.header, *app.title, *app.warning, *app.info)
    return " ".join([*(str(part.value) for part in drawn), *(part.proto.body for part in app.get("html"))])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "params", "state"),
    [
        ("", CHOICE, {}),
        ("evaluate", CHOICE, {}),
        ("live", CHOICE, {}),
        ("errors", CHOICE | {"outcome": "correct", "sort": "confidence", "review": "r55"},
         {"desk_outcome": "correct", "desk_sort": "confidence"}),
        ("errors", CHOICE | {"outcome": "all", "threshold": "0.4", "words_low": "5", "agreement": "agree"},
         {"desk_outcome": "all", "desk_words_low": 5, "desk_agreement": "agree"}),
        ("robustness", CHOICE | {"runs": FINISHED, "outcome": "all", "text": f"{FINISHED}:r55"},
         {"robustness_outcome": "all"}),
        ("robustness", CHOICE | {"runs": FINISHED, "verdict": "invalid", "sort": "queries"},
         {}),
        ("probes", CHOICE | {"cell": "contrast", "show": "all"}, {}),
        ("probes", CHOICE | {"part": "own", "cell": "endings", "show": "all"}, {"probes_part": "own"}),
        ("probes", CHOICE | {"part": "runs"}, {"probes_part": "runs"}),
        ("bias", CHOICE | {"part": "slices", "slice": "sisters"}, {"bias_part": "slices"}),
        ("bias", CHOICE | {"slice": "sisters"}, {"bias_part": "slices"}),
        ("attack", CHOICE | {"run": FINISHED}, {}),
        ("attack", CHOICE | {"job": STOPPED_JOB, "run": STOPPED}, {}),
        ("attack", CHOICE | {"recipe": "my-typos"}, {}),
        ("experiments", CHOICE | {"part": "sizes"}, {"experiments_part": "sizes"}),
        ("experiments", CHOICE | {"part": "start"}, {"experiments_part": "start"}),
    ],
)  # fmt: skip
def test_a_link_saved_before_leads_there(
    opened: Callable[..., AppTest], page: str, params: dict[str, str], state: dict[str, object]
) -> None:
    app = opened(page, **params)
    for name, value in (CHOICE | state).items():
        assert app.session_state[name] == value, (name, app.session_state[name])
    assert "is not known" not in text_of(app)


@pytest.mark.slow
def test_links_to_one_review_text_case_or_run_show_it(opened: Callable[..., AppTest]) -> None:
    errors = opened("errors", **CHOICE, outcome="all", review="r53")
    assert "scene 53 was the best of all" in text_of(errors)
    text = opened("robustness", **CHOICE, runs=FINISHED, outcome="all", text=f"{FINISHED}:r55")
    assert "<ins>" in text_of(text) and "besH" in text_of(text)
    probes = opened("probes", **CHOICE, part="own", cell="endings", show="all")
    assert "endings" in text_of(probes)
    slices = opened("bias", **CHOICE, part="slices", slice="sisters")
    assert "sisters" in text_of(slices)
    batch = opened("attack", **CHOICE, run=STOPPED)
    assert any("esume" in button.label for button in batch.button)

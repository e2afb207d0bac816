"""Improve in the frame of the dashboard: the decision on a pair, jobs, promotion and rollback, the ledger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from attacks.gate import ledger, measuring
from attacks.gate.configuration import Config
from dashboard.records import attacks
from dashboard.views.improve import criteria, teaching
from sentiment_core import data, models
from sentiment_core.labels import verdicts

VIEW = "views/improve/page.py"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """The jobs that the page starts."""
    found: list[tuple[list[str], str]] = []
    monkeypatch.setattr(attacks, "start", lambda argv, title: found.append((list(argv), title)))
    return found


def ids() -> tuple[str, str]:
    return models.resolve("nbsvm").model_id, models.resolve("tfidf").model_id


def decided(new: str = "nbsvm", old: str = "tfidf", n: int = 4000) -> str:
    dataset = data.by_fingerprint(measured("tfidf", n)[1].fingerprint)
    return ledger.decide_pair(new, old, dataset, Config()).run_id


def words_of(app: AppTest) -> str:
    found = [item.value for kind in (app.markdown, app.caption, app.info) for item in kind]
    return re.sub(r"\\(.)", r"\1", " ".join(found))


def open_pair(app: AppTest, **more: str) -> AppTest:
    new, old = ids()
    return opened(app, VIEW, **chosen(4000), new=new, baseline=old, **more)


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_a_pair_without_a_decision_offers_to_measure_what_is_missing(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    new, old = ids()
    opened(app, VIEW, **chosen(60), new=new, baseline=old)
    assert "Nobody has decided yet whether nbsvm may replace tfidf." in words_of(app)
    assert "Nothing is decided yet" in words_of(app)
    dataset = data.by_fingerprint(measured("tfidf", 60)[1].fingerprint)
    pieces = measuring.missing(measuring.Asked(models.resolve(old), models.resolve(new), dataset))
    assert all(piece.what in words_of(app) for piece in pieces) and "About" in words_of(app)
    app.button("improve-measure").click().run()
    ((argv, title),) = started
    assert argv == [
        "gate", "--model", new, "--baseline", old,
        "--data", dataset.fingerprint, "--split", "test", "--measure",
    ]  # fmt: skip
    assert title == "May nbsvm replace tfidf?"


def test_a_decision_is_a_row_a_criterion_with_its_verdict_in_words(
    app: AppTest, full_workspace: Path
) -> None:
    run_id = decided()
    open_pair(app)
    entry = next(entry for entry in ledger.entries() if entry["run_id"] == run_id)
    html = html_of(app)
    assert html.count("class='verdict'") == 9
    for word in ("pass", "warn"):
        assert f"</i>{word}</td>" in html
    assert app.code[-1].value == entry["command"]
    table = app.dataframe[0].value.set_index("criterion")
    accuracy = (ledger.open_decision(run_id).manifest or {})["criteria"][0]
    assert table.loc["Accuracy", "n"] == 4000 and table.loc["Accuracy", "verdict"] == accuracy["verdict"]
    assert table.loc["Accuracy", "old"] == f"{100 * accuracy['old']:.1f} %"


def test_the_address_names_the_pair_and_the_decision(app: AppTest, full_workspace: Path) -> None:
    first, second = decided(), decided()
    new, old = ids()
    open_pair(app, decision=first)
    shown = [button for button in app.button if button.label == "Shown above"]
    assert [button.key for button in shown] == [f"improve-show-{first}"]
    app.button(f"improve-show-{second}").click().run()
    params = {name: "".join(app.query_params[name]) for name in ("new", "baseline", "decision")}
    assert params == {"new": new, "baseline": old, "decision": second}
    app.selectbox("improve_new").set_value(old).run()
    assert not app.exception and "".join(app.query_params["new"]) == old
    assert app.selectbox("improve_baseline").value != old


def test_what_no_model_or_decision_is_called_is_the_page_s_own_choice(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000), new="<b>x</b>", baseline="../..", decision="?", page="-3")
    assert "Nobody has decided yet" in words_of(app)


def test_a_promotion_asks_and_can_be_rolled_back(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "verdict_of", lambda decisions: "warn")
    new, old = ids()
    models.set_alias("current", old)
    decided()
    open_pair(app)
    app.button("improve-promote").click().run()
    assert models.aliases()["current"] == new
    (back,) = [button.key for button in app.button if str(button.key).startswith("improve-back-")]
    app.button(back).click().run()
    assert models.aliases()["current"] == old
    assert [entry["action"] for entry in ledger.entries()] == ["rollback", "promotion", "decision"]
    assert "rolled back: **tfidf** is current again" in words_of(app)


def test_a_model_that_failed_is_promoted_only_with_a_reason(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "verdict_of", lambda decisions: "fail")
    decided()
    open_pair(app)
    app.button("improve-promote").click().run()
    assert "current" not in models.aliases() and "Give a reason" in words_of(app)
    app.text_input("improve_reason").set_value("<i>needed</i> *now*").run()
    app.button("improve-promote").click().run()
    assert models.aliases()["current"] == ids()[0]
    assert "(<i>needed</i> *now*)" in words_of(app)
    assert not any("<i>" in item.value for item in app.markdown)


def test_verdicts_are_offered_as_lessons_and_start_a_job(
    app: AppTest, full_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    card = models.resolve("tfidf")
    open_pair(app)
    assert "Nobody has judged a label" in words_of(app)
    dataset = data.by_fingerprint(str(card.trained_on["fingerprint"]))
    for example_id in dataset.split("train")["example_id"].head(3):
        verdicts.decide(dataset.fingerprint, str(example_id), "wrong", author="ann")
    app.run()
    assert "with 3 verdicts" in app.button("improve-teach").label
    app.button("improve-teach").click().run()
    argv = ["improve", "--model", card.model_id, "--from", "verdicts", "--alias", "tfidf-2"]
    assert started == [(argv, "Improve tfidf")]


def test_a_stored_data_set_or_an_attack_is_offered_too(
    app: AppTest, full_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    open_pair(app)
    app.get("button_group")[0].set_value("reviews").run()
    assert r"4,000 reviews of many\.csv" in app.button("improve-teach").label
    app.button("improve-teach").click().run()
    assert started[0][0][3:5] == ["--from", measured("tfidf", 4000)[1].fingerprint]
    app.get("button_group")[0].set_value("attack").run()
    assert "no finished attack on training reviews" in words_of(app)


def test_the_next_name_of_a_line_is_free(full_workspace: Path) -> None:
    assert teaching.alias_for(models.resolve("tfidf")) == "tfidf-2"
    models.set_alias("tfidf-2", "nbsvm")
    models.set_alias("tfidf-3", "bow")
    assert teaching.alias_for(models.resolve("tfidf")) == "tfidf-4"


def item(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": "accuracy", "title": "Accuracy", "verdict": "warn", "required": True, "margin": 0.01,
        "old": 0.9, "new": 0.91, "difference": {"value": 0.01, "ci_low": -0.005, "ci_high": 0.025},
        "n": 400, "n_needed": 900, "sentence": "said", "unit": "points", "higher_is_better": True,
    }  # fmt: skip
    return found | changes


def test_losses_are_in_margins_and_a_gain_is_a_loss_below_0() -> None:
    assert criteria.losses(item()) == pytest.approx((-1, -2.5, 0.5))
    assert criteria.losses(item(higher_is_better=False, name="ece")) == pytest.approx((1, -0.5, 2.5))
    unknown = item(difference={"value": 0.0, "ci_low": None, "ci_high": None})
    assert criteria.losses(unknown) == (0.0, float("-inf"), float("inf"))
    assert criteria.losses(item(difference={"value": None, "ci_low": None, "ci_high": None})) is None


@pytest.mark.parametrize("text", ["", "<script>alert(1)</script>", "🎬 فيلم", "x" * 50_000])
def test_what_a_record_says_is_text_in_the_table(text: str) -> None:
    html = criteria.table_html([item(title=text, sentence=text), item(n=0, title=text, sentence=text)])
    assert "<script" not in html and html.count("<tr>") == 3

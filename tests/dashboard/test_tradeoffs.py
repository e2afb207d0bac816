"""Trade-offs in the frame of the dashboard: what models cost and keep, timing them, making a smaller one."""

from __future__ import annotations

import html
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from attacks.gate import ledger
from attacks.gate.configuration import Config
from dashboard.elements import widgets
from dashboard.views.tradeoffs import drawing, figures, place, smaller, verdicts
from sentiment_core import command_line, data, latency, models
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate

VIEW = "views/tradeoffs/page.py"


def words_of(app: AppTest) -> str:
    return " ".join(item.value for kind in (app.markdown, app.caption) for item in kind).replace("\\", "")


def row(name: str, cost: float, kept: float) -> figures.Row:
    card = ModelCard(name, name, name, Path(name), {"size_bytes": 1})
    missing = Estimate(math.nan, math.nan, math.nan, 0, "not measured")
    known = {"megabytes": Estimate(cost, cost, cost, 1), "accuracy": Estimate(kept, kept, kept, 9)}
    return figures.Row(card, {name: known.get(name, missing) for name in figures.QUANTITIES})


def test_the_unbeaten_are_those_that_none_equals_in_one_and_beats_in_the_other() -> None:
    rows = [row("a", 1, 0.7), row("b", 2, 0.9), row("c", 3, 0.8), row("d", 2, 0.8), row("e", 9, 0.95)]
    assert [one.name for one in figures.unbeaten(rows, "megabytes", "accuracy")] == ["a", "b", "e"]
    twins = [row("x", 1, 0.9), row("y", 1, 0.9)]
    assert len(figures.unbeaten(twins, "megabytes", "accuracy")) == 2


def test_a_model_that_was_not_measured_is_not_among_the_unbeaten() -> None:
    rows = [row("a", 1, 0.7), row("b", 0.5, math.nan)]
    assert [one.name for one in figures.unbeaten(rows, "megabytes", "accuracy")] == ["a"]
    assert figures.unbeaten(rows, "milliseconds", "accuracy") == []


def test_names_are_escaped_wherever_they_are_drawn() -> None:
    hostile = row("<script>alert(1)</script>", 1, 0.7)
    colours = {hostile.card.model_id: "#000000"}
    assert "<script>" not in drawing.table_html([hostile], hostile, colours, {})
    kept = {
        "gate": {
            "verdict": "pass",
            "criteria": [{"name": "a", "title": "<b>", "verdict": "pass", "sentence": "'><b>"}],
        }
    }
    small = replace(hostile.card, manifest={**kept, "distilled_from": {"model_id": "<i>"}})
    assert not {"<script>", "<b>", "<i>"} & set(re.findall(r"<\w+>", verdicts.table_html([small], {})))
    drawn = drawing.chart([hostile], [hostile], "megabytes", "accuracy", colours).to_json()
    assert "<script>" not in drawn


def test_an_address_that_names_nothing_known_is_the_default() -> None:
    asked = {"cost": "<b>", "keeps": "ece", "baseline": "x"}
    assert place.Place.from_params(asked) == place.Place("milliseconds", "ece", "x")
    assert place.Place().to_params() == {}


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_models_are_timed_from_the_page_and_then_compared(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(widgets, "start_job", lambda argv, title: started.append(list(argv)))
    opened(app, VIEW, **chosen(60), cost="megabytes")
    assert not app.exception and "costs least" in words_of(app)
    assert "Not timed beside the others" in words_of(app)
    app.button("tradeoffs-time").click().run()
    (argv,) = started
    assert argv[:2] == ["latency", "--models"] and len(argv[2:-4]) == len(models.list_models())
    dataset = data.by_fingerprint(argv[-3])
    latency.measure(models.list_models(), dataset, "test", rounds=3)
    opened(app, VIEW, **chosen(60), cost="milliseconds")
    assert "Not timed" not in words_of(app) and "ms [" in words_of(app) and "n = 3 rounds" in words_of(app)


def test_the_table_names_the_verdict_of_the_gate_and_links_to_it(app: AppTest, full_workspace: Path) -> None:
    new, old = models.resolve("nbsvm"), models.resolve("tfidf")
    opened(app, VIEW, **chosen(4000), baseline=old.model_id)
    assert "decide</a>" in html_of(app) and "baseline" in html_of(app)
    dataset = data.by_fingerprint(chosen(4000)["data"].split("-")[0])
    verdict = ledger.decide_pair(new.short_name, old.short_name, dataset, Config()).manifest["verdict"]
    opened(app, VIEW, **chosen(4000), baseline=old.model_id)
    assert drawing.VERDICTS[verdict] in html_of(app) and f"new={new.model_id}" in html_of(app)
    assert "What compression changed" not in [one.value for one in app.header]


def test_each_smaller_model_has_a_row_of_verdicts(app: AppTest, full_workspace: Path) -> None:
    small, teacher = models.resolve("nbsvm"), models.resolve("tfidf")
    models.note(small, "distilled_from", {"model_id": teacher.model_id})
    opened(app, VIEW, **chosen(4000))
    assert "What compression changed" in [one.value for one in app.header]
    assert "Of 1 smaller model: 1 not put to the gate." in words_of(app)
    dataset = data.by_fingerprint(chosen(4000)["data"].split("-")[0])
    criteria = ledger.decide_pair(small.short_name, teacher.short_name, dataset, Config()).manifest[
        "criteria"
    ]
    opened(app, VIEW, **chosen(4000))
    table = html_of(app).split("costs verdicts")[1]
    assert "1 undecided in something" in words_of(app) or "1 shown to lose something" in words_of(app)
    for said in criteria:
        assert html.escape(said["title"]) in table and html.escape(said["sentence"]) in table
    assert "from tfidf" in table and f"baseline={teacher.model_id}" in table


@pytest.mark.parametrize("kind", smaller.KINDS)
def test_every_kind_of_smaller_model_is_a_command_that_is_understood(kind: str, tiny_workspace: Path) -> None:
    card = models.list_models()[0]
    argv = smaller.argv(card, smaller.KINDS[kind])
    args = command_line.build_parser(command_line.load_commands()).parse_args(argv)
    assert args.command == argv[0] and card.model_id in (
        getattr(args, "teacher", ""),
        getattr(args, "model", ""),
    )
    assert (
        kind not in smaller.offered_for(card)
        or card.family == "transformer"
        or not smaller.KINDS[kind].network
    )


def test_a_taken_name_is_not_given_again(tiny_workspace: Path) -> None:
    card = replace(models.list_models()[0], alias="tfidf")
    assert smaller.argv(card, smaller.KINDS["linear"])[-2:] == ["--alias", "tfidf-linear"]
    models.set_alias("tfidf-linear", models.list_models()[0].model_id)
    assert "--alias" not in smaller.argv(card, smaller.KINDS["linear"])


def test_nothing_larger_is_offered_as_the_smaller_copy_of_a_linear_model(tiny_workspace: Path) -> None:
    assert smaller.offered_for(models.resolve("tfidf")) == ["linear"]

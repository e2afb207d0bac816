"""The Robustness page: figures, sentences, charts, and the desk with its verdicts."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from attack_workspace import HOSTILE, batch, reviews_of
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from attacks.batches import archive, transfer, verdicts
from attacks.batches import runs as attack_runs
from attacks.batches.archive import ArchiveCheck
from attacks.figures import robustness
from attacks.schema import RECORD_COLUMNS, Example
from attacks.validity.judging import VERDICT_COLUMNS
from dashboard.records import stress
from dashboard.records.stress import AttackScore, Candidate
from dashboard.views.home import score_table
from dashboard.views.robustness import charts, desk, wording
from dashboard.views.robustness import table as robustness_table
from dashboard.views.robustness.desk import Filters
from dashboard.views.robustness.table import Row
from sentiment_core import models, statistics
from sentiment_core.jobs import jobs
from sentiment_core.schema import Estimate

VIEW = "views/robustness/page.py"
MIXED = ["succeeded", "failed", "succeeded", "skipped", "succeeded", "errored", "failed", "succeeded"]


def judged(run_id: str, *valid: bool, reasons: str = "became its opposite: good > bad") -> None:
    """Keep automatic verdicts on a run's successes, in their order."""
    records = attack_runs.open_attack(run_id).records
    fooled = records.loc[records["outcome"] == "succeeded", "example_id"]
    rows = [
        dict.fromkeys(VERDICT_COLUMNS, "")
        | {"example_id": example_id, "valid": verdict, "reasons": "" if verdict else reasons}
        | {
            "similarity": 0.9,
            "share_changed": 0.1,
            "pos_kept": 1.0,
            "grammar_added": 0,
            "similarity_around": 0.8,
        }
        for example_id, verdict in zip(fooled, valid, strict=True)
    ]
    path = verdicts.file_of(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(path, index=False)


def captions(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(caption.value for caption in app.caption))


def words(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(text.value for text in app.markdown))


def texts_table(app: AppTest) -> pd.DataFrame:
    return next(table.value for table in app.dataframe if "verdict" in table.value)


# --- empty and bad -------------------------------------------------------------------------------


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_models_without_a_batch_offer_to_start_one(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW)
    assert "Start a batch" in {link.proto.label for link in app.get("page_link")}


@pytest.mark.parametrize(
    "params",
    [
        {"runs": ",,"},
        {"part": "nowhere"},
        {"page": "99999999999"},
        {"page": "-1"},
        {"text": HOSTILE},
        {"outcome": "<b>", "verdict": "x", "sort": "", "run": "gone"},
    ],
    ids=lambda params: str(next(iter(params.items()))),
)
def test_a_bad_address_shows_the_page_all_the_same(
    app: AppTest, tiny_workspace: Path, params: dict[str, str]
) -> None:
    batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), **params)
    assert len(texts_table(app)) == 4


def test_an_unfinished_batch_is_shown_as_far_as_it_is(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED, done=3)
    opened(app, VIEW, **chosen(), runs=run_id)
    assert "3 of 8 reviews so far" in captions(app)
    assert len(texts_table(app)) == 2


def test_a_batch_that_fooled_nobody_is_shown(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), runs=batch("tfidf", ["failed", "skipped"]))
    assert "No text matches these filters." in words(app)


def test_a_batch_that_skipped_everything_offers_what_can_be_attacked(
    app: AppTest, tiny_workspace: Path
) -> None:
    run_id = batch("tfidf", ["skipped"] * 3, recipe="pwws")
    opened(app, VIEW, **chosen(a="nbsvm"), runs=run_id)
    link = next(link.proto for link in app.get("page_link") if link.proto.label.startswith("Attack reviews"))
    assert "recipe=pwws" in link.query_string and "which=right" in link.query_string
    assert f"model_a={models.resolve('tfidf').model_id}" in link.query_string


def test_batches_of_an_address_that_are_gone_are_not_replaced_by_others(
    app: AppTest, tiny_workspace: Path
) -> None:
    batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), runs=HOSTILE)
    app.run()
    assert (
        f"{HOSTILE} is not in this workspace" in captions(app)
        and not app.multiselect("robustness_runs").value
    )


def test_a_batch_of_errors_only_is_shown(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", ["errored"] * 3)
    for part in ("texts", "queries", "changed", "vulnerable", "transfer", "files"):
        opened(app, VIEW, **chosen(), runs=run_id, part=part)
    assert "attacked no review" in words(app)


# --- the first screen ----------------------------------------------------------------------------


def test_the_figures_are_those_counted_by_hand(app: AppTest, tiny_workspace: Path) -> None:
    """Of eight reviews four are fooled, two not, one is skipped, one an error: 6 of 7 before, 2 after."""
    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, False, True)
    opened(app, VIEW, **chosen(), runs=run_id)
    html = html_of(app)
    for part, n in ((6, 7), (2, 7), (4, 7), (4, 6), (2, 6)):
        low, high = statistics.wilson(part, n)
        shown = f"{100 * part / n:.1f} %<small>[{100 * low:.1f}, {100 * high:.1f}]</small>"
        assert shown in html, (part, n)
    assert "4 fooled, 2 not fooled, 1 skipped (already misclassified), 1 ended in an error" in html
    assert "DeepWordBug fools tfidf on 66.7 %" in words(app)
    assert "may be chance" in words(app) or "too few" in words(app)


def test_two_runs_are_compared_by_the_paired_test(app: AppTest, tiny_workspace: Path) -> None:
    first = batch("tfidf", ["succeeded"] * 8 + ["failed"] * 2)
    second = batch("nbsvm", ["failed"] * 8 + ["failed"] * 2)
    opened(app, VIEW, **chosen(), runs=f"{first},{second}")
    records = [attack_runs.open_attack(run).records for run in (first, second)]
    sentence = robustness.compare_runs(*records).sentence("tfidf", "nbsvm")
    assert sentence in words(app)
    assert "Under DeepWordBug: " in words(app)


def test_three_runs_are_ranked(app: AppTest, tiny_workspace: Path) -> None:
    runs = [
        batch("tfidf", ["succeeded"] * 4),
        batch("nbsvm", ["failed"] * 4),
        batch("tfidf", ["failed", "succeeded"] * 2, recipe="pwws"),
    ]
    opened(app, VIEW, **chosen(), runs=",".join(runs))
    assert "nbsvm · DeepWordBug keeps the most accuracy, 100.0 %" in words(app)
    assert "tfidf · DeepWordBug the least, 0.0 %" in words(app)


def test_the_newest_finished_batches_of_the_chosen_model_are_shown_first(
    app: AppTest, tiny_workspace: Path
) -> None:
    batch("nbsvm", ["failed"] * 2)
    batch("tfidf", ["failed"] * 3)
    newest = batch("tfidf", ["succeeded"] * 3, seed=1)
    batch("tfidf", ["succeeded"] * 3, seed=2, done=1)
    opened(app, VIEW, **chosen())
    assert app.multiselect("robustness_runs").value == [newest]


def test_every_part_is_drawn(app: AppTest, tiny_workspace: Path) -> None:
    runs = [batch(alias, MIXED) for alias in ("tfidf", "nbsvm")]
    judged(runs[0], True, False, False, True)
    for part in (
        "texts",
        "queries",
        "changed",
        "vulnerable",
        "transfer",
        "pairs",
        "hardening",
        "table",
        "files",
    ):
        opened(app, VIEW, **chosen(), runs=",".join(runs), part=part)


def test_one_verdict_by_hand_makes_no_figure_by_valid_texts(app: AppTest, tiny_workspace: Path) -> None:
    runs = batch("tfidf", MIXED), batch("nbsvm", MIXED)
    for run_id in runs:
        verdicts.overrule(run_id, attack_runs.open_attack(run_id).records["example_id"].iloc[0], True)
    opened(app, VIEW, **chosen(), runs=",".join(runs), part="changed")
    assert app.toggle("robustness-valid-only").disabled
    assert "3 of 4 texts" in captions(app)
    assert "equally often on" in app.markdown[0].value and "valid texts" not in app.markdown[0].value
    opened(app, VIEW, **chosen(), runs=",".join(runs), part="pairs")
    assert not any("valid texts" in drawn.value for drawn in app.markdown)


def test_a_batch_without_verdicts_offers_to_judge_them(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module="": started.append((argv, module)))
    run_id = batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), runs=run_id)
    app.button("judge-start").click().run()
    assert started == [(["judge", run_id], "attacks")]
    judged(run_id, True, True, True, True)
    opened(app, VIEW, **chosen(), runs=run_id)
    assert "judge-start" not in {button.key for button in app.button}


def test_the_transfer_matrix_is_computed_by_a_job_and_shown(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module="": started.append(argv))
    run_id = batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), runs=run_id, part="transfer")
    app.button("transfer-start").click().run()
    assert started[0][:2] == ["transfer", run_id]
    assert {models.resolve(alias).model_id for alias in ("tfidf", "nbsvm")} <= set(started[0])
    transfer.transfer_runs([run_id], ["nbsvm"])
    opened(app, VIEW, **chosen(), runs=run_id, part="transfer")
    assert "read by nbsvm" in html_of(app)


def test_the_transfer_matrix_of_valid_texts_stands_beside_that_of_all(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module="": started.append(argv))
    run_id = batch("tfidf", MIXED)
    transfer.transfer_runs([run_id], ["nbsvm"])
    opened(app, VIEW, **chosen(), runs=run_id, part="transfer")
    assert app.toggle("robustness-transfer-valid").disabled  # there are no verdicts yet
    judged(run_id, *[index == 0 for index in range(MIXED.count("succeeded"))])
    app.run()
    app.toggle("robustness-transfer-valid").set_value(True).run()
    assert not app.exception and "of all" not in html_of(app)
    app.button("transfer-start").click().run()
    assert "--valid" in started[0]
    transfer.transfer_runs([run_id], ["nbsvm"], valid_only=True)
    app.run()
    assert "n = 1" in html_of(app) and "of all" in html_of(app)


def test_a_stale_archive_is_told(app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = batch("tfidf", MIXED)
    monkeypatch.setattr(
        archive, "check", lambda asked: ArchiveCheck(asked, True, "The model has changed.", 4, 0)
    )
    opened(app, VIEW, **chosen(), runs=run_id, part="files")
    app.button("archive-check").click().run()
    assert "This run is stale" in app.warning[0].value


# --- the desk ------------------------------------------------------------------------------------


def test_the_desk_opens_on_the_first_text_that_fooled(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, False, True)
    opened(app, VIEW, **chosen(), runs=run_id)
    table = texts_table(app)
    assert table["verdict"].tolist() == ["valid", "not valid", "not valid", "valid"]
    (example, *_), _ = reviews_of("tfidf", 1)
    assert f"<del>{example.text.split()[0]}</del>" in html_of(app)
    assert "<ins>zzz</ins>" in html_of(app)


def test_a_verdict_by_hand_wins_is_kept_and_can_be_taken_back(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, False, True)
    first = attack_runs.open_attack(run_id).records["example_id"].iloc[0]
    opened(app, VIEW, **chosen(), runs=run_id)
    app.button("verdict-Not valid").click().run()
    assert verdicts.overrules(run_id) == {first: False}
    assert texts_table(app)["verdict"].iloc[0] == "not valid, by hand"
    low, high = statistics.wilson(1, 6)
    assert f"[{100 * low:.1f}, {100 * high:.1f}]" in html_of(app)
    app.button("verdict-Automatic").click().run()
    assert verdicts.overrules(run_id) == {}
    assert texts_table(app)["verdict"].iloc[0] == "valid"


def test_next_and_previous_walk_through_the_texts(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), runs=run_id)
    assert app.button("robustness-Previous").disabled
    app.button("robustness-Next").click().run()
    assert "2 of 4" in captions(app)
    third = attack_runs.open_attack(run_id).records["example_id"].iloc[2]
    assert f"{run_id}:{third}" in str(app.query_params["text"])
    shortcuts = {button.label: button.proto.shortcut for button in app.button}
    assert (shortcuts["Valid"], shortcuts["Not valid"], shortcuts["Automatic"]) == ("v", "n", "a")


def test_the_browser_gets_twenty_five_texts_at_once(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", ["succeeded"] * 60)
    opened(app, VIEW, **chosen(), runs=run_id)
    assert len(texts_table(app)) == 25
    assert "1–25 of 60" in captions(app)


def test_a_filter_narrows_the_table_and_stands_in_the_address(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, False, True)
    opened(app, VIEW, **chosen(), runs=run_id)
    app.selectbox("robustness_verdict").set_value("not-valid").run()
    assert len(texts_table(app)) == 2
    assert "not-valid" in app.query_params["verdict"]
    app.selectbox("robustness_outcome").set_value("errored").run()
    app.button[-1].click().run() if app.dataframe.len == 0 else None
    assert not app.exception


def test_hostile_texts_are_text(app: AppTest, tiny_workspace: Path) -> None:
    texts = [*EDGE_TEXTS.values(), HOSTILE]
    examples = [Example(f"e{place}", text, place % 2) for place, text in enumerate(texts)]
    run_id = batch("tfidf", ["succeeded"] * len(examples), examples=examples)
    for example in examples:
        opened(app, VIEW, **chosen(), runs=run_id, text=f"{run_id}:{example.example_id}")
        assert not re.search(r"<(script|img|a)\b|<b>bold", html_of(app))
    opened(app, VIEW, **chosen(), runs=run_id, part="vulnerable")


def test_the_exported_csv_has_every_column(tiny_workspace: Path) -> None:
    from dashboard.records import attacks

    run_id = batch("tfidf", MIXED)
    header = attacks.export(run_id, "csv").decode("utf-8-sig").splitlines()[0]
    verdict = ["valid", "verdict_by_hand", "verdict_reasons"]
    assert header.split(",") == [*RECORD_COLUMNS, *verdict]
    rows = attacks.export(run_id, "jsonl").decode().splitlines()
    assert [json.loads(row)["outcome"] for row in rows] == MIXED
    assert b"Successful" in attacks.export(run_id, "textattack")


def test_exports_carry_the_verdicts_and_names_that_tell_them_apart(tiny_workspace: Path) -> None:
    from attacks.batches import export
    from dashboard.records import attacks

    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, True, False)
    attacks.overrule(run_id, attack_runs.open_attack(run_id).records["example_id"].iloc[0], False)
    rows = [json.loads(row) for row in attacks.export(run_id, "jsonl").decode().splitlines()]
    assert [row["valid"] for row in rows] == [False, None, False, None, True, None, None, False]
    assert rows[0]["verdict_by_hand"] is True and rows[2]["verdict_reasons"]
    out = tiny_workspace / "out.jsonl"
    export.export(run_id, "jsonl", out)
    assert out.read_bytes() == attacks.export(run_id, "jsonl")
    run = attack_runs.open_attack(run_id)
    names = {attacks.file_name(run, kind) for kind in ("csv", "jsonl", "textattack")}
    end = "tfidf-deepwordbug-sentences.csv-8"
    assert names == {f"attack-{end}.csv", f"attack-{end}.jsonl", f"attack-textattack-{end}.csv"}


def test_a_click_on_a_column_sorts_every_text_not_the_page(app: AppTest, tiny_workspace: Path) -> None:
    rows = desk_frame()
    order = desk.matching(rows, Filters(outcome="all", sort="most-queries"))
    assert rows["queries"].iloc[order].tolist() == [40, 30, 20, 10]
    batch("tfidf", ["succeeded"] * 30)
    opened(app, VIEW, **chosen(), sort="most-queries")
    assert app.selectbox("robustness_sort").value == "most-queries"
    assert set(desk.ORDERS) <= set(texts_table(app).columns)
    assert {name for both in desk.ORDERS.values() for name in both} <= set(desk.SORTS)


# --- pure parts ----------------------------------------------------------------------------------


def desk_frame() -> pd.DataFrame:
    records = pd.DataFrame(
        {
            "example_id": ["a", "b", "c", "d"],
            "outcome": ["succeeded", "succeeded", "failed", "succeeded"],
            "words_changed": [5, 1, 9, 3],
            "queries": [10, 30, 20, 40],
        }
    )
    found = pd.DataFrame(
        {
            "example_id": ["a", "d"],
            "valid": pd.Series([True, False], dtype=object),
            "automatic": pd.Series([True, True], dtype=object),
            "by_hand": [False, True],
            "reasons": ["", ""],
            "similarity": [0.8, 0.95],
        }
    )
    return desk.rows("r", "name", records, found)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (Filters(), "abd"),
        (Filters(outcome="all"), "abcd"),
        (Filters(verdict="valid"), "a"),
        (Filters(verdict="not-valid"), "d"),
        (Filters(verdict="none"), "b"),
        (Filters(verdict="hand"), "d"),
        (Filters(sort="fewest"), "bda"),
        (Filters(sort="queries"), "abd"),
        (Filters(sort="similarity"), "dab"),
        (Filters(run="other"), ""),
    ],
)
def test_the_desk_shows_what_its_filters_say(filters: Filters, wanted: str) -> None:
    frame = desk_frame()
    assert "".join(frame["example_id"].iloc[desk.matching(frame, filters)]) == wanted


def test_filters_survive_the_address() -> None:
    filters = Filters("failed", "hand", "r", "queries")
    assert Filters.from_params(filters.to_params(), ("r",)) == filters


def estimates(**values: float) -> dict[str, Estimate]:
    blank = {name: Estimate(math.nan, math.nan, math.nan, 0, "why <b>not</b>") for name in robustness.TITLES}
    return blank | {name: Estimate(value, value - 0.1, value + 0.1, 50) for name, value in values.items()}


def test_an_undefined_figure_is_a_dash_with_its_reason() -> None:
    html = robustness_table.figures_html([Row(HOSTILE, "#009E73", "", estimates(accuracy_before=0.5))])
    assert "title='why &lt;b&gt;not&lt;/b&gt;'>–" in html
    assert "<script" not in html
    assert "50.0 %" in html


def test_bars_carry_both_accuracies_with_their_intervals() -> None:
    figures = estimates(accuracy_before=0.9, accuracy_under_attack=0.2, valid_accuracy_under_attack=0.6)
    frame = robustness_table.bars_frame([Row("m · r", "#009E73", "", figures)])
    raw, valid, before = charts.accuracy_bars(frame, {"m · r": "#009E73"}).data
    assert (raw.x[0], valid.x[0], before.x[0]) == pytest.approx((20, 60, 90))
    assert raw.x[0] + raw.error_x.array[0] == pytest.approx(30)
    assert valid.x[0] - valid.error_x.arrayminus[0] == pytest.approx(50)
    assert raw.marker.color == ("#009E73",)


def test_runs_of_one_model_differ_by_their_line() -> None:
    curve = pd.DataFrame({"queries": [0, 5, 9], "success": [0, 0.3, 0.6], "ci_low": [0, 0.1, 0.4],
                          "ci_high": [0, 0.5, 0.8]})  # fmt: skip
    figure = charts.budget_curves({"a": curve, "b": curve}, {"a": "#009E73", "b": "#009E73"})
    lines = [trace for trace in figure.data if trace.name]
    assert len({line.line.dash for line in lines}) == 2
    assert lines[0].x.min() >= 1  # the axis is logarithmic
    axis = figure.layout.xaxis
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True))[2_000] == "2,000"  # each number in full
    band = figure.data[0]
    assert np.nanmax(band.y) == pytest.approx(80) and band.fill == "toself"


def test_names_that_come_twice_are_numbered() -> None:
    assert wording.names_apart(["a", "b", "a"]) == ["a (1)", "b", "a (2)"]


# --- Home ----------------------------------------------------------------------------------------


def candidate(run: str, model: str, recipe: str, n: int = 100, lengths: str = "") -> Candidate:
    return Candidate(run, model, recipe, n, lengths)


@pytest.mark.parametrize(
    ("candidates", "wanted"),
    [
        ([], []),
        ([("1", "a", "x"), ("2", "a", "y"), ("3", "b", "y")], ["2", "3"]),
        ([("1", "a", "x", 10), ("2", "a", "y", 100)], ["2"]),
        ([("1", "a", "x", 10), ("2", "a", "x", 100)], ["2"]),
        ([("1", "a", "x"), ("2", "a", "x")], ["1"]),
        ([("1", "a", "x", 100, "up to 50 words"), ("2", "b", "x", 50)], ["2"]),
    ],
)
def test_one_recipe_s_largest_newest_batches_stand_on_the_score_card(
    candidates: list[Any], wanted: list[str]
) -> None:
    found = stress.chosen([candidate(*facts) for facts in candidates])
    assert sorted(one.run_id for one in found) == wanted


def test_home_shows_accuracy_under_attack_raw_and_valid(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", MIXED)
    judged(run_id, True, False, False, True)
    app.run()
    assert not app.exception
    html = html_of(app)
    assert "under attack" in html and f"runs={run_id}" in html
    assert "28.6 %" in html and "57.1 %" in html
    assert "DeepWordBug" in captions(app)


def test_the_header_and_the_footnote_name_the_attack_and_its_n() -> None:
    accuracy = Estimate(0.2, 0.1, 0.3, 50)
    for lengths in ("20 to 120 words", ""):
        scores = {"m": AttackScore("r", "PWWS", accuracy, accuracy, lengths)}
        said = stress.attack_footnote(scores)
        assert "random sample of reviews" in said and "edited by PWWS, n = 50;" in said
        assert ("of 20 to 120 words" in said) == bool(lengths)
    assert "<small>PWWS, n = 50</small></th>" in score_table.table_html(
        [], {}, lambda _: {}, under_attack=scores
    )


@pytest.mark.parametrize(
    "selection",
    [{"ids": ["a"]}, {"desk": "outcome=errors"}, {"file": "ids.txt"}, {"outcome": "wrong"},
     {"outcome": "right"}, {"right_by": ["a", "b"]}],
    ids=lambda selection: next(iter(selection)),
)  # fmt: skip
def test_picked_reviews_are_no_figure_of_a_model_and_are_marked_on_robustness(
    selection: dict[str, Any], app: AppTest, tiny_workspace: Path
) -> None:
    sample = batch("tfidf", MIXED)
    batch("tfidf", ["skipped"] * 24, selection=selection)
    for alias in ("tfidf", "nbsvm"):
        newest = batch(alias, ["succeeded"] * 10, recipe="pwws", selection=selection)
    html = html_of(opened(app, "views/home/page.py", **chosen()))
    assert f"runs={sample}" in html and "DeepWordBug, n = 7" in html and newest not in html
    said = captions(opened(app, "views/robustness/page.py", runs=newest))
    assert "its figures are not the model's on the split" in said


def test_edits_by_chance_are_no_attack_on_home(app: AppTest, tiny_workspace: Path) -> None:
    batch("tfidf", ["succeeded", "failed"], recipe="random")
    opened(app, "views/home/page.py", **chosen())
    assert "under attack" not in html_of(app)
    run_id = batch("tfidf", ["succeeded"])
    opened(app, "views/home/page.py", **chosen())
    assert f"runs={run_id}" in html_of(app)


def test_home_without_an_attack_has_no_such_column(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    assert "under attack" not in html_of(app)


def test_the_score_card_escapes_and_tells_why_there_is_no_valid_figure() -> None:
    undefined = Estimate(math.nan, math.nan, math.nan, 0, "<b>no verdict</b>")
    score = AttackScore("r&1", HOSTILE, Estimate(0.2, 0.1, 0.3, 50), undefined)
    cells = "".join(score_table._attack_html(score, lambda _: {}))
    assert "&lt;b&gt;no verdict&lt;/b&gt;" in cells and "<b>" not in cells
    assert "runs=r%261" in cells


# --- why it was fooled ---------------------------------------------------------------------------


def test_the_words_of_a_linear_model_stand_marked_before_and_after_the_attack(
    app: AppTest, tiny_workspace: Path
) -> None:
    batch("tfidf", ["succeeded", "failed"])
    opened(app, VIEW, **chosen(), outcome="all")
    original = attack_runs.list_attacks()[0].records["original"].iloc[0]
    assert html_of(app).count("class='marked'") == 2
    tables = [table.value for table in app.dataframe if "Log-odds" in table.value]
    assert set(tables[0]["Word"]) - set(tables[1]["Word"]) <= {original.split()[0]}
    assert {"zzz"} & set(tables[1]["Word"]) and "zzz" not in set(tables[0]["Word"])
    assert "add up exactly to its answer" in captions(app)


def test_a_model_that_is_slow_to_load_is_explained_only_where_asked(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    from sentiment_core.classifiers import FAMILIES

    monkeypatch.setitem(FAMILIES, "tfidf", dataclasses.replace(FAMILIES["tfidf"], slow_to_load=True))
    batch("tfidf", ["succeeded"], perturbed=f"{HOSTILE} again")
    opened(app, VIEW, **chosen())
    assert "class='marked'" not in html_of(app)
    app.toggle(key="robustness-words-shown-slow").set_value(True).run()
    assert not app.exception
    assert html_of(app).count("class='marked'") == 2 and "<script" not in html_of(app)


def test_the_words_of_a_model_that_is_gone_are_not_promised(app: AppTest, tiny_workspace: Path) -> None:
    batch("tfidf", ["succeeded"])
    models.remove("tfidf")
    opened(app, VIEW)
    assert not app.exception
    assert "is no longer in the workspace, so its words cannot be computed" in captions(app)

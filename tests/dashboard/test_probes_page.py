"""The Probes page: matrix, sentences, cases, jobs, probes of one's own, files; and Home's column."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from attack_workspace import HOSTILE
from edge_texts import EDGE_TEXTS
from made_jobs import job
from opened_pages import chosen, html_of, opened
from probe_workspace import NAMES, capability, frame_of, probed, probed_reviews
from streamlit.testing.v1 import AppTest

from attacks.own import probes
from attacks.probing import runs as probe_runs
from attacks.probing.base import Case
from attacks.probing.summary import rate
from dashboard.records import probings, stress
from dashboard.records.probings import Probed
from dashboard.views.home import score_table
from dashboard.views.probes import cell, draft, files, instant, running, spread, wording
from dashboard.views.probes import matrix as probes_table
from dashboard.views.probes import place as probes_place
from dashboard.views.probes.place import Place
from sentiment_core import models
from sentiment_core.jobs import jobs

VIEW = "views/probes/page.py"
ENDINGS = draft.START


def words(app: AppTest) -> str:
    shown = [text.value for text in (*app.markdown, *app.caption, *app.header)]
    return re.sub(r"\\(.)", r"\1", " ".join(shown))


def matrix_of(app: AppTest) -> str:
    """Return the matrix's HTML as it goes to the browser."""
    found = [json.loads(element.proto.json).get("html", "") for element in app.get("bidi_component")]
    return "".join(found)


def cases_table(app: AppTest) -> pd.DataFrame:
    return next(table.value for table in app.dataframe if "says_0" in table.value)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Jobs that were asked for; none is started."""
    found: list[tuple[list[str], str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module="": found.append((argv, module)))
    return found


# --- empty, tiny, full ---------------------------------------------------------------------------


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_a_model_that_was_never_asked_is_probed_by_a_job(
    app: AppTest, tiny_workspace: Path, started: list[Any]
) -> None:
    opened(app, VIEW, **chosen())
    assert "tfidf is not probed on kinds of language yet" in words(app)
    assert "About " in words(app)
    model_id = models.resolve("tfidf").model_id
    app.button(f"probe-language-{model_id}").click().run()
    assert started == [(["probe", "--model", model_id], "attacks")]


def test_a_probing_that_failed_is_told(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("probe", "--model", models.resolve("tfidf").model_id)
    failed = job(title=HOSTILE, state="failed", message="no room", argv=argv, module="attacks")
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [] if active_only else [failed])
    monkeypatch.setattr(jobs, "log_tail", lambda run_id: "the end")
    opened(app, VIEW, **chosen())
    assert "failed. no room" in app.warning[0].value.replace("\\", "")


def test_changed_reviews_are_asked_of_the_chosen_data(
    app: AppTest, tiny_workspace: Path, started: list[Any]
) -> None:
    opened(app, VIEW, **chosen(), part="reviews")
    app.number_input("probes_reviews").set_value(7).run()
    app.button(f"probe-reviews-{models.resolve('tfidf').model_id}").click().run()
    ((argv, module),) = started
    assert module == "attacks" and "typos" in argv and "swaps" in argv
    assert argv[argv.index("--reviews") + 1] == "7" and argv[argv.index("--split") + 1] == "test"


def test_the_matrix_shows_both_models_with_rate_and_n(app: AppTest, tiny_workspace: Path) -> None:
    for alias in ("tfidf", "nbsvm"):
        probed(alias)
    opened(app, VIEW, **chosen(b="nbsvm"))
    html = matrix_of(app)
    for run in probe_runs.list_probes():
        for row in run.matrix.to_dict("records"):
            key = f"data-cell='{row['capability']}~~{run.model_id}'"
            shown = f"<b>{100 * row['failure_rate'].value:.1f}</b><small>{row['failure_rate'].n:,}</small>"
            assert shown in html[html.index(key) : html.index("</td>", html.index(key))]
    assert html.count("picked") == 1
    assert ">MFT</th>" in html and ">DIR</th>" in html and ">INV</th>" not in html


def test_a_full_workspace_shows_every_part(app: AppTest, full_workspace: Path) -> None:
    for alias in ("tfidf", "nbsvm"):
        probed(alias)
        probed_reviews(alias)
    for part in probes_place.PARTS:
        opened(app, VIEW, **chosen(60, b="nbsvm"), part=part)
    opened(app, VIEW, **chosen(60, b="nbsvm"), part="reviews")
    assert "INV, severity 3" in matrix_of(app)
    assert "not probed" not in html_of(app)


def test_a_newer_run_replaces_only_the_capabilities_that_it_has(tiny_workspace: Path) -> None:
    first = probed("tfidf")
    second = probed("tfidf", ["contrast"])
    known = probings.probed(models.resolve("tfidf").model_id, "tfidf", "#009E73")
    assert known is not None
    runs = dict(zip(known.matrix["capability"], known.matrix["run_id"], strict=True))
    assert runs == {name: second if name == "contrast" else first for name in NAMES}
    assert set(known.matrix["verdict"]) <= set(wording.VERDICTS)


@pytest.mark.parametrize(
    "params",
    [
        {"cell": HOSTILE},
        {"cell": "typos~9"},
        {"cell": "~~~"},
        {"part": "nowhere"},
        {"show": "x", "by": "q", "page": "0"},
        {"page": "99999999999"},
        {"case": HOSTILE},
        {"run": HOSTILE},
        {"model_b": HOSTILE},
    ],
    ids=lambda params: str(next(iter(params.items()))),
)
def test_a_bad_address_shows_the_page_all_the_same(
    app: AppTest, tiny_workspace: Path, params: dict[str, str]
) -> None:
    probed("tfidf")
    opened(app, VIEW, **(chosen() | params))
    assert "data-cell='contrast~~" in matrix_of(app)
    assert not re.search(r"<script", html_of(app) + matrix_of(app))


# --- the picked cell -----------------------------------------------------------------------------


def test_the_worst_cell_is_picked_and_its_worst_case_read(app: AppTest, tiny_workspace: Path) -> None:
    run = probe_runs.open_probe(probed("tfidf"))
    opened(app, VIEW, **chosen())
    worst = max(run.matrix.to_dict("records"), key=lambda row: row["failure_rate"].value)
    assert worst["title"] in [heading.value for heading in app.header]
    failed = run.frame[(run.frame["capability"] == worst["capability"]) & run.frame["held"].eq(False)]
    (picker,) = (box for box in app.selectbox if box.label == "Cases")
    assert picker.options[0] == f"failed by tfidf ({len(failed):,})"
    assert len(cases_table(app)) == min(25, len(failed))


def test_another_choice_of_cases_is_listed_and_stands_in_the_address(
    app: AppTest, tiny_workspace: Path
) -> None:
    run = probe_runs.open_probe(probed("tfidf"))
    opened(app, VIEW, **chosen(), cell="contrast")
    next(box for box in app.selectbox if box.label == "Cases").set_value("all").run()
    assert not app.exception and app.query_params["show"] == "all"
    assert f"of {(run.frame['capability'] == 'contrast').sum()}" in words(app)


def test_a_link_opens_a_cell_a_choice_of_cases_and_one_of_them(app: AppTest, tiny_workspace: Path) -> None:
    for alias in ("tfidf", "nbsvm"):
        probed(alias)
    run = next(run for run in probe_runs.list_probes() if run.model_id == models.resolve("nbsvm").model_id)
    cases = run.frame[run.frame["capability"] == "contrast"]
    case = cases.iloc[40]
    opened(app, VIEW, **chosen(b="nbsvm"), cell="contrast", by="b", show="all", case=case["case_id"])
    assert "Contrast" in [heading.value for heading in app.header]
    assert len(cases_table(app)) == 25
    assert case["template"] in words(app)
    assert f"of {len(cases)}" in words(app)
    wrong = "wrong" if not case["held"] else "right"
    assert wrong in html_of(app)


def test_a_case_of_a_direction_shows_original_change_and_move(app: AppTest, tiny_workspace: Path) -> None:
    run = probe_runs.open_probe(probed("tfidf"))
    cases = run.frame[(run.frame["capability"] == "intensifiers") & (run.frame["order"] == 1)]
    opened(app, VIEW, **chosen(), cell="intensifiers", show="all", case=cases.iloc[0]["case_id"])
    assert "<ins>" in html_of(app) and " points" in html_of(app)
    assert "Expected: not " in words(app)


def test_a_changed_review_stands_beside_its_original(app: AppTest, tiny_workspace: Path) -> None:
    probed_reviews("tfidf", 8)
    opened(app, VIEW, **chosen(), part="reviews", cell="typos~3", show="all")
    assert "Typos, severity 3" in words(app)
    assert len(cases_table(app)) == 8
    assert "<del>" in html_of(app) and "<ins>" in html_of(app)


def test_the_words_that_carry_the_score_are_marked(app: AppTest, tiny_workspace: Path) -> None:
    probed("tfidf")
    opened(app, VIEW, **chosen(), cell="vocabulary", show="all")
    assert "class='marked'" in html_of(app)
    assert "the words add up exactly to its answer" in words(app)


def test_of_a_changed_text_both_versions_have_their_words_marked(app: AppTest, tiny_workspace: Path) -> None:
    probed_reviews("tfidf", 8)
    opened(app, VIEW, **chosen(), part="reviews", cell="typos~3", show="all")
    assert html_of(app).count("class='marked'") == 2
    app.toggle(key="probes-words-0-shown-quick").set_value(False).run()
    assert not app.exception and "class='marked'" not in html_of(app)


def test_cases_are_listed_worst_first_and_those_that_failed_before_the_others() -> None:
    frame = pd.DataFrame(
        {
            "case_id": list("abcd"),
            "held_0": pd.array([True, False, False, pd.NA], dtype="boolean"),
            "far_0": [0.9, 0.6, 0.8, np.nan],
            "held_1": pd.array([False, False, True, True], dtype="boolean"),
            "far_1": [0.7, 0.9, 0.1, 0.2],
        }
    )

    def listed(place: Place) -> str:
        return "".join(cell.ordered(frame, place, 2)["case_id"])

    assert listed(Place()) == "cb"
    assert listed(Place(by=1)) == "ba"
    assert listed(Place(show="both")) == "b"
    assert listed(Place(show="all")) == "cbad"
    assert cell.counts(frame, Place(), 2) == {"failed": 2, "both": 1, "all": 4}


def test_a_place_survives_the_address() -> None:
    place = Place("reviews", "typos", 2, 1, "all", 3, "x/1")
    assert Place.from_params(place.to_params()) == place
    assert Place().to_params() == {}


@pytest.mark.parametrize("name", EDGE_TEXTS)
def test_any_text_is_shown_as_it_is(app: AppTest, tiny_workspace: Path, name: str) -> None:
    text = EDGE_TEXTS[name]
    probe_runs.run_probes("tfidf", [capability([text, f"{text} again"], title=HOSTILE)])
    opened(app, VIEW, **chosen(), show="all")
    drawn = html_of(app) + matrix_of(app)
    assert not re.search(r"<(script|img|a)\b|<b>bold", drawn)
    assert len(cases_table(app)) == 2


# --- runs of models that are gone ----------------------------------------------------------------


def test_a_run_of_a_model_that_is_gone_says_so_and_can_be_read(app: AppTest, tiny_workspace: Path) -> None:
    run_id = probed("nbsvm")
    probed("tfidf")
    shutil.rmtree(tiny_workspace / "models" / models.resolve("nbsvm").model_id)
    opened(app, VIEW, **chosen(), part="runs")
    assert "No longer in the workspace: nbsvm" in words(app)
    opened(app, VIEW, **chosen(), part="language", run=run_id, cell="contrast", show="all")
    assert "nbsvm is no longer in this workspace" in app.warning[0].value
    assert f"contrast~~{probe_runs.open_probe(run_id).model_id}" in matrix_of(app)
    assert "cannot be computed" in words(app)
    app.button("probes-leave-run").click().run()
    assert not app.exception and "run" not in app.query_params


# --- a probe of one's own ------------------------------------------------------------------------


def written(app: AppTest, text: str, **params: str) -> AppTest:
    """Open the part in which probes are written, and write this one as YAML."""
    opened(app, VIEW, **(chosen() | params), part="own")
    app.segmented_control[1].set_value("YAML").run()
    app.text_area(draft.TEXT).set_value(text).run()
    assert not app.exception
    return app


def test_a_probe_of_ones_own_is_answered_at_once(app: AppTest, tiny_workspace: Path) -> None:
    written(app, ENDINGS)
    content = ENDINGS.encode()
    expected = instant.answered(content, "endings.yaml", models.resolve("tfidf").model_id)
    table = cases_table(app)
    assert len(table) == len(expected) == 18
    failed = int(expected["held"].eq(False).sum())
    assert table["says_0"].str.contains("✕").tolist() == [True] * failed + [False] * (18 - failed)
    assert f"{100 * failed / 18:.1f} %" in html_of(app)


def test_the_form_makes_the_same_probe_without_yaml(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), part="own")
    assert len(cases_table(app)) == 18
    for kind in ("INV", "DIR"):
        app.radio(draft.KIND).set_value(kind).run()
        assert not app.exception and not app.error
        assert len(cases_table(app)) > 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: MFT\ntemplates: [", "not readable YAML"),
        ("!!python/object/apply:os.system ['touch /tmp/reelcheck-was-here']", "not readable YAML"),
        ("a: &a [x]\nb: [*a, *a]", "aliases"),
        ("[" * 4000, "nested"),
        ("kind: ABC\ntemplates: []", "allowed: MFT, INV, DIR"),
        ("kind: MFT\ntemplates:\n  - {text: 'no {slot}', expectation: positive}", "has no values"),
        (
            "kind: MFT\ntemplates:\n  - {text: '" + "x" * 50_000 + "', expectation: positive}",
            "20,000 at most",
        ),
        ("just words", "contains no probe"),
        (f"kind: {HOSTILE!r}\n", "kind is"),
    ],
    ids=["syntax", "object", "alias", "deep", "kind", "slot", "long", "text", "hostile"],
)
def test_what_is_wrong_with_a_probe_is_said_in_a_sentence(
    app: AppTest, tiny_workspace: Path, text: str, said: str
) -> None:
    written(app, text)
    assert said in app.error[0].value.replace("\\", "")
    assert not Path("/tmp/reelcheck-was-here").exists()


@pytest.mark.parametrize(
    "text", ["\U0001f600 \U0001f44d film", "كان الفيلم رائعا", "<script>alert(1)</script> **x**"]
)
def test_any_template_is_asked_and_shown_as_it_is(app: AppTest, tiny_workspace: Path, text: str) -> None:
    record = {"kind": "MFT", "title": text, "templates": [{"text": f"{text}!", "expectation": "positive"}]}
    written(app, json.dumps(record, ensure_ascii=False))
    assert cases_table(app)["text"].tolist() == [f"{text}!"]
    assert "<script" not in html_of(app)
    assert text in words(app)


def test_a_probe_is_kept_asked_opened_and_deleted(
    app: AppTest, tiny_workspace: Path, started: list[Any]
) -> None:
    written(app, ENDINGS)
    app.button("probes-keep").click().run()
    assert not app.exception and probes.STORE.names() == ["endings"]
    model_id = models.resolve("tfidf").model_id
    assert started == [(["probe", "--model", model_id, "--capability", "endings"], "attacks")]
    app.button("probes-ask").click().run()
    assert len(started) == 2
    app.text_area(draft.TEXT).set_value("").run()
    app.button("probes-open").click().run()
    assert app.text_area(draft.TEXT).value.strip() == ENDINGS.strip()
    app.button("probes-delete").click().run()
    assert not app.exception and probes.STORE.names() == []


def test_a_kept_probe_stands_in_the_matrix_while_it_is_kept_as_it_was(tiny_workspace: Path) -> None:
    import os

    probes.keep(ENDINGS.encode(), "endings.yaml")
    path = probes.STORE.folder() / "endings.yaml"
    os.utime(path, (path.stat().st_mtime - 5,) * 2)
    probe_runs.run_probes("tfidf", [probes.STORE.open("endings")])
    model_id = models.resolve("tfidf").model_id

    def rows() -> int:
        known = probings.probed(model_id, "tfidf", "")
        return 0 if known is None else len(known.rows(("own",)))

    assert rows() == 1
    os.utime(path, (path.stat().st_mtime + 60,) * 2)
    assert rows() == 0  # it was written again since
    probes.STORE.delete("endings")
    assert rows() == 0


def test_a_csv_with_wrong_columns_is_refused_and_a_right_one_becomes_yaml(tiny_workspace: Path) -> None:
    with pytest.raises(probes.ProbeError, match="has no column 'template'"):
        instant.answered(b"text,label\na,1\n", "wrong.csv", models.resolve("tfidf").model_id)
    csv = b"template,kind,expectation,part\nThe {part} is fine.,MFT,positive,plot|cast\n"
    probes.keep(csv, "parts.csv")
    again = probes.from_content(probes.as_yaml("parts").encode(), "parts.yaml")
    assert [case.text for case in again.cases()] == [case.text for case in probes.STORE.open("parts").cases()]


def test_too_many_texts_are_asked_a_part_of_each_template_first() -> None:
    cases = [Case(f"{t}{i}", f"{t} {i}", t, 1, f"{t}{i}") for t in "ab" for i in range(50)]
    chosen_cases = instant.affordable(cases, 10)
    assert [case.template for case in chosen_cases] == ["a", "b"] * 5
    pairs = [Case(f"{g}-{o}", f"{g} {o}", "t", None, f"{g}", o) for g in range(9) for o in range(2)]
    assert len(instant.affordable(pairs, 5)) == 4  # whole groups only
    assert len(instant.affordable([Case("x", "y" * 2_000_000, "t", 1, "x")], 5)) == 1


def test_the_tables_make_yaml_and_leave_empty_rows_out() -> None:
    templates = pd.DataFrame(
        {"text": ["A {x}: yes", None], "expectation": ["up", None], "variant": ["B {x}", None]}
    )
    slots = pd.DataFrame({"slot": ["x", None, ""], "values": ["8 | no|  ", "a", "b"]})
    text = draft.yaml_of("DIR", templates, slots)
    made = probes.from_content(text.encode(), "made.yaml").cases()
    assert {case.text for case in made} == {"A 8: yes", "B 8", "A no: yes", "B no"}


# --- pure parts ----------------------------------------------------------------------------------


def model(name: str, rows: list[dict[str, object]]) -> Probed:
    return Probed(f"{name}-1", name, "#009E73", frame_of(rows))


def test_the_matrix_hatches_what_is_unreliable_escapes_names_and_says_intervals() -> None:
    one = model(HOSTILE, [{"title": HOSTILE, "unreliable": True}, {"capability": "b", "verdict": "holds"}])
    html = probes_table.matrix_html([one], ("language",), ("b", None, one.model_id))
    assert "<script" not in html and "&lt;script&gt;" in html
    hatched, plain = re.findall(r"<button[^>]*class='([^']*)'", html)
    assert (hatched, plain) == ("hatched", "picked")
    low, high = rate(5, 10).ci_low, rate(5, 10).ci_high
    assert f"Fails 50.0 % [{100 * low:.1f}, {100 * high:.1f}] n = 10" in html
    assert "they differ by more than chance is likely to explain" in html
    assert ">●<" in html and ">✓<" in html


def test_a_cell_without_a_case_says_why() -> None:
    row: dict[str, object] = {"failure_rate": rate(0, 0), "verdict": "does not apply"}
    html = probes_table.matrix_html([model("m", [row])], ("language",), ("", None, ""))
    assert "no case that the rule applies to" in html and "–" in html


def test_the_matrix_shows_a_capability_in_the_group_on_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    from attacks.probes import PROBES

    ours = [(name, "language") for name in PROBES]
    others = [("gone", "language"), ("endings", "own")]
    shown = wording.in_order([*others, *reversed(ours), *ours])
    assert shown == [*ours, *others]
    assert [wording.group_of(*pair) for pair in others] == ["other", "your own"]
    new = dataclasses.replace(PROBES["emoji"], name="litotes", group="negation")
    monkeypatch.setitem(PROBES, "litotes", new)
    shown = wording.in_order([*others, *ours, ("litotes", "language")])
    assert shown.index(("litotes", "language")) == shown.index(("negation-clause", "language")) + 1


def test_the_answer_names_what_both_fail_and_what_one_does_better() -> None:
    bad = {"capability": "b", "title": "Irony", "failure_rate": rate(90, 100), "verdict": "fails"}
    worse = bad | {"failure_rate": rate(95, 100)}
    good = {"capability": "c", "title": "Emoji", "failure_rate": rate(1, 100), "verdict": "holds"}
    poor = good | {"failure_rate": rate(60, 100), "verdict": "fails"}
    one, other = model("one", [bad, good]), model("other", [worse, poor])
    first, then = wording.answer([one, other], ("language",))
    assert first == "Neither one nor other understands: irony (90.0 and 95.0 % fail)."
    assert (
        then
        == "one holds 1 of 2 and other holds 0 of 2. one is clearly better at emoji (1.0 against 60.0 %)."
    )
    first, then = wording.answer([one], ("language",))
    assert (first, then) == ("one does not understand: irony (90.0 % fail).", "1 of 2 kinds hold.")
    first, _ = wording.answer([model("one", [good])], ("language",))
    assert first == "one clearly fails no kind of language."


def test_expectations_are_told_in_words() -> None:
    told = [wording.expectation(*case) for case in (("MFT", 1), ("MFT", pd.NA), ("INV", None), ("DIR", 0))]
    assert told == ["positive", "in the middle", "the same", "not higher"]


def test_the_spread_has_a_dot_with_its_interval_for_each_template() -> None:
    table = pd.DataFrame(
        {
            "template": ["<b>a", "c"],
            "value": [0.2, 0.8],
            "ci_low": [0.1, 0.7],
            "ci_high": [0.3, 0.9],
            "n": [8, 8],
        }
    )
    figure = spread.by_template({"m": table}, {"m": "#009E73"})
    (dots,) = figure.data
    assert list(dots.x) == pytest.approx([80, 20])
    assert list(dots.error_x.array) == pytest.approx([10, 10])
    assert figure.layout.yaxis.ticktext == ("c", "&lt;b&gt;a")


def test_the_exported_files_hold_every_row_and_no_formula(tiny_workspace: Path) -> None:
    probe_runs.run_probes("tfidf", [capability(["=1+1", "plain"])])
    known = probings.probed(models.resolve("tfidf").model_id, "tfidf", "")
    assert known is not None
    cases = pd.read_csv(io.BytesIO(files.cases_csv([known])))
    assert cases["text"].tolist() == ["'=1+1", "plain"]
    table = pd.read_csv(io.BytesIO(files.matrix_csv([known, known])))
    assert len(table) == 2 and {"model", "failure_rate", "ci_low", "ci_high", "verdict"} <= set(table)


def test_an_estimate_follows_an_earlier_run_of_the_same_model(tiny_workspace: Path) -> None:
    card = models.resolve("tfidf")
    guess = running.language(card, [], None)
    assert 3 < guess < 10
    run = probe_runs.open_probe(probed("tfidf"))
    run.manifest.update(seconds=100.0, n_texts=100)
    assert running.language(card, [run], None) == pytest.approx(3 + running.language_texts())


# --- Home ----------------------------------------------------------------------------------------


def test_home_counts_the_kinds_that_are_held(app: AppTest, tiny_workspace: Path) -> None:
    run = probe_runs.open_probe(probed("tfidf"))
    app.run()
    assert not app.exception
    held = int((run.matrix["verdict"] == "holds").sum())
    assert f"{held}/{len(NAMES)} held" in html_of(app)
    assert f"probes?data={app.session_state['data']}&amp;model_a={run.model_id}" in html_of(app)
    assert "Probes: kinds of language held" in words(app)


def test_home_without_a_probing_has_no_such_column(app: AppTest, tiny_workspace: Path) -> None:
    probed_reviews("tfidf")  # changed reviews are no kind of language
    app.run()
    assert "held</a>" not in html_of(app) and stress.probe_scores(models.list_models()) == {}
    assert "not probed" in score_table._probes_html(None, "m", "d")

"""The blind panel in Robustness: making one, reading with keys, undo, several readers, and the results."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from attack_workspace import HOSTILE, batch, reviews_of
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.panels import answers, making
from attacks.schema import Example
from attacks.validity.judging import VERDICT_COLUMNS
from dashboard.session import rater
from sentiment_core.storage import workspace

VIEW = "views/robustness/page.py"
MIXED = ["succeeded", "failed"] * 5


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELCHECK_AUTHOR", "ann")


def words_of(app: AppTest) -> str:
    found = [item.value for kind in (app.markdown, app.caption, app.toast) for item in kind]
    return re.sub(r"\\(.)", r"\1", " ".join(found))


def a_panel(n: int = 6, **how: object) -> making.Panel:
    return making.open_panel(making.make(batch("tfidf", MIXED, **how), n))


def press(app: AppTest, *names: str) -> None:
    for name in names:
        app.button(f"panel-{name}").click().run()
        assert not app.exception


def said(panel: making.Panel) -> list[tuple[object, ...]]:
    frame = answers.current(panel.run_id)[["item", "rater", "says", "writer"]]
    return list(frame.itertuples(index=False, name=None))


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW, part="panel")
    assert [button.label for button in app.button] == ["Make the demo"]


def test_a_batch_without_a_success_is_no_panel(app: AppTest, tiny_workspace: Path) -> None:
    batch("tfidf", ["failed", "failed"])
    opened(app, VIEW, **chosen(), part="panel")
    assert "A panel needs a finished batch in which a text fooled the model" in words_of(app)


def test_a_panel_is_drawn_from_the_chosen_batch_and_its_command_is_shown(
    app: AppTest, tiny_workspace: Path
) -> None:
    run_id = batch("tfidf", MIXED)
    opened(app, VIEW, **chosen(), part="panel")
    assert app.code[0].value == f"python -m attacks panel make {run_id} --n 10 --seed 0"
    press(app, "make")
    panel = making.list_panels()[0]
    assert (panel.attack_run, panel.n) == (run_id, 10)
    assert "ann has read 0 of 10 texts" in app.get("progress")[0].proto.text.replace("\\", "")


def test_an_answer_is_kept_once_both_halves_are_given_and_leads_to_the_next_text(
    app: AppTest, tiny_workspace: Path
) -> None:
    panel = a_panel()
    opened(app, VIEW, **chosen(), part="panel", panel=panel.run_id)
    press(app, "positive")
    assert said(panel) == []
    press(app, "machine")
    press(app, "person", "cannot-tell")  # either half first
    assert said(panel) == [(1, "ann", "positive", "machine"), (2, "ann", "cannot-tell", "person")]
    assert app.query_params["item"] in ("3", ["3"])
    press(app, "undo")
    assert said(panel) == [(1, "ann", "positive", "machine")]
    assert app.query_params["item"] in ("2", ["2"])


def test_nothing_on_the_page_tells_a_text_s_label_or_origin(app: AppTest, tiny_workspace: Path) -> None:
    panel = a_panel()
    for row in panel.items.to_dict("records"):
        opened(app, VIEW, **chosen(), part="panel", panel=panel.run_id, item=str(row["item"]))
        page = html_of(app) + words_of(app)
        assert row["text"].split()[0] in page
        assert row["example_id"] not in page and "Truly" not in page
        assert "class='diff'" not in page and "<del>" not in page and not app.dataframe


def test_another_reader_starts_anew_and_the_results_come_once_all_is_read(
    app: AppTest, tiny_workspace: Path
) -> None:
    panel = a_panel(2)
    for item in (1, 2):
        answers.decide(panel, item, "positive", "machine", rater="bob")
    opened(app, VIEW, **chosen(), part="panel")
    assert "What people said" not in [header.value for header in app.header]
    press(app, "positive", "machine", "negative", "person")
    assert "What people said" in [header.value for header in app.header]
    assert "Read by bob (2 texts), ann (2 texts)" in words_of(app)
    assert "ann and bob agree on what texts say in 1 of 2 texts" in words_of(app)
    assert len(answers.current(panel.run_id)) == 4


def test_disagreements_are_shown_to_those_who_have_read_all_and_their_texts_are_text(
    app: AppTest, tiny_workspace: Path
) -> None:
    reviews, _ = reviews_of("tfidf", 4)
    examples = [Example(one.example_id, f"{HOSTILE} {place}", one.label) for place, one in enumerate(reviews)]
    run_id = batch("tfidf", MIXED[:4], examples=examples)
    judge_all(run_id, valid=False)
    panel = making.open_panel(making.make(run_id, 2))
    for row in panel.items.to_dict("records"):
        says = "positive" if row["label"] else "negative"
        answers.decide(panel, row["item"], says, "person", rater="bob")
    opened(app, VIEW, **chosen(), part="panel")
    app.toggle("robustness_panel_results").set_value(True).run()
    assert not any("disagree: 1" in expander.label for expander in app.expander)
    press(app, "positive", "person", "negative", "person")
    for row in panel.items.to_dict("records"):
        says = "positive" if row["label"] else "negative"
        answers.decide(panel, row["item"], says, "person", rater="ann")
    app.run()
    assert any("disagree: 1 text" in expander.label for expander in app.expander)
    assert "to the criteria not valid: cannot be read" in words_of(app)
    assert "<script>alert" not in html_of(app)


def judge_all(run_id: str, *, valid: bool) -> None:
    """Keep the same automatic verdict on each success of a run."""
    fooled = attack_runs.open_attack(run_id).records.query("outcome == 'succeeded'")["example_id"]
    plain = dict.fromkeys(VERDICT_COLUMNS, "") | {"valid": valid, "reasons": f"cannot be read: {HOSTILE}"}
    numbers = {"similarity": 0.9, "share_changed": 0.1, "pos_kept": 1.0, "grammar_added": 0}
    rows = [plain | numbers | {"similarity_around": 0.8, "example_id": name} for name in fooled]
    workspace.write_parquet(verdicts.file_of(run_id), pd.DataFrame(rows, columns=list(VERDICT_COLUMNS)))


def test_results_can_be_asked_for_before_all_is_read(app: AppTest, tiny_workspace: Path) -> None:
    panel = a_panel()
    for row in panel.items.to_dict("records"):
        says = "positive" if row["label"] else "negative"
        answers.decide(panel, row["item"], says, "person", rater="bob")
    opened(app, VIEW, **chosen(), part="panel")
    app.toggle("robustness_panel_results").set_value(True).run()
    assert not app.exception
    figures = app.dataframe[0].value.set_index("figure")["value"]
    assert figures["Attacked texts that still say the same to people"].startswith("100.0 % [")
    assert figures["Attacked texts that people say a machine changed"].endswith("n = 3")
    assert "has an automatic verdict" in words_of(app)


def test_a_name_that_is_not_allowed_keeps_nothing_and_says_so(app: AppTest, tiny_workspace: Path) -> None:
    panel = a_panel()
    opened(app, VIEW, **chosen(), part="panel")
    app.text_input(rater.NAME).set_value("a\u200db").run()
    press(app, "positive", "machine")
    assert "printable characters" in app.toast[0].value and said(panel) == []


def test_an_address_of_what_is_not_there_shows_what_is(app: AppTest, tiny_workspace: Path) -> None:
    panel = a_panel()
    opened(app, VIEW, **chosen(), part="panel", panel="<b>nowhere</b>", item="99999")
    assert "<b>nowhere</b> is not in this workspace" in words_of(app)
    press(app, "positive", "machine")
    assert said(panel) == [(1, "ann", "positive", "machine")]


def test_hostile_and_edge_texts_are_text(app: AppTest, tiny_workspace: Path) -> None:
    reviews, _ = reviews_of("tfidf", len(MIXED))
    texts = [HOSTILE, *EDGE_TEXTS.values()]
    examples = [
        Example(review.example_id, texts[place % len(texts)], review.label)
        for place, review in enumerate(reviews)
    ]
    panel = a_panel(10, examples=examples)
    for item in range(1, 11):
        opened(app, VIEW, **chosen(), part="panel", panel=panel.run_id, item=str(item))
        assert "<script>alert" not in html_of(app)

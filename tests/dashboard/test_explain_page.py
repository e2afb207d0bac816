"""The Explain page and the words that drive an answer on Live and Errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import BLAME, PRAISE
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from dashboard.elements import explained_words, highlighting
from dashboard.records import explanations
from dashboard.views.explain import trust
from sentiment_core import models
from sentiment_core.explanation.base import Attribution

VIEW = "views/explain/page.py"


def words_of(app: AppTest) -> str:
    return " ".join(item.value for item in (*app.caption, *app.markdown, *app.subheader))


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert not app.exception
    assert [button.label for button in app.button] == ["Make the demo"]


def test_the_words_that_drive_a_model_come_first(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    assert not app.exception
    tables = [table.value for table in app.dataframe]
    assert set(tables[0]["Word"].head(4)) <= set(PRAISE) and set(tables[1]["Word"].head(4)) <= set(BLAME)
    assert "60 reviews" in words_of(app) and "95 %" in tables[0].columns


def test_without_an_audit_one_is_offered_and_with_one_it_says_whom_to_trust(
    app: AppTest, tiny_workspace: Path
) -> None:
    from sentiment_core.command_line import main

    opened(app, VIEW, part="trust", **chosen())
    assert not app.exception and "Nobody has measured yet" in words_of(app)
    assert [button.label for button in app.button if "Measure" in button.label]
    data = chosen()["data"].split("-")[0]
    argv = ["--data", data, "--limit", "5", "--methods", "exact,occlusion,random"]
    assert main(["explain", "audit", "--model", "tfidf", *argv]) == 0
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Method"].tolist() == ["exact", "occlusion", "random"]
    assert "n = 5" in table["Comprehensiveness ↑"].iloc[0]
    (found,) = explanations.audits()
    assert trust.answer(found, "tfidf") in words_of(app).replace("\\", "")


def test_two_methods_stand_side_by_side_on_the_review_of_the_address(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, part="review", review="7", **chosen())
    assert not app.exception
    assert app.number_input[0].value == 7
    assert len([box for box in app.selectbox if box.label == "Method"]) == 2
    assert html_of(app).count("class='marked'") == 2


def test_a_method_that_costs_time_waits_for_its_button(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, part="review", **chosen())
    method = next(box for box in app.selectbox if box.label == "Method")
    occlusion = next(option for option in method.options if option.startswith("Occlusion"))
    method.select("occlusion").run()
    assert occlusion and html_of(app).count("class='marked'") == 1
    next(button for button in app.button if button.label == "Explain").click().run()
    assert not app.exception and html_of(app).count("class='marked'") == 2


def test_errors_shows_words_only_where_asked(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, "views/errors/page.py", **chosen())
    assert "class='marked'" not in html_of(app)
    app.toggle[0].set_value(True).run()
    assert not app.exception and "class='marked'" in html_of(app)


@pytest.mark.parametrize("text", EDGE_TEXTS.values(), ids=EDGE_TEXTS.keys())
def test_no_text_breaks_its_marks_and_markup_stays_text(text: str, tiny_workspace: Path) -> None:
    from sentiment_core.data import clean_text
    from sentiment_core.explainers import EXPLAINERS
    from sentiment_core.explanation.explaining import explain

    cleaned = clean_text(text)
    model = models.load_model("tfidf")
    found = explain(model, [cleaned], EXPLAINERS["exact"], keep=False)[0]
    html = highlighting.marked_html(cleaned, found.words, found.unread)
    assert "<script" not in html and "<img" not in html
    table = explained_words.words_table(found)
    assert len(table) == len(found.tokens)
    assert explained_words.sum_in_words(found)


def test_what_is_not_read_is_gray_between_the_marks() -> None:
    html = highlighting.marked_html("good middle <b> end", [(0, 4, 1.0), (16, 19, -1.0)], [(5, 15)])
    assert "<span class='unread' title='not read by this model'>middle &lt;b&gt;</span>" in html
    assert html.index("class='pro'") < html.index("class='unread'") < html.index("class='con'")


def test_scores_that_do_not_add_up_say_by_how_much() -> None:
    found = Attribution("occlusion", ("a",), ((0, 1),), np.array([1.0]), 3.0, 1.0, "an empty text")
    assert "−1.00 from adding up" in explained_words.sum_in_words(found)

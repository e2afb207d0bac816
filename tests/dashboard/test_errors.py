"""The review desk in the frame of the dashboard, on real evaluations and on texts that break pages."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from dashboard.elements import review_html
from dashboard.elements.measured import Measured
from dashboard.elements.review_html import Verdict
from dashboard.records import evaluations
from dashboard.records.evaluations import DataChoice
from dashboard.session import desk_place
from dashboard.session.desk_place import Place
from dashboard.views.errors.desk import Desk
from sentiment_core import data, models
from sentiment_core.classifiers.base import Span
from sentiment_core.evaluation import records, review_order
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.storage import provenance, workspace

VIEW = "views/errors/page.py"


def errors_of(alias: str, n: int) -> pd.DataFrame:
    """Return the wrong predictions, the costliest first, found without the desk."""
    frame = measured(alias, n)[1].frame
    wrong = frame[(frame["prob_positive"] >= 0.5) != (frame["label"] == 1)]
    miss = (wrong["prob_positive"] - wrong["label"]).abs()
    return wrong.assign(miss=miss).sort_values(["miss", "example_id"], ascending=[False, True])


def words_of(app: AppTest) -> str:
    """Return the captions as a reader sees them, without the markdown's escapes."""
    return re.sub(r"\\(.)", r"\1", " ".join(caption.value for caption in app.caption))


def review_shown(app: AppTest) -> str:
    return re.findall(r'data-testid="review">(.*?)</div>', html_of(app), re.DOTALL)[-1]


def text_of(n: int, example_id: str, alias: str = "tfidf") -> str:
    examples = data.by_fingerprint(measured(alias, n)[1].fingerprint).examples
    return str(examples.set_index("example_id")["text"][example_id])


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_the_costliest_error_is_read_first(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    assert review_shown(app) == text_of(60, errors_of("tfidf", 60)["example_id"].iloc[0])
    assert f"tfidf is wrong on {len(errors_of('tfidf', 60))} of 60 reviews" in words_of(app)


def test_the_browser_gets_twenty_five_rows_of_four_thousand(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000), outcome="all")
    table = app.dataframe[0].value
    assert len(table) == 25
    assert table["review"].str.len().max() <= 120


def test_next_and_previous_walk_through_the_errors_in_order(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    ids = errors_of("tfidf", 60)["example_id"].tolist()
    app.button("desk-Next").click().run()
    assert review_shown(app) == text_of(60, ids[1])
    assert app.query_params["review"] == ids[1] or app.query_params["review"] == [ids[1]]
    app.button("desk-Previous").click().run()
    assert review_shown(app) == text_of(60, ids[0])
    assert app.button("desk-Previous").disabled


def test_next_on_the_last_row_turns_the_page(app: AppTest, full_workspace: Path) -> None:
    ids = errors_of("tfidf", 4000)["example_id"].tolist()
    opened(app, VIEW, **chosen(4000), review=ids[24])
    assert "1–25 of" in words_of(app)
    app.button("desk-Next").click().run()
    assert "26–50 of" in words_of(app)
    assert review_shown(app) == text_of(4000, ids[25])


def test_the_keys_of_the_buttons_are_j_and_k(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    shortcuts = {button.label: button.proto.shortcut for button in app.button}
    assert (shortcuts["Next"], shortcuts["Previous"]) == ("j", "k")


@pytest.mark.parametrize("outcome", ["false-positives", "false-negatives", "correct", "errors"])
def test_a_link_opens_exactly_the_reviews_of_its_outcome(
    app: AppTest, full_workspace: Path, outcome: str
) -> None:
    opened(app, VIEW, **chosen(4000), outcome=outcome)
    frame = measured("tfidf", 4000)[1].frame
    positive, label = frame["prob_positive"] >= 0.5, frame["label"] == 1
    kinds = {
        "false-positives": positive & ~label,
        "false-negatives": ~positive & label,
        "correct": positive == label,
        "errors": positive != label,
    }
    assert f"1–25 of {int(kinds[outcome].sum()):,}" in words_of(app)
    assert app.selectbox("desk_outcome").value == outcome


def test_a_link_carries_its_threshold(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000), outcome="false-positives", threshold="0.7")
    frame = measured("tfidf", 4000)[1].frame
    count = int(((frame["prob_positive"] >= 0.7) & (frame["label"] == 0)).sum())
    assert f"of {count:,}" in words_of(app)
    assert "Threshold 0.700" in words_of(app)


def test_a_filter_changes_the_table_and_the_address(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000))
    app.selectbox("desk_outcome").set_value("false-negatives").run()
    assert set(app.dataframe[0].value["outcome"]) == {"false negative"}
    assert "false-negatives" in app.query_params["outcome"]


def test_the_source_filter_stands_only_where_there_are_several(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(60))
    assert "Source" not in {box.label for box in app.selectbox}
    opened(app, VIEW, **chosen(4000), outcome="all", source="north")
    assert app.selectbox("desk_source").value == "north"
    assert "1–25 of 2,000" in words_of(app)


def test_the_second_models_verdict_stands_beside_and_can_be_filtered_by(
    app: AppTest, full_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(4000, b="nbsvm"), outcome="errors", agreement="disagree")
    compared = records.compare(measured("tfidf", 4000)[1].frame, measured("nbsvm", 4000)[1].frame)
    assert f"of {compared.only_b_right:,}" in words_of(app)
    assert app.dataframe[0].value["other"].str.startswith("right").all()
    assert "nbsvm</span>" in html_of(app)


@pytest.mark.parametrize("search", ["(", "[a", ".*", "\\", "a|b", "$^", "<script>", "\U0001f600"])
def test_a_search_for_pattern_characters_finds_only_those_characters(
    app: AppTest, tiny_workspace: Path, search: str
) -> None:
    opened(app, VIEW, **chosen(), outcome="all")
    app.text_input("desk_search").set_value(search).run()
    assert not app.exception
    assert app.dataframe.len == 0
    assert "No reviews match these filters." in {text.value for text in app.markdown}


def test_cleared_filters_show_all_errors_again(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), search="no such words anywhere")
    next(button for button in app.button if button.label == "Clear the filters").click().run()
    assert len(app.dataframe[0].value) == min(25, len(errors_of("tfidf", 60)))
    assert app.text_input("desk_search").value == ""


@pytest.mark.parametrize(
    "params",
    [
        {"outcome": "<script>"},
        {"page": "-1"},
        {"page": "99999"},
        {"page": "9" * 60},
        {"review": "no such review"},
        {"threshold": "nan"},
        {"threshold": "7"},
        {"source": "nowhere"},
        {"words_low": "a", "words_high": "-5"},
        {"confidence_low": "2", "confidence_high": "-2"},
        {"agreement": "disagree", "sort": ""},
    ],
)
def test_a_bad_address_shows_a_page_and_no_error(
    app: AppTest, tiny_workspace: Path, params: dict[str, str]
) -> None:
    opened(app, VIEW, **chosen(), **params)
    assert len(app.title) == 1


def test_a_linked_review_that_the_filters_leave_out_is_shown_all_the_same(
    app: AppTest, tiny_workspace: Path
) -> None:
    frame = measured("tfidf", 60)[1].frame
    right = frame[(frame["prob_positive"] >= 0.5) == (frame["label"] == 1)]["example_id"].iloc[0]
    opened(app, VIEW, **chosen(), review=right)
    assert review_shown(app) == text_of(60, right)
    assert "opened from a link, not in this list" in words_of(app)


def test_a_model_that_was_not_measured_here_offers_to_be(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, data=measured("tfidf", 60)[0], model_a=models.resolve("bow").model_id)
    assert [button.label for button in app.button] == ["Measure the model"]
    assert app.dataframe.len == 0


def test_an_unmeasured_second_model_hides_nothing_of_the_first(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(60), model_b=models.resolve("bow").model_id)
    assert "Measure the model" in {button.label for button in app.button}
    assert app.dataframe.len == 1


@pytest.fixture
def hostile_workspace(tiny_workspace: Path) -> Path:
    rows = [(text, 1 - i % 2) for i, text in enumerate(EDGE_TEXTS.values())]
    rows += [("=1+1 and \x1b[31mred", 0), ("<img src=x onerror=alert(1)> [a](javascript:alert(1)) $x$", 1)]
    path = tiny_workspace / "hostile.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    records.evaluate("tfidf", data.load(str(path)))
    return tiny_workspace


def test_no_review_brings_markup_into_the_page(app: AppTest, hostile_workspace: Path) -> None:
    n = records.list_evaluations()[0].manifest["n"]
    opened(app, VIEW, **chosen(n), outcome="all")
    for _ in range(n):
        assert not app.exception
        assert "<script" not in html_of(app) and "<img" not in html_of(app)
        if app.button("desk-Next").disabled:
            break
        app.button("desk-Next").click().run()
    assert f"{n} of {n}" in words_of(app)


def test_the_export_holds_what_is_filtered_with_formulas_escaped(hostile_workspace: Path) -> None:
    record = records.list_evaluations()[0]
    rows = desk_place.rows(record.run_id, None, 0.5)
    found = review_order.filtered(rows, Filters(outcome="all", search="=1+1"))
    assert "'=1+1" in review_order.to_csv(found).decode("utf-8-sig")
    assert len(found) == 1


def test_the_largest_disagreement_of_all_reviews_stands_on_top(app: AppTest, full_workspace: Path) -> None:
    opened(app, VIEW, **chosen(4000, b="nbsvm"), outcome="all", sort="disagreement")
    first, second = (measured(a, 4000)[1].frame.set_index("example_id") for a in ("tfidf", "nbsvm"))
    apart = (first["prob_positive"] - second["prob_positive"]).abs()
    assert review_shown(app) == text_of(4000, apart[apart == apart.max()].index.min())


def test_an_order_by_a_second_model_that_is_gone_is_by_loss(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), sort="disagreement")
    assert app.selectbox("desk_sort").value == "loss"
    assert review_shown(app) == text_of(60, errors_of("tfidf", 60)["example_id"].iloc[0])


def test_the_export_holds_what_is_shown_in_its_order_with_a_name_that_says_so(tiny_workspace: Path) -> None:
    record = measured("tfidf", 60)[1]
    card = models.resolve("tfidf")
    place = Place(Filters(outcome="correct", sort="shortest"), threshold=0.4)
    rows = desk_place.rows(record.run_id, None, 0.4)
    found = review_order.matching(rows, place.filters)
    choice = DataChoice("imdb-embedded", record.fingerprint, "test", 60)
    desk = Desk([Measured(card, record, "#009E73")], choice, place, rows, found)
    assert desk.file_name == "correct-tfidf-imdb-embedded-at-0.4.csv"
    exported = pd.read_csv(io.BytesIO(desk.export()))
    assert exported["example_id"].tolist() == desk.ids
    assert set(exported["outcome"]) <= {"true positive", "true negative"}
    assert exported[["model", "threshold"]].drop_duplicates().values.tolist() == [["tfidf", 0.4]]


def test_what_the_model_does_not_read_is_grey(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = measured("tfidf", 60)[1]
    path, manifest = record.folder / records.RESULTS, record.folder / "manifest.json"
    pd.read_parquet(path).assign(truncated=True).to_parquet(path)
    workspace.write_json(manifest, record.manifest | provenance.of_files(path))
    fake = SimpleNamespace(spans=lambda text: [Span(0, 7, True), Span(7, len(text), False)])
    monkeypatch.setattr(evaluations, "classifier", lambda model_id: fake)
    opened(app, VIEW, **chosen())
    text = text_of(60, errors_of("tfidf", 60)["example_id"].iloc[0])
    assert review_shown(app).startswith(text[:7] + '<span class="unread"')
    assert "does not read all " in words_of(app)


# --- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EDGE_TEXTS.values(), ids=EDGE_TEXTS.keys())
def test_a_review_drawn_as_html_reads_as_it_was_written(text: str) -> None:
    import html

    half = len(text) // 2
    drawn = review_html.review_html(text, [Span(0, half, True), Span(half, len(text), False)], text[:1])
    body = drawn.split('data-testid="review">')[1].removesuffix("</div>")
    assert html.unescape(re.sub(r"<[^>]*>", "", body)) == text


def test_found_words_are_marked_in_any_case_and_across_the_limit_of_what_is_read() -> None:
    drawn = review_html.review_html("A Dull film", [Span(0, 4, True), Span(4, 11, False)], "dull")
    assert "A <mark>Du</mark>" in drawn
    assert re.search(r'class="unread"[^>]*><mark>ll</mark></span>', drawn)


def test_a_models_name_is_text_in_its_verdict() -> None:
    drawn = review_html.verdicts_html([Verdict("<b>x", "#009E73", 0.25, 0.5, True)])
    assert "&lt;b&gt;x" in drawn and "<b>75.0 % negative</b>, right" in drawn


def test_a_place_comes_back_from_the_address_as_it_went_in() -> None:
    place = Place(Filters("correct", "é & ü", words_low=3), 0.25, 4, "imdb-00007")
    assert Place.from_params(place.to_params()) == place
    assert Place().to_params() == {}

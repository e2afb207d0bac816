"""Every page that shows an accuracy says where reviews from the model's own training are in it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import sentences
from streamlit.testing.v1 import AppTest

from dashboard.views.home import score_table, scorecard
from dashboard.views.home.scorecard import ScoreRow
from sentiment_core.evaluation.seen import Seen
from sentiment_core.schema import Estimate

SAID = "10 of the 20 reviews were in its training data; accuracy on the 10 others: "


@pytest.fixture
def mixed(tiny_workspace: Path) -> str:
    """Ten reviews that tfidf was trained on and ten new ones, measured; the key of the data in an address."""
    from sentiment_core import data
    from sentiment_core.evaluation import records

    rows = [sentences(160, 1, "train").head(10), sentences(10, 9, "test")]
    pd.concat(rows).assign(split="test").to_csv(tiny_workspace / "mixed.csv", index=False)
    dataset = data.load(str(tiny_workspace / "mixed.csv"))
    records.evaluate("tfidf", dataset)
    return f"{dataset.fingerprint}-test"


def captions(app: AppTest) -> str:
    return " ".join(caption.value.replace("\\", "") for caption in app.caption)


def test_each_page_says_it(app: AppTest, mixed: str) -> None:
    app.query_params["data"] = mixed
    app.run()
    assert not app.exception and SAID in captions(app) and "† tfidf" in captions(app)
    for page in ("evaluate", "errors"):
        app.query_params["data"] = mixed
        app.switch_page(f"views/{page}/page.py").run()
        assert not app.exception and f"tfidf: {SAID}" in captions(app)


def test_nothing_is_said_where_all_reviews_are_new(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    assert "training data" not in captions(app) and "†" not in captions(app)


def row(accuracy: float, others: float, n: int = 4_000, seen: int = 12) -> ScoreRow:
    figure, unseen = Estimate(accuracy, 0.9, 0.95, n), Estimate(others, 0.9, 0.95, n - seen)
    figures = {"accuracy": figure}
    return ScoreRow("m", "<b>", "t", figures, 1.0, 1, "d", 1, Seen(n, seen, 0, {"accuracy": unseen}))


def test_home_marks_an_accuracy_only_where_the_reviews_change_it() -> None:
    same, other = row(0.9190, 0.9187), row(0.944, 0.906)
    assert scorecard.seen_footnote([same]) == "" and "†" not in score_table.table_html(
        [same], {}, lambda _: {}
    )
    table = score_table.table_html([other], {}, lambda _: {})
    assert table.count("†") == 1 and "accuracy on the 3,988 others: 90.6 %" in table
    assert scorecard.seen_footnote([same, other]).startswith("† <b>: 12 of the 4,000 reviews were in its")
    assert "But 12 of the 4,000 reviews" in scorecard.answer([other])
    assert "But" not in scorecard.answer([same])

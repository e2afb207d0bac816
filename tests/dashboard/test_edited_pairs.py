"""Edited pairs in Probes: figures, two models, filters, reading a pair, and what is offered where none is."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from opened_pages import html_of, opened
from streamlit.testing.v1 import AppTest

from dashboard.views.probes import edited_place
from sentiment_core import models
from sentiment_core.pairs import reading, records

VIEW = "views/probes/page.py"
ROWS = [
    ("I found the story wonderful.", "I found the story dull.", 1, 0),
    ("I found the lead moving.", "I found the lead <script>alert(1)</script> awful *x*.", 1, 0),
    ("I found the music lazy.", "I found the music not lazy.", 0, 1),
    ("I found every scene hollow. Ten of us.", "Nothing here is hollow. Ten of us.", 0, 1),
]


def pairs(rows=ROWS, name: str = "pairs.tsv") -> records.PairSet:
    numbered = [(str(n), *row) for n, row in enumerate(rows)]
    return records.PairSet(name, pd.DataFrame(numbered, columns=list(reading.PAIR_COLUMNS)))


def words_of(app: AppTest) -> str:
    found = [item.value for kind in (app.markdown, app.caption, app.text) for item in kind]
    return re.sub(r"\\(.)", r"\1", " ".join(found))


def chosen(*aliases: str) -> dict[str, str]:
    ids = [models.resolve(alias).model_id for alias in aliases]
    return {"part": "edited", **dict(zip(("model_a", "model_b"), ids, strict=False))}


def test_without_pairs_the_page_says_where_to_get_some_and_the_command(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen("tfidf"))
    assert "Gardner et al. 2020" in words_of(app)
    assert app.code[0].value == "python -m sentiment_core evaluate --model tfidf --paired pairs.tsv"


def test_one_model_s_figures_and_the_pairs_that_it_gets_wrong(app: AppTest, tiny_workspace: Path) -> None:
    kept = records.open_paired(records.evaluate("tfidf", pairs()))
    opened(app, VIEW, **chosen("tfidf"))
    both, n = kept.figures["consistency"].value, len(ROWS)
    assert f"tfidf gets both sides of {100 * both:.1f} % [" in words_of(app)
    wrong = kept.frame[~(kept.frame["right_original"] & kept.frame["right_edited"])]
    assert 0 < len(wrong) < n
    listed = app.dataframe[-1].value
    assert listed["text"].tolist() == wrong["original"].tolist()
    kinds_table = app.dataframe[1].value.set_index("edit")
    assert kinds_table.loc["Negation", "tfidf"].endswith("n = 2")
    assert kinds_table.loc["Rating", "tfidf"] == "no such edit"


def test_two_models_are_compared_on_the_same_pairs_and_a_missing_one_is_offered(
    app: AppTest, tiny_workspace: Path
) -> None:
    run_id = records.evaluate("tfidf", pairs())
    opened(app, VIEW, **chosen("tfidf", "nbsvm"))
    assert "nbsvm is not measured on these pairs" in words_of(app)
    records.evaluate("nbsvm", records.read([Path(run_id)]))  # the command that the button starts
    app.run()
    assert not app.exception and "nbsvm is not measured" not in words_of(app)
    assert re.search(r"Both right: .*n = 4 pairs", words_of(app))


def test_the_address_names_the_set_the_kind_and_the_pair(app: AppTest, tiny_workspace: Path) -> None:
    first = records.open_paired(records.evaluate("tfidf", pairs()))
    records.evaluate("tfidf", pairs(ROWS[:2], "other.tsv"))
    place = {"pairs": first.fingerprint, "edit": "negation", "sides": "all", "pair": "3"}
    opened(app, VIEW, **chosen("tfidf"), **place)
    assert app.selectbox(edited_place.SET).value == first.fingerprint
    assert app.dataframe[-1].value["text"].tolist() == [ROWS[2][0], ROWS[3][0]]
    assert "<del>every</del>" in html_of(app) or "<del>every scene" in html_of(app)
    app.selectbox(edited_place.EDIT).set_value("").run()
    app.selectbox(edited_place.LISTED).set_value("right").run()
    assert not app.exception and "edit" not in app.query_params
    assert app.query_params["sides"] in ("right", ["right"])


@pytest.mark.parametrize(
    "place", [{"pairs": "nowhere"}, {"edit": "<b>", "sides": "x", "leaf": "-1", "pair": "99999"}]
)
def test_an_address_of_what_is_not_there_shows_what_is(
    app: AppTest, tiny_workspace: Path, place: dict[str, str]
) -> None:
    records.evaluate("tfidf", pairs())
    opened(app, VIEW, **chosen("tfidf"), **place)
    assert "of 4 pairs right" in words_of(app)


def test_markup_in_a_pair_or_in_its_file_s_name_is_text(app: AppTest, tiny_workspace: Path) -> None:
    records.evaluate("tfidf", pairs(name="<b>pairs</b> *x*.tsv"))
    opened(app, VIEW, **chosen("tfidf"), sides="all", pair="1")
    assert "<script>alert" not in html_of(app) and "&lt;" in html_of(app)
    assert any(r"\<b\>pairs" in caption.value for caption in app.caption)


def test_long_and_unusual_texts_are_drawn(app: AppTest, tiny_workspace: Path) -> None:
    long = "The plot and the cast 🙂 فيلم. " * 1700
    records.evaluate("tfidf", pairs([(long, long + " Not good.", 1, 0)]))
    opened(app, VIEW, **chosen("tfidf"), sides="all")
    assert "of the one pair right" in words_of(app)

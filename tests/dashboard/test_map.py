"""The page Map: what it offers while there is no map, its colours, a selection's address, and its list."""

from __future__ import annotations

import numpy as np
import pytest
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from attacks.own import picked
from dashboard.session import desk_place
from dashboard.views.map import charts, colours
from sentiment_core import data, embeddings
from sentiment_core.embeddings import keeping, projection
from sentiment_core.evaluation.review_order import Filters

VIEW = "views/map/page.py"


@pytest.fixture
def make_map(monkeypatch):
    """Make a map of stand-in vectors of the data set with n reviews; the first two reviews are alike."""

    def made(n):
        key, _ = measured("tfidf", n)
        fingerprint, split = key.rsplit("-", 1)
        rows = data.by_fingerprint(fingerprint).split(split)
        vectors = np.random.default_rng(0).normal(size=(len(rows), 384)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[1] = vectors[0]
        ids = rows["example_id"].astype(str).to_numpy(object)
        found = embeddings.Vectors(ids, vectors, rows["label"].to_numpy(np.int64))
        keeping.keep(keeping.folder(fingerprint, split), found, 1.0, 1000)
        monkeypatch.setattr(projection, "project", lambda rows, near: np.asarray(rows)[:, :2])
        embeddings.make_map(fingerprint, split, found)
        return rows

    return made


def said(app: AppTest) -> str:
    return " ".join(part.value for part in (*app.markdown, *app.caption)).replace("\\", "")


def test_an_empty_workspace_says_what_is_missing(app, empty_workspace):
    opened(app, VIEW)
    assert app.title[0].value == "Map" and not app.get("plotly_chart")


def test_without_vectors_one_button_says_how_long_it_takes(app, tiny_workspace):
    opened(app, VIEW, **chosen())
    assert [button.label for button in app.main.button if "map" in button.label.lower()] == ["Make the map"]
    assert "60 reviews" in said(app) and " s here" in said(app)
    assert not app.get("plotly_chart")


def test_damaged_vectors_are_offered_again_and_named_at_the_foot(app, tiny_workspace, make_map):
    make_map(60)
    (file,) = (tiny_workspace / "cache" / "embeddings").rglob(keeping.VECTORS)
    file.write_bytes(file.read_bytes()[:-4])
    opened(app, VIEW, **chosen())
    assert any(button.label == "Make the map" for button in app.main.button)
    assert "vectors" in said(app) and "damaged" in said(app)


@pytest.mark.parametrize("colour", colours.CHOICES)
def test_every_colour_draws_every_review_and_stands_in_the_address(app, tiny_workspace, make_map, colour):
    make_map(60)
    opened(app, VIEW, **chosen(), colour=colour)
    assert len(app.get("plotly_chart")) == 1
    assert app.selectbox(key="map_colour").value == colour


def test_a_tiny_and_a_full_workspace_say_how_many_are_wrong_and_alike(app, full_workspace, make_map):
    make_map(4000)
    opened(app, VIEW, **chosen(4000))
    assert "of 4,000 reviews" in said(app) and "2 are near-duplicates of others" in said(app)
    assert "does not keep" in said(app)


def test_a_selection_is_listed_worst_first_and_its_address_opens_the_same_reviews(
    app, tiny_workspace, make_map
):
    rows = make_map(60)
    name = picked.keep(rows["text"].tolist()[5:12])
    opened(app, VIEW, **chosen(), picked=name)
    assert "7 picked" in said(app)
    assert rows["text"].iloc[5:12].map(lambda text: text[:20] in html_of(app)).any()
    run = measured("tfidf", 60)[1].run_id
    listed = desk_place.matching(run, None, 0.5, Filters(outcome="all", slices=(name,)))
    ids = desk_place.rows(run, None, 0.5)["example_id"].iloc[listed]
    assert sorted(ids) == sorted(rows["example_id"].iloc[5:12])


def test_an_unknown_selection_is_said_and_hides_nothing(app, tiny_workspace, make_map):
    make_map(60)
    opened(app, VIEW, **chosen(), picked="picked:3-0123456789ab")
    assert "holds none of these reviews" in said(app) and app.get("plotly_chart")


def test_the_near_duplicates_with_different_labels_can_be_read(app, tiny_workspace, make_map):
    make_map(60)  # its labels alternate
    opened(app, VIEW, **chosen())
    app.button(key="map-conflicts").click().run()
    assert not app.exception and "2 picked, 1 of them positive" in said(app)
    assert "picked:2-" in str(app.query_params["picked"])


def test_what_a_review_says_is_no_markup_where_the_pointer_is(app, tiny_workspace, make_map):
    from dashboard.records import maps

    make_map(60)
    found = measured("tfidf", 60)[1]
    placed = embeddings.kept_map(found.fingerprint, found.split)
    points = maps.points(found.run_id, "name", placed)
    odd = points.assign(first=[maps.first_words("<b>x</b><script>alert(1)</script>")] * len(points))
    figure = charts.scatter(odd, colours.by_label(odd))
    assert "<" not in "".join(figure.data[0].text).replace("<br>", "")


def test_a_point_carries_its_row_and_groups_cover_all_reviews(tiny_workspace, make_map):
    from dashboard.records import maps

    make_map(60)
    found = measured("tfidf", 60)[1]
    points = maps.points(found.run_id, "name", embeddings.kept_map(found.fingerprint, found.split))
    figure = charts.scatter(points, colours.by_outcome(points), mark_conflicts=False)
    carried = np.concatenate([np.ravel(trace.customdata) for trace in figure.data])
    assert sorted(carried.tolist()) == list(range(60))
    for trace in figure.data:
        np.testing.assert_allclose(trace.x, points["x"].to_numpy()[np.ravel(trace.customdata)], atol=1e-3)

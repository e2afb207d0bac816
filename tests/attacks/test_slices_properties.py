"""Properties counted by hand, and the slices made of them."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from made_reviews import EDGE_TEXTS, made_reviews

from attacks.identities import ATTRIBUTES
from attacks.slices import queries
from attacks.slices.memberships import MEMBERSHIPS, masks, titles
from attacks.slices.properties import CATEGORY, NUMBER, PROPERTIES, YES_NO, mention_column, properties
from attacks.slices.weak import search


def one(text: str, **columns: object) -> pd.Series:
    return properties(
        pd.DataFrame({"text": [text]} | {name: [value] for name, value in columns.items()})
    ).iloc[0]


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "It's good. Is it? Yes!! (Really.)",
            {"words": 6, "sentences": 4, "questions": 1, "exclamations": 2},
        ),
        ("No stop", {"sentences": 1, "negations": 1}),
        ("I don’t like it, never did, couldn't. Nor you.", {"negations": 4, "first_person": 1}),
        ("nothing, noted, knot, nowhere", {"negations": 2}),
        ("but However, although, butter", {"contrasts": 3}),
        ("My wife and I; we're ours, me, mine, iron", {"first_person": 6}),
        ("ABcd ef", {"capitals_share": 2 / 6}),
        ("12 films in 1984, 3.5 hours", {"digits": 3}),
        ("great great boring", {"opinion_ambiguity": 2 / 3}),
        ("great", {"opinion_ambiguity": 0.0}),
        ("A zombie film with songs", {"genre_horror": True, "genre_musical": True, "genre_war": False}),
        ("damn crap idiot", {"swearing": 2, "insults": 1, "slurs": 0, "toxicity": 3}),
        ("Sie liebten den Film, und ich auch, denn er ist wirklich sehr schön.", {"language": "de"}),
        ("She is an actress, he an actor.", {"mentions_female": True, "mentions_male": True}),
        ("The train was late.", {"mentions_female": False, "mentions_muslim": False}),
    ],
)
def test_properties_counted_by_hand(text, expected):
    found = one(text)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    ["8/10", "I give it 7 out of 10", "seven out of ten", "four stars", "3 1/2 stars", "**** from me", "★★"],
)
def test_a_rating_is_seen(text):
    assert one(text)["states_rating"]


@pytest.mark.parametrize("text", ["It stars Anna.", "10 of us went", "the stars", "1999", "s**t", "*good*"])
def test_what_is_no_rating_is_none(text):
    assert not one(text)["states_rating"]


def test_what_the_data_and_the_model_say_is_taken_over():
    row = one(
        "Good.", rating=8, language="German", n_tokens=3, truncated=True, studio="A", label=1, split="test"
    )
    assert (row["rating"], row["language"], row["n_tokens"], row["truncated"]) == (8, "de", 3, True)
    assert row["studio"] == "A" and "label" not in row and "split" not in row
    bare = one("Good.")
    assert all(pd.isna(bare[name]) for name in ("rating", "n_tokens", "truncated", "language"))
    assert pd.isna(one("Good.", rating="high")["rating"])


def test_every_property_has_its_type_on_every_edge_text():
    examples = pd.DataFrame({"text": EDGE_TEXTS}, index=range(100, 100 + len(EDGE_TEXTS)))
    found = properties(examples)
    assert list(found.columns) == list(PROPERTIES) and list(found.index) == list(examples.index)
    types = {NUMBER: "Float64", YES_NO: "boolean", CATEGORY: "string"}
    for name, item in PROPERTIES.items():
        assert str(found[name].dtype).startswith(types[item.type]), name
        assert name.isidentifier() and item.title
    empty = found.iloc[0]
    assert empty["words"] == 0 and empty["sentences"] == 0 and pd.isna(empty["capitals_share"])
    assert properties(examples.head(0)).shape == (0, len(PROPERTIES))


def test_each_group_of_an_identity_has_a_column():
    for item in ATTRIBUTES.values():
        if item.name != "dialect":
            assert {mention_column(group) for group in item.groups} <= set(PROPERTIES)
    assert mention_column("Middle-aged (40+)") == "mentions_middle_aged_40"


def test_memberships_are_their_queries_on_every_edge_text():
    found = properties(pd.DataFrame({"text": EDGE_TEXTS}))
    made = masks(found)
    assert set(MEMBERSHIPS) <= set(made) == set(titles(found))
    for name, item in MEMBERSHIPS.items():
        assert item.name == name and item.title and item.description.endswith(".")
        pd.testing.assert_series_equal(made[name], queries.rows(item.query, found))
        assert str(made[name].dtype) == "boolean"


def test_lengths_and_ratings_are_parted_where_they_say():
    texts = ["word " * n for n in (99, 100, 299, 300)]
    made = masks(properties(pd.DataFrame({"text": texts, "rating": [4, 5, 6, 7]})))
    assert list(made["short"]) == [True, False, False, False]
    assert list(made["long"]) == [False, False, False, True]
    assert list(made["rating-low"]) == [True, False, False, False]
    assert list(made["rating-middle"]) == [False, True, True, False]
    assert list(made["rating-high"]) == [False, False, False, True]


def test_other_languages_than_the_most_frequent_are_slices():
    examples = pd.DataFrame({"text": ["a"] * 4, "language": ["en", "en", "German", None]})
    found = properties(examples)
    made = masks(found)
    assert "language:en" not in made and titles(found)["language:de"] == "In German"
    assert [None if pd.isna(value) else value for value in made["language:de"]] == [False, False, True, None]


def test_what_the_search_says_is_a_query_that_selects_the_same_reviews():
    reviews = made_reviews(400, seed=9)
    found = properties(reviews)
    error = found["words"].gt(60) | (found["negations"] == 0)
    table = search(found.assign(error=error.to_numpy(dtype=bool)), seed=0)
    assert not table.empty
    for row in table.to_dict(orient="records"):
        mask = queries.rows(row["query"], found)
        assert int(mask.fillna(False).sum()) == row["n_found"] + row["n_held_out"], row["query"]


def test_thousands_of_reviews_take_seconds():
    reviews = pd.concat([made_reviews(500, seed=1)] * 2, ignore_index=True)
    properties(reviews.head(2))  # loads what is loaded once
    began = time.process_time()
    properties(reviews)
    assert time.process_time() - began < 5  # 1,000 short ones; 4,000 of IMDb's take about as long


def test_some_properties_alone_are_what_they_are_among_all() -> None:
    frame = pd.DataFrame(
        {"text": ["Not a zombie film, never!", "", "\U0001f600", "فيلم رائع", "<b>dull</b> " * 400]}
    )
    every = properties(frame)
    some = properties(frame, ["negations", "genre_horror"])
    assert list(some.columns) == ["negations", "genre_horror"]
    pd.testing.assert_frame_equal(some, every[["negations", "genre_horror"]])

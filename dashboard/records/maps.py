"""The maps of data sets with what is drawn of each review; made once and shared between sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.records import evaluations
from dashboard.wording import escape_html
from sentiment_core.evaluation import review_order

if TYPE_CHECKING:
    from dashboard.records.evaluations import DataChoice
    from sentiment_core.embeddings.maps import Expected

#: Of a review, shown where the pointer is.
FIRST_CHARACTERS = 90
#: Up to so many reviews: a browser gets all of these words before it draws anything, ten megabytes for
#: 100,000. A click reads any review.
MOST_WITH_WORDS = 25_000


def kept(choice: DataChoice) -> pd.DataFrame | None:
    """Return the map of these reviews, None where it has to be made; read-only."""
    from sentiment_core import embeddings

    return embeddings.kept_map(choice.fingerprint, choice.split)


def name_of(placed: pd.DataFrame) -> str:
    """Return what names a kept map: another map has another name."""
    from sentiment_core.embeddings.maps import NAME

    return str(placed.attrs[NAME])


def seconds_missing(choice: DataChoice) -> Expected:
    """Return about how long it takes to make what is missing of the map."""
    from sentiment_core import embeddings

    texts = evaluations.dataset(choice.fingerprint).split(choice.split)["text"]
    return embeddings.seconds_missing(choice.fingerprint, choice.split, texts)


@st.cache_resource(max_entries=4, show_spinner="Laying out the map")
def points(run_id: str, name: str, _placed: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: the map's columns joined with an evaluation's answers; shared, so read-only.

    Columns besides the map's: text, words, prob_positive, predicted, outcome, loss; `first`, the review's
    first characters as a browser shows them, markup escaped, unless there are more than MOST_WITH_WORDS;
    `key`, by which picked reviews are known.

    Args:
        run_id: of the evaluation.
        name: of the map, `name_of(_placed)`.
        _placed: the map.
    """
    found = evaluations.open_evaluation(run_id)
    examples = evaluations.dataset(found.fingerprint).examples
    desk = review_order.desk(examples, found.frame, words=evaluations.words(found.fingerprint))
    desk = desk.assign(example_id=desk["example_id"].astype(str)).drop(columns="label")
    joined = _placed.merge(desk, on="example_id", how="inner").reset_index(drop=True)
    if len(joined) <= MOST_WITH_WORDS:
        joined = joined.assign(first=[first_words(text) for text in joined["text"]])
    keys = evaluations.text_keys(found.fingerprint, found.split).loc[joined["example_id"]]
    return joined.assign(key=keys.to_numpy())


def first_words(text: str) -> str:
    """Return the beginning of a review as HTML in which every character of it is text."""
    start = " ".join(text[:FIRST_CHARACTERS].split())
    return escape_html(start) + ("…" if len(text) > FIRST_CHARACTERS else "")

"""What the points of the map can be coloured by: groups of reviews, or a quantity. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR, REFERENCE_COLOUR
from sentiment_core.evaluation import review_order
from sentiment_core.labels import suspects

#: What is chosen, by the word in the address.
CHOICES = {
    "outcome": "right or wrong",
    "label": "label",
    "probability": "probability of positive",
    "slice": "a slice",
    "length": "length",
    "suspect": "suspected label error",
    "neighbors": "labels of the neighbors",
    "duplicates": "near-duplicates",
}
#: Neither of the two label colours, legible on light and dark.
MARKED = "#A67C00"
OTHERS = "others"


@dataclass(frozen=True)
class Style:
    """How the points of one group are drawn: colour, symbol, size in pixels, opacity."""

    colour: str
    symbol: str = "circle"
    size: int = 5
    opacity: float = 0.75


@dataclass(frozen=True)
class Groups:
    """Each review is in one group: `of` has its name, object [n]; `styles`, in drawing order, the looks."""

    of: NDArray[np.object_]
    styles: Mapping[str, Style]


@dataclass(frozen=True)
class Quantity:
    """Each review has a value, float [n], NaN for none; drawn on a scale from `low` to `high`.

    `diverging`: from the colour of negative through gray to that of positive; else light to dark.
    """

    values: NDArray[np.float64]
    title: str
    low: float
    high: float
    diverging: bool = False
    ticks: Mapping[float, str] | None = None


Colours = Groups | Quantity
BACKGROUND = Style(REFERENCE_COLOUR, size=4, opacity=0.3)


def by_outcome(points: pd.DataFrame) -> Groups:
    """Group by what the model answered: right ones recede, the two kinds of errors differ in shape too."""
    right = points["outcome"].isin(review_order.OUTCOMES["correct"])
    styles = {
        "right": BACKGROUND,
        review_order.FALSE_POSITIVE: Style(POSITIVE_COLOUR, "diamond", 8, 0.9),
        review_order.FALSE_NEGATIVE: Style(NEGATIVE_COLOUR, "x", 7, 0.9),
    }
    return Groups(np.where(right, "right", points["outcome"]).astype(object), styles)


def by_label(points: pd.DataFrame) -> Groups:
    """Group by the given label."""
    of = np.where(points["label"] == 1, "positive", "negative").astype(object)
    return Groups(of, {"negative": Style(NEGATIVE_COLOUR), "positive": Style(POSITIVE_COLOUR, "diamond")})


def by_slice(inside: pd.Series[bool], title: str) -> Groups:
    """Group by whether a review is in a slice."""
    of = np.where(inside.to_numpy(dtype=bool), title, OTHERS).astype(object)
    return Groups(of, {OTHERS: BACKGROUND, title: Style(MARKED, "diamond", 6, 0.9)})


def by_suspicion(points: pd.DataFrame, kinds: pd.Series[str]) -> Groups:
    """Group by what is suspected of a label; `kinds` by example_id."""
    of = (
        points["example_id"].map(kinds).map({suspects.FLIP: "looks flipped", suspects.AMBIGUOUS: "ambiguous"})
    )
    styles = {
        OTHERS: BACKGROUND,
        "ambiguous": Style(MARKED, "circle", 6, 0.9),
        "looks flipped": Style(NEGATIVE_COLOUR, "diamond", 8, 0.95),
    }
    return Groups(of.fillna(OTHERS).to_numpy(dtype=object), styles)


def by_duplicates(points: pd.DataFrame) -> Groups:
    """Group by whether a review has near-duplicates, and whether their labels differ."""
    of = np.where(points["cluster"] >= 0, "near-duplicates", OTHERS).astype(object)
    of[points["conflict"].to_numpy(bool)] = "near-duplicates with different labels"
    styles = {
        OTHERS: BACKGROUND,
        "near-duplicates": Style(MARKED, "diamond", 7, 0.9),
        "near-duplicates with different labels": Style(NEGATIVE_COLOUR, "x", 9, 1.0),
    }
    return Groups(of, styles)


def by_probability(points: pd.DataFrame) -> Quantity:
    """Colour by the model's probability of positive."""
    ticks = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
    values = points["prob_positive"].to_numpy(float)
    return Quantity(values, "probability of positive", 0, 1, True, ticks)


def by_length(points: pd.DataFrame) -> Quantity:
    """Colour by the number of words, on a logarithmic scale."""
    words = np.maximum(points["words"].to_numpy(float), 1)
    low, high = (float(np.percentile(words, at)) for at in (1, 99))
    ticks = {np.log10(at): f"{at:,}" for at in (10, 30, 100, 300, 1000, 3000) if low <= at <= high}
    return Quantity(np.log10(words), "words", np.log10(low), np.log10(max(high, low + 1)), ticks=ticks)


def by_neighbors(points: pd.DataFrame) -> Quantity:
    """Colour by the share of a review's nearest reviews that have the other label."""
    ticks = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
    title = "nearest with the other label"
    return Quantity(points["other_label"].to_numpy(float), title, 0, 1, ticks=ticks)

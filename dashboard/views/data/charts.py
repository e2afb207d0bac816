"""Charts of a data set: labels by split, and lengths. Frames in, figures out; no streamlit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dashboard.charts import LABEL_COLOURS, layout
from sentiment_core.schema import LABEL_NAMES

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 250
BARS = 30


def balance(counts: pd.DataFrame) -> go.Figure:
    """Draw bars of reviews by split and label: columns `split, label, reviews`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for label, name in LABEL_NAMES.items():
        rows = counts[counts["label"] == name]
        figure.add_bar(
            y=rows["split"],
            x=rows["reviews"],
            name=name,
            orientation="h",
            marker_color=LABEL_COLOURS[label],
            hovertemplate=f"%{{y}}, {name}: %{{x:,}}<extra></extra>",
        )
    layout(figure, x_title="reviews", y_title="", height=HEIGHT)
    return figure.update_layout(barmode="stack").update_yaxes(autorange="reversed", showgrid=False)


def lengths(counts: pd.DataFrame) -> go.Figure:
    """Draw how many reviews have how many words: columns `from, to, label, reviews`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for label, name in LABEL_NAMES.items():
        rows = counts[counts["label"] == name]
        figure.add_bar(
            x=(rows["from"] + rows["to"]) / 2,
            y=rows["reviews"],
            width=rows["to"] - rows["from"],
            customdata=rows[["from"]],
            name=name,
            marker_color=LABEL_COLOURS[label],
            hovertemplate=f"from %{{customdata[0]:,}} words, {name}: %{{y:,}}<extra></extra>",
        )
    layout(figure, x_title="words per review", y_title="reviews", height=HEIGHT)
    return figure.update_layout(barmode="stack", bargap=0.05)


def length_counts(words: pd.Series, labels: pd.Series) -> pd.DataFrame:
    """Return how many reviews of each label are in each of BARS ranges of length; the last holds the longest.

    The range ends at the 99th percentile, so that one review of 50,000 words does not flatten the rest.
    """
    top = max(BARS, int(np.quantile(words, 0.99)) + 1) if len(words) else BARS
    edges = np.unique(np.linspace(0, top, BARS + 1).astype(int))
    inside = np.minimum(words.to_numpy(), edges[-1] - 1)
    parts = []
    for label, name in LABEL_NAMES.items():
        counts, _ = np.histogram(inside[(labels == label).to_numpy()], bins=edges)
        parts.append(pd.DataFrame({"from": edges[:-1], "to": edges[1:], "label": name, "reviews": counts}))
    return pd.concat(parts, ignore_index=True)

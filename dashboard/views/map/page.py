"""Map: where do the errors lie, and what do reviews near them say?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements import columns, measured, review_filters, widgets
from dashboard.elements.measured import Measured
from dashboard.records import maps, slices
from dashboard.records.evaluations import DataChoice
from dashboard.session.selection import selection
from dashboard.views.map import charts, colours, making, picked, place
from dashboard.views.map.colours import Colours, Groups, Quantity
from dashboard.views.map.place import Place
from dashboard.wording import escape_markdown
from sentiment_core.embeddings.neighborhood import NEIGHBORS
from sentiment_core.evaluation.seen import NOT_KNOWN
from sentiment_core.labels import suspects

CHART = "map-chart"
SHOWS = (
    "**Near** means: read as similar by the encoder, which looks at topic, film and wording of the first "
    "128 tokens and was not trained on sentiment. UMAP keeps who is next to whom. **It does not keep "
    "distances**: how far two groups are apart, how large or how dense they are, and the directions, mean "
    "nothing. A group is a reason to read its reviews, not a finding."
)
HOW = "Draw around points with the lasso, or click one, to read those reviews here."


@dataclass(frozen=True)
class Drawn:
    """What the page shows: the model, the reviews, where each is drawn, and where the reader is."""

    model: Measured
    choice: DataChoice
    points: pd.DataFrame
    place: Place


def show() -> None:
    st.title("Map", anchor=False)
    models, choice = measured.chosen_models(), selection().data
    if not models or choice is None:
        measured.offer_missing()
        return
    placed = maps.kept(choice)
    if placed is None:
        making.offer(choice)
        return
    show_map(models[0], choice, placed)


@st.fragment
@widgets.show_fixable
def show_map(model: Measured, choice: DataChoice, placed: pd.DataFrame) -> None:
    points = maps.points(model.run_id, maps.name_of(placed), placed)
    drawn = Drawn(model, choice, points, place.adopt())
    st.caption(escape_markdown(in_words(drawn)))
    measured.say_seen([model])
    left, right = columns.beside([11, 8], "map", gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            controls(drawn)
        draw_chart(drawn)
    with right:
        at = drawn.place
        if at.picked:
            at = picked.show(drawn.model, drawn.points, at)
        else:
            st.markdown(HOW)
            st.markdown(SHOWS)
            picked.offer_conflicts(drawn.points)
    place.settle(at)


def in_words(drawn: Drawn) -> str:
    """Say what is drawn, and how many reviews are near-duplicates of others."""
    points = drawn.points
    wrong = int((points["predicted"] != points["label"]).sum())
    alike, conflict = int((points["cluster"] >= 0).sum()), int(points["conflict"].sum())
    n_clusters = points["cluster"][points["cluster"] >= 0].nunique()
    clusters = "1 cluster" if n_clusters == 1 else f"{n_clusters:,} clusters"
    said = f"{drawn.model.name} is wrong on {wrong:,} of {len(points):,} reviews. "
    if not alike:
        return f"{said}No review is a near-duplicate of another."
    differ = f"{conflict:,} of them in clusters whose labels differ" if conflict else "with the same labels"
    return f"{said}{alike:,} are near-duplicates of others, in {clusters}, {differ}."


def controls(drawn: Drawn) -> None:
    """Draw what colours the points."""
    st.selectbox(
        "Color by",
        list(colours.CHOICES),
        key=place.COLOUR,
        format_func=colours.CHOICES.__getitem__,
        on_change=place.colours_changed,
        width=220,
    )
    if drawn.place.colour == "slice":
        offered = review_filters.offer([drawn.model])
        names = [*offered.others, *offered.genres, *offered.languages]
        known = names if drawn.place.slice in names else [drawn.place.slice, *names]
        st.selectbox(
            "Slice",
            known,
            key=place.SLICE,
            format_func=review_filters.title,
            on_change=place.colours_changed,
            width=220,
        )


def draw_chart(drawn: Drawn) -> None:
    found = colours_of(drawn)
    figure = charts.scatter(drawn.points, found)
    st.plotly_chart(
        figure,
        key=CHART,
        width="stretch",
        on_select=lambda: take_selection(drawn),
        selection_mode=("points", "box", "lasso"),
        config={
            "displaylogo": False,
            "scrollZoom": True,
            "modeBarButtonsToRemove": ["autoScale2d", "toImage"],
        },
        alt=f"A map of {len(drawn.points):,} reviews, colored by {colours.CHOICES[drawn.place.colour]}",
    )
    if isinstance(found, Groups):
        counts = pd.Series(found.of).value_counts()
        said = ", ".join(f"{counts[name]:,} {name}" for name in found.styles if name in counts)
        st.caption(escape_markdown(f"{said}."))
    else:
        st.caption(escape_markdown(said_of(found, drawn)))


def said_of(found: Quantity, drawn: Drawn) -> str:
    """Say what a color means, and of how many reviews it is known."""
    n = int(np.isfinite(found.values).sum())
    if drawn.place.colour != "neighbors" or not n:
        return f"Color: {colours.CHOICES[drawn.place.colour]}, n = {n:,}."
    return (
        f"Color: of the {NEIGHBORS - 1} reviews with the nearest vectors, the share with the other label; "
        f"{100 * float(np.nanmean(found.values)):.0f} % on average, n = {n:,}. Half would be chance, where "
        "labels are balanced."
    )


def colours_of(drawn: Drawn) -> Colours:
    """Return the colours that are chosen; where they are undefined, say why and return those of outcomes."""
    points, chosen = drawn.points, drawn.place.colour
    simple: dict[str, Callable[[pd.DataFrame], Colours]] = {
        "label": colours.by_label,
        "probability": colours.by_probability,
        "length": colours.by_length,
        "neighbors": colours.by_neighbors,
        "duplicates": colours.by_duplicates,
    }
    if chosen in simple:
        return simple[chosen](points)
    if chosen == "slice":
        name, found = drawn.place.slice, drawn.model.evaluation
        inside = slices.inside(found.fingerprint, found.split, (drawn.model.run_id,), slices.defined([name]))
        inside.index = inside.index.astype(str)
        return colours.by_slice(
            inside.reindex(points["example_id"]).fillna(False), review_filters.title(name).lower()
        )
    if chosen == "suspect" and may_suspect(drawn.model):
        frame = drawn.model.evaluation.frame
        found_ = suspects.judge(frame, frame["prob_positive"].to_numpy(float)).frame
        kinds = pd.Series(found_["kind"].to_numpy(), index=found_["example_id"].astype(str))
        return colours.by_suspicion(points, kinds)
    return colours.by_outcome(points)


def may_suspect(model: Measured) -> bool:
    """Say where a model's probabilities tell nothing about labels: it learned those labels."""
    seen = model.evaluation.seen
    if seen is not None and seen.count == 0:
        return True
    said = seen.sentence if seen else NOT_KNOWN
    st.info(
        escape_markdown(
            f"{model.name}: {said}. Its probabilities tell nothing about labels that it learned."
        ),
        icon=":material/school:",
    )
    return False


def take_selection(drawn: Drawn) -> None:
    """List the reviews that were drawn around, or the one that was clicked."""
    found = st.session_state[CHART]["selection"]["points"]
    rows = {int(np.ravel(point["customdata"])[0]) for point in found if "customdata" in point}
    place.pick(picked.keep(drawn.points, sorted(rows)))


show()

"""What is in a slice: its figures against the other reviews, and its reviews, the worst first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.elements import reading_list, review_html
from dashboard.elements.measured import Measured
from dashboard.elements.paging import page_with
from dashboard.elements.review_html import Verdict
from dashboard.session import desk_place, selection
from dashboard.views.bias import pairs, wording
from dashboard.views.bias import place as bias_place
from dashboard.views.bias import reviews as bias_reviews
from dashboard.views.bias.place import Place
from dashboard.views.bias.reviews import Reviews
from dashboard.views.bias.wording import signed_estimate
from dashboard.wording import escape_markdown
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.schema import LABEL_NAMES

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice

TABLE_KEY = "bias_errors"
ROW_HEIGHT, TABLE_HEIGHT, READING_HEIGHT = 31, 220, 300
SHOWN_CHARACTERS = 120
#: The slices that the error desk's filters can show as well: reviews of so many words.
_WORDS = re.compile(r"words (<|<=|>|>=) (\d{1,6})")


def show(models: Sequence[Measured], reviews: Reviews, own: OwnSlice, title: str, place: Place) -> Place:
    """Draw a slice's size, figures and reviews; return where the reader ends up."""
    try:
        mask = reviews.mask(own)
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return place
    inside, known = int(mask.fillna(False).sum()), int(mask.notna().sum())
    said = f"{inside:,} of {len(mask):,} reviews are in {f'“{title}”' if title else 'this slice'}"
    open_ = f"; for {len(mask) - known:,} this is unknown" if known < len(mask) else ""
    st.markdown(f"**{escape_markdown(f'{said}{open_}.')}**")
    if not inside:
        return place
    if inside < known:
        _figures(models, reviews.figures(own))
    return _reviews(models, reviews, mask, place, query=own.query or "")


def _figures(models: Sequence[Measured], tables: Sequence[pd.DataFrame]) -> None:
    """Draw the slice against the other reviews, a line a model and figure."""
    from attacks.slices.fairness import GAP_METRICS

    rows = [
        {
            "figure": GAP_METRICS[row["metric"]].title,
            **({"model": model.name} if len(models) > 1 else {}),
            "inside": wording.plain(row["inside"]),
            "gap": signed_estimate(row["difference"]),
            "p": wording.p_and_verdict(float(row["p_adjusted"]), str(row["verdict"])),
            "outside": wording.plain(row["outside"]),
            "n": row["inside"].n,
        }
        for at in range(len(tables[0]))
        for model, table in zip(models, tables, strict=True)
        for row in [table.iloc[at].to_dict()]
    ]
    config = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=31,
        key="bias-slice-figures",
        column_config={
            "figure": config.TextColumn("Figure, %", width=136),
            "model": config.TextColumn("Model", width=70),
            "inside": config.TextColumn("In the slice", width=104),
            "n": config.NumberColumn("n", width=44),
            "outside": config.TextColumn("Elsewhere", width=104),
            "gap": config.TextColumn("Difference", width=110, help="In points"),
            "p": config.TextColumn("p", width=92, help="Corrected over the five figures of a model"),
        },
    )
    st.caption(
        "A slice may differ because its reviews do: a gap shows a difference, not its cause. "
        "A slice written after reading these reviews tends to look worse than it is."
    )


def _reviews(
    models: Sequence[Measured], reviews: Reviews, mask: pd.Series[bool], place: Place, *, query: str = ""
) -> Place:
    """Draw the list and the review being read; return where the reader ends up."""
    by = _by(models, place)
    rows = bias_reviews.worst_first(reviews, mask, by)
    if rows.empty:
        return place
    wrong = int(rows["wrong"].sum())
    st.caption(
        escape_markdown(
            f"{models[by].name} is wrong on {wrong:,} of these {len(rows):,} reviews; the worst first."
        )
    )
    ids = rows["example_id"].tolist()
    page = page_with(rows, ids, place.review, place.page)
    review = place.review if place.review in ids else str(page.rows["example_id"].iloc[0])
    _table(page.rows, models, review)
    pairs.turner(page, "errors")
    at = ids.index(review)
    pairs.step_buttons("review", ids, review)
    _reading(rows.iloc[at].to_dict(), models)
    _links(models[by], review, query)
    return replace(place, page=page.number, review=review if place.review in ids else "")


def _by(models: Sequence[Measured], place: Place) -> int:
    if len(models) < 2:
        return 0
    key = "bias_errors_by"
    st.session_state[key] = min(place.by, len(models) - 1)
    st.segmented_control(
        "Errors of",
        list(range(len(models))),
        key=key,
        format_func=lambda at: escape_markdown(f"Errors of {models[at].name}"),
        required=True,
        on_change=lambda: bias_place.go(by=st.session_state[key]),
        label_visibility="collapsed",
    )
    return int(st.session_state[key])


def _table(rows: pd.DataFrame, models: Sequence[Measured], review: str) -> None:
    ids = rows["example_id"].tolist()
    says = {
        f"says_{at}": [
            _said(prob, label) for prob, label in zip(rows[f"prob_{at}"], rows["label"], strict=True)
        ]
        for at in range(len(models))
    }
    shown = pd.DataFrame(
        {
            "truth": rows["label"].map(lambda label: LABEL_NAMES[int(label)]),
            **says,
            "text": rows["text"].str.slice(0, SHOWN_CHARACTERS).str.replace(r"\s+", " ", regex=True),
        }
    )
    config = st.column_config
    reading_list.draw(
        shown,
        ids,
        review,
        key=TABLE_KEY,
        pick=_pick,
        tallest=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        columns={
            "truth": config.TextColumn("Truth", width=68),
            **{
                f"says_{at}": config.TextColumn(model.name, width=84, help="Probability of positive; ✕ wrong")
                for at, model in enumerate(models)
            },
            "text": config.TextColumn("Text"),
        },
        alt="Reviews of the slice, the worst first; pick a row to read one",
        sorting=reading_list.AS_LISTED,
    )


def _said(prob: float, label: int) -> str:
    if prob != prob:
        return "–"
    return f"{100 * prob:.1f} %{'' if (prob >= 0.5) == (label == 1) else ' ✕'}"


def _pick(review: str | None) -> None:
    if review is None:
        bias_place.stay()
    else:
        bias_place.go(page=bias_place.here().page, review=review)


def _reading(row: dict[str, Any], models: Sequence[Measured]) -> None:
    said = [
        Verdict(
            model.name,
            model.colour,
            float(row[f"prob_{at}"]),
            0.5,
            (row[f"prob_{at}"] >= 0.5) == (row["label"] == 1),
        )
        for at, model in enumerate(models)
        if row[f"prob_{at}"] == row[f"prob_{at}"]
    ]
    st.html(review_html.verdicts_html(said))
    with st.container(height=READING_HEIGHT, border=True, key=f"bias-review-{row['place']}"):
        st.html(review_html.review_html(str(row["text"])))


def desk_filters(query: str) -> Filters | None:
    """Return the error desk's filters that show the same reviews, where there are such: a bound on words."""
    found = _WORDS.fullmatch(query.strip())
    if found is None:
        return None
    sign, number = found[1], int(found[2])
    if sign.startswith(">"):
        return Filters(words_low=number + (sign == ">"))
    most = number - (sign == "<")
    return Filters(words_high=most) if most > 0 else None


def _links(model: Measured, review: str, query: str) -> None:
    """Offer the error desk: for the review being read and, where its filters can, for the whole slice."""
    shared = selection.shared_params() | {"model_a": model.card.model_id}
    if shared.get("model_b") == model.card.model_id:
        shared["model_b"] = str(selection.shared_params().get("model_a", ""))
    errors = navigation.known_pages()["errors"]
    filters = desk_filters(query)
    with st.container(horizontal=True):
        st.page_link(
            errors, label="Open in Errors", icon=":material/rule:", query_params=shared | {"review": review}
        )
        if filters is not None:
            st.page_link(
                errors,
                label="The slice's errors in Errors",
                icon=":material/rule:",
                query_params=desk_place.link_params(filters, 0.5) | shared,
            )

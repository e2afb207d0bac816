"""Which slices one review is in, and what can be counted in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from attacks.own import slices as own_slices
from attacks.passport.answers import Answer
from attacks.slices.memberships import MEMBERSHIPS
from attacks.slices.properties import PROPERTIES, properties
from sentiment_core.data.finding import Review
from sentiment_core.errors import ReelcheckError


def counted(review: Review, answers: Sequence[Answer] = ()) -> pd.DataFrame:
    """Return the properties of the review, a frame of one row.

    Tokens are the most that one of the models counts, and it is truncated where it is for one of them.
    """
    row = review.row.to_frame().T.infer_objects()
    read = {
        "n_tokens": [max((answer.n_tokens for answer in answers), default=None)],
        "truncated": [any(answer.truncated for answer in answers) if answers else None],
    }
    known = {name: values for name, values in read.items() if values != [None]}
    return properties(row.assign(**known))


def slices_of(review: Review, found: pd.DataFrame) -> dict[str, str]:
    """Return the slices that the review is in, with their titles: those for everybody, then a user's own.

    Args:
        review: the review.
        found: its properties, of `counted`.
    """
    inside = {name: item.title for name, item in MEMBERSHIPS.items() if _is_in(item.mask(found))}
    texts = pd.Series([review.text], index=found.index)
    for name, own in own_slices.STORE.all().items():
        try:
            if _is_in(own_slices.mask_of(own, found, texts)):
                inside[name] = f"{name} ({own.description})"
        except ReelcheckError:
            continue  # it asks for a column that these reviews lack
    return inside


def figures(found: pd.DataFrame) -> dict[str, Any]:
    """Return the titles of the properties with their values; what is 0, absent or no is left out."""
    values = {item.title: found[name].iloc[0] for name, item in PROPERTIES.items() if name in found}
    return {
        title: value.item() if hasattr(value, "item") else value
        for title, value in values.items()
        if not pd.isna(value) and value not in (0, False)
    }


def _is_in(mask: pd.Series[bool]) -> bool:
    value = mask.iloc[0]
    return bool(value) if not pd.isna(value) else False

"""A slice by its name: a user's own, one there is for everybody, a language, or the reviews outside of one.

Names are what filters, links and `--select desk=` hold: "long", "genre:horror", "language:de",
"not:truncated", what was picked on the map, and whatever a user saved.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attacks.own import picked, slices
from attacks.own.slices import OwnSlice
from attacks.schema import SliceError
from attacks.slices import queries
from attacks.slices.memberships import MEMBERSHIPS
from sentiment_core import languages

OUTSIDE, LANGUAGE = "not:", "language:"
#: One more than MEMBERSHIPS, of which every report tests each: the reviews with any negation at all.
NEGATED = "negated"


def find(name: str) -> OwnSlice | None:
    """Return the slice of a name without "not:", None where there is none."""
    own = slices.STORE.all().get(name)
    if own is not None:
        return own
    if name in MEMBERSHIPS:
        return OwnSlice(name, query=MEMBERSHIPS[name].query)
    if name == NEGATED:
        return OwnSlice(name, query="negations > 0")
    if picked.is_kept(name):
        return OwnSlice(name)
    code = name.removeprefix(LANGUAGE)
    return OwnSlice(name, query=f"language == {code!r}") if code != name and code.isalpha() else None


def title_of(name: str) -> str:
    """Return what a page calls a slice."""
    inner = name.removeprefix(OUTSIDE)
    if inner != name:
        return f"Not: {title_of(inner)}"
    if name in MEMBERSHIPS:
        return MEMBERSHIPS[name].title
    if name == NEGATED:
        return "With a negation"
    if picked.is_name(name):
        return picked.title_of(name)
    code = name.removeprefix(LANGUAGE)
    return f"In {languages.NAMES.get(code, code)}" if code != name else name


def definition(name: str) -> OwnSlice:
    """Return the slice that a name, with or without "not:", speaks of; SliceError where there is none."""
    found = find(name.removeprefix(OUTSIDE))
    if found is None:
        raise SliceError(
            f"a slice '{name}' is not in this workspace; `python -m attacks slices list` lists them"
        )
    return found


def columns_of(names: Sequence[str]) -> set[str]:
    """Return the columns of `properties.properties` that these slices ask for."""
    asked = (definition(name).query for name in names)
    return {column for query in asked if query is not None for column in queries.columns(query)}


def inside(names: Sequence[str], properties: pd.DataFrame, texts: pd.Series[str]) -> NDArray[np.bool_]:
    """Return whether each review is in all of these slices, bool [n].

    A review of which it is not known whether it is in a slice is neither in it nor outside of it.

    Args:
        names: of slices, with or without "not:".
        properties: at least `columns_of(names)`.
        texts: of the same reviews.

    Raises:
        SliceError: there is no such slice, or it asks for a column that these reviews lack.
    """
    found = [OwnSlice(name, own.query, own.pattern) for name in names for own in [definition(name)]]
    return inside_of(found, properties, texts)


def inside_of(
    chosen: Sequence[OwnSlice], properties: pd.DataFrame, texts: pd.Series[str]
) -> NDArray[np.bool_]:
    """Return what `inside` does, of definitions under the names that were asked for, "not:" included."""
    kept: NDArray[np.bool_] = np.ones(len(properties), dtype=bool)
    for own in chosen:
        mask = slices.mask_of(own, properties, texts)
        wanted = ~mask if own.name.startswith(OUTSIDE) else mask
        kept &= wanted.fillna(False).to_numpy(dtype=bool)
    return kept

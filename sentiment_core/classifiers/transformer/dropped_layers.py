"""Fewer layers of a trained transformer: which are kept, and its weights under their new numbers.

A student that starts from some of its teacher's layers needs no pretraining (Sanh et al. 2019, section 2;
Sajjad et al. 2023, "On the effect of dropping layers").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: A layer's number in the names of weights: `distilbert.transformer.layer.0.`, `bert.encoder.layer.0.`.
_NUMBER = re.compile(r"(?<=\blayer\.)\d+(?=\.)")


def kept_layers(of: int, n: int) -> tuple[int, ...]:
    """Return which `n` of `of` layers are kept: the last, and others evenly from the first on.

    3 of 6 are 0, 2, 5; 2 are 0, 5. ValueError unless 1 <= n <= of.
    """
    if not 1 <= n <= of:
        raise ValueError(f"{n} of {of} layers cannot be kept")
    return tuple(round(place * (of - 1) / (n - 1)) for place in range(n)) if n > 1 else (of - 1,)


def only_layers(state: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return a state dict with these layers only, numbered from 0, and all that is in no layer."""
    new = {str(old): str(place) for place, old in enumerate(kept)}
    return {
        _NUMBER.sub(lambda found: new[found.group()], name): tensor
        for name, tensor in state.items()
        if (layer := _NUMBER.search(name)) is None or layer.group() in new
    }


def layer_numbers(state: Mapping[str, Any]) -> int:
    """Return how many layers the weights of a state dict are of."""
    return len({found.group() for name in state if (found := _NUMBER.search(name))})

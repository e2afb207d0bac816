"""The integral of a function's slopes along a path, with more points where the function bends.

Between a masked text and the text, a classifier's answer changes in a few places and little elsewhere.
Simpson's rule is taken on pieces of the way, and the pieces where it is furthest off are halved. That is
known: the slopes of a piece must sum to what the function gains on it, and the function's values come
with its slopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Pieces at first, and pieces that are halved at a time.
PIECES, HALVED_AT_ONCE = 4, 2


class Point(NamedTuple):
    """A place on the way, from 0 to 1, the function's value there, and its slope by each part."""

    place: float
    value: float
    slopes: NDArray[np.float64]


#: Gives the points at some places, in their order.
Points = Callable[[Sequence[float]], list[Point]]


@dataclass(frozen=True)
class _Piece:
    start: Point
    middle: Point
    end: Point

    @property
    def integral(self) -> NDArray[np.float64]:
        slopes = self.start.slopes + 4 * self.middle.slopes + self.end.slopes
        return (self.end.place - self.start.place) / 6 * slopes

    @property
    def error(self) -> float:
        return abs(float(self.integral.sum()) - (self.end.value - self.start.value))

    @property
    def new_places(self) -> tuple[float, float]:
        at = self.start.place, self.middle.place, self.end.place
        return (at[0] + at[1]) / 2, (at[1] + at[2]) / 2

    def halves(self, first: Point, second: Point) -> tuple[_Piece, _Piece]:
        return _Piece(self.start, first, self.middle), _Piece(self.middle, second, self.end)


@dataclass(frozen=True)
class PathIntegral:
    """The integral of each part, the function's values at both ends, and how many points it took."""

    parts: NDArray[np.float64]
    start: float
    end: float
    points: int


def integral(points: Points, most: int, within: float) -> PathIntegral:
    """Return the integral of the slopes from 0 to 1.

    Args:
        points: evaluates the function.
        most: points at most; three at least are needed.
        within: stop once the errors of all pieces add up to no more than this, in the function's unit.
    """
    number = max(1, min(PIECES, (most - 1) // 2))
    found = points([float(place) for place in np.linspace(0, 1, 2 * number + 1)])
    pieces = [_Piece(*found[at : at + 3]) for at in range(0, 2 * number, 2)]
    used = len(found)
    while used + 2 <= most and sum(piece.error for piece in pieces) > within:
        pieces.sort(key=lambda piece: -piece.error)
        at_once = min(HALVED_AT_ONCE, len(pieces), (most - used) // 2)
        halved, pieces = pieces[:at_once], pieces[at_once:]
        new = points([place for piece in halved for place in piece.new_places])
        for piece, first, second in zip(halved, new[::2], new[1::2], strict=True):
            pieces += piece.halves(first, second)
        used += len(new)
    parts = np.sum([piece.integral for piece in pieces], axis=0)
    return PathIntegral(parts, found[0].value, found[-1].value, used)

"""Where the reader of a page is: kept in the session, and in the address once a control was used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from dashboard.session.address import Address


class _Place(Protocol):
    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""


P = TypeVar("P", bound=_Place)


@dataclass(frozen=True)
class Reader(Generic[P]):
    """The reader of one page.

    Attributes:
        key: the place's key in the session.
        address: the page's part of the address.
        start: where a reader starts.
    """

    key: str
    address: Address
    start: P

    def here(self) -> P:
        """Return where the reader was last."""
        place: P = st.session_state.get(self.key, self.start)
        return place

    def follow(self, read: Callable[[dict[str, str]], P], *, arrived: bool) -> bool:
        """Go where a followed link leads; return whether one was followed.

        Args:
            read: makes a place of query parameters.
            arrived: another page was shown before; see `Address.followed`.
        """
        asked = self.address.followed(arrived=arrived)
        if asked is not None:
            self.move(read(asked))
        return asked is not None

    def move(self, place: P) -> None:
        """Move the reader without touching the address."""
        st.session_state[self.key] = place

    def go(self, place: P) -> None:
        """Go to a place by a control: the address follows, and does not win in this run."""
        self.move(place)
        self.address.acted()

    def stay(self) -> None:
        """Note that a control was used without going anywhere, so that the address does not win."""
        self.address.acted()

    def settle(self, place: P) -> None:
        """Remember the place and, where the reader went there by a control, put it into the address."""
        self.move(place)
        self.address.write(place.to_params())

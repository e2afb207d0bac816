"""A page's own part of the address: a followed link is adopted, and a control's choice is written.

A control wins over the address in its own run: of two quick key presses the second leaves the browser before
the address of the first has come back.

Nothing else changes the address. Whatever is assigned to `st.query_params` and differs from what the browser
shows becomes an entry of its history (`pushState` in Streamlit's `handlePageInfoChanged`), so an address that
changes by itself would catch the browser's way back. What the address leaves out is therefore at its default,
and a choice is written in one go.

Whoever comes back to a page finds it as it was left, under the address that it had: `left` keeps that for
the links of the navigation, so that the view can be loaded again and shared from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

#: The page that is shown, and what the address of each page was when it was left.
PAGE, _LEFT = "_page", "_left"


def remember(page: str) -> None:
    """Keep the address as that of the page that is shown."""
    st.session_state.setdefault(_LEFT, {})[page] = st.query_params.to_dict()


def left(page: str) -> dict[str, str]:
    """Return the address that a page had when it was left, for a link that leads back to that view."""
    return dict(st.session_state.get(_LEFT, {}).get(page, {}))


@dataclass(frozen=True)
class Address:
    """The query parameters of one part of a page; `name` keeps its session keys apart from others'."""

    name: str
    params: tuple[str, ...]

    def followed(self, *, arrived: bool) -> dict[str, str] | None:
        """Return the parameters of a link that was followed; None where the reader stays where they were.

        Args:
            arrived: another page was shown before. An address without any of the parameters (the
                navigation's own link) then leaves the reader's place; on the same page it is the browser's
                way back to the start.
        """
        asked = self.asked()
        if st.session_state.get(self._acted) or asked == st.session_state.get(self._written, {}):
            return None
        st.session_state[self._written] = asked
        return asked if asked or not arrived else None

    def acted(self) -> None:
        """Note that a control was used in this run, so that the address does not win."""
        st.session_state[self._acted] = True

    def write(self, wanted: Mapping[str, str]) -> None:
        """Put the parameters into the address where a control was used; other parameters stay.

        An empty text leaves its parameter out.
        """
        if not st.session_state.pop(self._acted, False):
            return
        given = {name: value for name, value in wanted.items() if value}
        others = {name: value for name, value in st.query_params.to_dict().items() if name not in self.params}
        if self.asked() != given:
            st.query_params.from_dict(others | given)
            remember(st.session_state.get(PAGE, ""))
        st.session_state[self._written] = given

    def go(self, **wanted: str) -> None:
        """Put the parameters into the address because a control was used just now."""
        self.acted()
        self.write(wanted)

    def asked(self) -> dict[str, str]:
        """Return those of the parameters that the address gives."""
        return {name: st.query_params[name] for name in self.params if name in st.query_params}

    @property
    def _acted(self) -> str:
        return f"_{self.name}_acted"

    @property
    def _written(self) -> str:
        return f"_{self.name}_written"


def page_number(given: str | None) -> int:
    """Return the number of a page of a list as the address gives it; 1 where it is none."""
    readable = given and given.isascii() and given.isdigit() and len(given) < 10
    return max(1, int(given)) if given and readable else 1

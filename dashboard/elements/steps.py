"""The buttons that go to the previous and the next text of a list, and the text's place in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from dashboard.elements import keys as page_keys

#: The button's name among the keys, and how far it goes.
BUTTONS = (("previous", -1), ("next", 1))
NOT_IN_LIST = "opened from a link, not in this list"


def draw(
    name: str, keys: Sequence[str], shown: str, *, now: Callable[[], str | None], go: Callable[[str], None],
    width: Literal["stretch", "content"] = "content",
) -> None:  # fmt: skip
    """Draw both buttons and the place, into a horizontal container.

    Args:
        name: keeps this list's session keys apart from others'.
        keys: of the listed texts, in order.
        shown: the key of the text that is drawn; it may be missing from the list.
        now: returns the key being read when a button is pressed: of two quick presses, the second continues
            from the first.
        go: called with the key to read.
        width: of the place in words.
    """
    at = keys.index(shown) if shown in keys else None
    for button, by in BUTTONS:
        page_keys.button(
            button,
            key=f"{name}-{page_keys.KEYS[button].label}",
            disabled=_ends(at, by, len(keys)),
            on_click=lambda by=by: go(step(keys, now() or shown, by)),
        )
    st.caption(NOT_IN_LIST if at is None else f"{at + 1:,} of {len(keys):,}", width=width)


def step(keys: Sequence[str], key: str, by: int) -> str:
    """Return the key so many steps on, at most to an end; the first one where `key` is not listed."""
    at = keys.index(key) + by if key in keys else 0
    return keys[min(max(at, 0), len(keys) - 1)]


def _ends(at: int | None, by: int, n: int) -> bool:
    """Whether a step leads nowhere: from an end, or back from a text that is not listed."""
    if at is None:
        return by < 0 or n == 0
    return not 0 <= at + by < n

"""What a public copy of the pages says where they would offer an action: once a page, in place of the first.

Every button that saves something or starts a job is drawn here; `tests/dashboard/test_public_mode.py` holds
the list of those that do neither.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import public

#: Which place of the page says it; a fragment that is drawn again says it again.
SAID = "_public_said"
YOURSELF = "Run it yourself: `make run` in a copy of Reelcheck."


def begin() -> None:
    """Begin a page: nothing was said on it yet."""
    st.session_state.pop(SAID, None)


def switched_off(place: str) -> bool:
    """Return whether actions are switched off here, and say so where the first one of the page would be.

    Args:
        place: names what is left out, once a page.
    """
    if not public.is_public():
        return False
    if st.session_state.setdefault(SAID, place) == place:
        st.caption(f":material/visibility: {public.WHAT} {YOURSELF}")
    return True


def button(label: str, *, key: str, column: Any = st, **how: Any) -> bool:
    """Draw a button that saves something or starts a job, and return whether it was pressed.

    Args:
        label: of the button.
        key: of the button.
        column: where it is drawn.
        how: everything else that `st.button` takes.
    """
    return not switched_off(key) and bool(column.button(label, key=key, **how))

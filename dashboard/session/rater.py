"""Who is judging: a name that is kept with each verdict, so that people can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import public
from dashboard.wording import escape_markdown
from sentiment_core.errors import ReelcheckError
from sentiment_core.labels import verdicts

NAME = "labels_author"


def field() -> str:
    """Draw who is judging, and return the name; nothing in public, where nobody is."""
    if public.is_public():
        return ""
    st.session_state.setdefault(NAME, verdicts.current_author())
    with st.popover(f"Reviewer: {escape_markdown(name())}", icon=":material/person:"):
        st.text_input(
            "Your name",
            key=NAME,
            max_chars=verdicts.MOST_NAME,
            persist_state="session",
            help="Kept with each verdict, so that two reviewers can be compared",
        )
    return name()


def name() -> str:
    """Return who is judging; in public nobody is, and the account's name is the operator's."""
    if public.is_public():
        return ""
    return str(st.session_state.get(NAME) or "").strip() or verdicts.current_author()


@contextmanager
def told_where_not_kept() -> Iterator[None]:
    """Say in one line why a verdict could not be kept: a name that is not allowed, a full disk."""
    try:
        yield
    except (ReelcheckError, OSError) as error:
        why = str(error) if isinstance(error, ReelcheckError) else error.strerror or type(error).__name__
        st.toast(f"Not kept: {escape_markdown(why)}", icon=":material/error:", duration="infinite")

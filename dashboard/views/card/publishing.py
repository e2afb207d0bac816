"""What is done with a card: downloaded, kept, compared with the last one, and pushed from a terminal."""

from __future__ import annotations

import difflib

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.views.card.place import Place
from dashboard.wording import escape_markdown, file_name
from sentiment_core import terminal
from sentiment_core.models import ModelCard
from sentiment_core.publishing import written
from sentiment_core.publishing.written import Written


@widgets.show_fixable
def show(card: ModelCard, markdown: str, at: Place) -> None:
    """Draw the two buttons and the command that writes the same file."""
    own = written.of(card)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download",
            markdown.encode("utf-8"),
            file_name("card", card.short_name, suffix="md"),
            "text/markdown",
            icon=":material/download:",
            type="primary",
        )
        public_copy.button(
            "Keep as the last card",
            icon=":material/bookmark:",
            key="card-keep",
            help="What changes from now on is shown below.",
            disabled=markdown == own.last,
            on_click=_keep_last,
            args=(card, markdown),
        )
    given = {"without": ",".join(at.without)} if at.without else {}
    st.code(
        terminal.command("sentiment_core", "card", model=card.short_name, **given, out="card.md"),
        language="bash",
        wrap_lines=True,
    )
    st.code(
        terminal.command(
            "sentiment_core", "push", "--dry-run", model=card.short_name, **given, repo="OWNER/NAME"
        ),
        language="bash",
        wrap_lines=True,
    )
    st.caption("A dry run lists the files and their sizes; without it they go to the hub.")


def _keep_last(card: ModelCard, markdown: str) -> None:
    written.keep_last(card, markdown)


def show_difference(own: Written, markdown: str) -> None:
    """Draw what changed since the last card, as lines that went and came."""
    st.header("Since the last card", anchor=False)
    if not own.last:
        st.caption("No card was kept or pushed yet, so there is nothing to compare this one with.")
        return
    where = f"pushed to {own.pushed_to}" if own.pushed_to else "kept"
    st.caption(escape_markdown(f"The last one was {where} on {own.made[:10]}."))
    lines = difference(own.last, markdown)
    if lines:
        st.code("\n".join(lines), language="diff", wrap_lines=True)
    else:
        st.write("Nothing changed.")


def difference(before: str, now: str) -> list[str]:
    """Return a unified diff of two cards without its file names; nothing where they are equal."""
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=1)
    return list(lines)[2:]

"""What the page says of a card: which of its figures were never measured. No streamlit."""

from __future__ import annotations

from collections.abc import Sequence

from sentiment_core.publishing import carding
from sentiment_core.publishing.blocks import Missing
from sentiment_core.publishing.markdown import Section


def in_words(leaves: Sequence[Section]) -> str:
    """Say which figures the card has, and which were never measured."""
    missing = [part.title for part in leaves if not_measured(part)]
    if not missing:
        return "Every section has its figures."
    return f"**Not measured:** {', '.join(missing)}. The card says so; it leaves nothing out silently."


def not_measured(part: Section) -> bool:
    """Whether a section has no figure at all."""
    return any(isinstance(block, Missing) for block in part.blocks)


def below_title(markdown: str) -> str:
    """Return a card's sections without metadata and title, since the page has a title."""
    return carding.body_of(markdown).lstrip().split("\n", 1)[-1]

"""What the checks of a contract share: the error that says what is broken, and texts at the edges."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z][a-z0-9_-]*")

EDGE_TEXTS = (
    "",
    " ",
    "a",
    "good",
    "good good good good",
    "!!! ... ???",
    "I loved it 😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script><br />Dull.",
    "a line\nand\tanother\u2028one\x00end",
    "The plot wanders, then it does not. " * 300,
)


class ContractError(AssertionError):
    """A promise is not kept: one sentence that names whose it is, what was promised, and what was found."""


def require(holds: object, who: str, broken: str) -> None:
    """Raise ContractError where something does not hold."""
    if not holds:
        raise ContractError(f"{who}: {broken}")


def require_words(who: str, name: str, title: str, description: str) -> None:
    """Require what is shown to users: a name to type, a title, a sentence."""
    require(_NAME.fullmatch(name), who, f"the name is {name!r}; use small letters, digits, - and _")
    require(title.strip(), who, "the title is empty")
    require(
        description[:1].strip() and description.endswith("."),
        who,
        f"the description is {description!r}; it is a sentence with a full stop",
    )

"""Which of a model's two outputs is positive, by the names that its maker gave them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sentiment_core.errors import ModelError

#: Names that say what they mean, in small letters; LABEL_0 and LABEL_1 do not.
NEGATIVE_NAMES = frozenset({"negative", "neg", "bad"})
POSITIVE_NAMES = frozenset({"positive", "pos", "good"})
MOST_LISTED, MOST_CHARACTERS = 6, 40


class Outputs(NamedTuple):
    """What a model calls its two outputs."""

    negative: str
    positive: str

    @property
    def sentence(self) -> str:
        """Say which is which."""
        return f"{quoted(self.negative)} is negative, {quoted(self.positive)} is positive"


def mapped(who: str, names: Sequence[str], negative: str = "", positive: str = "") -> Outputs:
    """Return which name means what: as a person says it, or as the names say it themselves.

    Args:
        who: the model, for messages.
        names: of its outputs.
        negative: what a person says is the negative one, "" where nothing is said; one of both is enough.
        positive: the same of the positive one.

    Raises:
        ModelError: there are not two names, or they are not clear, or those given are not among them.
    """
    if len(set(names)) != 2 or len(names) != 2:
        more = ", ..." if len(names) > MOST_LISTED else ""
        listed = ", ".join(map(quoted, names[:MOST_LISTED])) + more
        raise ModelError(f"{who} has {len(names)} labels ({listed}); two are needed, negative and positive")
    if negative or positive:
        return _as_given(who, names, negative, positive)
    first, second = (name.strip().casefold() for name in names)
    if first in NEGATIVE_NAMES and second in POSITIVE_NAMES:
        return Outputs(names[0], names[1])
    if first in POSITIVE_NAMES and second in NEGATIVE_NAMES:
        return Outputs(names[1], names[0])
    raise ModelError(
        f"{who} calls its labels {quoted(names[0])} and {quoted(names[1])}, which does not say which is "
        "positive; add it with `python -m sentiment_core models add ... --positive LABEL`"
    )


def quoted(name: str) -> str:
    """Return a label as a message shows it."""
    return repr(name if len(name) <= MOST_CHARACTERS else f"{name[: MOST_CHARACTERS - 3]}...")


def _as_given(who: str, names: Sequence[str], negative: str, positive: str) -> Outputs:
    by_key = {name.strip().casefold(): name for name in names}
    for given in filter(None, (negative, positive)):
        if given.strip().casefold() not in by_key:
            raise ModelError(
                f"{who} has no label {quoted(given)}; its labels: {', '.join(map(quoted, names))}"
            )
    one = by_key[(positive or negative).strip().casefold()]
    other = names[1 - list(names).index(one)]
    found = Outputs(other, one) if positive else Outputs(one, other)
    if negative and by_key[negative.strip().casefold()] != found.negative:
        raise ModelError(f"label {quoted(positive)} cannot be both negative and positive")
    return found

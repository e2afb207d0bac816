"""How many texts a public copy answers: an allowance for each visitor and one for all, which fill up again.

A token bucket (Turner 1986): so many texts at once, and so many a second from then on. What a visitor asked
before is not counted again, since a page asks anew at every click.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import streamlit as st

from dashboard import public
from sentiment_core.errors import ReelcheckError

#: Texts at once, and texts a second: of one visitor, and of all together.
VISITOR, EVERYBODY = (60.0, 1.0), (600.0, 10.0)
#: A text of so many characters counts as one, a longer one as several.
CHARACTERS = 5_000
#: Rows of a file that is answered, in public.
MOST_ROWS = 50
#: Questions of a visitor that are known again; each is a number, not a text.
MOST_KNOWN = 1_000
KEY = "_pace"


class TooFast(ReelcheckError):
    """More was asked than the allowance has; the message says when to try again."""

    @property
    def sentence(self) -> str:
        """Return it as a page says it."""
        said = str(self)
        return f"{said[:1].upper()}{said[1:]}."


@dataclass
class Bucket:
    """An allowance: at most `most` texts, `per_second` more with time."""

    most: float
    per_second: float
    left: float = field(init=False)
    seen: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Begin with all of it."""
        self.left = self.most

    def wait(self, texts: float, now: float) -> float:
        """Return the seconds until so many texts can be taken: 0 where they can be now."""
        self.left = min(self.most, self.left + (now - self.seen) * self.per_second)
        self.seen = now
        return max(0.0, min(texts, self.most) - self.left) / self.per_second


@dataclass
class Pace:
    """One visitor's allowance, and what was asked already."""

    own: Bucket = field(default_factory=lambda: Bucket(*VISITOR))
    known: OrderedDict[int, None] = field(default_factory=OrderedDict)


_everybody = Bucket(*EVERYBODY)
_lock = threading.Lock()


def take(*asked: object, texts: float = 1.0) -> None:
    """Count a question in public mode; elsewhere do nothing.

    Args:
        asked: what names the question: the model, the text, a method.
        texts: how many texts it counts as.

    Raises:
        TooFast: the visitor's allowance, or everybody's, is used up.
    """
    if not public.is_public():
        return
    pace: Pace = st.session_state.setdefault(KEY, Pace())
    name = hash(asked)
    if name in pace.known:
        return
    spend(pace.own, _everybody, texts, time.monotonic())
    pace.known[name] = None
    if len(pace.known) > MOST_KNOWN:
        pace.known.popitem(last=False)


def weight(text: str) -> float:
    """Return how many texts a text counts as."""
    return 1.0 + len(text) // CHARACTERS


def spend(own: Bucket, everybody: Bucket, texts: float, now: float) -> None:
    """Take from both allowances, or from neither: then TooFast says who has to wait, and how long."""
    with _lock:
        waits = own.wait(texts, now), everybody.wait(texts, now)
        if max(waits) > 0:
            who = "you" if waits[0] >= waits[1] else "all visitors together"
            bucket = own if waits[0] >= waits[1] else everybody
            raise TooFast(
                f"this public copy answers {who} about {60 * bucket.per_second:.0f} texts a minute; "
                f"try again in {max(1.0, max(waits)):.0f} s"
            )
        own.left -= min(texts, own.most)
        everybody.left -= min(texts, everybody.most)

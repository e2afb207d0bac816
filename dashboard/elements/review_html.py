"""A review and the models' verdicts as HTML in which every character of theirs is text. No streamlit."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR
from dashboard.wording import KNOWS_NOTHING, escape_html
from sentiment_core.classifiers.base import Span

# 60ch is 65 to 75 characters of English: "ch" is the width of a zero, which is wider than most letters.
STYLE = """<style>
.review {font-size: 0.97rem; line-height: 1.6; max-width: 60ch; white-space: pre-wrap;
  overflow-wrap: anywhere; unicode-bidi: plaintext;}
.review .unread {opacity: 0.45;}
.review mark {background: rgba(230, 159, 0, 0.35); color: inherit; border-radius: 2px;}
.verdicts {display: grid; grid-template-columns: max-content max-content 1fr; column-gap: 0.75rem;
  row-gap: 0.3rem; align-items: center; font-size: 0.9rem; font-variant-numeric: tabular-nums;}
.verdicts .name {max-width: 11rem; overflow-wrap: anywhere;}
.verdicts .dot {display: inline-block; width: 0.65rem; height: 0.65rem; border-radius: 50%;
  margin-right: 0.4rem;}
.verdicts .bar {position: relative; display: flex; height: 0.7rem; border-radius: 3px; overflow: hidden;}
.verdicts .at {position: absolute; top: 0; bottom: 0; width: 2px; background: white;}
</style>"""


@dataclass(frozen=True)
class Verdict:
    """What one model says to a review, for one line of the display."""

    name: str
    colour: str
    prob_positive: float
    threshold: float
    right: bool
    knows_nothing: bool = False


def review_html(text: str, spans: Sequence[Span] = (), search: str = "") -> str:
    """Return the whole review: what the model never reads is grey, what was searched for is marked."""
    unread = [(span.start, span.end) for span in spans if not span.read]
    marked = _found(text, search)
    cuts = sorted({0, len(text), *(edge for pair in unread + marked for edge in pair)})
    pieces = [
        _piece(text[start:end], _covers(unread, start), _covers(marked, start))
        for start, end in zip(cuts, cuts[1:], strict=False)
    ]
    return f'{STYLE}<div class="review" dir="auto" tabindex="0" data-testid="review">{"".join(pieces)}</div>'


def _found(text: str, search: str) -> list[tuple[int, int]]:
    wanted = search.strip()
    return [m.span() for m in re.finditer(re.escape(wanted), text, re.IGNORECASE)] if wanted else []


def _covers(stretches: Sequence[tuple[int, int]], place: int) -> bool:
    """Return whether one of the stretches, in order and apart from each other, holds the place."""
    before = bisect.bisect_right(stretches, place, key=lambda stretch: stretch[0])
    return before > 0 and place < stretches[before - 1][1]


def _piece(text: str, unread: bool, marked: bool) -> str:
    inner = f"<mark>{escape_html(text)}</mark>" if marked else escape_html(text)
    return f'<span class="unread" title="the model never reads this">{inner}</span>' if unread else inner


def verdicts_html(verdicts: Sequence[Verdict]) -> str:
    """Return a line a model: its answer and a bar, orange for negative, blue for positive."""
    return f'{STYLE}<div class="verdicts">{"".join(_verdict(verdict) for verdict in verdicts)}</div>'


def _verdict(verdict: Verdict) -> str:
    prob = verdict.prob_positive
    positive = prob >= verdict.threshold
    answer = f"{100 * (prob if positive else 1 - prob):.1f} % {'positive' if positive else 'negative'}"
    said = KNOWS_NOTHING if verdict.knows_nothing else f"<b>{answer}</b>"
    dot = f'<span class="dot" style="background:{verdict.colour}"></span>'
    return (
        f'<span class="name">{dot}{escape_html(verdict.name)}</span>'
        f"<span>{said}, {'right' if verdict.right else 'wrong'}</span>"
        f'<span class="bar" title="probability of positive {prob:.4f}, threshold {verdict.threshold:.3f}">'
        f'<span style="width:{100 * (1 - prob):.2f}%;background:{NEGATIVE_COLOUR}"></span>'
        f'<span style="width:{100 * prob:.2f}%;background:{POSITIVE_COLOUR}"></span>'
        f'<span class="at" style="left:{100 * (1 - verdict.threshold):.2f}%"></span></span>'
    )

"""Each model's answer to one text as a bar from the middle: left negative, right positive. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR
from dashboard.wording import (
    KNOWS_NOTHING,
    Answer,
    escape_html,
    format_points,
    format_value,
    verdict_in_words,
)
from sentiment_core import languages

STYLE = """<style>
.verdicts {font-variant-numeric: tabular-nums; line-height: 1.35;}
.verdicts .ends {display: flex; justify-content: space-between; font-size: .82em; opacity: .72;}
.verdict {padding: .55rem 0 .6rem;}
.verdict .head {display: flex; gap: .75em; align-items: baseline; margin-bottom: .35rem;}
.verdict .name {font-weight: 600;}
.verdict .figure {margin-left: auto;}
.verdict i.dot {display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .5em;}
.verdict .track {position: relative; height: .7rem; border-radius: .2rem;
  background: color-mix(in srgb, currentColor 10%, transparent);}
.verdict .fill {position: absolute; top: 0; bottom: 0; border-radius: .2rem;}
.verdict .middle {position: absolute; left: 50%; top: -.15rem; bottom: -.15rem; width: 1px;
  background: color-mix(in srgb, currentColor 55%, transparent);}
.verdict .before {position: absolute; top: -.2rem; bottom: -.2rem; width: 2px; background: currentColor;}
.verdict small {display: block; font-size: .82em; opacity: .72; margin-top: .3rem;}
</style>"""


def foreign_language(code: str, learned: Mapping[str, Sequence[str]]) -> str:
    """Warn that a text is in a language that these models were not trained on, and name theirs."""
    models = ", ".join(f"{name} ({languages.in_words(codes)})" for name, codes in learned.items())
    language = languages.in_words([code])
    return (
        f"This reads like {language}. No {language} reviews were in the training data, so these answers mean "
        f"little: {models}."
    )


def verdict_html(name: str, colour: str, answer: Answer, said: str = "") -> str:
    """Return one model's bar with its confidence in words, tokens read and latency.

    `said` stands before these: what else is to be said of the answer.
    """
    figure = f"{format_value(answer.prob_positive)} % positive" if not answer.knows_nothing else "no answer"
    words = KNOWS_NOTHING if answer.knows_nothing else verdict_in_words(answer.prob_positive)
    head = _head(name, colour, words, figure)
    bar = _bar(answer.prob_positive, known=not answer.knows_nothing)
    note = f"<b>{escape_html(said)}</b>, " if said else ""
    return f"<div class='verdict'>{head}{bar}<small>{note}{answer.reading()}</small></div>"


def change_html(name: str, colour: str, before: Answer, after: Answer) -> str:
    """Return one model's bar for the edited copy, with a mark where the original stood."""
    change = after.prob_positive - before.prob_positive
    figure = f"{format_value(before.prob_positive)} → {format_value(after.prob_positive)} %"
    flips = (before.prob_positive >= 0.5) != (after.prob_positive >= 0.5)
    words = f"{format_points(change)}{', the answer flips' if flips else ''}"
    if after.knows_nothing:
        words = KNOWS_NOTHING
    bar = _bar(after.prob_positive, before=before.prob_positive, known=not after.knows_nothing)
    return f"<div class='verdict'>{_head(name, colour, words, figure)}{bar}</div>"


def verdicts_html(verdicts: list[str]) -> str:
    """Return the bars under one another, with the two ends named once."""
    ends = "<div class='ends'><span>negative</span><span>cannot tell</span><span>positive</span></div>"
    return f"{STYLE}<div class='verdicts'>{ends}{''.join(verdicts)}</div>"


def _head(name: str, colour: str, words: str, figure: str) -> str:
    dot = f"<i class='dot' style='background:{colour}'></i>"
    named = f"<span class='name'>{dot}{escape_html(name)}</span>"
    return f"<div class='head'>{named}<span>{words}</span><span class='figure'>{figure}</span></div>"


def _bar(prob: float, before: float | None = None, *, known: bool = True) -> str:
    """Return the bar; it is empty where a model knows nothing of the text."""
    prob = prob if known else 0.5
    left, right = sorted((50.0, 100 * prob))
    colour = POSITIVE_COLOUR if prob >= 0.5 else NEGATIVE_COLOUR
    fill = f"<div class='fill' style='left:{left:.2f}%;width:{right - left:.2f}%;background:{colour}'></div>"
    mark = f"<div class='before' style='left:{100 * before:.2f}%'></div>" if before is not None else ""
    meter = "role='meter' aria-label='probability positive' aria-valuemin='0' aria-valuemax='100'"
    marks = f"{fill}<div class='middle'></div>{mark}"
    return f"<div class='track' {meter} aria-valuenow='{100 * prob:.1f}'>{marks}</div>"

"""Figures and states in words: one way of writing a number on every page. Imports no streamlit."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sentiment_core.schema import Estimate

#: Metrics shown in per cent; the others keep their own scale with three decimals.
PERCENT_METRICS = frozenset(
    {
        "accuracy",
        "precision",
        "recall",
        "f1",
        "macro_f1",
        "roc_auc",
        "average_precision",
        "ece",
        "ece_mass",
    }
)

UNDEFINED = "–"


def format_estimate(estimate: Estimate, *, percent: bool = True, with_n: bool = True) -> str:
    """Write `91.8 % [91.0, 92.6] n = 4,000`; an undefined figure is a dash (its reason goes in the help)."""
    if not estimate.defined:
        return UNDEFINED
    parts = [f"{format_value(estimate.value, percent=percent)}{' %' if percent else ''}"]
    interval = format_interval(estimate, percent=percent)
    parts += [interval] if interval else []
    parts += [f"n = {estimate.n:,}"] if with_n else []
    return " ".join(parts)


def format_value(value: float, *, percent: bool = True) -> str:
    """Write the bare number: `91.8` for a rate of 0.918, `0.247` on a metric's own scale."""
    if math.isnan(value):
        return UNDEFINED
    return f"{100 * value:.1f}" if percent else f"{value:.3f}"


def format_interval(estimate: Estimate, *, percent: bool = True) -> str:
    """Write `[91.0, 92.6]`, or nothing where there is no interval."""
    if math.isnan(estimate.ci_low) or math.isnan(estimate.ci_high):
        return ""
    low, high = (format_value(bound, percent=percent) for bound in (estimate.ci_low, estimate.ci_high))
    return f"[{low}, {high}]"


def format_points(difference: float) -> str:
    """Write a difference of two rates in percentage points: `+1.2 points`, with a real minus sign."""
    if math.isnan(difference):
        return UNDEFINED
    return f"{100 * difference:+.1f} points".replace("-", "\u2212")


def format_difference(difference: Estimate) -> str:
    """Write a difference of two rates with its interval and n: `+1.2 points [+0.3, +2.1] n = 400`."""
    value, low, high = (100 * part for part in (difference.value, difference.ci_low, difference.ci_high))
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}] n = {difference.n:,}".replace("-", "\u2212")


def format_log_odds(score: float) -> str:
    """Write what a word adds to the log-odds: `+1.17`, with a real minus sign."""
    return f"{score:+.2f}".replace("-", "\u2212")


def format_bytes(size: float) -> str:
    """Write `91 MB`, `640 kB`: powers of 1,000, as file managers do."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            amount = size / step
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"
    return f"{size:.0f} B"


def format_seconds(seconds: float | None) -> str:
    """Write a duration to read at a glance: `0.8 s`, `45 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None or math.isnan(seconds):
        return UNDEFINED
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def format_started(run_id: str) -> str:
    """Return when a run began, to the minute, in UTC: `24 Nov 09:19`."""
    try:
        began = datetime.strptime(run_id[:13], "%Y%m%dt%H%M")
    except ValueError:
        return ""
    return f"{began.day} {began:%b %H:%M}"


def verdict_in_words(prob_positive: float) -> str:
    """Say what a probability means: `almost certainly positive`, `leans negative`, `cannot tell`."""
    side = "positive" if prob_positive >= 0.5 else "negative"
    confidence = max(prob_positive, 1 - prob_positive)
    for at_least, words in ((0.95, "almost certainly"), (0.8, "probably"), (0.6, "leans")):
        if confidence >= at_least:
            return f"{words} {side}"
    return "cannot tell"


#: What a page says instead of an answer to a text of which a model knows no word.
KNOWS_NOTHING = "knows none of these words"


def escape_markdown(text: str) -> str:
    """Return text that Streamlit's markdown shows as it is: no HTML, links, maths or colour directives."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$:<>])", r"\\\1", text)


def message_markdown(text: str) -> str:
    """Return an error's sentence for Streamlit's markdown: escaped, but for the commands that it names."""
    parts = re.split(r"(`python -m [^`\n]*`)", text)
    return "".join(part if i % 2 else escape_markdown(part) for i, part in enumerate(parts))


def escape_html(text: str) -> str:
    """Return text that a browser shows as it is."""
    return html.escape(text, quote=True)


#: A longer name is cut: file systems take 255 bytes, and a person reads the beginning.
LONGEST_FILE_NAME = 120


def file_name(*parts: str, suffix: str) -> str:
    """Return a download's name that says what is in it: `errors-reference-imdb-embedded.csv`.

    Args:
        parts: names of what is in the file, in any alphabet; what a file system may refuse becomes a dash,
            and empty ones are left out.
        suffix: without its dot.
    """
    words = [re.sub(r"[^\w.]+", "-", part).strip("-.") for part in parts]
    named = "-".join(word for word in words if word)[:LONGEST_FILE_NAME].strip("-.")
    return f"{named or 'reelcheck'}.{suffix}"


@dataclass(frozen=True)
class Answer:
    """One model's answer to one text: probability, tokens of the whole text, tokens read, seconds taken.

    Where it `knows_nothing` of the text's words, its probability means nothing. Of a model `elsewhere` words
    are counted, and how much it reads is not known.
    """

    prob_positive: float
    n_tokens: int
    max_tokens: int | None
    seconds: float
    knows_nothing: bool = False
    elsewhere: bool = False

    @property
    def truncated(self) -> bool:
        """Whether the model reads less than the whole text."""
        return self.max_tokens is not None and self.n_tokens > self.max_tokens

    def reading(self) -> str:
        """Say how much was read and how long it took: `612 tokens, 512 read · 41 ms`."""
        if self.elsewhere:
            return f"{self.n_tokens:,} words and signs · {format_latency(self.seconds)}"
        read = f"{self.max_tokens:,} read" if self.truncated else "all read"
        return f"{self.n_tokens:,} tokens, {read} · {format_latency(self.seconds)}"


def format_latency(seconds: float) -> str:
    """Write a short time: `0.4 ms`, `41 ms`, `1.2 s`."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    milliseconds = 1000 * seconds
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def in_words(params: Mapping[str, Any]) -> str:
    """Name parameters with their values: `max share 0.2, like pwws`."""
    return ", ".join(f"{plain(name)} {written(value)}" for name, value in params.items())


def plain(name: str) -> str:
    """Return a parameter's name as words; of a part of a composed recipe with the part's name before it."""
    return name.replace(".", ": ").replace("_", " ")


def written(value: Any) -> str:
    """Return one value as a page shows it: `on`, `0.2`, `pwws`."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)

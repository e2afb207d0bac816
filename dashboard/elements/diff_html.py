"""A review and what an attack made of it, with the words marked that differ. Every character is text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from attacks.language.word_alignment import Change, changed_words
from dashboard.wording import escape_html

#: Characters around a change that a snippet shows, and snippets at most.
CONTEXT, MOST_SNIPPETS = 28, 3
#: Characters of one change that a snippet shows.
LONGEST = 60

# Struck out and faint is what was there, underlined and tinted is what came: told apart without colour,
# and in neither of the two colours that mean a verdict.
STYLE = """<style>
.diff {font-size: 0.95rem; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: plaintext;}
.diff del, .diff ins {border-radius: 3px; padding: 0 0.15em; color: inherit;}
.diff del {background: color-mix(in srgb, currentColor 12%, transparent); text-decoration-thickness: 1.5px;}
.diff ins {background: rgba(181, 84, 143, 0.20); font-weight: 550; text-decoration: underline #B5548F 2px;
  text-underline-offset: 3px; unicode-bidi: isolate;}
.diff ins small {font-size: 0.7em; opacity: 0.75; margin-left: 0.25em;}
.diff.snippets {font-size: 0.88rem; line-height: 1.5; white-space: normal;}
</style>"""


def original_html(original: str, perturbed: str) -> str:
    """Return the original with the words struck out that were changed."""
    stretches = [(c.original_start, c.original_end) for c in changed_words(original, perturbed)]
    return f"<div class='diff' dir='auto'>{_marked(original, stretches, 'del')}</div>"


def struck_html(text: str, stretches: Sequence[tuple[int, int]]) -> str:
    """Return a text with stretches of it struck out, in order and apart from each other."""
    return f"<div class='diff' dir='auto' tabindex='0'>{_marked(text, stretches, 'del')}</div>"


def perturbed_html(original: str, perturbed: str) -> str:
    """Return the changed text with the new words marked; characters that cannot be seen are named."""
    stretches = [(c.perturbed_start, c.perturbed_end) for c in changed_words(original, perturbed)]
    return f"<div class='diff' dir='auto'>{_marked(perturbed, stretches, 'ins')}</div>"


def snippets_html(original: str, perturbed: str) -> str:
    """Return the first changes with a few words around each: what a line of a list has room for."""
    groups = _near(changed_words(original, perturbed))
    shown = groups[:MOST_SNIPPETS]
    pieces = [_snippet(original, perturbed, group) for group in shown]
    if not shown:
        return "<div class='diff snippets'>nothing was changed</div>"
    start, end = _around(original, shown[0])[0], _around(original, shown[-1])[1]
    more = len(groups) - len(shown)
    places = "place" if more == 1 else "places"
    tail = f" … and in {more:,} more {places}" if more else " …" if end < len(original) else ""
    inner = f"{'… ' if start else ''}{' … '.join(pieces)}{tail}"
    return f"<div class='diff snippets' dir='auto'>{inner}</div>"


def _marked(text: str, stretches: Sequence[tuple[int, int]], tag: str) -> str:
    parts, at = [], 0
    for start, end in stretches:
        parts += [escape_html(text[at:start]), _tagged(tag, text[start:end])]
        at = end
    return "".join(parts) + escape_html(text[at:])


def _near(changes: Sequence[Change]) -> list[list[Change]]:
    """Group changes that are near enough to stand in one snippet."""
    groups: list[list[Change]] = []
    for change in changes:
        if groups and change.original_start - groups[-1][-1].original_end <= 2 * CONTEXT:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _snippet(original: str, perturbed: str, group: Sequence[Change]) -> str:
    at, end = _around(original, group)
    parts = []
    for change in group:
        old = _tagged("del", _short(original[change.original_start : change.original_end]))
        new = _tagged("ins", _short(perturbed[change.perturbed_start : change.perturbed_end]))
        parts += [escape_html(original[at : change.original_start]), old, " " if old and new else "", new]
        at = change.original_end
    return "".join([*parts, escape_html(original[at:end])]).strip()


def _around(original: str, group: Sequence[Change]) -> tuple[int, int]:
    """Return where a snippet begins and ends: with whole words, unless one is longer than the context."""
    first, last = group[0].original_start, group[-1].original_end
    before, after = original[max(0, first - CONTEXT) : first], original[last : last + CONTEXT]
    if first > CONTEXT:
        before = before[before.find(" ") + 1 :]
    if last + CONTEXT < len(original):
        after = after[: after.rfind(" ") + 1]
    return first - len(before), last + len(after)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _tagged(tag: str, text: str) -> str:
    if not text:
        return ""
    unseen = _unseen(text) if tag == "ins" else ""
    return f"<{tag}>{escape_html(text)}{f'<small>{unseen}</small>' if unseen else ''}</{tag}>"


def _unseen(text: str) -> str:
    """Name the characters that leave no mark on a screen, as code points."""
    codes = sorted({f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in ("Cf", "Cc")})
    return " ".join(codes[:3])

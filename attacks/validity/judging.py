"""Is an adversarial text valid? A verdict for each success, with reasons that a person can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from attacks.language import antonyms, encoder, grammar, polarity, tagging
from attacks.language.word_alignment import Change, words_of
from attacks.validity.criteria import CRITERIA, LEAST_SIMILARITY, MOST_CHANGED
from attacks.validity.reading import Reading, reading
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.pairs.kinds import NEGATIONS

#: One row per success. `criteria` names those not met, `reasons` why in words (both joined by "; ", empty
#: when valid). `similarity` is the encoder's of the whole texts; `similarity_around` the lowest around any
#: change as it is read, which decides. `antonyms`, `unreadable`: "good > bad; ...". `pos_kept`: share of the
#: words put for others that kept the part of speech, NaN where there are none.
VERDICT_COLUMNS = (
    "example_id",
    "valid",
    "reasons",
    "similarity",
    "share_changed",
    "antonyms",
    "pos_kept",
    "grammar_added",
    "criteria",
    "similarity_around",
    "unreadable",
)

_EXAMPLES_NAMED = 3
_AT_ONCE = 16

__all__ = ["CRITERIA", "VERDICT_COLUMNS", "judge"]


@dataclass
class _Finding:
    """What was found about one text; `broken` is (criterion, reason) for each criterion not met."""

    broken: list[tuple[str, str]] = field(default_factory=list)
    antonyms: list[str] = field(default_factory=list)
    pos_kept: float = float("nan")
    grammar_added: int = 0


def judge(records: pd.DataFrame, progress: Progress = no_progress) -> pd.DataFrame:
    """Return VERDICT_COLUMNS, one row for each record that succeeded, in order.

    A misspelling that can be read is put right before the meaning is compared: the encoder would stumble over
    what a reader does not. See `criteria` for each criterion, its source and its calibration.

    Raises:
        ResourceMissing: the packaged encoder is not installed.
    """
    fooled = records[records["outcome"] == "succeeded"]
    texts = list(zip(fooled["example_id"], fooled["original"], fooled["perturbed"], strict=True))
    rows = []
    for start in range(0, len(texts), _AT_ONCE):
        progress(start, len(texts), "judging adversarial texts")
        rows += _judge_some(texts[start : start + _AT_ONCE])
    progress(len(texts), len(texts), "judging adversarial texts")
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _judge_some(texts: Sequence[tuple[str, str, str]]) -> list[tuple[object, ...]]:
    readings = [reading(original, perturbed) for _, original, perturbed in texts]
    windows = [one.windows() for one in readings]
    whole = [(one.original, one.perturbed) for one in readings]
    cosines = encoder.similarities([*whole, *(pair for some in windows for pair in some)])
    around = np.split(cosines[len(whole) :], np.cumsum([len(some) for some in windows])[:-1])
    return [
        _row(example_id, one, float(similarity), lows)
        for (example_id, _, _), one, similarity, lows in zip(
            texts, readings, cosines[: len(whole)], around, strict=True
        )
    ]


def _row(example_id: str, one: Reading, similarity: float, around: np.ndarray) -> tuple[object, ...]:
    finding = _Finding()
    _check_meaning(one, around, finding)
    _check_opposites(one, finding)
    _check_negation(one, finding)
    _check_part_of_speech(one, finding)
    _check_grammar(one, finding)
    _check_readable(one, finding)
    _check_share(one, finding)
    return (
        example_id,
        not finding.broken,
        "; ".join(reason for _, reason in finding.broken),
        similarity,
        one.share_changed,
        "; ".join(finding.antonyms),
        finding.pos_kept,
        finding.grammar_added,
        "; ".join(name for name, _ in finding.broken),
        float(around.min()) if len(around) else 1.0,
        "; ".join(f"{original} > {written}" for original, written in one.unreadable),
    )


def _check_meaning(one: Reading, around: np.ndarray, finding: _Finding) -> None:
    if len(around) and around.min() < LEAST_SIMILARITY:
        worst = one.left[int(around.argmin())]
        what = f"'{worst.original or worst.perturbed}'"
        finding.broken.append(
            (
                "meaning",
                f"around {what} the texts are {around.min():.3f} alike, under {LEAST_SIMILARITY}",
            )
        )


def _check_opposites(one: Reading, finding: _Finding) -> None:
    pairs = [(_bare(change.original), _bare(change.perturbed)) for change in one.substitutions]
    opposite = [(a, b) for a, b in pairs if antonyms.are_antonyms(a, b) or polarity.turned(a, b)]
    finding.antonyms = [f"{a} > {b}" for a, b in opposite]
    if opposite:
        finding.broken.append(
            ("opposites", f"became its opposite: {_some([f'{a} > {b}' for a, b in opposite])}")
        )


def _check_negation(one: Reading, finding: _Finding) -> None:
    before, after = _negations(one.original), _negations(one.read)
    if before.total() != after.total():
        words = sorted(((before - after) + (after - before)).elements())
        finding.broken.append(("negation", f"a negation came or went: {_some(words)}"))


def _check_part_of_speech(one: Reading, finding: _Finding) -> None:
    tags = _tags_of(one)
    if not tags:
        return
    moved = [tag for tag in tags if not _same_part(*tag)]
    finding.pos_kept = 1 - len(moved) / len(tags)
    if moved:
        named = [f"{change.original} ({a}) > {change.perturbed} ({b})" for change, a, b in moved]
        finding.broken.append(("part of speech", f"another part of speech: {_some(named)}"))


def _check_grammar(one: Reading, finding: _Finding) -> None:
    added = grammar.errors_added(one.original, one.read) + [
        f"'{change.original}' to '{change.perturbed}': another form"
        for change, before, after in _tags_of(one)
        if _same_part(change, before, after) and _other_form(change)
    ]
    finding.grammar_added = len(added)
    if added:
        finding.broken.append(("grammar", f"grammar: {_some(added)}"))


def _check_readable(one: Reading, finding: _Finding) -> None:
    if one.unreadable:
        named = [
            f"'{written}' for '{original}'" if original else f"'{written}'"
            for original, written in one.unreadable
        ]
        finding.broken.append(("readable", f"cannot be read: {_some(named)}"))


def _check_share(one: Reading, finding: _Finding) -> None:
    if one.share_changed > MOST_CHANGED:
        finding.broken.append(
            ("share", f"{one.share_changed:.0%} of the words changed, more than {MOST_CHANGED:.0%}")
        )


def _tags_of(one: Reading) -> list[tuple[Change, str, str]]:
    """Return for each substitution the parts of speech before and after, each in its own sentence."""
    substitutions = one.substitutions
    if not substitutions:
        return []
    before, after = words_of(one.original), words_of(one.read)
    tags_before = tagging.universal_tags([word.text for word in before])
    tags_after = tagging.universal_tags([word.text for word in after])
    place = {word.start: position for position, word in enumerate(after)}
    return [
        (change, tags_before[change.position], tags_after[place[change.perturbed_start]])
        for change in substitutions
    ]


def _same_part(change: Change, before: str, after: str) -> bool:
    """Whether a word can stand for another; the dictionary helps where the tagger mistakes the new one."""
    return (
        before == after
        or {before, after} == {"NOUN", "VERB"}
        or before in grammar.parts(_bare(change.perturbed))
    )


def _other_form(change: Change) -> bool:
    """Whether two words cannot be the same form: one thing and several, present and past."""
    before, after = grammar.forms(_bare(change.original)), grammar.forms(_bare(change.perturbed))
    return bool(before) and bool(after) and not before & after


def _negations(text: str) -> Counter[str]:
    words = (_bare(word.text) for word in words_of(text))
    negations = NEGATIONS.split()
    return Counter(word for word in words if word in negations or word.endswith(("n't", "n’t")))


def _bare(word: str) -> str:
    return word.strip("'’-*_").lower()


def _some(named: Sequence[str]) -> str:
    more = len(named) - _EXAMPLES_NAMED
    return ", ".join(named[:_EXAMPLES_NAMED]) + (f" and {more} more" if more > 0 else "")

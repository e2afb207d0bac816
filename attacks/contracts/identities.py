"""What every identity promises: sentences of every group, and rewrites that agree with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attacks.rewriting.base import Attribute, Filled, Refused
from attacks.schema import SliceError
from sentiment_core.contracts.base import EDGE_TEXTS, require, require_words

#: Enough patterns of our own that no single one decides.
LEAST_TEMPLATES = 8

_SENTENCE = re.compile(r"[A-Z].*[.!?]", re.DOTALL)


def check_identity(identity: Attribute, texts: Sequence[str] = EDGE_TEXTS) -> None:
    """Check an identity's words and sentences, and rewrite them and these texts to every group.

    Raises:
        ContractError: a promise of `attacks.rewriting.base.Attribute` is not kept.
    """
    who = f"identity {identity.name!r}"
    require_words(who, identity.name, identity.title, identity.description)
    require(identity.note, who, "it has no note: say what this proxy can and cannot say")
    groups = identity.groups
    require(len(set(groups)) == len(groups) >= 2, who, f"its groups are {groups}; two or more, each once")
    sentences = identity.templates()
    require(identity.templates() == sentences, who, "its sentences differ from call to call")
    sets = _sets(sentences)
    _check_sentences(who, identity, sentences)
    _check_sets(who, identity, sets)
    _check_rewrites(who, identity, sets)
    _check_edges(who, identity, texts)
    _check_unknown_group(who, identity)


def _sets(sentences: Sequence[Filled]) -> dict[str, list[Filled]]:
    sets: dict[str, list[Filled]] = {}
    for sentence in sentences:
        sets.setdefault(sentence.set_id, []).append(sentence)
    return sets


def _check_sentences(who: str, identity: Attribute, sentences: Sequence[Filled]) -> None:
    patterns = {sentence.template for sentence in sentences}
    require(
        len(patterns) >= LEAST_TEMPLATES, who, f"it has {len(patterns)} patterns; {LEAST_TEMPLATES} or more"
    )
    sides = {sentence.expected for sentence in sentences}
    require(sides == {0, 1, None}, who, f"its sentences expect {sides}; praise, blame and neither are needed")
    for text in (sentence.text for sentence in sentences):
        clean = _SENTENCE.fullmatch(text) and not re.search(r"[{}_]", text)
        require(clean, who, f"{text[:60]!r} is not a whole sentence, or has a slot left")


def _check_sets(who: str, identity: Attribute, sets: Mapping[str, Sequence[Filled]]) -> None:
    for set_id, one in sets.items():
        groups = sorted(sentence.group for sentence in one)
        require(groups == sorted(identity.groups), who, f"set {set_id!r} has sentences of {groups}")
        texts = {sentence.text for sentence in one}
        require(len(texts) == len(one), who, f"set {set_id!r} has the same sentence for two groups")
        require(len({sentence.template for sentence in one}) == 1, who, f"set {set_id!r} mixes patterns")


def _check_rewrites(who: str, identity: Attribute, sets: Mapping[str, Sequence[Filled]]) -> None:
    """The sentences are filled without the rewriting code, so each checks the other."""
    compared = tried = 0
    for one in sets.values():
        for sentence in one:
            others = identity.mentioned(sentence.text) - {sentence.group}
            require(not others, who, f"{sentence.text[:60]!r} is also read as of {sorted(others)}")
            for wanted in one:
                outcome = identity.rewrite(sentence.text, wanted.group)
                tried += 1
                if isinstance(outcome, Refused):
                    continue
                compared += 1
                require(
                    outcome == wanted.text,
                    who,
                    f"{sentence.text[:60]!r} moved to {wanted.group!r} is {outcome[:60]!r}, "
                    f"and the sentence of that group is {wanted.text[:60]!r}",
                )
    require(compared >= 0.5 * tried, who, f"only {compared} of {tried} of its own sentences can be rewritten")


def _check_edges(who: str, identity: Attribute, texts: Sequence[str]) -> None:
    for text in texts:
        unknown = identity.mentioned(text) - set(identity.groups)
        require(not unknown, who, f"{text[:40]!r} mentions {sorted(unknown)}, which are none of its groups")
        outcomes = [identity.rewrite(text, group) for group in identity.groups]
        refused = [isinstance(outcome, Refused) for outcome in outcomes]
        require(
            all(refused) or text in outcomes,
            who,
            f"{text[:40]!r} is rewritten to every group, and kept for none",
        )


def _check_unknown_group(who: str, identity: Attribute) -> None:
    try:
        identity.rewrite("She is an American.", "elves")
    except SliceError as error:
        last = identity.groups[-1]
        require(
            "'elves'" in str(error) and last in str(error), who, "an unknown group's error names no groups"
        )
    else:
        require(False, who, "rewriting to a group that it does not have raises no SliceError")

"""When an adversarial text counts as valid: each criterion, its threshold, source and calibration."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass

from attacks.language import wordnet


@dataclass(frozen=True)
class Criterion:
    """One thing that a valid adversarial text holds to.

    Attributes:
        title: for a table.
        threshold: the number that the rule speaks of; None where the rule allows no exception.
        rule: one sentence for a page.
        source: where the criterion and its number come from.
    """

    name: str
    title: str
    threshold: float | None
    rule: str
    source: str


#: What people asked for in Morris et al. 2020, "Reevaluating Adversarial Examples in Natural Language": at
#: least this cosine between a word and its substitute (counter-fitted vectors) and between sentences
#: (universal sentence encoder). Named for comparison; the numbers belong to those encoders.
MORRIS_WORD, MORRIS_SENTENCE = 0.9, 0.98

#: Of the packaged all-MiniLM-L6-v2, between the 15 words around each change, readable misspellings put right.
#: Measured by tests/benchmarks/calibrate_validity.py: reviews revised to say the opposite pass it alone in
#: 15.9 % [11.9, 21.0] n = 245 (0.85: 7.8 %, 0.65: 28.2 %), reviews with 10 % synonyms in 98.3 % [91.1, 99.7]
#: n = 60 (0.85: 80.0 %). Similarity of the whole texts cannot do this: at 0.98, 22.9 % of the revised pass,
#: and of the reviews with 5 % of the words misspelt, 3.3 %.
LEAST_SIMILARITY = 0.75
MOST_CHANGED = 0.4

#: Raised whenever the same criteria are checked by other code, so that nothing judged before is used again.
REVISION = 2

CRITERIA: dict[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion(
            "meaning",
            "Meaning kept",
            LEAST_SIMILARITY,
            f"15 words around each change stay alike to an encoder: cosine {LEAST_SIMILARITY} or more.",
            "Morris et al. 2020; window of TextFooler's code (Jin et al. 2020); number calibrated here",
        ),
        Criterion(
            "opposites",
            "No opposites",
            None,
            "No word became its opposite, and none of praise one of blame or back.",
            "the antonyms that counter-fitting pushes apart (Mrksic et al. 2016), which an encoder does not",
        ),
        Criterion("negation", "Negations kept", None, "No negation came or went.", "ours"),
        Criterion(
            "part of speech",
            "Parts of speech kept",
            None,
            "Each word became one that can be the same part of speech, noun and verb taken as one.",
            "Jin et al. 2020; noun for verb and back as in TextFooler's code",
        ),
        Criterion(
            "grammar",
            "No grammar errors added",
            None,
            "The text has no more grammar errors than the original, as far as small checks tell.",
            "Morris et al. 2020, with checks of our own in the place of LanguageTool",
        ),
        Criterion(
            "readable",
            "Readable",
            None,
            "Each changed word is a word, or a misspelling that can still be read.",
            "Pruthi et al. 2019; Rayner et al. 2006; Kernighan et al. 1990",
        ),
        Criterion(
            "share",
            "Few words changed",
            MOST_CHANGED,
            f"At most {MOST_CHANGED:.0%} of the words were changed.",
            "BERT-Attack's limit (Li et al. 2020); readers in Rayner et al. 2006 managed as many misspelt",
        ),
    )
}


@dataclass(frozen=True)
class Calibrated:
    """How many of n edited reviews passed all criteria; `harmless` edits should, the others must not."""

    edits: str
    harmless: bool
    passed: int
    n: int


#: What the verdict is worth, by tests/benchmarks/calibrate_validity.py with WordNet. The lists of opposites,
#: praise and blame were written with the first set in sight, not the second. One replaced word of a revision,
#: which often keeps the meaning but not always, passes in 51 % [41, 61] n = 100: with few changes a wrong one
#: is missed more easily. Misspellings are judged without their sentence.
CALIBRATION: tuple[Calibrated, ...] = (
    Calibrated("revised by people to say the opposite (Kaushik et al. 2020)", False, 1, 245),
    Calibrated("revised by experts to say the opposite (Gardner et al. 2020), held out", False, 0, 100),
    Calibrated("2 % of the words replaced by synonyms", True, 59, 60),
    Calibrated("5 % of the words replaced by synonyms", True, 55, 60),
    Calibrated("10 % of the words replaced by synonyms", True, 55, 60),
    Calibrated("2 % of the words misspelt inside", True, 57, 59),
    Calibrated("5 % of the words misspelt inside", True, 56, 60),
    Calibrated("10 % of the words misspelt inside", True, 54, 60),
)


def version() -> str:
    """Return 8 hex digits that name the criteria: verdicts by other ones are not mixed with these.

    WordNet names further opposites and rare words, so with it they are others than without.
    """
    return _named(wordnet.there())


def versions() -> tuple[str, ...]:
    """Return the versions whose verdicts count here, the best first.

    Verdicts made with WordNet are as good on a machine without it, but not the other way round.
    """
    return (_named(True),) if wordnet.there() else (_named(True), _named(False))


def _named(with_wordnet: bool) -> str:
    return _hash_of(tuple(CRITERIA.values()), REVISION, with_wordnet)


@functools.lru_cache(maxsize=8)  # a page asks several times for each run that it shows
def _hash_of(criteria: tuple[Criterion, ...], revision: int, with_wordnet: bool) -> str:
    rules = [asdict(criterion) for criterion in criteria]
    everything = json.dumps([rules, revision, with_wordnet], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()[:8]

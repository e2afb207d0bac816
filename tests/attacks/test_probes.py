"""Every capability: enough cases, both answers, good English, and a rule that an oracle passes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from attacks.contracts import check_probe
from attacks.own.probes import probe_named
from attacks.probes import PROBES, Capability, Case, ProbeError, very_long
from attacks.probing import words
from attacks.probing.judging import moved_rightly, near_the_middle, right_class, unchanged
from attacks.probing.probe import judged
from attacks.probing.summary import matrix
from attacks.probing.templates import Template, cases_of

CASES = {name: probe.cases() for name, probe in PROBES.items()}
WITH_A_RIGHT_CLASS = [name for name, probe in PROBES.items() if probe.kind == "MFT" and name != "neutral"]

every_probe = pytest.mark.parametrize("name", PROBES)


def verdicts(probe: Capability, cases: list[Case], probability: dict[str, float]):
    return judged([(probe, cases)], probability)


def oracle(probe: Capability, cases: list[Case]) -> dict[str, float]:
    """Return what somebody says who knows the expectation."""
    said: dict[str, float] = {}
    for case in cases:
        if probe.kind == "MFT":
            said[case.text] = 0.5 if case.expected is None else 0.02 + 0.96 * case.expected
        elif case.order == 0:
            first = said[case.text] = 0.5 if case.expected is None else 0.3 + 0.4 * case.expected
        else:
            said[case.text] = first if case.expected is None else first + (0.2 if case.expected else -0.2)
    return said


def test_all_capabilities_that_were_wanted_are_there():
    wanted = (
        "vocabulary negation-simple negation-double negation-long-range negation-clause contrast "
        "mixed-reviews comparison change-over-time reported-opinion intensifiers hedging sarcasm "
        "rhetorical-questions conditional idiom plot-words ratings emoji very-short very-long neutral"
    )
    assert set(PROBES) == set(wanted.split())


@every_probe
def test_a_capability_keeps_its_contract(name):
    assert PROBES[name].name == name and PROBES[name].family == "language"
    check_probe(PROBES[name])


@every_probe
def test_the_english_is_clean(name):
    for case in CASES[name]:
        text = case.text
        assert not re.search(r"\b[Aa] [aeiouAEIOU]", text), text
        assert not re.search(r"\b[Aa]n (?!hour)[^aeiouAEIOU]", text), text
        assert not re.search(r"\b(\w+) \1\b", text, re.IGNORECASE), text
        assert not re.search(r"\s{2,}|^\s|\s$|[{}]|\s[.,;!?]", text), text
        assert not re.search(r"[.!?] [a-z]", text), text
        assert text[0].isupper() or not text[0].isalpha(), text
        assert name == "emoji" or text[-1] in ".!?", text


@every_probe
def test_an_oracle_passes_every_probe(name):
    probe, cases = PROBES[name], CASES[name]
    found = verdicts(probe, cases, oracle(probe, cases))
    (row,) = matrix(found).to_dict(orient="records")
    assert row["failure_rate"].value == 0
    assert row["n"] >= 73 and row["n_not_applicable"] == 0
    assert row["verdict"] == "holds" and not row["unreliable"]


@pytest.mark.parametrize("name", WITH_A_RIGHT_CLASS)
@pytest.mark.parametrize("constant", [0.0, 0.3, 0.5, 1.0])
def test_a_constant_classifier_fails_every_mft(name, constant):
    found = verdicts(PROBES[name], CASES[name], {case.text: constant for case in CASES[name]})
    (row,) = matrix(found).to_dict(orient="records")
    assert 0.4 <= row["failure_rate"].value <= 0.6
    assert row["verdict"] == "fails"
    assert not row["unreliable"], "that it leans to one class is no disagreement of paraphrases"


@pytest.mark.parametrize("constant, rate", [(0.0, 1.0), (1.0, 1.0), (0.5, 0.0)])
def test_neutral_texts_are_judged_by_a_band_and_have_no_class(constant, rate):
    cases = CASES["neutral"]
    assert all(case.expected is None for case in cases)
    found = verdicts(PROBES["neutral"], cases, {case.text: constant for case in cases})
    assert matrix(found)["failure_rate"].iloc[0].value == rate


def test_the_verdict_of_a_very_long_review_lies_behind_token_512_and_nothing_before_it_tells():
    opinions = {*words.GOOD, *words.BAD, *words.LOVED, *words.HATED}
    for case in CASES["very-long"]:
        before = case.text.split()[: very_long.WORDS_BEFORE]
        assert len(before) == very_long.WORDS_BEFORE > 512
        assert opinions.isdisjoint(word.strip(".,").lower() for word in before)
        assert opinions & {word.strip(".,:").lower() for word in case.text.split()[very_long.WORDS_BEFORE :]}


def test_emoji_and_rating_templates_hold_no_word_of_praise_or_blame():
    opinions = {*words.GOOD, *words.BAD, *words.LOVED, *words.HATED}
    for case in CASES["emoji"] + CASES["ratings"]:
        assert opinions.isdisjoint(re.findall(r"\w+", case.text.lower())), case.text


def test_an_unknown_capability_names_the_known_ones():
    with pytest.raises(ProbeError, match="'irony' is not known; known: vocabulary, very-short"):
        probe_named("irony")


def group(*expected: int | None) -> list[Case]:
    return [Case(str(order), "t", "t", value, "g", order) for order, value in enumerate(expected)]


@pytest.mark.parametrize(
    "judge, expected, probability, held",
    [
        (right_class, [1], [0.5], [True]),
        (right_class, [0], [0.5], [False]),
        (right_class, [0], [0.49], [True]),
        (near_the_middle, [None, None, None], [0.2, 0.8, 0.81], [True, True, False]),
        (unchanged, [None, None], [0.9, 0.51], [None, True]),  # the class stays, however far it moves
        (unchanged, [None, None], [0.55, 0.46], [None, True]),  # it flips by less than the tolerance
        (unchanged, [None, None], [0.65, 0.45], [None, False]),
        (moved_rightly, [1, 1, 1], [0.7, 0.61, 0.55], [None, True, False]),
        (moved_rightly, [0, 0, 0], [0.3, 0.39, 0.45], [None, True, False]),
        (moved_rightly, [1, 0], [0.95, 0.99], [None, None]),  # cannot rise by more than the tolerance
        (moved_rightly, [0, 1], [0.05, 0.0], [None, None]),
        (moved_rightly, [1, 1], [0.3, 0.1], [None, None]),  # misread from the start
        (moved_rightly, [None, 1], [0.3, 0.1], [None, False]),  # a user's own: no class is given
    ],
)
def test_the_rules_by_hand(judge, expected, probability, held):
    assert judge(group(*expected), np.array(probability)) == held


def test_slots_take_articles_capitals_and_second_values():
    template = Template("{A:good} film. {Good} and {good2}.", 1)
    texts = {case.text for case in cases_of("x", [template], {"good": ["odd", "fine"]})}
    assert texts == {"An odd film. Odd and fine.", "A fine film. Fine and odd."}


def test_a_slot_without_values_is_named():
    with pytest.raises(ProbeError, match=r"slot \{part\} has no values; slots: good"):
        cases_of("x", [Template("The {part}.", 1)], {"good": ["fine"]})

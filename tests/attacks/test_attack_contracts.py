"""The contracts find what is broken: each promise is broken once, by a thing that keeps all others."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest

from attacks.contracts import ContractError, check_identity, check_probe, check_recipe
from attacks.identities import ATTRIBUTES
from attacks.own.probes import from_content
from attacks.probes import PROBES
from attacks.probing.base import Capability, Case
from attacks.probing.judging import right_class, unchanged
from attacks.recipes import RECIPES, RecipeError
from attacks.rewriting.base import Refused

EMOJI, AGE, BUG = PROBES["emoji"], ATTRIBUTES["age"], RECIPES["deepwordbug"]
OWN = b"""
kind: MFT
templates:
  - {text: "The {part} is good.", expectation: positive}
slots:
  part: [end, plot]
"""


def broken(words: str):
    return pytest.raises(ContractError, match=re.escape(words))


def cases(**change):
    """The cases of `emoji`, the first one changed."""
    first, *others = EMOJI.cases()
    return lambda: [dataclasses.replace(first, **change), *others]


def pair(kind: str, *expected: int | None) -> Capability:
    made = [Case(f"a{n}", f"Text {n}.", "t", value, "g", n) for n, value in enumerate(expected)]
    return Capability("mine", "Mine", "A test.", kind, lambda: made, unchanged, family="own")


def test_a_probe_of_one_s_own_can_be_checked_and_may_be_small():
    check_probe(from_content(OWN, "endings.yaml"))
    check_probe(pair("INV", None, None))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Emoji!"}, "the name is 'Emoji!'"),
        ({"description": "A" * 140 + "."}, "has 141 characters"),
        ({"kind": "ABC"}, "its kind is 'ABC'"),
        ({"group": "pictures"}, "its group is 'pictures'"),
        ({"cases": list}, "it has no case"),
        ({"cases": iter([EMOJI.cases(), []]).__next__}, "differ from call to call"),
        ({"cases": cases(text=EMOJI.cases()[1].text)}, "two cases have the text"),
        ({"cases": cases(case_id=EMOJI.cases()[1].case_id)}, "two cases have the case_id"),
        ({"cases": cases(order=1)}, "not 0, 1, ..."),
        ({"cases": cases(expected=2)}, "expects 2; allowed in MFT"),
        ({"judge": lambda group, prob: []}, "its rule gives 0 verdicts for 1 cases"),
        ({"judge": lambda group, prob: [False] * len(group)}, "does not hold it"),
        ({"cases": lambda: EMOJI.cases()[:20]}, "it has 20 cases to judge; 60 or more"),
        (
            {"cases": lambda: [dataclasses.replace(case, template="one") for case in EMOJI.cases()]},
            "1 templates",
        ),
        (
            {"cases": lambda: [dataclasses.replace(case, expected=1) for case in EMOJI.cases()]},
            "all its cases have one answer",
        ),
    ],
)
def test_a_probe_that_breaks_a_promise_is_found(change, words):
    with broken(words):
        check_probe(dataclasses.replace(EMOJI, **change))


def test_a_group_that_does_not_fit_its_kind_is_found():
    with broken("has 2 cases, and needs one case"):
        check_probe(dataclasses.replace(pair("MFT", 1, 1), judge=right_class))
    with broken("has 1 cases, and needs an original"):
        check_probe(pair("INV", None))
    with broken("expects 1; allowed in INV"):
        check_probe(pair("INV", None, 1))


def rewritten(text, group, how):
    outcome = AGE.rewrite(text, group)
    return outcome if isinstance(outcome, Refused) else how(outcome, text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "the title is empty"),
        ({"note": ""}, "it has no note"),
        ({"groups": ("young",)}, "two or more, each once"),
        ({"templates": iter([AGE.templates(), []]).__next__}, "differ from call to call"),
        ({"templates": lambda: AGE.templates()[:2]}, "patterns; 8 or more"),
        ({"groups": (*AGE.groups, "elves")}, "has sentences of"),
        ({"mentioned": lambda text: frozenset(AGE.groups)}, "is also read as of"),
        ({"rewrite": lambda text, group: Refused("no")}, "can be rewritten"),
        ({"rewrite": lambda text, group: rewritten(text, group, lambda out, text: out + " ")}, "moved to"),
    ],
)
def test_an_identity_that_breaks_a_promise_is_found(change, words):
    with broken(words):
        check_identity(dataclasses.replace(AGE, **change))


def unsure(text, group):
    """Rewrite, but of a group that there is none of, say nothing."""
    return AGE.rewrite(text, group) if group in AGE.groups else Refused("no such group")


def test_an_unknown_group_must_be_an_error():
    with broken("raises no SliceError"):
        check_identity(dataclasses.replace(AGE, rewrite=unsure))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"description": "Two sentences. Here."}, "one sentence"),
        ({"kind": "mine"}, "its kind is 'mine'"),
        ({"source": ""}, "it has no source"),
        ({"constant_sources": {}}, "constant 'max_edit_distance' has no source"),
        ({"choices": {"max_edit_distance": ("near", "far")}}, "is 30; choices:"),
        ({"needs": ("unobtainium",)}, "names a resource that is not known: unobtainium"),
        ({"families": ("forest",)}, "names a family that is not known: forest"),
        ({"queries_per_word": 0}, "its queries per word are 0"),
    ],
)
def test_a_recipe_that_breaks_a_promise_is_found(change, words):
    with broken(words):
        check_recipe(dataclasses.replace(BUG, **change))


def test_a_recipe_whose_resource_is_not_here_is_not_called_checked(monkeypatch, tmp_path):
    monkeypatch.setenv("TA_CACHE_DIR", str(tmp_path))
    with pytest.raises(
        RecipeError, match="recipe 'textfooler' cannot be tried here: it needs Counter-fitted"
    ):
        check_recipe(RECIPES["textfooler"])


class Twice:
    """A victim that is asked everything twice."""

    def __init__(self, victim):
        self.victim = victim
        self.model = victim.model

    @property
    def asked(self):
        return self.victim.asked

    def __call__(self, texts):
        self.victim(texts)
        return self.victim(texts)


def test_a_recipe_that_asks_more_than_it_counts_is_found(textattack):
    recipe = dataclasses.replace(BUG, build=lambda victim, constants: BUG.build(Twice(victim), constants))
    with broken("queries"):
        check_recipe(recipe)


def test_a_recipe_that_does_not_keep_to_its_seed_is_found(textattack):
    others = itertools.cycle([BUG, RECIPES["input-reduction"], BUG])

    def build(victim, constants):
        recipe = next(others)
        return recipe.build(victim, recipe.constants)

    with broken("the same seed does not give the same attack"):
        check_recipe(dataclasses.replace(BUG, build=build))

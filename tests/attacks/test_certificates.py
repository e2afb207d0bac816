"""Certificates: no text within the edits is worse than the bound, and none that is found is made up.

The oracle is exhaustive: on small vocabularies and short texts every text is written and answered.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS

from attacks.certificates import edits as certified_edits
from attacks.certificates.edits import Edits, edits_of, words_of
from attacks.certificates.lattice import Lattice, lattice_of
from attacks.certificates.linear import TIME_UP, LinearCertifier, chosen
from attacks.certificates.margin import Margin
from attacks.certificates.schema import BROKEN, CERTIFIED, UNDECIDED, WRONG, CertificateSpec
from attacks.certificates.slots import Slot, Uncertifiable, Word, slots, written
from attacks.certificates.worst import WorstCase, _Part
from attacks.engine.attacker import Attacker, build
from attacks.engine.attacker import text_of as text_of_review
from attacks.language import wordnet
from attacks.recipes import RECIPES
from attacks.schema import AttackSpec, Example
from sentiment_core.classifiers.linear.classifier import LinearClassifier, Weighting
from sentiment_core.classifiers.linear.ngrams import Vocabulary, tokens
from sentiment_core.errors import RunError
from sentiment_core.execution.base import nothing

#: How often n-grams of one, two and three words are features of a random model.
KNOWN = {1: 0.9, 2: 0.4, 3: 0.2}
LOCALS = ("count", "binary", "sublinear")


class Case(NamedTuple):
    """A random model, a text, what may stand in the place of its words, and how many may be changed."""

    model: LinearClassifier
    text: str
    candidates: Mapping[str, Sequence[str]]
    changes: int

    def words(self) -> list[Word]:
        found, at = [], 0
        for word in self.text.split():
            at = self.text.index(word, at)
            found.append(Word(word, at, at + len(word)))
            at += len(word)
        return found

    def slots(self) -> list[Slot]:
        return slots(self.text, self.words(), lambda word: self.candidates[word], self.changes)

    def texts(self) -> list[str]:
        """Return every text, written without anything of ours."""
        words = self.text.split()
        ways = [[word, *dict.fromkeys(self.candidates[word])] for word in words]
        every = itertools.product(*ways)
        return [
            " ".join(new)
            for new in every
            if sum(one != other for one, other in zip(words, new, strict=True)) <= self.changes
        ]


def random_model(rng: np.random.Generator, words: Sequence[str]) -> LinearClassifier:
    n = len(words)
    keys = tuple(
        np.flatnonzero(rng.random(n**order) < KNOWN[order]).astype(np.int64)
        for order in range(1, int(rng.integers(1, 4)) + 1)
    )
    vocabulary = Vocabulary(tuple(words), keys)
    local = str(rng.choice(LOCALS))
    factors = rng.normal(0, 1, vocabulary.size) if local == "binary" else rng.uniform(0.3, 3, vocabulary.size)
    weighting = Weighting(local, factors, normalised=bool(rng.integers(2)))
    return LinearClassifier(
        "random", vocabulary, weighting, rng.normal(0, 1, vocabulary.size), float(rng.normal(0, 1))
    )


def random_case(seed: int) -> Case:
    """Return a case: few words, so that they repeat, some unknown, and some read as several words."""
    rng = np.random.default_rng(seed)
    words = [chr(97 + i) for i in range(rng.integers(2, 6))]
    model = random_model(rng, words)
    tokens = [str(rng.choice([*words, "unknown", "."])) for _ in range(rng.integers(1, 7))]
    pool = [*words, "other", f"{words[0]}-{words[1]}"]
    candidates = {
        token: [str(new) for new in rng.choice(pool, size=rng.integers(0, 4)) if new != token]
        for token in dict.fromkeys(tokens)
    }
    return Case(model, " ".join(tokens), candidates | {".": []}, int(rng.integers(1, 4)))


def text_of(case: Case, lattice: Lattice, pairs: Any) -> str:
    found = case.slots()
    return written(case.text, found, chosen(lattice, pairs, len(found)))


@pytest.mark.parametrize("first", range(0, 800, 200))
def test_no_text_is_worse_than_the_bound_and_the_worst_text_found_is_one_of_them(first: int) -> None:
    decided = total = 0
    for seed in range(first, first + 200):
        case = random_case(seed)
        lattice = lattice_of(case.slots(), case.model.vocabulary)
        every = case.texts()
        log_odds = case.model.log_odds(every)
        for label, sign in ((1, 1.0), (0, -1.0)):
            if not lattice.steps:
                assert np.ptp(log_odds) < 1e-9
                continue
            answer = WorstCase(lattice, Margin(case.model, case.text, label, lattice), case.changes).answer()
            worst = float((sign * log_odds).min())
            assert answer.least <= worst + 1e-9, (seed, label)
            assert worst > 0 or not answer.safe, (seed, label)
            text = text_of(case, lattice, answer.worst)
            assert text in every, (seed, label)
            assert answer.margin == pytest.approx(sign * case.model.log_odds([text])[0], abs=1e-9)
            total += 1
            decided += answer.safe or answer.margin < 0
    assert decided >= 0.9 * total  # what is left has texts without a known word


def test_a_model_that_no_substitute_touches_is_certified_at_once() -> None:
    case = random_case(3)
    words = ("good", "bad", "fine", "poor")
    vocabulary = Vocabulary(words, (np.arange(4, dtype=np.int64), np.arange(16, dtype=np.int64)))
    weights = np.zeros(vocabulary.size)
    weights[0] = 2.0  # of "good", which nothing stands for and which stands for nothing
    model = LinearClassifier("m", vocabulary, Weighting("sublinear", np.ones(20), True), weights, 0.1)
    case = case._replace(
        model=model, text="good fine bad poor bad fine", changes=3,
        candidates={"good": [], "fine": ["poor", "bad"], "bad": ["fine"], "poor": ["fine"]},
    )  # fmt: skip
    lattice = lattice_of(case.slots(), vocabulary)
    answer = WorstCase(lattice, Margin(model, case.text, 1, lattice), 3).answer()
    assert lattice.steps and answer.safe and answer.parts == 1


def test_a_bag_of_words_is_certified_exactly() -> None:
    """Without weighting of counts and without a length the bound is the worst text's own margin."""
    for seed in range(1000, 1400):
        case = random_case(seed)
        model = case.model
        if model.weighting.local != "count" or model.weighting.normalised:
            continue
        lattice = lattice_of(case.slots(), model.vocabulary)
        if lattice.steps:
            answer = WorstCase(lattice, Margin(model, case.text, 1, lattice), case.changes).answer()
            assert answer.least <= (worst := model.log_odds(case.texts()).min()) + 1e-9
            assert not answer.safe or answer.least >= worst - 1e-9 or answer.least > 0
            assert answer.safe == (worst > 1e-9)


def test_a_branch_cuts_the_texts_in_two_and_loses_none() -> None:
    for seed in range(40):
        case = random_case(seed)
        lattice = lattice_of(case.slots(), case.model.vocabulary)
        if not lattice.steps:
            continue
        worst = WorstCase(lattice, Margin(case.model, case.text, 1, lattice), case.changes)
        whole = worst._bound(_Part())
        for at, step in enumerate(lattice.steps):
            options = np.zeros(len(step.options), dtype=bool)
            options[0] = True
            parts = [worst._bound(_Part().only(at, some)) for some in (options, ~options)]
            assert min(part.least for part in parts) >= whole.least - 1e-9, seed


# --- slots ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*EDGE_TEXTS, "can’t don’t/won't 'tis rock'n'roll İs x_y e-mail"])
def test_slots_are_read_by_themselves(textattack: Any, text: str) -> None:
    """Tokens of the slots are those of the whole text, with every word replaced and with none."""
    found = slots(text, words_of(text), lambda word: ["Well-made", "isn't"], 1)
    for variant in (0, 1, 2):
        chosen = [variant if len(slot.variants) > variant else 0 for slot in found]
        alone = [
            token
            for slot, one in zip(found, chosen, strict=True)
            for token in tokens(slot.variants[one].text)
        ]
        assert alone == tokens(written(text, found, chosen))


def test_what_cannot_be_looked_at_completely_is_said(textattack: Any) -> None:
    with pytest.raises(Uncertifiable, match="cuts"):
        words_of("one <SPLIT> two")
    for text, said in (("ΟΔΟΣ. x", "Σ"), ("x" * 50_000, "letters"), ("a’" * 9 + "b", "ways of writing")):
        with pytest.raises(Uncertifiable, match=said):
            slots(text, words_of(text), lambda word: [f"{i}" for i in range(9)], 9)


# --- whose edits ---------------------------------------------------------------------------------

SENTENCE = "Wonderful acting, and the well-made story moved them; don't miss it!"


@pytest.mark.parametrize("recipe", ["deepwordbug", "pruthi", "pwws"])
def test_every_text_that_a_recipe_makes_of_one_word_is_among_its_candidates(
    textattack: Any, recipe: str
) -> None:
    if recipe == "pwws" and not wordnet.there():
        pytest.skip("WordNet is not on this machine")
    attack = build(recipe, {}, certified_edits._Nobody())
    found, before = edits_of("wordnet", recipe), text_of_review(SENTENCE)
    made: set[tuple[int, str]] = set()
    for _ in range(1 if recipe == "pwws" else 30):
        for after in attack.get_transformations(before, original_text=before):
            (index,) = after.attack_attrs["newly_modified_indices"]
            made.add((index, after.words[index].lower()))
    known = {(at, new.lower()) for at, word in enumerate(before.words) for new in found.candidates(word)}
    as_it_is = {(at, word.lower()) for at, word in enumerate(before.words)}  # read alike, so no change
    assert made - as_it_is and made <= known | as_it_is
    if recipe == "pwws":
        assert made == known


def test_a_recipe_whose_edits_cannot_be_stated_is_refused_in_one_line(textattack: Any) -> None:
    for recipe in ("leap", "bad-characters", "textfooler-style"):
        if "wordnet" in RECIPES[recipe].needs and not wordnet.there():
            continue
        with pytest.raises(RunError, match="cannot be stated word by word") as caught:
            edits_of("wordnet", recipe)
        assert "\n" not in str(caught.value) and recipe in str(caught.value)


def test_more_changes_than_a_recipe_s_limit_leaves_free_are_refused() -> None:
    with pytest.raises(RunError, match="give 15 or less"):
        certified_edits.check("letters", None, {}, (1, 16))


# --- whole reviews, and attacks on them ----------------------------------------------------------


@pytest.fixture
def letters(textattack: Any) -> Edits:
    return edits_of("letters")


def certifier(model: Any, edits: Edits, *changes: int) -> LinearCertifier:
    return LinearCertifier(model, edits, CertificateSpec("m", "letters", changes=changes))


@pytest.mark.parametrize("family", ["tfidf", "nbsvm", "bow"])
def test_no_attack_turns_a_certified_review_and_every_witness_is_within_the_edits(
    attack_model: Any, attack_reviews: Any, letters: Edits, family: str
) -> None:
    model = attack_model(family)
    certify = certifier(model, letters, 1, 2, 4)
    attack = Attacker(AttackSpec("m", "deepwordbug"), model)
    statuses = set()
    for row in attack_reviews.head(6).itertuples():
        example = Example(row.example_id, row.text, int(row.label))
        certificate, record = certify(example, nothing), attack(example, nothing)
        for found in certificate.rows:
            statuses.add(found.status)
            assert (found.status == WRONG) == (record.outcome == "skipped")
            turned = record.outcome == "succeeded" and record.words_changed <= found.k
            assert not (turned and found.status == CERTIFIED)
            if found.status == BROKEN:
                assert (model.predict_proba([found.witness])[0, 1] >= 0.5) != example.label
                assert within(example.text, found.witness, letters, found.k)
    assert CERTIFIED in statuses and BROKEN in statuses


def within(before: str, after: str, edits: Edits, changes: int) -> bool:
    pairs = list(zip(words_of(before), words_of(after), strict=True))
    changed = [(old.text, new.text) for old, new in pairs if old.text != new.text]
    return len(changed) <= changes and all(new in edits.candidates(old) for old, new in changed)


@pytest.mark.parametrize("text", [*EDGE_TEXTS, "<SPLIT> good", "ΣΑΣ good", "y" * 50_000])
def test_edge_texts_get_a_certificate(attack_model: Any, letters: Edits, text: str) -> None:
    rows = certifier(attack_model("nbsvm"), letters, 1, 3)(Example("e", text, 1), nothing).rows
    assert [row.k for row in rows] == [1, 3]
    assert all(row.why for row in rows if row.status == UNDECIDED)


def test_a_limit_on_time_leaves_reviews_undecided_and_says_so(
    attack_model: Any, attack_reviews: Any, letters: Edits
) -> None:
    spec = CertificateSpec("m", "letters", changes=(4,), seconds=1e-9)
    certify = LinearCertifier(attack_model("tfidf"), letters, spec)
    rows = [
        certify(Example(str(row.example_id), row.text, int(row.label)), nothing).rows[0]
        for row in attack_reviews.head(10).itertuples()
    ]
    assert all(row.why == TIME_UP for row in rows if row.status == UNDECIDED)

"""Stock recipes against TextAttack's own, chance against what it copies, and what the styles let pass."""

from __future__ import annotations

import math

import pytest

from attacks.composition import parts
from attacks.contracts.recipes import REVIEW, keyword_victim
from attacks.language import wordnet
from attacks.language.spelling import HOMOGLYPHS
from attacks.recipes import RECIPES, settled

needs_wordnet = pytest.mark.skipif(not wordnet.there(), reason="WordNet is not on this machine")

UNCHANGED = {
    "deepwordbug": "DeepWordBugGao2018",
    "pruthi": "Pruthi2019",
    "input-reduction": "InputReductionFeng2018",
}
WITHOUT_DOWNLOAD = {"pwws": "PWWSRen2019", "leap": "LEAP2023"}
WORDS = ["good", "film", "loved", "slow", "Boring", "story", "xyzzy", "", "naïve", "set"]


def ours(name, **params):
    recipe = RECIPES[name]
    return recipe.build(keyword_victim(), settled(recipe, params))


def stock(class_name, *args, **params):
    from textattack import attack_recipes

    return getattr(attack_recipes, class_name).build(keyword_victim(), *args, **params)


def attacked(attack, text=REVIEW, label=1, seed=5):
    from textattack.shared import AttackedText
    from textattack.shared.utils import set_seed

    set_seed(seed)
    result = attack.attack(AttackedText(text), label)
    return result.perturbed_result.attacked_text.text, result.num_queries


@pytest.fixture
def silent_nltk(monkeypatch, textattack):
    """Let stock's nltk.download do nothing, as it does without a network."""
    import nltk

    monkeypatch.setattr(nltk, "download", lambda *args, **kwargs: False)


@pytest.mark.parametrize(("name", "class_name"), UNCHANGED.items())
def test_a_stock_recipe_is_textattacks_own(name, class_name, textattack):
    assert repr(ours(name)) == repr(stock(class_name))
    assert attacked(ours(name)) == attacked(stock(class_name))


@needs_wordnet
@pytest.mark.parametrize(("name", "class_name"), WITHOUT_DOWNLOAD.items())
def test_a_recipe_without_its_download_is_otherwise_textattacks_own(name, class_name, silent_nltk):
    wordnet.reader()
    mine, theirs = ours(name), stock(class_name)
    assert repr(mine).replace("OfflineWordNet", "WordSwapWordNet") == repr(theirs)
    for word in WORDS:
        found = theirs.transformation._get_replacement_words(word)
        assert mine.transformation._get_replacement_words(word) == sorted(found)
    unsorted = theirs.transformation._get_replacement_words
    theirs.transformation._get_replacement_words = lambda *args, **kwargs: sorted(unsorted(*args, **kwargs))
    for attack in (mine, theirs):
        attack.goal_function.query_budget = 300
    assert attacked(mine) == attacked(theirs)


@pytest.mark.parametrize("kind", ["invisible", "deletions", "reorderings"])
def test_untargeted_bad_characters_are_textattacks_aimed_at_the_other_class(kind, textattack):
    theirs = stock("BadCharacters2021", "targeted_classification", kind, target_class=0)
    mine = ours("bad-characters", perturbation=kind)
    assert repr(mine.transformation) == repr(theirs.transformation)
    assert vars(mine.search_method).keys() >= {"popsize", "maxiter", "max_perturbs"}
    for setting in ("popsize", "maxiter", "max_perturbs"):
        assert getattr(mine.search_method, setting) == getattr(theirs.search_method, setting)
    assert attacked(mine) == attacked(theirs)


def test_pruthi_changes_as_many_long_words_as_asked(textattack):
    text, _ = attacked(ours("pruthi", max_num_word_swaps=2, min_word_length=5))
    changed = [pair for pair in zip(REVIEW.split(), text.split(), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 2
    assert all(len(old) >= 5 and old[0] == new[0] and old[-1] == new[-1] for old, new in changed)


def test_homoglyphs_are_one_letter_that_is_not_latin_for_one_that_is(textattack):
    import unicodedata

    assert all(latin.isascii() and len(alike) == 1 for latin, alike in HOMOGLYPHS.items())
    assert len(set(HOMOGLYPHS.values())) == len(HOMOGLYPHS)
    for latin, alike in HOMOGLYPHS.items():
        assert unicodedata.category(alike) == ("Ll" if latin.islower() else "Lu")
    assert parts.homoglyph_swap()._get_replacement_words("cm") == [HOMOGLYPHS["c"] + "m"]
    text, _ = attacked(ours("bad-characters", perturbation="homoglyphs", perturbs=3, maxiter=2))
    changed = [pair for pair in zip(REVIEW, text, strict=True) if pair[0] != pair[1]]
    assert 1 <= len(changed) <= 3
    assert all(HOMOGLYPHS[old] == new for old, new in changed)


def test_chance_makes_the_same_kind_of_edits_and_no_more_than_its_share(textattack):
    from rapidfuzz.distance import Levenshtein

    text, queries = attacked(ours("random", max_share=0.2))
    pairs = [pair for pair in zip(REVIEW.split(), text.split(), strict=True) if pair[0] != pair[1]]
    assert len(pairs) == math.ceil(0.2 * len(REVIEW.split())) == queries - 1
    assert all(Levenshtein.distance(old, new) <= 2 for old, new in pairs)  # two for swapped neighbours
    stop = set(parts.textattack().constraints.pre_transformation.StopwordModification().stopwords)
    assert not stop & {old.lower() for old, _ in pairs}


def test_chance_picks_other_words_under_another_seed_and_stops_at_the_flip(textattack):
    assert len({attacked(ours("random", max_share=0.1), seed=seed)[0] for seed in range(4)}) > 1
    before = "good bad table chair lamp sofa shelf"
    ends = set()
    for seed in range(8):
        text, queries = attacked(ours("random", max_share=1.0), before, seed=seed)
        changed = [old for old, new in zip(before.split(), text.split(), strict=True) if old != new]
        assert queries - 1 == len(changed)
        flipped = "good" in changed and "bad" not in changed  # praise gone, blame left
        assert flipped or len(changed) == 7
        ends.add(flipped)
    assert ends == {True, False}


@needs_wordnet
def test_chance_can_copy_another_recipe(textattack):
    text, _ = attacked(ours("random", like="pwws", max_share=0.2))
    for old, new in zip(REVIEW.split(), text.split(), strict=True):
        word, synonym = old.strip("."), new.strip(".")
        assert old == new or synonym in parts.wordnet_swap()._get_replacement_words(word)


def test_the_part_of_speech_is_kept(textattack):
    from textattack.shared import AttackedText

    keep = parts.same_part_of_speech(allow_verb_noun_swap=False)
    before = AttackedText("They loved this boring film")
    for place, word, kept in [
        (3, "dull", True),
        (3, "bore", False),
        (4, "story", True),
        (1, "quickly", False),
    ]:
        assert keep._check_constraint(before.replace_word_at_index(place, word), before) is kept


def test_the_meaning_is_compared_around_the_change_in_short_texts_too(textattack):
    from textattack.shared import AttackedText

    from attacks.language import encoder

    before = AttackedText("a good film")
    after = before.replace_word_at_index(1, "stolen")
    cosine = encoder.similarities([(before.text, after.text)])[0]
    for threshold in (cosine - 0.01, cosine + 0.01):
        keep = parts.meaning(threshold, 15)
        assert bool(keep._check_constraint(after, before)) == (cosine >= threshold)
        assert (len(keep._check_constraint_many([after], before)) == 1) == (cosine >= threshold)
    long = AttackedText("word " * 40 + "a good film " + "word " * 40)
    changed = long.replace_word_at_index(41, "stolen")
    parts.meaning(0.0, 5)._check_constraint_many([changed], long)
    around = [text.text_window_around_index(41, 5) for text in (long, changed)]
    expected = encoder.similarities([tuple(around)])[0]
    assert changed.attack_attrs["similarity_score"] == pytest.approx(expected, abs=1e-5)

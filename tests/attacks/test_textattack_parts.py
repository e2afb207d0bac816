"""The parts of TextAttack that `engine/fast` replaces are those that were read: file, line and content.

`test_exactness.py` compares results; this names the part that an upgrade changed, so that it is read again.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
from pathlib import Path

import pytest

from attacks.engine import fast

#: module: name of the part, its first line, and the start of the SHA-256 of its source.
READ = """
attack: Attack.clear_cache 166 14d5cd27e65a
attack: Attack.get_transformations 309 cdf365668982
attack: Attack.filter_transformations 379 98422110aa5b
attack: Attack._filter_transformations_uncached 347 37bf1f80e0d9
shared.attacked_text: AttackedText.__init__ 47 176294f1c345
shared.attacked_text: AttackedText.__eq__ 76 bb4de4b4a036
shared.attacked_text: AttackedText.__hash__ 90 b306755b13fe
shared.attacked_text: AttackedText._text_index_of_word_index 199 836d16ce9a86
shared.attacked_text: AttackedText.all_words_diff 249 54731d307b58
shared.attacked_text: AttackedText.replace_word_at_index 362 bdac923138e5
shared.attacked_text: AttackedText.generate_new_attacked_text 396 a991b58e18aa
shared.attacked_text: AttackedText.tokenizer_input 560 915fdb58a27c
shared.attacked_text: AttackedText.words_per_input 578 18397ab41e03
shared.attacked_text: AttackedText.words 587 f0ad4dae40b7
shared.attacked_text: AttackedText.text 593 9f857c915240
shared.attacked_text: AttackedText.num_words 601 eddbb880c907
shared.utils.strings: words_from_text 31 346d885255b7
goal_functions.goal_function: GoalFunction.clear_cache 59 3a859bafe240
goal_functions.goal_function: GoalFunction.get_results 84 7f5b2373ac2d
goal_functions.goal_function: GoalFunction._get_goal_status 117 8a5d5b3a6433
goal_functions.goal_function: GoalFunction._call_model_uncached 159 d3a54be2bc17
goal_functions.goal_function: GoalFunction._call_model 201 49b0654a0d99
goal_functions.classification.classification_goal_function: ClassificationGoalFunction._process_model_outputs 17 4326d4f1513a
goal_functions.classification.untargeted_classification: UntargetedClassification._is_goal_complete 24 74779a53e572
goal_functions.classification.untargeted_classification: UntargetedClassification._get_score 34 98245288739f
constraints.constraint: Constraint.call_many 27 22126f543d5c
constraints.overlap.levenshtein_edit_distance: LevenshteinEditDistance._check_constraint 29 e8f3ca002e3c
constraints.overlap.max_words_perturbed: MaxWordsPerturbed._check_constraint 40 0f14ff3467df
constraints.pre_transformation.stopword_modification: StopwordModification._get_modifiable_indices 23 a85fe9a1231a
constraints.pre_transformation.repeat_modification: RepeatModification._get_modifiable_indices 14 1115b4c6774c
constraints.pre_transformation.min_word_length: MinWordLength._get_modifiable_indices 22 5530fdd3d5db
transformations.word_swaps.word_swap_wordnet: WordSwapWordNet._get_replacement_words 33 a3c9f91d6872
search_methods.improved_genetic_algorithm: ImprovedGeneticAlgorithm._initialize_population 101 178a8101c1d5
search_methods.genetic_algorithm: GeneticAlgorithm._perturb 64 eb2c02bbed04
"""  # noqa: E501
PARTS = [line.replace(": ", " ").split() for line in READ.strip().splitlines()]
#: A reference in a comment: "attacked_text.py:396".
REFERENCE = re.compile(r"\b(\w+\.py):(\d+(?:, \d+)*)")


def source_of(module: str, name: str) -> tuple[str, int]:
    """Return a part's source and its first line in its file."""
    part = importlib.import_module(f"textattack.{module}")
    for step in name.split("."):
        part = inspect.getattr_static(part, step)
    lines, first = inspect.getsourcelines(part.fget if isinstance(part, property) else part)
    return "".join(lines), first


@pytest.mark.parametrize(("module", "name", "line", "digest"), PARTS, ids=lambda value: str(value))
def test_a_part_that_is_replaced_is_the_one_that_was_read(textattack, module, name, line, digest):
    source, first = source_of(module, name)
    found = hashlib.sha256(source.encode()).hexdigest()[:12]
    assert (first, found) == (int(line), digest), f"read {name} again, and what engine/fast makes of it"


def test_every_file_and_line_named_in_a_comment_is_a_part_that_is_checked_here():
    checked = {(f"{module.rsplit('.', 1)[-1]}.py", line) for module, _, line, _ in PARTS}
    named = set()
    for path in Path(fast.__file__).parent.glob("*.py"):
        for file, lines in REFERENCE.findall(path.read_text(encoding="utf-8")):
            named |= {(file, line) for line in lines.split(", ")}
    assert len(named) > 15
    assert named <= checked

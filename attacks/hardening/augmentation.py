"""Edited copies of training reviews: from attacks, and made without querying a model for each edit.

An attack on a transformer costs hundreds of queries a review; edits in the manner of a recipe cost none. They
fall on words at random or, for models whose log-odds are a sum over words, on the words that weigh most:
training on reviews without them spreads the weight over the others (Globerson & Roweis 2006, "Nightmare at
test time: robust learning by feature deletion").
"""

from __future__ import annotations

import dataclasses
import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.batches.files import RESULTS
from attacks.engine.attacker import build, seed_of
from attacks.own.recipes import recipe_named
from attacks.recipes import RecipeError, missing
from attacks.resources.offline import textattack
from attacks.resources.stopwords import STOPWORDS
from attacks.schema import Example
from sentiment_core import models
from sentiment_core.classifiers.base import Classifier, LinearInWords, Progress, no_progress
from sentiment_core.errors import DataError, ResourceMissing
from sentiment_core.storage import provenance, runs, workspace
from sentiment_core.training import edited_reviews

KIND = "augmentation"
#: Which words are edited.
WORDS = ("random", "telling")
#: What `rows` returns and the command writes.
ROW_COLUMNS = ("text", "label", "source_run", "example_id")

#: A word with what TextAttack keeps inside of words; one letter alone is left as it is.
_WORD = re.compile(r"\w[\w'’@*-]*\w")


@dataclass(frozen=True)
class AugmentationSpec:
    """Everything that decides the edits.

    Attributes:
        recipe: whose edits are made: each word by one of its candidates, at random, without its constraints.
        words: random, or telling: those that speak most for the label to `model_id`.
        share: how many of a review's words are edited, as a share.
        most: and at most so many.
        copies: edited copies a review.
        data: name, fingerprint and split of the data set.
    """

    recipe: str
    words: str = "random"
    model_id: str | None = None
    share: float = 0.15
    most: int = 30
    copies: int = 1
    seed: int = 0
    data: dict[str, Any] = dataclasses.field(default_factory=dict)


def rows(run_ids: Sequence[str], *, failed: bool = False) -> pd.DataFrame:
    """Return ROW_COLUMNS of finished runs on training reviews, each text once.

    Args:
        run_ids: attacks or augmentations.
        failed: also use the best tries of attacks that failed.

    Raises:
        DataError: a run was made on held-out reviews, or is not finished.
    """
    found = edited_reviews.read(run_ids, failed=failed).rows
    return found.drop_duplicates("text")[list(ROW_COLUMNS)].reset_index(drop=True)


def augment(spec: AugmentationSpec, examples: Sequence[Example], progress: Progress = no_progress) -> str:
    """Edit copies of reviews, keep them as a run of kind "augmentation", and return its id.

    Raises:
        DataError: the reviews are not of a training split, or a setting is out of range.
        RecipeError: the recipe does more than change single words.
    """
    _check(spec)
    model = models.load_model(spec.model_id) if spec.model_id else None
    if model is not None:
        spec = dataclasses.replace(spec, model_id=models.resolve(str(spec.model_id)).model_id)
    records = list(_records(spec, examples, model, progress))  # before a folder is made: a cancel leaves none
    record = dataclasses.asdict(spec) | {"example_ids": [example.example_id for example in examples]}
    folder = runs.create(KIND, runs.new_run_id(f"augment-{spec.recipe}", spec.words, record), record)
    edited = pd.DataFrame(records, columns=list(edited_reviews.COLUMNS))
    workspace.write_parquet(folder / RESULTS, edited)
    manifest = {
        "spec": dataclasses.asdict(spec),
        "n": len(records),
        **provenance.of_files(folder / RESULTS),
    }
    runs.finish(folder, manifest)
    return folder.name


def edited(text: str, label: int, spec: AugmentationSpec, candidates: Any, model: Classifier | None) -> str:
    """Return the text with some words replaced; the process's generators of chance must be seeded.

    Args:
        text: a review.
        label: 0 negative, 1 positive.
        spec: how many words, and which.
        candidates: word -> list of what it may become.
        model: one that is LinearInWords where telling words are edited.
    """
    places = _in_order(text, label, spec.words, model)
    left = min(spec.most, math.ceil(spec.share * len(places)))
    chosen: dict[tuple[int, int], str] = {}
    for start, end in places:
        if len(chosen) >= left:
            break
        options = [word for word in candidates(text[start:end]) if word and word != text[start:end]]
        if options:
            chosen[start, end] = random.choice(options)
    for (start, end), word in sorted(chosen.items(), reverse=True):
        text = text[:start] + word + text[end:]
    return text


def candidates_of(recipe: str) -> Any:
    """Return word -> list of the words that a recipe's transformation may put in its place.

    Raises:
        RecipeError: it does not change word by word.
        ResourceMissing: it needs something that is not here.
    """
    found = recipe_named(recipe)
    lacking = missing(found)
    if lacking:
        needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
        raise ResourceMissing(f"recipe {recipe!r} needs {needs}")
    textattack()
    from textattack.transformations import CompositeTransformation, WordSwap

    transformation = build(recipe, {}, _nobody()).transformation
    is_composite = isinstance(transformation, CompositeTransformation)
    parts = transformation.transformations if is_composite else [transformation]
    if not all(isinstance(part, WordSwap) and _changes_single_words(part) for part in parts):
        raise RecipeError(
            f"recipe {recipe!r} does more than replace single words; "
            "edit in the manner of another, for example deepwordbug or pwws"
        )
    return lambda word: [new for part in parts for new in part._get_replacement_words(word)]


def _records(
    spec: AugmentationSpec, examples: Sequence[Example], model: Classifier | None, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    candidates = candidates_of(spec.recipe)
    from textattack.shared.utils import set_seed

    for place, example in enumerate(examples):
        progress(place, len(examples), f"editing in the manner of {spec.recipe}")
        for copy in range(spec.copies):
            set_seed(seed_of(spec.seed, f"{example.example_id}:{copy}"))
            text = edited(example.text, example.label, spec, candidates, model)
            if text != example.text:
                yield example.example_id, example.label, "edited", example.text, text


def _in_order(text: str, label: int, words: str, model: Classifier | None) -> list[tuple[int, int]]:
    """Return (start, end) of the words that may be edited, those to be edited first in front."""
    places = [match.span() for match in _WORD.finditer(text)]
    places = [(start, end) for start, end in places if text[start:end].lower() not in STOPWORDS]
    if words == "random":
        random.shuffle(places)
        return places
    assert isinstance(model, LinearInWords)
    weights = _weights(places, model.word_weights(text), 1 if label == 1 else -1)
    speaking = [place for place in places if weights[place] > 0]
    return sorted(speaking, key=lambda place: -weights[place])


def _weights(
    places: Sequence[tuple[int, int]], shares: Sequence[tuple[int, int, float]], sign: int
) -> dict[tuple[int, int], float]:
    """Return what each word says for the label: a word may be several of the model's tokens."""
    owner = {at: place for place in places for at in range(*place)}
    weights = dict.fromkeys(places, 0.0)
    for start, _, weight in shares:
        if start in owner:
            weights[owner[start]] += sign * weight
    return weights


def _changes_single_words(part: Any) -> bool:
    from textattack.transformations import WordSwap

    return type(part)._get_replacement_words is not WordSwap._get_replacement_words


def _nobody() -> Any:
    """Return a victim that is never asked: recipes are built around one."""
    from textattack.models.wrappers import ModelWrapper

    class Nobody(ModelWrapper):
        model = None

        def __call__(self, texts: Sequence[str]) -> Any:
            raise NotImplementedError

    return Nobody()


def _check(spec: AugmentationSpec) -> None:
    if spec.words not in WORDS:
        raise DataError(f"words is {spec.words!r}; allowed: {', '.join(WORDS)}")
    if not 0 < spec.share <= 1 or spec.most < 1 or spec.copies < 1:
        raise DataError(
            f"share {spec.share:g}, most {spec.most}, copies {spec.copies} are not possible; "
            "give a share above 0 and up to 1, and 1 or more of the others"
        )
    if spec.data.get("split") != "train":
        raise DataError(
            f"the reviews are of split {spec.data.get('split')!r}; training on edited copies of held-out "
            "reviews would leak into what is measured: take the training reviews"
        )
    if spec.words == "telling":
        _check_telling(spec)


def _check_telling(spec: AugmentationSpec) -> None:
    if spec.model_id is None:
        raise DataError("--words telling needs a model; name one with --model, or edit random words")
    if not isinstance(models.load_model(spec.model_id), LinearInWords):
        raise DataError(
            f"model {spec.model_id!r} cannot say what each word weighs; "
            "edit random words, or name a linear model"
        )

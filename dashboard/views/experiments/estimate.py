"""How long a training will take, before it is started: from past ones, else from constants. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.views.experiments.plan import (
    TRANSFORMER,
    Blend,
    Curve,
    FineTune,
    Linear,
    Plan,
    Search,
    preset_settings,
)
from dashboard.wording import format_seconds
from sentiment_core.errors import DataError
from sentiment_core.models import ModelCard
from sentiment_core.storage import workspace
from sentiment_core.training.presets import preset_named
from sentiment_core.training.rows import VALIDATION_SHARE

#: Measured with distilbert-minilm on two cores in single precision: about 10 reviews a second at 128
#: tokens and 5 at 256, forward and backward. Everything else is scaled from here.
TOKENS_PER_SECOND = 1_280.0
#: A forward pass without a backward one.
VALIDATION_COST = 1 / 3
#: Libraries, weights and tokens, before the first step.
START_SECONDS = 15.0
#: Measured with tfidf on 20,000 IMDb reviews (4.6 million words) on one core: 33 to 47 seconds.
LINEAR_WORDS_PER_SECOND = 1e5
#: Measured with tfidf on the 4,000 embedded test reviews (0.94 million words), on one core: 4.4 seconds.
LINEAR_WORDS_READ_PER_SECOND = 2e5
#: WordPiece tokens a word, and the two special ones.
TOKENS_PER_WORD, SPECIAL_TOKENS = 1.3, 2

#: (layers, width) of bases of common bases; a folder has them in its config.json. The time of an
#: encoder's matrices grows with layers x width^2.
SHAPES = {
    "distilbert-minilm": (6, 384),
    "distilbert-base-uncased": (6, 768),
    "distilbert-base-multilingual-cased": (6, 768),
    "roberta-large": (24, 1024),
    "bert-large-uncased": (24, 1024),
}
#: BERT-base, RoBERTa-base, XLM-R-base, and unknown bases.
USUAL_SHAPE = (12, 768)

#: The middle of what a search tries.
SEARCH_EPOCHS = 2.5


@dataclass(frozen=True)
class DataFacts:
    """What an estimate needs to know of a data set; `words` is of a sample of its training reviews."""

    n_train: int
    n_validation: int
    words: tuple[int, ...]
    splits_itself: bool
    n_test: int = 0


#: The embedded sets never change, and preparing them takes half a minute the first time: the page need not
#: wait for it. Words at the middle of each tenth of the training reviews; a test holds them to the data.
IMDB_WORDS = (63, 109, 126, 141, 160, 187, 225, 280, 369, 589)
EMBEDDED = {
    "imdb-embedded": DataFacts(20_000, 1_000, IMDB_WORDS, False, n_test=4_000),
    "rotten-tomatoes-embedded": DataFacts(6_824, 0, (7, 11, 14, 17, 19, 22, 24, 27, 31, 37), True, 853),
}
#: The hub's set is not downloaded for an estimate either; the embedded reviews are its training split.
KNOWN = EMBEDDED | {"imdb": DataFacts(25_000, 0, IMDB_WORDS, False, n_test=25_000)}


@dataclass(frozen=True)
class Expected:
    """Seconds, and in a sentence what they come from."""

    seconds: float
    source: str


def expected(plan: Plan, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    """Return how long a plan will take on data like this, given the trainings of the past."""
    if isinstance(plan, Search):
        return _search(plan, facts, past)
    if isinstance(plan, Linear):
        return _linear(plan, facts, past)
    if isinstance(plan, Blend):
        return _blend(plan, facts, past)
    if isinstance(plan, Curve):
        return _curve(plan, facts, past)
    return _fine_tuning(plan, facts, past)


def tokens_read(words: Sequence[int], max_length: int) -> float:
    """Return the mean number of tokens that a model reads of a review, at most `max_length`."""
    counts: NDArray[np.float64] = np.asarray(words, dtype=float) * TOKENS_PER_WORD + SPECIAL_TOKENS
    return float(np.minimum(counts, max_length).mean()) if counts.size else float(max_length)


def relative_cost(base: str) -> float:
    """Return how many times longer a token takes than in distilbert-minilm."""
    layers, width = _shape(base)
    known_layers, known_width = SHAPES["distilbert-minilm"]
    return layers * width**2 / (known_layers * known_width**2)


def reviews_per_second(card: ModelCard) -> float:
    """Return how many reviews a training went through in a second, each epoch counted; 0 if not recorded."""
    manifest = card.manifest
    if manifest.get("resumed") or not manifest.get("seconds"):
        return 0.0  # a resumed training counts the seconds since its last start only
    epochs = float(manifest["params"].get("epochs", 1.0))
    return float(manifest["data"]["n_train"]) * epochs / float(manifest["seconds"])


def _fine_tuning(plan: FineTune, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    length = int(plan.settings["max_length"])
    epochs = float(plan.settings["epochs"])
    reviews = _size(plan.train_size, facts) * epochs
    tokens = tokens_read(facts.words, length)
    card = _measured(plan.base, length, past)
    if card is None:
        validation = facts.n_validation * max(1.0, epochs) * VALIDATION_COST
        to_read = (reviews + validation) * tokens
        seconds = START_SECONDS + to_read * relative_cost(plan.base) / TOKENS_PER_SECOND
        return Expected(seconds, _from_table(plan.base, to_read))
    its_length = int(card.manifest["params"]["max_length"])
    share = tokens_read(facts.words, its_length) / tokens
    past_rate = _from_past(card, f" at up to {its_length} tokens")
    scaled = f"; at up to {length} tokens {reviews_per_second(card) * share:,.1f}" if share != 1 else ""
    return Expected(
        reviews / (reviews_per_second(card) * share),
        f"{reviews:,.0f} reviews in all epochs, {past_rate}{scaled}",
    )


def _linear(plan: Linear, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    n = _size(plan.train_size, facts)
    cards = [card for card in past if card.family == plan.family and reviews_per_second(card) > 0]
    if not cards:
        words = n * _words_a_review(facts)
        source = (
            f"no {plan.family} was trained here yet; estimated from {words:,.0f} words at "
            f"{LINEAR_WORDS_PER_SECOND:,.0f} per second on one core"
        )
        return Expected(words / LINEAR_WORDS_PER_SECOND, source)
    longest = max(cards, key=lambda card: card.manifest["data"]["n_train"])
    return Expected(n / reviews_per_second(longest), f"{n:,} reviews, {_from_past(longest)}")


def _blend(plan: Blend, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    """Add up what the members take to answer the validation reviews; fitting the weights takes no time."""
    n = facts.n_validation or round(facts.n_train * VALIDATION_SHARE)
    members = [card for card in past if card.model_id in plan.members]
    settings = {
        card.model_id: card.manifest["params"] | {"base": card.manifest.get("base")} for card in members
    }
    seconds = sum(_reading(card.family, settings[card.model_id], n, facts) for card in members)
    source = f"its members read {n:,} validation reviews, unless they were measured on them before"
    return Expected(START_SECONDS + seconds, source)


def _search(plan: Search, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    settings = {"base": plan.base, "epochs": SEARCH_EPOCHS, "max_length": plan.max_length}
    trial = FineTune(plan.data, settings, plan.train_size, 0, "")
    one = _fine_tuning(trial, facts, past)
    limit = plan.minutes * 60
    words = f"a trial takes about {format_seconds(one.seconds)} unless it is pruned, {one.source}"
    if plan.trials * one.seconds <= limit:
        return Expected(plan.trials * one.seconds, words)
    started = math.ceil(limit / one.seconds)
    source = f"{words}; about {started} of {plan.trials} start within {plan.minutes} minutes"
    return replace(one, seconds=started * one.seconds, source=source)


def _curve(plan: Curve, facts: DataFacts, past: Sequence[ModelCard]) -> Expected:
    """Add up every training of a learning curve and its measurement, of which each seed has all anew."""
    if not facts.n_test:
        raise DataError(f"'{plan.data}' has no test reviews to measure on; add rows with split 'test'")
    n_test = min(plan.evaluate_on or facts.n_test, facts.n_test)
    sizes = sorted({min(size, facts.n_train) for size in plan.sizes})
    trainings = [_training(plan, family, size, facts, past) for family in plan.families for size in sizes]
    settings = preset_settings(preset_named(plan.preset))
    reading = len(sizes) * sum(_reading(family, settings, n_test, facts) for family in plan.families)
    total = plan.repeats * (sum(trainings) + reading)
    source = (
        f"{plan.repeats * len(trainings)} trainings, the longest about {format_seconds(max(trainings))}, "
        f"each measured on {n_test:,} test reviews"
    )
    return Expected(total, source)


def _training(plan: Curve, family: str, size: int, facts: DataFacts, past: Sequence[ModelCard]) -> float:
    """Return the seconds of one training; few reviews are validated on as few."""
    few = replace(facts, n_validation=min(size, facts.n_validation))
    if family == TRANSFORMER:
        settings = preset_settings(preset_named(plan.preset))
        return _fine_tuning(FineTune(plan.data, settings, size, 0, ""), few, past).seconds
    return _linear(Linear(plan.data, family, size, 0, ""), few, past).seconds


def _reading(family: str, settings: Mapping[str, Any], n: int, facts: DataFacts) -> float:
    """Return the seconds in which a model of these settings answers n reviews."""
    if family != TRANSFORMER:
        return n * _words_a_review(facts) / LINEAR_WORDS_READ_PER_SECOND
    tokens = n * tokens_read(facts.words, int(settings["max_length"]))
    return tokens * relative_cost(str(settings["base"])) * VALIDATION_COST / TOKENS_PER_SECOND


def _words_a_review(facts: DataFacts) -> float:
    return sum(facts.words) / max(1, len(facts.words))


def _measured(base: str, max_length: int, past: Sequence[ModelCard]) -> ModelCard | None:
    """Return the longest training of the same base to estimate from, of the same length if there is one."""
    cards = [
        card
        for card in past
        if card.family == TRANSFORMER and card.manifest.get("base") == base and reviews_per_second(card) > 0
    ]
    alike = [card for card in cards if card.manifest["params"].get("max_length") == max_length]
    return max(alike or cards, key=lambda card: float(card.manifest["seconds"]), default=None)


def _size(asked: int | None, facts: DataFacts) -> int:
    return min(asked, facts.n_train) if asked else facts.n_train


def _from_past(card: ModelCard, more: str = "") -> str:
    return (
        f"{reviews_per_second(card):,.1f} reviews per second, as in the training of {card.short_name}{more}"
    )


def _from_table(base: str, tokens: float) -> str:
    rate = TOKENS_PER_SECOND / relative_cost(base)
    return (
        f"no {Path(base).name} was trained here yet; estimated from {tokens:,.0f} tokens at {rate:,.0f} per "
        f"second on two cores for a base of this size, and {START_SECONDS:g} s to begin"
    )


def _shape(base: str) -> tuple[int, int]:
    if base in SHAPES:
        return SHAPES[base]
    try:
        config = workspace.read_json(Path(base).expanduser() / "config.json")
        layers = config.get("num_hidden_layers") or config["n_layers"]
        return int(layers), int(config.get("hidden_size") or config["dim"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        return USUAL_SHAPE

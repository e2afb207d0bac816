"""Vocabulary pruning: the tokens that training reviews hold, and all that other words are spelled with.

Of a small encoder the word vectors are half: 30,522 tokens of 384 numbers. A text that is made of kept tokens
gets the same tokens as before, because WordPiece takes the longest token that fits, and that one is kept; so
its answer is the same. Any other word is spelled with shorter pieces. Nothing becomes unknown that was not:
every single character and continued character stays, and every token with a character that is neither.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.errors import ModelError
from sentiment_core.schema import Dataset
from sentiment_core.training_texts import TRAIN

CONTINUED = "##"
#: Reviews that are read at once.
CHUNK = 500


def pruned(
    classifier: TransformerClassifier, dataset: Dataset, least_count: int, progress: Progress = no_progress
) -> tuple[dict[str, Any] | None, TransformerClassifier]:
    """Return what was left out, and the classifier without it; itself where `least_count` is 0.

    Args:
        classifier: a transformer that reads by WordPiece (BERT, DistilBERT, MiniLM).
        dataset: its training reviews say which tokens are used.
        least_count: how often a token must occur there.
        progress: called at every step.

    Raises:
        ModelError: the tokenizer is of another kind.
    """
    if not least_count:
        return None, classifier
    tokenizer = classifier.reader.tokenizer
    whole = _wordpiece(tokenizer)
    vocab, added = whole["model"]["vocab"], {token["content"] for token in whole["added_tokens"]}
    counts = token_counts(tokenizer, dataset.split(TRAIN)["text"].tolist(), progress)
    kept = kept_tokens(vocab, counts, least_count, added | set(tokenizer.all_special_tokens))
    before = sum(counts.values())
    lost = sum(n for token, n in counts.items() if token not in kept)
    facts = {
        "least_count": least_count,
        "tokens_before": len(vocab),
        "tokens_after": len(kept),
        "training_tokens_spelled_otherwise": lost / before if before else 0.0,
    }
    return facts, with_tokens(classifier, kept)


def token_counts(tokenizer: Any, texts: list[str], progress: Progress = no_progress) -> Counter[str]:
    """Return how often each token occurs in these texts."""
    found: Counter[int] = Counter()
    for start in range(0, len(texts), CHUNK):
        for row in tokenizer(
            texts[start : start + CHUNK], add_special_tokens=False, truncation=False, verbose=False
        )["input_ids"]:
            found.update(row)
        progress(start, len(texts), "counting tokens")
    names = tokenizer.convert_ids_to_tokens(list(found))
    return Counter(dict(zip(names, found.values(), strict=True)))


def kept_tokens(
    vocab: Mapping[str, int], counts: Mapping[str, int], least_count: int, special: Iterable[str]
) -> set[str]:
    """Return the tokens to keep: special ones, frequent ones, and all that other words are spelled with."""
    always = set(special)
    return {
        token
        for token in vocab
        if token in always or counts.get(token, 0) >= least_count or _spells(token, vocab)
    }


def _spells(token: str, vocab: Mapping[str, int]) -> bool:
    """Whether a token is one character, or has a character that has no token by itself."""
    letters = token.removeprefix(CONTINUED)
    if len(letters) <= 1:
        return True
    return any(letter not in vocab or CONTINUED + letter not in vocab for letter in letters)


def with_tokens(classifier: TransformerClassifier, kept: set[str]) -> TransformerClassifier:
    """Return a copy of a classifier that knows only these tokens, with their vectors as they are."""
    import torch

    tokenizer = classifier.reader.tokenizer
    whole = _wordpiece(tokenizer)
    order = sorted(kept, key=whole["model"]["vocab"].__getitem__)
    old_ids = np.array([whole["model"]["vocab"][token] for token in order])
    model = copy.deepcopy(classifier.model)
    rows = model.get_input_embeddings().weight.detach()[torch.from_numpy(old_ids)]
    smaller = torch.nn.Embedding(*rows.shape, padding_idx=order.index(tokenizer.pad_token))
    smaller.weight.data = rows.clone()
    model.set_input_embeddings(smaller)
    model.config.vocab_size, model.config.pad_token_id = len(order), order.index(tokenizer.pad_token)
    reader = classifier.reader
    renamed = _tokenizer(tokenizer, whole, order)
    return TransformerClassifier(
        classifier.model_id, model, Reader(renamed, reader.max_length, reader.truncation)
    )


def _wordpiece(tokenizer: Any) -> dict[str, Any]:
    """Return a tokenizer as the JSON that it is kept in; ModelError unless it reads by WordPiece."""
    whole: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = whole["model"].get("type")
    if kind != "WordPiece" or whole["model"]["continuing_subword_prefix"] != CONTINUED:
        raise ModelError(f"--prune-vocabulary is for WordPiece tokenizers (BERT's); this one is {kind}")
    return whole


def _tokenizer(tokenizer: Any, whole: dict[str, Any], order: list[str]) -> Any:
    """Return the tokenizer with these tokens, numbered in this order."""
    from tokenizers import Tokenizer

    new = {token: place for place, token in enumerate(order)}
    whole["model"]["vocab"] = new
    for added in whole["added_tokens"]:
        added["id"] = new[added["content"]]
    _renumber(whole["post_processor"], new)
    smaller = copy.deepcopy(tokenizer)
    smaller._tokenizer = Tokenizer.from_str(json.dumps(whole))
    return smaller


def _renumber(processor: dict[str, Any] | None, new: Mapping[str, int]) -> None:
    """Change the ids of the special tokens in the part of a tokenizer that adds them."""
    if not processor:
        return
    for token in processor.get("special_tokens", {}).values():  # TemplateProcessing
        token["ids"] = [new[name] for name in token["tokens"]]
    for mark in ("sep", "cls"):  # BertProcessing
        if mark in processor:
            processor[mark] = [processor[mark][0], new[processor[mark][0]]]

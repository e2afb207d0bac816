"""Words near a word: MiniLM's input embeddings, with every opposite left out.

The neighbours of raw embeddings are topical and include antonyms (good: excellent, bad, great), so that an
attack with them would reverse a review and count that as success. Opposites by our list, by form and by
WordNet are removed (`attacks.language.antonyms`).
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.language import antonyms, opposites
from attacks.resources import places
from attacks.resources.offline import textattack
from sentiment_core.classifiers.transformer.pretrained import MINILM_SHA256, embedded_folder, minilm_state
from sentiment_core.storage import locks, workspace

#: Neighbours kept a word, and how many are looked at to find that many without opposites.
KEPT, LOOKED_AT = 50, 80
_WORD = re.compile(r"[a-z]{2,}")
_ROWS_A_STEP = 512


class Vectors(NamedTuple):
    """words; matrix: float32 [n, 384], rows of length 1; neighbours: int32 [n, 51], the word itself first."""

    words: list[str]
    matrix: NDArray[np.float32]
    neighbours: NDArray[np.int32]


def embedding() -> Any:
    """Return TextAttack's WordEmbedding over these vectors, one a process; the first ever takes some time."""
    return _embedding(workspace.home())


@cache
def vectors(home: Path) -> Vectors:
    """Return the vectors, with the neighbours from the workspace's cache, built there at the first call."""
    words, matrix = word_matrix()
    path = home / "cache" / "word_neighbours" / f"{_fingerprint()}.npz"
    with locks.locked(path.with_suffix(".lock")):
        if not path.is_file():
            _save(path, neighbours_of(words, matrix))
    with np.load(path, allow_pickle=False) as stored:
        return Vectors(words, matrix, stored["neighbours"])


def word_matrix() -> tuple[list[str], NDArray[np.float32]]:
    """Return the whole lower-case words of MiniLM's vocabulary with their vectors, centred, of length 1."""
    vocabulary = (embedded_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    rows = [row for row, piece in enumerate(vocabulary) if _WORD.fullmatch(piece)]
    weights = minilm_state()["embeddings.word_embeddings.weight"].numpy()[rows]
    centred = weights - weights.mean(axis=0)
    matrix = (centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(np.float32)
    return [vocabulary[row] for row in rows], matrix


def neighbours_of(words: list[str], matrix: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return int32 [n, KEPT + 1]: each word itself, then its nearest words that are not its opposites."""
    nearest = _nearest(matrix)
    opposite = [antonyms.opposites(word) for word in words]
    forms = [antonyms.lemmas(word) for word in words]
    kept = np.empty((len(words), KEPT + 1), dtype=np.int32)
    for row, word in enumerate(words):
        fit = [
            other
            for other in nearest[row]
            if other != row
            and not opposite[row] & forms[other]
            and not opposite[other] & forms[row]
            and not antonyms.opposite_by_form(word, words[other])
        ]
        kept[row] = [row, *fit[:KEPT]]
    return kept


def _nearest(matrix: NDArray[np.float32]) -> NDArray[np.int64]:
    found = []
    for start in range(0, len(matrix), _ROWS_A_STEP):
        cosines = matrix[start : start + _ROWS_A_STEP] @ matrix.T
        top = np.argpartition(-cosines, LOOKED_AT, axis=1)[:, :LOOKED_AT]
        order = np.argsort(-np.take_along_axis(cosines, top, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(top, order, axis=1))
    return np.concatenate(found)


def _fingerprint() -> str:
    """Name everything the neighbours depend on, so that a change builds them anew."""
    ours = (opposites.PRAISE, opposites.BLAME, opposites.OPPOSITES)
    made_from = f"{MINILM_SHA256} {ours} {places.wordnet_version()} {KEPT} {LOOKED_AT}"
    return hashlib.sha256(made_from.encode()).hexdigest()[:16]


def _save(path: Path, neighbours: NDArray[np.int32]) -> None:
    aside = path.with_suffix(".partial")
    with aside.open("wb") as file:
        np.savez_compressed(file, neighbours=neighbours)
    aside.replace(path)


@cache
def _embedding(home: Path) -> Any:
    textattack()
    from textattack.shared import WordEmbedding

    words, matrix, neighbours = vectors(home)
    places_of = {word: row for row, word in enumerate(words)}
    return WordEmbedding(matrix, places_of, dict(enumerate(words)), neighbours)

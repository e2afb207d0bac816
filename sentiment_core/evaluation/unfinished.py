"""Answers that cost a request each, kept while a prediction is unfinished: it resumes where it broke off.

A hash of each text and its probability are kept, not the text. They are gone once the prediction is whole,
and after a day: an endpoint may have another model tomorrow.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier, KnowsItsWords
from sentiment_core.storage import workspace

#: Texts that are asked about before their answers are kept.
STEP = 32
MOST_SECONDS = 24 * 3600


@contextmanager
def kept_until_whole(classifier: Classifier) -> Iterator[Classifier]:
    """Yield the classifier with a memory in the workspace, which is removed where the block ends well."""
    file = file_of(classifier.model_id)
    if file.is_file() and time.time() - file.stat().st_mtime > MOST_SECONDS:
        file.unlink(missing_ok=True)
    yield _Remembering(classifier, file)
    with workspace.unless_read_only():
        file.unlink(missing_ok=True)


def file_of(model_id: str) -> Path:
    """Return where the answers of an unfinished prediction are kept."""
    return workspace.cache_folder("unfinished") / f"{model_id}.jsonl"


class _Remembering:
    def __init__(self, classifier: Classifier, file: Path) -> None:
        self.classifier, self.file, self.model_id = classifier, file, classifier.model_id
        self.known = dict(_kept(file))

    @property
    def max_tokens(self) -> int | None:
        return self.classifier.max_tokens

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return self.classifier.token_counts(texts)

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        if isinstance(self.classifier, KnowsItsWords):
            return self.classifier.knows_nothing(texts)
        return np.zeros(len(texts), dtype=np.bool_)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        new = [place for place, key in enumerate(keys) if key not in self.known]
        for start in range(0, len(new), STEP):
            places = new[start : start + STEP]
            answers = self.classifier.predict_proba([texts[place] for place in places])[:, 1]
            self._keep({keys[place]: float(p) for place, p in zip(places, answers, strict=True)})
        found = np.array([self.known[key] for key in keys], dtype=np.float64)
        return np.column_stack([1.0 - found, found])

    def _keep(self, answers: dict[str, float]) -> None:
        self.known |= answers
        with workspace.unless_read_only():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="ascii") as file:
                file.writelines(f"{json.dumps(row)}\n" for row in answers.items())


def _kept(file: Path) -> Iterator[tuple[str, float]]:
    """Yield (hash, probability); a line that a kill cut short, or that is none of ours, is passed over."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            key, prob = json.loads(line)
            if isinstance(key, str) and isinstance(prob, float) and 0 <= prob <= 1:
                yield key, prob
        except (ValueError, TypeError, RecursionError):
            continue

"""Each review's probability by a model that was fitted without it; kept part by part, so that it resumes.

Models of one card's settings are fitted, each without one of several parts of the reviews, and asked about
that part. What a part gave is kept in the workspace when it is done; of a part in work, a family that learns
in steps keeps its checkpoints. After a kill the same request fits only what is missing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.jobs.progress import Stages
from sentiment_core.storage import kept, runs, workspace

#: Within a fold this share is held out, as in a training: families that choose a setting choose it there.
_HELD_OUT = 0.05
_SHAPE: kept.Shape = {"prob_positive": [float]}

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """A request: models of a card's settings on these rows.

    Attributes:
        card: whose family and settings are fitted.
        rows: columns example_id, text, label.
        folds: parts of the rows; fewer where a label has fewer reviews.
        seed: of the parts.
    """

    card: models.ModelCard
    rows: pd.DataFrame
    folds: int
    seed: int = 0

    @property
    def parts(self) -> int:
        """Return how many models are fitted."""
        return min(self.folds, int(np.bincount(self._labels, minlength=2).min()))

    def expected_seconds(self) -> float:
        """Return about how long the missing fits take, from how long the model's own training took."""
        facts = self.card.manifest
        of_one = float(facts["seconds"]) / max(1, int(facts["data"]["n_train"]))
        learned = len(self.rows) * (self.parts - 1) / max(1, self.parts) * (1 - _HELD_OUT)
        return of_one * learned * self._missing()

    def known(self) -> Floats | None:
        """Return float64 [n]: the probabilities in the order of the rows; None where a part is missing."""
        if self.parts < 2:
            return None
        found = np.full(len(self.rows), np.nan)
        for number, (_, outside) in enumerate(self._splits()):
            answers = self._kept(number, len(outside))
            if answers is None:
                return None
            found[outside] = answers
        return found

    def probabilities(self, progress: Progress = no_progress) -> Floats:
        """Return float64 [n]: the probabilities in the order of the rows; fits what is missing.

        Raises:
            DataError: there are not two parts.
            RunError: another process is at work on the same request.
        """
        if self.parts < 2:
            raise DataError(f"{self.folds} folds cannot be made; give 2 or more")
        self._folder.mkdir(parents=True, exist_ok=True)
        with runs.alone(self._folder):
            return self._all(progress)

    def _all(self, progress: Progress) -> Floats:
        found, bar = np.full(len(self.rows), np.nan), Stages(progress, float(self.parts))
        progress(0, self.parts, f"{self._missing()} models to fit, about {in_words(self.expected_seconds())}")
        for number, (inside, outside) in enumerate(self._splits()):
            answers = self._kept(number, len(outside))
            if answers is None:
                stage = bar.stage(1.0, f"fitting without part {number + 1} of {self.parts}")
                answers = self._fitted(number, inside, outside, stage)
                workspace.write_json(self._file(number), {"prob_positive": answers.tolist()})
                shutil.rmtree(self._work(number), ignore_errors=True)
            else:
                bar.skip(1.0)
            found[outside] = answers
        bar.done("fitted")
        return found

    def _fitted(self, number: int, inside: Ints, outside: Ints, progress: Progress) -> Floats:
        """Return the answers to one part of a model that is fitted on the others."""
        from sklearn.model_selection import train_test_split

        learned, chosen_on = train_test_split(
            self.rows.iloc[inside], test_size=_HELD_OUT, random_state=self.seed, stratify=self._labels[inside]
        )
        family, work = FAMILIES[self.card.family], self._work(number)
        place, scratch = work / "model", work / "scratch"
        for folder in (place, scratch):
            folder.mkdir(parents=True, exist_ok=True)
        params = self.card.manifest["params"]
        result = family.fit(learned, chosen_on, params, place, scratch=scratch, progress=progress)
        workspace.write_json(place / "manifest.json", {"params": result.params})  # some are loaded by it
        classifier = family.load(place, self.card.model_id)
        answers = classifier.predict_proba(self.rows["text"].iloc[outside].tolist())[:, 1]
        return np.asarray(answers, dtype=np.float64)

    def _splits(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield (places learned from, places asked about) of each part."""
        from sklearn.model_selection import StratifiedKFold

        folds = StratifiedKFold(self.parts, shuffle=True, random_state=self.seed)
        yield from folds.split(self._labels, self._labels)

    def _kept(self, number: int, n: int) -> Floats | None:
        """Return what a part gave; None where it is not kept, or its file is damaged."""
        try:
            answers = np.array(kept.read_json(self._file(number), _SHAPE)["prob_positive"], dtype=np.float64)
        except (FileNotFoundError, DamagedFile):
            return None
        return answers if len(answers) == n and np.isfinite(answers).all() else None

    def _missing(self) -> int:
        parts = enumerate(self._splits()) if self.parts > 1 else ()
        return sum(self._kept(number, len(outside)) is None for number, (_, outside) in parts)

    @property
    def _labels(self) -> Ints:
        labels: Ints = self.rows["label"].to_numpy(np.int64)
        return labels

    @cached_property
    def _folder(self) -> Path:
        """Return where the parts are kept; its name is a hash of all that they depend on."""
        digest = hashlib.sha256()
        facts = [self.card.family, dict(self.card.manifest["params"]), self.parts, self.seed]
        digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
        for text, label in zip(self.rows["text"], self._labels, strict=True):
            digest.update(json.dumps([str(text), int(label)]).encode() + b"\n")
        return workspace.cache_folder("out_of_fold") / digest.hexdigest()[:32]

    def _file(self, number: int) -> Path:
        return self._folder / f"part-{number + 1}.json"

    def _work(self, number: int) -> Path:
        return self._folder / f"work-{number + 1}"


def in_words(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

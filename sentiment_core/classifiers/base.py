"""What a classifier is, and what a family of classifiers offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept

Params = Mapping[str, Any]

#: Called as `progress(done, total, what)` at every step of long work; raises Cancelled to stop it.
Progress = Callable[[float, float, str], None]


#: A family that learns in steps keeps its curves so far in this file in `scratch`, to be watched.
CURVES_FILE = "curves.json"
#: Detail of a model that was trained further: whether its weights are those that it started from.
KEPT_START = "kept_start"
#: Beside the checkpoints: the seconds that led to the newest one, over all legs of the training.
SECONDS_FILE = "seconds.json"


def seconds_of_checkpoint(scratch: Path) -> float:
    """Return how long it took to reach the newest checkpoint in `scratch`; 0 where there is none."""
    try:
        return float(kept.read_json(scratch / SECONDS_FILE, {"seconds": float})["seconds"])
    except (FileNotFoundError, DamagedFile):
        return 0.0


def no_progress(done: float, total: float, what: str) -> None:
    """Ignore progress."""


@runtime_checkable
class SeesEvaluations(Protocol):
    """A progress that also receives every validation figure; what it raises ends the fitting."""

    def evaluated(self, step: int, figures: Mapping[str, float]) -> None:
        """Receive the validation figures (accuracy, ...) after `step` optimizer steps."""
        ...


@runtime_checkable
class Classifier(Protocol):
    """Anything that gives a review its probability of being positive."""

    model_id: str

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1; the order of `texts` is kept."""
        ...

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: each whole text in the model's own tokens, before truncation."""
        ...

    @property
    def max_tokens(self) -> int | None:
        """Return how many tokens of a text are read, or None where all are."""
        ...


class Span(NamedTuple):
    """A stretch text[start:end] and whether the model reads it."""

    start: int
    end: int
    read: bool


@runtime_checkable
class ShowsTruncation(Protocol):
    """A classifier that can say which characters of a review it never reads."""

    def spans(self, text: str) -> list[Span]:
        """Return consecutive spans that cover the whole text."""
        ...


@runtime_checkable
class LinearInWords(Protocol):
    """A classifier whose log-odds are a sum over words: exact explanations exist."""

    def word_weights(self, text: str) -> list[tuple[int, int, float]]:
        """Return (start, end, weight in log-odds) of each feature; with the bias they sum to the logit."""
        ...


@runtime_checkable
class GivesLogOdds(Protocol):
    """A classifier that gives the logit itself: from a probability near 1 it cannot be had exactly."""

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]: the log-odds of the positive class."""
        ...


@runtime_checkable
class AnswersAlike(Protocol):
    """A classifier that answers many texts that are alike faster than one call after the other would."""

    def alike(self) -> Callable[[Sequence[str]], NDArray[np.float64]]:
        """Return what gives float64 [n] log-odds of the positive class; it remembers its answers."""
        ...


@runtime_checkable
class SumsLogOdds(Protocol):
    """A classifier whose log-odds are a weighted sum of those of others, and a constant."""

    @property
    def members(self) -> Sequence[Classifier]:
        """Return the classifiers that it asks."""
        ...

    @property
    def weights(self) -> Sequence[float]:
        """Return what the log-odds of each are multiplied by."""
        ...


@runtime_checkable
class Rescales(Protocol):
    """A classifier whose log-odds can be scaled in its own weights, so that all read off them agrees."""

    def rescale(self, scale: float, shift: float) -> None:
        """Change the classifier itself: its log-odds become `scale * log-odds + shift`, scale above 0."""
        ...


class Reading(NamedTuple):
    """The token ids that a model gets for a text; offsets are into the text, (0, 0) for special tokens."""

    ids: list[int]
    offsets: list[tuple[int, int]]


@runtime_checkable
class ReadsTokens(Protocol):
    """A classifier that is a torch network over embedded tokens: gradients can be taken through it."""

    model: Any

    def reading(self, text: str) -> Reading:
        """Return what the network reads of a text, after truncation."""
        ...

    @property
    def mask_id(self) -> int:
        """Return the id that stands for a token that is not there."""
        ...


@runtime_checkable
class KnowsItsWords(Protocol):
    """A classifier that can say of which texts it knows no token: its answer to them means nothing."""

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether training said nothing about any token of the text, or it has none."""
        ...


@dataclass(frozen=True)
class FitResult:
    """What fitting found out: the parameters in force, validation figures, and curves over the steps."""

    params: dict[str, Any]
    validation: dict[str, float]
    curves: list[dict[str, float]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


class Fit(Protocol):
    """Trains on frames with columns text and label, and writes weights into `folder`."""

    def __call__(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        """Fit; `scratch` outlives a kill: checkpoints go there, and a later call resumes from them."""
        ...


class FitFurther(Protocol):
    """Trains a model further, from the weights in its folder `start`, as `Fit` trains a new one."""

    def __call__(
        self,
        start: Path,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        """Fit; `params` are those of a fit, and the model in `start` is left as it is."""
        ...


@dataclass(frozen=True)
class Further:
    """How models of a family are trained further.

    `settings(params, n, shown)`: what differs from the settings `params` of a training where a model is
    trained further on n reviews. `shown` is whether a gain shows on validation reviews: then the weights that
    it starts from are kept where training makes nothing better, and KEPT_START among the details says so.
    """

    fit: FitFurther
    settings: Callable[[Params, int, bool], dict[str, Any]]


@dataclass(frozen=True)
class Teaching:
    """What a student learns from besides labels: a larger model's answers (Hinton et al. 2015).

    Attributes:
        teacher: loads the teacher.
        log_odds: float64 [n], the teacher's log-odds of the positive class for each training row; None where
            it reads along with the student instead.
        hard_share: float64 [n] in [0, 1]: how much of a row's loss is that of its label; the rest is the
            difference from the teacher's answer.
        temperature: both models' logits are divided by it where they are compared.
        hidden_states: whether the student's layers are compared with the teacher's as well.
        most_features: how many features a linear student keeps; 0: all.
    """

    teacher: Callable[[], Classifier]
    log_odds: NDArray[np.float64] | None
    hard_share: NDArray[np.float64]
    temperature: float = 1.0
    hidden_states: bool = False
    most_features: int = 0


class Distil(Protocol):
    """Trains as `Fit` does, on a teacher's answers besides the labels."""

    def __call__(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        teaching: Teaching,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        """Fit a student; `teaching` has a value for each row of `train`, in its order."""
        ...


@dataclass(frozen=True)
class Substitutions:
    """What a model is trained against: words that somebody may put in the place of others.

    Attributes:
        candidates: known word -> what may stand in its place; nothing where it must stay.
        k: how many words of a review may be substituted at once.
        most_lost: how much validation accuracy may be given up for it, as a fraction.
    """

    candidates: Callable[[str], Sequence[str]]
    k: int
    most_lost: float = 0.01


class FitAgainst(Protocol):
    """Trains as `Fit` does, so that substitutions turn as few answers as possible."""

    def __call__(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        against: Substitutions,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        """Fit against the worst that these substitutions do."""
        ...


@dataclass(frozen=True)
class Setting:
    """What one setting of a family can be, for whoever offers it: a number, or on and off.

    The type is that of its default. `low` is the least number that fitting accepts; `high` and `step` are
    what a form offers, and are no limit. On and off have neither.
    """

    label: str
    help: str
    low: float = 0
    high: float = 1
    step: float = 1


@dataclass(frozen=True)
class ClassifierFamily:
    """One way of building a classifier; `default_params` lists every setting it knows.

    `settings`: of those, the ones that a form offers, in order; the seed is not among them.
    `slow_to_load`: the libraries that a model needs take seconds to import.
    `further`: how a model is trained further from its own weights; None where it is fitted again instead.
    `made_of`: the setting that names the models of the shelf, with commas between, that a model is made of;
    such a family learns from validation reviews alone. Empty: models of this family stand by themselves.
    `distil`: fits one as the student of another model; None where that is not possible.
    `fit_against`: fits one against the worst substitutions of words; None where that is not possible.
    `elsewhere`: models answer from another machine: none is trained here, and each request may cost money.
    """

    name: str
    title: str
    description: str
    default_params: Params
    fit: Fit
    load: Callable[[Path, str], Classifier]
    slow_to_load: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict)
    further: Further | None = None
    made_of: str = ""
    distil: Distil | None = None
    fit_against: FitAgainst | None = None
    elsewhere: bool = False

    @property
    def learns(self) -> bool:
        """Return whether fitting learns from training reviews."""
        return not (self.made_of or self.elsewhere)

    @property
    def asked_when_wanted(self) -> bool:
        """Return whether a model is asked only when a person wants it: it takes seconds, or may cost."""
        return self.slow_to_load or self.elsewhere

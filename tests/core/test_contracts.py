"""The contracts find what is broken: each promise is broken once, by a thing that keeps all others."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sentiment_core.classifiers.base import ClassifierFamily, FitResult
from sentiment_core.command_line import CommandLine
from sentiment_core.contracts import (
    ContractError,
    check_classifier,
    check_command,
    check_family,
    check_metric,
)
from sentiment_core.metrics import METRICS

LINE = CommandLine("sentiment_core", {"try": "Try"}, "Try.")


def broken(words: str):
    return pytest.raises(ContractError, match=re.escape(words))


class Counts:
    """A classifier that counts exclamation marks, and never reads more than 40 characters."""

    max_tokens: int | None = 40

    def __init__(self, model_id: str = "counts") -> None:
        self.model_id = model_id

    def predict_proba(self, texts):
        positive = np.array([1 / (1 + np.exp(-text[:40].count("!") / 4)) for text in texts], dtype=np.float64)
        return np.stack([1 - positive, positive], axis=1).reshape(len(texts), 2)

    def token_counts(self, texts):
        return np.array([len(text) for text in texts], dtype=np.int64)

    def spans(self, text):
        return [(0, min(40, len(text)), True), (min(40, len(text)), len(text), False)]


class Linear(Counts):
    max_tokens = None

    def word_weights(self, text):
        return [(place, place + 1, 0.25) for place, letter in enumerate(text[:40]) if letter == "!"]


def changed(base: type[Counts], name: str, make):
    """A classifier whose method gives what `make` makes of the right answer."""
    right = getattr(base, name)
    return type("Changed", (base,), {name: lambda self, texts: make(right(self, texts), texts)})()


@pytest.mark.parametrize("base", [Counts, Linear])
def test_a_classifier_that_keeps_its_promises_passes(base):
    check_classifier(base())


@pytest.mark.parametrize(
    ("classifier", "words"),
    [
        (SimpleNamespace(model_id="x"), "lacks a method or attribute"),
        (changed(Counts, "predict_proba", lambda p, t: p.astype(np.float32)), "gives float32, not float64"),
        (changed(Counts, "predict_proba", lambda p, t: p[:, :1]), "get an array of shape (11, 1)"),
        (changed(Counts, "predict_proba", lambda p, t: p * np.nan), "not a finite number"),
        (changed(Counts, "predict_proba", lambda p, t: p + [1, -1]), "outside [0, 1]"),
        (changed(Counts, "predict_proba", lambda p, t: p * 0.9), "do not sum to 1"),
        (changed(Counts, "predict_proba", lambda p, t: np.roll(p, 1, axis=0)), "when it is asked in another"),
        (changed(Counts, "predict_proba", lambda p, t: p[:, ::-1] if len(t) == 1 else p), "is asked alone"),
        (changed(Counts, "token_counts", lambda n, t: n.astype(np.int32)), "gives int32, not int64"),
        (changed(Counts, "token_counts", lambda n, t: n.clip(max=40)), "counted after a cut"),
        (changed(Counts, "spans", lambda s, t: s[:1]), "do not cover it"),
        (changed(Linear, "word_weights", lambda w, t: w[1:]), "weights and log-odds differ"),
    ],
)
def test_a_classifier_that_breaks_a_promise_is_found(classifier, words):
    with broken(words):
        check_classifier(classifier)


def fitted(train, validation, params, folder: Path, *, scratch: Path, progress) -> FitResult:
    progress(0, 1, "counting")
    (folder / "counts.json").write_text("{}")
    return FitResult(dict(params), {"accuracy": 0.5}, [{"step": 1.0}])


FAMILY = ClassifierFamily(
    "counts",
    "Counting",
    "It counts marks.",
    {"seed": 0},
    fitted,
    lambda folder, model_id: Counts(model_id),
)


def fitting(write: str = "counts.json", told: bool = True, result: Mapping[str, object] | None = None):
    def fit(train, validation, params, folder, *, scratch, progress):
        if told:
            progress(0, 1, "counting")
        (folder / write).write_text("{}")
        facts = {"params": dict(params), "validation": {"accuracy": 0.5}, "curves": [{"step": 1.0}]}
        return FitResult(**facts | dict(result or {}))

    return fit


def test_a_family_that_is_not_registered_can_be_checked():
    check_family(FAMILY)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "My Family"}, "the name is 'My Family'"),
        ({"title": " "}, "the title is empty"),
        ({"description": "It counts"}, "the description is 'It counts'"),
        ({"default_params": {"seed": 0, "sizes": (1, 2)}}, "do not come back from JSON"),
        ({"default_params": {"depth": 0}}, "no setting 'seed'"),
        ({"fit": fitting(write="counts.pkl")}, "files ending in ['.pkl']"),
        ({"fit": fitting(told=False)}, "does not stop when its progress raises Cancelled"),
        ({"fit": fitting(result={"params": {}})}, "does not say which seed was in force"),
        ({"fit": fitting(result={"validation": {}})}, "validation accuracy is None"),
        ({"fit": fitting(result={"curves": []})}, "returns no curve"),
        ({"load": lambda folder, model_id: Counts()}, "is 'counts'"),
    ],
)
def test_a_family_that_breaks_a_promise_is_found(change, words):
    with broken(words):
        check_family(dataclasses.replace(FAMILY, **change))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("accuracy", {"name": "my accuracy"}, "the name is 'my accuracy'"),
        ("accuracy", {"source": ""}, "it has no source"),
        ("accuracy", {"description": "How many."}, "the description is short"),
        ("accuracy", {"range": (1.0, 0.0)}, "its range is"),
        ("accuracy", {"counts": False}, "so set counts"),
        ("accuracy", {"higher_is_better": False}, "perfect answers get 1.0, and the best is 0.0"),
        ("accuracy", {"range": (0.5, 1.0)}, "is outside its range"),
        ("accuracy", {"share": METRICS["recall"].share}, "its share is"),
        ("brier", {"counts": True}, "of_counts of the confusion table"),
        ("roc_auc", {"undefined": ""}, "does not say why"),
        ("recall", {"prepare": lambda y, p, t: lambda w: w[:, 0] / 10}, "weights of 3 give"),
        (
            "recall",
            {"prepare": lambda y, p, t: lambda w: w[:, 0] * 0 + p[: len(p) // 2].mean()},
            "the order of reviews moves it",
        ),
    ],
)
def test_a_metric_that_breaks_a_promise_is_found(name, change, words):
    with broken(words):
        check_metric(dataclasses.replace(METRICS[name], **change))


def command(**change: object) -> SimpleNamespace:
    facts = {
        "NAME": "try",
        "HELP": "Try it.",
        "EXAMPLES": "python -m sentiment_core try --n 3\npython -m sentiment_core try --n 3 --json",
        "add_arguments": lambda parser: parser.add_argument("--n", type=int),
        "run": lambda args: {},
        "show": lambda result: "",
    }
    return SimpleNamespace(**facts | change)


def test_a_command_that_keeps_its_promises_passes():
    check_command(command(), LINE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"NAME": "Try It"}, "use small letters"),
        ({"HELP": "try"}, "not one line, a sentence"),
        ({"EXAMPLES": ""}, "it has no EXAMPLES"),
        ({"EXAMPLES": "python try.py"}, "begins otherwise than 'python -m sentiment_core try'"),
        ({"EXAMPLES": "python -m sentiment_core try --n three"}, "does not understand its example"),
        ({"EXAMPLES": "python -m sentiment_core try --m 3"}, "does not understand its example"),
        ({"show": None}, "run or show cannot be called"),
    ],
)
def test_a_command_that_breaks_a_promise_is_found(change, words, capsys):
    with broken(words):
        check_command(command(**change), LINE)
    assert capsys.readouterr() == ("", "")

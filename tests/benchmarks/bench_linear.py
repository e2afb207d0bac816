"""How fast and lean the linear models are, side by side: a plain scikit-learn pipeline and ours.

    python tests/benchmarks/bench_linear.py --model tfidf
    python tests/benchmarks/bench_linear.py --model nbsvm --rows 4000

Both learn from the training reviews of the embedded data and score all of its 25,000, with the same tokens,
n-grams, weights and solver, in turn, each in a process of its own of one thread, so that peak memory is its
own. Ours includes writing the model and reading it back; loading the reviews counts for neither.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import data
from sentiment_core.classifiers.linear import nbsvm, tfidf
from sentiment_core.classifiers.linear.fitting import TOLERANCE
from sentiment_core.classifiers.linear.ngrams import TOKEN, lowered

#: Each family, and the C that it chooses on the embedded data: a search over C would hide the rest.
FAMILIES = {"tfidf": (tfidf.FAMILY, 16.0), "nbsvm": (nbsvm.FAMILY, 10.0)}

Probabilities = NDArray[np.float64]
#: (training rows, texts to score) -> seconds of fitting, seconds of scoring, probability of positive.
Way = Callable[[pd.DataFrame, list[str], str], tuple[float, float, Probabilities]]


def plain(train: pd.DataFrame, texts: list[str], model: str) -> tuple[float, float, Probabilities]:
    """Fit and score with scikit-learn's vectorizers and logistic regression."""
    pipeline = _pipeline(model)
    began = time.perf_counter()
    pipeline.fit(train["text"].tolist(), train["label"].to_numpy(dtype=np.int64))
    fitted = time.perf_counter()
    positive = pipeline.predict_proba(texts)[:, 1]
    return fitted - began, time.perf_counter() - fitted, positive


def ours(train: pd.DataFrame, texts: list[str], model: str) -> tuple[float, float, Probabilities]:
    """Fit and score with the family."""
    family, c = FAMILIES[model]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        validation = train[:: max(1, len(train) // 100)]
        params = dict(family.default_params) | {"C": c}
        family.fit(train, validation, params, Path(folder), scratch=Path(folder))
        classifier = family.load(Path(folder), model)
        fitted = time.perf_counter()
        positive = classifier.predict_proba(texts)[:, 1]
        return fitted - began, time.perf_counter() - fitted, positive


WAYS: dict[str, Way] = {"plain": plain, "ours": ours}


def _pipeline(model: str) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    family, c = FAMILIES[model]
    grams = {
        "preprocessor": lowered,
        "token_pattern": TOKEN.pattern,
        "ngram_range": (1, family.default_params["max_n"]),
        "min_df": family.default_params["min_df"],
    }
    regression = LogisticRegression(
        C=c, solver="liblinear", dual=True, tol=TOLERANCE[True], max_iter=5000, random_state=0
    )
    if model == "tfidf":
        return make_pipeline(TfidfVectorizer(sublinear_tf=True, **grams), regression)
    return make_pipeline(CountVectorizer(binary=True, **grams), _log_count_ratios(), Normalizer(), regression)


def _log_count_ratios() -> Any:
    from sklearn.base import BaseEstimator, TransformerMixin

    class LogCountRatios(TransformerMixin, BaseEstimator):
        """Wang & Manning 2012, as notebooks write it."""

        def fit(self, counts: Any, labels: Any) -> Any:
            p, q = (1 + np.asarray(counts[labels == label].sum(axis=0)).ravel() for label in (1, 0))
            self.ratio_ = np.log((p / p.sum()) / (q / q.sum()))
            return self

        def transform(self, counts: Any) -> Any:
            return counts.multiply(self.ratio_).tocsr()

    return LogCountRatios()


def one(way: str, model: str, rows: int | None, out: Path) -> None:
    """Measure one way in this process; the probabilities go to `out`, the rest to standard output."""
    loaded = data.load("imdb-embedded", limit=rows, seed=0)
    train = loaded.split("train")
    texts = [text for split in ("train", "validation", "test") for text in loaded.split(split)["text"]]
    WAYS[way](train[::13], texts[:50], model)  # what is imported at first use counts for neither
    before = _peak()
    fit, score, positive = WAYS[way](train, texts, model)
    np.save(out, positive)
    print(json.dumps({"fit": fit, "score": score, "memory": _peak() - before, "n": len(texts)}))


def _peak() -> float:
    """Return the most memory that this process has had, in megabytes of 2^20 bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(way: str, args: argparse.Namespace, folder: Path) -> tuple[dict[str, float], Probabilities]:
    """Return what `one` says in a process of its own, the fastest of `--times` runs, and its answers."""
    out = folder / f"{way}.npy"
    command = [sys.executable, __file__, "--one", way, "--model", args.model, "--out", str(out)]
    command += ["--rows", str(args.rows)] if args.rows else []
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    runs = []
    for _ in range(args.times):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    best = min(runs, key=lambda run: run["fit"] + run["score"])
    return best | {"memory": max(run["memory"] for run in runs)}, np.load(out)


def compared(args: argparse.Namespace) -> list[str]:
    """Return a line a way, and the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        stock, answers = measured("plain", args, Path(folder))
        own, own_answers = measured("ours", args, Path(folder))
    lines = [
        f"{name:24} fit {run['fit']:6.2f} s  score {run['score']:6.2f} s  memory {run['memory']:5.0f} MB  "
        f"n = {run['n']:,}"
        for name, run in (("plain scikit-learn", stock), ("ours", own))
    ]
    ratio = (stock["fit"] + stock["score"]) / (own["fit"] + own["score"])
    return [
        *lines,
        f"ours is {ratio:.2f} x as fast with {own['memory'] / stock['memory']:.2f} x the memory; "
        f"largest difference of probability {np.abs(answers - own_answers).max():.1e}",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", choices=FAMILIES, default="tfidf")
    parser.add_argument("--rows", type=int, help="so many reviews instead of all")
    parser.add_argument("--times", type=int, default=1, help="the fastest of so many runs counts")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one, args.model, args.rows, args.out)
    else:
        print(f"{args.model}: the embedded reviews, one thread")
        print("\n".join(compared(args)))


if __name__ == "__main__":
    main()

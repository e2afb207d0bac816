"""How fast prediction goes, side by side: the stock way and ours on the same real reviews.

    python tests/benchmarks/bench_prediction.py --reviews 400

The stock way pads every review to the model's maximum. Ours sorts by length, fills batches up to a number
of tokens, and deals the reviews to processes of one thread each. The head is random: speed does not depend
on it.
"""

from __future__ import annotations

import argparse
import functools
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core import data
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.evaluation.prediction import predict_here, predict_in_processes

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """One way of predicting: how long it took, and each review's probability of being positive."""

    name: str
    seconds: float
    prob_positive: Probabilities


def classifier(base: str, max_length: int) -> TransformerClassifier:
    """Return the base with a random head that is the same in every process."""
    import torch

    torch.manual_seed(0)
    loaded = load_base(base)
    return TransformerClassifier("random-head", loaded.model, Reader(loaded.tokenizer, max_length, "head"))


def stock(model: TransformerClassifier, texts: list[str], batch_size: int) -> Probabilities:
    """Predict as most notebooks do: every review padded to the maximum, batches in the order given."""
    import torch

    said = []
    for start in range(0, len(texts), batch_size):
        inputs = model.reader.tokenizer(
            texts[start : start + batch_size],
            padding="max_length", truncation=True, max_length=model.reader.max_length, return_tensors="pt",
            return_token_type_ids=False,
        )  # fmt: skip
        with torch.inference_mode():
            said.append(torch.softmax(model.model(**inputs).logits.double(), dim=-1)[:, 1].numpy())
    return np.concatenate(said)


def measure(
    texts: list[str], base: str, *, max_length: int = 512, batch_size: int = 32, threads: int = 2
) -> list[Measured]:
    """Time the three ways one after the other; loading the model counts for none but the processes."""
    import torch

    torch.set_num_threads(threads)
    model = classifier(base, max_length)
    model.predict_proba(texts[:2])  # threads are started, memory is at hand
    load = functools.partial(classifier, base, max_length)
    return [
        _timed("stock: padded to the maximum", stock, model, texts, batch_size),
        _timed(f"ours: one process of {threads} threads", lambda: predict_here(model, texts).prob_positive),
        _timed(
            f"ours: {threads} processes of one thread, start included",
            lambda: predict_in_processes(load, texts, threads).prob_positive,
        ),
    ]


def _timed(name: str, predict: Any, *args: Any) -> Measured:
    started = time.perf_counter()
    prob_positive = predict(*args)
    return Measured(name, time.perf_counter() - started, prob_positive)


def compared(measured: list[Measured]) -> list[str]:
    """Return a line a way: reviews a second, the ratio to the first, the largest difference from it."""
    first = measured[0]
    return [
        f"{row.name:50} {len(row.prob_positive) / row.seconds:7.2f} reviews/s  "
        f"{first.seconds / row.seconds:5.2f} x  largest difference of probability "
        f"{np.abs(row.prob_positive - first.prob_positive).max():.1e}"
        for row in measured
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--reviews", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--base", default="distilbert-minilm")
    args = parser.parse_args()
    reviews = data.load("imdb-embedded", limit=args.reviews, seed=0).split("test")
    print(f"{len(reviews)} test reviews of imdb-embedded, up to 512 tokens, {args.threads} threads in all")
    for line in compared(measure(reviews["text"].tolist(), args.base, threads=args.threads)):
        print(line)


if __name__ == "__main__":
    import bench_prediction  # under its own name: the processes find `classifier` by it

    bench_prediction.main()

"""How the cost of fitting, scoring and measuring grows with the number of reviews and with their length.

    python tests/benchmarks/bench_scaling.py --work fit,score --model tfidf,nbsvm,bow
    python tests/benchmarks/bench_scaling.py --work score --model reference --sizes 50,100,200
    python tests/benchmarks/bench_scaling.py --work figures,comparison
    python tests/benchmarks/bench_scaling.py --by words --sizes 50,150,500,1500,5000 --reviews 1000

The reviews are made of the sentences of the embedded training reviews, drawn anew for each review with as
many sentences as a real one has. From some 10,000 reviews on sentences repeat, so that more rare n-grams are
kept than in as many real reviews. Each size is measured in a process of its own with one thread: processor
seconds, which a busy machine changes little, and the memory that the work adds to what the process holds.

`growth` is b in cost = a * size ** b, by least squares on logarithms, with its 95 % interval. Sizes that take
less than a hundredth of a second or add less than a megabyte are left out of it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment_core.classifiers.linear import bow, nbsvm, tfidf
from sentiment_core.schema import Estimate

#: Each linear family, and the C that it chooses on the embedded data: a search would multiply the time.
FAMILIES = {"tfidf": (tfidf.FAMILY, 16.0), "nbsvm": (nbsvm.FAMILY, 10.0), "bow": (bow.FAMILY, 0.01)}
#: Reviews that a linear model to score with is fitted on: the same model, however many it scores.
FITTED_ON = 2000
SENTENCE = re.compile(r"(?<=[.!?])\s+")
#: Smaller costs say more about the clock and the allocator than about the work.
LEAST = {"seconds": 0.01, "megabytes": 1.0}
SIZES = {"reviews": "1000,3000,10000,30000,100000", "words": "50,150,500,1500,5000"}

Work = Callable[[], object]


def sentences() -> dict[int, tuple[list[str], list[int]]]:
    """Return by label: the sentences of the embedded training reviews, and how many each review has."""
    from sentiment_core import data

    train = data.load("imdb-embedded", seed=0).split("train")
    found = {}
    for label, texts in train.groupby("label")["text"]:
        cut = [SENTENCE.split(text) for text in texts]
        found[int(str(label))] = [sentence for one in cut for sentence in one], [len(one) for one in cut]
    return found


def reviews(
    pools: dict[int, tuple[list[str], list[int]]], n: int, seed: int, words: int | None = None
) -> pd.DataFrame:
    """Return n reviews, columns text and label, made of sentences drawn with replacement.

    Args:
        pools: what `sentences` returns.
        n: half of them positive.
        seed: same seed, same reviews.
        words: the length of every review; default: as many sentences as real ones have.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return pd.DataFrame(
        {"text": [_review(*pools[int(label)], rng, words) for label in labels], "label": labels}
    )


def _review(pool: list[str], lengths: list[int], rng: np.random.Generator, words: int | None) -> str:
    if words is None:
        many = lengths[int(rng.integers(len(lengths)))]
        return " ".join(pool[at] for at in rng.integers(len(pool), size=many))
    found: list[str] = []
    while len(found) < words:
        found += pool[int(rng.integers(len(pool)))].split()
    return " ".join(found[:words])


# --- the works ---------------------------------------------------------------------------------------


def fit(rows: pd.DataFrame, model: str) -> Work:
    """Return the fitting of a linear model, its file included."""
    family, c = FAMILIES[model]
    params = dict(family.default_params) | {"C": c}

    def work() -> object:
        with tempfile.TemporaryDirectory() as folder:
            family.fit(rows, rows[:: max(1, len(rows) // 100)], params, Path(folder), scratch=Path(folder))
            return family.load(Path(folder), model)

    return work


def score(rows: pd.DataFrame, model: str) -> Work:
    """Return the scoring of all reviews, by a linear model fitted here or by one on the shelf."""
    from sentiment_core import models

    classifier = fit(_reviews_to_fit(), model)() if model in FAMILIES else models.load_model(model)
    texts = rows["text"].tolist()
    classifier.predict_proba(texts[:8])  # what is imported at first use
    return lambda: classifier.predict_proba(texts)


def _reviews_to_fit() -> pd.DataFrame:
    from sentiment_core import data

    return data.load("imdb-embedded", seed=0).split("train").sample(FITTED_ON, random_state=0)


def figures(rows: pd.DataFrame, model: str) -> Work:
    """Return all figures with their intervals, of invented predictions."""
    from sentiment_core.evaluation import scoring

    frame = _predictions(rows, 0)
    return lambda: scoring.score(frame)


def comparison(rows: pd.DataFrame, model: str) -> Work:
    """Return the comparison of two models' invented predictions."""
    from sentiment_core.evaluation import comparison

    frames = _predictions(rows, 0), _predictions(rows, 1)
    return lambda: comparison.compare(*frames)


def _predictions(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(loc=np.where(rows["label"] == 1, 2.0, -2.0), scale=1.5)
    ids = [f"r{at}" for at in range(len(rows))]
    probability = 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame({"example_id": ids, "label": rows["label"], "prob_positive": probability})


WORKS: dict[str, Callable[[pd.DataFrame, str], Work]] = {
    "fit": fit,
    "score": score,
    "figures": figures,
    "comparison": comparison,
}
OF_A_MODEL = ("fit", "score")


# --- measuring ---------------------------------------------------------------------------------------


def measured(name: str, model: str, rows: pd.DataFrame) -> dict[str, float]:
    """Do a work in this process; return its processor seconds and the megabytes that it added."""
    if name != "score":
        WORKS[name](rows.head(50), model)()  # what is imported at first use counts for none
    work = WORKS[name](rows, model)
    _forget_peak()
    before, began = _megabytes("VmRSS"), time.process_time()
    work()
    return {"seconds": time.process_time() - began, "megabytes": _megabytes("VmHWM") - before}


def _forget_peak() -> None:
    """Let Linux note the most memory anew: reading the reviews took some too."""
    at = Path("/proc/self/clear_refs")
    if at.exists():
        at.write_text("5")


def _megabytes(which: str) -> float:
    """Return what Linux says of this process: VmRSS, held now, or VmHWM, the most; 2^20 bytes.

    `ru_maxrss`, which other systems have only, counts what the parent held when it started this process.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(rf"{which}:\s*(\d+) kB", status.read_text())
    return int(found[1]) / 1024 if found else math.nan


def in_a_process(name: str, model: str, file: Path) -> dict[str, float]:
    """Return what `measured` says of the reviews in a file, in a process of its own with one thread."""
    command = [sys.executable, __file__, "--one", str(file), "--work", name, "--model", model]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | threads)
    if done.returncode:
        raise SystemExit(f"{name} {model} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def growth(sizes: Sequence[float], costs: Sequence[float], least: float = 0.0) -> Estimate:
    """Return b of cost = a * size ** b with Student's 95 % interval of a least squares slope.

    Args:
        sizes: above 0.
        costs: as many.
        least: smaller costs are left out.
    """
    from scipy import stats

    kept = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost > least]
    if len(kept) < 3:
        return Estimate(math.nan, math.nan, math.nan, len(kept), "fewer than three sizes cost enough")
    slope = stats.linregress(*np.log(np.array(kept)).T)
    half = float(stats.t.ppf(0.975, len(kept) - 2) * slope.stderr)
    value = float(slope.slope)
    return Estimate(value, value - half, value + half, len(kept))


def table(name: str, model: str, by: str, sizes: Sequence[int], costs: Sequence[dict[str, float]]) -> str:
    """Return the lines of one work: a line a size, and the exponents."""
    title = f"{name} {model}" if name in OF_A_MODEL else name
    lines = [f"{title}\n{by:>10}  CPU seconds  ms a {'review' if by == 'reviews' else 'word'}  added MB"]
    for size, cost in zip(sizes, costs, strict=True):
        each = 1000 * cost["seconds"] / size
        lines.append(f"{size:10,} {cost['seconds']:12.2f} {each:12.4f} {cost['megabytes']:10.0f}")
    for unit, least in LEAST.items():
        found = growth(sizes, [cost[unit] for cost in costs], least)
        said = f"{found.value:.2f} [{found.ci_low:.2f}, {found.ci_high:.2f}], n = {found.n}"
        lines.append(f"    growth of {unit}: {found.reason or said}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print a table for each work and model."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--work", default="fit,score", help=f"of {', '.join(WORKS)}")
    parser.add_argument("--model", default="tfidf", help=f"of {', '.join(FAMILIES)}; to score also any other")
    parser.add_argument("--by", choices=SIZES, default="reviews", help="what grows")
    parser.add_argument("--sizes", help="numbers of reviews, or of words")
    parser.add_argument("--reviews", type=int, default=1000, help="how many, where their words grow")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(args.work, args.model, pd.read_parquet(args.one))))
        return
    sizes = [int(size) for size in (args.sizes or SIZES[args.by]).split(",")]
    print(f"{args.by}: {', '.join(map(str, sizes))}; seed {args.seed}, one thread", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        files = _written(sizes, args, Path(folder))
        for name in args.work.split(","):
            for model in args.model.split(",") if name in OF_A_MODEL else [""]:
                costs = [in_a_process(name, model, file) for file in files]
                print(table(name, model, args.by, sizes, costs), flush=True)


def _written(sizes: Sequence[int], args: argparse.Namespace, folder: Path) -> list[Path]:
    """Write the reviews of every size, and return the files."""
    pools, files = sentences(), [folder / f"{size}.parquet" for size in sizes]
    for size, file in zip(sizes, files, strict=True):
        n, words = (size, None) if args.by == "reviews" else (args.reviews, size)
        reviews(pools, n, args.seed, words).to_parquet(file)
    return files


if __name__ == "__main__":
    main()

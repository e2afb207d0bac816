"""What each model costs to run, side by side with what a user would take instead, on the same real reviews.

    python tests/benchmarks/bench_inference.py --model reference --others tfidf,reference-onnx,reference-int8
    python tests/benchmarks/bench_inference.py --reviews 4000 --threads 2
    python tests/benchmarks/bench_inference.py --cpu

Stock is `transformers.pipeline` at its defaults (one review at a time) and at batch 32, on the weights of
`--model`, and a plain scikit-learn pipeline. The others are models of the shelf, by default all. Every way
runs in a process of its own, one after the other. Transformers read `--max-length` tokens from the start,
as the pipeline does, so that equal weights must give equal answers.

- load: from the start of the process, libraries included, to the first answer.
- latency: one review a call, `--threads` threads: median and 95th percentile.
- throughput: all reviews at once, in one process of `--threads` threads or, for a network of ours, in so
  many processes of one thread, their start not counted.
- memory: the most that the process held before the throughput was measured.
- apart: the largest difference of a probability from the pipeline's.

`--cpu` measures the processor's seconds of one process and one thread, for a machine with other work to do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

PIPELINE, PIPELINE_32, SKLEARN = "pipeline", "pipeline-32", "scikit-learn"
STOCK = (PIPELINE, PIPELINE_32, SKLEARN)
#: Reviews that each latency is measured on, and that scikit-learn's pipeline is fitted on: its speed hardly
#: depends on them.
LATENCIES, FITTED_ON = 50, 4000

Answer = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Measured:
    """One way: seconds to load, seconds of each single review, seconds of all, bytes, and probabilities."""

    name: str
    load: float
    latencies: list[float]
    seconds: float
    peak_bytes: int
    size_bytes: int
    prob_positive: list[float]

    @property
    def per_second(self) -> float:
        return len(self.prob_positive) / self.seconds


# --- the ways --------------------------------------------------------------------------------------


def pipeline(folder: Path, batch_size: int, max_length: int) -> Answer:
    """Return transformers' pipeline; truncation is the one thing asked for, as it fails without."""
    from transformers import AutoTokenizer
    from transformers import pipeline as stock

    # DistilBERT takes no token types, and the packaged tokenizer is BERT's
    tokenizer = AutoTokenizer.from_pretrained(folder, model_input_names=["input_ids", "attention_mask"])
    classify = stock("text-classification", model=str(folder), tokenizer=tokenizer, device="cpu")

    def answer(texts: Sequence[str]) -> Any:
        said = classify(list(texts), batch_size=batch_size, truncation=True, max_length=max_length)
        return np.array([one["score"] if one["label"] == "positive" else 1 - one["score"] for one in said])

    return answer


def scikit_learn() -> Answer:
    """Return the pipeline of most tutorials, at its defaults."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from sentiment_core import data

    rows = data.load("imdb-embedded", seed=0).split("train").sample(FITTED_ON, random_state=0)
    fitted = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000)).fit(
        rows["text"], rows["label"]
    )
    return lambda texts: fitted.predict_proba(list(texts))[:, 1]


def ours(name: str, max_length: int) -> Any:
    """Return a model of the shelf; one that reads so many tokens reads them from the start."""
    from sentiment_core import models
    from sentiment_core.classifiers.transformer.reading import Reader

    classifier = models.load_model(name)
    if isinstance(reader := getattr(classifier, "reader", None), Reader):
        classifier.reader = Reader(reader.tokenizer, max_length, "head")  # type: ignore[attr-defined]
    return classifier


def answer_of(way: str, folder: Path, max_length: int) -> Answer:
    """Return what gives the probabilities of positive, float64 [n]."""
    if way == SKLEARN:
        return scikit_learn()
    if way in STOCK:
        return pipeline(folder, 32 if way == PIPELINE_32 else 1, max_length)
    classifier = ours(way, max_length)
    return lambda texts: np.asarray(classifier.predict_proba(list(texts)))[:, 1]


def size_of(way: str, folder: Path) -> int:
    """Return the bytes that have to be kept; an adapter's base counts, scikit-learn's is not written.

    A student of fewer layers counts as all of the base, which is what lies on the disk.
    """
    if way == SKLEARN:
        return 0
    if way not in STOCK:
        from sentiment_core import models

        card = models.resolve(way)
        if card.members:
            return card.own_bytes + sum(size_of(member, folder) for member in card.members)
        if not (card.folder / "adapter_config.json").is_file():
            return card.own_bytes
    return sum(path.stat().st_size for path in folder.iterdir())


def most_held() -> int:
    """Return the most memory that this process held, bytes; its parent's does not count, as in getrusage."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * int(next(line.split()[1] for line in status if line.startswith("VmHWM")))


# --- measuring ---------------------------------------------------------------------------------------


def measured(
    way: str, texts: Sequence[str], folder: Path, *, max_length: int, threads: int, cpu: bool, started: float
) -> Measured:
    """Measure one way in this process."""
    clock = time.process_time if cpu else time.perf_counter
    answer = answer_of(way, folder, max_length)
    if "torch" in sys.modules:  # what needs no torch does not hold it either
        sys.modules["torch"].set_num_threads(threads)
    answer(texts[:1])
    load = time.time() - started
    latencies = [_seconds(answer, [text], clock)[0] for text in texts[:LATENCIES]]
    peak = most_held()
    if cpu or threads == 1 or not _in_processes(way):
        seconds, prob = _seconds(answer, texts, clock)
    else:
        seconds, prob = _processes(way, texts, max_length, threads)
    return Measured(way, load, latencies, seconds, peak, size_of(way, folder), [float(p) for p in prob])


def _seconds(answer: Answer, texts: Sequence[str], clock: Callable[[], float]) -> tuple[float, Any]:
    began = clock()
    prob = answer(texts)
    return clock() - began, prob


def _in_processes(way: str) -> bool:
    if way in STOCK:
        return False
    from sentiment_core import models
    from sentiment_core.classifiers import FAMILIES

    card = models.resolve(way)
    return any(FAMILIES[family].slow_to_load for family in getattr(card, "families", (card.family,)))


def _processes(way: str, texts: Sequence[str], max_length: int, workers: int) -> tuple[float, Any]:
    """Predict in processes of one thread; the clock starts when each has answered once."""
    import functools

    from sentiment_core.evaluation.prediction import CHUNK_FOR_PROCESS, _prepare, chunks_by_length
    from sentiment_core.execution.processes import Pool

    pool = Pool(functools.partial(_prepare, functools.partial(ours, way, max_length)), workers)
    try:
        for _ in pool.results([list(texts[:1])] * workers, lambda: None):
            pass
        chunks = chunks_by_length(texts, min(CHUNK_FOR_PROCESS, -(-len(texts) // (4 * workers))))
        prob = np.empty(len(texts))
        began = time.perf_counter()
        for place, found in pool.results([[texts[at] for at in chunk] for chunk in chunks], lambda: None):
            prob[chunks[place]] = found.prob_positive
        return time.perf_counter() - began, prob
    finally:
        pool.end()


# --- the report ----------------------------------------------------------------------------------------


def report(rows: Sequence[Measured], labels: Sequence[int]) -> list[str]:
    """Return a line per way; ratios are to the pipeline at its defaults."""
    from sentiment_core.statistics import share

    stock = next(row for row in rows if row.name == PIPELINE)
    head = (
        "model",
        "MB",
        "load s",
        "median ms",
        "p95 ms",
        "per s",
        "latency x",
        "through x",
        "MB held",
        "apart",
    )
    lines = [f"{head[0]:16}" + "".join(f"{name:>11}" for name in head[1:]) + "  accuracy"]
    for row in rows:
        median, p95 = (float(np.percentile(row.latencies, q)) * 1e3 for q in (50, 95))
        apart = np.abs(np.subtract(row.prob_positive, stock.prob_positive)).max()
        right = np.equal(np.array(row.prob_positive) >= 0.5, np.array(labels) == 1)
        accuracy = share(float(right.sum()), len(labels), "no review")
        cells = [
            f"{row.size_bytes / 1e6:.1f}" if row.size_bytes else "-",
            f"{row.load:.1f}",
            f"{median:.1f}",
            f"{p95:.1f}",
            f"{row.per_second:.1f}",
            f"{np.median(stock.latencies) / np.median(row.latencies):.2f}",
            f"{stock.seconds / row.seconds:.2f}",
            f"{row.peak_bytes / 1e6:,.0f}",
            f"{apart:.1e}",
        ]
        said = f"{accuracy.value:.1%} [{accuracy.ci_low * 100:.1f}, {accuracy.ci_high * 100:.1f}]"
        lines.append(f"{row.name:16}" + "".join(f"{cell:>11}" for cell in cells) + f"  {said}")
    return lines


def reviews(n: int) -> Any:
    """Return n test reviews of the embedded data, stratified by label."""
    from sentiment_core import data

    rows = data.load("imdb-embedded", seed=0).split("test")
    return rows if n >= len(rows) else rows.sample(n, random_state=0)


def save_for_pipeline(name: str, folder: Path) -> None:
    """Write a transformer as a folder that `pipeline` opens."""
    from sentiment_core import models

    classifier: Any = models.load_model(name)
    classifier.model.save_pretrained(folder)
    classifier.reader.tokenizer.save_pretrained(folder)


def _one(args: argparse.Namespace) -> None:
    """Measure the way that was asked for, and print it as JSON."""
    texts = reviews(args.reviews)["text"].tolist()
    found = measured(
        args.way,
        texts,
        Path(args.folder),
        max_length=args.max_length,
        threads=args.threads,
        cpu=args.cpu,
        started=args.started,
    )
    print(json.dumps(vars(found)))


def _in_its_own_process(way: str, folder: str, args: argparse.Namespace) -> Measured:
    asked = ["--way", way, "--folder", folder, "--started", str(time.time()), "--reviews", str(args.reviews)]
    asked += ["--max-length", str(args.max_length), "--threads", str(args.threads), *["--cpu"] * args.cpu]
    environment = os.environ | {"OMP_NUM_THREADS": str(args.threads), "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, __file__, *asked], stdout=subprocess.PIPE, text=True, env=environment, check=True
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", default="reference", help="a transformer; the pipeline has its weights")
    parser.add_argument("--others", help="ids or aliases with commas between; default: the whole shelf")
    parser.add_argument("--reviews", type=int, default=200)
    parser.add_argument("--max-length", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="processor's seconds, one process and thread")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--started", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.threads = 1 if args.cpu else args.threads
    if args.way:
        _one(args)
        return
    from sentiment_core import models

    shelf = [card.short_name for card in models.list_models()]
    names = args.others.split(",") if args.others else [name for name in shelf if name != args.model]
    rows = reviews(args.reviews)
    said = "CPU seconds of one thread" if args.cpu else f"{args.threads} threads in all"
    print(f"{len(rows)} test reviews of imdb-embedded, up to {args.max_length} tokens, {said}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        save_for_pipeline(args.model, Path(folder))
        found = [_in_its_own_process(way, folder, args) for way in (*STOCK, args.model, *names)]
    print("\n".join(report(found, rows["label"].tolist())))


if __name__ == "__main__":
    import bench_inference  # under its own name: the processes find `ours` by it

    bench_inference.main()

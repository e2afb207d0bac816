"""Requests answered a second, and how late the last: our server and the plain pipeline behind one.

    python tests/benchmarks/bench_serving.py --model reference --clients 32

The stock way is the one of most tutorials: `transformers.pipeline` behind a FastAPI function, of which there
are two: a plain function, which the server calls in a pool of threads, and an `async` one. Ours is
`python -m sentiment_core serve`. Both are processes of their own with the same number of threads in all, take
turns, and answer the same real reviews, one in each request. Clients ask again as soon as they are answered.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
from numpy.typing import NDArray

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
STOCK = {"stock, plain function": "def", "stock, async function": "async"}


@dataclass(frozen=True)
class Round:
    """One load on one server.

    Attributes:
        latencies: seconds from question to answer, one for each request.
        seconds: from the first question to the last answer.
        processor: seconds that the server and its children computed.
        prob_positive: of each text.
    """

    latencies: list[float]
    seconds: float
    processor: float
    prob_positive: list[float]

    @property
    def per_second(self) -> float:
        """Return answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """Return the seconds within which 99 of 100 requests were answered."""
        return float(np.percentile(self.latencies, 99))


def load(address: str, texts: Sequence[str], clients: int, processor: Callable[[], float]) -> Round:
    """Ask a server about each text, from so many clients at once that each keep their connection."""
    where = urlsplit(address)
    shares = [list(range(start, len(texts), clients)) for start in range(clients)]

    def client(share: list[int]) -> list[tuple[int, float, float]]:
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=600)
        found = []
        for place in share:
            began = time.perf_counter()
            prob_positive = ask(connection, texts[place])
            found.append((place, time.perf_counter() - began, prob_positive))
        connection.close()
        return found

    before, began = processor(), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        rows = sorted(row for found in pool.map(client, shares) for row in found)
    seconds = time.perf_counter() - began
    return Round([row[1] for row in rows], seconds, processor() - before, [row[2] for row in rows])


def ask(connection: http.client.HTTPConnection, text: str) -> float:
    """Return the probability of positive, asked for in the hub's form."""
    body = json.dumps({"inputs": text})
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    return next(float(one["score"]) for one in json.loads(content)[0] if one["label"] == "positive")


def compared(rounds: dict[str, list[Round]], ours: str, whole: NDArray[np.bool_]) -> list[str]:
    """Return a line a way, with medians over its rounds and ratios to the best stock way.

    `whole`: of which texts the model reads all. Plain transformers reads the beginning of others, and a model
    may read beginning and end.
    """
    speed = {name: float(np.median([one.per_second for one in found])) for name, found in rounds.items()}
    last = {name: float(np.median([one.p99 for one in found])) for name, found in rounds.items()}
    work = {
        name: float(np.median([one.processor / len(one.latencies) for one in found]))
        for name, found in rounds.items()
    }
    lines = [
        f"{name:24} {speed[name]:7.1f} requests/s  p99 {1000 * last[name]:7.0f} ms  "
        f"{1000 * work[name]:6.1f} processor ms per request"
        for name in rounds
    ]
    best = max((name for name in rounds if name != ours), key=lambda name: speed[name])
    apart = np.abs(np.subtract(rounds[ours][0].prob_positive, rounds[best][0].prob_positive))[whole].max()
    faster, sooner, less = speed[ours] / speed[best], last[best] / last[ours], work[best] / work[ours]
    return [
        *lines,
        f"ours against {best}: {faster:.2f} x the requests, p99 {sooner:.2f} x sooner, {less:.2f} x less "
        "processor time",
        f"largest difference of probability, of {whole.sum()} reviews that are read whole: {apart:.1e}",
    ]


# --- the two servers -------------------------------------------------------------------------------


@contextmanager
def started(command: Sequence[str], threads: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """Start a server; yield its address and what says how long it has computed."""
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    with tempfile.NamedTemporaryFile("w+", suffix=".log") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            yield _address_in(Path(log.name), process), lambda: _processor_seconds(process.pid)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        if found := ADDRESS.search(log.read_text()):
            return found.group()
        time.sleep(0.2)
    raise AssertionError("the server did not come up within two minutes")


def _processor_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def serve_stock(folder: str, kind: str, threads: int) -> None:
    """Serve a published folder by the plain pipeline."""
    import torch
    import uvicorn
    from fastapi import FastAPI
    from transformers import pipeline

    torch.set_num_threads(threads)
    classify = pipeline("text-classification", folder, top_k=None, truncation=True, device="cpu")
    classify(["A film."])
    app = FastAPI()

    def in_a_thread(body: dict[str, str]) -> Any:
        return classify([body["inputs"]])

    async def in_the_loop(body: dict[str, str]) -> Any:
        return classify([body["inputs"]])

    app.post("/")(in_the_loop if kind == "async" else in_a_thread)
    uvicorn.run(app, port=0, access_log=False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", default="reference", help="a transformer of the workspace")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--requests", type=int, default=320, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="of each server, in all")
    parser.add_argument("--words", type=int, help="only reviews cut to so many words")
    parser.add_argument("--stock", nargs=2, metavar=("FOLDER", "KIND"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.stock:
        serve_stock(*args.stock, args.threads)
        return
    for line in measure(args):
        print(line)


def measure(args: argparse.Namespace) -> list[str]:
    """Return what `main` prints."""
    from sentiment_core import data, models
    from sentiment_core.publishing import repository

    reviews = (
        data.load("imdb-embedded", limit=20 * args.requests, seed=0).split("validation")["text"].tolist()
    )
    texts = [" ".join(text.split()[: args.words]) for text in reviews[: args.requests]]
    ours, threads = "ours", str(args.threads)
    with ExitStack() as ending:
        folder = ending.enter_context(tempfile.TemporaryDirectory())
        repository.fill(Path(folder), models.resolve(args.model), "")
        classifier = models.load_model(args.model)
        whole = classifier.token_counts(texts) <= (classifier.max_tokens or np.inf)
        commands = {
            name: [sys.executable, __file__, "--threads", threads, "--stock", folder, kind]
            for name, kind in STOCK.items()
        } | {
            ours: [sys.executable, "-m", "sentiment_core", "serve", "--model", args.model, "--port", "0"]
            + ["--workers", threads, "--quiet"]
        }
        servers = {
            name: ending.enter_context(started(command, args.threads)) for name, command in commands.items()
        }
        rounds: dict[str, list[Round]] = {name: [] for name in servers}
        for address, processor in servers.values():
            load(address, texts[: args.clients], args.clients, processor)  # nobody's first questions count
        for _ in range(args.rounds):
            for name, (address, processor) in servers.items():
                rounds[name].append(load(address, texts, args.clients, processor))
    words = np.mean([len(text.split()) for text in texts])
    head = (
        f"{len(texts)} reviews of {words:.0f} words on average, {args.clients} clients, {threads} threads a "
        f"server, {args.rounds} rounds"
    )
    return [head, *compared(rounds, ours, whole)]


if __name__ == "__main__":
    main()

"""How long people wait for pages: many sessions at once, and the first look at many reviews.

    python tests/benchmarks/load_pages.py --home /tmp/load-workspace
    python tests/benchmarks/load_pages.py --home /tmp/load-workspace --tree ../another-checkout

The second line measures another checkout on the same workspace. A session is what a browser is to the
server: a websocket over which pages are asked for and drawn parts come back; the seconds that the browser
itself takes to draw are not among the figures. The server listens on this machine only and ends with the
script; sessions, pages and seconds are bounded.

Seconds depend on what else the machine does, the server's own CPU seconds hardly.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import load_workspace
import psutil

ROOT = Path(__file__).parents[2]
_VIEWS = {file.parent.name for file in ROOT.glob("dashboard/views/*/page.py")}
PAGES = ("home", *sorted(_VIEWS - {"home"}))
MOST_SESSIONS = 50
#: A page that takes longer counts as an error.
PAGE_SECONDS = 180.0
FINISHED_WELL = 0  # of ForwardMsg.ScriptFinishedStatus


@dataclass
class Drawn:
    """One page as one session got it; `parts` are the messages, `error` what the page showed instead."""

    page: str
    seconds: float
    parts: int = 0
    size: int = 0
    error: str = ""
    files: list[str] = field(default_factory=list)


@dataclass
class Session:
    """One visitor: its connection, and the page it is on."""

    socket: Any
    session_id: str = ""

    async def open(self, page: str, params: Mapping[str, str]) -> Drawn:
        """Ask for a page and take in everything until its script has ended."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        asked = BackMsg()
        asked.rerun_script.query_string = urlencode(params)
        asked.rerun_script.page_name = "" if page == "home" else page
        drawn, began = Drawn(page, 0.0), time.perf_counter()
        try:
            await self.socket.send(asked.SerializeToString())
            await asyncio.wait_for(self._take_in(drawn), PAGE_SECONDS)
        except TimeoutError:
            drawn.error = f"not drawn in {PAGE_SECONDS:.0f} s"
        drawn.seconds = time.perf_counter() - began
        return drawn

    async def file_url(self, file_id: str) -> str:
        """Have a file prepared that a button offers, and return its address."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        asked = BackMsg()
        asked.backend_operation_request.request_id = file_id
        asked.backend_operation_request.session_id = self.session_id
        asked.backend_operation_request.deferred_file.file_id = file_id
        await self.socket.send(asked.SerializeToString())
        while True:
            message = await asyncio.wait_for(self._next(), PAGE_SECONDS)
            if message.WhichOneof("type") == "backend_operation_response":
                return str(message.backend_operation_response.deferred_file.url)

    async def _next(self) -> Any:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = ForwardMsg()
        message.ParseFromString(await self.socket.recv())
        return message

    async def _take_in(self, drawn: Drawn) -> None:
        while True:
            message = await self._next()
            drawn.parts, drawn.size = drawn.parts + 1, drawn.size + message.ByteSize()
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id
            elif kind == "delta":
                _note(message.delta.new_element, drawn)
            elif kind == "script_finished" and message.script_finished == FINISHED_WELL:
                return


def _note(element: Any, drawn: Drawn) -> None:
    kind = element.WhichOneof("type")
    if kind == "exception":
        drawn.error = element.exception.type
    elif kind == "download_button":
        drawn.files.append(element.download_button.deferred_file_id)


@contextmanager
def serving(tree: Path, home: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Serve a checkout's dashboard on a workspace; yield the port and the server's process."""
    port = _free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(tree / "dashboard" / "Home.py"), "--server.port",
        str(port), "--server.address", "127.0.0.1", "--server.headless", "true",
    ]  # fmt: skip
    environment = {"REELCHECK_HOME": str(home), "PYTHONPATH": str(tree)}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=os.environ | environment, cwd=home, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_healthy(port, server)
        yield port, psutil.Process(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:  # a computation under way is not waited for
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise SystemExit("the server ended by itself; see server.log in the workspace")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the server did not come up within a minute")


@contextmanager
def memory_watched(process: psutil.Process) -> Iterator[list[float]]:
    """Note the most memory that the process has at a time, in MB, looked at ten times a second."""
    peak, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            peak[0] = max(peak[0], process.memory_info().rss / 1e6)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Session]:
    """Open a session with the server, as a browser does."""
    import websockets

    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with websockets.connect(
        address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
    ) as connection:
        yield Session(connection)


async def walk(port: int, seed: int, rounds: int, thinking: float) -> list[Drawn]:
    """Go over all pages in an order of one's own, with up to so many seconds of thinking before each."""
    rng, drawn = random.Random(seed), []
    async with connected(port) as session:
        for _ in range(rounds):
            for page in rng.sample(PAGES, len(PAGES)):
                await asyncio.sleep(rng.uniform(0, thinking))
                drawn.append(await session.open(page, {}))
    return drawn


async def crowd(port: int, sessions: int, rounds: int, thinking: float) -> list[Drawn]:
    """Return every page that every session got."""
    walks = (walk(port, seed, rounds, thinking) for seed in range(sessions))
    return [drawn for one in await asyncio.gather(*walks) for drawn in one]


def cpu_seconds(process: psutil.Process) -> float:
    """Return the processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of the values lies; the nearest one, not a mean of two."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_crowd(tree: Path, home: Path, sessions: int, rounds: int, thinking: float) -> dict[str, Any]:
    """Serve a checkout anew, let the sessions walk, and return what it took."""
    with serving(tree, home) as (port, process), memory_watched(process) as peak:
        used, began = cpu_seconds(process), time.perf_counter()
        drawn = asyncio.run(crowd(port, sessions, rounds, thinking))
        used, wall = cpu_seconds(process) - used, time.perf_counter() - began
    seconds = [one.seconds for one in drawn]
    return {
        "sessions": sessions,
        "pages": len(drawn),
        "errors": sorted({f"{one.page}: {one.error}" for one in drawn if one.error}),
        "median_seconds": round(statistics.median(seconds), 2),
        "p95_seconds": round(quantile(seconds, 0.95), 2),
        "cpu_seconds_a_page": round(used / len(drawn), 3),
        "wall_seconds": round(wall, 1),
        "peak_mb": round(peak[0]),
        "by_page": {page: _of_page([one for one in drawn if one.page == page]) for page in PAGES},
    }


def measure_alone(
    tree: Path, home: Path, params: Mapping[str, str] | None = None, rounds: int = 4
) -> dict[str, Any]:
    """Serve a checkout anew to one session; return each page's seconds, the first time and after that.

    Nobody else asks meanwhile, so that the server's processor seconds are the page's own. `params` are the
    address's, which choose the reviews.
    """
    with serving(tree, home) as (port, process), memory_watched(process) as peak:
        told = asyncio.run(_alone(port, process, params or {}, rounds))
    again = [(page, *costs) for page, *costs in told[len(PAGES) :]]
    return {
        "sessions": 1,
        "first_median_seconds": round(statistics.median(seconds for _, seconds, _ in told[: len(PAGES)]), 2),
        "median_seconds": round(statistics.median(seconds for _, seconds, _ in again), 3),
        "median_cpu_seconds": round(statistics.median(cpu for _, _, cpu in again), 3),
        "mean_cpu_seconds": round(statistics.mean(cpu for _, _, cpu in again), 3),
        "peak_mb": round(peak[0]),
        "by_page": {
            page: {
                "first_cpu": round(next(cpu for name, _, cpu in told if name == page), 3),
                "cpu": round(statistics.median(cpu for name, _, cpu in again if name == page), 3),
                "seconds": round(statistics.median(took for name, took, _ in again if name == page), 3),
            }
            for page in PAGES
        },
    }


async def _alone(
    port: int, process: psutil.Process, params: Mapping[str, str], rounds: int
) -> list[tuple[str, float, float]]:
    told = []
    async with connected(port) as session:
        for page in PAGES * rounds:
            used = cpu_seconds(process)
            drawn = await session.open(page, params)
            if drawn.error:
                raise SystemExit(f"{page}: {drawn.error}")
            told.append((page, drawn.seconds, cpu_seconds(process) - used))
    return told


def _of_page(drawn: Sequence[Drawn]) -> dict[str, float]:
    seconds = [one.seconds for one in drawn]
    return {
        "median": round(statistics.median(seconds), 2),
        "p95": round(quantile(seconds, 0.95), 2),
        "kb": round(sum(one.size for one in drawn) / len(drawn) / 1e3),
        "parts": round(sum(one.parts for one in drawn) / len(drawn)),
    }


# --- the first look at many reviews --------------------------------------------------------------


def measure_first_look(tree: Path, home: Path, page: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Serve a checkout anew and return the seconds of a page's first and second drawing, and its memory.

    Home is opened before, since imports are not what is measured. Where the page offers files, the first of
    them is fetched: seconds until it is there, its size, and how much memory that took.
    """
    with serving(tree, home) as (port, process), memory_watched(process) as peak:
        return asyncio.run(_first_look(port, page, params, process, peak))


async def _first_look(
    port: int, page: str, params: Mapping[str, str], process: psutil.Process, peak: list[float]
) -> dict[str, Any]:
    async with connected(port) as session:
        await session.open("home", {})
        used = cpu_seconds(process)
        first = await session.open(page, params)
        used = cpu_seconds(process) - used
        again = await session.open(page, params)
        found: dict[str, Any] = {
            "page": page,
            "first_seconds": round(first.seconds, 2),
            "first_cpu_seconds": round(used, 2),
            "again_seconds": round(again.seconds, 2),
            "kb": round(first.size / 1e3),
            "errors": [one.error for one in (first, again) if one.error],
            "peak_mb": round(peak[0]),
        }
        if again.files:
            found["export"] = await _exported(port, session, again.files[0], process, peak)
    return found


async def _exported(
    port: int, session: Session, file_id: str, process: psutil.Process, peak: list[float]
) -> dict[str, Any]:
    before, used, began = process.memory_info().rss / 1e6, cpu_seconds(process), time.perf_counter()
    peak[0] = before
    url = await session.file_url(file_id)
    size = await asyncio.to_thread(_size_of, f"http://127.0.0.1:{port}{url}")
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(cpu_seconds(process) - used, 2),
        "file_mb": round(size / 1e6, 1),
        "added_mb": round(peak[0] - before),
    }


def _size_of(url: str) -> int:
    """Read a file to its end, piece by piece, as a browser saves it."""
    with urllib.request.urlopen(url, timeout=PAGE_SECONDS) as answer:
        return sum(len(piece) for piece in iter(lambda: answer.read(1 << 20), b""))


def large_data(home: Path, reviews: int) -> dict[str, str]:
    """Return the address's parameters that choose the large data set and its two models."""
    os.environ["REELCHECK_HOME"] = str(home)
    from sentiment_core.evaluation import records

    found = [one for one in records.list_evaluations() if one.manifest["n"] == reviews]
    second, first = found[:2]
    data = f"{first.fingerprint}-{first.split}"
    return {"data": data, "model_a": first.model_id, "model_b": second.model_id}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--home", type=Path, help="the workspace, made where it is missing; default: temporary"
    )
    parser.add_argument("--tree", type=Path, default=ROOT, help="the checkout that is served")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1, help="over all pages, by every session")
    parser.add_argument("--thinking", type=float, default=0.0, help="seconds before a page, at most")
    parser.add_argument("--batches", type=int, default=70)
    parser.add_argument("--reviews", type=int, default=100_000, help="0: without the first look")
    parser.add_argument("--parts", nargs="*", default=["one", "crowd", "large", "first"])
    args = parser.parse_args()
    if not 1 <= args.sessions * args.rounds <= MOST_SESSIONS:
        parser.error(f"sessions times rounds must be within 1 to {MOST_SESSIONS}")
    with tempfile.TemporaryDirectory() as temporary:
        home = (args.home or Path(temporary)).resolve()
        load_workspace.make(home, batches=args.batches, reviews=args.reviews)
        for result in _results(args, home, args.tree.resolve()):
            print(json.dumps(result), flush=True)


def _results(args: argparse.Namespace, home: Path, tree: Path) -> Iterator[dict[str, Any]]:
    if "one" in args.parts:
        yield measure_alone(tree, home)
    if "crowd" in args.parts:
        yield measure_crowd(tree, home, args.sessions, args.rounds, args.thinking)
    params = large_data(home, args.reviews) if args.reviews else {}
    if params and "large" in args.parts:
        yield {"reviews": args.reviews} | measure_alone(tree, home, params)
    if params and "first" in args.parts:
        for page in ("evaluate", "errors"):
            yield measure_first_look(tree, home, page, params)


if __name__ == "__main__":
    main()

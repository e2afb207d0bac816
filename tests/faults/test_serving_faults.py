"""The server outlives what clients and kills do to it, and nobody learns of another's text."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest
import requests
from numpy.typing import NDArray

from sentiment_core import __main__ as core_line
from sentiment_core import models
from sentiment_core.errors import ModelError
from sentiment_core.serving import crew
from sentiment_core.serving.limits import Limits
from sentiment_core.serving.server import Connection, Settings, in_background

sys.path.append(str(Path(__file__).parents[1] / "core"))
from served import GOOD, workspace  # noqa: E402

KEY = "a-key-of-sixteen-or-more"
SECRET = "the text of a person"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("served")
    with workspace(folder):
        yield folder


@pytest.fixture(autouse=True)
def _here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with in_background(["warm"], quiet()) as address:
        yield address


@pytest.fixture(scope="module")
def impatient(home: Path) -> Iterator[str]:
    """A server that waits two seconds for a request, where others wait ten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "seconds", 2.0)
        with in_background(["warm"], quiet(limits=Limits(read_seconds=2.0))) as address:
            yield address


def quiet(**settings: Any) -> Settings:
    return Settings(**{"log": lambda line: None} | settings)


def ask(address: str, text: str = GOOD, path: str = "/", **more: Any) -> requests.Response:
    return requests.post(address + path, json={"inputs": text}, timeout=60, **more)


def connected(address: str) -> socket.socket:
    where = urlsplit(address)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def head(size: int, *lines: str) -> bytes:
    first = [
        "POST / HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {size}",
    ]
    return "\r\n".join([*first, *lines, "", ""]).encode()


class Slow:
    """A model that takes its time, and counts what it is asked together."""

    model_id, max_tokens = "slow", None

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.go_on = threading.Event()

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.batches.append(len(texts))
        if len(self.batches) > 1:  # the first question is the server's own
            assert self.go_on.wait(100)
        return np.full((len(texts), 2), 0.5)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.ones(len(texts), dtype=np.int64)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    model = Slow()
    monkeypatch.setattr(models, "load_model", lambda name: model)
    return model


# --- bodies and connections ------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_refused_whether_or_not_their_size_is_said(address: str, chunked: bool) -> None:
    body = b'{"inputs": "' + b"a" * 10_000_000 + b'"}'
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000)) if chunked else body
    answer = requests.post(address, data=pieces, headers={"Content-Type": "application/json"}, timeout=60)
    assert (answer.status_code, answer.json()["error_type"]) == (413, "Validation")
    assert ask(address).status_code == 200


def test_a_client_that_hangs_in_its_body_is_told_so_and_keeps_nobody_waiting(impatient: str) -> None:
    with connected(impatient) as line:
        line.sendall(head(100) + b'{"inputs":')
        assert ask(impatient).status_code == 200
        assert line.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("begun", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_a_connection_on_which_no_request_arrives_is_closed(impatient: str, begun: bytes) -> None:
    with connected(impatient) as line:
        line.sendall(begun)
        assert ask(impatient).status_code == 200
        assert line.recv(100) == b""


def test_a_client_that_leaves_is_not_computed_for(slow: Slow) -> None:
    with in_background(["warm"], quiet()) as address, ThreadPoolExecutor() as pool:
        first = pool.submit(ask, address)
        wait_until(lambda: len(slow.batches) == 2)
        for _ in range(5):
            with connected(address) as line:
                line.sendall(head(15) + b'{"inputs": "a"}')
                wait_until(lambda: gauge(address, "reelcheck_waiting_texts") == 1)
            wait_until(lambda: gauge(address, "reelcheck_requests_in_flight") == 2)
        slow.go_on.set()
        assert first.result().status_code == 200
    assert slow.batches == [1, 1]


def test_a_flood_is_answered_or_refused_and_leaves_nothing_behind(slow: Slow) -> None:
    with (
        in_background(["warm"], quiet(limits=Limits(concurrent=8))) as address,
        ThreadPoolExecutor(40) as pool,
    ):
        asked = [pool.submit(ask, address) for _ in range(40)]
        wait_until(lambda: sum(one.done() for one in asked) == 32)
        assert requests.get(f"{address}/health", timeout=60).status_code == 200
        slow.go_on.set()
        statuses = Counter(one.result().status_code for one in asked)
        assert statuses == {200: 8, 429: 32}
        assert ask(address).status_code == 200
    assert sum(slow.batches[1:3]) == 8  # those that waited for the first were asked together


def test_more_text_than_may_be_held_is_refused(slow: Slow) -> None:
    with (
        in_background(["warm"], quiet(limits=Limits(waiting_bytes=1_000))) as address,
        ThreadPoolExecutor() as pool,
    ):
        first = pool.submit(ask, address, "a" * 900)
        wait_until(lambda: len(slow.batches) == 2)
        assert ask(address, "b" * 900).status_code == 429
        slow.go_on.set()
        assert first.result().status_code == 200
        assert ask(address, "b" * 900).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(slow: Slow) -> None:
    with in_background(["warm"], quiet(limits=Limits(answer_seconds=0.2))) as address:
        answer = ask(address)
        slow.go_on.set()
    assert (answer.status_code, answer.json()["error_type"], answer.headers["retry-after"]) == (
        429,
        "Overloaded",
        "1",
    )


def test_one_explanation_at_a_time_is_computed(slow: Slow) -> None:
    with in_background(["warm"], quiet()) as address, ThreadPoolExecutor() as pool:
        first = pool.submit(ask, address, GOOD, "/explain")
        wait_until(lambda: len(slow.batches) == 2)
        assert ask(address, GOOD, "/explain").status_code == 429
        slow.go_on.set()
        assert first.result().json()["method"] == "occlusion"
        assert ask(address, GOOD, "/explain").status_code == 200


def test_requests_of_one_address_are_counted_by_the_minute(home: Path) -> None:
    with in_background(["warm"], quiet(limits=Limits(per_minute=2))) as address:
        assert [ask(address).status_code for _ in range(3)] == [200, 200, 429]
        port = urlsplit(address).port
        other = http.client.HTTPConnection("127.0.0.1", port, source_address=("127.0.0.2", 0))
        other.request("GET", "/info")
        assert other.getresponse().status == 200
        assert requests.get(f"{address}/health", timeout=60).status_code == 200


# --- who may ask -----------------------------------------------------------------------------------


def test_a_key_is_asked_for_by_everything_but_whether_the_server_lives_and_its_page(home: Path) -> None:
    with in_background(["warm"], quiet(key=KEY)) as address:
        for headers in (
            {},
            {"Authorization": KEY},
            {"Authorization": f"Basic {KEY}"},
            {"Authorization": "Bearer x"},
        ):
            assert ask(address, headers=headers).status_code == 401
            assert requests.get(f"{address}/metrics", headers=headers, timeout=60).status_code == 401
        assert ask(address, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
        for path in ("/health", "/docs", "/openapi.json"):
            assert requests.get(address + path, timeout=60).status_code == 200


def test_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    seen = []

    def compare(given: bytes, key: bytes) -> bool:
        seen.append((given, key))
        return given == key

    monkeypatch.setattr("sentiment_core.serving.door.hmac.compare_digest", compare)
    with in_background(["warm"], quiet(key=KEY)) as address:
        ask(address, headers={"Authorization": "Bearer x"})
    assert seen == [(b"x", KEY.encode())]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_gets_one_line(address: str, host: str) -> None:
    assert ask(address, headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_gets_nothing(address: str, origin: str) -> None:
    answer = ask(address, headers={"Origin": origin})
    assert answer.status_code == 403 and not [
        name for name in answer.headers if name.startswith("access-control")
    ]
    simple = requests.post(
        address, data='{"inputs": "a"}', headers={"Content-Type": "text/plain"}, timeout=30
    )
    assert simple.status_code == 415  # what a page may send without being asked first


def test_a_name_that_is_allowed_is_answered(home: Path) -> None:
    with in_background(["warm"], quiet(names=("Reviews.example.org",))) as address:
        assert ask(address, headers={"Host": "reviews.example.org"}).status_code == 200
        assert ask(address, headers={"Host": "other.example.org"}).status_code == 421


# --- the log ---------------------------------------------------------------------------------------


def test_the_log_has_a_line_for_each_request_without_texts_keys_or_what_a_client_wrote(home: Path) -> None:
    lines: list[str] = []
    with in_background(["warm"], Settings(key=KEY, log=lines.append)) as address:
        ask(address, SECRET, headers={"Authorization": f"Bearer {KEY}", "User-Agent": f"{SECRET} agent"})
        ask(address, SECRET, headers={"Authorization": f"Bearer {KEY}x"})
        requests.get(f"{address}/nothing%0d%0a1.2.3.4 GET / 200?q={SECRET}&token={KEY}", timeout=60)
        raw(
            address,
            f"GET /{SECRET.split()[0]} HTTP/1.1\r\nHost: a\r\nX-A: b\x0b\n1.2.3.4 GET / 200\r\n\r\n".encode(),
        )
        raw(address, b"\x00\xff\r\n\r\n")
    assert len(lines) == 3
    assert all(
        re.fullmatch(r"127\.0\.0\.1 (POST|GET) \S+ \d{3} [\d.]+ ms [\d,]+ bytes", line) for line in lines
    )
    assert not any(word in line for line in lines for word in (KEY, *SECRET.split()))


def test_a_fault_of_ours_is_logged_by_its_place_and_not_by_its_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(SECRET)

    lines: list[str] = []
    monkeypatch.setattr("sentiment_core.serving.app.forms.hub_reply", broken)
    with in_background(["warm"], Settings(log=lines.append)) as address:
        answer = ask(address)
    assert answer.status_code == 500 and SECRET not in answer.text
    assert "error: KeyError at " in lines[0] and SECRET not in "".join(lines)


# --- kills and stops -------------------------------------------------------------------------------


class Deadly(Slow):
    """A model whose process does not outlive one text."""

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if any(SECRET in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return np.full((len(texts), 2), 0.5)


def load_deadly(name: str) -> Deadly:
    if "NO_MODEL" in os.environ:
        raise ModelError("model 'warm' is damaged")
    return Deadly()


@pytest.fixture(scope="module")
def apart(home: Path) -> Iterator[str]:
    """A server whose model is in a process beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "load_model", load_deadly)
        patch.setattr(crew, "SECONDS_AFTER_FAILURE", 0.1)
        with in_background(["warm"], quiet(workers=1)) as address:
            yield address


def workers() -> list[psutil.Process]:
    children = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def kill_worker() -> None:
    wait_until(lambda: len(workers()) == 1)
    workers()[0].kill()


def test_a_worker_that_is_killed_under_load_is_started_again_and_no_request_is_lost(apart: str) -> None:
    def load(n: int) -> Counter[int]:
        return Counter(ask(apart, f"{GOOD} {n} {k}").status_code for k in range(20))

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(load, n) for n in range(8)]
        wait_until(lambda: gauge(apart, "reelcheck_batch_texts_count") > 3)
        kill_worker()
        assert sum((one.result() for one in asked), Counter()) == {200: 160}


def test_a_worker_that_is_killed_at_rest_is_started_again_before_anybody_asks(apart: str) -> None:
    before = gauge(apart, "reelcheck_worker_starts_total")
    kill_worker()
    wait_until(lambda: gauge(apart, "reelcheck_worker_starts_total") == before + 1)
    assert requests.get(f"{apart}/health", timeout=60).status_code == 200


def test_a_text_that_kills_its_process_is_refused_and_those_beside_it_are_answered(apart: str) -> None:
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(ask, apart, text) for text in (GOOD, SECRET, GOOD)]
        statuses = [one.result().status_code for one in asked]
    refused = asked[1].result()
    assert statuses == [200, 424, 200]
    assert refused.json()["error_type"] == "Backend" and SECRET not in refused.text


def test_a_model_that_cannot_be_started_again_is_unhealthy_until_it_can(
    apart: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_MODEL", "1")
    kill_worker()
    wait_until(lambda: requests.get(f"{apart}/health", timeout=60).status_code == 503)
    answer = ask(apart)
    assert (answer.status_code, answer.json()["error_type"]) == (503, "Unhealthy")
    monkeypatch.delenv("NO_MODEL")
    wait_until(lambda: requests.get(f"{apart}/health", timeout=60).status_code == 200)
    assert ask(apart).status_code == 200


def test_a_stop_under_load_answers_every_request_that_was_accepted(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "sentiment_core", "serve", "--model", "warm", "--port", "0", "--json"],
            stdout=subprocess.PIPE, stderr=stderr, text=True,
        )  # fmt: skip
    wait_until(lambda: "serving warm at" in log.read_text())
    address = re.search(r"http://[\d.:]+", log.read_text()).group()
    got: Counter[int] = Counter()

    def load() -> None:
        with requests.Session() as session:
            while True:
                try:
                    answer = session.post(address, json={"inputs": GOOD}, timeout=60)
                except requests.ConnectionError:
                    return
                assert answer.json()
                got[answer.status_code] += 1

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(load) for _ in range(8)]
        wait_until(lambda: got[200] > 100)
        process.terminate()
        said = json.loads(process.communicate(timeout=60)[0])
        for one in running:
            one.result()
    assert process.returncode == 0
    assert set(got) <= {200, 503}
    assert said["answered"] == got[200] == log.read_text().count(" POST / 200 ")


def test_what_cannot_be_served_is_one_line_and_exit_code_2(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        wrong = {
            "model 'nobody' is not known": ["--model", "nobody", "--port", "0"],
            "cannot be used": ["--model", "warm", "--port", port],
            "--port is 70000": ["--model", "warm", "--port", "70000"],
            "--most-texts is 0": ["--model", "warm", "--most-texts", "0"],
            "opens the API to a network": ["--model", "warm", "--host", "0.0.0.0"],
            "--workers is -1": ["--model", "warm", "--workers", "-1"],
        }
        for words, arguments in wrong.items():
            assert core_line.main(["serve", *arguments]) == 2
            error = capsys.readouterr().err
            assert words in error and len(error.splitlines()) == 1
    monkeypatch.setenv("REELCHECK_API_KEY", "too short")
    assert core_line.main(["serve", "--model", "warm"]) == 2
    assert "too short" not in capsys.readouterr().err


# --- what is asked of a server ---------------------------------------------------------------------


def raw(address: str, request: bytes) -> bytes:
    with connected(address) as line:
        line.sendall(request)
        return line.recv(1_000)


def gauge(address: str, name: str) -> float:
    text = requests.get(f"{address}/metrics", timeout=60).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come true in a minute")

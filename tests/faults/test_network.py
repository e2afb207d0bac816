"""A real server, asked by hand: where it listens, and to whom it answers."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    "/",
    "/home",
    "/attack",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/upload_file/x/y",
    "/media/x.png",
)
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "localhost.evil.example:{port}",
    "127.0.0.1.nip.example",
    "0.0.0.0:{port}",
    "localhost@evil.example",
    "localhost:{port}, evil.example",
    "",
    "[::2]:{port}",
    "localhost:port",
    "lоcalhost:{port}",
)
OWN_HOSTS = ("localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}", "localhost")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """A server as a person starts it, from a folder that has no configuration."""
    with _serving(tmp_path_factory.mktemp("served")) as process:
        yield process


@pytest.fixture
def port(server: psutil.Process) -> int:
    return _listening(server)[0].laddr.port


@contextmanager
def _serving(home: Path, *options: str) -> Iterator[psutil.Process]:
    """The dashboard on an empty workspace, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    child = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "Home.py"),
         "--server.port", port, "--server.headless", "true", *options],
        cwd=home, env=os.environ | {"REELCHECK_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(240):
            assert child.poll() is None, "the server ended by itself"
            if _listening(psutil.Process(child.pid)):
                break
            time.sleep(0.25)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(timeout=30)


def _listening(process: psutil.Process) -> list[Any]:
    return [found for found in process.net_connections("tcp") if found.status == psutil.CONN_LISTEN]


def _sent(port: int, request: str) -> bytes:
    """Return what comes back for a request written by hand, up to the end or a second of silence."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request.encode())
        line.settimeout(5)
        answer = line.recv(65536)
        line.settimeout(0.2)
        try:
            while more := line.recv(65536):
                answer += more
        except TimeoutError:
            pass
    return answer


def _get(port: int, host: str, path: str = "/", *more: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more]
    return _sent(port, "\r\n".join(lines) + "\r\n\r\n")


def _upgraded(port: int, host: str, origin: str | None = None) -> bytes:
    return _sent(port, _upgrade(host, origin))


def _upgrade(host: str, origin: str | None = None) -> str:
    """Return the request that opens a page's connection."""
    key = base64.b64encode(os.urandom(16)).decode()
    asked = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
    asked += [f"Origin: {origin}"] if origin is not None else []
    lines = ["GET /_stcore/stream HTTP/1.1", f"Host: {host}", "Connection: Upgrade", *asked]
    return "\r\n".join(lines) + "\r\n\r\n"


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def test_the_server_listens_on_this_machine_only(server: psutil.Process) -> None:
    assert {found.laddr.ip for found in _listening(server)} <= {"127.0.0.1", "::1"}


def test_the_machines_other_addresses_do_not_answer(port: int) -> None:
    others = {
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    }
    assert all(_refuses(other, port) for other in others or {"127.0.0.2"})


def _refuses(address: str, port: int) -> bool:
    """Whether this machine's address refuses; asked by a process that the tests' own guard does not stop."""
    asked = "import socket, sys; sys.exit(socket.socket().connect_ex((sys.argv[1], int(sys.argv[2]))) == 0)"
    return subprocess.run([sys.executable, "-c", asked, address, str(port)], check=False).returncode == 0


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_its_own_names_are_answered(port: int, host: str) -> None:
    assert _status(_get(port, host.format(port=port))) == 200
    own = host.format(port=port)
    assert _status(_upgraded(port, own, f"http://{own}")) == 101


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_gets_one_line_from_every_address(port: int, host: str) -> None:
    for path in PAGES:
        answer = _get(port, host.format(port=port), path)
        assert _status(answer) in (400, 421), (path, answer[:200])
        assert b"<html" not in answer.lower() and b"evil" not in answer


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_with_an_equal_origin_opens_no_session(port: int, host: str) -> None:
    """DNS rebinding: the browser believes that this machine is the site that the page is from."""
    foreign = host.format(port=port)
    for origin in (f"http://{foreign}", f"http://localhost:{port}", None):
        assert _status(_upgraded(port, foreign, origin)) in (400, 403)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost:1",
        "http://localhost.evil.example:{port}",
        "x",
        "http://[",
        "",
        "http://localhost:{port}@evil.example",
    ],
)
def test_a_foreign_origin_is_refused_by_every_address(port: int, origin: str) -> None:
    own, foreign = f"localhost:{port}", origin.format(port=port)
    assert _status(_upgraded(port, own, foreign)) == 403
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "POST"):
        answer = _get(port, own, "/_stcore/upload_file/x/y", f"Origin: {foreign}", method=method)
        assert _status(answer) == 403 and b"access-control" not in answer.lower()


def test_two_hosts_in_one_request_are_refused(port: int) -> None:
    answer = _get(port, f"localhost:{port}", "/", "Host: evil.example")
    assert _status(answer) in (400, 421)


@pytest.mark.parametrize("path", PAGES)
def test_other_sites_may_not_frame_any_answer(port: int, path: str) -> None:
    head = _get(port, f"localhost:{port}", path).split(b"\r\n\r\n")[0].lower()
    assert b"x-frame-options: sameorigin" in head
    assert b"content-security-policy: frame-ancestors 'self'" in head
    assert b"x-content-type-options: nosniff" in head


def test_home_has_an_address_of_its_own(port: int) -> None:
    assert _status(_get(port, f"localhost:{port}", "/home")) == 200


def test_a_name_that_the_operator_lists_is_answered(tmp_path: Path) -> None:
    with _serving(tmp_path, "--server.allowedHosts", "reviews.example.org") as process:
        port = _listening(process)[0].laddr.port
        assert _status(_get(port, "reviews.example.org")) == 200
        assert _status(_upgraded(port, "reviews.example.org", "https://reviews.example.org")) == 101
        assert _status(_get(port, "localhost")) == 421


def test_make_run_takes_its_port_and_no_address_of_a_network() -> None:
    run = re.search(r"streamlit run .*", (ROOT / "Makefile").read_text()).group()
    assert "--server.port $(PORT)" in run and "address" not in run


def test_the_server_ends_on_a_signal_while_a_page_is_open(tmp_path: Path) -> None:
    with _serving(tmp_path) as process:
        port = _listening(process)[0].laddr.port
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(_upgrade("localhost").encode())
            assert b"101" in line.recv(100)
            process.terminate()
            process.wait(timeout=20)

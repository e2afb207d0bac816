"""What holds for every test: a workspace of its own, no network, fast tests first, skipped tests named."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Read by libraries when they are imported, and by the processes that tests start.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


class NetworkBlocked(OSError):
    """A test tried to reach a machine other than its own."""


def pytest_configure(config: pytest.Config) -> None:
    config.option.reportchars = "".join({*config.option.reportchars, "s"})  # a skip says so, and why


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put slow tests last; first in one of several processes, so that none is alone with one at the end."""
    several = hasattr(config, "workerinput")
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None) != several)


@pytest.fixture(scope="session", autouse=True)
def _session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep fixtures of a wider scope than one test away from the real workspace too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(tmp_path_factory.mktemp("session-home")))
        patch.setenv(
            "XDG_DATA_HOME", str(tmp_path_factory.mktemp("person"))
        )  # what is a person's, not a workspace's
        patch.delenv("REELCHECK_JOB", raising=False)
        yield


@pytest.fixture(autouse=True)
def reelcheck_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty workspace."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("REELCHECK_HOME", str(home))
    return home


@pytest.fixture(scope="session", autouse=True)
def _refused_connections() -> Iterator[list[str]]:
    """Block every connection that leaves this machine, and list the attempts."""
    refused: list[str] = []
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        if not _is_here(host):
            refused.append(str(host))
            raise NetworkBlocked(f"tests may not reach {host!r}; only this machine")

    def guarded(original: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                check(address[0])
            return original(self, address)

        return call

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield refused


@pytest.fixture(autouse=True)
def _no_network(_refused_connections: list[str]) -> Iterator[None]:
    """Fail the test that tried to leave this machine, even where a library swallowed the error."""
    yield
    tried = list(_refused_connections)
    _refused_connections.clear()
    if tried:
        pytest.fail(f"the test tried to reach {', '.join(tried)}; tests need no network")


def _is_here(host: object) -> bool:
    """Whether a host is this machine: loopback, the wildcard address, or its name."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(name).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified

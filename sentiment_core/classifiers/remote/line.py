"""The line to an endpoint: one request out, one bounded answer back, to no other address than was meant.

Redirects are not followed, proxies of the environment are not used, and the peer's address is checked on the
connection itself, before anything is sent: a name that is looked up twice may lead to two places.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sentiment_core.classifiers.remote import addresses
from sentiment_core.errors import RemoteError

#: Of an answer: that to 256 texts has about 30 kB.
MOST_BYTES = 2**20


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class NoReply(Exception):
    """Nothing came back, or not in time; another try may help. Its text says what happened."""


class Line:
    """Connections to one host, which are kept between requests."""

    def __init__(
        self,
        url: str,
        *,
        near: bool,
        timeout: float,
        parallel: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is connected yet. `near`: whether this machine's network may be asked."""
        parts = urlsplit(url)
        self.url, self.host, self.timeout, self.clock = url, parts.netloc, timeout, clock
        self._how: dict[str, Any] = {"near": near, "parallel": parallel, "clock": clock}
        self._target = parts.path or "/"
        self._pool = _pool(parts.scheme, str(parts.hostname), parts.port, near, timeout, parallel)

    def with_timeout(self, seconds: float) -> Line:
        """Return another line to the same host, whose requests may take so long."""
        return Line(self.url, timeout=seconds, **self._how)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request and return the answer, whatever its status.

        Raises:
            NoReply: there is none within the time.
            RemoteError: the host is at an address that is not asked, or the answer is too large.
        """
        from urllib3.exceptions import HTTPError

        began = self.clock()
        try:
            response = self._pool.urlopen(
                "POST",
                (self._target.rstrip("/") + path) or "/",
                body=body,
                headers={"Accept-Encoding": "identity", "Content-Type": "application/json", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return Reply(response.status, dict(response.headers), self._read(response, began))
            finally:
                response.close() if response.length_remaining else response.release_conn()
        except HTTPError as error:
            raise NoReply(_in_words(error, self.timeout)) from None
        except OSError as error:
            raise NoReply(f"the connection failed ({type(error).__name__})") from None

    def _read(self, response: Any, began: float) -> bytes:
        parts, size = [], 0
        while part := response.read1(2**16, decode_content=False):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                response.close()
                raise RemoteError(
                    f"{self.host} answers with more than {MOST_BYTES >> 20} MiB; it is not read"
                )
            if self.clock() - began > self.timeout:
                response.close()
                raise NoReply(f"no whole answer within {self.timeout:g} s")
        return b"".join(parts)


def _pool(scheme: str, host: str, port: int | None, near: bool, timeout: float, parallel: int) -> Any:
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection

    def checked(connection: Any, connected: Callable[[Any], Any]) -> Any:
        socket = connected(connection)
        if why := addresses.refused(str(socket.getpeername()[0]), near):
            socket.close()
            raise RemoteError(f"{host} is not asked: {why}")
        return socket

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return checked(self, HTTPConnection._new_conn)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> Any:
            return checked(self, HTTPSConnection._new_conn)

    kind: Any = urllib3.HTTPSConnectionPool if scheme == "https" else urllib3.HTTPConnectionPool
    pool = kind(host, port, timeout=urllib3.Timeout(timeout), maxsize=parallel, block=True)
    pool.ConnectionCls = Encrypted if scheme == "https" else Plain
    return pool


def _in_words(error: Exception, timeout: float) -> str:
    from urllib3 import exceptions

    if isinstance(error, exceptions.NameResolutionError):
        return "its name is not known"
    if isinstance(error, exceptions.SSLError):
        return "its certificate, or its encryption, is not accepted"
    if isinstance(error, exceptions.NewConnectionError):
        return "it cannot be reached"
    if isinstance(error, exceptions.ConnectTimeoutError | exceptions.ReadTimeoutError):
        return f"no answer within {timeout:g} s"
    return f"the connection ended without an answer ({type(error).__name__})"

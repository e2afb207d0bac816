"""What stands before every request: who may ask, how much, how often; and one line of log for each.

An ASGI middleware, so that a request is read whole, within bounds, before anything looks into it, and so that
an answer nobody waits for anymore is not computed.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import sys
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from sentiment_core.serving.counting import Counts
from sentiment_core.serving.limits import Limits
from sentiment_core.serving.refusals import FORBIDDEN, VALIDATION, Refusal, overloaded, too_large, unhealthy

#: Read without a key: whether it lives, and how to ask.
OPEN = frozenset({"/", "/docs", "/openapi.json", "/health"})
#: Answered however many others are under way.
ALWAYS = frozenset({"/health", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: A page shown for any address has no script, loads nothing, and is framed by nobody.
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
)
#: Of a body over the limit, so much is read and thrown away, so that its sender hears why.
READ_OVER = 32_000_000
#: Addresses whose requests are counted at once.
MOST_ADDRESSES = 4_096

Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]


class Gone(Exception):
    """The client closed the connection before its answer."""


class Door:
    """Lets a request through to the application, or refuses it."""

    def __init__(
        self,
        app: Callable[..., Any],
        limits: Limits,
        counts: Counts,
        *,
        key: str = "",
        hosts: Collection[str] = (),
        stopping: Callable[[], bool] = lambda: False,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        """`key`: what a request must bear; `hosts`: the only names that it may ask, none: any."""
        self.app, self.limits, self.counts, self.log = app, limits, counts, log
        self.key, self.hosts, self.stopping = key.encode(), frozenset(hosts), stopping
        self.in_flight = self.held_bytes = self.answered = 0
        self._rates = Rates(limits.per_minute)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; others than HTTP are not served."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        visit = Visit(scope, send)
        try:
            self._check(visit)
            async with self._entered(visit):
                await self._answer(visit, receive)
        except Refusal as refusal:
            await visit.refuse(refusal)
        except Gone:
            visit.status = 499  # as nginx writes it; nobody reads it
        except Exception as error:
            self.log(f"error: {place_of(error)}")
            await visit.refuse(Refusal(500, "Backend", "the server failed; its log says where"))
        finally:
            seconds = time.perf_counter() - began
            self.answered += visit.status < 400
            self.counts.answered(visit.route, visit.status, seconds)
            self.log(
                f"{visit.address} {visit.method} {visit.route} {visit.status} {1000 * seconds:.1f} ms "
                f"{visit.read:,} bytes"
            )

    def _check(self, visit: Visit) -> None:
        """Raise Refusal for a request that nothing else needs to be known of."""
        hosts = visit.header(b"host")
        if self.hosts and (len(hosts) != 1 or name_of(hosts[0]) not in self.hosts):
            raise Refusal(421, FORBIDDEN, "this server does not answer to that host name; see --allow-host")
        if any(origin.split(b"//")[-1] != hosts[0] for origin in visit.header(b"origin") if hosts):
            raise Refusal(403, FORBIDDEN, "this server does not answer pages of other sites")
        is_open = visit.method == "GET" and visit.path in OPEN
        if self.key and not is_open and not self._has_key(visit):
            raise Refusal(401, FORBIDDEN, "this server needs its key: Authorization: Bearer KEY")
        if self.stopping():
            raise unhealthy("the server is stopping; ask again later")
        if visit.path in ALWAYS:
            return
        if not self._rates.allows(visit.address):
            raise overloaded(f"more than {self.limits.per_minute:,} requests a minute from one address")
        if visit.method == "POST" and not visit.is_json:
            raise Refusal(
                415, VALIDATION, "send JSON: Content-Type: application/json, and no Content-Encoding"
            )

    def _has_key(self, visit: Visit) -> bool:
        given = visit.header(b"authorization")
        scheme, _, key = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        return hmac.compare_digest(key.strip(), self.key) and scheme.lower() == b"bearer"

    @asynccontextmanager
    async def _entered(self, visit: Visit) -> AsyncIterator[None]:
        """Count a request among those under way, unless there are too many."""
        if self.in_flight >= self.limits.concurrent and visit.path not in ALWAYS:
            raise overloaded(
                f"{self.limits.concurrent:,} requests are under way already; ask again in a moment"
            )
        self.in_flight += 1
        self.counts.in_flight.set(self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1
            self.held_bytes -= visit.held
            self.counts.in_flight.set(self.in_flight)

    async def _answer(self, visit: Visit, receive: Receive) -> None:
        """Read the request, and let the application answer it for as long as somebody waits."""
        try:
            async with asyncio.timeout(self.limits.read_seconds):
                body = await self._body(visit, receive)
        except TimeoutError:
            line = f"the request did not arrive within {self.limits.read_seconds:g} seconds"
            raise Refusal(408, VALIDATION, line) from None
        answering = asyncio.ensure_future(self.app(visit.scope, _replayed(body), visit.send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait(
                {answering, leaving}, timeout=self.limits.answer_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answering.done():
                answering.result()
                return
            if leaving.done():
                raise Gone
            raise overloaded(f"no answer within {self.limits.answer_seconds:g} seconds; ask again later")
        finally:
            for task in (answering, leaving):
                task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await answering

    async def _body(self, visit: Visit, receive: Receive) -> bytes:
        """Return the body; Refusal where it, or all that are held, are too large."""
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            more, part = message.get("more_body", False), message.get("body", b"")
            visit.read += len(part)
            if visit.read > self.limits.payload:
                parts.clear()
                if visit.read > READ_OVER:
                    break
                continue
            parts.append(part)
            visit.held += len(part)
            self.held_bytes += len(part)
            if self.held_bytes > self.limits.waiting_bytes:
                raise overloaded("too much text waits for an answer already; ask again in a moment")
        if visit.read > self.limits.payload:
            raise too_large(f"the body is larger than {self.limits.payload:,} bytes, which are allowed")
        return b"".join(parts)


class Visit:
    """One request: what of it may be logged, and its answer."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self.scope, self._send = scope, send
        self.path = str(scope["path"])
        self.method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self.address = str((scope.get("client") or ("-",))[0])
        self.status, self.read, self.held = 0, 0, 0

    def header(self, name: bytes) -> list[bytes]:
        """Return the values of a header."""
        return [value.strip() for key, value in self.scope["headers"] if key == name]

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON as it is; a page of another site can send anything else unasked."""
        kinds = [kind.partition(b";")[0].strip().lower() for kind in self.header(b"content-type")]
        return kinds == [b"application/json"] and not self.header(b"content-encoding")

    @property
    def route(self) -> str:
        """Return the address as the API writes it, not as the client did."""
        return str(getattr(self.scope.get("route"), "path", "(none)"))

    async def send(self, message: dict[str, Any]) -> None:
        """Send a part of the answer, with the headers that all answers have."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = message | {"headers": [*message.get("headers", ()), *HEADERS]}
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal, unless an answer has begun."""
        if self.status:
            return
        body = json.dumps(refusal.to_json()).encode()
        size = (b"content-length", str(len(body)).encode())
        headers = [(b"content-type", b"application/json"), size, *headers_of(refusal)]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


class Rates:
    """How many requests an address may still make: a bucket that fills by the minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address: (left, as of when)

    def allows(self, address: str) -> bool:
        """Count a request, and return whether it is within the rate."""
        if not self.per_minute:
            return True
        now = time.monotonic()
        left, as_of = self._buckets.pop(address, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - as_of) * self.per_minute / 60)
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        while len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return left >= 1


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """Return the headers of a refusal: when to ask again, and that no answer follows another request."""
    found = []
    if refusal.status in (429, 503):
        found.append((b"retry-after", b"1"))
    if refusal.status == 401:
        found.append((b"www-authenticate", b"Bearer"))
    if refusal.status in (408, 413, 503):
        found.append((b"connection", b"close"))
    return found


def name_of(host: bytes) -> str:
    """Return the name in a Host header, without its port."""
    text = host.decode("latin-1").lower()
    return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]


def place_of(error: BaseException) -> str:
    """Return an exception's type and where it was raised; its words could quote a text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    return f"{type(error).__name__} at {where}"


def to_stderr(line: str) -> None:
    """Write a line of the log, with the time."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), line, file=sys.stderr, flush=True)


def _replayed(body: bytes) -> Receive:
    """Return what gives the application a body that was read already."""
    messages: list[Mapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Mapping[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()  # until the task is ended: the door sees a client leave
        raise AssertionError

    return receive


async def _left(receive: Receive) -> None:
    """Return once the client is gone or its answer is sent."""
    while (await receive())["type"] != "http.disconnect":
        pass

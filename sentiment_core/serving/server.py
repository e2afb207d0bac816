"""The server's life: it loads its models, opens its port, and on a signal answers what it has accepted."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sentiment_core import models
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation.prediction import usable_cores
from sentiment_core.models import ModelCard
from sentiment_core.serving.app import Served, make_app
from sentiment_core.serving.counting import Counts
from sentiment_core.serving.crew import Crew
from sentiment_core.serving.door import Door, to_stderr
from sentiment_core.serving.limits import Limits

LOOPBACK = "127.0.0.1"
#: Host names under which this machine is asked by itself.
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: Processes of a network, where nothing else is asked: each holds the whole model.
MOST_WORKERS = 4
#: Connections at once, most of them at rest; a process may often open 1,024 files.
MOST_CONNECTIONS = 900
#: Connections that the system holds until they are accepted.
BACKLOG = 1_024


@dataclass(frozen=True)
class Settings:
    """How models are served.

    Attributes:
        host: address to listen on.
        port: 0 for any that is free.
        names: host names that are answered besides; on an address of a network without any, all are.
        key: what a request must bear; empty: nothing.
        workers: processes for each model; 0: none, it answers in the server's own; None: as the model needs.
        log: takes a line for each request.
    """

    host: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()
    key: str = ""
    workers: int | None = None
    limits: Limits = field(default_factory=Limits)
    log: Callable[[str], None] = to_stderr

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def hosts(self) -> frozenset[str]:
        """Return the host names that are answered; none: all."""
        named = frozenset(name.lower() for name in self.names)
        if not self.is_loopback and not named:
            return named
        return named | OWN_NAMES | {self.host}


def serve(names: Sequence[str], settings: Settings) -> dict[str, Any]:
    """Serve models until SIGTERM or Ctrl-C, and return what was done.

    Raises:
        ReelcheckError: a model is not known or damaged, or the port cannot be used.
    """
    with _ready(names, settings) as (server, door, listener):
        address = _address(listener)
        to_stderr(f"serving {', '.join(names)} at {address} (its page: {address}/docs); Ctrl-C stops it")
        began = time.monotonic()
        server.run(sockets=[listener])
        return {
            "address": address,
            "models": [crew.card.model_id for crew in server.crews],
            "answered": door.answered,
            "seconds": round(time.monotonic() - began, 1),
        }


@contextlib.contextmanager
def in_background(names: Sequence[str], settings: Settings | None = None) -> Iterator[str]:
    """Serve models in a thread of this process while the block runs; yield the address."""
    with _ready(names, settings or Settings(log=_quietly)) as (server, _, listener):
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield _address(listener)
        finally:
            server.should_exit = True
            thread.join()


def cards_of(names: Sequence[str]) -> dict[str, ModelCard]:
    """Return models by name, each once; ModelError for one that is not known."""
    return {name: models.resolve(name) for name in dict.fromkeys(names)}


@contextlib.contextmanager
def _ready(names: Sequence[str], settings: Settings) -> Iterator[tuple[Server, Door, socket.socket]]:
    """Yield a server whose models are loaded and whose port is taken; both end with the block."""
    cards = cards_of(names)
    counts = Counts()
    crews: dict[str, Crew] = {}
    with contextlib.ExitStack() as ending:
        listener = ending.enter_context(_listening(settings))
        for name, card in cards.items():
            crew = Crew(card, _workers(card, settings.workers), counts)
            crew.start()
            ending.callback(crew.end)
            crews[name] = crew
        server = Server(settings, list(crews.values()))
        door = Door(
            make_app(Served(crews, settings.limits, counts)),
            settings.limits,
            counts,
            key=settings.key,
            hosts=settings.hosts,
            stopping=lambda: server.should_exit,
            log=settings.log,
        )
        server.config.app = door
        listener.listen(BACKLOG)  # who connects from now on is answered once the server runs
        yield server, door, listener


def _workers(card: ModelCard, asked: int | None) -> int:
    if asked is not None:
        return asked
    return min(usable_cores(), MOST_WORKERS) if card.asks_a_network else 0


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the port; nothing is accepted before the server runs."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # its protocol is named: asyncio lets small packets go at once (TCP_NODELAY) only where it is
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port that was just released is free
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise ReelcheckError(
                f"{settings.host} port {settings.port} cannot be used ({error.strerror}); give another one: "
                "--port N, --host ADDRESS"
            ) from error
        yield listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _quietly(line: str) -> None:
    """Write nothing."""


class Server(uvicorn.Server):
    """Uvicorn, which ends by itself after a signal instead of raising it again."""

    def __init__(self, settings: Settings, crews: Sequence[Crew]) -> None:
        self.crews = crews
        config = uvicorn.Config(
            _nobody,
            http=Connection,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            backlog=BACKLOG,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=settings.limits.stop_seconds,
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and Ctrl-C; a second Ctrl-C does not wait for answers."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    """Stand where the application will be."""


class Connection(H11Protocol):
    """A connection that is closed when no request arrives on it in time; uvicorn waits for ever for a head.

    It uses what uvicorn 0.54 keeps of a connection (`cycle`, `connections`);
    `tests/core/test_serving_faults.py` fails where that changes.
    """

    #: For a head to arrive whole.
    seconds = 10.0

    def connection_made(self, transport: Any) -> None:
        """Begin to wait, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait()

    def _wait(self) -> None:
        self.loop.call_later(self.seconds, self._look, self.cycle)

    def _look(self, cycle: Any) -> None:
        """Close the connection where nothing new was asked since the last look and nothing is under way."""
        if self.transport.is_closing():
            return
        if self.cycle is cycle and (cycle is None or cycle.response_complete):
            self.transport.close()
        else:
            self._wait()

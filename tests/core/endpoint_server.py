"""An endpoint on this machine that speaks both forms, with faults on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

GOOD, BAD = ("wonderful", "best", "warm", "witty", "lovely"), ("dreadful", "worst", "dull", "flat", "cold")
NAMES = ("NEGATIVE", "POSITIVE")


def by_words(texts: Sequence[str]) -> Any:
    """Return float64 [n]: the probability of positive of each text, by counting words."""
    balance = [sum(t.count(w) for w in GOOD) - sum(t.count(w) for w in BAD) for t in texts]
    return 1 / (1 + np.exp(-np.array(balance, dtype=np.float64)))


@dataclass
class Endpoint:
    """What a server does and saw.

    Attributes:
        answer: the probability of positive of each text.
        faults: what the next requests get instead: (status, headers, content), or None to hang up.
        tokens: the Authorization of each request.
        asked: the texts of each request that was answered.
    """

    answer: Callable[[Sequence[str]], Any] = by_words
    names: tuple[str, ...] = NAMES
    faults: list[Any] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    requests: int = 0
    url: str = ""

    def labels(self, prob: float) -> list[dict[str, Any]]:
        """Return the scores of one text, the largest first, as pipelines do."""
        scores = [1 - prob, prob, *([0.0] * (len(self.names) - 2))]
        rows = [
            {"label": name, "score": float(score)} for name, score in zip(self.names, scores, strict=True)
        ]
        return sorted(rows, key=lambda row: -row["score"])


@contextmanager
def serving(**how: Any) -> Iterator[Endpoint]:
    """Yield an endpoint that is served; its `url` is that of the hub's form, and before /predict."""
    endpoint = Endpoint(**how)
    server = _Quiet(("127.0.0.1", 0), _handler(endpoint))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing where a client hangs up in the middle of an answer."""


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            record = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.requests += 1
            endpoint.tokens.append(self.headers.get("Authorization"))
            if endpoint.faults:
                return self._fault(endpoint.faults.pop(0))
            texts = [one for [one] in record["inputs"]] if self.path == "/predict" else record["inputs"]
            endpoint.asked.append(texts)
            rows = [endpoint.labels(float(prob)) for prob in endpoint.answer(texts)]
            return self._reply(200, {}, json.dumps(rows).encode())

        do_GET = do_POST  # noqa: N815

        def _fault(self, fault: Any) -> None:
            if fault is None:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            status, headers, content = fault
            self._reply(status, headers, content)

        def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            length = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(content))}
            for name, value in {**length, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler

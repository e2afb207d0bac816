"""The load test asks each text once, keeps answers in order, and reports ratios to the best stock way."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from bench_serving import Round, compared, load


class Lengths(BaseHTTPRequestHandler):
    """Answers with a thousandth of a text's length."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["inputs"]
        content = json.dumps([[{"label": "positive", "score": len(text) / 1000}]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def test_every_text_is_asked_once_by_one_of_the_clients_and_answers_keep_their_order():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lengths)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    clock = iter((1.0, 3.5))
    found = load(
        f"http://127.0.0.1:{server.server_port}", ["x" * n for n in range(50)], 7, lambda: next(clock)
    )
    server.shutdown()
    server.server_close()
    assert found.prob_positive == [n / 1000 for n in range(50)]
    assert found.processor == 2.5 and found.per_second == pytest.approx(50 / found.seconds)


def test_ratios_are_those_to_the_faster_of_the_stock_ways():
    def rounds(latency: float, processor: float, prob_positive: float) -> list[Round]:
        return [Round([latency] * 10, 10 * latency, 10 * processor, [prob_positive] * 10)]

    lines = compared(
        {"slow": rounds(1.0, 0.5, 0.5), "fast": rounds(0.5, 0.4, 0.5), "ours": rounds(0.2, 0.1, 0.502)},
        "ours",
        np.array([True] * 4 + [False] * 6),
    )
    assert len(lines) == 5
    assert lines[3] == (
        "ours against fast: 2.50 x the requests, p99 2.50 x sooner, 4.00 x less processor time"
    )
    assert lines[4].endswith("of 4 reviews that are read whole: 2.0e-03")

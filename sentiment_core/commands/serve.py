"""`serve`: models of the shelf behind an HTTP API, until it is stopped."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from typing import Any

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ReelcheckError

NAME = "serve"
HELP = "Serve models over HTTP, in the forms that clients of the hub and of text-embeddings-inference speak."
EXAMPLES = """
python -m sentiment_core serve --model reference
python -m sentiment_core serve --model reference --model tfidf --port 9000 --per-minute 600
python -m sentiment_core serve --model tfidf --host 0.0.0.0 --allow-host reviews.example.org
"""

#: What a request must bear is read from here, so that it is in no list of processes.
KEY = "REELCHECK_API_KEY"
LEAST_OF_KEY = 16
PORT = 8080


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the models, the address and the limits."""
    parser.add_argument(
        "--model",
        required=True,
        action="append",
        metavar="ID",
        help="a model's id or alias (repeatable: the first answers where none is named)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port; 0: any free one ({PORT})")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name to answer to, such as a proxy's (repeatable)",
    )
    parser.add_argument(
        "--no-key",
        action="store_true",
        help=f"answer a network without a key; else {KEY} must hold one where --host is not this machine",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes for each model (a network: one a core, at most 4; others 0: in the server's own)",
    )
    parser.add_argument("--most-texts", type=int, metavar="N", help="texts in a request (32)")
    parser.add_argument("--most-characters", type=int, metavar="N", help="characters of a text (100,000)")
    parser.add_argument("--most-bytes", type=int, metavar="N", help="bytes of a request (2,000,000)")
    parser.add_argument("--most-requests", type=int, metavar="N", help="requests under way at once (512)")
    parser.add_argument(
        "--per-minute", type=int, metavar="N", help="requests a minute from one address (no limit)"
    )
    parser.add_argument("--quiet", action="store_true", help="write no line for each request")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Serve until SIGTERM or Ctrl-C."""
    key, given = _key(args), _limits(args)
    from sentiment_core.serving import server  # FastAPI and uvicorn load only where something is served
    from sentiment_core.serving.door import to_stderr
    from sentiment_core.serving.limits import Limits

    settings = server.Settings(
        host=args.host,
        port=args.port,
        names=_names(args.allow_host),
        key=key,
        workers=args.workers,
        limits=Limits(**given),
        log=(lambda line: None) if args.quiet else to_stderr,
    )
    return server.serve(args.model, settings)


def show(result: dict[str, Any]) -> str:
    """Return what was answered."""
    return f"stopped after {result['seconds']:,.0f} s; {result['answered']:,} requests answered"


#: What a client's Host header may hold besides a port.
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,45}")


def _names(given: Sequence[str]) -> tuple[str, ...]:
    """Return the names to answer to; ReelcheckError where one is none."""
    for name in given:
        if not _HOST.fullmatch(name):
            raise ReelcheckError(
                f"--allow-host {shown(name)} is no host name; give one without https:// and port, such as "
                "reviews.example.org"
            )
    return tuple(given)


#: Limits by their options.
LIMITS = {
    "most_texts": "texts",
    "most_characters": "characters",
    "most_bytes": "payload",
    "most_requests": "concurrent",
    "per_minute": "per_minute",
}


def _limits(args: argparse.Namespace) -> dict[str, int]:
    """Return the limits that were given, by their names among `Limits`."""
    given = {option: getattr(args, option) for option in LIMITS if getattr(args, option) is not None}
    for option, value in given.items():
        if value < 1:
            raise ReelcheckError(f"--{option.replace('_', '-')} is {value}; give 1 or more")
    return {LIMITS[option]: value for option, value in given.items()}


def _key(args: argparse.Namespace) -> str:
    """Return the key, or nothing; ReelcheckError for settings that cannot be."""
    if not 0 <= args.port <= 65535:
        raise ReelcheckError(f"--port is {args.port}; allowed: 0 to 65535")
    if args.workers is not None and not 0 <= args.workers <= 64:
        raise ReelcheckError(f"--workers is {args.workers}; allowed: 0 to 64")
    key = os.environ.get(KEY, "")
    if key and (len(key) < LEAST_OF_KEY or not key.isascii() or not key.isprintable() or " " in key):
        raise ReelcheckError(
            f"{KEY} is no key; give {LEAST_OF_KEY} or more letters, digits and marks without spaces"
        )
    this_machine = args.host in ("localhost", "::1") or args.host.startswith("127.")
    if not key and not this_machine and not args.no_key:
        raise ReelcheckError(
            f"--host {args.host[:60]} opens the API to a network; set {KEY} to a key of {LEAST_OF_KEY} "
            "characters or more, or give --no-key"
        )
    return key

"""`dashboard`: the pages, served from whatever folder this is started in."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import Any

from sentiment_core.errors import ReelcheckError

NAME = "dashboard"
HELP = "Serve the dashboard to this machine's browsers, until it is interrupted."
EXAMPLES = """
reelcheck dashboard
reelcheck dashboard --port 9000
"""

HOME = Path(__file__).resolve().parents[1] / "Home.py"
#: Only this machine: pages can start jobs, so they must not be open to a network.
ADDRESS = "127.0.0.1"
PORT = 8501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the port."""
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port to listen on ({PORT})")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Replace this process with the server; returns only on an error before it has started."""
    _check_free(args.port)
    command = serving(args.port)
    os.execv(command[0], command)


def show(result: dict[str, Any]) -> str:
    """Return nothing: the server says where it is."""
    return ""


def serving(port: int) -> list[str]:
    """Return the command that serves the pages; `-P`: no file of the current folder hides one of ours."""
    return [
        *(sys.executable, "-P", "-m", "streamlit", "run", str(HOME)),
        *("--server.port", str(port), "--server.address", ADDRESS, "--server.headless", "true"),
    ]


def _check_free(port: int) -> None:
    if not 1 <= port <= 65535:
        raise ReelcheckError(f"--port is {port}; allowed: 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just released is free
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ReelcheckError(
                f"port {port} cannot be used ({error.strerror}); give another one: --port N"
            ) from error

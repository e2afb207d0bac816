"""Why a request gets no answer: an HTTP status, a kind and a line, as text-embeddings-inference has them."""

from __future__ import annotations

from typing import Any

#: Statuses by kind where a kind has one (router/src/http/server.rs of text-embeddings-inference).
EMPTY, BACKEND, OVERLOADED, UNHEALTHY = "Empty", "Backend", "Overloaded", "Unhealthy"
VALIDATION = "Validation"
#: Kinds that it does not have.
FORBIDDEN, NOT_FOUND = "Forbidden", "NotFound"


class Refusal(Exception):
    """One line for the client; it never quotes a text, a key or a file.

    Args:
        status: of HTTP.
        kind: `error_type` of the answer.
        line: what was given, what is allowed, what to do.
    """

    def __init__(self, status: int, kind: str, line: str) -> None:
        super().__init__(status, kind, line)  # all of them, so that a process can send it
        self.status, self.kind, self.line = status, kind, line

    def to_json(self) -> dict[str, Any]:
        """Return the answer's body."""
        return {"error": self.line, "error_type": self.kind}


def invalid(line: str) -> Refusal:
    """Return the refusal of what cannot be answered as it was asked."""
    return Refusal(422, VALIDATION, line)


def too_large(line: str) -> Refusal:
    """Return the refusal of what is over a limit."""
    return Refusal(413, VALIDATION, line)


def empty(what: str) -> Refusal:
    """Return the refusal of a request without text."""
    return Refusal(400, EMPTY, f"{what} is empty; give a text of one word or more")


def failed(line: str) -> Refusal:
    """Return the refusal that is the model's fault."""
    return Refusal(424, BACKEND, line)


def overloaded(line: str) -> Refusal:
    """Return the refusal of one request too many."""
    return Refusal(429, OVERLOADED, line)


def unhealthy(line: str) -> Refusal:
    """Return the refusal of a server that does not answer now."""
    return Refusal(503, UNHEALTHY, line)

"""What one request, and all of them together, may take of the server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Upper bounds; the first four are those of text-embeddings-inference 1.9, so that clients know them.

    Attributes:
        texts: in one request.
        payload: bytes of a request's body.
        concurrent: requests that are read or answered at once; those beyond are refused with 429.
        characters: of one text.
        per_minute: requests from one address; 0: as many as it likes.
        waiting_bytes: of all bodies that are held at once.
        read_seconds: for a request to arrive whole.
        answer_seconds: for its answer.
        stop_seconds: for the answers that are under way when the server is stopped.
    """

    texts: int = 32
    payload: int = 2_000_000
    concurrent: int = 512
    characters: int = 100_000
    per_minute: int = 0
    waiting_bytes: int = 64_000_000
    read_seconds: float = 10.0
    answer_seconds: float = 60.0
    stop_seconds: int = 30

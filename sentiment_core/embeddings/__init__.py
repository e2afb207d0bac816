"""Vectors of reviews by the packaged encoder: made once, kept, and asked which reviews are nearest."""

from __future__ import annotations

from sentiment_core.embeddings.encoder import TOKENS, of_texts
from sentiment_core.embeddings.keeping import kept
from sentiment_core.embeddings.making import make, seconds
from sentiment_core.embeddings.maps import damaged, kept_map, make_map, seconds_missing
from sentiment_core.embeddings.vectors import Vectors, nearest

__all__ = [
    "TOKENS",
    "Vectors",
    "damaged",
    "kept",
    "kept_map",
    "make",
    "make_map",
    "nearest",
    "of_texts",
    "seconds",
    "seconds_missing",
]

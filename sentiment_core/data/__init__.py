"""Labelled reviews: load, clean, split, describe; every data set has a content hash for a name."""

from __future__ import annotations

from sentiment_core.data.cleaning import clean, clean_text
from sentiment_core.data.loading import load
from sentiment_core.data.sources import DATASETS, DatasetSource
from sentiment_core.data.splitting import with_splits
from sentiment_core.data.storing import by_fingerprint, store

__all__ = [
    "DATASETS",
    "DatasetSource",
    "by_fingerprint",
    "clean",
    "clean_text",
    "load",
    "store",
    "with_splits",
]

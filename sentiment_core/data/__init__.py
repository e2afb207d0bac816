"""Labeled reviews: load, clean, split, describe; a data set is named by a hash of its content."""

from __future__ import annotations

from sentiment_core.data.cleaning import clean, clean_text
from sentiment_core.data.describing import describe
from sentiment_core.data.files.tables import MAX_UPLOAD_BYTES, read_table, texts_from_upload
from sentiment_core.data.label_values import MOST_VALUES as MOST_LABEL_VALUES
from sentiment_core.data.loading import load, load_content
from sentiment_core.data.previewing import Preview, preview
from sentiment_core.data.sources import DATASETS, DatasetSource
from sentiment_core.data.splitting import with_splits
from sentiment_core.data.storing import by_fingerprint, store
from sentiment_core.schema import Reading

__all__ = [
    "DATASETS",
    "DatasetSource",
    "MAX_UPLOAD_BYTES",
    "MOST_LABEL_VALUES",
    "Preview",
    "Reading",
    "by_fingerprint",
    "clean",
    "clean_text",
    "describe",
    "load",
    "load_content",
    "preview",
    "read_table",
    "store",
    "texts_from_upload",
    "with_splits",
]

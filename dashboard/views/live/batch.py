"""A file of reviews, answered in pieces that are kept: leaving the page loses nothing. No streamlit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier

PIECE = 16  # about a second for a transformer on two busy cores, so that the bar moves
MAX_ROWS = 5_000
MAX_MEGABYTES = 20  # the same as server.maxUploadSize in config.toml
ANSWER_COLUMNS = ("prob_positive", "predicted", "n_tokens", "truncated", "not_predicted")
NO_TEXT = "no text"  # in the last of them, as `predict --file` writes it

#: Finished pieces by their first row: probabilities of positive, and tokens.
Pieces = dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]]


@dataclass(frozen=True)
class Upload:
    """A file as it was read: its name, its content's hash, and its rows with a column `text`."""

    filename: str
    digest: str
    rows: pd.DataFrame

    @property
    def stem(self) -> str:
        """The file's name without its ending, for what is downloaded."""
        return PurePath(self.filename).stem


def read_upload(content: bytes, filename: str, text_column: str | None) -> Upload:
    """Read an uploaded table; DataError names the row or column that cannot be read.

    Raises TooManyRows without reading the rest where it holds more than MAX_ROWS.
    """
    from sentiment_core import data

    rows = data.texts_from_upload(content, filename, text_column=text_column, max_rows=MAX_ROWS)
    digest = hashlib.sha256(content)
    digest.update(repr(text_column).encode("utf-8", "surrogatepass"))
    return Upload(filename, digest.hexdigest(), rows)


def answer_pieces(model: Classifier, texts: list[str], pieces: Pieces) -> Iterator[int]:
    """Fill `pieces` and yield how many rows are answered after each; finished pieces are not redone."""
    for start in range(0, len(texts), PIECE):
        if start not in pieces:
            piece = texts[start : start + PIECE]
            pieces[start] = model.predict_proba(piece)[:, 1], model.token_counts(piece)
        yield min(start + PIECE, len(texts))


def answered(upload: Upload, pieces: Pieces, max_tokens: int | None) -> pd.DataFrame:
    """Return the uploaded rows, then ANSWER_COLUMNS; a column of such a name is kept as `given_...`.

    A row without a text has no answer: its probability is NaN, `predicted` is empty, and `not_predicted` says
    why.
    """
    probs, counts = zip(*(pieces[start] for start in sorted(pieces)), strict=True)
    has_text = (upload.rows["text"] != "").to_numpy()
    prob, n_tokens = np.where(has_text, np.concatenate(probs), np.nan), np.concatenate(counts)
    answers = {
        "prob_positive": prob.round(6),
        "predicted": np.where(has_text, np.where(prob >= 0.5, "positive", "negative"), ""),
        "n_tokens": n_tokens,
        "truncated": n_tokens > max_tokens if max_tokens is not None else np.zeros(len(prob), dtype=bool),
        "not_predicted": np.where(has_text, "", NO_TEXT),
    }
    given = upload.rows.rename(columns={name: f"given_{name}" for name in ANSWER_COLUMNS})
    return given.assign(**answers)

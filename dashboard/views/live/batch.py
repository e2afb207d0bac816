"""A file of reviews, answered in pieces that are kept: leaving the page loses nothing. No streamlit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Classifier
from sentiment_core.data import answers
from sentiment_core.evaluation import prediction
from sentiment_core.evaluation.prediction import Answers

PIECE = 16  # about a second for a transformer on two busy cores, so that the bar moves
MAX_ROWS = 5_000
MAX_MEGABYTES = 20  # the same as server.maxUploadSize in config.toml

#: Finished pieces by their first row.
Pieces = dict[int, Answers]


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

    @property
    def texts(self) -> list[str]:
        """A text for each row, empty where the row has none."""
        return [text or "" for text in self.rows["text"]]


def read_upload(content: bytes, filename: str, text_column: str | None, most: int = MAX_ROWS) -> Upload:
    """Read an uploaded table; DataError names the row or column that cannot be read.

    Raises TooManyRows without reading the rest where it holds more than `most` rows.
    """
    from sentiment_core import data

    rows = data.texts_from_upload(content, filename, text_column=text_column, max_rows=most)
    digest = hashlib.sha256(content)
    digest.update(repr(text_column).encode("utf-8", "surrogatepass"))
    return Upload(filename, digest.hexdigest(), rows)


def answer_pieces(model: Classifier, texts: list[str], pieces: Pieces) -> Iterator[int]:
    """Fill `pieces` and yield how many rows are answered after each; finished pieces are not redone."""
    for start in range(0, len(texts), PIECE):
        if start not in pieces:
            pieces[start] = prediction.answer(model, texts[start : start + PIECE])
        yield min(start + PIECE, len(texts))


def answered(upload: Upload, pieces: Pieces) -> pd.DataFrame:
    """Return the uploaded rows, whose column names make room, then the answers.

    A row without a text has no answer: its probability is NaN, `predicted` is empty, and `not_predicted` says
    why.
    """
    why = answers.why_not(upload.rows["text"]).to_numpy()
    found = Answers.empty(len(why))
    for start, piece in pieces.items():
        found.put(range(start, start + len(piece.n_tokens)), piece)
    prob = np.where(why == "", found.prob_positive, np.nan)
    columns = {
        "prob_positive": prob.round(6),
        "predicted": np.where(why == "", np.where(prob >= 0.5, "positive", "negative"), ""),
        "n_tokens": found.n_tokens,
        "truncated": found.truncated,
        "knows_nothing": found.knows_nothing & (why == ""),
        "not_predicted": why,
    }
    return answers.with_room(upload.rows, tuple(columns)).assign(**columns)

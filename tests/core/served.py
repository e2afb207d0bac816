"""A workspace with two small models to serve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from sentiment_core.data.storing import make_dataset
from sentiment_core.training.train import train

GOOD, BAD = "A warm and wonderful film.", "A dreadful, cold film."


@contextmanager
def workspace(home: Path) -> Iterator[None]:
    """Train `warm` and `other`; the workspace is this one while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        said = {1: "wonderful and warm", 0: "dreadful and cold"}
        rows = [(f"t{n}", f"{said[n % 2]} film number {n}", n % 2, "train", "own") for n in range(60)]
        columns = ["example_id", "text", "label", "split", "source"]
        dataset = make_dataset("own", pd.DataFrame(rows, columns=columns))
        train("tfidf", dataset, alias="warm")
        train("bow", dataset, alias="other")
        yield

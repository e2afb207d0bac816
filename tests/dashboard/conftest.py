"""Workspaces for the pages: empty, tiny (two models, 60 sentences), full (three models, 4,000 reviews).

All are made by the same calls that the command line makes, once a session; each test gets its own copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

HOME = Path(__file__).parents[2] / "dashboard" / "Home.py"

PRAISE = ("wonderful", "moving", "funny", "superb", "charming", "gripping", "warm", "clever")
BLAME = ("dull", "clumsy", "lazy", "awful", "tedious", "hollow", "noisy", "pointless")
THINGS = ("the story", "the lead", "every scene", "the music", "the ending", "her performance")
FILLERS = ("I watched it twice.", "My brother chose it.", "It runs for two hours.", "We sat in the back row.")


def sentences(n: int, seed: int, split: str, source: str = "written for tests") -> pd.DataFrame:
    """Return n distinct labelled reviews; one word in eight speaks for the other side, so that models err."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    texts = [f"{_review(rng, bool(label))} Ticket number {seed}-{i}." for i, label in enumerate(labels)]
    return pd.DataFrame({"text": texts, "label": labels, "split": split, "source": source})


def _review(rng: np.random.Generator, positive: bool) -> str:
    parts = []
    for _ in range(rng.integers(1, 5)):
        own, other = (PRAISE, BLAME) if positive else (BLAME, PRAISE)
        words = other if rng.random() < 0.3 else own
        parts.append(f"I found {rng.choice(THINGS)} {rng.choice(words)}. {rng.choice(FILLERS)}")
    return " ".join(parts)


def _make_models(folder: Path, families: tuple[str, ...]) -> None:
    from sentiment_core import data
    from sentiment_core.training import train

    rows = [sentences(160, 1, "train"), sentences(40, 2, "validation"), sentences(60, 3, "test")]
    path = folder / "sentences.csv"
    pd.concat(rows).to_csv(path, index=False)
    dataset = data.load(str(path))
    for family in families:
        train.train(family, dataset, alias=family)


def _measure(dataset_path: Path, aliases: tuple[str, ...]) -> None:
    from sentiment_core import data
    from sentiment_core.evaluation import records

    dataset = data.load(str(dataset_path))
    for alias in aliases:
        records.evaluate(alias, dataset)


@pytest.fixture(scope="session")
def _tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        _make_models(home, ("tfidf", "nbsvm"))
        _measure(home / "sentences.csv", ("tfidf", "nbsvm"))
    return home


@pytest.fixture(scope="session")
def _full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        _make_models(home, ("tfidf", "nbsvm", "bow"))
        _measure(home / "sentences.csv", ("tfidf", "nbsvm"))
        many = pd.concat([sentences(2000, 4, "test", "north"), sentences(2000, 5, "test", "south")])
        many.to_csv(home / "many.csv", index=False)
        _measure(home / "many.csv", ("tfidf", "nbsvm", "bow"))
    return home


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """Let no test see what another one's workspace put into Streamlit's caches."""
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    yield


@pytest.fixture
def empty_workspace(reelcheck_home: Path) -> Path:
    """A workspace in which nothing was made yet."""
    return reelcheck_home


@pytest.fixture
def tiny_workspace(_tiny: Path, reelcheck_home: Path) -> Path:
    """Two models (tfidf, nbsvm), both measured on 60 sentences."""
    return _copied(_tiny, reelcheck_home)


@pytest.fixture
def full_workspace(_full: Path, reelcheck_home: Path) -> Path:
    """Three models; two measured on 60 sentences, all three on 4,000 reviews from two sources."""
    return _copied(_full, reelcheck_home)


def _copied(made: Path, home: Path) -> Path:
    shutil.copytree(made, home, dirs_exist_ok=True)
    assert os.environ["REELCHECK_HOME"] == str(home)
    return home


@pytest.fixture
def app() -> AppTest:
    """The dashboard under AppTest, not yet run; then `app.switch_page("views/live/page.py").run()`."""
    return Dashboard(str(HOME), default_timeout=60)


class Dashboard(AppTest):
    """The dashboard, whose pages can be opened before it ran: a page is named by its folder, not its file."""

    def switch_page(self, page_path: str) -> AppTest:
        if self._registered_pages:
            return super().switch_page(page_path)
        self._page_hash = calc_hash(Path(page_path).parent.name)
        return self

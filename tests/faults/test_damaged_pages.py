"""Pages of a workspace in which one thing of each kind is damaged: the others are there, and it is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sentiment_core import models

HOME = Path(__file__).parents[2] / "dashboard" / "Home.py"


@pytest.fixture(scope="module")
def made(kept_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("damaged-pages")
    shutil.copytree(kept_home, home, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        _damage(home)
    yield home


def _damage(home: Path) -> None:
    """Spoil nbsvm's weights, and one file of the newest run of each kind."""
    weights = models.resolve("nbsvm").folder / "model.skops"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    for kind in ("evaluation", "attack", "probe", "bias", "job", "optimisation"):
        newest = sorted((home / "runs" / kind).iterdir())[-1]
        name = "manifest.json" if (newest / "manifest.json").exists() else "spec.json"
        (newest / name).write_text("[]")
    unfinished = [
        folder
        for folder in sorted((home / "runs" / "attack").iterdir())
        if not (folder / "manifest.json").exists()
    ]
    journal = unfinished[0] / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"{", b"", 1))


@pytest.mark.parametrize(
    "view",
    ["home", "data", "live", "attack", "robustness", "evaluate", "experiments", "probes", "bias", "review"],
)
def test_a_page_shows_what_is_whole_and_names_what_is_damaged(
    made: Path, view: str, monkeypatch, tmp_path
) -> None:
    import streamlit as st

    home = tmp_path / "home"
    shutil.copytree(made, home)
    monkeypatch.setenv("REELCHECK_HOME", str(home))
    st.cache_data.clear()
    st.cache_resource.clear()
    assert os.environ["REELCHECK_HOME"] == str(home)
    app = AppTest.from_file(str(HOME), default_timeout=120)
    app.switch_page(f"views/{view}/page.py").run()
    assert not app.exception
    assert any(" damaged " in expander.label for expander in app.expander)
    said = " ".join(text.value for text in (*app.caption, *app.markdown, *app.error))
    assert "runs repair" in said.replace("\\", "")
    if view == "live":
        assert "nbsvm" in said and "is damaged" in said
        assert any("tfidf" in block.proto.body for block in app.get("html"))

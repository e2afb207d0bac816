"""What the pages on ethics and privacy claim is so, where a test can say it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from attacks.identities import ATTRIBUTES
from sentiment_core.schema import LABEL_NAMES

ROOT = Path(__file__).resolve().parents[1]
ETHICS = (ROOT / "docs" / "ethics.md").read_text(encoding="utf-8")
PRIVACY = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
PACKAGES = ("sentiment_core", "attacks", "dashboard")
#: How code of ours names what it keeps in the workspace.
_NAMED = re.compile(r"""(?<!Path\.)\bhome\(\) / "([\w.-]+)"|\bStore\(\s*"[^"]+",\s*"([\w-]+)\"""")


def in_one_line(text):
    return " ".join(text.split())


def kept_by_code():
    """Return the names of everything that lies directly in the workspace, as the sources say it."""
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = [names for path in sources for names in _NAMED.findall(path.read_text(encoding="utf-8"))]
    return {name for names in found for name in names if name}


def kept_by_page():
    """Return the names in the first column of the table of what is kept."""
    rows = re.findall(r"^\| ((?:`[\w.-]+/?`(?:, )?)+) \|", PRIVACY, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([\w.-]+?)/?`", row)}


def test_ethics_has_no_figure_that_somebody_typed():
    prose = re.sub(r"\]\([^)]*\)", "]", ETHICS)
    assert re.findall(r"\d[\d.,]*\s?(?:%|points)", prose) == []


def test_ethics_lists_the_identities_that_bias_reports_cover():
    titles = ", ".join(attribute.title for attribute in ATTRIBUTES.values())
    assert f"{titles}." in in_one_line(ETHICS)
    assert len(ATTRIBUTES) == 9 and "Nine kinds of identity" in ETHICS


def test_a_model_knows_two_answers_as_ethics_says():
    assert "**Two answers.**" in ETHICS
    assert len(LABEL_NAMES) == 2


def test_privacy_lists_everything_that_lies_in_the_workspace():
    by_notebooks = {"data", "distilbert-imdb-optimized"}
    assert kept_by_code() | by_notebooks == kept_by_page()


def test_the_notebooks_write_where_privacy_says():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "notebooks").glob("*.ipynb"))
    assert set(re.findall(r"home\(\) / \\\"([\w-]+)\\\"", text)) == {"data", "distilbert-imdb-optimized"}


def test_streamlit_sends_no_usage_statistics():
    settings = tomllib.loads((ROOT / "dashboard/.streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False

"""The pictures of the tutorial, taken from the pages that it speaks of.

REELCHECK_PICTURES=1 takes those in docs/pictures anew; otherwise they go where all screenshots go. None shows
a review: the texts belong to their authors.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import Image
from serving import ROOT, SCREENSHOTS, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PICTURES = ROOT / "docs" / "pictures"
FOLDER = PICTURES if os.environ.get("REELCHECK_PICTURES") else SCREENSHOTS
COLORS = 128
MOST_BYTES = 150_000
#: The view, and what stands on it once it is drawn.
VIEWS = {
    "evaluate": "false positives",
    "probes": "Long-range negation",
    "robustness": "Accuracy under attack",
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_of_the_tutorial_is_drawn_and_its_picture_is_small(dashboard, open_page, view):
    page = open_page(f"{dashboard}/{view}")
    page.get_by_text(re.compile(VIEWS[view])).first.wait_for()
    path = FOLDER / f"{view}.png"
    settled(page).screenshot(path=path)
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(COLORS).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES


def test_the_tutorial_shows_these_pictures_and_no_other_is_kept():
    shown = re.findall(
        r"\(pictures/(\w+)\.png\)", Path(ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    )
    assert sorted(shown) == sorted(VIEWS) == sorted(path.stem for path in PICTURES.iterdir())

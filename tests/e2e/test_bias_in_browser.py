"""A look at bias in a real browser, from the button to a slice of one's own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from serving import SCREENSHOTS, serving, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENCE = 280_000


@pytest.fixture
def own_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo's workspace, since a run would show on the pages of the other tests."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("job"))
    return home


def test_a_model_is_looked_at_its_pairs_are_read_and_a_slice_is_kept(own_home, open_page):
    with serving(own_home) as address:
        page = open_page(f"{address}/bias?model_a=tfidf")
        button = page.get_by_role("button", name="Measure bias")
        button.first.wait_for()
        reviews = page.get_by_label("Reviews per attribute", exact=True)
        reviews.fill("10")
        reviews.press("Enter")
        settled(page)
        button.first.click()
        page.get_by_text(re.compile(r"^tfidf (rates|treats)")).wait_for(timeout=PATIENCE)
        settled(page).screenshot(path=SCREENSHOTS / "bias.png")
        where = page.url
        assert page.locator(".diff ins").count() >= 1
        settled(page).keyboard.press("j")
        page.get_by_text(re.compile(r"^2 of ")).wait_for()
        page.wait_for_url(re.compile("pair="))
        # The same address opens the same pair in another window.
        again = open_page(page.url)
        again.get_by_text(re.compile(r"^2 of ")).wait_for()
        assert where != page.url
        page.get_by_role("radio", name="Your slices").click()
        box = page.get_by_label(re.compile("Columns, numbers"))
        box.fill("words > 400")
        box.press("Control+Enter")
        page.get_by_text(re.compile(r"^\d+ of 4,000 reviews are in this slice")).wait_for()
        name = page.get_by_label("Name", exact=True)
        name.fill("very-long")
        name.press("Enter")
        settled(page).get_by_role("button", name="Save").click()
        page.get_by_text(re.compile(r"reviews are in “very-long”")).wait_for()
        page.wait_for_url(re.compile("slice=very-long"))
        settled(page).reload()
        page.get_by_text(re.compile(r"reviews are in “very-long”")).wait_for()
        settled(page).screenshot(path=SCREENSHOTS / "bias-slices.png")

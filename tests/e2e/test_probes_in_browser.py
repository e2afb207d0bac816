"""Probes in a real browser: asked by a job, a cell picked, a case read, a probe of one's own kept."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from serving import SCREENSHOTS, serving, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENCE = 100_000


@pytest.fixture
def probed_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo's workspace, since a probing would show on the pages of the other tests."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("job"))
    return home


def test_a_model_is_probed_a_cell_picked_and_a_probe_of_ones_own_kept(probed_home, open_page):
    with serving(probed_home) as address:
        page = open_page(f"{address}/probes?model_a=tfidf")
        page.get_by_role("button", name="Start the probes").click()
        cells = page.locator(".probes button")
        cells.first.wait_for(timeout=PATIENCE)
        assert cells.count() == 22
        settled(page).screenshot(path=SCREENSHOTS / "probes.png")
        page.get_by_role("button", name=re.compile("^Sarcasm and irony")).click()
        page.get_by_role("heading", name="Sarcasm and irony").wait_for()
        settled(page).keyboard.press("j")
        page.get_by_text(re.compile("^2 of ")).wait_for()
        page.wait_for_url(re.compile(r"cell=sarcasm&case=sarcasm-\d+"))
        page.reload()
        page.get_by_text(re.compile("^2 of ")).wait_for()
        assert settled(page).locator(".marked .pro, .marked .con").count() > 0

        page.get_by_role("radio", name="Your own").click()
        page.get_by_role("button", name="Save as endings").click()
        page.get_by_role("button", name="Show in the matrix").click(timeout=PATIENCE)
        page.get_by_role("heading", name="endings").wait_for()
        assert settled(page).locator(".probes button").count() == 23

        dark = open_page(f"{address}/probes?model_a=tfidf", dark=True)
        dark.locator(".probes button").first.wait_for()
        settled(dark).screenshot(path=SCREENSHOTS / "probes-dark.png")
        assert cell_colour(dark) == "rgb(233, 233, 239)" != cell_colour(page)


def cell_colour(page):
    return page.locator(".probes button").first.evaluate("cell => getComputedStyle(cell).color")

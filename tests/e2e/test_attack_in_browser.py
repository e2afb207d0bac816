"""An adversarial batch in a real browser, from the form to a verdict by hand."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError
from serving import SCREENSHOTS, serving, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENCE = 280_000


@pytest.fixture
def attacked_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo's workspace, since a batch would show on the pages of the other tests."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("job"))
    return home


def test_a_batch_is_started_cancelled_resumed_read_and_judged_by_hand(attacked_home, open_page):
    with serving(attacked_home) as address:
        page = open_page(f"{address}/attack?model_a=tfidf")
        page.get_by_role("button", name="Start").wait_for()
        settled(page)
        fill(page, "How many", "6")
        settled(page).screenshot(path=SCREENSHOTS / "attack.png")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url(re.compile(r"job=[0-9t]+-job-run"), timeout=PATIENCE)
        page.get_by_text(re.compile(r"^\d of 6 reviews")).first.wait_for(timeout=PATIENCE)
        page.get_by_test_id("stMain").get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Resume").wait_for(timeout=PATIENCE)
        page.get_by_text(re.compile(r"of 6 reviews, cancelled")).wait_for()
        where = page.url.removeprefix(address)
    # The tab was closed and the server restarted; the address is all that is left.
    with serving(attacked_home) as address:
        page = open_page(address + where)
        page.get_by_role("button", name="Resume").click()
        page.locator(".lately").wait_for(timeout=PATIENCE)
        page.get_by_text(re.compile(r"6 of 6 reviews, finished")).wait_for(timeout=PATIENCE)
        settled(page).screenshot(path=SCREENSHOTS / "attack-finished.png")
        page.get_by_role("link", name="Open in Robustness").click()
        page.locator(".diff ins").first.wait_for(timeout=PATIENCE)
        settled(page).screenshot(path=SCREENSHOTS / "robustness.png")
        press_until(page, "n", "By hand: not valid.")
        settled(page).reload()
        page.get_by_text("By hand: not valid.").wait_for()


def press_until(page, key, text):
    """Press a key as a person does: once more where nothing came of it, while the page was being drawn."""
    for _ in range(3):
        page.keyboard.press(key)
        with contextlib.suppress(TimeoutError):
            page.get_by_text(text).wait_for(timeout=10_000)
            return
    raise AssertionError(f"{key!r} was pressed three times, and {text!r} is not there")


def test_two_tabs_watch_the_same_batch_and_keep_their_own_form(attacked_home, open_page):
    with serving(attacked_home) as address:
        first, second = (open_page(f"{address}/attack?model_a=tfidf") for _ in range(2))
        for page, n in ((first, "7"), (second, "9")):
            page.get_by_role("button", name="Start").wait_for()
            fill(settled(page), "How many", n)
        assert first.get_by_label("How many").input_value() == "7"
        assert second.get_by_label("How many").input_value() == "9"


def fill(page, label, value):
    """Type into a field and wait until the page has answered."""
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Enter")
    settled(page)

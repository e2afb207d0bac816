"""The pages in a real browser: what a person sees, clicks and types."""

from __future__ import annotations

import re
import time

import pytest
from serving import SCREENSHOTS, serving, settled

from sentiment_core.jobs import jobs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOSTILE = "<script>alert('film')</script> I loved it 😀🎬 <b>wonderful</b> فيلم رائع"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_home_opens_on_the_score_card_of_both_models(dashboard, open_page, dark):
    page = open_page(dashboard, dark=dark)
    page.wait_for_selector("table.score")
    settled(page)
    card = page.locator("table.score").inner_text()
    assert {"tfidf", "nbsvm"} <= set(re.findall(r"\w+", card))
    assert re.search(r"9[01]\.\d %\s*✓?\s*\[\d\d\.\d, \d\d\.\d\]", card), card
    assert "92.5 %" in card
    page.screenshot(path=SCREENSHOTS / ("home-dark.png" if dark else "home.png"))


def test_a_confusion_cell_opens_the_misclassified_reviews_behind_it(dashboard, open_page):
    page = open_page(f"{dashboard}/evaluate")
    cell = page.get_by_role("link", name=re.compile("false positives")).first
    count = int(re.search(r"([\d,]+) ·", cell.inner_text()).group(1).replace(",", ""))
    settled(page).screenshot(path=SCREENSHOTS / "evaluate.png")
    cell.click()
    page.wait_for_url(re.compile("/errors"))
    assert "false-positives" in page.url
    page.get_by_text(f"{count:,} match the filters").wait_for()
    page.get_by_text("false positive").first.wait_for()
    assert page.get_by_text(f"1 of {count:,}").is_visible()


def test_a_misclassified_review_is_read_whole_and_the_next_is_one_key_away(dashboard, open_page):
    page = open_page(f"{dashboard}/errors")
    text = page.locator("[class*=st-key-desk-text-]")
    text.wait_for()
    settled(page).screenshot(path=SCREENSHOTS / "errors.png")
    first, address = text.inner_text(), page.url
    assert len(first) > 200
    page.keyboard.press("j")
    page.wait_for_function("before => document.location.href != before", arg=address)
    page.get_by_text(re.compile(r"^2 of ")).wait_for()
    assert settled(page).locator("[class*=st-key-desk-text-]").inner_text() != first
    second, deep_link = page.locator("[class*=st-key-desk-text-]").inner_text(), page.url
    again = open_page(deep_link)
    again.locator("[class*=st-key-desk-text-]").wait_for()
    assert settled(again).locator("[class*=st-key-desk-text-]").inner_text() == second


def test_a_text_with_a_script_tag_and_emoji_is_shown_as_text_and_predicted(dashboard, open_page):
    page = open_page(f"{dashboard}/live")
    box = page.get_by_label("A review")
    box.wait_for()
    settled(page)
    box.fill(HOSTILE)
    box.press("Control+Enter")
    marked = page.get_by_text("alert('film')").last
    marked.wait_for()
    settled(page).screenshot(path=SCREENSHOTS / "live.png")
    assert page.locator("main script, [data-testid=stHtml] script").count() == 0
    assert page.get_by_text(re.compile(r"\d+\.\d %")).count() >= 2


def test_fifty_thousand_characters_are_answered(dashboard, open_page):
    page = open_page(f"{dashboard}/live")
    box = page.get_by_label("A review")
    box.wait_for()
    settled(page)
    box.fill("A fine film, though slow. " * 1_950)
    box.press("Control+Enter")
    page.get_by_text(re.compile(r"1?\d,\d{3} tokens")).first.wait_for()
    settled(page)


@pytest.mark.parametrize("view", ["", "evaluate", "errors", "live"])
def test_an_empty_workspace_offers_one_button_on_every_page(tmp_path, open_page, view):
    with serving(tmp_path) as address:
        page = open_page(f"{address}/{view}")
        button = page.get_by_role("button", name=re.compile("demo", re.IGNORECASE))
        button.wait_for()
        assert button.count() == 1
        settled(page)


def test_the_one_button_makes_the_demo_and_home_fills_by_itself(tmp_path, open_page, monkeypatch):
    with serving(tmp_path) as address:
        page = open_page(address)
        page.get_by_role("button", name=re.compile("demo", re.IGNORECASE)).click()
        page.get_by_role("progressbar").first.wait_for()
        page.wait_for_selector("table.score", timeout=240_000)
        settled(page)
        _stop_all_jobs(monkeypatch, tmp_path)


def _stop_all_jobs(monkeypatch, home):
    """End the rest of the demo, which goes on in the background for minutes."""
    monkeypatch.setenv("REELCHECK_HOME", str(home))
    for _ in range(120):
        active = jobs.list_jobs(active_only=True)
        if not active:
            return
        for job in active:
            jobs.cancel(job.run_id)
        time.sleep(0.5)
    pytest.fail("a cancelled job still runs after a minute")


def test_two_tabs_keep_their_own_choice(dashboard, open_page):
    first, second = open_page(f"{dashboard}/errors"), open_page(f"{dashboard}/errors")
    for page in (first, second):
        page.locator("[class*=st-key-desk-text-]").wait_for()
        settled(page)  # a key that is pressed before that is lost
    first.keyboard.press("j")
    first.get_by_text(re.compile(r"^2 of ")).wait_for()
    assert second.get_by_text(re.compile(r"^1 of ")).is_visible()

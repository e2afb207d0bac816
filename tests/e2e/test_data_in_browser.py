"""From a CSV on disk to a misclassified review of one's own: upload, confirm, store and measure, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from serving import SCREENSHOTS, serving, settled

from sentiment_core import __main__ as command_line

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def small_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard on a workspace with one small model."""
    folder = tmp_path_factory.mktemp("small")
    rows = [("wonderful and warm", 1), ("dreadful and cold", 0)] * 30
    lines = [f"{words} film number {n},{label}" for n, (words, label) in enumerate(rows)]
    (folder / "reviews.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(folder / "home"))
        argv = ["train", "--family", "tfidf", "--data", str(folder / "reviews.csv"), "--alias", "tfidf"]
        assert command_line.main(argv) == 0
    with serving(folder / "home") as address:
        yield address


def test_four_clicks_lead_from_a_file_of_three_classes_to_a_misclassified_review_of_its_own(
    small_dashboard, open_page, tmp_path
):
    rows = [("a wonderful night", "good"), ("a dreadful night", "bad"), ("some night", "so-so")] * 13
    lines = [f"{words} {n},{label}" for n, (words, label) in enumerate([*rows, ("dreadful irony", "good")])]
    (tmp_path / "mine.csv").write_text("\n".join(["review,sentiment", *lines]) + "\n")
    page = settled(open_page(small_dashboard))
    page.get_by_role("link", name="Data", exact=True).click()  # 1
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.csv")  # 2
    for value, meaning in (("bad", "negative"), ("good", "positive"), ("so-so", "left out")):
        group = page.locator("[data-testid=stButtonGroup]").filter(has_text=f"{value}: ")
        group.get_by_text(meaning, exact=True).click()
        settled(page)
    page.get_by_text(re.compile("27 of 40 rows will be stored: 13 negative, 14 positive")).wait_for()
    page.screenshot(path=SCREENSHOTS / "data-file.png")
    page.get_by_role("button", name="Store and measure the model").click()  # 3
    link = page.get_by_role("link", name=re.compile("1 error of tfidf"))
    link.wait_for(timeout=120_000)
    settled(page).screenshot(path=SCREENSHOTS / "data-set.png")
    address = page.url
    link.click()  # 4
    page.get_by_text("dreadful irony").first.wait_for()
    again = settled(open_page(address))
    assert again.get_by_role("combobox", name="Data set").is_visible()
    assert again.get_by_text("mine.csv").first.is_visible()

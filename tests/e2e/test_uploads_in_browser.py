"""What a page does with a hostile file, in a real browser: no raw download, no memory, a command to copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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
        argv = ["train", "--family", "tfidf", "--data", str(folder / "reviews.csv"), "--alias", "small"]
        assert command_line.main(argv) == 0
    with serving(folder / "home") as address:
        yield address


def test_a_table_offers_no_download_of_its_raw_cells(small_dashboard, open_page, tmp_path):
    (tmp_path / "evil.csv").write_text("text,=cmd()\nwonderful,=1+1\n,@SUM(A1)\n")
    page = settled(open_page(f"{small_dashboard}/live"))
    page.locator("input[type=file]").set_input_files(tmp_path / "evil.csv")
    page.get_by_role("button", name="Answer 2 texts").click()
    table = page.locator("[data-testid=stDataFrame]:visible").first
    table.wait_for()
    settled(page)
    table.hover()
    page.get_by_role("button", name=re.compile("Search")).first.wait_for()
    assert page.get_by_role("button", name=re.compile("Download as CSV")).count() == 0
    page.screenshot(path=SCREENSHOTS / "live-file.png")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download answers as CSV").click()
    header, row, empty = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert header.startswith("text,'=cmd(),prob_positive") and row.startswith("wonderful,'=1+1,")
    assert empty.startswith(",'@SUM(A1),,,") and empty.endswith("no text")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_file_of_millions_of_rows_is_refused_with_a_command_that_can_be_pasted(
    small_dashboard, open_page, tmp_path, dark
):
    (tmp_path / "my $(rows).csv").write_text("t\n" + "a\n" * 9_000_000)
    page = settled(open_page(f"{small_dashboard}/live", dark=dark))
    page.locator("input[type=file]").set_input_files(tmp_path / "my $(rows).csv")
    said = page.get_by_text(re.compile("5,001 rows or more"))
    said.wait_for()
    said.scroll_into_view_if_needed()
    code = page.locator("[data-testid=stCode]:visible").first
    assert "--file 'my $(rows).csv' --out answers.csv" in code.inner_text()
    settled(page).screenshot(path=SCREENSHOTS / f"live-refused{'-dark' if dark else ''}.png")

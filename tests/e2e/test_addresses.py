"""The addresses of pages in a real browser, on an empty workspace."""

from __future__ import annotations

import pytest
from serving import serving, settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_home_opens_under_its_own_name_and_keeps_what_the_address_says(open_page, tmp_path):
    with serving(tmp_path) as address:
        page = open_page(f"{address}/home?model_a=nobody")
        page.get_by_role("heading", name="Reelcheck").wait_for()
        settled(page)
        assert page.get_by_text("Page not found").count() == 0
        page.get_by_role("link", name="Attack").click()
        page.get_by_role("heading", name="Attack", exact=True).wait_for()


def test_another_page_cannot_show_the_dashboard_in_a_frame(open_page, tmp_path):
    with serving(tmp_path) as address:
        page = open_page("about:blank")
        page.set_content(f'<iframe src="{address}/" width="600" height="300"></iframe>')
        page.wait_for_timeout(3000)
        assert not any(frame.url.startswith(address) for frame in page.frames)

"""The browser's history: opening a page is one step, a choice is one step, and Back undoes it visibly."""

from __future__ import annotations

import re

import pytest
from serving import settled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TITLES = {
    "data": "Data",
    "evaluate": "Evaluate",
    "errors": "Errors",
    "attack": "Attack",
    "robustness": "Robustness",
    "probes": "Probes",
    "bias": "Bias and slices",
    "experiments": "Experiments",
    "live": "Live",
}
#: On each of these pages a part to choose, and the one that the page opens on.
PARTS = {
    "robustness": ("Queries", "Texts"),
    "probes": ("Changed reviews", "Language"),
    "bias": ("Your slices", "Rewrites"),
    "experiments": ("Start another", "Trainings"),
}


def steps(page) -> int:
    return int(settled(page).evaluate("window.history.length"))


def heading(page) -> str:
    return settled(page).get_by_role("heading", level=1).first.inner_text()


def part(page) -> str:
    return str(settled(page).locator("[data-testid=stMain] button[aria-checked=true]").first.inner_text())


@pytest.mark.parametrize("view", TITLES)
def test_opening_a_page_is_one_step_and_back_returns_to_the_page_before(dashboard, open_page, view):
    page = open_page(dashboard)
    page.wait_for_selector("table.score")
    before, home = steps(page), page.url
    page.get_by_test_id("stSidebar").get_by_role("link", name=TITLES[view], exact=True).click()
    page.get_by_role("heading", name=TITLES[view], exact=True).wait_for()
    assert steps(page) == before + 1
    page.go_back()
    page.wait_for_selector("table.score")
    assert page.url == home and steps(page) == before + 1


@pytest.mark.parametrize("view", ["", *TITLES])
def test_an_address_without_parameters_opens_its_page_in_one_step(dashboard, open_page, view):
    page = open_page("about:blank")
    before = int(page.evaluate("window.history.length"))
    page.goto(f"{dashboard}/{view}")
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.wait_for()
    assert steps(page) == before + 1
    assert re.fullmatch(rf"{dashboard}/{view}", page.url)


@pytest.mark.parametrize("view", PARTS)
def test_a_part_that_is_chosen_is_one_step_and_back_shows_the_part_before(dashboard, open_page, view):
    page = open_page(f"{dashboard}/{view}")
    chosen, first = PARTS[view]
    page.get_by_role("radio", name=chosen, exact=True).wait_for()
    before, address = steps(page), page.url
    assert part(page) == first
    page.get_by_role("radio", name=chosen, exact=True).click()
    page.wait_for_url(re.compile("part="))
    assert steps(page) == before + 1 and part(page) == chosen
    page.go_back()
    page.wait_for_function("address => document.location.href == address", arg=address)
    page.wait_for_function(
        "name => [...document.querySelectorAll('[data-testid=stMain] button[aria-checked=true]')]"
        ".some(button => button.innerText == name)",
        arg=first,
    )
    assert part(page) == first and steps(page) == before + 1


@pytest.mark.parametrize("view", ["", "errors", "probes"])
def test_a_model_that_is_chosen_is_one_step_and_back_chooses_the_one_before(dashboard, open_page, view):
    page = open_page(f"{dashboard}/{view}")
    box = page.get_by_role("combobox", name=re.compile(r"Model$"))
    box.wait_for()
    before, address = steps(page), page.url
    first = box.input_value()
    box.click()
    page.get_by_role("option").filter(has_not_text=re.compile(f"^{first}$")).first.click()
    page.wait_for_url(re.compile("model_a="))
    assert steps(page) == before + 1 and box.input_value() != first
    page.go_back()
    page.wait_for_function("address => document.location.href == address", arg=address)
    settled(page)
    assert box.input_value() == first and steps(page) == before + 1

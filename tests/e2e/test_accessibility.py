"""Every page of the navigation, as axe-core sees it, light and dark, and in narrow windows.

`pytest -m browser tests/e2e/test_accessibility.py -s` prints the counts. REELCHECK_PARTS=1 looks at every
part of each page too, on a workspace where bias is measured: two minutes more.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from looking import CONTRAST, CUT_TEXTS, EVERY_RULE, WINDOWS, Violation, cut_texts, resize, violations
from serving import SCREENSHOTS, serving, settled

from dashboard import navigation

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

VIEWS = [view.file for view in navigation.known_views()]
PARTS = bool(os.environ.get("REELCHECK_PARTS"))
CHOSEN = "model_a=tfidf&model_b=reference"


@dataclass(frozen=True)
class Exclusion:
    """A violation in Streamlit's own elements that no theme, style or markup of ours reaches."""

    rule: str
    html: str
    reason: str
    seen_on: str

    def covers(self, violation: Violation) -> bool:
        """Whether a violation is this one."""
        return violation.rule == self.rule and self.html in violation.html


EXCLUSIONS = [
    Exclusion(
        "presentation-role-conflict",
        'data-testid="stFileUploaderDropzone"',
        "Streamlit 1.67 gives the place where files are dropped a label and the role of none; its button is "
        "labeled and reached with the keyboard.",
        seen_on="live",
    ),
]


@dataclass
class Look:
    """What was found on one page: violations by scheme, cut texts by window."""

    violations: dict[str, list[Violation]] = field(default_factory=dict)
    cut: dict[str, list[str]] = field(default_factory=dict)

    def ours(self, scheme: str) -> list[Violation]:
        """Return the violations that are not excluded."""
        return [
            found
            for found in self.violations[scheme]
            if not any(exclusion.covers(found) for exclusion in EXCLUSIONS)
        ]


@pytest.fixture(scope="module")
def visitor(demo_home: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Visitor]:
    """One server and one window for all pages."""
    home = tmp_path_factory.mktemp("looked-at") / "home"
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("job"))
    if PARTS:
        measure_bias(home)
    with serving(home) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield Visitor(address, page)
        context.close()


def measure_bias(home: Path) -> None:
    """Measure the bias of one model on a few reviews."""
    command = [sys.executable, "-m", "attacks", "bias", "--model", "tfidf", "--data", "imdb-embedded"]
    environment = os.environ | {"REELCHECK_HOME": str(home)}
    subprocess.run([*command, "--reviews", "10"], env=environment, check=True, capture_output=True)


class Visitor:
    """Visits each page once and remembers what was found."""

    def __init__(self, address: str, page: Any) -> None:
        self.address, self.page = address, page
        self.browser = page.context.new_cdp_session(page)
        self.looks: dict[str, dict[str, Look]] = {}

    def look(self, view: str) -> dict[str, Look]:
        """Return what is on a page, by the name of its part; the first part's is empty."""
        if view not in self.looks:
            self.page.goto(f"{self.address}/{view}?{CHOSEN}")
            settled(self.page)
            self.looks[view] = {"": self._look(view)}
            for part in self._parts() if PARTS else []:
                self.page.get_by_role("radio", name=part, exact=True).first.click()
                self.page.wait_for_timeout(250)
                settled(self.page)
                self.looks[view][part] = self._look(f"{view}-{part}")
        return self.looks[view]

    def _parts(self) -> list[str]:
        groups = self.page.get_by_test_id("stMain").get_by_test_id("stButtonGroup")
        return [
            radio.inner_text() for group in groups.all()[:1] for radio in group.get_by_role("radio").all()[1:]
        ]

    def _look(self, name: str) -> Look:
        look = Look()
        for scheme, rules in (("light", EVERY_RULE), ("dark", CONTRAST)):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_timeout(150)
            look.violations[scheme] = violations(self.page, rules)
        self.page.emulate_media(color_scheme="light")
        for window in [*WINDOWS, "1280"]:
            resize(self.browser, window)
            assert self.page.evaluate("innerWidth") == WINDOWS[window][0]
            look.cut[window] = cut_texts(self.page)
        return look


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_violation_light_or_dark(visitor, view):
    trouble = []
    for part, look in visitor.look(view).items():
        counts = {scheme: len(look.ours(scheme)) for scheme in look.violations}
        print(f"\n{view:12} {part:22} light {counts['light']:3} dark {counts['dark']:3}", end="")
        trouble += [f"{part} {scheme} {found}" for scheme in counts for found in look.ours(scheme)]
    assert trouble == []


@pytest.mark.parametrize("view", VIEWS)
def test_no_window_cuts_a_text_or_scrolls_the_page_sideways(visitor, view):
    trouble = []
    for part, look in visitor.look(view).items():
        counts = {window: len(cut) for window, cut in look.cut.items()}
        print(f"\n{view:12} {part:22} {counts}", end="")
        trouble += [f"{part} {window} {line}" for window, cut in look.cut.items() for line in cut]
    assert trouble == []


@pytest.mark.parametrize("exclusion", EXCLUSIONS, ids=lambda exclusion: exclusion.rule)
def test_what_is_excluded_is_still_there(visitor, exclusion):
    found = visitor.look(exclusion.seen_on)[""].violations["light"]
    assert any(exclusion.covers(violation) for violation in found), "take it off the list of exclusions"


CUTS = {
    "cut sideways": "<p style='width: 9px; overflow: hidden; white-space: nowrap'>a long title</p>",
    "cut below": "<p style='height: 9px; overflow: hidden'>two<br>lines</p>",
    "field": "<input role='combobox' style='width: 20px' value='all of the errors'>",
    "the page scrolls sideways": "<table><tr><td style='min-width: 900px'>wide</td></tr></table>",
    "chart": "<div class='js-plotly-plot'><svg class='main-svg' width='40' height='20'>"
    "<text y='9'>accuracy under attack</text></svg></div>",
    "below the top bar": "<p style='position: absolute; top: 0'>hidden</p>",
}


@pytest.mark.parametrize("how", CUTS)
def test_a_cut_text_is_found_and_one_that_scrolls_is_not(chromium, how):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    frame = (
        "<header data-testid='stHeader' style='position: fixed; top: 0; height: 40px'></header>"
        "<section data-testid='stMain' style='overflow: auto; padding-top: 50px'>{}</section>"
    )
    page.set_content(frame.format(CUTS[how]))
    assert [line for line in page.evaluate(CUT_TEXTS) if line.startswith(how)]
    page.set_content(
        frame.format(f"<div style='overflow: auto; width: 9px; height: 9px'>{'a word ' * 99}</div>")
    )
    assert page.evaluate(CUT_TEXTS) == []
    context.close()


def test_a_question_mark_shows_the_keys_of_the_page_and_no_key_reaches_the_page_below(visitor):
    page = visitor.page
    page.goto(f"{visitor.address}/errors?{CHOSEN}")
    settled(page).keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.wait_for()
    assert re.search(r"J\s+Read the next text", keys.inner_text())
    assert "Judge" not in keys.inner_text()
    page.screenshot(path=SCREENSHOTS / "keys.png")
    assert violations(page, EVERY_RULE) == []
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    keys.wait_for(state="hidden")
    assert settled(page).get_by_text(re.compile(r"^1 of ")).is_visible()
    search = page.get_by_label("Search in the text")
    search.fill("why")
    search.press("?")
    assert keys.is_hidden()
    page.get_by_role("button", name="? Keys").click()
    keys.wait_for()

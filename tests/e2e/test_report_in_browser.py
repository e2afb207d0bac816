"""A report in a real browser, from the file alone: axe-core finds nothing, nothing is cut or asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from looking import CONTRAST, EVERY_RULE, violations

from attacks.reporting import page as pages
from attacks.reporting import report, subject

pytestmark = pytest.mark.browser


def test_a_report_is_accessible_light_dark_and_narrow_and_loads_nothing(
    demo_home: Path, chromium: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(demo_home))
    file = tmp_path / "report.html"
    file.write_text(pages.html(report.make(subject.choose())), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert [str(one) for one in violations(page, EVERY_RULE)] == []
    page.emulate_media(color_scheme="dark")
    assert [str(one) for one in violations(page, CONTRAST)] == []
    page.set_viewport_size({"width": 390, "height": 844})
    wide = (
        "[...document.querySelectorAll('main, h1, p, pre, figure')].filter(e => e.scrollWidth > innerWidth)"
    )
    assert page.evaluate(f"{wide}.map(e => e.outerHTML.slice(0, 200))") == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    first = page.locator("#summary").bounding_box()
    assert first is not None and first["y"] < 844  # which models, how good: without scrolling
    context.close()

"""A real server with the demo's models, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import serving


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `make run` leaves it, made by its own command: two models on the embedded reviews."""
    home = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "sentiment_core", "demo"]
    environment = os.environ | {"REELCHECK_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return home


@pytest.fixture(scope="session")
def dashboard(demo_home: Path) -> Iterator[str]:
    """The address of a dashboard on the demo's workspace."""
    with serving(demo_home) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip(
            "no Chromium here: install Debian's package chromium (needs root), or name one in CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open an address in a window of its own; a traceback or a script error in any page fails the test."""
    contexts, troubles = [], []

    def opened(address: str, *, dark: bool = False) -> Any:
        context = chromium.new_context(
            viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            assert page.locator("[data-testid=stException]").count() == 0
        context.close()
    assert troubles == []

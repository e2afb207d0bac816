"""How long a person waits for each page over 100,000 predictions of two models, in a real browser.

    python tests/benchmarks/load_browser.py --home /tmp/load-workspace
    python tests/benchmarks/load_browser.py --home /tmp/load-workspace --pages errors,map

The workspace is that of `load_pages.py`. For each page, first in a server that has read nothing yet but the
page before, then again:

    paint       seconds until its title is drawn and until its script has ended with every part in its place
    CPU         the server's processor seconds for that
    reacts      seconds from a click or a key in the page until what it changes is drawn, and the server's CPU

The first click of each page only warms its caches up. Seconds depend on what else the machine does (the load
is printed), the server's own CPU seconds hardly. Memory is the server's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import load_pages
import load_workspace
import psutil

#: Milliseconds that a page may take; a longer one ends the script.
MOST_MS = 120_000
#: Milliseconds that a control may be out of reach, such as a button that is disabled.
CLICK_MS = 15_000
#: How often one control is used: the middle one counts.
TIMES = 3
#: Notes when the script's state changes, and when a person last acted.
WATCH = """() => {
  window.__ended = 0; window.__acted = 0;
  for (const kind of ['pointerup', 'keydown'])
    addEventListener(kind, () => { window.__acted = performance.now(); }, true);
  const app = document.querySelector('[data-testid=stApp]');
  new MutationObserver(() => {
    if (app.dataset.testScriptState === 'notRunning')
      requestAnimationFrame(() => setTimeout(() => { window.__ended = performance.now(); }));
  }).observe(app, {attributeFilter: ['data-test-script-state']});
}"""
ENDED = "() => window.__ended > window.__acted"


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium; the variable CHROMIUM names another one."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def opened(window: Any, address: str, process: psutil.Process) -> dict[str, float]:
    """Open an address; return the seconds of its title and of all of it, and the server's CPU."""
    used, began = load_pages.cpu_seconds(process), time.perf_counter()
    window.goto(address, timeout=MOST_MS)
    window.wait_for_selector("[data-testid=stMain] h1", timeout=MOST_MS)
    title = time.perf_counter() - began
    window.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=MOST_MS)
    drawn = "() => document.querySelectorAll('[data-testid=stSkeleton],[data-testid=stSpinner]').length === 0"
    window.wait_for_function(drawn, timeout=MOST_MS)
    whole = time.perf_counter() - began
    return {"title": title, "whole": whole, "cpu": load_pages.cpu_seconds(process) - used}


# --- what a person does in a page --------------------------------------------------------------------


def _next_or_previous(main: Any) -> Callable[[int], None] | None:
    buttons = main.get_by_role("button", name=re.compile(r"\b(Next|Previous)\b"))
    if buttons.count() < 2:
        return None
    return lambda turn: buttons.nth(1 - turn % 2).click(timeout=CLICK_MS)


def _slider(main: Any) -> Callable[[int], None] | None:
    thumb = main.get_by_role("slider").first
    return (lambda turn: thumb.press("ArrowRight")) if thumb.count() else None


def _segments(main: Any) -> Callable[[int], None] | None:
    buttons = main.locator("[data-testid=stButtonGroup]").first.locator("button")
    if buttons.count() < 2:
        return None
    return lambda turn: buttons.nth(1 - turn % 2).click()


def _choice(main: Any) -> Callable[[int], None] | None:
    box = main.get_by_role("combobox").first
    if not box.count():
        return None

    def act(turn: int) -> None:
        box.click()
        box.press("ArrowDown" if turn % 2 == 0 else "ArrowUp")
        box.press("Enter")

    return act


WAYS = {"next": _next_or_previous, "slider": _slider, "segments": _segments, "choice": _choice}
#: The control that is used; elsewhere the first of WAYS that the page has.
USED = {"map": "choice", "attack": "choice"}


def acting(window: Any, page: str) -> tuple[str, Callable[[int], None]] | None:
    """Return the name of the control that is used in a page and how, None where it has none."""
    main = window.locator("[data-testid=stMain]")
    for name in [USED[page]] if page in USED else WAYS:
        act = WAYS[name](main)
        if act is not None:
            return name, act
    return None


def reacted(window: Any, page: str, process: psutil.Process) -> dict[str, Any]:
    """Use a control of a page; return which, the middle of the seconds, and of the server's CPU."""
    found = acting(window, page)
    if found is None:
        return {"control": ""}
    name, act = found
    idle(process)
    window.evaluate(WATCH)
    from playwright.sync_api import TimeoutError as OutOfReach

    try:
        costs = [_once(window, act, turn, process) for turn in range(TIMES + 1)][1:]
    except OutOfReach as error:
        return {"control": name, "not_measured": str(error).splitlines()[0]}
    seconds, cpu = (statistics.median(cost) for cost in zip(*costs, strict=True))
    return {"control": name, "reacts": round(seconds, 3), "reacts_cpu": round(cpu, 3)}


def idle(process: psutil.Process, most: float = 60.0) -> None:
    """Wait until the server has done what it does behind a drawn page, such as comparing two models."""
    until = time.monotonic() + most
    before = load_pages.cpu_seconds(process)
    while time.monotonic() < until:
        time.sleep(1.0)
        now = load_pages.cpu_seconds(process)
        if now - before < 0.05:
            return
        before = now


def _once(window: Any, act: Callable[[int], None], turn: int, process: psutil.Process) -> tuple[float, float]:
    used = load_pages.cpu_seconds(process)
    act(turn)
    window.wait_for_function(ENDED, timeout=MOST_MS)
    window.wait_for_timeout(400)  # a fragment may follow
    took = window.evaluate("() => window.__ended - window.__acted") / 1000
    return took, load_pages.cpu_seconds(process) - used


def measured(tree: Path, home: Path, params: dict[str, str], pages: list[str]) -> Iterator[dict[str, Any]]:
    """Serve a checkout and yield what each page takes, and at last the server's memory."""
    with (
        load_pages.serving(tree, home) as (port, process),
        load_pages.memory_watched(process) as peak,
        browser() as chromium,
    ):
        query = urlencode(params)
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        opened(
            context.new_page(), f"http://127.0.0.1:{port}/?{query}", process
        )  # imports, the browser's files
        for page in pages:
            window = context.new_page()
            address = f"http://127.0.0.1:{port}/{'' if page == 'home' else page}?{query}"
            first = opened(window, address, process)
            again = opened(window, address, process)
            told = {f"first_{key}": round(value, 2) for key, value in first.items()}
            told |= {f"again_{key}": round(value, 2) for key, value in again.items()}
            yield {"page": page} | told | reacted(window, page, process) | {"peak_mb": round(peak[0])}
            window.close()


def main() -> None:
    """Measure, and print a JSON object a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="the workspace, made where it is missing")
    parser.add_argument("--tree", type=Path, default=load_pages.ROOT, help="the checkout that is served")
    parser.add_argument("--pages", default=",".join(load_pages.PAGES))
    parser.add_argument("--batches", type=int, default=70)
    parser.add_argument("--reviews", type=int, default=100_000)
    args = parser.parse_args()
    home = args.home.resolve()
    load_workspace.make(home, batches=args.batches, reviews=args.reviews)
    params = load_pages.large_data(home, args.reviews)
    for told in measured(args.tree.resolve(), home, params, args.pages.split(",")):
        print(json.dumps(told | {"load": round(os.getloadavg()[0], 1)}), flush=True)


if __name__ == "__main__":
    main()

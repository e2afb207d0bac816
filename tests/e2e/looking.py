"""Looking at a page as axe-core does, and for text that a window of some width cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe

#: By name: width and height in pixels of CSS, and pixels of the screen for each. A window of 1280 pixels
#: at 200 % zoom is one of 640 with twice as many.
WINDOWS = {
    "1280": (1280, 800, 1),
    "1024": (1024, 768, 1),
    "1280 at 200 %": (640, 400, 2),
    "390": (390, 844, 1),
}

#: Every rule of WCAG 2.2 A and AA and of good practice; the last one is experimental in axe-core.
EVERY_RULE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"label-content-name-mismatch": {"enabled": True}},
    "resultTypes": ["violations"],
}
#: All that depends on the color scheme.
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


@dataclass(frozen=True)
class Violation:
    """An element that breaks a rule: the rule's id, the element's HTML, and what axe-core says."""

    rule: str
    html: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.html[:160]} ({' '.join(self.why.split())[:200]})"


def violations(page: Any, options: dict[str, Any]) -> list[Violation]:
    """Return a violation for each element and rule that it breaks."""
    found = Axe().run(page, options=options).response["violations"]
    return [
        Violation(rule["id"], node["html"], node["failureSummary"])
        for rule in found
        for node in rule["nodes"]
    ]


def resize(browser: Any, window: str) -> None:
    """Give a page a window of WINDOWS; `browser` is its CDP session, which has to stay open meanwhile."""
    width, height, scale = WINDOWS[window]
    browser.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
    )


def cut_texts(page: Any) -> list[str]:
    """Return, in words, every text that is cut or lies outside the window, once charts have followed it."""
    for pause in (150, 400, 800, 1_600):
        page.wait_for_timeout(pause)
        found = [str(line) for line in page.evaluate(CUT_TEXTS)]
        if not found:
            break
    return found


# What scrolls by itself (tables, long reviews) cuts nothing; Streamlit's tables draw their cells on a canvas.
CUT_TEXTS = """() => {
  const all = [], found = [];
  const gather = (root) => root.querySelectorAll('*').forEach((e) => {
    all.push(e);
    if (e.shadowRoot) gather(e.shadowRoot);
  });
  gather(document.body);
  const main = document.querySelector('[data-testid=stMain]');
  const words = (e) => (e.innerText || e.textContent || '').trim().replace(/\\s+/g, ' ').slice(0, 60);
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const say = (how, text, is, room) =>
    found.push(`${how}: "${text}" needs ${Math.round(is)} of ${Math.round(room)} pixels`);
  const clips = (value) => value === 'hidden' || value === 'clip';
  for (const e of all) {
    const box = e.getBoundingClientRect();
    const text = words(e);
    if (box.width <= 2 || box.height <= 2 || !text || !seen(e)) continue;
    if (e.closest('svg, [data-testid=stDataFrame]')) continue;
    const style = getComputedStyle(e);
    if (clips(style.overflowX) && e.scrollWidth > e.clientWidth + 1)
      say('cut sideways', text, e.scrollWidth, e.clientWidth);
    if (clips(style.overflowY) && e.scrollHeight > e.clientHeight + 2)
      say('cut below', text, e.scrollHeight, e.clientHeight);
  }
  const pen = document.createElement('canvas').getContext('2d');
  for (const e of main.querySelectorAll('input:not([type=file])')) {
    // What is typed may scroll in its field; what is chosen may not.
    const chosen = e.getAttribute('role') === 'combobox' || e.readOnly || !e.value;
    if (!chosen || !seen(e)) continue;
    const style = getComputedStyle(e);
    pen.font = style.font;
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const needs = pen.measureText(e.value || e.placeholder).width;
    if (needs > room + 1) say('field', e.value || e.placeholder, needs, room);
  }
  for (const chart of document.querySelectorAll('.js-plotly-plot .main-svg')) {
    const frame = chart.getBoundingClientRect();
    for (const e of chart.querySelectorAll('text')) {
      const box = e.getBoundingClientRect();
      if (!box.width || !seen(e)) continue;
      const out = Math.max(frame.left - box.left, box.right - frame.right,
                           frame.top - box.top, box.bottom - frame.bottom);
      if (out > 1) say('chart', e.textContent, box.width + out, box.width);
    }
  }
  const scrollsItself = (e) => {
    for (let up = e.parentElement; up && up !== main; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== 'visible') return true;
    return false;
  };
  const edge = main.getBoundingClientRect().right;
  for (const e of [document.scrollingElement, main])
    if (e.scrollWidth > e.clientWidth + 1) say('the page scrolls sideways', '', e.scrollWidth, e.clientWidth);
  for (const e of main.querySelectorAll('*')) {
    const box = e.getBoundingClientRect();
    if (!box.width || box.right <= edge + 1 || !seen(e) || scrollsItself(e)) continue;
    say('past the edge', words(e), box.right, edge);
  }
  main.scrollTop = 0;
  const bar = document.querySelector('[data-testid=stHeader]').getBoundingClientRect().bottom;
  for (const e of main.querySelectorAll('h1, p')) {
    const range = document.createRange();
    range.selectNodeContents(e);
    const box = range.getBoundingClientRect();
    if (box.height && box.top < bar - 5 && seen(e)) say('below the top bar', words(e), bar, box.top);
  }
  return found;
}"""

"""What may be wider or taller than its place scrolls inside it, with a mouse and with the keyboard."""

from __future__ import annotations

from dashboard.wording import escape_html

STYLE = """<style>
.scroll {overflow-x: auto; border-radius: 2px;}
</style>"""


def scrolling(inner: str, label: str) -> str:
    """Return HTML in a frame that scrolls sideways; `label` says what it is, for screen readers."""
    name = escape_html(label)
    return f"{STYLE}<div class='scroll' tabindex='0' role='group' aria-label='{name}'>{inner}</div>"

"""Keys and their help, and rules that keep every page usable with a keyboard and a screen reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.elements import keys, scrolling

DASHBOARD = Path(keys.__file__).parents[1]
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(DASHBOARD.rglob("*.py"))}


def found(pattern: str, but: str = "") -> list[str]:
    return [
        f"{path.relative_to(DASHBOARD)}: {match[0]}"
        for path, text in SOURCES.items()
        if path.name != but
        for match in re.finditer(pattern, text)
    ]


def test_no_two_keys_are_the_same_and_none_is_one_of_streamlits() -> None:
    pressed = [key.shortcut for key in keys.KEYS.values()]
    assert len(set(pressed)) == len(pressed)
    assert not {"C", "R", "?"} & set(pressed)


def test_every_key_of_a_button_comes_from_the_list_that_the_help_shows() -> None:
    assert found(r"shortcut=.*", but="keys.py") == []


def test_sections_are_headings_of_the_second_level() -> None:
    """A third level right below the title is one that a screen reader finds missing."""
    assert found(r"\.subheader\(") == []


def test_no_head_of_a_table_is_empty() -> None:
    assert found(r"<th[^>]*></th>") == []
    assert found(r"Column\(\"\",") == []


def test_every_wide_table_scrolls_in_the_one_frame_that_the_keyboard_reaches() -> None:
    assert found(r"class=.scroll", but="scrolling.py") == []
    assert "tabindex='0'" in scrolling.scrolling("<table></table>", "Figures")


@pytest.mark.parametrize("label", ["", "<script>alert(1)</script>", 'it\'s "quoted"', "فيلم 🎬"])
def test_the_name_of_a_frame_is_text(label: str) -> None:
    html = scrolling.scrolling("", label)
    assert "<script>" not in html
    assert re.search(r"aria-label='[^'<>]*'>", html)

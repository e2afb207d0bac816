"""The frame of every page: the window's title, the style, the sidebar, and the page that was asked for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import lasting, navigation
from dashboard.elements import damaged, widgets

# A file of ours: Streamlit fetches its own icons from another machine.
ICON = str(Path(__file__).with_name("icon.svg"))


def draw() -> None:
    """Draw everything a visitor sees."""
    st.set_page_config(page_title="Reelcheck", page_icon=ICON, layout="wide", initial_sidebar_state=286)
    lasting.set_aside()
    widgets.page_style()
    _run_page()
    widgets.show_fixable(damaged.show)()


@widgets.show_fixable
def _run_page() -> None:
    """Draw the sidebar and the page that the address names."""
    page = navigation.current_page()
    navigation.draw_sidebar(page.url_path)
    page.run()

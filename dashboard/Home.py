"""The frame of the dashboard: `streamlit run dashboard/Home.py`, from any folder."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import lasting, navigation, widgets

# A file of ours: Streamlit fetches its own icons from another machine.
ICON = str(Path(__file__).with_name("icon.svg"))
st.set_page_config(page_title="Reelcheck", page_icon=ICON, layout="wide", initial_sidebar_state=286)


@widgets.show_mendable
def run_page() -> None:
    """Draw the sidebar and the page that the address names."""
    page = navigation.current_page()
    navigation.draw_sidebar()
    page.run()


lasting.set_aside()
widgets.page_style()
run_page()

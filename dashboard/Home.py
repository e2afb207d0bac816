"""The frame of the dashboard: `streamlit run dashboard/Home.py`, from any folder."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation, widgets

st.set_page_config(
    page_title="Reelcheck", page_icon=":material/movie:", layout="wide", initial_sidebar_state=248
)


@widgets.show_mendable
def run_page() -> None:
    """Draw the sidebar and the page that the address names."""
    page = navigation.current_page()
    navigation.draw_sidebar()
    page.run()


widgets.page_style()
run_page()

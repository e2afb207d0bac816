"""The frame of every page: the window's title, the style, the sidebar, and the page that was asked for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from dashboard import navigation, public
from dashboard.elements import damaged, keys, page_style, public_copy, widgets
from dashboard.session import selection, visitor
from dashboard.wording import escape_markdown

# A file of ours: Streamlit fetches its own icons from another machine.
ICON = str(Path(__file__).with_name("icon.svg"))


def draw() -> None:
    """Draw everything a visitor sees."""
    st.set_page_config(page_title="Reelcheck", page_icon=ICON, layout="wide", initial_sidebar_state=286)
    public.protect()
    exempt_imports()
    page_style.apply()
    if not visitor.may_look():
        return
    keys.forget()
    public_copy.begin()
    _run_page()
    keys.draw_help()
    if not public.is_public():  # what is damaged is the operator's to know, and names folders
        widgets.show_fixable(damaged.show)()


@widgets.show_fixable
def _run_page() -> None:
    """Draw the sidebar and the page that the address names."""
    page = navigation.current_page()
    navigation.draw_sidebar(page.url_path)
    gone = selection.gone()
    if gone:
        _not_here(gone)
    else:
        page.run()


def _not_here(gone: Mapping[str, str]) -> None:
    """Say that the address is about something else than this workspace holds, instead of a page about it."""
    st.title("Not here", anchor=False)
    words = {selection.DATA: "reviews", selection.MODEL_A: "model"}
    are = {selection.DATA: "are", selection.MODEL_A: "is"}
    for name, named in gone.items():
        st.write(f"There {are[name]} no {words[name]} **{escape_markdown(named)}** in this workspace.")
    st.write(f"Choose {' and '.join(words[name] for name in gone)} in the sidebar.")


#: This many new modules justify one collection.
WORTH_IT = 50
_modules_before = 0


def exempt_imports() -> bool:
    """Exempt all live objects from collection once many modules are new; return whether that was done.

    Reference counting frees them as before. Only a reference cycle that exists now and is
    given up later stays: at most what a few visitors see, as often as modules are imported by the dozen.
    """
    global _modules_before
    there = len(sys.modules)
    if there - _modules_before < WORTH_IT:
        return False
    _modules_before = there
    gc.collect()
    gc.freeze()
    return True

"""Which pages there are, and the sidebar that all of them share."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.elements import widgets
from dashboard.session import pickers, selection, visitor
from sentiment_core import models

VIEWS = Path(__file__).parent / "views"


@dataclass(frozen=True)
class View:
    """One page: its folder in views/, its name in the navigation and in the URL, and what it answers."""

    file: str
    title: str
    icon: str
    question: str

    def page(self) -> StreamlitPage:
        """Return Streamlit's page; made anew in each run, as Streamlit asks."""
        first = self is HOME
        return self._page(default=first, url_path="" if first else self.file)

    def page_by_name(self) -> StreamlitPage:
        """Return the page again, under its own name: the first page has the address / only."""
        return self._page(url_path=self.file, visibility="hidden")

    def _page(self, **where: Any) -> StreamlitPage:
        return st.Page(
            VIEWS / self.file / "page.py",
            title=self.title,
            icon=f":material/{self.icon}:",
            help=self.question,
            **where,
        )


HOME = View("home", "Home", "home", "Which model, how good, and what next?")

#: Navigation groups in order. A new page is a folder in views/ and one line here.
PAGES: dict[str, list[View]] = {
    "Measure": [
        HOME,
        View("data", "Data", "dataset", "What am I measuring on, and is it sound?"),
        View("evaluate", "Evaluate", "query_stats", "Where does a model err, and at which threshold?"),
        View("errors", "Errors", "rule", "Which reviews does it get wrong?"),
    ],
    "Understand": [
        View("review", "Review", "article", "Everything known about this one text."),
        View("map", "Map", "bubble_chart", "Where do the errors lie, and what do reviews near them say?"),
        View(
            "explain",
            "Explain",
            "psychology",
            "Which words drive the model, and which explainer can I trust?",
        ),
        View("labels", "Label quality", "fact_check", "Is the label wrong, and what do the scores become?"),
    ],
    "Stress": [
        View("attack", "Attack", "bolt", "Run an adversarial batch, watch it, and resume it."),
        View(
            "robustness",
            "Robustness",
            "shield",
            "How easily is it fooled, and do the edited reviews still mean the same?",
        ),
        View("probes", "Probes", "quiz", "Which kinds of language does it not understand?"),
        View("bias", "Bias and slices", "balance", "Whom does it treat differently?"),
    ],
    "Make": [
        View(
            "experiments",
            "Experiments",
            "science",
            "Watch a training, compare past trainings, and start another.",
        ),
        View("improve", "Improve", "upgrade", "May the new model replace the old?"),
        View("tradeoffs", "Trade-offs", "compress", "What does a smaller or faster model cost?"),
        View("card", "Card", "badge", "What may I publish?"),
    ],
    "Try": [
        View("live", "Live", "edit_note", "What does it say to my text, and what would change its mind?"),
    ],
}


def current_page() -> StreamlitPage:
    """Return the page that the address names; `draw_sidebar` draws the links."""
    return st.navigation([*(view.page() for view in known_views()), HOME.page_by_name()], position="hidden")


@functools.cache  # a page with many links asks as many times; only navigation needs them made anew
def known_pages() -> dict[str, StreamlitPage]:
    """Return the pages by view, for links: `st.page_link(known_pages()["errors"], query_params={...})`."""
    return {view.file: view.page() for view in known_views()}


def known_views() -> list[View]:
    """Return the views whose file is there, in order."""
    return [view for views in PAGES.values() for view in views if _exists(view)]


def draw_sidebar(page: str) -> None:
    """Draw the links, what stays chosen from page to page, and the running jobs; `page` is its path."""
    selection.adopt_url(page)
    with st.sidebar:
        links = st.container()
        st.space("xxsmall")
        pickers.data_picker()
        shelf = [card.model_id for card in models.list_models()]
        first = pickers.model_picker(selection.MODEL_A, "Model", default=shelf[0] if shelf else None)
        if len(shelf) > 1:
            pickers.model_picker(selection.MODEL_B, "Compared with", default=None, without=first)
        widgets.sidebar_jobs()
        visitor.draw()
    selection.write_url()
    with links:
        _draw_links()


def _draw_links() -> None:
    """Draw our own links, not Streamlit's: these carry the choice, so that one click is one step back."""
    pages = known_pages()
    for group, views in PAGES.items():
        with st.container(gap="xsmall", key=f"links-{group.lower()}"):
            st.caption(group)
            for view in (view for view in views if view.file in pages):
                st.page_link(pages[view.file], width="stretch", query_params=_back_to(view))


def _back_to(view: View) -> dict[str, str]:
    return selection.params_back_to("" if view is HOME else view.file)


def _exists(view: View) -> bool:
    return (VIEWS / view.file / "page.py").is_file()

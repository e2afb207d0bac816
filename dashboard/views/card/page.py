"""Card: what may I publish?"""

from __future__ import annotations

import streamlit as st

from dashboard.elements import widgets
from dashboard.session import selection
from dashboard.views.card import contents, editing, place, publishing
from dashboard.wording import escape_markdown
from sentiment_core.models import ModelCard
from sentiment_core.publishing import carding, written
from sentiment_core.publishing.markdown import Section

#: Of the preview, in pixels: a card is long, and what is done with it stands beside.
HEIGHT = 720
#: Long lines wrap: what scrolls inside what scrolls cannot be reached with the keyboard.
STYLE = (
    "<style>.st-key-card-preview pre, .st-key-card-preview pre * {white-space: pre-wrap !important;}</style>"
)


@widgets.show_fixable
def show() -> None:
    title, name = st.columns([1, 3], vertical_alignment="bottom")
    title.title("Card", anchor=False)
    card = selection.selection().model_a
    if card is None:
        widgets.empty_state("Nothing to publish yet", "A card is written from a model and its measurements.")
        return
    name.caption(escape_markdown(f"{card.short_name} · {card.title}"), text_alignment="right")
    tree = _tree(card)
    leaves = [part for section in tree for part in section.parts]
    at = place.adopt([part.name for part in leaves])
    st.markdown(contents.in_words(leaves))
    _choose(leaves)
    markdown = carding.text(card, tree, without=at.without)
    preview, beside = st.columns([3, 2])
    st.html(STYLE)
    with preview, st.container(border=True, height=HEIGHT, key="card-preview"):
        st.markdown(contents.below_title(markdown))
    with beside:
        publishing.show(card, markdown, at)
        editing.show(card)
        with st.expander("Metadata for the hub", icon=":material/data_object:"):
            st.code(markdown.split("\n---\n", 1)[0].removeprefix("---\n"), language="yaml", wrap_lines=True)
    publishing.show_difference(written.of(card), markdown)
    place.settle(at)


def _tree(card: ModelCard) -> list[Section]:
    from attacks.publishing import stress

    return carding.tree(card, stress.sections)


def _choose(leaves: list[Section]) -> None:
    titles = {part.name: part.title for part in leaves}
    st.pills(
        "Sections",
        list(titles),
        format_func=lambda name: titles[name],
        selection_mode="multi",
        key=place.SECTIONS,
        on_change=place.picked,
        args=(tuple(titles),),
    )


show()

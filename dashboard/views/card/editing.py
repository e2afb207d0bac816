"""The parts of a card that a person writes, and its license; they are kept with the model."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import public_copy, widgets
from sentiment_core.models import ModelCard
from sentiment_core.publishing import carding, written
from sentiment_core.publishing.written import MOST_CHARACTERS, PROSE


@widgets.show_fixable
def show(card: ModelCard) -> None:
    """Draw a form with every part; what is emptied gets its default back."""
    if public_copy.switched_off("card-texts"):
        return
    own, defaults = written.of(card), carding.defaults(card)
    with st.expander("Write it yourself", icon=":material/edit:"), st.form(f"card-texts-{card.model_id}"):
        license = st.text_input(
            "License, as the hub names it",
            own.license,
            max_chars=40,
            placeholder="apache-2.0, mit, cc-by-4.0, other",
        )
        texts = {
            name: st.text_area(
                title if name != "license-terms" else "More about the license",
                own.prose.get(name) or defaults[name],
                max_chars=MOST_CHARACTERS,
                height=110,
            )
            for name, title in PROSE.items()
        }
        st.caption(
            'Plain text; lines that begin with "- " become a list. Empty a part to get its default back.'
        )
        if st.form_submit_button("Save", icon=":material/save:"):
            own_texts = {name: "" if text == defaults[name] else text for name, text in texts.items()}
            written.write(card, own_texts, license.strip())
            st.rerun()

"""What can be done with the trainings that are picked: promote, measure, rename, note, remove."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import evaluations
from dashboard.session import selection
from dashboard.views.experiments import promotion, state
from dashboard.wording import escape_markdown, format_bytes
from sentiment_core import dependents, models, notes, promotions
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard

#: The model whose promotion was asked for and is doubtful.
ASKED = "_experiments_promotion"


@widgets.show_fixable
def show(chosen: Sequence[ModelCard]) -> None:
    """Draw the buttons for the picked trainings: all of them for one, measuring for several."""
    if public_copy.switched_off("experiments-actions"):
        return
    if not chosen:
        st.caption(
            "Select one training to promote, measure, rename, note or remove it, or several to compare their "
            "curves."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(chosen) == 1:
            _promote(chosen[0])
        _measure(chosen)
        if len(chosen) == 1:
            _rename(chosen[0])
            _note(chosen[0])
            _remove(chosen[0])
    if len(chosen) == 1:
        _ask(chosen[0])


# --- the current model ---------------------------------------------------------------------------


def _promote(card: ModelCard) -> None:
    current = state.current_model()
    if current and card.model_id == current.model_id:
        st.caption(escape_markdown(f"{card.short_name} is the current model."))
        return
    label = f"Make {escape_markdown(card.short_name)} the current model"
    if st.button(label, icon=":material/star:", key="promote"):
        if promotion.doubt(card, current, selection.selection().data):
            st.session_state[ASKED] = card.model_id
        else:
            _make_current(card.model_id)
            st.rerun()


def _ask(card: ModelCard) -> None:
    """Ask before a model is promoted that was not measured or is worse."""
    current = state.current_model()
    if st.session_state.get(ASKED) != card.model_id or (current and current.model_id == card.model_id):
        return
    doubt = promotion.doubt(card, current, selection.selection().data)
    with st.container(border=True):
        st.markdown(escape_markdown(doubt or f"{card.short_name} is no worse than the current model."))
        with st.container(horizontal=True):
            st.button(
                "Make it current all the same" if doubt else "Make it current",
                key="promote-anyway",
                on_click=_make_current,
                args=(card.model_id,),
            )
            kept = f"Keep {escape_markdown(current.short_name)}" if current else "Leave it"
            st.button(kept, key="promote-not", type="primary", on_click=_forget)


def _make_current(model_id: str) -> None:
    promotions.promote_named(model_id)
    _forget()


def _forget() -> None:
    st.session_state.pop(ASKED, None)


# --- its figures, its name, its note, its end ----------------------------------------------------


def _measure(chosen: Sequence[ModelCard]) -> None:
    """Offer to measure those that are not, on the sidebar's reviews or on what one was trained with."""
    from sentiment_core.jobs import jobs

    data = selection.selection().data
    missing = [card for card in chosen if not (data and evaluations.evaluation_of(card.model_id, data))]
    asked = [(card, request) for card in missing if (request := state.measuring(card, data))]
    if not asked:
        return
    names = " and ".join(dict.fromkeys(request.title for _, request in asked))
    label = f"Measure on {names}" if len(chosen) == 1 else f"Measure {len(asked)} of them on {names}"
    if st.button(escape_markdown(label), icon=":material/play_arrow:", key="experiments-measure"):
        for card, request in asked:
            jobs.start(request.argv, f"Measure {card.short_name} on {request.title}")
        st.rerun()


def _rename(card: ModelCard) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        alias = st.text_input(
            "New name",
            value=card.alias or "",
            max_chars=models.MOST_CHARACTERS,
            key=f"rename-{card.model_id}",
            help="Small letters, digits and '-', a letter first.",
        )
        if st.button("Rename", key="rename") and alias:
            _try(lambda: dependents.rename(card.alias or card.model_id, alias.strip()))


def _note(card: ModelCard) -> None:
    with st.popover("Note", icon=":material/sticky_note_2:"):
        text = st.text_area(
            "Note",
            value=notes.note_of(card),
            max_chars=notes.MOST_CHARACTERS,
            key=f"note-{card.model_id}",
            placeholder="What it was for, what to try next",
        )
        if st.button("Save", key="note"):
            _try(lambda: notes.set_note(card.model_id, text or ""))


def _remove(card: ModelCard) -> None:
    with st.popover("Remove", icon=":material/delete:"):
        gone = dependents.of(card.model_id)
        st.markdown(
            escape_markdown(
                f"This removes {card.short_name} ({format_bytes(card.own_bytes)}) with {gone.in_words()}. "
                "It cannot be undone."
            )
        )
        if st.button("Remove", key=f"remove-{card.model_id}", icon=":material/delete:"):
            _try(lambda: dependents.remove(card.model_id))


def _try(change: Callable[[], object]) -> None:
    """Make a change and draw the page again; an error stays where the change was asked for."""
    try:
        change()
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()

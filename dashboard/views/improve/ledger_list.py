"""The ledger below Improve: every decision, promotion and rollback, and the command that makes it again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.elements import paging, public_copy, reading_list
from dashboard.records import decisions
from dashboard.records.decisions import Entry
from dashboard.views.improve import place
from dashboard.views.improve.criteria import VERDICTS
from dashboard.wording import escape_markdown, format_started
from sentiment_core import promotions
from sentiment_core.errors import ReelcheckError

#: An entry takes two lines and a command.
SHOWN = 8


def show(at: place.Place, shown: Entry | None) -> place.Place:
    """Draw a page of the ledger, newest first, and return the place with the page that there is."""
    st.header("Ledger", anchor=False)
    entries = decisions.entries()
    if not entries:
        st.caption("Nothing is decided yet. Decisions, promotions and rollbacks are kept here.")
        return at
    page = paging.page_of(pd.DataFrame({"entry": range(len(entries))}), at.page, size=SHOWN)
    back = _can_go_back(entries)
    for number in page.rows["entry"]:
        _draw(entries[number], shown, back)
    if page.pages > 1:
        reading_list.turner(page, "improve-ledger", place.turn)
    return place.Place(at.new, at.baseline, at.decision, page.number)


def in_words(entry: Entry) -> str:
    """Return what an entry says, as Markdown."""
    new, old = (escape_markdown(decisions.name_of(model_id)) for model_id in entry.pair)
    when = escape_markdown(format_started(entry.run_id))
    reason = escape_markdown(str(entry.facts.get("override") or ""))
    if entry.action == promotions.ROLLBACK:
        return f"{when} · rolled back: **{new}** is current again, in place of {old}"
    if entry.action == promotions.PROMOTION:
        said = f"{when} · promoted: **{new}** is current" + (f", in place of {old}" if old else "")
        return said + (f" ({reason})" if reason else "")
    sign, word, _ = VERDICTS.get(entry.verdict, VERDICTS["warn"])
    return f"{when} · {sign} {word}: **{new}** in place of {old}"


def _draw(entry: Entry, shown: Entry | None, back: Entry | None) -> None:
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(in_words(entry), width="stretch")
            if entry.action == promotions.DECISION:
                here = shown is not None and shown.run_id == entry.run_id
                st.button(
                    "Shown above" if here else "Show",
                    key=f"improve-show-{entry.run_id}",
                    type="tertiary",
                    disabled=here,
                    on_click=place.read,
                    args=(*entry.pair, entry.run_id),
                )
            if back is not None and back.run_id == entry.run_id and not public_copy.switched_off("roll-back"):
                _roll_back(entry)
        st.code(entry.command, language="bash", wrap_lines=True)


def _can_go_back(entries: list[Entry]) -> Entry | None:
    """Return the newest promotion, where its model is current and another one was before."""
    current = promotions.current()
    newest = next((entry for entry in entries if entry.action == promotions.PROMOTION), None)
    if newest is None or current is None or newest.pair[0] != current.model_id:
        return None
    return newest if newest.facts.get("was") or newest.pair[1] else None


def _roll_back(entry: Entry) -> None:
    before = str(entry.facts.get("was") or entry.pair[1])
    with st.popover("Roll back", icon=":material/undo:"):
        name = escape_markdown(decisions.name_of(before))
        st.markdown(f"{name} becomes the current model again. Both models stay.")
        if st.button(f"Roll back to {name}", key=f"improve-back-{entry.run_id}"):
            _rolled_back(entry.run_id)


def _rolled_back(run_id: str) -> None:
    from attacks.gate import ledger

    try:
        ledger.rollback(run_id)
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()

"""The part of Robustness in which people read attacked and original texts without knowing which they are.

Nothing that is drawn here tells a reader what a text is: no label, no id, no answer of a model, and no other
reader's answer. Each answer is kept as soon as both of its halves are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.elements import keys, public_copy, review_html, steps, widgets
from dashboard.records import attacks
from dashboard.records import panels as records
from dashboard.session import rater
from dashboard.views.robustness import panel_place as place
from dashboard.views.robustness import panel_results
from dashboard.views.robustness.panel_place import Place
from dashboard.views.robustness.state import Attacked
from dashboard.wording import escape_markdown
from sentiment_core import terminal

if TYPE_CHECKING:
    import pandas as pd

    from attacks.panels.making import Panel

READING_HEIGHT = 380
#: Half an answer, by panel and text, until the other half is given.
HAND = "_panel_in_hand"
SIZE, VALID, SHOW = "robustness_panel_size", "robustness_panel_valid", "robustness_panel_results"
SIZES = (10, 20, 40, 60, 100, 200)
#: The halves of an answer: the question, and the names of its buttons among the keys.
OPINION = ("What does it say of the film?", ("positive", "negative", "cannot-tell"))
WRITER = ("Who wrote it, as it stands?", ("person", "machine"))


@st.fragment  # an answer draws this part again, not the whole page
@widgets.show_fixable
def show(runs: Sequence[Attacked]) -> None:
    """Draw the panel that is read, what people said where that may be seen, and how to make another."""
    at, found = place.adopt(), records.list_panels()
    if found:
        panel = picked(found, at)
        if public_copy.switched_off("panel"):
            panel_results.draw(panel)
            place.settle(at)
            return
        st.session_state.setdefault(SHOW, False)
        at = show_reading(panel, replace(at, panel=at.panel and panel.run_id))
    else:
        st.write(
            "Do the attacked texts still say the same, and does anybody notice? People who read them beside "
            "untouched reviews, without knowing which is which, are the measure that the automatic criteria "
            "stand in for."
        )
    if not public_copy.switched_off("panel-make"):
        offer_panel(runs, first=not found)
    place.settle(at)


def picked(found: Sequence[Panel], at: Place) -> Panel:
    """Return the panel to read, and draw the choice where there are several."""
    by_id = {panel.run_id: panel for panel in found}
    if at.panel and at.panel not in by_id:
        st.caption(f":material/link_off: {escape_markdown(at.panel)} is not in this workspace")
    chosen = at.panel if at.panel and at.panel in by_id else found[0].run_id
    st.session_state[place.PICKED] = chosen
    st.selectbox(
        "Panel", list(by_id), key=place.PICKED, on_change=place.picked, width=460,
        format_func=lambda name: records.title(by_id[name]) if name in by_id else name,
    )  # fmt: skip
    return by_id[chosen]


# --- reading -------------------------------------------------------------------------------------


def show_reading(panel: Panel, at: Place) -> Place:
    """Draw one text and the buttons; return the place."""
    from attacks.panels import answers

    said = answers.current(panel.run_id)
    mine = said[said["rater"] == rater.name()].set_index("item")
    item = at.item if at.item and at.item <= panel.n else next_unread(panel.n, mine.index, 0)
    listed = [str(number) for number in range(1, panel.n + 1)]
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw(
            "panel", listed, str(item), now=lambda: _item_here(item), go=lambda to: place.read(int(to))
        )
        rater.field()
    read = len(mine)
    st.progress(
        read / panel.n, text=f"{escape_markdown(rater.name())} has read {read:,} of {panel.n:,} texts"
    )
    draw_buttons(panel, item, mine)
    with st.container(height=READING_HEIGHT, border=True, key=f"panel-text-{panel.run_id[-8:]}-{item}"):
        st.html(review_html.review_html(str(panel.items["text"].iloc[item - 1])))
    show_results(panel, read)
    return replace(at, item=at.item and item)


def _item_here(item: int) -> str:
    return str(place.here().item or item)


def next_unread(n: int, read: pd.Index, after: int) -> int:
    """Return the first text behind `after`, and then from the start, that is not read yet; 1 if all are."""
    order = [*range(after + 1, n + 1), *range(1, after + 1)]
    return next((item for item in order if item not in read), order[0] if after == 0 else after)


def draw_buttons(panel: Panel, item: int, mine: pd.DataFrame) -> None:
    """Draw both questions; an answer is kept once both are answered."""
    before = _answer(mine, item)
    now = before | _in_hand(panel, item)
    for (question, names), half in ((OPINION, "says"), (WRITER, "writer")):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.caption(question, width=190)
            for name in names:
                keys.button(
                    name,
                    key=f"panel-{name}",
                    type="primary" if now.get(half) == name else "secondary",
                    on_click=_say,
                    args=(panel, item, before, {half: name}),
                )
            if half == "writer":
                keys.button("undo", key="panel-undo", icon=":material/undo:", on_click=_undo, args=(panel,))


def _answer(mine: pd.DataFrame, item: int) -> dict[str, str]:
    """Return what this person said of a text before; nothing where it is not read yet."""
    if item not in mine.index:
        return {}
    row = mine.loc[item]
    return {"says": str(row["says"]), "writer": str(row["writer"])}


def _in_hand(panel: Panel, item: int) -> dict[str, str]:
    hand: Mapping[Any, dict[str, str]] = st.session_state.get(HAND, {})
    return dict(hand.get((panel.run_id, item, rater.name()), {}))


def _say(panel: Panel, item: int, before: dict[str, str], half: dict[str, str]) -> None:
    from attacks.panels import answers

    place.READER.stay()
    now = before | _in_hand(panel, item) | half
    if len(now) < 2:
        st.session_state[HAND] = {(panel.run_id, item, rater.name()): now}
        return
    with rater.told_where_not_kept():
        answers.decide(panel, item, now["says"], now["writer"], rater=rater.name())
        st.session_state.pop(HAND, None)
        if not before:
            said = answers.current(panel.run_id)
            mine = said.loc[said["rater"] == rater.name(), "item"]
            place.read(next_unread(panel.n, mine.array, item))


def _undo(panel: Panel) -> None:
    from attacks.panels import answers

    place.READER.stay()
    st.session_state.pop(HAND, None)
    with rater.told_where_not_kept():
        item = answers.undo(panel, rater=rater.name())
        if item is None:
            st.toast("Nothing to undo")
        else:
            place.read(item)


def show_results(panel: Panel, read: int) -> None:
    """Draw what people said once this reader has read all, or asks for it."""
    if read < panel.n and not st.toggle(
        "Show what people said so far",
        key=SHOW,
        help="Nothing about single texts; but whoever has seen it reads the rest with that in mind",
    ):
        return
    panel_results.draw(panel, texts=read == panel.n)


# --- making --------------------------------------------------------------------------------------


def offer_panel(runs: Sequence[Attacked], *, first: bool) -> None:
    """Offer to draw a panel from one of the chosen batches."""
    from attacks.panels import making

    whole = [run for run in runs if run.run.finished and making.most_texts(run.run_id)]
    if not whole:
        st.caption("A panel needs a finished batch in which a text fooled the model.")
        return
    where = st.container(border=True) if first else st.expander("Make another panel", icon=":material/add:")
    with where:
        run = whole[0]
        if len(whole) > 1:
            st.caption(escape_markdown(f"From the first chosen batch: {run.name}."))
        valid_only = st.toggle("Valid texts only", key=VALID, help="Attacked texts that are judged valid")
        waiting = attacks.unjudged(run.run_id, run.records)
        if valid_only and waiting:
            st.caption(f"{waiting:,} texts of this batch are not judged yet.")
            return
        most = making.most_texts(run.run_id, valid_only)
        if not most:
            st.caption("No text of this batch is valid.")
            return
        sizes = [size for size in SIZES if size <= most] or [most]
        size = st.select_slider("Texts", sizes, value=sizes[-1], key=SIZE) if len(sizes) > 1 else sizes[0]
        st.button(
            f"Draw a panel of {size:,} texts",
            key="panel-make", icon=":material/groups:", type="primary" if first else "secondary",
            on_click=_make, args=(run.run_id, int(size), valid_only),
        )  # fmt: skip
        st.caption("At a terminal:")
        only = ["--valid"] if valid_only else []
        command = terminal.command("attacks", "panel", "make", run.run_id, *only, n=size, seed=next_seed())
        st.code(command, language="bash", wrap_lines=True)


def _make(run_id: str, size: int, valid_only: bool) -> None:
    from attacks.panels import making

    with rater.told_where_not_kept():
        place.pick(making.make(run_id, size, valid_only=valid_only, seed=next_seed()))


def next_seed() -> int:
    """Return the seed of the next panel, so that another one of the same batch has other texts."""
    return len(records.list_panels())

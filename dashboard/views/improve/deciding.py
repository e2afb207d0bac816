"""The part of Improve that decides: the pair, the criteria, what is missing, and promotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import attacks, decisions, evaluations
from dashboard.records.decisions import Entry
from dashboard.records.evaluations import DataChoice
from dashboard.views.improve import criteria, place
from dashboard.wording import escape_markdown, format_seconds, format_started
from sentiment_core import models, promotions
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.gate.measuring import Piece

COMMAND = "gate"
MOST_REASON = 300
#: Where a promotion against the gate is given its reason.
REASON = "improve_reason"


def choose_pair(at: place.Place, cards: Sequence[ModelCard]) -> tuple[ModelCard, ModelCard]:
    """Draw the choice of both models and return them: the new one, and the one that it may replace."""
    by_id = {card.model_id: card for card in cards}
    new = by_id.get(_known(at.new)) or _newest(cards)
    others = [card for card in cards if card.model_id != new.model_id]
    old = by_id.get(_known(at.baseline))
    if old is None or old.model_id == new.model_id:
        old = _replaced_by(new, others)
    st.session_state[place.NEW], st.session_state[place.BASELINE] = new.model_id, old.model_id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _picker("New model", place.NEW, by_id)
        _picker("Baseline, which it may replace", place.BASELINE, {card.model_id: card for card in others})
    return new, old


def decided_on(at: place.Place, new: ModelCard, old: ModelCard) -> Entry | None:
    """Return the decision that the address names, where it is on this pair; else the newest on it."""
    named = next((entry for entry in decisions.entries() if entry.run_id == at.decision), None)
    pair = (new.model_id, old.model_id)
    if named is not None and named.action == promotions.DECISION and named.pair == pair:
        return named
    return decisions.latest(*pair)


def show(found: Entry | None, new: ModelCard, old: ModelCard, choice: DataChoice) -> None:
    """Draw the decision and its criteria, what is missing, and what can be done with it."""
    st.markdown(f"**{escape_markdown(answer(found, new, old))}**")
    if found is not None:
        st.html(criteria.table_html(found.criteria))
        st.caption(escape_markdown(how_it_was_decided(found)))
        with st.expander("Table", icon=":material/table:"):
            table = pd.DataFrame(criteria.rows(found.criteria))
            st.dataframe(table, hide_index=True, key=f"gate-{found.run_id}", height="content")
    _measure(found, new, old, choice)
    if found is not None:
        _promote(found, new)


def answer(found: Entry | None, new: ModelCard, old: ModelCard) -> str:
    """Return in a sentence whether the new model may replace the old one, and what stands against it."""
    if found is None:
        return f"Nobody has decided yet whether {new.short_name} may replace {old.short_name}."
    titles = {word: _titles(found, word) for word in ("fail", "warn")}
    if found.verdict == "fail":
        return (
            f"No: {new.short_name} may not replace {old.short_name}: shown to be worse in {titles['fail']}."
        )
    if found.verdict == "warn":
        return (
            f"Not yet: {new.short_name} is not shown to be no worse than {old.short_name} in "
            f"{titles['warn']}."
        )
    return (
        f"Yes: {new.short_name} may replace {old.short_name}; every required criterion is shown to be no "
        "worse than its margin."
    )


def how_it_was_decided(found: Entry) -> str:
    """Return on which reviews and by what rule a decision was made, and what the drawing shows."""
    data = dict(found.run.spec.get("data") or {})
    levels = [float(item["level"]) for item in found.criteria if item.get("level")]
    said = [
        f"Decided {format_started(found.run_id)} on {data.get('name', 'reviews')} {data.get('split', '')}. "
        "The lines are no change and the margin; the bar is the interval of the loss, which must end before "
        "the margin to pass"
    ]
    if levels:
        said[0] += f", each end one-sided at {100 * levels[0]:.2g} % (5 % over the criteria measured)"
    if found.facts.get("left_out"):
        said.append(
            f"{int(found.facts['left_out']):,} reviews are left out: one of the two was trained or tuned on "
            "them"
        )
    return ". ".join(said) + "."


def _titles(found: Entry, word: str) -> str:
    names = [
        str(item["title"])
        for item in found.criteria
        if item["verdict"] == word and (word == "fail" or item.get("required", True))
    ]
    return (
        "; ".join(name if name[:2].isupper() else name[:1].lower() + name[1:] for name in names) or "nothing"
    )


def _picker(label: str, key: str, by_id: dict[str, ModelCard]) -> None:
    st.selectbox(
        label,
        list(by_id),
        key=key,
        format_func=lambda model_id: by_id[model_id].short_name if model_id in by_id else model_id,
        on_change=place.picked,
        width=300,
    )


def _known(name: str) -> str:
    return models.aliases().get(name, name)


def _newest(cards: Sequence[ModelCard]) -> ModelCard:
    """Return the newest improved model or, where none is, the newest that is not current."""
    current = promotions.current()
    improved = [card for card in cards if card.manifest.get("improved_from")]
    others = [card for card in cards if current is None or card.model_id != current.model_id]
    return (improved or others or list(cards))[-1]


def _replaced_by(new: ModelCard, others: Sequence[ModelCard]) -> ModelCard:
    """Return the current model, else the one that the new one was improved from, else the oldest."""
    current = promotions.current()
    wanted = [current.model_id] if current else []
    wanted.append(str(new.manifest.get("improved_from", "")))
    return next((card for model_id in wanted for card in others if card.model_id == model_id), others[0])


# --- measuring -----------------------------------------------------------------------------------


def _measure(found: Entry | None, new: ModelCard, old: ModelCard, choice: DataChoice) -> None:
    """Offer to measure what is missing and decide, or only to decide, or show the job that does."""
    if attacks.active(COMMAND):
        widgets.job_list("improve-gate")
        return
    if public_copy.switched_off("improve-measure"):
        return
    pieces = missing(new, old, choice)
    seconds = sum(piece.seconds for piece in pieces)
    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Measure what is missing" if pieces else "Decide again" if found else "Decide"
        wanted = found is None or bool(pieces)
        if public_copy.button(
            label,
            key="improve-measure",
            type="primary" if wanted else "secondary",
            icon=":material/play_arrow:",
        ):
            title = f"May {new.short_name} replace {old.short_name}?"
            attacks.start(argv(new, old, choice), title)
            st.rerun()
        st.caption(escape_markdown(what_is_missing(pieces, choice, seconds)), width="stretch")


def argv(new: ModelCard, old: ModelCard, choice: DataChoice) -> list[str]:
    """Return the command that measures what is missing and decides."""
    pair = ["--model", new.model_id, "--baseline", old.model_id]
    return [COMMAND, *pair, "--data", choice.argument, "--split", choice.split, "--measure"]


def missing(new: ModelCard, old: ModelCard, choice: DataChoice) -> list[Piece]:
    """Return what a decision on these reviews lacks."""
    from attacks.gate import measuring

    data = evaluations.dataset(choice.fingerprint)
    return measuring.missing(measuring.Asked(old, new, data, choice.split))


def what_is_missing(pieces: Sequence[Piece], choice: DataChoice, seconds: float) -> str:
    """Say what would be measured on which reviews, and for how long."""
    if not pieces:
        return f"Everything is measured on {choice.short_title}; deciding takes seconds."
    names = ", ".join(piece.what for piece in pieces)
    return (
        f"On {choice.short_title}: {names}. About {format_seconds(seconds)}; it keeps running if you leave "
        "the page."
    )


# --- promotion -----------------------------------------------------------------------------------


def _promote(found: Entry, new: ModelCard) -> None:
    """Offer to make the new model the current one, after a question; against the gate only with a reason."""
    current = promotions.current()
    if current is not None and current.model_id == new.model_id:
        st.caption(escape_markdown(f"{new.short_name} is the current model."))
        return
    if public_copy.switched_off("improve-promote"):
        return
    name = escape_markdown(new.short_name)
    with st.popover(f"Promote {name}", icon=":material/star:"):
        st.markdown(escape_markdown(_question(found, new, current)))
        reason = ""
        if found.verdict == "fail":
            reason = st.text_input(
                "Reason", key=REASON, max_chars=MOST_REASON, help="It is kept in the ledger"
            )
        sure = st.button(f"Make {name} the current model", key="improve-promote")
        if sure and (reason or found.verdict != "fail"):
            _made_current(found.run_id, reason or "")
        elif sure:
            st.caption("Give a reason: the gate decided that it is worse.")


def _question(found: Entry, new: ModelCard, current: ModelCard | None) -> str:
    said = {
        "pass": "The gate shows that it is no worse.",
        "warn": "The gate could not decide; nothing shows that it is worse.",
        "fail": "The gate decided that it is worse; promoting it all the same needs a reason.",
    }[found.verdict if found.verdict in ("pass", "fail") else "warn"]
    compared = decisions.name_of(found.pair[1])
    replaced = f"It replaces {current.short_name}." if current else "There is no current model yet."
    if current and current.model_id != found.pair[1]:
        replaced += f" The decision compares it with {compared}, not with {current.short_name}."
    return f"{said} {replaced} It can be rolled back."


def _made_current(run_id: str, reason: str) -> None:
    from attacks.gate import ledger

    try:
        ledger.promote(run_id, reason)
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
    else:
        st.rerun()

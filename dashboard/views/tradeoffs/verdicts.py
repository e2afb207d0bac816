"""The part of Trade-offs that says what compression changed: the gate's verdicts on each smaller model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.elements import page_links
from dashboard.elements.scrolling import scrolling
from dashboard.records import decisions
from dashboard.session import selection
from dashboard.views.tradeoffs.drawing import STYLE, VERDICTS
from dashboard.wording import UNDEFINED, escape_html, escape_markdown
from sentiment_core.models import GATE, ModelCard

#: A column is as wide as a verdict, so that its title takes several lines.
COLUMNS = """<style>.costs.verdicts th {white-space: normal; vertical-align: bottom; min-width: 4.6rem;}
.costs.verdicts td, .costs.verdicts th {text-align: left;}</style>"""


def show(cards: Sequence[ModelCard]) -> None:
    """Draw a row for each model that was made from a larger one; nothing where there is none."""
    smaller = [card for card in cards if card.made_from]
    if not smaller:
        return
    st.header("What compression changed", anchor=False)
    st.markdown(f"**{escape_markdown(answer(smaller))}**")
    st.html(table_html(smaller, selection.shared_params()))
    page_links.enable()
    st.caption(
        "Each smaller model against the one that it was made from, criterion by criterion; point at a "
        "verdict for its figures. The decision stays in the model's manifest, wherever the model is copied."
    )


def answer(smaller: Sequence[ModelCard]) -> str:
    """Return in a sentence how many smaller models were shown to lose nothing, and how many lost."""
    said = [str((card.manifest.get(GATE) or {}).get("verdict", "")) for card in smaller]
    counts = {
        "shown to keep everything": said.count("pass"),
        "undecided in something": said.count("warn"),
        "shown to lose something": said.count("fail"),
        "not put to the gate": said.count(""),
    }
    parts = [f"{n} {words}" for words, n in counts.items() if n]
    n = len(smaller)
    return f"Of {n} smaller model{'s' * (n > 1)}: {', '.join(parts)}."


def table_html(smaller: Sequence[ModelCard], shared: Mapping[str, str]) -> str:
    """Return the verdicts as HTML; everything is escaped.

    Args:
        smaller: models that were made from a larger one.
        shared: the choice of data and models, for links.
    """
    kept = {card.model_id: _criteria(card) for card in smaller}
    titles = {name: item["title"] for found in kept.values() for name, item in found.items()}
    names = ("model", *titles.values(), "verdict")
    head = "".join(f"<th scope='col'>{escape_html(name)}</th>" for name in names)
    body = "".join(_row(card, kept[card.model_id], titles, shared) for card in smaller)
    table = f"<table class='costs verdicts'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return STYLE + COLUMNS + scrolling(table, "The gate's verdicts on each smaller model")


def _criteria(card: ModelCard) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in (card.manifest.get(GATE) or {}).get("criteria", ())}


def _row(card: ModelCard, found: Mapping[str, Any], titles: Iterable[str], shared: Mapping[str, str]) -> str:
    cells = "".join(_cell(found.get(name)) for name in titles)
    source = f"<small>from {escape_html(decisions.name_of(card.made_from))}</small>"
    asked = {**shared, "new": card.model_id, "baseline": card.made_from}
    link = escape_html("improve?" + urlencode(asked))
    said = VERDICTS.get(str((card.manifest.get(GATE) or {}).get("verdict")), "decide")
    last = f"<td><a href='{link}' class='page-link' target='_self'>{said}</a></td>"
    return f"<tr><td>{escape_html(card.short_name)}{source}</td>{cells}{last}</tr>"


def _cell(decided: Mapping[str, Any] | None) -> str:
    if decided is None:
        return f"<td title='not decided'>{UNDEFINED}</td>"
    hint = escape_html(str(decided["sentence"]))
    return f"<td title='{hint}'>{VERDICTS.get(str(decided['verdict']), UNDEFINED)}</td>"

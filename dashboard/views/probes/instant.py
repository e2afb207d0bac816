"""The instant result of a probe that is not saved yet: its cases, and what the chosen models answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.records import evaluations, probings
from dashboard.records.probings import Probed
from dashboard.session import elsewhere
from dashboard.views.probes import cell, wording
from dashboard.wording import escape_markdown
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.probing.base import Case

#: Texts, and characters of them, that are read at once; the rest is read when the probe is saved.
TEXTS = {"transformer": 192, "remote": 192}
TEXTS_OF_OTHERS = 5_000
CHARACTERS = 1_000_000
SHOWN = 200


def show(content: bytes, filename: str, cards: Sequence[ModelCard]) -> None:
    """Draw the figures, and the cases, those that failed first."""
    facts, table = st.empty(), st.empty()
    # The cases stand there at once; answers take their place when the models are loaded and have read.
    table.dataframe(_preview(content, filename), hide_index=True, height=330, key="probes-preview")
    cards = elsewhere.those_to_ask(cards, "probes-elsewhere")
    if not cards:
        return
    colours = evaluations.model_colours()
    frames = {card.model_id: answered(content, filename, card.model_id) for card in cards}
    rows: list[tuple[Probed, dict[str, Any] | None]] = []
    for card in cards:
        figures = _matrix(content, filename, card.model_id)
        model = Probed(card.model_id, card.short_name, colours[card.model_id], figures)
        rows.append((model, figures.to_dict("records")[0]))
    facts.html(cell.facts_html(rows))
    shown = _beside([frames[card.model_id] for card in cards])
    table.dataframe(
        cell.rows_shown(shown.head(SHOWN), len(cards)),
        key="probes-instant",
        hide_index=True,
        height=min(330, 38 + 35 * max(1, min(SHOWN, len(shown)))),
        column_config=cell.columns([model for model, _ in rows]),
        alt="The probe's cases with each model's answer; those that failed first",
    )
    for card in cards:
        _say_what_was_read(content, filename, card, frames[card.model_id])


def _say_what_was_read(content: bytes, filename: str, card: ModelCard, frame: pd.DataFrame) -> None:
    total = len(_cases(content, filename))
    if len(frame) < total:
        words = f"{card.short_name} answered {len(frame):,} of {total:,} texts here; a saved probe uses all."
        st.caption(escape_markdown(words))


@st.cache_data(max_entries=64, show_spinner="Asking the models")
def answered(content: bytes, filename: str, model_id: str) -> pd.DataFrame:
    """Return the judged cases of a probe that need not be saved, with their originals."""
    from attacks.own import probes
    from attacks.probing import summary
    from attacks.probing.probe import judged
    from sentiment_core import models
    from sentiment_core.evaluation.prediction import predict_here

    most = min(TEXTS.get(family, TEXTS_OF_OTHERS) for family in models.resolve(model_id).families)
    cases = affordable(probes.from_content(content, filename).cases(), most)
    texts = list(dict.fromkeys(case.text for case in cases))
    answers = predict_here(evaluations.classifier(model_id), texts)
    said = dict(zip(texts, answers.prob_positive.astype(float), strict=True))
    return summary.with_originals(judged([(probes.from_content(content, filename), cases)], said))


def affordable(cases: Sequence[Case], texts: int) -> list[Case]:
    """Return whole groups, each template's in turn, until so many texts or CHARACTERS are reached."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    by_template: dict[str, list[list[Case]]] = {}
    for group in groups.values():
        by_template.setdefault(group[0].template, []).append(group)
    turns = max((len(some) for some in by_template.values()), default=0)
    in_turn = [some[turn] for turn in range(turns) for some in by_template.values() if turn < len(some)]
    chosen: list[Case] = []
    characters = 0
    for group in in_turn:
        characters += sum(len(case.text) for case in group)
        if chosen and (len(chosen) + len(group) > texts or characters > CHARACTERS):
            break
        chosen += group
    return chosen


@st.cache_data(max_entries=64, show_spinner=False)
def _matrix(content: bytes, filename: str, model_id: str) -> pd.DataFrame:
    from attacks.probing import summary

    return summary.matrix(answered(content, filename, model_id)).assign(run_id="")


def _cases(content: bytes, filename: str) -> list[Case]:
    from attacks.own import probes

    return probes.from_content(content, filename).cases()


def _preview(content: bytes, filename: str) -> pd.DataFrame:
    from attacks.own import probes

    capability = probes.from_content(content, filename)
    return pd.DataFrame(
        [
            (case.text[:160], wording.expectation(capability.kind, case.expected))
            for case in capability.cases()[:SHOWN]
        ],
        columns=["text", "expected"],
    )


def _beside(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the cases with every model's answer, those that any model failed first."""
    joined = probings.joined(frames)
    failed = sum(joined[f"held_{at}"].eq(False).fillna(False).astype(int) for at in range(len(frames)))
    return joined.iloc[(-failed.to_numpy(dtype=int)).argsort(kind="stable")]

"""The part of Improve that makes a better model: of verdicts, of new reviews, or of attacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import navigation
from dashboard.elements import public_copy, widgets
from dashboard.records import attacks, datasets, evaluations
from dashboard.session import selection
from dashboard.wording import escape_markdown, format_seconds, message_markdown
from sentiment_core import models
from sentiment_core.errors import DataError, ReelcheckError
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.improvement.gathering import Gathered

COMMAND = "improve"
MODEL, SOURCE, REVIEWS, BATCH = "improve_model", "improve_source", "improve_reviews", "improve_batch"
VERDICTS, NEW_REVIEWS, ATTACK = "verdicts", "reviews", "attack"
SOURCES = {
    VERDICTS: "People's verdicts on labels",
    NEW_REVIEWS: "New labeled reviews",
    ATTACK: "Texts that fooled a model",
}


@dataclass(frozen=True)
class Source:
    """Where lessons come from: the command's word for it, what they are called, and how they are read."""

    argument: str
    title: str
    gather: Callable[[], Gathered]


def show(cards: Sequence[ModelCard], first: ModelCard) -> None:
    """Draw what a model can learn from, how long that takes, and the button that starts it."""
    if public_copy.switched_off("improve-teach"):
        return
    st.header("Improve a model", anchor=False)
    st.caption(
        "It learns from its own weights with replayed training reviews, or is fitted again if it is linear. "
        "A new model is made; the old one stays."
    )
    if attacks.active(COMMAND):
        widgets.job_list("improve-teach")
        return
    card, kind = _chosen(cards, first)
    try:
        source = _source(kind, card)
        if source is not None:
            _offer(card, source)
    except ReelcheckError as error:
        st.info(message_markdown(f"{str(error)[:1].upper()}{str(error)[1:]}."), icon=":material/info:")
        if kind == VERDICTS and isinstance(error, DataError):
            st.page_link(
                navigation.known_pages()["labels"],
                label="Judge labels",
                query_params=selection.shared_params(),
            )


def alias_for(card: ModelCard) -> str:
    """Return the next free name of the model's line: tfidf, tfidf-2, tfidf-3; "" where it has none."""
    if card.alias is None or card.alias == models.CURRENT:
        return ""
    stem, dash, number = card.alias.rpartition("-")
    base = stem if dash and number.isdigit() else card.alias
    taken = set(models.aliases())
    return next(name for k in range(2, len(taken) + 3) if (name := f"{base}-{k}") not in taken)


def argv(card: ModelCard, source: str) -> list[str]:
    """Return the command that improves a model."""
    alias = alias_for(card)
    return [COMMAND, "--model", card.model_id, "--from", source, *(["--alias", alias] if alias else [])]


def _chosen(cards: Sequence[ModelCard], first: ModelCard) -> tuple[ModelCard, str]:
    by_id = {card.model_id: card for card in cards}
    if st.session_state.get(MODEL) not in by_id:
        st.session_state[MODEL] = first.model_id
    with st.container(horizontal=True, vertical_alignment="top"):
        model_id = st.selectbox(
            "Model", list(by_id), key=MODEL, format_func=lambda name: by_id[name].short_name, width=300
        )
        kind = st.segmented_control(
            "Learns from", list(SOURCES), key=SOURCE, format_func=SOURCES.__getitem__, default=VERDICTS,
            required=True,
        )  # fmt: skip
    return by_id[str(model_id)], str(kind or VERDICTS)


def _source(kind: str, card: ModelCard) -> Source | None:
    from attacks.improvement import improve

    improve.check_learns(card)
    return {VERDICTS: _verdicts, NEW_REVIEWS: _new_reviews, ATTACK: _attack}[kind](card)


def _verdicts(card: ModelCard) -> Source | None:
    from attacks.improvement import gathering, improve

    dataset = improve.data_of(card)
    return Source("verdicts", f"verdicts on {dataset.name}", lambda: gathering.of_verdicts(dataset))


def _new_reviews(card: ModelCard) -> Source | None:
    """Draw the choice among the stored data sets; a file becomes one on the page Data."""
    from attacks.improvement import gathering

    learned = card.trained_on.get("fingerprint")
    found = {item.fingerprint: item for item in datasets.stored() if item.fingerprint != learned}
    if not found:
        st.write("There is no other data set here. Bring a file of labeled reviews on the page Data.")
        st.page_link(navigation.known_pages()["data"], label="Bring new reviews")
        return None
    fingerprint = st.selectbox(
        "Reviews", list(found), key=REVIEWS, width=400,
        format_func=lambda name: f"{found[name].name}, {found[name].n:,}",
    )  # fmt: skip
    chosen = found[str(fingerprint)]
    st.caption("A data set of another kind may do harm: `drift` compares it with the training reviews first.")
    return Source(
        chosen.fingerprint,
        f"reviews of {chosen.name}",
        lambda: gathering.of_reviews(evaluations.dataset(chosen.fingerprint)),
    )


def _attack(card: ModelCard) -> Source | None:
    """Draw the choice among the finished attacks on training reviews."""
    from attacks.improvement import gathering

    found = {
        run.run_id: run
        for run in attacks.list_runs()
        if run.finished and run.spec.data.get("split") == "train"
    }
    if not found:
        st.write(
            "There is no finished attack on training reviews. Attack some on the page Attack, with the split "
            "`train`; texts made of held-out reviews would leak into what is measured."
        )
        return None
    run_id = st.selectbox(
        "Attack", list(found), key=BATCH, format_func=lambda name: attacks.full_title(found[name]), width=500
    )
    chosen = found[str(run_id)]
    title = f"valid texts of {attacks.short_title(chosen)}"
    return Source(chosen.run_id, title, lambda: gathering.of_attack(chosen.run_id))


def _offer(card: ModelCard, source: Source) -> None:
    """Say how many lessons there are and how long they take, and draw the button."""
    from attacks.improvement import improve

    gathered = source.gather()
    n, facts = len(gathered.rows), gathered.sources[0]
    seconds = improve.expected_seconds(card, n, int(card.trained_on.get("n_validation") or 0))
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Improve {escape_markdown(card.short_name)} with {n:,} {escape_markdown(source.title)}"
        if st.button(label, key="improve-teach", icon=":material/play_arrow:"):
            attacks.start(argv(card, source.argument), f"Improve {card.short_name}")
            st.rerun()
        alias = alias_for(card)
        called = f" The new model is called {alias}." if alias else ""
        left = f" {facts['not_taken']:,} more are not used." if facts.get("not_taken") else ""
        st.caption(
            escape_markdown(
                f"About {format_seconds(seconds)}; it keeps running if you leave the page.{called}{left}"
            ),
            width="stretch",
        )

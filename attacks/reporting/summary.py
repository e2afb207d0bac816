"""The first screen of a report: which models, how good, and may one of them ship."""

from __future__ import annotations

from collections.abc import Iterator

from attacks.gate import ledger
from attacks.reporting import curves
from attacks.reporting.comparing import Paired
from attacks.reporting.score_card import ScoreCard
from attacks.reporting.subject import Subject
from sentiment_core import promotions, terminal
from sentiment_core.models import ModelCard
from sentiment_core.publishing import measured, origins
from sentiment_core.publishing.blocks import (
    Block,
    Cell,
    Missing,
    Origin,
    Origins,
    Paragraph,
    Table,
    in_words,
)
from sentiment_core.publishing.markdown import Section

#: What a decision of the gate lets a model do.
MAY = {"pass": "may replace", "warn": "may replace, with warnings,", "fail": "may not replace"}


def section(subject: Subject, tests: Paired) -> Section:
    """Return the answers in sentences, the score card, and what the gate decided."""
    found = ScoreCard.of(subject)
    said = [Paragraph(sentence, lead=True) for sentence in _sentences(subject, tests)]
    said += [Paragraph(f"Not readable: {terminal.one_line(trouble)}") for trouble in subject.damaged]
    notes = [Paragraph(note) for note in found.notes if note]
    chart = (curves.accuracy(subject),) if subject.found else ()
    parts = (
        Section("score-card", "Score card", (found.table, *notes, found.origins, *chart)),
        _shipping(subject),
    )
    return Section("summary", "Summary", tuple(said), parts)


def _sentences(subject: Subject, tests: Paired) -> Iterator[str]:
    if not tests.best:
        yield f"None of these models was measured on {subject.title}."
    else:
        accuracy = dict(subject.measured)[tests.best].metrics["accuracy"]
        n = len(subject.measured)
        rank = f"is the most accurate of {n} models" if n > 1 else "is the only model measured"
        yield f"{tests.best} {rank} on {subject.short_title}: accuracy {in_words(accuracy)}."
    nearest = max(
        tests.against.items(), key=lambda one: one[1].values_a["accuracy"], default=None
    )  # the second best
    if nearest is not None:
        yield nearest[1].sentence(nearest[0], tests.best)
    yield from (_verdict(card) for card in subject.cards if card.short_name == tests.best)


# --- may it ship? --------------------------------------------------------------------------------


def _verdict(card: ModelCard) -> str:
    run = measured.last_decision(card)
    if run is None:
        return f"May {card.short_name} ship? The gate has not decided."
    verdict = str((run.manifest or {}).get("verdict"))
    old = origins.name_of_model(str(run.spec["baseline_id"]))
    return (
        f"May {card.short_name} ship? The gate says: it {MAY.get(verdict, verdict)} {old} "
        f"({verdict}, {run.created[:10]})."
    )


def _shipping(subject: Subject) -> Section:
    """Return what the gate decided last on each model, and how it would decide on the others."""
    rows: list[tuple[Cell, ...]] = []
    used, missing = [], []
    for card in subject.cards:
        run = measured.last_decision(card)
        if run is None:
            rows.append((card.short_name, "", "not decided", ""))
            missing.append(_how_to_decide(card, subject))
        else:
            old = origins.name_of_model(str(run.spec["baseline_id"]))
            rows.append((card.short_name, old, str((run.manifest or {}).get("verdict")), run.created[:10]))
            used.append(Origin(run.run_id, "manifest.json: verdict", ledger.command(run)))
    blocks: list[Block] = [Table(("model", "in place of", "verdict of the gate", "decided"), tuple(rows))]
    blocks += [Origins(tuple(used))] if used else []
    blocks += [Missing(tuple(filter(None, missing)))] if missing else []
    return Section("shipping", "May it ship?", tuple(blocks))


def _how_to_decide(card: ModelCard, subject: Subject) -> str:
    """Return the command that decides whether a model may replace the current one, or another one here."""
    current = promotions.current()
    others = [current] if current else list(subject.cards)
    old = next((other for other in others if other.model_id != card.model_id), None)
    if old is None:
        return ""
    reviews = origins.reviews_of(subject.reviews)
    return terminal.command(
        "attacks", "gate", "--measure", model=card.short_name, baseline=old.short_name, **reviews
    )

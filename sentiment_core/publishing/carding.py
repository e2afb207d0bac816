"""The card of a model: its tree of sections, and the whole text with the metadata that hubs read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sentiment_core.models import ModelCard
from sentiment_core.publishing import above, making, measured, metadata, written
from sentiment_core.publishing.above import Contributed
from sentiment_core.publishing.markdown import Section, mono, plain, prose, rendered, selected
from sentiment_core.publishing.written import PROSE, Written

#: What a person is told where nobody has chosen a license.
NO_LICENSE = "No license is chosen, so nobody may reuse this model without asking its author."


def tree(card: ModelCard, contributed: Contributed = above.sections) -> list[Section]:
    """Return all sections of a model's card.

    Raises:
        ReelcheckError: what a person wrote for it, or a figure that it needs, is damaged.
    """
    own, found = written.of(card), measured.evaluations(card)
    use = (
        ("use", "Use"),
        [
            _prose("intended-use", own, making.intended_use(card)),
            _prose("limits", own, making.limits(card)),
            making.loading(card),
        ],
    )
    made = ("making", "How it was made"), [making.data(card), making.training(card)]
    figures = (
        ("figures", "What was measured"),
        [
            measured.metrics(found),
            measured.calibration(card, found),
            *contributed(card),
            measured.label_quality(found),
            measured.gate(card),
            measured.cost(card, found),
        ],
    )
    terms = ("terms", "Terms"), [_license(own), _prose("citation", own, citation(card))]
    return [Section(name, title, (), tuple(parts)) for (name, title), parts in (use, made, figures, terms)]


def text(
    card: ModelCard, sections: Sequence[Section], only: Collection[str] = (), without: Collection[str] = ()
) -> str:
    """Return the whole card, metadata first, of those sections that are asked for."""
    head = metadata.block(card, measured.evaluations(card), written.of(card).license)
    body = rendered(selected(sections, only, without))
    return f"{head}\n# {plain(making.title(card))}\n\n{body}\n"


def body_of(markdown: str) -> str:
    """Return a card without its metadata."""
    return markdown.split("\n---\n", 1)[-1] if markdown.startswith("---\n") else markdown


def defaults(card: ModelCard) -> dict[str, str]:
    """Return what stands in each part that a person can write, as long as nobody does."""
    return {
        "intended-use": making.intended_use(card),
        "limits": making.limits(card),
        "license-terms": "",
        "citation": citation(card),
    }


def citation(card: ModelCard) -> str:
    """Return how the model is named without doubt."""
    facts = card.trained_on
    year = card.created[:4]
    return (
        f"Reelcheck model {card.model_id} ({year or 'no year'}), trained on {facts.get('name')}, "
        f"fingerprint {facts.get('fingerprint')}."
        if facts.get("fingerprint")
        else f"Reelcheck model {card.model_id} ({year or 'no year'}): {card.title}."
    )


def _prose(name: str, own: Written, default: str) -> Section:
    return Section(name, PROSE[name], prose(own.prose.get(name) or default))


def _license(own: Written) -> Section:
    said = mono(own.license) if own.license else NO_LICENSE
    return Section("license", PROSE["license-terms"], (said, *prose(own.prose.get("license-terms", ""))))

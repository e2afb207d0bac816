"""A report as one tree of sections, from finished runs only; nothing is computed that takes a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from attacks.gate import ledger
from attacks.publishing import stress
from attacks.reporting import answers, comparing, summary
from attacks.reporting.subject import Subject
from sentiment_core import terminal
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.publishing import making, measured, origins
from sentiment_core.publishing.blocks import Paragraph
from sentiment_core.publishing.markdown import Section, code, plain, rendered
from sentiment_core.storage import workspace

#: What a reader has to know of every figure.
HOW_TO_READ = (
    "Each figure has its 95 % interval in brackets and n, the number of reviews or cases behind it. What was "
    "not measured says so, with the command that would. Every figure is from a finished run; under it stand "
    "the run, the field of its JSON, and the command that makes it."
)
#: Models in the title; more are counted.
MOST_NAMED = 3
#: Sections that a model has of its own, with their titles here.
STRESSED = {
    "robustness": "Attacks",
    "certificates": "Certificates",
    "probes": "Probes",
    "bias": "Bias",
    "toxicity": "Toxicity",
}


@dataclass(frozen=True)
class Report:
    """What is written as HTML, Markdown or JSON.

    Attributes:
        subject: the models and the reviews.
        sections: the tree.
        created: when it was made, in UTC.
    """

    subject: Subject
    sections: tuple[Section, ...]
    created: str

    @property
    def title(self) -> str:
        """Return what it is headed with."""
        names = [card.short_name for card in self.subject.cards]
        return f"Report on {listed(names) if len(names) <= MOST_NAMED else f'{len(names)} models'}"

    @property
    def about(self) -> str:
        """Return the reviews and the time, as a line below the title."""
        return f"On {self.subject.title}; made {self.created[:16].replace('T', ' ')} UTC."

    @property
    def command(self) -> str:
        """Return the command that makes it."""
        named = [card.short_name for card in self.subject.cards]
        reviews = origins.reviews_of(self.subject.reviews) if self.subject.found else {}
        return terminal.command("attacks", "report", "--models", *named, **reviews, out="report.html")

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "title": self.title,
            "created": self.created,
            "models": [{"name": card.short_name, "model_id": card.model_id} for card in self.subject.cards],
            "reviews": dict(self.subject.reviews),
            "command": self.command,
            "sections": [section.to_json() for section in self.sections],
        }

    def to_markdown(self) -> str:
        """Return the same as Markdown."""
        head = f"# {plain(self.title)}\n\n{plain(self.about)}"
        end = code(self.command, language="bash")
        body = rendered(self.sections, commands=True)
        return f"{head}\n\n{plain(HOW_TO_READ)}\n\n{body}\n\n## This report\n\n{end}\n"


def make(subject: Subject, progress: Progress = no_progress) -> Report:
    """Return the report on a subject."""
    steps: Sequence[tuple[str, Callable[[], Sequence[Section]]]]
    progress(0, 4, "comparing the models")
    tests = comparing.compared(subject)
    steps = (
        ("score card", lambda: [summary.section(subject, tests), comparing.section(subject, tests)]),
        ("curves and groups", lambda: answers.sections(subject)),
        ("attacks, probes and bias", lambda: _of_models(subject)),
    )
    sections: list[Section] = []
    for done, (what, made) in enumerate(steps, 1):
        progress(done, 4, what)
        sections += made()
    progress(4, 4, "made")
    return Report(subject, tuple(sections), workspace.utc_now())


def listed(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _of_models(subject: Subject) -> list[Section]:
    """Return the sections in which every model has a part of its own."""
    found = [run for _, run in subject.measured]

    def stressed(name: str) -> Callable[[ModelCard], Section]:
        return lambda card: stress.PARTS[name](card, subject.reviews)

    def cost(card: ModelCard) -> Section:
        return measured.cost(card, [run for run in found if run.model_id == card.model_id])

    def made(card: ModelCard) -> Section:
        data, training = making.data(card), making.training(card)
        return Section("made", "", (*data.blocks, *training.blocks))

    return [
        *(_each(subject, name, title, stressed(name)) for name, title in STRESSED.items()),
        measured.label_quality(found),
        _each(subject, "gate", "Gate", lambda card: measured.gate(card, ledger.command)),
        _each(subject, "cost", "Size, time and energy", cost),
        _each(subject, "making", "How the models were made", made),
    ]


def _each(subject: Subject, name: str, title: str, part: Callable[[ModelCard], Section]) -> Section:
    parts = tuple(
        Section(f"{name}-{card.model_id}", card.short_name, _readable(part, card)) for card in subject.cards
    )
    return Section(name, title, (), parts)


def _readable(part: Callable[[ModelCard], Section], card: ModelCard) -> tuple[Any, ...]:
    """Return a part's blocks; of damaged runs what is wrong, so that they hide nothing else."""
    try:
        return part(card).blocks
    except ReelcheckError as error:
        return (Paragraph(f"Not readable: {terminal.one_line(str(error))}"),)

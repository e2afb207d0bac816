"""A report as one HTML page that needs nothing else: no script, no font, no picture from anywhere.

Every text in it is escaped here, whoever wrote it; the page's own policy forbids all but its style.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from attacks.reporting import drawing
from attacks.reporting.looks import STYLE
from attacks.reporting.report import HOW_TO_READ, Report
from sentiment_core import models, terminal
from sentiment_core.publishing import blocks
from sentiment_core.publishing.blocks import (
    INTERVALS,
    NOT_MEASURED,
    Block,
    Cell,
    Chart,
    Figure,
    Missing,
    Origins,
    Paragraph,
    Table,
)
from sentiment_core.publishing.colours import model_colours
from sentiment_core.publishing.markdown import Section

#: Of the headings of sections; their parts' are below.
FIRST_LEVEL = 2
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(report: Report) -> str:
    """Return the whole page."""
    title, about = text(report.title), text(report.about)
    links = "".join(
        f'<li><a href="#{section.name}">{text(section.title)}</a></li>' for section in report.sections
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to the figures</a>'
        f'<header><h1>{title}</h1><p class="quiet">{about}</p></header>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>'
        f'<main id="main">{_Writer(_colours(report)).sections(report.sections)}</main>'
        f"<footer><h2>This report</h2><p>{text(HOW_TO_READ)}</p>{_code([report.command])}</footer>"
        "</body></html>\n"
    )


def text(value: object) -> str:
    """Return a text for HTML: no markup, nothing that turns the direction of what follows it."""
    return escape(terminal.escaped(str(value)), quote=True)


def _colours(report: Report) -> dict[str, str]:
    by_id = model_colours([card.model_id for card in models.list_models()])
    return {card.short_name: by_id[card.model_id] for card in report.subject.cards}


def _sentence(value: str) -> str:
    """Return a text in which no line begins with a unit or the number of an n."""
    glued = text(value).replace(" = ", "&nbsp;=&nbsp;").replace(" &lt; ", "&nbsp;&lt;&nbsp;")
    return glued.replace(" %", "&nbsp;%")


def _beside(block: Block) -> str:
    """Return the class of what a block stands in beside others of its kind; empty for what stands alone."""
    if isinstance(block, Chart):
        return "charts"
    return "side" if isinstance(block, Table) and block.title else ""


def _code(lines: Sequence[str]) -> str:
    return f'<pre dir="ltr">{text(chr(10).join(lines))}</pre>' if lines else ""


@dataclass
class _Writer:
    """Writes sections; models have their colors, and every chart an id of its own."""

    colours: Mapping[str, str]
    ids: Iterator[int] = field(default_factory=itertools.count)

    def sections(self, found: Sequence[Section], level: int = FIRST_LEVEL) -> str:
        return "".join(self._section(section, level) for section in found)

    def _section(self, section: Section, level: int) -> str:
        inner = "".join(self._together(section)) + self.sections(section.parts, level + 1)
        name = text(section.name)
        heading = f'<h{level} id="{name}">{self._named(section.title)}</h{level}>'
        label = f' aria-labelledby="{name}"' if level == FIRST_LEVEL else ""  # the parts are no landmarks
        return f"<section{label}>{heading}{inner}</section>"

    def _together(self, section: Section) -> Iterator[str]:
        """Write a section's blocks; charts or titled tables that follow each other stand side by side."""
        for kind, group in itertools.groupby(section.blocks, _beside):
            written = "".join(self._block(block, section.title) for block in group)
            yield f'<div class="{kind}">{written}</div>' if kind else written

    def _block(self, block: Block, title: str) -> str:
        if isinstance(block, Paragraph):
            kind = ' class="lead"' if block.lead else ""
            return f'<p{kind} dir="auto">{_sentence(block.text)}</p>'
        if isinstance(block, Table):
            return self._table(block, title)
        if isinstance(block, Chart):
            return self._chart(block)
        if isinstance(block, Origins):
            return _origins(block)
        if isinstance(block, Missing):
            return f'<div class="missing"><p class="none">{NOT_MEASURED}</p>{_code(block.commands)}</div>'
        return f"<p>{text(block)}</p>"

    def _table(self, table: Table, title: str) -> str:
        texts = [_is_text(table, column) for column in range(len(table.head))]
        head = "".join(
            f'<th scope="col"{_class(is_text)}>{self._named(name)}</th>'
            for name, is_text in zip(table.head, texts, strict=True)
        )
        body = "".join(self._row(row, texts) for row in table.rows)
        caption = f"<caption>{self._named(table.title)}</caption>" if table.title else ""
        label = text(table.title or f"{title}: {table.head[0]}")
        return (
            f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>{caption}'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _row(self, row: Sequence[Cell], texts: Sequence[bool]) -> str:
        first = "" if isinstance(row[0], Figure) else self._named(blocks.number(row[0]))
        cells = "".join(self._cell(cell, is_text) for cell, is_text in zip(row[1:], texts[1:], strict=True))
        return f'<tr><th scope="row">{first}</th>{cells}</tr>'

    def _cell(self, cell: Cell, is_text: bool) -> str:
        if not isinstance(cell, Figure):
            return f"<td{_class(is_text)}>{self._named(blocks.number(cell))}</td>"
        estimate = cell.estimate
        if estimate is None or not estimate.defined:
            reason = f"<small>{text(estimate.reason)}</small>" if estimate and estimate.reason else ""
            return f'<td class="none">{NOT_MEASURED}{reason}</td>'
        known, _, n = blocks.in_words(estimate, cell.unit).partition(", n = ")
        value, _, interval = known.partition(" [")
        small = [f"[{interval},"] if interval else []
        spans = " ".join(f"<span>{text(part)}</span>" for part in (*small, f"n = {n}"))
        return f"<td><b>{text(value)}</b><small>{spans}</small></td>"

    def _chart(self, chart: Chart) -> str:
        name = f"chart-{next(self.ids)}"
        legend = "".join(
            f"<li>{drawing.sample(one, place)}<bdi>{text(one.name)}</bdi></li>"
            for place, one in enumerate(chart.series)
        )
        legend = f'<ul class="legend">{legend}</ul>' if chart.kind != INTERVALS else ""
        return (
            f'<figure><p class="title" id="{name}">{text(chart.title)}</p>{legend}{drawing.svg(chart, name)}'
            f"<figcaption>{_sentence(chart.said)}</figcaption>"
            f"<details><summary>{text(chart.title)} as a table</summary>"
            f"{self._table(chart.table, f'{chart.title} as a table')}</details></figure>"
        )

    def _named(self, name: str) -> str:
        """Return a name with its model's color before it, where it is one."""
        colour = self.colours.get(name)
        dot = f'<i class="dot" style="background:{colour}"></i>' if colour else ""
        return f"{dot}<bdi>{text(name)}</bdi>"


def _origins(block: Origins) -> str:
    """Return the runs, the fields of their JSON, and the commands, folded."""
    lines = [line for one in block.of for line in (f"# {one.run_id}; {one.field}", one.command) if line]
    return (
        "<details><summary>Where these figures are from, and how to make them again</summary>"
        f"{_code(lines)}</details>"
    )


def _is_text(table: Table, column: int) -> bool:
    """Whether a column holds texts, which are read from their beginning, and not figures."""
    cells = [row[column] for row in table.rows]
    return column > 0 and any(
        isinstance(cell, str) and cell and not cell[:1].isdigit() and cell[:1] not in "<[" for cell in cells
    )


def _class(is_text: bool) -> str:
    return ' class="text"' if is_text else ""


#: How each form of a report is written, by the suffix of its file.
FORMS: Mapping[str, Callable[[Report], str]] = {".html": html, ".md": Report.to_markdown}

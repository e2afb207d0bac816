"""A robustness table as text: cells with intervals, and the whole as Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from attacks.own.recipes import recipe_named
from attacks.recipes import RecipeError
from attacks.tables.rows import FIGURES, short_name
from attacks.tables.runs import Table
from attacks.tables.spec import TableSpec
from sentiment_core import terminal
from sentiment_core.publishing import markdown
from sentiment_core.schema import Estimate

Json = Mapping[str, Any]


def markdown_of(table: Table) -> str:
    """Return the table as Markdown: what was measured and how, a row for each cell, then the transfer."""
    blocks = [about(table), markdown.code(command(table.spec), language="sh")]
    head, lines = figures_table(table.rows)
    blocks.append(markdown.table(head, [[markdown.plain(cell) for cell in line] for line in lines]))
    if any(row["transfer"] for row in table.rows):
        head, lines = transfer_table(table.rows)
        blocks.append(TRANSFER)
        blocks.append(markdown.table(head, [[markdown.plain(cell) for cell in line] for line in lines]))
    if table.certified:
        head, lines = certified_table(table.certified)
        blocks.append(CERTIFIED)
        blocks.append(markdown.table(head, [[markdown.plain(cell) for cell in line] for line in lines]))
    return "\n\n".join([*blocks, NOTES]) + "\n"


#: What stands above the second table.
TRANSFER = (
    "Transfer: of the texts that fooled the model of the row and whose original the model of the column gets "
    "right, the share that fools it too, in percent."
)
CERTIFIED = (
    "Certified: the share of reviews whose answer is right and stays so whatever at most so many words are "
    "edited, at least, and at most, in percent."
)
NOTES = (
    "Accuracies are of the reviews tried, with Wilson intervals; queries are averaged over the attacked "
    "reviews and words changed over the fooled ones, with bootstrap intervals. A search that the budget "
    "stopped counts as not fooled, so accuracy under attack is an upper bound where many were stopped."
)


def about(table: Table) -> str:
    """Return in a sentence which reviews, and whether the table is whole."""
    spec = table.spec
    budget = f"at most {spec.query_budget:,} queries per review" if spec.query_budget else "no query limit"
    text = (
        f"The same {spec.limit:,} reviews of the {spec.data['name']} {spec.split} split at full length for "
        f"each model and recipe (seed {spec.seed}), {budget}; 95 % intervals."
    )
    if spec.network_limit is not None and spec.network_limit < spec.limit:
        text += f" Models with a network: the first {spec.network_limit:,} of these reviews."
    if not table.finished:
        text += " The table is not finished: rows with fewer reviews are as far as they are."
    return text


def command(spec: TableSpec) -> str:
    """Return the command that makes this table."""
    options = {
        "models": ",".join(short_name(name) for name in spec.models),
        "recipes": ",".join(spec.recipes),
        "data": spec.data["name"],
        "split": spec.split if spec.split != "test" else None,
        "limit": spec.limit,
        "network_limit": spec.network_limit,
        "budget": spec.query_budget,
        "seed": spec.seed or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return terminal.command("attacks", "table", **given)


def figures_table(rows: Sequence[Json]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of the figures, a line for each row."""
    head = ["model", "recipe", "reviews", *(title for title, _ in FIGURES.values())]
    lines = []
    for row in rows:
        n = f"{row['n']:,}" if row["n"] == row["of"] else f"{row['n']:,} of {row['of']:,}"
        cells = [_cell(row["figures"][name], scale) for name, (_, scale) in FIGURES.items()]
        lines.append([short_name(row["model_id"]), recipe_title(row["recipe"]), n, *cells])
    return head, lines


def transfer_table(rows: Sequence[Json]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of the transfer: a column for each model that read."""
    read = [row for row in rows if row["transfer"]]
    targets = list(dict.fromkeys(row["model_id"] for row in rows))
    head = ["texts that fooled", "recipe", *(f"fool {short_name(target)}, %" for target in targets)]
    lines = [
        [
            short_name(row["model_id"]),
            recipe_title(row["recipe"]),
            *(_cell(row["transfer"].get(target), 100, show_n=True) for target in targets),
        ]
        for row in read
    ]
    return head, lines


def certified_table(found: Sequence[Json]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the cells of what is certified: a line for each model, edits and k."""
    head = ["model", "edits", "words edited, at most", "certified, %", "cannot exceed, %"]
    lines = [
        [
            short_name(record["model_id"]),
            record["edits"],
            str(bracket["k"]),
            _cell(bracket["certified"], 100, show_n=True),
            _cell(bracket["at_most"], 100),
        ]
        for record in found
        for bracket in record["brackets"]
    ]
    return head, lines


def recipe_title(name: str) -> str:
    """Return what a person calls a recipe; its name where it is gone."""
    try:
        return recipe_named(name).title
    except RecipeError:
        return name


def _cell(record: Json | None, scale: float, *, show_n: bool = False) -> str:
    """Return `94.0 [91.2, 95.9]`, why it is undefined, or nothing where nobody asked."""
    if record is None:
        return ""
    estimate = Estimate.from_json(record)
    if not estimate.defined:
        return f"undefined: {estimate.reason.split(';')[0]}"
    decimals = 1 if scale == 100 else 0
    value, low, high = (
        f"{scale * number:,.{decimals}f}" for number in (estimate.value, estimate.ci_low, estimate.ci_high)
    )
    text = value if math.isnan(estimate.ci_low) else f"{value} [{low}, {high}]"
    return f"{text}, n = {estimate.n:,}" if show_n else text

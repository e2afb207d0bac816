"""Write the tables of measured figures into the documents, from the data in docs/results/.

    python docs/write_tables.py             # --check compares and writes nothing

Each file there is one table: the command and the setting that made the figures, its columns, and its rows.
A figure is written as runs keep it: `value`, `ci_low`, `ci_high` and `n`; rates are fractions.
`python docs/figures_of_runs.py` makes such a file from the finished runs of a workspace.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generated import write_or_check

RESULTS = Path(__file__).with_name("results")
COMMAND = "python docs/write_tables.py"


def main() -> None:
    """Write or check every table."""
    write_or_check({f"table/{name}": markdown(table) for name, table in tables().items()}, COMMAND)


def tables() -> dict[str, dict[str, Any]]:
    """Return the tables by the name of their file."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))
    }


def markdown(table: Mapping[str, Any]) -> str:
    """Return a table as Markdown: what was measured and how, the rows, then notes."""
    columns = table["columns"]
    lines = [_line([column["title"] for column in columns]), _line(["---"] * len(columns))]
    lines += [_line([_cell(row.get(column["name"]), column) for column in columns]) for row in table["rows"]]
    head = f"{table['about']}\n\n```\n{table['command']}\n```"
    return "\n\n".join([head, "\n".join(lines), *table.get("notes", [])])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _cell(content: Any, column: Mapping[str, Any]) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content.replace("|", "\\|")
    text = figure(content, column)
    return f"**{text}**" if content.get("bold") else text


def figure(content: Mapping[str, Any], column: Mapping[str, Any]) -> str:
    """Return `94 % [88, 97]`: value and interval in the column's scale, decimals and unit.

    A figure that is undefined is its reason. A column with `"show_n": true` adds `n = 100`.
    """
    if content["value"] is None or math.isnan(content["value"]):
        return f"undefined: {content.get('reason', 'no reason given')}"
    scale, decimals = column.get("scale", 1), column.get("decimals", 0)
    sign = "+" if column.get("signed") else ""

    def written(value: float) -> str:
        return f"{scale * value:{sign},.{decimals}f}"

    parts = [content.get("label", ""), written(content["value"]), column.get("unit", "")]
    if content.get("ci_low") is not None:
        parts.append(f"[{written(content['ci_low'])}, {written(content['ci_high'])}]")
    text = " ".join(part for part in parts if part)
    return f"{text}, n = {content['n']:,}" if column.get("show_n") else text


if __name__ == "__main__":
    main()

"""What the Data page does, as the commands that do the same at a terminal. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboard.records.datasets import Stored
from sentiment_core import terminal
from sentiment_core.data import Preview, Reading, reading
from sentiment_core.models import ModelCard

NEGATIVE, POSITIVE, LEFT_OUT = "negative", "positive", "left out"
MEANINGS = (NEGATIVE, POSITIVE, LEFT_OUT)


def measuring(card: ModelCard, stored: Stored) -> list[str]:
    """Return the command that measures a model on a data set, as a job's arguments."""
    data, split = stored.choice.argument, stored.split
    return [
        "evaluate",
        "--model",
        card.model_id,
        "--data",
        data,
        *(["--split", split] if split != "test" else []),
    ]


def command(argv: Sequence[str]) -> str:
    """Return the line for a terminal, quoted where a shell would need it."""
    return terminal.command("sentiment_core", *argv)


def reading_command(found: Preview, name: str, skip_bad: bool) -> str:
    """Return the commands that read the file as confirmed, and give the data set its name."""
    how = reading.options(found.reading)
    line = terminal.command("sentiment_core", "data", "describe", found.filename, **how)
    lines = [line + (" --skip-bad" if skip_bad else "")]
    if name and name != found.filename:
        lines.append(terminal.command("sentiment_core", "data", "rename", found.filename, name))
    return "\n".join(lines)


def proposed(found: Preview) -> dict[str, str | None]:
    """Return what each label value is taken for before a person says; None where a person must say.

    Where only words are unknown (`neutral` beside `positive`) they would be left out; a scale has none.
    """
    unknown = None if found.problems else LEFT_OUT
    return {value.value: value.meaning if value.meaning in MEANINGS else unknown for value in found.values}


def mapped(asked: Reading, found: Preview, meanings: Mapping[str, str | None]) -> Reading | None:
    """Return the reading with label values mapped as a person said; None while some are not decided."""
    by_meaning = {
        meaning: tuple(value for value, said in meanings.items() if said == meaning) for meaning in MEANINGS
    }
    if None in meanings.values() or not (by_meaning[NEGATIVE] and by_meaning[POSITIVE]):
        return None
    as_found = {value.value: value.meaning for value in found.values}
    if as_found == dict(meanings):
        return asked
    return replace(asked, negative=by_meaning[NEGATIVE], positive=by_meaning[POSITIVE])

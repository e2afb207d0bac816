"""What people say of a panel's texts: kept at once, each with who and when; an undo is a line too."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from attacks.panels import making
from sentiment_core.errors import RunError
from sentiment_core.labels.verdicts import check_author
from sentiment_core.schema import LABEL_NAMES, NEGATIVE, POSITIVE
from sentiment_core.storage import decisions, workspace
from sentiment_core.storage.kept import Shape

UNSURE = "cannot-tell"
#: What a reader may say of a text's opinion, and of who wrote it.
SAYS = (LABEL_NAMES[POSITIVE], LABEL_NAMES[NEGATIVE], UNSURE)
PERSON, MACHINE = "person", "machine"
WRITERS = {PERSON: "written by a person", MACHINE: "changed by a machine"}
COLUMNS = ("item", "rater", "says", "writer", "time")

_SHAPE: Shape = {**decisions.SHAPE, "item": int, "says?": str, "writer?": str}


def folder_of(panel: str) -> Path:
    """Return the folder of a panel's answers (it may not be there)."""
    return workspace.home() / "verdicts" / making.KIND / panel


def decide(panel: making.Panel, item: int, says: str, writer: str, *, rater: str) -> None:
    """Keep what somebody says of a text; a later answer to the same text counts instead.

    Raises:
        RunError: the panel has no such text, or the answer is none.
        DataError: the name is not allowed.
    """
    check_author(rater)
    if not 1 <= item <= panel.n:
        raise RunError(f"the panel has no text {item}; its texts are 1 to {panel.n}")
    if says not in SAYS or writer not in WRITERS:
        raise RunError(f"an answer says one of {', '.join(SAYS)}, and one of {', '.join(WRITERS)}")
    log(panel.run_id).append([{"item": item, "author": rater, "says": says, "writer": writer}])


def undo(panel: making.Panel, *, rater: str) -> int | None:
    """Take back a person's last answer that still counts, and return the text; None where there is none."""
    last = log(panel.run_id).undo(rater, ("item",))
    return None if last is None else int(last.record["item"])


def current(panel: str) -> pd.DataFrame:
    """Return COLUMNS: what each person says now of each text, in the order of the answers."""
    now: dict[tuple[int, str], tuple[object, ...]] = {}
    for entry in decisions.standing(log(panel).entries()):
        record = entry.record
        if record.get("says") in SAYS and record.get("writer") in WRITERS:
            key = (int(record["item"]), str(record["author"]))
            now.pop(key, None)
            now[key] = (*key, record["says"], record["writer"], record["time"])
    return pd.DataFrame(list(now.values()), columns=list(COLUMNS))


def unreadable(panel: str) -> int:
    """Return how many lines are damaged, whose answers are therefore missing."""
    return log(panel).unreadable()


def log(panel: str) -> decisions.Log:
    """Return the journal of a panel's answers."""
    return decisions.Log(folder_of(panel), _SHAPE)

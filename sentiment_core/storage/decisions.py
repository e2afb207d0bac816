"""What people decided, one line a decision, in a journal that only grows: an undo is a line too.

A record has `author` and `time`; with `undoes` it takes back the line at that place. What anybody decided at
any time can be read later, and two writers at once wait for each other's line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core.storage import journal, locks, workspace
from sentiment_core.storage.kept import Shape

#: What every record has; a log's own shape adds what is decided.
SHAPE: Mapping[str, Shape] = {"author": str, "time": str, "undoes?": int}


@dataclass(frozen=True)
class Entry:
    """One line: its place among the readable ones, and what it says."""

    place: int
    record: dict[str, Any]

    @property
    def undoes(self) -> int | None:
        """Return the place of the line that this one takes back; None where it decides something."""
        place: int | None = self.record.get("undoes")
        return place


@dataclass(frozen=True)
class Log:
    """The decisions of one folder (it may not be there); `shape` is that of their records."""

    folder: Path
    shape: Shape

    def append(self, records: Sequence[Mapping[str, Any]]) -> list[Entry]:
        """Keep decisions, each with the time of now, and return them once they are on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locks.locked(self.folder):
            start = len(self._read().records)
            stamped = [{**record, "time": workspace.utc_now()} for record in records]
            for record in stamped:
                journal.append(self.folder, record)
        return [Entry(start + place, record) for place, record in enumerate(stamped)]

    def undo(self, author: str, about: Sequence[str]) -> Entry | None:
        """Take back a person's last decision that still counts, and return it; None where there is none.

        Args:
            author: whose.
            about: the fields of the record that say what it is about; the undo repeats them.
        """
        if not self.folder.is_dir():
            return None
        with locks.locked(self.folder):
            mine = [entry for entry in standing(self.entries()) if entry.record["author"] == author]
            if not mine:
                return None
            last = mine[-1]
            record = {name: last.record[name] for name in about} | {"author": author, "undoes": last.place}
            journal.append(self.folder, record | {"time": workspace.utc_now()})
        return last

    def entries(self) -> list[Entry]:
        """Return every readable line in order, those taken back and the undos included.

        Raises:
            DamagedFile: the journal cannot be read at all. A damaged line is left out; `unreadable` counts
                them.
        """
        return [Entry(place, record) for place, record in enumerate(self._read().records)]

    def unreadable(self) -> int:
        """Return how many lines are damaged, whose decisions are therefore missing."""
        return self._read().unreadable

    def _read(self) -> journal.Journal:
        return journal.read(self.folder, self.shape)


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Return the decisions that were not taken back, in order."""
    taken_back = {entry.undoes for entry in entries if entry.undoes is not None}
    return [entry for entry in entries if entry.undoes is None and entry.place not in taken_back]

"""Steps of a long run, each done once: what each made is kept beside the run, so that it resumes there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, workspace

FILE = "steps.json"


class Steps:
    """What each step of one run made (the id of a run or a model), by the step's name."""

    def __init__(self, folder: Path) -> None:
        """Read what is done; nothing where the file is damaged: what is there already is found again."""
        self._file = folder / FILE
        try:
            self.made: dict[str, str] = dict(kept.read_json(self._file, {...: str}))
        except (FileNotFoundError, DamagedFile):
            self.made = {}

    def once(self, step: str, do: Callable[[], str]) -> str:
        """Return what a step made, doing it where that was not done before."""
        if step not in self.made:
            self.made[step] = do()
            workspace.write_json(self._file, self.made)
        return self.made[step]

"""The store of users' recipes, probes and slices: for each kind a folder of the workspace, one file each.

What a file may say is for its kind to check, in `read`. A file that is wrong is listed apart and hides none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sentiment_core.errors import ReelcheckError
from sentiment_core.storage import workspace

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Store(Generic[Thing]):
    """The things of one kind, each in a file that has its name.

    Attributes:
        kind: what one is called in messages.
        place: its folder's name in the workspace.
        suffixes: what its files end in; of two files of one name the earlier suffix counts.
        read: a file to the thing in it; raises `error` where the file is wrong.
        error: also raised here, where there is no thing of a name.
        how: how to make the first one, for messages.
    """

    kind: str
    place: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Thing]
    error: type[ReelcheckError]
    how: str = ""

    def folder(self) -> Path:
        """Return the folder (it may not be there)."""
        return workspace.home() / self.place

    def names(self) -> list[str]:
        """Return the names that have a file, right or wrong, sorted."""
        return sorted({path.stem for path in self._files()})

    def path_of(self, name: str) -> Path:
        """Return a thing's file; `error` names those there are."""
        found = [path for path in self._files() if path.stem == name]
        if not found:
            shown = repr(name if len(name) <= 60 else f"{name[:57]}...")
            known = ", ".join(self.names()) or f"none yet{self.how and f'; {self.how}'}"
            raise self.error(f"{self.kind} {shown} is not kept in this workspace; kept: {known}")
        return min(found, key=lambda path: self.suffixes.index(path.suffix))

    def open(self, name: str) -> Thing:
        """Return one thing; `error` where there is none, or its file is wrong."""
        return self.read(self.path_of(name))

    def all(self) -> dict[str, Thing]:
        """Return by name what can be read; `wrong` has the rest."""
        found = {}
        for name in self.names():
            try:
                found[name] = self.open(name)
            except self.error:
                continue
        return found

    def wrong(self) -> dict[str, str]:
        """Return by file name why a file cannot be used."""
        found = {}
        for path in self._files():
            try:
                self.read(path)
            except self.error as error:
                found[path.name] = str(error)
        return found

    def save(self, name: str, content: str | Mapping[str, Any], suffix: str = ".json") -> Path:
        """Write a text, or a record as JSON, as the thing of that name, and remove an older file of it."""
        path = self.folder() / f"{name}{suffix}"
        if isinstance(content, str):
            workspace.write_text(path, content)
        else:
            workspace.write_json(path, dict(content))
        self._remove(name, keep=path)
        return path

    def delete(self, name: str) -> None:
        """Delete a thing, right or wrong; `error` where there is none."""
        self.path_of(name)
        self._remove(name)

    def _remove(self, name: str, keep: Path | None = None) -> None:
        for path in self._files():
            if path.stem == name and path != keep:
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        """Yield every file of this kind; those with a dot in front are being written."""
        for path in sorted(self.folder().glob("*")):
            if path.suffix in self.suffixes and not path.name.startswith("."):
                yield path

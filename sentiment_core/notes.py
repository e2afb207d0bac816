"""A short note that a person keeps with a model: what it was for, what to try next."""

from __future__ import annotations

from sentiment_core import models
from sentiment_core.errors import ModelError
from sentiment_core.storage import workspace
from sentiment_core.storage.unchanged import Remembered

NOTE = "note.txt"  # in the model's folder: it goes where the model goes
MOST_CHARACTERS = 500
#: Of a character in UTF-8.
_MOST_BYTES = 4 * MOST_CHARACTERS
_remembered = Remembered(most_bytes=2**20)


def note_of(card: models.ModelCard) -> str:
    """Return the note kept with a model; empty where there is none, or none that can be read."""
    path = str(card.folder / NOTE)
    return _remembered.of(path, (path,), lambda: _read(path))


def set_note(name: str, text: str) -> str:
    """Keep a note with the model of this id or alias, and return it; an empty text removes the note.

    Raises:
        ModelError: no such model, or the note is too long.
    """
    folder = models.resolve(name).folder
    note = " ".join(text.split())
    if len(note) > MOST_CHARACTERS:
        raise ModelError(
            f"a note has {MOST_CHARACTERS} characters at most; this one has {len(note):,}; shorten it"
        )
    if note:
        workspace.write_text(folder / NOTE, note)
    else:
        (folder / NOTE).unlink(missing_ok=True)
    return note


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
        return content.decode("utf-8")[:MOST_CHARACTERS]
    except (OSError, UnicodeDecodeError):  # a note is worth no error
        return ""

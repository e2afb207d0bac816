"""Errors that a user can fix; the command line prints the message and exits with 2."""


class ReelcheckError(Exception):
    """One line that says what was given, what is allowed and what to do."""


class DataError(ReelcheckError):
    """A data set or file cannot be read as labeled reviews."""


class ModelError(ReelcheckError):
    """A model is not known, is damaged, or cannot be trained with these settings."""


class ResourceMissing(ReelcheckError):
    """Something that is fetched separately (a package's file, a hub) is not there."""


class RemoteError(ReelcheckError):
    """An endpoint cannot be reached, refuses, or answers what is no answer; what is done is kept."""


class RunError(ReelcheckError):
    """A run folder is not known, not finished, or does not fit what was asked."""


class DamagedFile(RunError, ValueError):
    """A kept file is not what was written; a ValueError too, as readers of files expect.

    Args:
        name: of the file, behind its folder's: "RUN/manifest.json".
        what: is wrong with it.
    """

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, what)
        self.name, self.what = name, what

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.name} is damaged: {self.what}"

    @property
    def in_its_folder(self) -> str:
        """Return what is wrong with the file, for a message that names the folder already."""
        return f"{self.name.rsplit('/', 1)[-1]}: {self.what}"


class Cancelled(Exception):
    """A running job was asked to stop; not an error, so not a ReelcheckError."""

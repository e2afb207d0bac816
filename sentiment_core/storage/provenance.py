"""Where a result comes from: versions, the code's revision, and the hashes of files."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

#: The distributions that can change a figure; versions are read without importing them.
RECORDED = ("torch", "transformers", "tokenizers", "scikit-learn", "scipy", "numpy", "pandas")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that can change a figure."""
    return {"python": platform.python_version()} | {
        name: found for name in RECORDED if (found := _version(name)) is not None
    }


def git_revision() -> str | None:
    """Return the commit that this code was checked out at, or None outside a repository."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():  # installed elsewhere: an enclosing repository is not ours
        return None
    try:
        command = ["git", "-C", str(root), "rev-parse", "HEAD"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def of_files(*files: Path) -> dict[str, object]:
    """Return a run's provenance: versions, git_revision, and hashes of its files by name."""
    hashes = {file.name: sha256(file) for file in files}
    return {"versions": versions(), "git_revision": git_revision(), "hashes": hashes}


def sha256(path: Path) -> str:
    """Return the SHA-256 of one file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_under(folder: Path) -> list[Path]:
    """Return every file below `folder`, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def hashes(folder: Path) -> dict[str, str]:
    """Return SHA-256 by relative POSIX path for every file below `folder`."""
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files_under(folder)}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None

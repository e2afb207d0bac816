"""A user's own probe: a YAML or CSV file of templates, slots, kind and expectation; nothing in it is run.

YAML::

    title: Endings
    kind: MFT
    templates:
      - {text: "The {part} is {good}.", expectation: positive}
      - {text: "The {part} is {bad}.", expectation: negative}
    slots:
      part: [ending, last scene]
      good: [great, satisfying]
      bad: [poor, rushed]

For INV and DIR a template also has `variants`, a list of changed texts; for DIR the expectation is `up` or
`down`: where the probability of positive may move. A CSV file has the columns template, kind, expectation,
and, for INV and DIR, variant; every further column is a slot with values apart by "|".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from attacks.own import probe_files
from attacks.own.probe_checks import capability_from
from attacks.probes import (
    PROBES,
)
from attacks.probing.base import Capability, ProbeError
from sentiment_core.storage import workspace

SUFFIXES = (".yaml", ".yml", ".csv")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def folder() -> Path:
    """Return where kept probes live."""
    return workspace.home() / "probes"


def read_own(path: Path) -> Capability:
    """Return the capability that a file describes; ProbeError says what is wrong and what is allowed."""
    return from_content(probe_files.read(path), path.name)


def from_content(content: bytes, filename: str) -> Capability:
    """Return the capability in the bytes of a .yaml, .yml or .csv file; its name is the file's."""
    name = _checked_name(filename)
    record = probe_files.parsed(content, filename)
    return capability_from(name, record, filename)


def keep(content: bytes, filename: str) -> Capability:
    """Check a probe and keep it in the workspace; one of the same name is replaced."""
    capability = from_content(content, filename)
    for suffix in SUFFIXES:
        (folder() / f"{capability.name}{suffix}").unlink(missing_ok=True)
    workspace.write_text(
        folder() / f"{capability.name}{Path(filename).suffix.lower()}", content.decode("utf-8-sig")
    )
    return capability


def forget(name: str) -> None:
    """Remove a kept probe; ProbeError where there is none."""
    _kept_file(name).unlink()


def kept_names() -> list[str]:
    """Return the names of the kept probes, sorted; whether their files are right shows when one is opened."""
    if not folder().is_dir():
        return []
    return sorted({path.stem for path in folder().iterdir() if path.suffix in SUFFIXES})


def open_own(name: str) -> Capability:
    """Return a kept probe."""
    return read_own(_kept_file(name))


def as_yaml(name: str) -> str:
    """Return a kept probe as YAML, also where it was kept as CSV."""
    path = _kept_file(name)
    content = probe_files.read(path)
    if path.suffix != ".csv":
        return content.decode("utf-8-sig", errors="replace")
    return probe_files.written(probe_files.parsed(content, path.name))


def _kept_file(name: str) -> Path:
    found = [folder() / f"{name}{suffix}" for suffix in SUFFIXES if (folder() / f"{name}{suffix}").is_file()]
    if name not in kept_names() or not found:
        known = ", ".join(kept_names()) or "none yet"
        raise ProbeError(f"probe '{name}' is not kept in this workspace; kept: {known}")
    return found[0]


def _checked_name(filename: str) -> str:
    path = Path(filename)
    if path.suffix.lower() not in SUFFIXES:
        raise ProbeError(f"{filename} is no probe file; give one that ends in {', '.join(SUFFIXES)}")
    name = path.stem.lower().replace("_", "-").replace(" ", "-")
    if not _NAME.fullmatch(name):
        raise ProbeError(
            f"{filename}: the file's name names the probe; give it letters, digits and dashes, a letter "
            "first, 40 at most"
        )
    if name in PROBES:
        raise ProbeError(f"{filename}: a capability '{name}' is there already; give the file another name")
    return name


def probe_named(name: str) -> Capability:
    """Return a capability of PROBES, or one that a user wrote.

    Raises:
        ProbeError: nothing is called so, or the user's file is wrong.
    """
    if name in PROBES:
        return PROBES[name]
    kept = kept_names()
    if name in kept:
        return open_own(name)
    raise ProbeError(f"capability '{name}' is not known; known: {', '.join([*PROBES, *kept])}")


def probes_named(names: Sequence[str] | None = None) -> list[Capability]:
    """Return the capabilities of these names, each once; without names all of PROBES."""
    if names is None:
        return list(PROBES.values())
    return [probe_named(name) for name in dict.fromkeys(names)]

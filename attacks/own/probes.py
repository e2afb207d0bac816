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
from attacks.own.store import Store
from attacks.probes import PROBES
from attacks.probing.base import Capability, ProbeError

SUFFIXES = (".yaml", ".yml", ".csv")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def read_own(path: Path) -> Capability:
    """Return the capability that a file describes; ProbeError says what is wrong and what is allowed."""
    return from_content(probe_files.read(path), path.name)


def from_content(content: bytes, filename: str) -> Capability:
    """Return the capability in the bytes of a .yaml, .yml or .csv file; its name is the file's."""
    name = _checked_name(filename)
    record = probe_files.parsed(content, filename)
    return capability_from(name, record, filename)


#: The user's probes; whether a file is right shows when it is opened.
STORE = Store("probe", "probes", SUFFIXES, read_own, ProbeError)


def keep(content: bytes, filename: str) -> Capability:
    """Check a probe and keep it in the workspace; one of the same name is replaced."""
    capability = from_content(content, filename)
    STORE.save(capability.name, content.decode("utf-8-sig"), Path(filename).suffix.lower())
    return capability


def as_yaml(name: str) -> str:
    """Return a kept probe as YAML, also where it was kept as CSV."""
    path = STORE.path_of(name)
    content = probe_files.read(path)
    if path.suffix != ".csv":
        return content.decode("utf-8-sig", errors="replace")
    return probe_files.written(probe_files.parsed(content, path.name))


def _checked_name(filename: str) -> str:
    path = Path(filename)
    if path.suffix.lower() not in SUFFIXES:
        raise ProbeError(f"{filename} is not a probe file; give one that ends in {', '.join(SUFFIXES)}")
    name = path.stem.lower().replace("_", "-").replace(" ", "-")
    if not _NAME.fullmatch(name):
        raise ProbeError(
            f"{filename}: the file's name names the probe; give it letters, digits and dashes, a letter "
            "first, 40 at most"
        )
    if name in PROBES:
        raise ProbeError(f"{filename}: a capability '{name}' already exists; give the file another name")
    return name


def probe_named(name: str) -> Capability:
    """Return a capability of PROBES, or one that a user wrote.

    Raises:
        ProbeError: nothing is called so, or the user's file is wrong.
    """
    if name in PROBES:
        return PROBES[name]
    names = STORE.names()
    if name in names:
        return STORE.open(name)
    raise ProbeError(f"capability '{name}' is not known; known: {', '.join([*PROBES, *names])}")


def probes_named(names: Sequence[str] | None = None) -> list[Capability]:
    """Return the capabilities of these names, each once; without names all of PROBES."""
    if names is None:
        return list(PROBES.values())
    return [probe_named(name) for name in dict.fromkeys(names)]

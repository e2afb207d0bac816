"""What the Attack page asks for, as the command line that does it. Checked, but nothing is started here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attacks.batches.selection import ID_SUFFIXES
from dashboard.session import listed
from sentiment_core import terminal
from sentiment_core.errors import DataError

#: Which reviews, by the word that the command line knows.
ANY, RIGHT, WRONG = "any", "right", "wrong"
#: Most ids on a command line.
MOST_IDS = 2_000
#: A command line takes 128 KiB an argument, of which a character is up to four bytes.
MOST_BYTES = 120_000
#: A Dask scheduler's address as it prints it: a protocol, a host and a port.
CLUSTER = re.compile(r"([a-z]+://)?[^\s/]+:\d{1,5}")


@dataclass(frozen=True)
class Batch:
    """A batch of reviews to attack; `model` and `right_by` are model ids, `data` a name or fingerprint.

    `ids` are the reviews to take, the first `n` of them; empty means all of the split. No `query_budget` or
    `seconds` means no limit. `quick` searches a lighter copy of a transformer. `params` are the recipe's
    parameters that differ from its own; with `cluster`, a Dask scheduler's address, its workers attack
    instead of processes here.
    """

    model: str
    recipe: str
    data: str
    split: str
    n: int
    outcome: str = ANY
    min_words: int = 0
    max_words: int | None = None
    ids: tuple[str, ...] = ()
    file: str = ""
    right_by: tuple[str, ...] = ()
    seed: int = 0
    query_budget: int | None = None
    seconds: float | None = None
    quick: bool = False
    workers: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    cluster: str = ""

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m attacks`."""
        flags = ["run", "--model", self.model, "--recipe", self.recipe, "--data", self.data]
        flags += ["--split", self.split, "--limit", str(self.n), "--seed", str(self.seed)]
        for chosen in self._selected():
            flags += ["--select", chosen]
        flags += _settings(self.params)
        flags += _flag("--budget", self.query_budget) + _flag("--seconds", self.seconds)
        flags += ["--quick"] if self.quick else []
        return flags + (["--cluster", self.cluster] if self.cluster else ["--workers", str(self.workers)])

    def _selected(self) -> list[str]:
        words = f"{self.min_words}-{self.max_words or ''}" if self.min_words or self.max_words else ""
        pairs = {
            "outcome": self.outcome if self.outcome != ANY else "",
            "words": words,
            "right-by": ",".join(self.right_by),
            "ids": ",".join(self.ids),
            "file": self.file,
        }
        return [f"{name}={value}" for name, value in pairs.items() if value]


@dataclass(frozen=True)
class Single:
    """One review typed by hand."""

    model: str
    recipe: str
    text: str
    label: str
    seed: int = 0
    query_budget: int | None = None
    seconds: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m attacks`; a text that begins with a dash stays a text."""
        flags = ["run", "--model", self.model, "--recipe", self.recipe, f"--text={self.text}"]
        flags += ["--label", self.label, "--seed", str(self.seed), *_settings(self.params)]
        return flags + _flag("--budget", self.query_budget) + _flag("--seconds", self.seconds)


def check(batch: Batch) -> None:
    """Raise DataError where nothing can be attacked with these choices."""
    if batch.max_words is not None and batch.max_words < batch.min_words:
        raise DataError(
            f"at most {batch.max_words} words and at least {batch.min_words} leave no review; "
            "make the minimum the smaller one"
        )
    if len(batch.ids) > MOST_IDS:
        raise DataError(
            f"{len(batch.ids):,} ids are too many for a command line; up to {MOST_IDS:,} are allowed: "
            "put them into a file, one per line, and run the command in a terminal with --select file=IDS"
        )
    if batch.file:
        listed.check_file(batch.file, ID_SUFFIXES)
    if batch.cluster and not CLUSTER.fullmatch(batch.cluster):
        raise DataError(
            f"{batch.cluster!r} is not the address of a Dask scheduler; `dask scheduler` prints it when it "
            "starts, for example tcp://10.0.0.1:8786"
        )
    if batch.cluster:
        listed.check_cluster(batch.cluster)


def check_single(single: Single) -> None:
    """Raise DataError where a typed text is more than a command line takes."""
    size = len(single.text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise DataError(
            f"this review has {len(single.text):,} characters in {size:,} bytes; up to {MOST_BYTES:,} bytes "
            "are allowed: shorten it"
        )


def read_ids(typed: str) -> tuple[str, ...]:
    """Return the ids in what was typed, separated by commas or white space, each once."""
    return tuple(dict.fromkeys(typed.replace(",", " ").split()))


def command(argv: Sequence[str]) -> str:
    """Return the line for a terminal, quoted where a shell would need it."""
    return terminal.command("attacks", *argv)


def _flag(name: str, value: object) -> list[str]:
    return [] if value is None else [name, f"{value:g}" if isinstance(value, float) else str(value)]


def _settings(params: Mapping[str, Any]) -> list[str]:
    return [part for name, value in params.items() for part in ("--set", f"{name}={_read_back(value)}")]


def _read_back(value: Any) -> str:
    """Return a value as the command line reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)

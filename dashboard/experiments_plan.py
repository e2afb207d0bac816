"""What the form asks for, as the command line that makes it. Checked, but nothing is started here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sentiment_core import models
from sentiment_core.errors import ModelError

#: owner/name or name, as the hub writes them; up to 96 characters.
HUB_NAME = re.compile(r"(?=.{1,96}$)[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)


@dataclass(frozen=True)
class FineTune:
    """A pretrained encoder fine-tuned on reviews; `train_size` None means all of them."""

    data: str
    base: str
    epochs: float
    learning_rate: float
    max_length: int
    truncation: str
    batch_size: int
    freeze_embeddings: bool
    train_size: int | None
    seed: int
    alias: str

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        settings = {
            "--base": self.base,
            "--epochs": f"{self.epochs:g}",
            "--learning-rate": f"{self.learning_rate:g}",
            "--max-length": str(self.max_length),
            "--truncation": self.truncation,
            "--batch-size": str(self.batch_size),
        }
        frozen = ["--set", "freeze_embeddings=true"] if self.freeze_embeddings else []
        return [
            "train",
            "--data",
            self.data,
            "--family",
            "transformer",
            *_flat(settings),
            *frozen,
            *_ends(self),
        ]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Fine-tune {self.alias or Path(self.base).name} on {_short(self.data)}"


@dataclass(frozen=True)
class Linear:
    """A linear family fitted to reviews."""

    data: str
    family: str
    train_size: int | None
    seed: int
    alias: str

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        return ["train", "--data", self.data, "--family", self.family, *_ends(self)]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Train {self.alias or self.family} on {_short(self.data)}"


@dataclass(frozen=True)
class Search:
    """Several fine-tunings of one base, each with other settings; none begins after `minutes`."""

    data: str
    base: str
    trials: int
    minutes: int
    max_length: int
    train_size: int | None
    seed: int
    alias: str

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        limits = {
            "--base": self.base,
            "--max-length": str(self.max_length),
            "--trials": str(self.trials),
            "--minutes": str(self.minutes),
        }
        return ["optimize", "--data", self.data, *_flat(limits), *_ends(self)]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Search settings of {self.alias or Path(self.base).name} on {_short(self.data)}"


Plan: TypeAlias = FineTune | Linear | Search


def command(argv: Sequence[str]) -> str:
    """Return the line for a terminal, quoted where a shell would need it."""
    return f"python -m sentiment_core {shlex.join(argv)}"


def check(plan: Plan) -> None:
    """Raise ModelError where a name that was typed cannot be one; numbers have their limits in the form."""
    if plan.alias:
        models.check_alias(plan.alias)
    if not isinstance(plan, Linear):
        _check_base(plan.base)


def _check_base(base: str) -> None:
    if HUB_NAME.fullmatch(base) or (not base.startswith("-") and _is_folder(base)):
        return
    raise ModelError(
        f"base '{base[:80]}' is no hub name and no folder here; give distilbert-minilm (it comes with the "
        "package), a hub name such as distilbert-base-uncased, or the path of a folder with a model"
    )


def _is_folder(path: str) -> bool:
    try:
        return bool(path) and Path(path).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, a null character, no such user
        return False


def _ends(plan: Plan) -> list[str]:
    size = ["--train-size", str(plan.train_size)] if plan.train_size else []
    return [*size, "--seed", str(plan.seed), *(["--alias", plan.alias] if plan.alias else [])]


def _flat(flags: dict[str, str]) -> list[str]:
    return [part for pair in flags.items() for part in pair]


def _short(data: str) -> str:
    return Path(data).name

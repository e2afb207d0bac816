"""What the form asks for, as the command line that makes it. Checked, but nothing is started here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from dashboard.session import listed
from sentiment_core import models, terminal
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.commands.train import SETTING_FLAGS
from sentiment_core.data import DATASETS
from sentiment_core.data.files.tables import TABLE_SUFFIXES
from sentiment_core.data.loading import is_stored
from sentiment_core.errors import ModelError
from sentiment_core.training.presets import Preset

TRANSFORMER, BLEND = "transformer", "blend"

#: owner/name or name, as the hub writes them; up to 96 characters.
HUB_NAME = re.compile(r"(?=.{1,96}$)[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)


@dataclass(frozen=True)
class FineTune:
    """A pretrained encoder fine-tuned on reviews.

    `settings` are the transformer's, `base` among them; `train_size` None means all reviews.
    """

    data: str
    settings: Mapping[str, Any]
    train_size: int | None
    seed: int
    alias: str

    @property
    def base(self) -> str:
        """Return what the training starts from."""
        return str(self.settings["base"])

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        return [
            "train", "--data", self.data, "--family", "transformer", *_settings(self.settings), *_ends(self)
        ]  # fmt: skip

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Fine-tune {self.alias or Path(self.base).name} on {_short(self.data)}"


@dataclass(frozen=True)
class Linear:
    """A linear family fitted to reviews; `settings` are the family's own, all or some of them."""

    data: str
    family: str
    train_size: int | None
    seed: int
    alias: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        defaults = FAMILIES[self.family].default_params
        changed = {name: value for name, value in self.settings.items() if value != defaults[name]}
        settings = [part for item in changed.items() for part in _set(*item)]
        return ["train", "--data", self.data, "--family", self.family, *settings, *_ends(self)]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Train {self.alias or self.family} on {_short(self.data)}"


@dataclass(frozen=True)
class Blend:
    """A blend of models on the shelf, by their ids; `settings` are the family's own."""

    data: str
    members: tuple[str, ...]
    alias: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        family = FAMILIES[BLEND]
        changed = {
            name: value for name, value in self.settings.items() if value != family.default_params[name]
        }
        settings = {family.made_of: ",".join(self.members), **changed}
        given = [part for item in settings.items() for part in _set(*item)]
        alias = ["--alias", self.alias] if self.alias else []
        return ["train", "--data", self.data, "--family", BLEND, *given, *alias]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Blend {self.alias or 'models'} on {_short(self.data)}"


@dataclass(frozen=True)
class Search:
    """Several fine-tunings of one base, each with other settings; none starts after `minutes`."""

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


@dataclass(frozen=True)
class Curve:
    """Families trained on more and more reviews, each size with as many seeds as it is repeated.

    `preset` gives the transformer's settings; `evaluate_on` None measures on all test reviews.
    """

    data: str
    families: tuple[str, ...]
    preset: str
    sizes: tuple[int, ...]
    repeats: int
    evaluate_on: int | None

    @property
    def argv(self) -> list[str]:
        """Return the arguments after `python -m sentiment_core`."""
        asked = {"--families": ",".join(self.families)}
        asked |= {"--preset": self.preset} if TRANSFORMER in self.families else {}
        asked |= {"--sizes": _listed(self.sizes), "--seeds": _listed(range(self.repeats))}
        asked |= {"--evaluate-on": str(self.evaluate_on)} if self.evaluate_on else {}
        return ["learning-curve", "--data", self.data, *_flat(asked)]

    @property
    def title(self) -> str:
        """Return the job's line in the sidebar."""
        return f"Learning curve of {', '.join(self.families)} on {_short(self.data)}"


Plan: TypeAlias = FineTune | Linear | Blend | Search | Curve


def preset_settings(preset: Preset) -> dict[str, Any]:
    """Return every setting of a preset: its own, and the defaults for the others; not the seed."""
    return {**{name: value for name, value in DEFAULTS.items() if name != "seed"}, **preset.params}


def changed(plan: FineTune, preset: Preset) -> list[str]:
    """Return in words what of a plan is not as the preset has it, its data and size first."""
    there = {"reviews": plan.data, "train size": plan.train_size}
    asked = {"reviews": preset.data, "train size": preset.limit}
    settings = preset_settings(preset)
    differ = [name for name in there if there[name] != asked[name]]
    return differ + [name.replace("_", " ") for name in settings if plan.settings[name] != settings[name]]


def command(argv: Sequence[str]) -> str:
    """Return the line for a terminal, quoted where a shell would need it."""
    return terminal.command("sentiment_core", *argv)


def check(plan: Plan) -> None:
    """Raise ModelError where a name that was typed cannot be one; numbers have their limits in the form.

    DataError where the data is a file of the server that pages may not name.
    """
    _check_data(plan.data)
    if isinstance(plan, Curve):
        _check_curve(plan)
        return
    if plan.alias:
        models.check_alias(plan.alias)
    if isinstance(plan, Blend):
        if len(plan.members) < 2:
            raise ModelError("a blend needs two models or more; pick them")
        return
    if not isinstance(plan, Linear):
        _check_base(plan.base)


def _check_data(data: str) -> None:
    if data not in DATASETS and not is_stored(data):
        listed.check_file(data, TABLE_SUFFIXES)


def _check_curve(plan: Curve) -> None:
    if not plan.families:
        raise ModelError("a learning curve needs a family; pick one or more")
    if not plan.sizes:
        raise ModelError("a learning curve needs sizes; pick two or more")


def _check_base(base: str) -> None:
    if HUB_NAME.fullmatch(base) and not _is_folder(base):
        return
    if _is_folder(base):
        listed.check_model_folder(base)
        return
    raise ModelError(
        f"base '{base[:80]}' is neither a hub name nor a folder here; give distilbert-minilm (it comes with "
        "the package), a hub name such as distilbert-base-uncased, or one of the folders that are offered"
    )


def _is_folder(path: str) -> bool:
    try:
        return bool(path) and Path(path).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, a null character, no such user
        return False


def _settings(settings: Mapping[str, Any]) -> list[str]:
    """Return the settings as flags; those set by --set only where not the default."""
    flags = {setting: flag for flag, setting in SETTING_FLAGS.items()}
    parts: list[str] = []
    for name, value in settings.items():
        if name in flags:
            parts += [flags[name], _written(value)]
        elif value != DEFAULTS[name]:
            parts += _set(name, value)
    return parts


def _set(name: str, value: Any) -> list[str]:
    return ["--set", f"{name}={_written(value)}"]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _ends(plan: FineTune | Linear | Search) -> list[str]:
    size = ["--train-size", str(plan.train_size)] if plan.train_size else []
    return [*size, "--seed", str(plan.seed), *(["--alias", plan.alias] if plan.alias else [])]


def _flat(flags: dict[str, str]) -> list[str]:
    return [part for pair in flags.items() for part in pair]


def _short(data: str) -> str:
    return Path(data).name

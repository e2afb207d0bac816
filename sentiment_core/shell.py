"""A command of ours as a person pastes it into a shell: one function quotes, whatever names it is given."""

from __future__ import annotations

import shlex


def line(package: str, *argv: str, **options: object) -> str:
    """Return `python -m PACKAGE ARGV --option VALUE`, quoted where a shell would need it.

    A value that begins with a dash is written `--option=VALUE`, so that it is not taken for an option.
    """
    given = [part for name, value in options.items() for part in _option(name.replace("_", "-"), str(value))]
    return shlex.join(["python", "-m", package, *argv, *given])


def _option(name: str, value: str) -> list[str]:
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]

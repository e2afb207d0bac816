"""docs/commands.md says what the commands say."""

from __future__ import annotations

import argparse
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import reelcheck

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "write_commands.py"
REFERENCE = SCRIPT.with_name("commands.md").read_text(encoding="utf-8")
ENTRIES = reelcheck.entries()


def sections() -> dict[str, str]:
    parts = re.split(r"^## reelcheck (.*)\n", REFERENCE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from options(below)


def test_the_reference_is_what_the_commands_say_now():
    made = runpy.run_path(str(SCRIPT))["reference"]()
    assert made == REFERENCE, "run: python docs/write_commands.py"


def test_every_command_has_a_section():
    assert list(sections()) == [entry.words for entry in ENTRIES]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.words)
def test_a_section_names_every_option_and_shows_the_examples(entry):
    section = sections()[entry.words]
    parser = argparse.ArgumentParser(add_help=False)
    entry.command.add_arguments(parser)
    assert {name for name in options(parser) if name not in ("-h", "--help")} - named(section) == set()
    assert entry.command.HELP in section
    for line in entry.command.EXAMPLES.strip().splitlines():
        assert reelcheck.as_typed(line) in section
    assert "python -m" not in section


def named(section: str) -> set[str]:
    titles = re.findall(r"^- `(.*?)`", section, flags=re.MULTILINE)
    return {word.rstrip(",") for title in titles for word in title.split() if word.startswith("-")}


def test_every_link_leads_to_a_heading():
    links = set(re.findall(r"\]\(#(.*?)\)", REFERENCE))
    anchors = {words.replace(" ", "-") for words in re.findall(r"^## (.*)$", REFERENCE, flags=re.MULTILINE)}
    assert links == anchors


def test_the_script_writes_its_file(tmp_path, monkeypatch):
    script = runpy.run_path(str(SCRIPT))
    monkeypatch.setitem(script["main"].__globals__, "FILE", tmp_path / "commands.md")
    script["main"]()
    assert (tmp_path / "commands.md").read_text(encoding="utf-8") == REFERENCE

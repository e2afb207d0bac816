"""Every command that reads a file of reviews has the options that its messages offer."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from attacks.commands import LINE, run
from sentiment_core.command_line import CORE, CommandLine, build_parser, load_commands
from sentiment_core.errors import DataError


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its actions."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from parsers(one)


#: Commands whose --data names reviews that are stored already, not a file of rows.
OF_STORED_DATA = ("purge", "report")


@pytest.mark.parametrize("line", [CORE, LINE], ids=lambda line: line.package)
def test_what_takes_data_also_takes_how_its_rows_are_read(line: CommandLine):
    reading = [
        one
        for one in parsers(build_parser(load_commands(line), line))
        if one.prog.split()[-1] not in OF_STORED_DATA
    ]
    options = [set(one._option_string_actions) for one in reading]
    taking = [names for names in options if "--data" in names]
    assert len(taking) >= 5
    for names in taking:
        assert {"--text-column", "--label-column", "--skip-bad"} <= names


def test_attacks_leave_out_rows_that_cannot_be_used_where_that_is_asked(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("text,label\nfine,1\ndull,0\nso so,neutral\ngood,1\n")
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    asked = ["--model", "m", "--recipe", "r", "--data", str(file)]
    with pytest.raises(DataError):
        run._chosen(parser.parse_args(asked))
    examples, source = run._chosen(parser.parse_args([*asked, "--skip-bad"]))
    assert sorted(example.text for example in examples) == ["dull", "fine", "good"]
    assert source["selection"]["n"] == 100 and parser.parse_args(asked).seed is None

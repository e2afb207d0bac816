"""What every command line of ours shares: its parser, output, errors, exit codes."""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, cast

from sentiment_core import arguments, models, terminal
from sentiment_core.adoption import hub_models
from sentiment_core.commands import COMMANDS
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import Cancelled, ReelcheckError
from sentiment_core.jobs import jobs
from sentiment_core.naming import repositories
from sentiment_core.storage import runs


@dataclass(frozen=True)
class CommandLine:
    """The commands of one package: PROGRAM COMMAND ... runs PACKAGE.commands.COMMAND.

    Attributes:
        names: the commands, each with what it is for, a word by which an overview may group them.
        typed: what the user types to get here; by default `python -m PACKAGE`.
        spoken: rewrites help and errors that name `python -m PACKAGE` to what the user types.
    """

    package: str
    names: Mapping[str, str]
    description: str
    typed: str = ""
    spoken: Callable[[str], str] = str

    @property
    def program(self) -> str:
        """Return what is typed before the command."""
        return self.typed or f"python -m {self.package}"


CORE = CommandLine(
    "sentiment_core", COMMANDS, "Train sentiment classifiers on movie reviews, and measure them."
)

DONE, FAILED, USER_CAN_FIX, INTERRUPTED = 0, 1, 2, 130

#: Arguments that name models, and commands that only look at the shelf.
MODEL_ARGUMENTS = ("model", "models", "baseline", "teacher")
LOOK_ONLY = ("models", "runs")

#: What is wrong with the disk or its permissions rather than with the program.
_DISK_TROUBLES = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "a file reached the size that this shell or disk allows; raise `ulimit -f`",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
}

#: What is wrong with a path that was given.
_PATH_TROUBLES = {
    errno.ENAMETOOLONG: "a name in this path is too long",
    errno.ELOOP: "its links form a loop",
    errno.ENOTDIR: "a part of this path is a file, not a folder",
    errno.EISDIR: "this is a folder, not a file",
}


class Command(Protocol):
    """What each module of commands offers."""

    NAME: str
    HELP: str
    EXAMPLES: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], dict[str, Any]]
    show: Callable[[dict[str, Any]], str]


def main(argv: Sequence[str] | None = None, line: CommandLine = CORE) -> int:
    """Run one command and return its exit code: 0, or 2 with one line for what a user can fix.

    A command whose answer can be no, such as `gate`, offers `exit_code(result)`.
    """
    sys.excepthook = terminal.print_uncaught
    try:
        with _escaped_stderr(), _terminate_like_ctrl_c(), jobs.working() as job:
            commands = load_commands(line)
            parser = build_parser(commands, line)
            args = parser.parse_args(argv)
            arguments.check(args)
            if job and job.resumed:
                _resume(parser, args)
            command = commands[args.command]
            _put_on_shelf(args)
            with _noise_on_stderr():
                result = runs.json_ready(command.run(args))
            if job:
                job.result = result
        _answer(_as_text(command, result, line, getattr(args, "json", False)))
        return getattr(command, "exit_code", _done)(result)
    except ReelcheckError as error:
        return _complain(line.spoken(_one_line(error)), USER_CAN_FIX)
    except Cancelled:
        return _complain("cancelled", INTERRUPTED)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        return _complain("nothing reads the output anymore (broken pipe)", FAILED)
    except OSError as error:
        if error.errno in _PATH_TROUBLES:
            return _complain(f"{_PATH_TROUBLES[error.errno]}: {shown(error.filename)}", USER_CAN_FIX)
        if error.errno not in _DISK_TROUBLES:
            raise
        return _complain(_disk_trouble(error), USER_CAN_FIX)


def _done(result: Mapping[str, Any]) -> int:
    """Return the exit code of a command that has no `exit_code` of its own."""
    return DONE


def load_commands(line: CommandLine = CORE) -> dict[str, Command]:
    """Import every command of a command line, by name."""
    modules = {
        name: importlib.import_module(f"{line.package}.commands.{name.replace('-', '_')}")
        for name in line.names
    }
    return {name: cast(Command, module) for name, module in modules.items()}


def build_parser(commands: dict[str, Command], line: CommandLine = CORE) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; --json is understood after any command."""
    parser = arguments.Parser(
        prog=line.program,
        description=line.description,
        epilog="Every command has --help with examples. REELCHECK_HOME names the folder of all results.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in commands.items():
        sub = subparsers.add_parser(
            name,
            help=command.HELP.replace("%", "%%"),  # argparse fills in this one, but not the description
            description=command.HELP,
            epilog=line.spoken(f"examples:\n{_indented(command.EXAMPLES)}"),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(sub)
        _add_json(sub)
        _speak(sub, line)
    return parser


def _resume(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Act as if --resume had been typed after the command, where it has that flag and it was not given."""
    for action in _subparsers(parser)[args.command]._actions:
        if action.dest == "resume" and args.resume == action.default:
            args.resume = action.const


def _put_on_shelf(args: argparse.Namespace) -> None:
    """Fetch the models of the hub that were typed as OWNER/NAME and are not on the shelf yet.

    Only here, for names that a person typed: no page and no file makes us fetch one.
    """
    if args.command in LOOK_ONLY:
        return
    given = [getattr(args, name, None) for name in MODEL_ARGUMENTS]
    names = [name for value in given for name in (value if isinstance(value, list | tuple) else [value])]
    for name in filter(None, names):
        if repositories.is_model(name) and models.of_hub(name) is None:
            card = hub_models.add(name, progress=jobs.job_progress())
            said = card.manifest["details"]["outputs"]
            print(terminal.one_line(f"{name} is on the shelf as {card.short_name}; {said}"), file=sys.stderr)


def _subparsers(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the parsers directly below this one, by what is typed to reach them."""
    below: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below |= action.choices
    return below


def _add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json to a parser and to all parsers below it (`data list --json`)."""
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object instead of text"
    )
    for below in _subparsers(parser).values():
        _add_json(below)


def _speak(parser: argparse.ArgumentParser, line: CommandLine) -> None:
    """Let the help of a parser, and of all below it, name the program that was typed."""
    for action in parser._actions:
        action.help = line.spoken(action.help) if action.help else action.help
    for below in _subparsers(parser).values():
        _speak(below, line)


def _indented(examples: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())


def _as_text(command: Command, result: dict[str, Any], line: CommandLine, as_json: bool) -> str:
    if as_json:
        return json.dumps(result, ensure_ascii=False, allow_nan=False)
    return line.spoken(command.show(result))


def _answer(text: str) -> None:
    """Print the result, which is all that goes to stdout."""
    try:
        print(terminal.escaped(text), flush=True)
    except OSError:
        # Python flushes stdout again at exit, which would report the error a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


@contextlib.contextmanager
def _noise_on_stderr() -> Iterator[None]:
    """Redirect to stderr what libraries, and processes started by them, print on stdout."""
    sys.stdout.flush()
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(answer, 1)
        os.close(answer)


@contextlib.contextmanager
def _escaped_stderr() -> Iterator[None]:
    """Escape everything printed on stderr: by argparse, a command, a library or a progress bar."""
    with contextlib.redirect_stderr(terminal.escaping(sys.stderr)):
        yield


@contextlib.contextmanager
def _terminate_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that process pools are shut down and files removed."""
    try:
        before = signal.signal(signal.SIGTERM, _interrupt)
    except ValueError:  # not in the main thread: signals are not ours to handle
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _complain(line: str, code: int) -> int:
    print(f"error: {terminal.one_line(line)}", file=sys.stderr)
    return code


def _disk_trouble(error: OSError) -> str:
    where = f" (writing {error.filename})" if error.filename else ""
    return f"{_DISK_TROUBLES[error.errno or 0]}{where}, or set REELCHECK_HOME to another folder"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())

"""Run the commands of the tutorial and of the idea pages, and write what they print below them.

    python docs/write_outputs.py            # --check compares and writes nothing

Each block of `sh` is run, all in one shell that starts in an empty folder; the block of `text` after it holds
what it prints to standard output. An output is rewritten when more than run ids and durations differ, so that
a second run changes nothing. --check leaves all numbers out of the comparison: another machine may differ in
a last digit.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
COMMAND = "python docs/write_outputs.py"

_BLOCK = re.compile(
    r"^```sh\n(?P<commands>.*?)^```$(?:\n\n^```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_RUN_ID = re.compile(r"\b\d{8}t\d{6,9}-[\w-]+|\b[a-z]+-\d{8}t\d{6}-[0-9a-f]+")
_DURATION = re.compile(r"\b[\d.,]+ (s|a second)\b")
_END = "\x1e"


def main() -> None:
    """Run everything; write or check the outputs."""
    checking = "--check" in sys.argv
    texts = {path: path.read_text(encoding="utf-8") for path in pages()}
    commands = [block for text in texts.values() for block in blocks(text)]
    outputs, trouble = run(commands)
    printed = iter([*outputs, *[None] * (len(commands) - len(outputs))])
    stale = []
    for path, text in texts.items():
        after = _BLOCK.sub(lambda block: _with_output(block, next(printed), digits=not checking), text)
        if after != text:
            stale.append(path.name)
            if not checking:
                path.write_text(after, encoding="utf-8")
    if trouble:
        sys.exit(trouble)
    if checking and stale:
        sys.exit(f"{', '.join(stale)}: the commands print something else by now; run `{COMMAND}`")


def pages() -> list[Path]:
    """Return the documents whose commands are run, in order: the idea pages use the tutorial's models."""
    return [DOCS / "tutorial.md", *sorted((DOCS / "ideas").glob("*.md"))]


def blocks(text: str) -> list[str]:
    """Return the commands of each block of a page."""
    return [block["commands"] for block in _BLOCK.finditer(text)]


def run(commands: list[str]) -> tuple[list[str], str]:
    """Return what each block prints, and what went wrong; one shell for all ends at the first error."""
    script = "".join(f"{block}\nprintf '{_END}'\n" for block in commands)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "110",
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    *outputs, last = done.stdout.split(_END)
    failed = f"exit code {done.returncode} in:\n{commands[len(outputs)]}\n{last}" if done.returncode else ""
    return outputs, failed


def _with_output(block: re.Match[str], printed: str | None, *, digits: bool) -> str:
    """Return a block with what it printed; as it is where there is nothing to write or nothing new."""
    before = block["output"]
    if before is None or printed is None or masked(before, digits=digits) == masked(printed, digits=digits):
        return block[0]
    return f"```sh\n{block['commands']}```\n\n```text\n{printed.strip()}\n```"


def masked(text: str, *, digits: bool) -> str:
    """Return a text without run ids and durations; with `digits` false also without any number."""
    text = _DURATION.sub("N s", _RUN_ID.sub("RUN", text)).strip()
    return text if digits else re.sub(r"[ \t]+", " ", re.sub(r"[+-]?\d[\d,.]*", "N", text))


if __name__ == "__main__":
    main()

"""The words on buttons: the same action has the same words on every page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "dashboard"
KINDS = ("button", "download_button", "page_link")
#: Words that leave open what they do, or name what other buttons call otherwise, and what to write instead.
OTHERWISE = {
    r"Delete\b": "Remove",
    r"(Start|Run|Go|Probe|Attack)$": "Start and what starts",
    r"Measure$": "Measure and what is measured",
    r"(Stop|Abort)\b": "Cancel",
    r"(Continue|Go on)\b": "Resume",
    r"(Keep|Store it)$": "Save",
    r"(Export|Get)\b": "Download",
    r"(All reviews|Reset the filters)$": "Clear the filters",
    r"(Hide|Close)$": "Dismiss",
}


def written() -> Iterator[tuple[str, str, str]]:
    """Yield (file and line, kind, words) for each label that stands in the source."""
    for path in sorted(DASHBOARD.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in KINDS:
                labels = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "label")]
                for label in (part for given in labels for part in branches(given)):
                    place = f"{path.relative_to(DASHBOARD)}:{node.lineno}"
                    yield place, node.func.attr, label


def branches(node: ast.expr) -> Iterator[str]:
    """Yield a label's words; both of `a if b else c`; of an f-string what is certain, `{}` for the rest."""
    if isinstance(node, ast.IfExp):
        yield from branches(node.body)
        yield from branches(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


LABELS = list(written())


def test_the_labels_are_found() -> None:
    assert len(LABELS) > 45 and {"Resume", "Remove", "Clear the filters"} <= {words for *_, words in LABELS}


@pytest.mark.parametrize(("place", "kind", "words"), LABELS, ids=[f"{a}-{c}" for a, _, c in LABELS])
def test_a_button_says_what_it_does_in_the_words_of_every_page(place: str, kind: str, words: str) -> None:
    for other, instead in OTHERWISE.items():
        assert not re.match(other, words), f"{place}: {words!r}; write {instead}"
    if kind == "download_button":
        assert re.match(r"Download\b", words), f"{place}: {words!r} does not begin with Download"
    first, *others = re.sub(r"[*{}]", "", words).split() or [""]
    names = {"Robustness", "Errors", "CSV", "JSON"}  # pages and formats
    titled = [word for word in others if word[0].isupper() and word not in names]
    assert not titled, f"{place}: {words!r} is not in sentence case"

"""Names that people give are shown as they are: escaped once where Markdown or HTML is drawn, else never."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attack_workspace import batch
from opened_pages import measured
from probe_workspace import capability
from streamlit.testing.v1 import AppTest

from attacks.probing import runs
from dashboard.wording import escape_markdown, message_markdown
from sentiment_core import models

#: Every character that Markdown or Streamlit's own directives read, and what HTML reads; between marks.
NAME = "q1\\`*_{}[]()#+-.!|~$:<b>&\"'q2"
FOUND = re.compile(r"q1.*?q2", re.DOTALL)

#: Elements whose text is Markdown, and which of their fields.
MARKDOWN = {
    "markdown": ("body",),
    "heading": ("body", "help"),
    "alert": ("body",),
    "button": ("label", "help"),
    "download_button": ("label", "help"),
    "page_link": ("label", "help"),
    "selectbox": ("label", "help"),
    "multiselect": ("label", "help"),
    "expandable": ("label",),
    "progress": ("text",),
}
VIEWS = (
    "home",
    "data",
    "evaluate",
    "errors",
    "review",
    "attack",
    "robustness",
    "probes",
    "bias",
    "experiments",
    "improve",
    "live",
)
PARTS = [
    *((view, "") for view in VIEWS),
    *(("robustness", part) for part in ("queries", "changed", "vulnerable", "transfer", "pairs", "files")),
    *(("probes", part) for part in ("reviews", "own", "runs")),
    *(("bias", part) for part in ("groups", "slices", "weakest", "toxicity", "files")),
    ("experiments", "start"),
]


@pytest.fixture
def named(tiny_workspace: Path) -> Path:
    """Both models, the data and a probe are called NAME, and a batch of each model is kept."""
    runs.run_probes("tfidf", [capability(["A fine film.", "A dull film."], "own-one", NAME)])
    for alias in ("tfidf", "nbsvm"):
        batch(alias, ["succeeded", "failed", "skipped", "errored"], data_name=NAME)
    for path in tiny_workspace.glob("runs/evaluation/*/manifest.json"):
        kept = json.loads(path.read_text())
        kept["data"]["name"] = NAME
        path.write_text(json.dumps(kept))
    for path in tiny_workspace.glob("models/*/manifest.json"):
        kept = json.loads(path.read_text())
        kept["data"]["name"] = NAME
        path.write_text(json.dumps(kept))
    aliases = {NAME: models.resolve("tfidf").model_id, f"{NAME} too": models.resolve("nbsvm").model_id}
    (tiny_workspace / "models" / "aliases.json").write_text(json.dumps(aliases))
    return tiny_workspace


def elements(app: AppTest) -> Iterator[tuple[str, Any]]:
    """Yield (kind, protobuf) of all that is drawn, containers too."""
    todo = list(app._tree.children.values())
    while todo:
        node = todo.pop()
        proto = getattr(node, "proto", None)
        if proto is not None:
            yield str(node.type), proto
        todo += list(getattr(node, "children", {}).values())


def test_the_workspace_is_named_as_the_test_thinks(app: AppTest, named: Path) -> None:
    app.run()
    assert not app.exception and app.selectbox("model_a").options[0] == NAME


@pytest.mark.parametrize(("view", "part"), PARTS)
def test_a_name_of_all_special_characters_is_escaped_once_on_every_page(
    app: AppTest, named: Path, view: str, part: str
) -> None:
    app.query_params["data"] = measured(NAME, 60)[0]
    app.query_params["model_a"], app.query_params["model_b"] = (
        card.model_id for card in models.list_models()
    )
    if part:
        app.query_params["part"] = part
    app.switch_page(f"views/{view}/page.py").run()
    assert not app.exception
    seen = 0
    for kind, proto in elements(app):
        for text, expected in texts_of(kind, proto):
            for found in FOUND.findall(text):
                seen += 1
                assert found == expected, f"{kind}: {text}"
    assert seen, "the name is nowhere on the page"


def texts_of(kind: str, proto: Any) -> Iterator[tuple[str, str]]:
    """Yield what an element draws and how NAME stands in it when it is escaped once."""
    if kind == "html":
        yield proto.body, html.escape(NAME)
        return
    if kind == "json":
        return  # shown as JSON, which has its own escapes
    fields = MARKDOWN.get(kind, ("label", "help", "body", "placeholder"))
    for field in fields:
        if isinstance(text := getattr(proto, field, ""), str):
            yield text, escape_markdown(NAME)
    if kind == "button_group":
        for option in proto.options:
            yield option.content, escape_markdown(NAME)
    elif hasattr(proto, "options") and kind in ("selectbox", "multiselect"):
        for option in proto.options:
            yield option, NAME


def test_a_message_shows_the_command_that_it_names_as_code_and_nothing_else() -> None:
    shown = message_markdown("no `<b>x</b>`; run `python -m attacks probe --model a_b` *now*")
    assert shown == r"no \`\<b\>x\</b\>\`; run `python -m attacks probe --model a_b` \*now\*"

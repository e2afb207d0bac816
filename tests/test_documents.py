"""The documents say what the commands, the folders, the imports and the kept figures say."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scipy import stats

from dashboard import reelcheck
from sentiment_core import command_line
from sentiment_core.command_line import CommandLine

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import figures_of_runs  # noqa: E402  scripts beside the documents, which import one another by name
import generated  # noqa: E402
import write_folders  # noqa: E402
import write_outputs  # noqa: E402
import write_tables  # noqa: E402

DOCUMENTS = generated.documents()
BY_HAND = [path for path in DOCUMENTS if path.name != "commands.md"]
TABLES = write_tables.tables()
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Figures that are shares of n: their interval is Wilson's, whatever run they came from.
SHARES = (
    "accuracy_before",
    "accuracy_under_attack",
    "valid_accuracy_under_attack",
    "accuracy",
    "before",
    "after",
)


def prose(text: str) -> str:
    return _FENCED.sub("", text)


def typed_commands(path: Path) -> list[str]:
    """Return the lines of a document's blocks that start one of our commands; outputs are no commands."""
    found = []
    for language, block in _FENCED.findall(path.read_text(encoding="utf-8")):
        lines = [] if language == "text" else block.splitlines()
        found += [line for line in lines if re.match(r"reelcheck |python -m (sentiment_core|attacks) ", line)]
    return found


def line_and_words(command: str) -> tuple[CommandLine, list[str]]:
    """Return the command line that a typed command belongs to, and the words after its name."""
    words = shlex.split(command.split(" | ")[0], comments=True)
    if words[0] == "python":
        lines = {"sentiment_core": command_line.CORE, "attacks": reelcheck.attack_line()}
        return lines[words[2]], words[3:]
    if words[1] == reelcheck.ATTACK:
        return reelcheck.attack_line(), words[2:]
    for line in reelcheck.short_lines():
        if words[1] in line.names:
            return line, words[1:]
    raise AssertionError(f"{command!r}: there is no such command")


@every_document
def test_every_command_of_a_document_is_understood(path):
    for command in typed_commands(path):
        line, words = line_and_words(command)
        parser = command_line.build_parser(command_line.load_commands(line), line)
        try:
            parser.parse_args(words)
        except SystemExit:
            pytest.fail(f"{path.name}: `{command}` is not understood")


def test_there_are_commands_to_look_at():
    assert sum(len(typed_commands(path)) for path in BY_HAND) > 40


@every_document
def test_every_command_named_in_a_sentence_exists(path):
    for named in re.findall(r"`(reelcheck [a-z][^`]*)`", prose(path.read_text(encoding="utf-8"))):
        line, words = line_and_words(named)
        if words[0] != "COMMAND":  # any of them
            assert words[0] in line.names, named


@every_document
def test_every_link_leads_to_a_file_and_a_heading(path):
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text(encoding="utf-8"))):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            wrong.append(target)
    assert wrong == []


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub names them."""
    titles = re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("script", [write_folders, write_tables], ids=lambda script: script.__name__)
def test_lists_and_tables_are_what_the_scripts_write(script, monkeypatch):
    monkeypatch.setattr(sys, "argv", [script.__name__, "--check"])
    script.main()


def test_every_generated_part_has_a_script_and_every_table_a_place():
    names = [name for path in DOCUMENTS for name in generated.parts(path.read_text(encoding="utf-8"))]
    rooms = {f"rooms/{package}" for package in write_folders.PACKAGES}
    assert sorted(names) == sorted({"folders", *rooms, *(f"table/{name}" for name in TABLES)})


def test_a_part_is_replaced_between_its_markers_and_nothing_else_changes():
    text = "a\n<!-- begin x: written by s -->\nold\n<!-- end x -->\nb\n"
    text += "<!-- begin y: written by s -->\n<!-- end y -->\n"
    after = generated.filled(text, {"x": "new \\1\n"})
    assert after == text.replace("old\n", "\nnew \\1\n\n")
    assert generated.filled(after, {"x": "new \\1"}) == after


@pytest.mark.parametrize("package", write_folders.PACKAGES)
def test_rooms_import_only_rooms_listed_below_them(package):
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- `(\w+)/?`: ", generated.parts(text)[f"rooms/{package}"], flags=re.MULTILINE)
    place = {room: number for number, room in enumerate(listed)}
    upward = [
        f"{room} imports {other}"
        for room, others in write_folders.imported_rooms(package).items()
        for other in sorted(others)
        if place[other] < place[room]
    ]
    assert upward == []


def test_each_folder_s_docstring_is_one_sentence():
    folders = [path for package in write_folders.PACKAGES for path in (ROOT / package).rglob("__init__.py")]
    for path in folders:
        said = path.read_text(encoding="utf-8").split('"""')[1]
        assert re.fullmatch(r"[^\n]+[.?]", said), path
        assert not re.search(r"[.?!]\s", said), path


def test_the_table_of_what_can_be_added_names_files_and_registries_that_are_there():
    rows = re.findall(
        r"^\| ([\w ]+) \| `([\w/]+)NAME[\w/.]*\.py`.*?\| in `(\w+)`, `([\w/.]+)`", README, re.MULTILINE
    )
    assert [row[0] for row in rows] == [
        "model family",
        "metric",
        "explainer",
        "recipe",
        "probe",
        "identity",
        "page",
        "command",
    ]
    for _, folder, registry, file in rows:
        assert (ROOT / folder).is_dir()
        assert re.search(rf"^{registry}\b", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "ideas").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_about_an_idea_is_short_and_shows_it(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    assert "## See it" in text and write_outputs.blocks(text)


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_are_written_in_plain_words(path):
    puzzling = r"\b(told|mend\w*|foolings?|validly|gone? on with|the brief's?|stands? twice)\b"
    assert re.findall(puzzling, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", TABLES)
def test_the_interval_of_every_share_in_a_table_is_wilson_s(name):
    for row in TABLES[name]["rows"]:
        for figure in (row[share] for share in SHARES if isinstance(row.get(share), dict)):
            if "ci_low" in figure:
                count = round(figure["value"] * figure["n"])
                assert count / figure["n"] == pytest.approx(figure["value"], abs=1e-6)
                expected = stats.binomtest(count, figure["n"]).proportion_ci(method="wilson")
                assert (figure["ci_low"], figure["ci_high"]) == pytest.approx(tuple(expected), abs=2e-6)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_names_columns_and_the_command_that_made_it(name):
    table = TABLES[name]
    columns = {column["name"] for column in table["columns"]}
    assert table["about"].endswith(".") and table["command"].startswith("python ")
    for row in table["rows"]:
        assert set(row) - {"run"} <= columns
        figures = [cell for cell in row.values() if isinstance(cell, dict) and "value" in cell]
        assert all(figure["n"] > 0 for figure in figures)


def test_the_rows_of_attacks_name_recipes_that_there_are():
    from attacks.recipes import RECIPES

    runs = [row["run"] for table in TABLES.values() for row in table["rows"] if "run" in row]
    assert len(runs) >= 15
    assert {run["recipe"] for run in runs} <= set(RECIPES)


def box() -> Path:
    (folder,) = (path.parent for path in (ROOT / "sentiment_core").rglob("reference/runs"))
    return folder


def manifests(kind: str) -> list[dict]:
    found = sorted((box() / "runs" / kind).glob("*/manifest.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


def test_the_figures_of_the_model_in_the_box_are_those_of_its_kept_runs():
    rows = {row["data"]: row for row in TABLES["evaluations"]["rows"] if row["model"] == "`reference`"}
    for kept in manifests("evaluation"):
        row = rows[f"`{kept['data']['name']}` {kept['data']['split']}, n = {kept['n']:,}"]
        for name in ("accuracy", "f1", "roc_auc", "log_loss", "ece"):
            assert row[name] == pytest.approx(kept["metrics"][name], abs=1e-6)
    attacks = {row["recipe"]: row for row in TABLES["attacks-in-the-box"]["rows"]}
    for kept in manifests("attack"):
        for name in ("accuracy_before", "accuracy_under_attack", "queries", "words_changed_share"):
            assert attacks[f"`{kept['recipe']['name']}`"][name] == pytest.approx(
                kept["figures"][name], abs=1e-6
            )
    probes = {row["capability"]: row for row in TABLES["probes"]["rows"]}
    (kept,) = manifests("probe")
    for line in kept["matrix"]:
        assert probes[line["title"]]["reference"] == pytest.approx(line["failure_rate"], abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("evaluation", "evaluations"), ("attack", "attacks-in-the-box"), ("probe", "probes")],
)
def test_a_table_is_made_from_the_finished_runs_of_a_workspace(kind, name, reelcheck_home):
    shutil.copytree(box(), reelcheck_home, dirs_exist_ok=True)
    (reelcheck_home / "runs" / kind / f"20260101t000000000-{kind}-x-00000000").mkdir()  # not finished
    table = figures_of_runs.TABLES[kind]()
    kept = [row for row in TABLES[name]["rows"] if row.get("model", "`reference`") == "`reference`"]
    left_out = ("model", "tfidf")  # on this shelf the model has no alias, and it is alone
    assert [without(row, left_out) for row in table["rows"]] == [without(row, left_out) for row in kept]
    assert json.loads(figures_of_runs._json(table)) == table
    assert write_tables.markdown(table).count("\n|") == len(table["rows"]) + 2


def without(row: dict, names: tuple[str, ...]) -> dict:
    return {name: cell for name, cell in row.items() if name not in names}


@pytest.mark.parametrize(
    ("content", "column", "written"),
    [
        ({"value": 0.94, "ci_low": 0.8752, "ci_high": 0.9722, "n": 100}, {"scale": 100}, "94 [88, 97]"),
        ({"value": 8320, "n": 40}, {}, "8,320"),
        ({"value": -0.031, "ci_low": -0.05, "ci_high": 0.0, "n": 34, "label": "female"},
         {"scale": 100, "decimals": 1, "signed": True, "show_n": True}, "female -3.1 [-5.0, +0.0], n = 34"),
        ({"value": 0.123, "ci_low": 0.1, "ci_high": 0.2, "n": 9},
         {"scale": 100, "decimals": 1, "unit": "%"}, "12.3 % [10.0, 20.0]"),
        ({"value": None, "n": 0, "reason": "no review was fooled"}, {}, "undefined: no review was fooled"),
        ({"value": float("nan"), "n": 0}, {}, "undefined: no reason given"),
    ],
)  # fmt: skip
def test_a_figure_is_written_with_its_interval_or_its_reason(content, column, written):
    assert write_tables.figure(content, column) == written


def test_a_text_in_a_table_cannot_end_its_cell():
    table = {
        "about": "A.",
        "command": "c",
        "columns": [{"name": "a", "title": "a"}],
        "rows": [{"a": "x | y"}],
    }
    assert "| x \\| y |" in write_tables.markdown(table)


def test_outputs_are_compared_without_what_differs_between_two_runs():
    first = "kept as 20261129t012530783-probe-tfidf-3f314ec1 in 45 s, 90.2 %\n"
    again = "kept as 20261130t000000000-probe-tfidf-00000000 in 1.5 s, 90.2 %"
    other = again.replace("90.2", "90.3")
    assert write_outputs.masked(first, digits=True) == write_outputs.masked(again, digits=True)
    assert write_outputs.masked(first, digits=True) != write_outputs.masked(other, digits=True)
    assert write_outputs.masked(first, digits=False) == write_outputs.masked(other, digits=False)
    assert write_outputs.masked("holds", digits=False) != write_outputs.masked("fails", digits=False)


def test_a_command_that_fails_is_named_and_what_was_printed_before_it_is_kept():
    outputs, trouble = write_outputs.run(["echo fine\n", "echo before; exit 3\n", "echo never\n"])
    assert outputs == ["fine\n"]
    assert trouble == "exit code 3 in:\necho before; exit 3\n\nbefore\n"
    assert write_outputs.run(["A=film\n", "echo $A\n"]) == (["", "film\n"], "")


def test_outputs_are_written_once_and_a_check_notices_what_changed(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    blocks = ["```sh\nA=film\n```\n", "```sh\necho $A 12\n```\n\n```text\n```\n"]
    page.write_text("\n".join(blocks), encoding="utf-8")
    monkeypatch.setattr(write_outputs, "pages", lambda: [page])
    monkeypatch.setattr(sys, "argv", ["write_outputs.py"])
    write_outputs.main()
    written = page.read_text(encoding="utf-8")
    assert written == "\n".join(blocks).replace("```text\n", "```text\nfilm 12\n")
    monkeypatch.setattr(sys, "argv", ["write_outputs.py", "--check"])
    page.write_text(written.replace("film 12", "film 13"), encoding="utf-8")
    write_outputs.main()
    page.write_text(written.replace("film 12", "movie 12"), encoding="utf-8")
    with pytest.raises(SystemExit, match="page.md: the commands print something else"):
        write_outputs.main()
    assert "movie 12" in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_commands_of_the_tutorial_and_the_ideas_print_what_is_shown_below_them(monkeypatch):
    monkeypatch.delenv("REELCHECK_HOME")
    script = ROOT / "docs" / "write_outputs.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]

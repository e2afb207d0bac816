"""The notebooks run as they are, and what they keep is what their cells show."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import write_notebooks  # noqa: E402  a script beside the documents
from write_notebooks import VARIES, said, with_kept  # noqa: E402

NOTEBOOKS = write_notebooks.notebooks()
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
MOST_BYTES = 40_000
#: "91.7 % [90.8, 92.5], n = 4,000", or points.
_FIGURE = re.compile(r"\d(?: %| points)? \[-?[\d.]+, -?[\d.]+\], n = [\d,]+")
_PATH = re.compile(r"(^|[\s\"'(=])(/(home|tmp|root|work|Users|var|opt)/|[A-Z]:\\|~/)")


def opened(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell(source="", outputs=(), tags=()):
    made = nbformat.v4.new_code_cell(source, outputs=list(outputs))
    made.metadata["tags"] = list(tags)
    return made


def printed(text):
    return nbformat.v4.new_output("stream", text=text)


def test_the_five_stages_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "1-data-load",
        "2-representation",
        "3-transformers",
        "4-optimization",
        "5-deployment",
    ]


@every_notebook
def test_a_notebook_is_valid_and_written_as_the_script_writes_it(path):
    notebook = opened(path)
    nbformat.validate(notebook)
    assert path.read_text(encoding="utf-8") == write_notebooks.written(notebook)


@every_notebook
def test_every_cell_was_run_in_order_and_none_failed_or_warned(path):
    cells = code(opened(path))
    assert [one.execution_count for one in cells] == list(range(1, len(cells) + 1))
    outputs = [output for one in cells for output in one.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]


@every_notebook
def test_a_notebook_is_short_and_its_outputs_are_small_and_name_no_folder_of_a_machine(path):
    notebook = opened(path)
    assert path.stat().st_size <= MOST_BYTES
    assert max(one.source.count("\n") for one in notebook.cells) < 25
    assert _PATH.findall(path.read_text(encoding="utf-8")) == []


@every_notebook
def test_a_notebook_ends_with_what_was_learned_and_its_figures_have_n_and_an_interval(path):
    title, last = opened(path).cells[-2:]
    assert title.source == "## What was learned"
    assert _FIGURE.search(last.outputs[0].text)
    assert len(last.outputs) == 1 and len(last.outputs[0].text.strip().splitlines()) == 2


@every_notebook
def test_every_link_of_a_notebook_leads_to_a_file(path):
    text = "\n".join(one.source for one in opened(path).cells if one.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (path.parent / link.partition("#")[0]).exists()] == []


def test_numbers_are_compared_except_in_cells_that_are_tagged():
    low, high = [printed("accuracy 0.71 of 240\n")], [printed("accuracy 0.72 of 240\n")]
    assert said(low, cell()) != said(high, cell())
    assert said(low, cell(tags=[VARIES])) == said(high, cell(tags=[VARIES]))
    assert said(low, cell(tags=[VARIES])) != said([printed("recall 0.71 of 240")], cell(tags=[VARIES]))


def test_an_output_that_says_the_same_stays_and_another_is_replaced():
    before = nbformat.v4.new_notebook(
        cells=[cell("a", [printed("0.71")], [VARIES]), cell("b", [printed("one")])]
    )
    after = copy.deepcopy(before)
    after.cells[0].outputs[0].text, after.cells[1].outputs[0].text = "0.72", "two"
    after.cells[1].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="a warning"))
    kept = with_kept(before, after)
    assert [[output.text for output in one.outputs] for one in kept.cells] == [["0.71"], ["two"]]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_notebooks_run_one_after_the_other_and_show_what_they_keep():
    script = ROOT / "docs" / "write_notebooks.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]

"""The house: imports go one way, heavy libraries wait until they are needed, nothing loaded can run code."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: From top to bottom: a package may import itself and those after it.
LAYERS = ("dashboard", "attacks", "sentiment_core")
HEAVY = ("torch", "transformers", "textattack", "streamlit")
SOURCES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


class Import(NamedTuple):
    """One imported module, where it stands, and whether importing the file runs it."""

    module: str
    line: int
    at_top: bool

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> list[Import]:
    return list(_imports(tree(path), at_top=True))


def _imports(node: ast.AST, at_top: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_top) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            name = "." * child.level + (child.module or "")
            yield Import(name, child.lineno, at_top)
        elif isinstance(child, ast.If) and _only_for_types(child):
            yield from (found._replace(at_top=False) for found in _imports(child, at_top))
        else:
            in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, at_top and not in_function)


def _only_for_types(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def modules_of(*layers: str) -> list[str]:
    paths = [path.relative_to(ROOT).with_suffix("") for path in SOURCES if layer_of(path) in layers]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def run_python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_something_to_look_at():
    assert {layer_of(path) for path in SOURCES} == set(LAYERS)
    assert len(SOURCES) > 20


def test_the_walk_sees_where_an_import_stands(tmp_path):
    path = tmp_path / "sample.py"
    path.write_text(
        "import a.b\n"
        "if TYPE_CHECKING:\n    import c\n"
        "try:\n    from d import e\nexcept ImportError:\n    pass\n"
        "class K:\n    import f\n    def g(self):\n        from h.i import j\n"
        "from . import k\n"
    )
    assert [(found.module, found.package, found.at_top) for found in imports(path)] == [
        ("a.b", "a", True),
        ("c", "c", False),
        ("d", "d", True),
        ("f", "f", True),
        ("h.i", "h", False),
        (".", "", True),
    ]


def test_imports_go_from_the_dashboard_to_the_attacks_to_the_core():
    wrong = [
        f"{where(path, found.line)} imports {found.module}"
        for path in SOURCES
        for found in imports(path)
        if found.package in LAYERS[: LAYERS.index(layer_of(path))]
    ]
    assert wrong == []


def test_imports_are_absolute():
    wrong = [where(path, found.line) for path in SOURCES for found in imports(path) if found.package == ""]
    assert wrong == []


def test_only_the_dashboard_imports_streamlit_and_its_charts_do_not():
    wrong = [
        where(path, found.line)
        for path in SOURCES
        for found in imports(path)
        if found.package == "streamlit" and (layer_of(path) != "dashboard" or path.name.startswith("charts"))
    ]
    assert wrong == []


def test_only_the_attacks_import_textattack_and_only_inside_functions():
    wrong = [
        where(path, found.line)
        for path in SOURCES
        for found in imports(path)
        if found.package == "textattack" and (layer_of(path) != "attacks" or found.at_top)
    ]
    assert wrong == []


def test_nothing_is_loaded_that_could_run_code():
    banned = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    wrong = [
        f"{where(path, found.line)} imports {found.module}"
        for path in SOURCES
        for found in imports(path)
        if found.package in banned
    ]
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle"):
                safe = isinstance(node.value, ast.Constant) and node.value.value is False
                wrong += [] if safe else [f"{where(path, node.value.lineno)} {node.arg}"]
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.load", "eval", "exec"):
                wrong.append(f"{where(path, node.lineno)} calls {ast.unparse(node.func)}")
    assert wrong == []


def test_a_file_is_named_after_what_it_is_about():
    assert [path for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc"}] == []


def test_no_file_beside_home_hides_a_package():
    """Streamlit puts dashboard/ first on the path: dashboard/attacks.py would be taken for attacks."""
    beside = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not beside & {*LAYERS, *HEAVY, "pages"}


@pytest.fixture(scope="module")
def loaded_by_module() -> dict[str, list[str]]:
    """Import every module below the dashboard in one fresh process; note which one brings what in."""
    code = (
        "import importlib, json, sys\n"
        "heavy, names = json.loads(sys.argv[1]), json.loads(sys.argv[2])\n"
        "brought, there = {}, set()\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "    now = set(heavy) & set(sys.modules)\n"
        "    brought[name] = sorted(now - there)\n"
        "    there |= now\n"
        "print(json.dumps(brought))\n"
    )
    return json.loads(
        run_python(code, json.dumps(HEAVY), json.dumps(modules_of("attacks", "sentiment_core")))
    )


def test_importing_a_module_of_ours_loads_no_heavy_library(loaded_by_module):
    assert {name: brought for name, brought in loaded_by_module.items() if brought} == {}


def test_importing_the_dashboard_s_modules_loads_no_model_library():
    names = [
        name for name in modules_of("dashboard") if name != "dashboard.Home" and ".views" not in name
    ]  # Home and the views are scripts: importing one draws a page
    code = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    importlib.import_module(name)\n"
        "print(json.dumps(sorted({'torch', 'transformers', 'textattack'} & set(sys.modules))))\n"
    )
    assert json.loads(run_python(code, json.dumps(names))) == []


def test_importing_our_modules_leaves_loggers_and_the_environment_alone():
    code = (
        "import importlib, json, logging, os, sys\n"
        "logger = logging.getLogger('someone.else')\n"
        "logger.setLevel(logging.INFO)\n"
        "before = (dict(os.environ), list(logging.root.handlers), logging.root.level)\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    importlib.import_module(name)\n"
        "after = (dict(os.environ), list(logging.root.handlers), logging.root.level)\n"
        "assert before == after, (before, after)\n"
        "assert not logger.disabled and logger.isEnabledFor(logging.INFO)\n"
        "assert logging.root.manager.disable == 0\n"
    )
    run_python(code, json.dumps(modules_of("attacks", "sentiment_core")))


def test_importing_our_modules_writes_nothing(tmp_path):
    code = (
        "import importlib, json, os, sys\n"
        "os.environ['REELCHECK_HOME'] = sys.argv[2]\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    importlib.import_module(name)\n"
    )
    home = tmp_path / "home"
    run_python(code, json.dumps(modules_of("attacks", "sentiment_core")), str(home))
    assert not home.exists()

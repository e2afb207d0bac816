"""Registries: each file in their folders is registered, and to add a thing is a file and an entry."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: What lies in a registry's folder besides its entries: the contract that they keep. None may be added.
SHARED = {
    "sentiment_core/classifiers": "base",
    "sentiment_core/metrics": "base",
    "sentiment_core/explainers": "",
    "sentiment_core/commands": "figures",
    "attacks/commands": "",
    "attacks/recipes": "",
    "attacks/probes": "",
    "attacks/identities": "",
    "dashboard/commands": "",
    "dashboard/views": "",
}


def entries(folder: str) -> set[str]:
    """Return the modules that a registry names: by `module.THING`, or as a command or page by its name."""
    where = ROOT / ("dashboard/navigation.py" if folder == "dashboard/views" else f"{folder}/__init__.py")
    found, package, lies_in = set(), folder.replace("/", "."), {}
    for statement in ast.parse(where.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and f"{statement.module}.".startswith(f"{package}."):
            below = f"{statement.module}."[len(package) + 1 :].partition(".")[0]
            lies_in |= {alias.name: below or alias.name for alias in statement.names}
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        for node in ast.walk(statement.value):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.add(lies_in.get(node.value.id, node.value.id))
            if isinstance(node, ast.Dict) and folder.endswith("commands"):
                found |= {
                    str(key.value).replace("-", "_") for key in node.keys if isinstance(key, ast.Constant)
                }
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "View":
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.mark.parametrize("folder", SHARED)
def test_every_file_in_a_registry_s_folder_is_registered(folder):
    files = {
        path.stem
        for path in (ROOT / folder).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"__init__"}
    registered, shared = entries(folder) & files, set(SHARED[folder].split())
    assert registered
    assert sorted(files - registered - shared) == []
    assert sorted(shared - (files - registered)) == [], (
        "no longer shared, or no longer here: take it off the list"
    )


@dataclass(frozen=True)
class Addition:
    """A new thing: its file, and its entry in a registry, behind a line that is there."""

    file: str
    content: str
    registry: str
    behind: str
    entry: str

    @property
    def imported(self) -> str:
        """Return the import that the entry needs; commands and pages are found by their names."""
        package = Path(self.file).parent.as_posix().replace("/", ".")
        needed = (
            self.registry == f"{Path(self.file).parent.as_posix()}/__init__.py" and "commands" not in package
        )
        return f"from {package} import {Path(self.file).stem}\n" if needed else ""

    def add_to(self, root: Path) -> None:
        (root / self.file).parent.mkdir(exist_ok=True)
        (root / self.file).write_text(self.content, encoding="utf-8")
        registry = root / self.registry
        lines = registry.read_text(encoding="utf-8").splitlines(keepends=True)
        place = next(number for number, line in enumerate(lines) if line.strip() == self.behind)
        lines.insert(place + 1, f"{self.entry}\n")
        first = next(number for number, line in enumerate(lines) if line.startswith("from __future__"))
        lines.insert(first + 1, self.imported)
        registry.write_text("".join(lines), encoding="utf-8")


ADDITIONS = {
    "family": Addition(
        "sentiment_core/classifiers/evened.py",
        "import dataclasses\n"
        "from sentiment_core.classifiers.linear import bow\n"
        "FAMILY = dataclasses.replace(bow.FAMILY, name='evened', title='Evened')\n",
        "sentiment_core/classifiers/__init__.py",
        '"bow": bow.FAMILY,',
        '    "evened": evened.FAMILY,',
    ),
    "metric": Addition(
        "sentiment_core/metrics/specificity.py",
        "import dataclasses\n"
        "from sentiment_core.metrics.base import Confusion, Metric, ratio\n"
        "def prepare(y_true, prob_positive, threshold):\n"
        "    no, right = y_true == 0, (y_true == 0) & (prob_positive < threshold)\n"
        "    return lambda weights: ratio(weights @ right, weights @ no)\n"
        "ALL = (Metric('specificity', 'Specificity', 'Of the negative reviews, the share that is called so.',"
        " True, (0.0, 1.0), 'Yerushalmy 1947', prepare, undefined='no review is negative', counts=True),)\n",
        "sentiment_core/metrics/__init__.py",
        "*classification.ALL,",
        "        *specificity.ALL,",
    ),
    "explainer": Addition(
        "sentiment_core/explainers/position.py",
        "import numpy as np\n"
        "from sentiment_core.explanation.asking import Asker\n"
        "from sentiment_core.explanation.base import Explainer, Shares\n"
        "def share(classifier, passage, settings):\n"
        "    whole = Asker(classifier, passage).whole()\n"
        "    return Shares(passage.words, np.arange(len(passage.words)) * 1.0, whole, 0.0)\n"
        "EXPLAINER = Explainer('position', 'Position', 'The last word counts most.', 'made', 'none', share,\n"
        "    lambda words, settings: 1)\n",
        "sentiment_core/explainers/__init__.py",
        "chance.EXPLAINER,",
        "    position.EXPLAINER,",
    ),
    "recipe": Addition(
        "attacks/recipes/gentle.py",
        "import dataclasses\n"
        "from attacks.recipes import deepwordbug\n"
        "RECIPE = dataclasses.replace(deepwordbug.RECIPE, name='gentle', title='Gentle')\n",
        "attacks/recipes/__init__.py",
        "deepwordbug.RECIPE,",
        "    gentle.RECIPE,",
    ),
    "probe": Addition(
        "attacks/probes/litotes.py",
        "import dataclasses\n"
        "from attacks.probes import negation\n"
        "PROBE = dataclasses.replace(negation.PROBES[0], name='litotes', title='Litotes')\n",
        "attacks/probes/__init__.py",
        "contrast.PROBE,",
        "    litotes.PROBE,",
    ),
    "identity": Addition(
        "attacks/identities/generation.py",
        "import dataclasses\n"
        "from attacks.identities import age\n"
        "ATTRIBUTE = dataclasses.replace(age.ATTRIBUTE, name='generation', title='Generation')\n",
        "attacks/identities/__init__.py",
        "age.ATTRIBUTE,",
        "        generation.ATTRIBUTE,",
    ),
    "command": Addition(
        "sentiment_core/commands/say_hello.py",
        "NAME = 'say-hello'\nHELP = 'Say hello.'\nEXAMPLES = 'python -m sentiment_core say-hello'\n"
        "def add_arguments(parser): pass\n"
        "def run(args): return {'said': 'hello'}\n"
        "def show(result): return result['said']\n",
        "sentiment_core/commands/__init__.py",
        '"verify": "Measure",',
        '    "say-hello": "Try",',
    ),
    "page": Addition(
        "dashboard/views/greeting/page.py",
        "import streamlit as st\nst.title('A page that says hello')\n",
        "dashboard/navigation.py",
        '"Try": [',
        '        View("greeting", "Greeting", "waving_hand", "Does it say hello?"),',
    ),
}

CHECKS = {
    "family": """
        from sentiment_core import command_line
        from sentiment_core.classifiers import FAMILIES
        from sentiment_core.contracts import check_family

        check_family(FAMILIES["evened"])
        parser = command_line.build_parser(command_line.load_commands())
        parser.parse_args(["train", "--data", "x", "--family", "evened"])
    """,
    "metric": """
        import numpy as np
        from sentiment_core.contracts import check_metric
        from sentiment_core.metrics import METRICS

        check_metric(METRICS["specificity"])
        y_true, prob_positive = np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.9, 0.1])
        assert METRICS["specificity"].compute(y_true, prob_positive).value == 2 / 3
    """,
    "explainer": """
        from sentiment_core.contracts import check_explainer
        from sentiment_core.contracts.explainers import Praise
        from sentiment_core.explainers import EXPLAINERS, explainers_for

        check_explainer(EXPLAINERS["position"])
        assert "position" in explainers_for(Praise())
    """,
    "recipe": """
        from attacks.__main__ import main
        from attacks.contracts.recipes import check_words
        from attacks.own.recipes import recipe_named

        check_words(recipe_named("gentle"))
        assert main(["recipes"]) == 0
    """,
    "probe": """
        from attacks.__main__ import main
        from attacks.contracts import check_probe
        from attacks.probes import PROBES
        from dashboard.views.probes import wording

        check_probe(PROBES["litotes"])
        assert wording.group_of("litotes", "language") == "negation"
        assert main(["probe", "--list"]) == 0
    """,
    "identity": """
        from attacks.__main__ import main
        from attacks.contracts import check_identity
        from attacks.identities import ATTRIBUTES

        check_identity(ATTRIBUTES["generation"])
        assert main(["bias", "--list"]) == 0
    """,
    "command": """
        from dashboard import reelcheck
        from sentiment_core import command_line
        from sentiment_core.contracts import check_command

        check_command(command_line.load_commands()["say-hello"], command_line.CORE)
        print(reelcheck.overview())
        assert reelcheck.main(["say-hello"]) == 0
    """,
    "page": """
        from dashboard import navigation
        from streamlit.testing.v1 import AppTest

        home = str(navigation.VIEWS.parent / "Home.py")
        app = AppTest.from_file(home, default_timeout=120)
        app.run()
        app.switch_page("views/greeting/page.py").run()
        assert not app.exception
        print(app.title[0].value)
    """,
}
#: What is then printed.
SAID = {
    "recipe": "gentle",
    "probe": "litotes",
    "identity": "generation",
    "command": "Say hello.",
    "page": "A page that says hello",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ADDITIONS)
def test_to_add_a_thing_is_one_file_and_one_entry(kind, tmp_path):
    for package in ("sentiment_core", "attacks", "dashboard"):
        ignored = shutil.ignore_patterns("__pycache__", "reference")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    ADDITIONS[kind].add_to(tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(CHECKS[kind])],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert SAID.get(kind, "") in done.stdout

"""What `pip install .` installs: the whole product, its pins, its command, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("sentiment_core", "attacks", "dashboard")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from a copy, so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*build, "-w", str(out), str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel, as an installer does, into a folder that is no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


def in_wheel(wheel: zipfile.ZipFile, ending: str) -> str:
    (name,) = (name for name in wheel.namelist() if name.endswith(ending))
    return wheel.read(name).decode("utf-8")


def run(installed: Path, folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder` on the installed packages alone, without a workspace of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "REELCHECK_HOME"}
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(installed), "XDG_DATA_HOME": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == files
    for needed in ("dashboard/Home.py", "dashboard/icon.svg", "dashboard/.streamlit/config.toml"):
        assert needed in files
    assert any(name.endswith(".safetensors") for name in files)


def test_the_wheel_names_what_it_needs_each_pinned(wheel):
    metadata = message_from_string(in_wheel(wheel, "METADATA"))
    named = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(named) == sorted(PROJECT["dependencies"])
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert [line for line in wanted if line.count("==") != 1 or "*" in line] == []
    assert metadata["Requires-Python"] == PROJECT["requires-python"]


def test_pins_stand_in_one_place():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["-e .[dev]"]


def test_the_wheel_brings_the_command(wheel):
    assert "reelcheck = dashboard.reelcheck:main" in in_wheel(wheel, "entry_points.txt")


def test_an_installed_copy_keeps_its_results_in_the_user_s_data_and_not_beside_the_code(installed, tmp_path):
    code = "from sentiment_core.storage import workspace; print(workspace.__file__, workspace.home())"
    where, home = run(installed, tmp_path, code).stdout.split()
    assert Path(where).is_relative_to(installed)
    assert home == str(tmp_path / "data" / "reelcheck")


def test_a_checkout_keeps_its_results_in_its_folder(tmp_path):
    code = "from sentiment_core.storage import workspace; print(workspace.home())"
    assert run(ROOT, tmp_path, code).stdout.strip() == str(ROOT / "artifacts")


def test_an_installed_copy_works_from_an_empty_folder(installed, tmp_path):
    command = "import sys; from dashboard.reelcheck import main; sys.exit(main())"
    listed = run(installed, tmp_path, command, "--help")
    assert listed.returncode == 0 and "reelcheck COMMAND" in listed.stdout
    done = run(installed, tmp_path, command, "runs", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no runs yet\n", "")
    assert list(tmp_path.iterdir()) == []

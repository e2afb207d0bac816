"""The checks of `make check` that look for known weaknesses: what they say, and when they fail."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TORCH = {"name": "torch", "version": "1.0"}
SKIPPED = TORCH | {"skip_reason": "Dependency not found"}
WEAK = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"]}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, in an environment of two packages."""
    spec = importlib.util.spec_from_file_location("audit_script", ROOT / ".ci" / "audit.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "installed", lambda: {"other": "2.0", "torch": "1.0"})
    return module


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[str]:
    """Let pip-audit give these answers in turn (None: it fails); return the pins it was asked about."""
    asked, left = [], list(answers)

    def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        asked.append(Path(command[command.index("--requirement") + 1]).read_text())
        answer = left.pop(0)
        said = "" if answer is None else json.dumps({"dependencies": answer})
        return subprocess.CompletedProcess(command, 1, said, "Max retries exceeded")

    monkeypatch.setattr(subprocess, "run", run)
    return asked


@pytest.mark.parametrize(
    ("answer", "why"), [(None, "no index can be reached"), ([SKIPPED], "the index here knows no torch")]
)
def test_offline_the_audit_says_so_asks_no_more_and_does_not_fail(
    audit: ModuleType,
    answer: Any,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = answering(monkeypatch, answer)
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert why in said and "nothing was looked up" in said and "0 vulnerabilities" not in said
    assert asked == ["torch==1.0\n"]


def test_a_vulnerability_fails_until_it_is_explained(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [TORCH | {"vulns": []}, {"name": "other", "version": "2.0", "vulns": [WEAK]}]
    asked = answering(monkeypatch, [TORCH | {"vulns": []}], found, [TORCH | {"vulns": []}], found)
    assert audit.main() == 1
    assert "other 2.0: PYSEC-2026-1, fixed in 1.1" in capsys.readouterr().out
    assert asked[1] == "other==2.0\ntorch==1.0\n"
    monkeypatch.setitem(audit.EXPLAINED, "CVE-2026-1", "we do not use that part")
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "we do not use that part" in said and "2 packages asked about, 1 vulnerabilities" in said


def test_whatever_bandit_is_to_overlook_has_its_reason() -> None:
    """`make check` runs bandit itself; a finding that stays says why, at its line or in pyproject.toml."""
    sources = [
        file for name in ("sentiment_core", "attacks", "dashboard") for file in (ROOT / name).rglob("*.py")
    ]
    lines = [line for file in sources for line in file.read_text().splitlines() if "# nosec" in line]
    assert lines and [line for line in lines if not re.search(r"# nosec B\d{3}  # \w.{5,}", line)] == []
    skipped = (ROOT / "pyproject.toml").read_text().split("skips = [")[1].split("]")[0].strip().splitlines()
    assert [line for line in skipped if not re.search(r'"B\d{3}",  # .{10,}', line)] == []


def test_the_checks_are_in_make_check_and_in_the_pins() -> None:
    check = (ROOT / "Makefile").read_text().split("\ncheck:")[1].split("\n\n")[0]
    assert "bandit" in check and ".ci/audit.py" in check
    pins = (ROOT / "pyproject.toml").read_text()
    assert '"bandit==' in pins and '"pip-audit==' in pins

"""Ask whether installed packages have known vulnerabilities: `.venv/bin/python .ci/audit.py`.

It exits with 1 where one has that is not in EXPLAINED. Without a network, or where what answers for the
package index has no such data, it says so and exits with 0: what could not be asked is neither a finding nor
an all-clear.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

#: Vulnerabilities that do not concern us: their id, and why.
EXPLAINED: dict[str, str] = {}
#: Asked first: without an answer about it, none of the others is asked.
FIRST = "torch"
OURS = ("reelcheck",)
SECONDS = 10


def main() -> int:
    """Ask, print what was found, and return the exit code."""
    versions = installed()
    first = asked({FIRST: versions[FIRST]})
    if first is None or unknown(first):
        print(f"pip-audit: nothing was looked up, since {why_not(first)}; run it where there is a network")
        return 0
    found = asked(versions)
    if found is None:
        print("pip-audit: it did not finish; run it again")
        return 0
    return report(found)


def installed() -> dict[str, str]:
    """Return the version of each installed package but ours."""
    known = {dist.metadata["Name"]: dist.version for dist in metadata.distributions()}
    return {name: version for name, version in sorted(known.items()) if name not in OURS}


def asked(versions: dict[str, str]) -> list[dict[str, Any]] | None:
    """Return what is known of each package, as pip-audit gives it; None where nobody could be asked."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()))
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--requirement", str(pins), "--no-deps", "--disable-pip",
             "--format", "json", "--progress-spinner", "off", "--timeout", str(SECONDS)],
            capture_output=True,
            text=True,
        )  # fmt: skip
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return None


def unknown(found: list[dict[str, Any]]) -> list[str]:
    """Return the packages about which nothing is known."""
    return [item["name"] for item in found if "skip_reason" in item]


def why_not(found: list[dict[str, Any]] | None) -> str:
    """Say why nothing was looked up."""
    return "no index can be reached" if found is None else f"the index here knows no {FIRST}"


def report(found: list[dict[str, Any]]) -> int:
    """Print the vulnerabilities, those that are explained with the reason; return 1 where others are left."""
    here = [(item, problem) for item in found for problem in item.get("vulns", ())]
    open_ = 0
    for item, problem in here:
        names = [problem["id"], *problem.get("aliases", ())]
        reason = next((EXPLAINED[name] for name in names if name in EXPLAINED), "")
        open_ += not reason
        fixed = ", ".join(problem.get("fix_versions", ())) or "none"
        print(
            f"{item['name']} {item['version']}: {problem['id']}, fixed in {fixed}"
            + (reason and f": {reason}")
        )
    left_out = unknown(found)
    beside = f"; not known there: {', '.join(left_out)}" if left_out else ""
    print(
        f"pip-audit: {len(found) - len(left_out)} packages asked about, {len(here)} vulnerabilities{beside}"
    )
    return int(open_ > 0)


if __name__ == "__main__":
    sys.exit(main())

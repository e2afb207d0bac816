"""A decision as JUnit XML, which build servers read: a criterion is a test case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # nosec B405  # it writes XML, and reads none

#: What XML 1.0 cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, result: Mapping[str, Any]) -> None:
    """Write a decision: fail is a failure, warn is skipped with its reason."""
    criteria = result["criteria"]
    counts = {word: sum(item["verdict"] == word for item in criteria) for word in ("fail", "warn")}
    suite = ElementTree.Element(
        "testsuite",
        name="reelcheck gate",
        tests=str(len(criteria)),
        failures=str(counts["fail"]),
        skipped=str(counts["warn"]),
        errors="0",
    )
    for item in criteria:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name=_clean(item["name"]))
        kind = {"fail": "failure", "warn": "skipped"}.get(item["verdict"], "system-out")
        found = ElementTree.SubElement(case, kind)
        found.text = _clean(item["sentence"])
        if kind != "system-out":
            found.set("message", _clean(item["sentence"]))
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)

"""What every family of classifiers promises: words, settings, a training that can be stopped, safe files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.classifiers.base import ClassifierFamily, FitResult, Params, Progress, no_progress
from sentiment_core.contracts.base import require, require_words
from sentiment_core.contracts.classifiers import check_classifier
from sentiment_core.errors import Cancelled
from sentiment_core.storage import runs, workspace

#: What a model's folder may hold: nothing of these can run code when it is read.
SAFE_ENDINGS = frozenset({".json", ".onnx", ".safetensors", ".skops", ".txt"})

_WORDS = (("dull", "flat", "cold"), ("warm", "witty", "lovely"))


def check_family(family: ClassifierFamily, params: Params | None = None) -> None:
    """Train a family on 24 made reviews in a temporary folder, load the model, and check what is promised.

    Args:
        family: in FAMILIES or not.
        params: settings over the family's defaults, where those would need a download or hours.

    Raises:
        ContractError: a promise is not kept.
    """
    who = f"family {family.name!r}"
    _check_settings(who, family)
    settings = {**family.default_params, **(params or {})}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        result = _fitted(family, settings, place, "model")
        _check_result(who, family, result)
        _check_files(who, place / "model")
        _write_manifest(family, settings, result, place / "model")
        loaded = family.load(place / "model", "checked")
        require(loaded.model_id == "checked", who, f"a model loaded as 'checked' is {loaded.model_id!r}")
        check_classifier(loaded)
        _check_cancelling(who, family, settings, place)


def _check_settings(who: str, family: ClassifierFamily) -> None:
    require_words(who, family.name, family.title, family.description)
    defaults = dict(family.default_params)
    require(
        json.loads(json.dumps(defaults)) == defaults,
        who,
        "its settings do not come back from JSON as they are",
    )
    require("seed" in defaults, who, "it has no setting 'seed'")
    for name, setting in family.settings.items():
        require(name in defaults, who, f"it offers {name!r}, which is none of its settings")
        require(bool(setting.label and setting.help), who, f"its setting {name!r} lacks a label or help")
        value = defaults[name]
        number = isinstance(value, int | float)
        require(number and setting.low <= value <= setting.high, who, f"its default {name} is out of limits")


def _fitted(
    family: ClassifierFamily,
    settings: Mapping[str, Any],
    place: Path,
    name: str,
    progress: Progress = no_progress,
) -> FitResult:
    folder, scratch = place / name, place / f"{name}-scratch"
    folder.mkdir()
    scratch.mkdir()
    return family.fit(_reviews(24), _reviews(8), settings, folder, scratch=scratch, progress=progress)


def _reviews(n: int) -> pd.DataFrame:
    rows = [
        (f"A {_WORDS[i % 2][i % 3]} and {_WORDS[i % 2][(i + 1) % 3]} film, number {i}.", i % 2)
        for i in range(n)
    ]
    return pd.DataFrame(rows, columns=["text", "label"])


def _check_result(who: str, family: ClassifierFamily, result: FitResult) -> None:
    missing = family.default_params.keys() - result.params.keys()
    require(not missing, who, f"fitting does not say which {', '.join(sorted(missing))} was in force")
    accuracy = result.validation.get("accuracy")
    require(accuracy is not None and 0 <= accuracy <= 1, who, f"validation accuracy is {accuracy}")
    require(result.curves, who, "fitting returns no curve")


def _check_files(who: str, folder: Path) -> None:
    endings = {path.suffix for path in folder.rglob("*") if path.is_file()}
    require(endings, who, "fitting wrote no file")
    unsafe = sorted(endings - SAFE_ENDINGS)
    require(not unsafe, who, f"its folder has files ending in {unsafe}; allowed: {sorted(SAFE_ENDINGS)}")


def _write_manifest(
    family: ClassifierFamily, settings: Mapping[str, Any], result: FitResult, folder: Path
) -> None:
    """Write what a family may read beside its own files; `training` writes more."""
    facts = {"model_id": "checked", "family": family.name, "base": settings.get("base"), **result.details}
    workspace.write_json(folder / "manifest.json", runs.json_ready(facts | {"params": result.params}))


def _check_cancelling(who: str, family: ClassifierFamily, settings: Mapping[str, Any], place: Path) -> None:
    def stop(done: float, total: float, what: str) -> None:
        raise Cancelled

    try:
        _fitted(family, settings, place, "cancelled", stop)
    except Cancelled:
        return
    require(False, who, "fitting does not stop when its progress raises Cancelled, or reports none")

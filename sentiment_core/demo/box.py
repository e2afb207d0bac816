"""The models in the boxes: trained models with their evaluations, put on the shelf as if trained here.

A box is a small workspace beside this file: `models/<id>/`, `runs/<kind>/<run id>/` and
`verdicts/<kind>/`, written by the same commands that users run and copied by `pack`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from sentiment_core import models
from sentiment_core.errors import ModelError
from sentiment_core.evaluation import records
from sentiment_core.models import ModelCard
from sentiment_core.storage import journal, runs, workspace
from sentiment_core.training.presets import REFERENCE

BOX = Path(__file__).parent / "reference"
#: Each box by the alias of its model; the README says by which command each was made.
BOXES: Mapping[str, Path] = MappingProxyType({REFERENCE.name: BOX, "tiny": BOX.with_name("tiny")})
#: Of a model in a box, which is committed.
MOST_BYTES = 8 * 2**20

VERDICTS = Path("verdicts")
#: What a finished run keeps only so that it could have been resumed.
_NOT_CARRIED = shutil.ignore_patterns(runs.LOCK, journal.FILE, "job.json", "cancel")


def install(box: Path = BOX) -> ModelCard:
    """Put the box's model and evaluations into the workspace, whatever of it is missing; name it as in BOXES.

    An alias that already means another model is left alone.

    Raises:
        ModelError: this installation has no box.
    """
    model_id = boxed_model_id(box)
    for part in _parts(box):
        target = workspace.home() / part.relative_to(box)
        if not target.exists():
            _copy(part, target)
    alias = next((name for name, known in BOXES.items() if known == box), REFERENCE.name)
    if alias not in models.aliases():
        models.set_alias(alias, model_id)
    return models.resolve(model_id)


def is_installed(box: Path = BOX) -> bool:
    """Whether everything in the box is in the workspace."""
    return all((workspace.home() / part.relative_to(box)).exists() for part in _parts(box))


def is_there(box: Path = BOX) -> bool:
    """Whether a model comes with this installation."""
    return any((box / "models").glob(f"*/{models.MANIFEST}"))


def came_with_it(run_id: str, box: Path = BOX) -> bool:
    """Whether an evaluation is one of the box's, rather than made here."""
    return (box / "runs" / records.KIND / run_id).is_dir()


def boxed_model_id(box: Path = BOX) -> str:
    """Return the id of the model in the box; ModelError where there is none."""
    found = sorted((box / "models").glob(f"*/{models.MANIFEST}"))
    if not found:
        raise ModelError(
            "no reference model comes with this installation; make one with: train --preset reference"
        )
    return found[-1].parent.name


def pack(name: str, box: Path = BOX, carried: Mapping[str, str] = MappingProxyType({})) -> Path:
    """Replace the box with a model of the workspace, its newest evaluations and other runs; return the box.

    For releasing a new model: the box is committed, so only small ones are accepted.

    Args:
        name: id or alias of the model; its newest evaluation on each data set is packed.
        box: the folder to replace.
        carried: further kinds of runs, each with a field of its spec: the newest finished run of the model
            is packed for each value of that field, with the verdicts on it.

    Raises:
        ModelError: the model is too large for a box.
    """
    card = models.resolve(name)
    if card.size_bytes > MOST_BYTES:
        raise ModelError(
            f"'{name}' has {card.size_bytes / 2**20:.0f} MiB; a box takes {MOST_BYTES >> 20}: an adapter, as "
            "train --preset reference makes one, or a linear model of few features"
        )
    shutil.rmtree(box, ignore_errors=True)
    shutil.copytree(card.folder, box / "models" / card.model_id)
    newest = {
        (found.fingerprint, found.split): found for found in reversed(records.list_evaluations(card.model_id))
    }
    for found in newest.values():
        shutil.copytree(found.folder, box / "runs" / records.KIND / found.run_id)
    for run in (run for kind, by in carried.items() for run in _newest(kind, by, card.model_id)):
        shutil.copytree(run.folder, box / "runs" / run.kind / run.run_id, ignore=_NOT_CARRIED)
        for verdicts in (workspace.home() / VERDICTS).glob(f"*/{run.run_id}.*"):
            _copy(verdicts, box / verdicts.relative_to(workspace.home()))
    return box


def _newest(kind: str, by: str, model_id: str) -> list[runs.Run]:
    finished = [run for run in runs.list_runs(kind) if run.finished and run.spec.get("model_id") == model_id]
    return list({json.dumps(run.spec.get(by), sort_keys=True): run for run in reversed(finished)}.values())


def _parts(box: Path) -> Iterator[Path]:
    """Yield the box's folders of models and runs, and its files of verdicts."""
    for manifest in sorted(box.rglob("manifest.json")):
        yield manifest.parent
    yield from sorted((box / VERDICTS).glob("*/*"))


def _copy(part: Path, target: Path) -> None:
    """Copy a folder whole or not at all, or one file."""
    if part.is_dir():
        try:
            with workspace.written_aside(target) as folder:
                shutil.copytree(part, folder, dirs_exist_ok=True)
        except OSError:  # another process may have unpacked the same a moment earlier
            if not target.exists():
                raise
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(part, target)

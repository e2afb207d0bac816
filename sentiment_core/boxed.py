"""The model in the box: a trained adapter with its evaluations, put on the shelf as if trained here.

The box is a small workspace beside this file: `models/<id>/` and `runs/evaluation/<run id>/`, written by the
same commands that anyone runs (`train --preset reference`, `evaluate`) and copied by `pack`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from sentiment_core import evaluation, models, workspace
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard
from sentiment_core.presets import REFERENCE

BOX = Path(__file__).parent / "reference"


def install(box: Path = BOX) -> ModelCard:
    """Put the box's model and evaluations into the workspace, whatever of it is missing; name it `reference`.

    An alias `reference` that already means another model is left alone.

    Raises:
        ModelError: this installation has no box.
    """
    model_id = boxed_model_id(box)
    for part in _parts(box):
        target = workspace.home() / part.relative_to(box)
        if not target.exists():
            with workspace.written_aside(target) as folder:
                shutil.copytree(part, folder, dirs_exist_ok=True)
    if REFERENCE.name not in models.aliases():
        models.set_alias(REFERENCE.name, model_id)
    return models.resolve(model_id)


def is_installed(box: Path = BOX) -> bool:
    """Whether everything in the box is in the workspace."""
    return all((workspace.home() / part.relative_to(box)).exists() for part in _parts(box))


def is_there(box: Path = BOX) -> bool:
    """Whether a model comes with this installation."""
    return any((box / "models").glob(f"*/{models.MANIFEST}"))


def came_with_it(run_id: str, box: Path = BOX) -> bool:
    """Whether an evaluation is one of the box's, rather than made here."""
    return (box / "runs" / evaluation.KIND / run_id).is_dir()


def boxed_model_id(box: Path = BOX) -> str:
    """Return the id of the model in the box; ModelError where there is none."""
    found = sorted((box / "models").glob(f"*/{models.MANIFEST}"))
    if not found:
        raise ModelError(
            "no reference model comes with this installation; make one with: train --preset reference"
        )
    return found[-1].parent.name


def pack(name: str, box: Path = BOX) -> Path:
    """Replace the box by a model of the workspace and its newest evaluation on each data set; return the box.

    For whoever trains a new reference; the box belongs into a commit, so only adapters are accepted.

    Raises:
        ModelError: the model is whole weights, too large for a box.
    """
    from sentiment_core.classifiers.transformer import is_adapter

    card = models.resolve(name)
    if not is_adapter(card.folder):
        raise ModelError(f"'{name}' is not an adapter; the box takes what train --preset reference makes")
    shutil.rmtree(box, ignore_errors=True)
    shutil.copytree(card.folder, box / "models" / card.model_id)
    newest = {found.fingerprint: found for found in reversed(evaluation.list_evaluations(card.model_id))}
    for found in newest.values():
        shutil.copytree(found.folder, box / "runs" / evaluation.KIND / found.run_id)
    return box


def _parts(box: Path) -> Iterator[Path]:
    for manifest in sorted(box.rglob("manifest.json")):
        yield manifest.parent

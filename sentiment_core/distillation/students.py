"""Which models can be made a student: by name, or a pretrained base in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sentiment_core.classifiers import FAMILIES
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard

TRANSFORMER = "transformer"
#: Layers that are left of the embedded base, as few as two: a smaller one was not tried.
MINILM = {f"minilm-{layers}": f"distilbert-minilm-{layers}" for layers in (4, 3, 2)}
#: A student that starts from its teacher's layers learns fast; its word vectors stay the teacher's.
MINILM_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "epochs": 2.0,
        "learning_rate": 2e-4,
        "warmup_ratio": 0.06,
        "max_length": 256,
        "truncation": "head+tail",
        "attention_dropout": 0.0,
        "freeze_embeddings": True,
    }
)


@dataclass(frozen=True)
class Student:
    """A student by its name: the family that fits it, and settings over the family's defaults."""

    name: str
    family: str
    params: Mapping[str, Any] = field(default_factory=dict)


def names() -> list[str]:
    """Return the names of students: linear families, then transformers."""
    linear = [name for name, family in FAMILIES.items() if family.distil and name != TRANSFORMER]
    return [*linear, *MINILM, "distilbert"]


def student_named(name: str) -> Student:
    """Return the student with this name, or the one that a pretrained base in a folder becomes.

    Raises:
        ModelError: it is neither.
    """
    if name in MINILM:
        return Student(name, TRANSFORMER, {**MINILM_SETTINGS, "base": MINILM[name]})
    if name == "distilbert":
        return Student(name, TRANSFORMER, {"base": "distilbert-base-uncased"})
    if name in names():
        return Student(name, name)
    if os.sep in name and Path(os.path.expanduser(name)).is_dir():
        return Student(Path(name).name, TRANSFORMER, {"base": name})
    raise ModelError(
        f"student {shown(name)} is not known; known: {', '.join(names())}, or the path of a folder with a "
        "pretrained model, for example ./my-base"
    )


def check_pair(teacher: ModelCard, student: Student, params: Mapping[str, Any]) -> None:
    """Raise ModelError where a student would be what its teacher is."""
    same = teacher.family == student.family and teacher.family != TRANSFORMER
    if same and not params:
        raise ModelError(
            f"{teacher.short_name} is a {teacher.family} model itself; choose another student, or keep fewer "
            "n-grams with --features N"
        )

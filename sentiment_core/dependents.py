"""What depends on a model: its aliases, and the runs that asked it. It is renamed and removed with them.

Blends depend on their members, too: a member cannot be removed before them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sentiment_core import models, promotions
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ModelError, RunError
from sentiment_core.jobs import jobs
from sentiment_core.models import ModelCard
from sentiment_core.storage import runs
from sentiment_core.storage.runs import Run

#: A kind of run -> what a person calls one; other kinds go by their own name.
WORDS = {
    "evaluation": "evaluation",
    "attack": "attack run",
    "probe": "probe run",
    "bias": "bias report",
    "hardening": "hardening",
    "augmentation": "set of edited reviews",
}


@dataclass(frozen=True)
class Dependents:
    """A model's folder, and what is of no use without it.

    `runs` are newest first; `blends` are the names of models that it is a member of.
    """

    folder: Path
    aliases: tuple[str, ...]
    runs: tuple[Run, ...]
    blends: tuple[str, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """Return all folders and files that are removed with the model, its own folder first."""
        return [self.folder, *(path for run in self.runs for path in runs.parts_of(run.run_id))]

    def in_words(self) -> str:
        """Return `aliases best, nbsvm; 2 evaluations, 1 attack run`, or `nothing else`."""
        counts = Counter(run.kind for run in self.runs)
        counted = [_counted(counts[kind], kind) for kind in sorted(counts, key=_place)]
        named = f"alias{'es' if len(self.aliases) > 1 else ''} {', '.join(self.aliases)}"
        return "; ".join(filter(None, [named if self.aliases else "", ", ".join(counted)])) or "nothing else"


def of(name: str) -> Dependents:
    """Return what depends on the model with this id or alias, damaged or not; ModelError if there is none."""
    folder = models.folder_of(name)
    named = tuple(sorted(alias for alias, model_id in models.aliases().items() if model_id == folder.name))
    asked = (run for run in runs.list_runs() if run.spec.get("model_id") == folder.name)
    blends = (card.short_name for card in models.list_models() if folder.name in card.members)
    return Dependents(folder, named, tuple(asked), tuple(blends))


def remove(name: str) -> Dependents:
    """Remove a model and what depends on it, verdicts included, and return what is gone.

    Raises:
        ModelError: there is no such model, or it is a member of a blend.
        RunError: a job or a run is using it.
    """
    gone = of(name)
    check_unused(gone)
    for run in gone.runs:  # before the model: after a kill in between, the same call finishes
        runs.remove(run.run_id)
    models.remove(gone.folder.name)
    return gone


def check_unused(dependents: Dependents) -> None:
    """Raise RunError while a job or a run uses the model, ModelError while it is a member of a blend."""
    if dependents.blends:
        raise ModelError(
            f"model '{dependents.folder.name}' is a member of {', '.join(dependents.blends)}; "
            "remove what is made of it first"
        )
    names = {dependents.folder.name, *dependents.aliases}
    job = next((job for job in jobs.list_jobs(active_only=True) if names & set(job.argv)), None)
    busy = next((run for run in dependents.runs if runs.is_running(run.folder)), None)
    if job or busy:
        using = f"job {job.run_id!r}" if job else f"run {busy.run_id!r}" if busy else ""
        raise RunError(f"model '{dependents.folder.name}' is in use: {using} is active; cancel it first")


def rename(name: str, alias: str) -> ModelCard:
    """Let a model be shown by another alias; the one that it was shown by is gone.

    Where `name` is an alias, that one is replaced. The mark of the promoted model stays where it is.

    Raises:
        ModelError: no such model, or the alias cannot be used or is another model's.
    """
    models.check_alias(alias)
    promotions.check_name(alias)
    card = models.resolve(name)
    owner = models.aliases().get(alias, card.model_id)
    if owner != card.model_id:
        raise ModelError(
            f"alias {shown(alias)} is that of {owner}; give another, or move it with `models alias`"
        )
    replaced = name if name in models.aliases() else card.alias
    if replaced != alias:
        models.replace_alias(replaced, alias, card.model_id)
    return models.resolve(card.model_id)


def _counted(n: int, kind: str) -> str:
    one = WORDS.get(kind, f"{kind} run")
    head, of_, rest = one.partition(" of ")
    return f"{n:,} {one if n == 1 else f'{head}s{of_}{rest}'}"


def _place(kind: str) -> tuple[bool, int, str]:
    known = list(WORDS)
    return kind not in known, known.index(kind) if kind in known else 0, kind

"""Everything that lists or opens what is kept, as the command lines and the pages do it."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from attacks import __main__ as attacks_line
from attacks.batches import runs as attack_runs
from attacks.certificates import runs as certificate_runs
from attacks.hardening import harden
from attacks.improvement import improve
from attacks.own import picked, probes, recipes, slices
from attacks.panels import making
from attacks.tables import runs as tables
from dashboard.records import (
    attacks,
    bias,
    certificates,
    decisions,
    evaluations,
    panels,
    probings,
    stress,
    trainings,
)
from dashboard.records import paired as pairs
from dashboard.session import selection
from dashboard.views.attack import state as attack_state
from dashboard.views.experiments import state as experiments_state
from dashboard.views.improve import criteria
from dashboard.views.robustness import state as robustness_state
from sentiment_core import __main__ as core_line
from sentiment_core import data, embeddings, models
from sentiment_core.data import storing
from sentiment_core.embeddings import keeping
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import records
from sentiment_core.jobs import jobs
from sentiment_core.pairs import records as paired
from sentiment_core.publishing import written
from sentiment_core.search import search
from sentiment_core.storage import runs
from sentiment_core.storage.steps import Steps
from sentiment_core.training import learning_curves

DONE, USER_CAN_FIX = 0, 2


class Kept(NamedTuple):
    """A kept file: what item it belongs to (a run's id, a model's, ...), and of which kind."""

    path: Path
    kind: str
    item: str


def kept_files(home: Path) -> list[Kept]:
    """Return every file of a workspace that is read again; locks and what a person gave are not."""
    found = []
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        if (
            not path.is_file()
            or path.name == "lock"
            or any(part.startswith(".") for part in parts)
            or len(parts) < 2
        ):
            continue
        found.append(Kept(path, *_item(parts)))
    return found


def _item(parts: tuple[str, ...]) -> tuple[str, str]:
    if parts[0] == "runs":
        return parts[1], parts[2]
    if parts[0] == "models" and parts[-1] == models.CARD:
        return "cards", parts[1]
    if parts[0] == "models":
        return ("aliases", "aliases.json") if len(parts) == 2 else ("models", parts[1])
    if parts[:2] == ("cache", "embeddings"):
        return "vectors", parts[3]
    if parts[:2] in (("verdicts", "labels"), ("verdicts", "panel")):
        return ("label-verdicts" if parts[1] == "labels" else "panel-answers"), parts[2]
    if parts == ("datasets", "names.json"):
        return "names", parts[1]
    if parts[0] == "verdicts":
        return "verdicts", parts[2].split(".")[0]
    return parts[0], parts[1] if parts[0] == "datasets" else Path(parts[-1]).stem


LISTINGS: dict[str, Callable[[], Any]] = {
    "runs": lambda: [run.run_id for run in runs.list_runs()],
    "models": lambda: [card.model_id for card in models.list_models()],
    "aliases": lambda: list(models.aliases().values()),
    "evaluation": lambda: [found.run_id for found in records.list_evaluations()],
    "job": lambda: [job.run_id for job in jobs.list_jobs()],
    "optimisation": lambda: [run.run_id for run in search.list_studies()],
    "learning-curve": lambda: [run.run_id for run in learning_curves.list_curves()],
    "datasets": lambda: [manifest["fingerprint"] for manifest in storing.list_stored()],
    "attack": lambda: [run.run_id for run in attack_runs.list_attacks()],
    "probe": lambda: [run.run_id for run in importlib.import_module("attacks.probing.runs").list_probes()],
    "bias": lambda: [run.run_id for run in importlib.import_module("attacks.bias.runs").list_bias()],
    "hardening": lambda: [run.run_id for run in harden.list_hardenings()],
    "certificate": lambda: [run.run_id for run in certificate_runs.list_certificates()],
    "improvement": lambda: [run.run_id for run in improve.list_improvements()],
    "table": lambda: [run.run_id for run in tables.list_tables()],
    "paired": lambda: [run.run_id for run in paired.list_paired()],
    "panel": lambda: [found.run_id for found in making.list_panels()],
    "gate": lambda: [entry.run_id for entry in decisions.entries()],
    "recipes": lambda: [*recipes.STORE.all()],
    "probes": lambda: probes.STORE.names(),
    "slices": lambda: [one.name for one in slices.STORE.all().values()],
    "vectors": lambda: _maps(),
    "picked": lambda: [*picked.STORE.all()],
    "cards": lambda: _cards(),
}


def _cards() -> list[str]:
    found = []
    for card in models.list_models():
        with contextlib.suppress(ReelcheckError):
            found += [card.model_id] if written.of(card).prose else []
    return found


def _maps() -> list[str]:
    names = [place.name for place in keeping.folders()]
    return [name for name in names if embeddings.kept_map(*name.split("-", 1)) is not None]


DAMAGED: dict[str, str] = {
    "models": "sentiment_core.models.damaged_models",
    "datasets": "sentiment_core.data.storing.damaged_datasets",
    "evaluation": "sentiment_core.evaluation.records.damaged_evaluations",
    "job": "sentiment_core.jobs.jobs.damaged_jobs",
    "optimisation": "sentiment_core.search.records.damaged_studies",
    "attack": "attacks.batches.runs.damaged_attacks",
    "probe": "attacks.probing.runs.damaged_probes",
    "bias": "attacks.bias.runs.damaged_bias",
    "hardening": "attacks.hardening.harden.damaged_hardenings",
    "certificate": "attacks.certificates.runs.damaged_certificates",
    "improvement": "attacks.improvement.improve.damaged_improvements",
    "table": "attacks.tables.runs.damaged_tables",
    "latency": "sentiment_core.latency.damaged_timings",
    "paired": "sentiment_core.pairs.records.damaged_paired",
    "panel": "attacks.panels.making.damaged_panels",
    "gate": "sentiment_core.promotions.damaged_entries",
    "learning-curve": "sentiment_core.training.learning_curves.damaged_curves",
    "slices": "attacks.own.slices.damaged_slices",
    "vectors": "sentiment_core.embeddings.damaged",
    "picked": "attacks.own.picked.damaged_picks",
    "cards": "sentiment_core.publishing.written.damaged",
}


def damaged(kind: str) -> set[str]:
    """Return the names of the items of a kind that are listed as damaged."""
    where = DAMAGED.get(kind)
    if kind == "recipes":
        return {Path(name).stem for name in recipes.STORE.wrong()}
    if where is None:
        return {item.name for item in runs.damaged_runs(kind)}
    module, name = where.rsplit(".", 1)
    return {item.name for item in getattr(importlib.import_module(module), name)()}


#: The commands that list, by the kinds of what they list; every kind of run is in `runs list`.
CORE_LISTS = {
    ("models",): ("models", "aliases"),
    ("data", "list"): ("datasets", "names"),
    ("runs", "list"): (
        "evaluation",
        "job",
        "optimisation",
        "learning-curve",
        "attack",
        "probe",
        "transfer",
        "paired",
    ),
}
ATTACK_LISTS = {
    ("runs",): ("attack", "models", "aliases", "recipes"),
    ("recipes",): ("recipes",),
    ("slices", "list"): ("slices",),
    ("harden", "--list"): ("hardening",),
    ("improve", "--list"): ("improvement",),
    ("table", "--list"): ("table",),
    ("probe", "--list"): ("probes",),
    ("gate", "--list"): ("gate",),
    ("panel", "list"): ("panel", "panel-answers"),
}
#: What the pages call while they list, by the kinds that it reads.
PAGES = {
    "evaluations": ("evaluation", "models"),
    "data choices": ("evaluation",),
    "batches": ("attack", "models", "recipes"),
    "scores": ("attack", "verdicts"),
    "recipes": ("recipes",),
    "paces": ("attack",),
    "probe scores": ("probe",),
    "bias scores": ("bias",),
    "certificates": ("certificate", "models"),
    "trainings": ("models",),
    "curves": ("models",),
    "data options": ("datasets",),
    "searches": ("optimisation",),
    "size curves": ("learning-curve",),
    "stopped": ("job",),
    "live curves": ("job",),
    "attack jobs": ("job",),
    "decisions": ("gate",),
    "panels": ("panel", "panel-answers"),
    "pairs": ("paired",),
}


def command(line: Any, *argv: str) -> tuple[int, str, str]:
    """Run a command in this process, and return its exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    main = line.main
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(argv))
        except SystemExit as exit_:  # argparse
            code = int(exit_.code or 0)
    return code, out.getvalue(), err.getvalue()


def commands_of(kept: Kept) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield the commands that list everything, and those that open the item of a kept file."""
    yield from ((core_line, argv) for argv, kinds in CORE_LISTS.items() if kept.kind in kinds)
    yield from ((attacks_line, argv) for argv, kinds in ATTACK_LISTS.items() if kept.kind in kinds)
    if kept.path.parent.parent.parent.name == "runs":
        yield core_line, ("runs", "show", kept.item)
    if kept.kind in ("attack", "verdicts"):
        yield attacks_line, ("show", kept.item)
        yield attacks_line, ("export", kept.item, "--format", "csv")
        yield attacks_line, ("run", "--resume", kept.item, "--workers", "0")
    if kept.kind in ("models", "aliases"):
        for alias in ("tfidf", "nbsvm"):
            yield core_line, ("models", "show", alias)
            yield core_line, ("predict", "--model", alias, "--text", "A wonderful film.")
    if kept.kind in ("datasets", "cache"):
        yield core_line, ("data", "describe", str(kept.path.parents[2] / "reviews.csv"))
    if kept.kind == "datasets":
        yield core_line, ("data", "describe", kept.item)
    if kept.kind == "job":
        yield core_line, ("runs", "cancel", kept.item)
    if kept.kind == "label-verdicts":
        yield core_line, ("labels", "verdicts", "--data", kept.item)
        yield core_line, ("labels", "scores", "--data", kept.item)
        yield core_line, ("labels", "undo", "--data", kept.item, "--author", "ann")
    if kept.kind in ("panel", "panel-answers"):
        yield attacks_line, ("panel", "results", kept.item)
        yield attacks_line, ("panel", "texts", kept.item)
    if kept.kind == "gate":
        yield attacks_line, ("gate", "--rollback", kept.item)
    if kept.kind == "names":
        yield core_line, ("data", "describe", "given name")
    if kept.kind == "recipes":
        yield attacks_line, ("recipes", "show", kept.item)


def page_readings(kept: Kept) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what the pages call while they list things of this kind."""
    return ((name, read) for name, read in _page_readings() if kept.kind in PAGES[name])


def _page_readings() -> Iterator[tuple[str, Callable[[], object]]]:
    yield "evaluations", evaluations.evaluations
    yield "data choices", selection.data_choices
    yield (
        "batches",
        lambda: [(attacks.full_title(run), attacks.size(run)) for run in attacks.list_runs()],
    )
    yield "scores", lambda: [stress.attack_scores(choice) for choice in selection.data_choices()]
    yield "recipes", attacks.recipes
    yield (
        "paces",
        lambda: [
            attack_state.paces(card.model_id, "deepwordbug", {}, quick=False) for card in models.list_models()
        ],
    )
    yield "probe scores", lambda: stress.probe_scores(models.list_models())
    yield (
        "bias scores",
        lambda: [stress.bias_scores(models.list_models(), choice) for choice in selection.data_choices()],
    )
    yield "certificates", lambda: [certificates.title(run) for run in certificates.list_runs()]
    yield "trainings", lambda: trainings.facts(models.list_models())
    yield "curves", lambda: trainings.learning_curves(models.list_models())
    yield "data options", experiments_state.data_options
    yield "searches", experiments_state.searches
    yield "size curves", experiments_state.size_curves
    yield "stopped", experiments_state.stopped_trainings
    yield "live curves", lambda: experiments_state.live_curves(jobs.list_jobs())
    yield "attack jobs", attack_state.attack_jobs
    yield "panels", lambda: [panels.title(panel) for panel in panels.list_panels()]
    yield "pairs", lambda: [(run.figures, run.by_kind, run.title) for run in pairs.list_runs()]
    yield (
        "decisions",
        lambda: [
            (criteria.table_html(found.criteria), criteria.rows(found.criteria))
            for found in decisions.entries()
        ],
    )


def opened(kept: Kept) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what opens the item alone; a ReelcheckError is an answer here."""
    item = kept.item
    if kept.kind == "evaluation":
        yield (
            "frame",
            lambda: (records.open_evaluation(item).frame, records.open_evaluation(item).metrics),
        )
    if kept.kind == "attack":
        yield "records", lambda: attack_runs.open_attack(item).records
        yield "figures", lambda: attack_runs.open_attack(item).figures
        yield "last", lambda: attack_state.last_records(attack_runs.open_attack(item), 5)
    if kept.kind in ("attack", "verdicts"):
        yield "attacked", lambda: robustness_state.attacked([attacks.open_run(item)])
    if kept.kind == "probe":
        yield (
            "probed",
            lambda: [(run.frame, run.matrix) for run in probings.list_runs() if run.run_id == item],
        )
    if kept.kind == "bias":
        yield (
            "bias",
            lambda: [
                (run.frame, run.taken_out, run.report, run.weak)
                for run in bias.list_runs()
                if run.run_id == item
            ],
        )
    if kept.kind == "paired":
        yield "pairs", lambda: (paired.open_paired(item).frame, paired.open_paired(item).by_kind)
    if kept.kind in ("panel", "panel-answers"):
        yield "panel", lambda: panels.results(making.open_panel(item)).figures
    if kept.kind == "optimisation":
        yield (
            "study",
            lambda: (search.open_study(item).trials, search.open_study(item).importance),
        )
    if kept.kind == "learning-curve":
        yield "curve", lambda: learning_curves.open_curve(item).frame
    if kept.kind == "certificate":
        yield "rows", lambda: certificate_runs.open_certificate(item).rows
        yield "brackets", lambda: certificate_runs.open_certificate(item).brackets
    if kept.kind == "hardening":
        yield "hardening", lambda: harden.before_and_after(item)
        yield "steps", lambda: Steps(runs.open_run(item).folder)
    if kept.kind == "table":
        yield "table", lambda: tables.open_table(item).rows
    if kept.kind == "models":
        yield "model", lambda: models.load_model(item).predict_proba(["wonderful"])
    if kept.kind == "datasets":
        yield "reviews", lambda: data.by_fingerprint(item)
    if kept.kind == "probes":
        yield "own probe", lambda: probes.STORE.open(item).cases()
        yield "as yaml", lambda: probes.as_yaml(item)
    if kept.kind == "slices":
        yield "own slice", lambda: slices.STORE.open(item)
    if kept.kind == "job":
        yield "job", lambda: jobs.status(item)
        yield "log", lambda: jobs.log_tail(item)
        yield "scratch", lambda: jobs.scratch(item)
    if kept.kind in ("augmentation", "attack"):
        from sentiment_core.training import edited_reviews

        yield "edited reviews", lambda: edited_reviews.read([item])
    if kept.kind == "transfer":
        from attacks.batches import transfer

        yield "transfer", lambda: [transfer.newest_transfer([run]) for run in LISTINGS["attack"]()]


def one_line(error: ReelcheckError) -> bool:
    """Whether an error says something, in one line of bearable length."""
    text = str(error)
    return bool(text) and "\n" not in text and len(text) < 1500

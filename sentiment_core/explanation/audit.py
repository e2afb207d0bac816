"""How far can an explainer be trusted for a model? Measured on its reviews, and kept as a run.

A run of kind audit: each review is journaled when it is done; `results.parquet` has a row for each review and
explainer, the manifest the figures with their n and intervals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import statistics
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import DataError, RunError
from sentiment_core.explanation import measuring, stability
from sentiment_core.explanation.base import Explainer, ExplanationError
from sentiment_core.explanation.explaining import fresh
from sentiment_core.explanation.faithfulness import BEAM
from sentiment_core.explanation.passages import passage_of
from sentiment_core.explanation.plausibility import Rationale
from sentiment_core.jobs.progress import Stages
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal, provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged

KIND = "audit"
RESULTS = "results.parquet"
#: The figures of an explainer: the column of the results, what it says, and which way is better.
FIGURES = {
    "comprehensiveness": ("Comprehensiveness, 0 to 1 between the worst and the best order found", "higher"),
    "sufficiency": ("Sufficiency, 0 to 1 between the best and the worst order found", "lower"),
    "agreement_exact": ("Rank correlation with the exact explanation", "higher"),
    "stability": ("Rank correlation of the other words' scores after a synonym", "higher"),
    "randomised": ("Rank correlation with the same network with random weights", "nearer to 0"),
    "average_precision": ("Average precision against people's rationales", "higher"),
    "token_f1": ("Token F1 against people's rationales", "higher"),
    "delta": ("How far the scores are from adding up, absolute, in log-odds", "nearer to 0"),
    "seconds": ("Seconds per review", "lower"),
}
COLUMNS = ("part", "example_id", "method", "words", "read_all", *FIGURES, "limit_low", "limit_high")
FORM = runs.Form(
    spec={
        "model_id": str,
        "methods": [str],
        "n": int,
        "n_rationales": int,
        "data?": dict,
        "rationales?": str,
    },
    manifest={
        "model_id": str,
        "n": int,
        "figures": {...: {...: ESTIMATE}},
        "limits": {...: ESTIMATE},
        "agreement": [{"first": str, "second": str, "correlation": ESTIMATE}],
    },
    tables=(RESULTS,),
)
_CONSTANT = "scores are constant"
_NO_WORDS = "the answers do not depend on words"
_RECORD = {"key": str, "rows": [dict], "pairs": [[object]]}
_REASONS = {
    "agreement_exact": "the model has no exact explanation",
    "stability": "no review has a word of our list of synonyms",
    "randomised": "the model has no layers whose weights could be random, or none was checked",
    "average_precision": "no rationales were given",
    "token_f1": "no rationales were given",
}


@dataclass(frozen=True)
class AuditRequest:
    """What is audited.

    Attributes:
        model_id: of the classifier.
        explainers: those to compare; the one by chance should be among them.
        examples: columns example_id and text; what is not read is not explained.
        data: name, fingerprint and split of the examples, for the record.
        rationales: reviews with the words that people marked; may be none.
        beam: orders that the search for the best one keeps.
        randomise: on how many reviews the layers' weights are made random.
    """

    model_id: str
    explainers: Sequence[Explainer]
    examples: pd.DataFrame
    data: Mapping[str, Any]
    rationales: Sequence[Rationale] = ()
    rationales_name: str = ""
    beam: int = BEAM
    randomise: int = 10

    def spec(self) -> dict[str, Any]:
        """Return the record of the request, after checking that it can be met."""
        if self.examples.empty and not self.rationales:
            raise DataError("there is no review to audit on")
        if self.beam < 1 or self.randomise < 0:
            raise ExplanationError(
                f"beam is {self.beam}, and randomise {self.randomise}; give 1 or more, and 0 or more"
            )
        return {
            "model_id": self.model_id,
            "methods": [explainer.name for explainer in self.explainers],
            "settings": {explainer.name: dict(explainer.settings) for explainer in self.explainers},
            "data": dict(self.data),
            "n": len(self.examples),
            "rationales": self.rationales_name,
            "n_rationales": len(self.rationales),
            "beam": self.beam,
            "randomise": self.randomise,
        }


@dataclass(frozen=True)
class Audit:
    """A finished audit."""

    run_id: str
    manifest: dict[str, Any]

    @property
    def model_id(self) -> str:
        """Return the id of the model whose explanations were measured."""
        return str(self.manifest["model_id"])

    @property
    def methods(self) -> list[str]:
        """Return the explainers, in the order asked for."""
        return list(self.manifest["methods"])

    def figure(self, method: str, name: str) -> Estimate:
        """Return one of FIGURES of an explainer."""
        return Estimate.from_json(self.manifest["figures"][method][name])

    @property
    def frame(self) -> pd.DataFrame:
        """Return COLUMNS, a row for each review and explainer."""
        return runs.read_table(runs.open_run(self.run_id, FORM), RESULTS, COLUMNS)


def audit(classifier: Classifier, request: AuditRequest, progress: Progress = no_progress) -> str:
    """Measure, keep the record, and return the run's id.

    Each review is kept when it is done: after Cancelled or a kill, the same request resumes its run.
    """
    spec = runs.json_ready(request.spec())
    run_id = _unfinished_like(spec) or _started(spec)
    folder = runs.folder_of(run_id)
    with runs.alone(folder):
        _measure(classifier, request, folder, progress)
        _finish(folder, spec)
    return run_id


def _started(spec: Mapping[str, Any]) -> str:
    return runs.create(KIND, runs.new_run_id(KIND, spec["model_id"], spec), spec).name


def _unfinished_like(spec: Mapping[str, Any]) -> str | None:
    """Return the newest unfinished audit of exactly this request that nobody is at work on."""
    same = (run for run in runs.list_runs(KIND, FORM) if not run.finished and run.spec == spec)
    return next((run.run_id for run in same if not runs.is_running(run.folder)), None)


def figures(frame: pd.DataFrame, method: str) -> dict[str, Estimate]:
    """Return each of FIGURES of an explainer, with its n and interval."""
    own = frame[frame["method"] == method]
    return {name: statistics.mean(own[name].to_numpy(), _REASONS.get(name, _NO_WORDS)) for name in FIGURES}


def open_audit(run_id: str) -> Audit:
    """Return a finished audit; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    run = runs.open_run(run_id, FORM)
    if kind != KIND or run.manifest is None:
        raise RunError(f"run {run_id!r} is not a finished audit")
    return Audit(run.run_id, run.manifest)


def list_audits(model_id: str | None = None) -> list[Audit]:
    """Return the finished audits, newest first, of one model where given."""
    found = [Audit(run.run_id, run.manifest) for run in runs.list_runs(KIND, FORM) if run.manifest]
    return [one for one in found if model_id in (None, one.model_id)]


def damaged_audits() -> list[Damaged]:
    """Return what is wrong with the audits whose files are not as they must be."""
    return runs.damaged_runs(KIND, FORM)


def most_faithful(found: Audit) -> str | None:
    """Return the explainer whose normalised comprehensiveness is highest, where it is above chance.

    None where no interval lies wholly above the random explainer's, so that none can be recommended.
    """
    defined = {m: found.figure(m, "comprehensiveness") for m in found.methods}
    chance = defined.pop("random", None)
    able = {m: e for m, e in defined.items() if e.defined and (chance is None or e.ci_low > chance.ci_high)}
    return max(able, key=lambda method: able[method].value, default=None)


def repair(run_id: str) -> None:
    """Write the table and the manifest of an audit again from its journal.

    A damaged manifest is removed where reviews are missing: the same request then resumes the run.

    Raises:
        RunError: its spec is damaged, which says what was measured.
    """
    folder = runs.folder_of(run_id)
    with runs.alone(folder):
        spec = runs.unfinished_again(folder, FORM, "audit")
        if len(journal.records(folder, _RECORD)) == spec["n"] + spec["n_rationales"]:
            _finish(folder, spec)


# --- the work --------------------------------------------------------------------------------------


def _measure(classifier: Classifier, request: AuditRequest, folder: Path, progress: Progress) -> None:
    """Measure what the journal does not hold yet, one review after the other."""
    done = {record["key"] for record in journal.records(folder, _RECORD)}
    for explainer in request.explainers:  # a library's import is no part of a review's seconds
        fresh(classifier, passage_of(classifier, "A short film."), explainer, explainer.settled())
    random_weights = stability.randomised(classifier) if request.randomise else None
    bar = Stages(progress, float(len(request.examples) + len(request.rationales)))
    reviews = zip(request.examples["example_id"], request.examples["text"], strict=True)
    for number, (example_id, text) in enumerate(reviews):
        key = f"review {number}"
        if key in done:
            bar.skip(1.0)
            continue
        stage = bar.stage(1.0, f"review {number + 1:,} of {len(request.examples):,}")
        changed = random_weights if number < request.randomise else None
        review = (str(example_id), str(text))
        record = measuring.of_review(classifier, changed, request.explainers, review, request.beam, stage)
        journal.append(folder, {"key": key, **record})
    share = measuring.share_of_marked(classifier, request.rationales)
    for number, rationale in enumerate(request.rationales):
        key = f"rationale {number}"
        if key in done:
            bar.skip(1.0)
            continue
        stage = bar.stage(1.0, f"rationale {number + 1:,} of {len(request.rationales):,}")
        record = measuring.of_rationale(classifier, request.explainers, rationale, share, stage)
        journal.append(folder, {"key": key, **record})
    bar.done("audit finished")


def _finish(folder: Path, spec: Mapping[str, Any]) -> None:
    """Write the table and the figures of what the journal holds."""
    records = journal.records(folder, _RECORD)
    frame = pd.DataFrame([row for record in records for row in record["rows"]], columns=list(COLUMNS))
    numbers = [*FIGURES, "limit_low", "limit_high"]
    frame[numbers] = frame[numbers].astype(np.float64)
    workspace.write_parquet(folder / RESULTS, frame)
    reviews = frame[frame["part"] == "reviews"]
    pairs: dict[tuple[str, str], list[float]] = {}
    for first, second, value in (pair for record in records for pair in record["pairs"]):
        pairs.setdefault((first, second), []).append(np.nan if value is None else value)
    facts = {
        **spec,
        "n": int(reviews["example_id"].nunique()),
        "figures": {method: figures(frame, method) for method in spec["methods"]},
        "limits": {name: _of_reviews(reviews, name) for name in ("limit_low", "limit_high")},
        "agreement": [
            {"first": a, "second": b, "correlation": statistics.mean(np.array(values), _CONSTANT)}
            for (a, b), values in pairs.items()
        ],
        "words": float(reviews["words"].mean()) if len(reviews) else 0.0,
        "threads": _threads(),
        "created": runs.open_run(folder.name).created,
        **provenance.of_files(folder / RESULTS),
    }
    runs.finish(folder, facts)


def _of_reviews(rows: pd.DataFrame, name: str) -> Estimate:
    """Return the mean of what is the same for every method of a review."""
    return statistics.mean(rows.groupby("example_id")[name].first().to_numpy(), "no review was audited")


def _threads() -> int:
    import sys

    torch = sys.modules.get("torch")
    return 1 if torch is None else int(torch.get_num_threads())

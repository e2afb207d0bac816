"""How far can an explainer be trusted for a model? Measured on its reviews, and kept as a run.

A run of kind audit: `results.parquet` has a row for each review and explainer, the manifest the figures with
their n and intervals.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import statistics
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import DataError, RunError
from sentiment_core.explanation import plausibility, stability
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Attribution, Explainer, ExplanationError
from sentiment_core.explanation.explaining import explain, fresh
from sentiment_core.explanation.faithfulness import BEAM, faithfulness
from sentiment_core.explanation.passages import passage_of
from sentiment_core.explanation.plausibility import Rationale
from sentiment_core.jobs.progress import Stages
from sentiment_core.schema import Estimate
from sentiment_core.storage import provenance, runs, workspace
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
    spec={"model_id": str, "methods": [str], "data?": dict, "rationales?": str},
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
    """Measure, keep the record, and return the run's id; Cancelled raised in `progress` leaves nothing."""
    spec = request.spec()
    began = time.monotonic()
    rows, pairs = _measured(classifier, request, progress)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    run_id = runs.new_run_id(KIND, request.model_id, spec)
    folder = runs.create(KIND, run_id, spec)
    workspace.write_parquet(folder / RESULTS, frame)
    reviews = frame[frame["part"] == "reviews"]
    facts = {
        **spec,
        "n": int(reviews["example_id"].nunique()),
        "figures": {explainer.name: figures(frame, explainer.name) for explainer in request.explainers},
        "limits": {
            name: statistics.mean(
                reviews.groupby("example_id")[name].first().to_numpy(), "no review was audited"
            )
            for name in ("limit_low", "limit_high")
        },
        "agreement": [
            {
                "first": first,
                "second": second,
                "correlation": statistics.mean(np.array(values), "scores are constant"),
            }
            for (first, second), values in pairs.items()
        ],
        "words": float(reviews["words"].mean()),
        "seconds": round(time.monotonic() - began, 1),
        "threads": _threads(),
        "created": runs.open_run(run_id).created,
        **provenance.of_files(folder / RESULTS),
    }
    runs.finish(folder, facts)
    return run_id


def figures(frame: pd.DataFrame, method: str) -> dict[str, Estimate]:
    """Return each of FIGURES of an explainer, with its n and interval."""
    own = frame[frame["method"] == method]
    return {
        name: statistics.mean(
            own[name].to_numpy(dtype=np.float64), _REASONS.get(name, "the answer does not depend on words")
        )
        for name in FIGURES
    }


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


# --- one review after the other -------------------------------------------------------------------


def _measured(
    classifier: Classifier, request: AuditRequest, progress: Progress
) -> tuple[list[dict[str, Any]], dict[tuple[str, str], list[float]]]:
    rows: list[dict[str, Any]] = []
    pairs: dict[tuple[str, str], list[float]] = {}
    for explainer in request.explainers:  # a library's import is no part of a review's seconds
        fresh(classifier, passage_of(classifier, "A short film."), explainer, explainer.settled())
    bar = Stages(progress, float(len(request.examples) + len(request.rationales)))
    random_weights = stability.randomised(classifier) if request.randomise else None
    reviews = zip(request.examples["example_id"], request.examples["text"], strict=True)
    for number, (example_id, text) in enumerate(reviews):
        stage = bar.stage(1.0, f"review {number + 1:,} of {len(request.examples):,}")
        changed = random_weights if number < request.randomise else None
        rows += _of_review(classifier, changed, request, (str(example_id), str(text)), pairs, stage)
    rows += _of_rationales(classifier, request, bar)
    bar.done("audit finished")
    return rows, pairs


def _of_review(
    classifier: Classifier,
    random_weights: Classifier | None,
    request: AuditRequest,
    review: tuple[str, str],
    pairs: dict[tuple[str, str], list[float]],
    progress: Progress,
) -> list[dict[str, Any]]:
    """Return a row for each explainer, and add the rank correlations of this review to `pairs`."""
    example_id, text = review
    passage = passage_of(classifier, text)
    if not passage.words:
        return []
    found: dict[str, tuple[Attribution, float]] = {}
    for number, explainer in enumerate(request.explainers):
        progress(number, len(request.explainers) + 2, explainer.name)
        began = time.perf_counter()
        attribution = fresh(classifier, passage, explainer, explainer.settled())
        found[explainer.name] = attribution, time.perf_counter() - began
    progress(len(found), len(found) + 2, "searching the best order")
    scores = {name: attribution.scores for name, (attribution, _) in found.items()}
    for first, second in combinations(scores, 2):
        pairs.setdefault((first, second), []).append(stability.correlation(scores[first], scores[second]))
    faithful = faithfulness(Asker(classifier, passage), scores, request.beam)
    progress(len(found) + 1, len(found) + 2, "checking stability")
    exact = next((scores[one.name] for one in request.explainers if one.exact), None)
    synonym = stability.with_synonym(text)
    rows = []
    for explainer in request.explainers:
        attribution, seconds = found[explainer.name]
        row = _row("reviews", example_id, attribution, seconds) | {
            "comprehensiveness": faithful.comprehensiveness[explainer.name],
            "sufficiency": faithful.sufficiency[explainer.name],
            "limit_low": faithful.limits[0],
            "limit_high": faithful.limits[1],
            "agreement_exact": np.nan if exact is None else stability.correlation(attribution.scores, exact),
        }
        if synonym is not None:
            after = fresh(classifier, passage_of(classifier, synonym), explainer, explainer.settled())
            row["stability"] = stability.unchanged_words_agree(attribution, after)
        if random_weights is not None:
            other = fresh(random_weights, passage, explainer, explainer.settled())
            row["randomised"] = stability.correlation(attribution.scores, other.scores)
        rows.append(row)
    return rows


def _of_rationales(classifier: Classifier, request: AuditRequest, bar: Stages) -> list[dict[str, Any]]:
    """Return a row for each review with marked words and each explainer."""
    found: list[tuple[Rationale, Attribution]] = []
    for number, rationale in enumerate(request.rationales):
        stage = bar.stage(1.0, f"rationale {number + 1:,} of {len(request.rationales):,}")
        for place, explainer in enumerate(request.explainers):
            stage(place, len(request.explainers), explainer.name)
            (attribution,) = explain(classifier, [rationale.text], explainer)
            found.append((rationale, attribution))
    truths = [plausibility.marked(attribution, rationale) for rationale, attribution in found]
    share = plausibility.marked_share(truths)
    rows = []
    for (rationale, attribution), truth in zip(found, truths, strict=True):
        scores = plausibility.toward_label(attribution, rationale.label)
        if not truth.any():
            continue  # nothing that the model read is marked
        rows.append(
            _row("rationales", rationale.example_id, attribution, np.nan)
            | {
                "average_precision": plausibility.average_precision(scores, truth),
                "token_f1": plausibility.token_f1(scores, truth, share),
            }
        )
    return rows


def _row(part: str, example_id: str, attribution: Attribution, seconds: float) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS, np.nan) | {
        "part": part,
        "example_id": example_id,
        "method": attribution.method,
        "words": len(attribution.tokens),
        "read_all": not attribution.truncated,
        "delta": abs(attribution.delta) if part == "reviews" else np.nan,
        "seconds": seconds,
    }


def _threads() -> int:
    import sys

    torch = sys.modules.get("torch")
    return 1 if torch is None else int(torch.get_num_threads())

"""What an audit measures on one review, and on one review whose words people marked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from sentiment_core.classifiers.base import Classifier, Progress
from sentiment_core.explanation import plausibility, stability
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Attribution, Explainer
from sentiment_core.explanation.explaining import explain, fresh
from sentiment_core.explanation.faithfulness import faithfulness
from sentiment_core.explanation.passages import passage_of
from sentiment_core.explanation.plausibility import Rationale

#: One review: a row for each explainer, and each pair of explainers with their rank correlation.
Record = dict[str, Any]


def of_review(
    classifier: Classifier,
    random_weights: Classifier | None,
    explainers: Sequence[Explainer],
    review: tuple[str, str],
    beam: int,
    progress: Progress,
) -> Record:
    """Return what the explainers do on one review (example_id, text); no rows where it has no word."""
    example_id, text = review
    passage = passage_of(classifier, text)
    if not passage.words:
        return {"rows": [], "pairs": []}
    found: dict[str, tuple[Attribution, float]] = {}
    for number, explainer in enumerate(explainers):
        progress(number, len(explainers) + 2, explainer.name)
        began = time.perf_counter()
        attribution = fresh(classifier, passage, explainer, explainer.settled())
        found[explainer.name] = attribution, time.perf_counter() - began
    progress(len(found), len(found) + 2, "searching the best order")
    scores = {name: attribution.scores for name, (attribution, _) in found.items()}
    faithful = faithfulness(Asker(classifier, passage), scores, beam)
    progress(len(found) + 1, len(found) + 2, "checking stability")
    exact = next((scores[one.name] for one in explainers if one.exact), None)
    synonym = stability.with_synonym(text)
    rows = []
    for explainer in explainers:
        attribution, seconds = found[explainer.name]
        row = {
            **_row("reviews", example_id, attribution),
            "seconds": seconds,
            "delta": abs(attribution.delta),
            "comprehensiveness": faithful.comprehensiveness[explainer.name],
            "sufficiency": faithful.sufficiency[explainer.name],
            "limit_low": faithful.limits[0],
            "limit_high": faithful.limits[1],
        }
        if exact is not None:
            row["agreement_exact"] = stability.correlation(attribution.scores, exact)
        if synonym is not None:
            after = fresh(classifier, passage_of(classifier, synonym), explainer, explainer.settled())
            row["stability"] = stability.unchanged_words_agree(attribution, after)
        if random_weights is not None:
            other = fresh(random_weights, passage, explainer, explainer.settled())
            row["randomised"] = stability.correlation(attribution.scores, other.scores)
        rows.append(row)
    pairs = [[a, b, stability.correlation(scores[a], scores[b])] for a, b in combinations(scores, 2)]
    return {"rows": rows, "pairs": pairs}


def of_rationale(
    classifier: Classifier,
    explainers: Sequence[Explainer],
    rationale: Rationale,
    share: float,
    progress: Progress,
) -> Record:
    """Return how the explainers agree with people on one review; no rows where none of it is marked."""
    rows = []
    for number, explainer in enumerate(explainers):
        progress(number, len(explainers), explainer.name)
        (attribution,) = explain(classifier, [rationale.text], explainer)
        truth = plausibility.marked(attribution.offsets, rationale)
        if not truth.any():
            break
        scores = plausibility.toward_label(attribution, rationale.label)
        rows.append(
            {
                **_row("rationales", rationale.example_id, attribution),
                "average_precision": plausibility.average_precision(scores, truth),
                "token_f1": plausibility.token_f1(scores, truth, share),
            }
        )
    return {"rows": rows, "pairs": []}


def share_of_marked(classifier: Classifier, rationales: Sequence[Rationale]) -> float:
    """Return the mean share of marked words in what the classifier reads of these reviews."""
    found = []
    for rationale in rationales:
        passage = passage_of(classifier, rationale.text)
        offsets = [passage.in_given(start, end) for start, end in passage.words]
        found.append(plausibility.marked(offsets, rationale))
    return plausibility.marked_share(found)


def _row(part: str, example_id: str, attribution: Attribution) -> dict[str, Any]:
    return {
        "part": part,
        "example_id": example_id,
        "method": attribution.method,
        "words": len(attribution.tokens),
        "read_all": not attribution.truncated,
    }

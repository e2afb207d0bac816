"""Every figure of a bias report: groups treated differently, gaps, weakest slices, abuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attacks.bias import detoxify
from attacks.bias.counterfactuals import generalised, pairs_of, report
from attacks.bias.toxicity_report import rewritten, toxicity_report
from attacks.identities import ATTRIBUTES
from attacks.rewriting.base import Attribute
from attacks.schema import SliceError
from attacks.slices import memberships, weak
from attacks.slices.fairness import fairness_table
from attacks.slices.properties import properties
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.evaluation.prediction import predict_frame

#: Who says what is toxic, in the column `judge` of the toxicity table.
WORD_LIST, DETOXIFY = "word list", "Detoxify"


@dataclass(frozen=True)
class Findings:
    """Every table of a bias report.

    Attributes:
        frame: counterfactual sets (PAIR_COLUMNS) with prob_positive.
        report: REPORT_COLUMNS, whose probability changes.
        generalised: the generalised metrics of the same sets.
        left_out: rewrites that were not made, with the reason.
        fairness: FAIRNESS_COLUMNS, gaps of the membership slices.
        weak: WEAK_COLUMNS, the weakest slices found.
        toxicity: `judge`, then TOXICITY_COLUMNS.
        taken_out: toxic reviews with and without their abuse, and the model's answer to each.
    """

    frame: pd.DataFrame
    report: pd.DataFrame
    generalised: pd.DataFrame
    left_out: pd.DataFrame
    fairness: pd.DataFrame
    weak: pd.DataFrame
    toxicity: pd.DataFrame
    taken_out: pd.DataFrame


def attributes_named(names: Sequence[str] | None = None) -> list[Attribute]:
    """Return the attributes of these names, each once, or all; SliceError names those that are known."""
    unknown = [name for name in names or () if name not in ATTRIBUTES]
    if unknown:
        raise SliceError(f"attribute '{unknown[0]}' is not known; known: {', '.join(ATTRIBUTES)}")
    return [ATTRIBUTES[name] for name in dict.fromkeys(ATTRIBUTES if names is None else names)]


def measure(
    model: str,
    examples: pd.DataFrame,
    predictions: pd.DataFrame,
    attributes: Sequence[Attribute],
    *,
    reviews: int,
    seed: int = 0,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> Findings:
    """Return every table; each distinct changed text is read by the model once.

    Args:
        model: id or alias.
        examples: labeled reviews, EXAMPLE_COLUMNS and perhaps more.
        predictions: what the model says to these reviews as they are, PREDICTION_COLUMNS.
        attributes: whose words are rewritten.
        reviews: how many real reviews are rewritten, at most, for each attribute and for toxicity.
        seed: of every random choice.
        workers: processes; see `prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: called at every step; raise Cancelled in it to stop.
    """
    progress(0, 1, "rewriting reviews")
    pairs = pairs_of(attributes, examples, n=reviews, seed=seed)
    abused = rewritten(examples, n=reviews, seed=seed)
    texts = [*pairs.frame["text"], *abused["text"], *abused["without"], *abused["others"]]
    said = _answers(model, texts, workers, cluster, progress)
    progress(0, 1, "comparing slices")
    frame = pairs.frame.assign(prob_positive=pairs.frame["text"].map(said))
    taken_out = abused.assign(
        prob_positive=abused["text"].map(said),
        prob_without=abused["without"].map(said),
        prob_others=abused["others"].map(said),
    )
    joined = joined_to(examples, predictions)
    described = properties(joined)
    return Findings(
        frame=frame,
        report=report(frame, seed=seed),
        generalised=generalised(frame, seed=seed),
        left_out=pairs.left_out,
        fairness=fairness_table(joined, _tellable(memberships.masks(described))),
        weak=weak.search(with_error(described, joined), seed=seed),
        toxicity=_toxicity(joined, described, taken_out, reviews, seed, progress),
        taken_out=taken_out,
    )


def joined_to(examples: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews that have a prediction, with prob_positive, n_tokens and truncated."""
    columns = ["example_id", "prob_positive", "n_tokens", "truncated"]
    return examples.merge(predictions[columns], on="example_id", validate="one_to_one")


def with_error(described: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """Return properties and `error`, True where the model is wrong at threshold 0.5: what `weak` searches.

    Without n_tokens: `words` says the same, and a query with it means the same for every model.
    """
    called = joined["prob_positive"].to_numpy(dtype=float) >= 0.5
    return described.drop(columns="n_tokens").assign(
        error=called != (joined["label"].to_numpy(dtype=float) == 1)
    )


def _answers(
    model: str, texts: Sequence[str], workers: int | None, cluster: str | None, progress: Progress
) -> dict[str, float]:
    distinct = list(dict.fromkeys(texts))
    asked = pd.DataFrame({"example_id": range(len(distinct)), "text": distinct})
    predicted = predict_frame(model, asked, workers=workers, cluster=cluster, progress=progress)
    return dict(zip(distinct, predicted["prob_positive"].astype(float), strict=True))


def _tellable(masks: dict[str, pd.Series[bool]]) -> dict[str, pd.Series[bool]]:
    """Return the slices that the data says anything of: without a rating there is no slice of low ratings."""
    return {name: mask for name, mask in masks.items() if mask.notna().any()}


def _toxicity(
    joined: pd.DataFrame,
    described: pd.DataFrame,
    taken_out: pd.DataFrame,
    reviews: int,
    seed: int,
    progress: Progress,
) -> pd.DataFrame:
    listed = joined.assign(toxicity=described["toxicity"].to_numpy(dtype=float))
    tables = [toxicity_report(listed, taken_out, seed=seed).assign(judge=WORD_LIST)]
    if detoxify.where() is not None:
        drawn = np.random.default_rng(seed).permutation(len(joined))[:reviews]
        sample = joined.iloc[drawn].reset_index(drop=True)
        # Whole steps, since the report counts as toxic what is above 0.
        score = np.floor(10 * detoxify.toxicities(list(sample["text"]), progress)) / 10
        judged = sample.assign(toxicity=np.where(score >= detoxify.TOXIC_FROM, score, 0.0))
        tables.append(toxicity_report(judged, seed=seed).assign(judge=DETOXIFY))
    table = pd.concat(tables, ignore_index=True)
    return table[["judge", *(name for name in table.columns if name != "judge")]]

"""Several seeds of one setting: how far apart chance alone puts models, and whether two settings differ."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.classifiers.base import Params, Progress, no_progress
from sentiment_core.errors import ModelError
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import train
from sentiment_core.training.edited_reviews import Adversarial
from sentiment_core.training.paired_texts import PairedTexts


@dataclass(frozen=True)
class Spread:
    """A figure over n seeds: mean, standard deviation (n - 1 in its denominator), lowest and highest.

    NaN where it is not defined, and `reason` says why.
    """

    mean: float
    sd: float
    low: float
    high: float
    n: int
    reason: str = ""


@dataclass(frozen=True)
class SeedDifference:
    """Mean of B minus mean of A over their seeds, with Welch's 95 % interval and p-value.

    The interval is about the chance in training alone, on these reviews; other reviews are `compare`'s.
    """

    value: float
    ci_low: float
    ci_high: float
    p: float
    n_a: int
    n_b: int
    reason: str = ""

    def sentence(self, name_a: str, name_b: str) -> str:
        """Return whether the two settings differ, in points."""
        seeds = f"{self.n_a} and {self.n_b} seeds"
        if math.isnan(self.value):
            return f"{name_a} and {name_b} cannot be compared: {self.reason}."
        points = f"{100 * self.value:+.2f} points"
        if math.isnan(self.p):
            return f"{name_b} minus {name_a}: {points}, without an interval: {self.reason}."
        interval = f"[{100 * self.ci_low:+.2f}, {100 * self.ci_high:+.2f}]"
        verdict = "unlikely to be chance" if self.p < 0.05 else "no difference is shown"
        return (
            f"{name_b} minus {name_a}: {points} {interval} over {seeds}; {verdict} (Welch, p = {self.p:.3g})."
        )


def train_seeds(
    family: str,
    dataset: Dataset,
    params: Params,
    seeds: Sequence[int],
    *,
    alias: str | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
    announce: Callable[[Path], None] | None = None,
    adversarial: Adversarial | None = None,
    paired: PairedTexts | None = None,
    asked: Mapping[str, Any] | None = None,
) -> list[ModelCard]:
    """Train one model per seed, all other settings the same, and return them in the order of the seeds.

    Args:
        family: a name in FAMILIES whose settings include a seed.
        dataset: reviews; where they have no validation split, each seed holds out its own rows of train.
        params: settings that differ from the family's defaults.
        seeds: one model each.
        alias: the models are called alias-seed.
        resume: reuse the models that are on the shelf already, and resume from checkpoints.
        progress: called at every step of every model.
        announce: called with the folder of each model's checkpoints and curves.
        adversarial: edited training reviews to train on as well.
        paired: pairs of reviews and their edits to train on as well.
        asked: how the data set was asked for, for the manifests alone.
    """
    _check_seeds(family, seeds)
    bar = Stages(progress, float(len(seeds)))
    cards = []
    for number, seed in enumerate(seeds, start=1):
        stage = bar.stage(1.0, f"seed {seed} ({number} of {len(seeds)})")
        name = f"{alias}-{seed}" if alias else None
        setting = {**params, "seed": seed}
        done = _on_shelf(family, dataset, setting, name, adversarial, paired) if resume else None
        cards.append(
            done
            or train.train(
                family,
                dataset,
                setting,
                alias=name,
                resume=resume,
                progress=stage,
                announce=announce,
                adversarial=adversarial,
                paired=paired,
                asked=asked,
            )
        )
    bar.done("all seeds trained")
    return cards


def spread(values: Sequence[float]) -> Spread:
    """Return mean, standard deviation and range of one figure over seeds."""
    n = len(values)
    if n == 0:
        return Spread(math.nan, math.nan, math.nan, math.nan, 0, "no seeds")
    sd = float(np.std(values, ddof=1)) if n > 1 else math.nan
    reason = "" if n > 1 else "a standard deviation needs 2 seeds or more"
    return Spread(float(np.mean(values)), sd, min(values), max(values), n, reason)


def difference(a: Sequence[float], b: Sequence[float]) -> SeedDifference:
    """Return mean(b) - mean(a) with the interval of Welch's t test (Welch 1947); variances may differ."""
    n = len(a), len(b)
    if not all(n):
        return SeedDifference(math.nan, math.nan, math.nan, math.nan, *n, "one of them has no seeds")
    value = float(np.mean(b) - np.mean(a))
    if min(n) < 2:
        return SeedDifference(value, math.nan, math.nan, math.nan, *n, "each needs 2 seeds or more")
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        return SeedDifference(value, math.nan, math.nan, math.nan, *n, "no seed differs from another")
    from scipy import stats

    test = stats.ttest_ind(b, a, equal_var=False)
    low, high = test.confidence_interval(0.95)
    return SeedDifference(value, float(low), float(high), float(test.pvalue), *n)


def same_setting(card: ModelCard) -> list[ModelCard]:
    """Return the models that differ from this one by their seed alone, of each seed the newest."""
    wanted = _setting(card)
    by_seed = {
        found.manifest.get("seed"): found for found in models.list_models() if _setting(found) == wanted
    }
    return sorted(by_seed.values(), key=lambda found: int(found.manifest.get("seed") or 0))


def parsed_seeds(text: str) -> list[int]:
    """Return the seeds in a text like "1,2,3"; ModelError if one is not a whole number or is repeated."""
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise ModelError(f"seeds are '{text}'; give whole numbers with commas, for example 1,2,3") from None
    if len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise ModelError(f"seeds are '{text}'; give each of them once, 0 or more")
    return seeds


def _check_seeds(family: str, seeds: Sequence[int]) -> None:
    if "seed" not in train.family_named(family).default_params:
        raise ModelError(f"{family} has no setting 'seed': it gives the same model every time")
    if not seeds:
        raise ModelError("no seeds are given; give one or more, for example 1,2,3")


def _on_shelf(
    family: str,
    dataset: Dataset,
    params: Params,
    alias: str | None,
    adversarial: Adversarial | None,
    paired: PairedTexts | None,
) -> ModelCard | None:
    """Return the newest model of exactly this spec, under the alias; None where there is none."""
    _, spec = train.asked_for(family, dataset, params, adversarial, paired=paired)
    found = [card for card in models.list_models() if card.model_id.endswith(f"-{spec.hash}")]
    if found and alias:
        models.set_alias(alias, found[-1].model_id)
    return models.resolve(found[-1].model_id) if found else None


def _setting(card: ModelCard) -> tuple[object, ...]:
    """Return what two models share that differ by their seed alone.

    Settings as given, not as chosen: nbsvm picks its C anew for every seed.
    """
    given = {name: value for name, value in card.manifest.get("params_given", {}).items() if name != "seed"}
    settings = train.params_in_force(card.family, given) | {"seed": None}
    taught = {**card.manifest.get("distilled_from", {}), "measured": None}
    more = [card.manifest.get(name) for name in ("adversarial", "paired")]
    further = json.dumps([*more, taught], sort_keys=True)
    return card.family, card.trained_on.get("fingerprint"), tuple(sorted(settings.items(), key=str)), further

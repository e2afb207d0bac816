"""A recipe's substitutions as what a model is trained against and certified against: the worst of them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from attacks.certificates import edits, methods
from attacks.certificates import runs as certificates
from attacks.certificates.schema import CERTIFIED, CertificateSpec
from attacks.schema import Example
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, Substitutions
from sentiment_core.errors import DataError, ModelError
from sentiment_core.models import ModelCard
from sentiment_core.training.against import Against


def check(card: ModelCard, recipe: str, k: int, most_lost: float) -> None:
    """Raise an error where a model cannot be trained against a recipe's worst k substitutions.

    Raises:
        DataError: k or `most_lost` lets nothing happen.
        ModelError: the model's family cannot be trained so.
        RunError: what the recipe does cannot be stated word by word.
    """
    if k < 1:
        raise DataError(f"--worst-case is {k}; give 1 or more substitutions")
    if not 0 <= most_lost < 1:
        raise DataError(f"--most-lost is {most_lost:g}; give a fraction of accuracy, such as 0.01")
    if FAMILIES[card.family].fit_against is None:
        able = ", ".join(name for name, family in FAMILIES.items() if family.fit_against)
        raise ModelError(
            f"{card.short_name} is of family {card.family}; trained against substitutions: {able}"
        )
    methods.method_for(card)
    edits.check("wordnet", recipe, {}, (k,))


def against(recipe: str, k: int, most_lost: float = 0.01) -> Against:
    """Return what is trained against: a recipe's candidates of each word."""
    candidates = edits.edits_of("wordnet", recipe).candidates
    identity = {"recipe": recipe, "k": k, "most_lost": most_lost}
    return Against(Substitutions(candidates, k, most_lost), identity)


def certified(
    model_id: str,
    recipe: str,
    k: int,
    examples: Sequence[Example],
    source: dict[str, object],
    *,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress,
) -> str:
    """Certify reviews against the same substitutions, and return the run's id."""
    spec = CertificateSpec(model_id, recipe=recipe, changes=(k,), data=source)
    return certificates.certify(spec, examples, workers=workers, cluster=cluster, progress=progress)


def holds(run_id: str) -> pd.Series:
    """Return whether each review is certified, by example id."""
    rows = certificates.open_certificate(run_id).rows.set_index("example_id")
    return rows["status"] == CERTIFIED

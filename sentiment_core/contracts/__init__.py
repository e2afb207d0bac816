"""Checks of what families, classifiers, metrics, explainers and commands promise; usable for one's own."""

from __future__ import annotations

from sentiment_core.contracts.base import ContractError
from sentiment_core.contracts.classifiers import check_classifier
from sentiment_core.contracts.commands import check_command
from sentiment_core.contracts.explainers import check_explainer
from sentiment_core.contracts.families import check_family
from sentiment_core.contracts.metrics import check_metric

__all__ = [
    "ContractError",
    "check_classifier",
    "check_command",
    "check_explainer",
    "check_family",
    "check_metric",
]

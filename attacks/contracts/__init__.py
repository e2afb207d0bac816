"""Checks of what recipes, probes and identities promise; one's own can be checked too."""

from __future__ import annotations

from attacks.contracts.identities import check_identity
from attacks.contracts.probes import check_probe
from attacks.contracts.recipes import check_recipe
from sentiment_core.contracts import ContractError

__all__ = ["ContractError", "check_identity", "check_probe", "check_recipe"]

"""Bias slices: identities that can be rewritten. To add one: a file with its ATTRIBUTE, and a line here."""

from __future__ import annotations

from attacks.slices import gender_words
from attacks.slices.base import Attribute

ATTRIBUTES: dict[str, Attribute] = {attribute.name: attribute for attribute in (gender_words.ATTRIBUTE,)}

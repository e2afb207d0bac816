"""The registry of identity attributes; to add one, add a file with its `ATTRIBUTE` and a line here."""

from __future__ import annotations

from attacks.identities import (
    age,
    dialect,
    disability,
    ethnicity_names,
    gender_names,
    gender_words,
    nationality,
    orientation,
    religion,
)
from attacks.rewriting.base import Attribute

ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        gender_words.ATTRIBUTE,
        gender_names.ATTRIBUTE,
        nationality.ATTRIBUTE,
        ethnicity_names.ATTRIBUTE,
        religion.ATTRIBUTE,
        age.ATTRIBUTE,
        orientation.ATTRIBUTE,
        disability.ATTRIBUTE,
        dialect.ATTRIBUTE,
    )
}

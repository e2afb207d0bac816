"""The ways of building a classifier. To add one: a file with `FAMILY`, and one line here."""

from __future__ import annotations

import importlib.util

from sentiment_core.classifiers.base import ClassifierFamily

_MODULES = ("tfidf", "bow", "nbsvm", "transformer")

FAMILIES: dict[str, ClassifierFamily] = {
    name: importlib.import_module(f"{__name__}.{name}").FAMILY
    for name in _MODULES
    if importlib.util.find_spec(f"{__name__}.{name}")
}

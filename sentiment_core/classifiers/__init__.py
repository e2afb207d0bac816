"""The registry of model families; to add one, add a file with its `FAMILY` and a line here."""

from __future__ import annotations

from sentiment_core.classifiers.base import ClassifierFamily
from sentiment_core.classifiers.blend import blending
from sentiment_core.classifiers.linear import bow, nbsvm, static, tfidf
from sentiment_core.classifiers.onnx import converted
from sentiment_core.classifiers.remote import asked
from sentiment_core.classifiers.transformer import family

FAMILIES: dict[str, ClassifierFamily] = {
    "tfidf": tfidf.FAMILY,
    "bow": bow.FAMILY,
    "nbsvm": nbsvm.FAMILY,
    "static": static.FAMILY,
    "transformer": family.FAMILY,
    "onnx": converted.FAMILY,
    "remote": asked.FAMILY,
}
# A blend is of models of the other families, so it is given them.
FAMILIES["blend"] = blending.family_over(FAMILIES)

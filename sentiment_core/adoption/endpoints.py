"""A model behind an address, put on the shelf: asked once about its labels, and allowed by who typed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentiment_core import models
from sentiment_core.adoption import shelving
from sentiment_core.adoption.shelving import Adopted
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.remote import asked, consent, labels, usage
from sentiment_core.classifiers.remote import classifier as remote
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.usage import Counter
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard

FAMILY = asked.FAMILY.name


def is_address(source: str) -> bool:
    """Return whether this is meant as an address, good or bad."""
    return "://" in source


def add(settings: Mapping[str, Any], *, near: bool = False, alias: str | None = None) -> ModelCard:
    """Ask an endpoint about its labels, put it on the shelf, and allow its address for this person.

    Args:
        settings: of `Endpoint`; the labels' names only where they are not clear by themselves.
        near: whether its name may lead to this machine or its network; an address that says so needs no more.
        alias: a short name for it.

    Raises:
        ModelError: a setting cannot be, or the labels are not clear.
        RemoteError: it gives no answer.
    """
    if alias is not None:
        models.check_alias(alias)
    endpoint = Endpoint.of(settings)
    near = near or consent.says_near(endpoint)
    asker = remote.opened(endpoint, endpoint.host, near=near, counter=Counter()).asker
    endpoint, said = labels.settled(asker)
    consent.give(endpoint, near=near)
    found = Adopted(
        FAMILY,
        asked.title_of(endpoint),
        {**FAMILIES[FAMILY].default_params, **endpoint.params},
        {},
        {"outputs": said},
    )
    card = shelving.put(found, lambda folder: remote.write(folder, endpoint), alias=alias)
    Counter(usage.file_of(card.model_id)).add(asker.counter.so_far())
    return card


def allow(name: str, *, near: bool = False) -> Endpoint:
    """Allow a model on the shelf to ask its address, and return it; ModelError where it asks none."""
    card = models.resolve(name)
    if not FAMILIES[card.family].elsewhere:
        raise ModelError(f"'{name}' is a {card.family} model: it answers here and asks no address")
    models.check_files(card)
    endpoint = remote.read(card.folder)
    consent.give(endpoint, near=near)
    return endpoint

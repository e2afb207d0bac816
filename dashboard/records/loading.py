"""Models loaded once for all visitors; one whose libraries take seconds to import is loaded in a thread.

A page asks `started` and draws what it has; nobody waits for a model unless its answer is needed. The thread
touches no Streamlit.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import public
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.remote import consent
from sentiment_core.classifiers.remote.classifier import RemoteClassifier
from sentiment_core.errors import ModelError, ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.storage import unchanged

if TYPE_CHECKING:
    from sentiment_core.classifiers.base import Classifier

#: Threads that prediction on a page may use; the workers of jobs set their own.
PAGE_THREADS = 2
HEAD_START_SECONDS = 0.5


def started(model_id: str) -> Future[Classifier]:
    """Return the loading of a model, started where nobody has yet; one that loads at once is finished.

    A failure is kept, too, until one of the model's files changes, or what may be asked elsewhere does.
    """
    card = models.resolve(model_id)
    files = [card.folder / name for name in (models.MANIFEST, *card.manifest["files"])] + [consent.file()]
    return _started(model_id, tuple(unchanged.stamp(str(path)) for path in files))


def all_started(cards: Iterable[ModelCard]) -> dict[str, Future[Classifier]]:
    """Return the loading of each model by its id; those that load at once do so before a thread gets busy."""
    quick_first = sorted(cards, key=lambda card: FAMILIES[card.family].slow_to_load)
    return {card.model_id: started(card.model_id) for card in quick_first}


def failure(loading: Future[Classifier]) -> str:
    """Return in one line why a model could not be loaded; nothing where it was, or still is being."""
    error = loading.exception() if loading.done() else None
    if error is not None and not isinstance(error, ReelcheckError):
        raise error
    return str(error) if error else ""


@st.cache_resource(max_entries=6, show_spinner=False)
def _started(model_id: str, files: tuple[unchanged.Stamp, ...]) -> Future[Classifier]:
    card = models.resolve(model_id)
    if FAMILIES[card.family].slow_to_load:
        return _pool().submit(_loaded_after_the_page, card)
    loading: Future[Classifier] = Future()
    try:
        loading.set_result(_loaded(card))
    except Exception as error:  # handed on by the future, as from a thread
        loading.set_exception(error)
    return loading


def _loaded_after_the_page(card: ModelCard) -> Classifier:
    """Return a model; the page that asked is drawn first, since importing keeps the interpreter busy."""
    time.sleep(HEAD_START_SECONDS)
    _limit_torch_threads()
    return _loaded(card)


def _loaded(card: ModelCard) -> Classifier:
    """Return a trained model, warm: its first answer takes no longer than the others.

    One elsewhere is not asked for that, since each answer may cost, and a page waits less for it. In public
    it is not asked at all.
    """
    if public.is_public() and any(FAMILIES[family].elsewhere for family in card.families):
        raise ModelError(f"{card.short_name} answers from elsewhere, and is not asked in public")
    loaded = models.load_model(card.model_id)
    if isinstance(loaded, RemoteClassifier):
        return loaded.hurried()
    if not any(FAMILIES[family].elsewhere for family in card.families):
        loaded.predict_proba(["warm up"])
    return loaded


@functools.cache
def _limit_torch_threads() -> None:
    """Set torch's threads once: its default, one a core for every visitor at once, makes all of them slow."""
    import torch

    torch.set_num_threads(PAGE_THREADS)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    """Return the one thread that loads: two would import the same libraries against each other."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading")

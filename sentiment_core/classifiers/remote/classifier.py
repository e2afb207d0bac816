"""A model that answers from elsewhere: read from its folder, it is asked over HTTP, and never at loading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.remote import consent, usage
from sentiment_core.classifiers.remote.asking import Asker
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.forms import positive_share
from sentiment_core.classifiers.remote.line import Line
from sentiment_core.classifiers.remote.usage import Counter, Usage
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.storage import kept
from sentiment_core.storage.workspace import write_json

FILE = "endpoint.json"
#: What a person waits for an answer on a page.
HURRIED_SECONDS = 10.0
#: Its own tokens are not known here: words and signs are counted instead.
_TOKEN = re.compile(r"\w+|[^\w\s]")


class RemoteClassifier:
    """A model behind an endpoint; equal texts of a call are sent once, and blank ones not at all.

    A blank text has probability 0.5 and is one of which nothing is known: endpoints refuse it, and with it
    the whole request that it is in.
    """

    def __init__(self, model_id: str, asker: Asker) -> None:
        self.model_id, self.asker = model_id, asker

    @property
    def endpoint(self) -> Endpoint:
        """Return where it answers."""
        return self.asker.endpoint

    def hurried(self) -> RemoteClassifier:
        """Return the same for somebody who waits: one try, and not for long."""
        endpoint = replace(self.endpoint, tries=1, timeout=min(self.endpoint.timeout, HURRIED_SECONDS))
        line = self.asker.line.with_timeout(endpoint.timeout)
        return RemoteClassifier(self.model_id, Asker(endpoint, line, self.asker.counter))

    @property
    def usage(self) -> Usage:
        """Return how much it was asked so far."""
        return self.asker.counter.so_far()

    @property
    def max_tokens(self) -> None:
        """Return None: how much of a text it reads is not known here."""
        return None

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1.

        Raises:
            RemoteError: the endpoint cannot be reached, refuses, or answers what is no answer.
            ModelError: it refuses one of the texts.
        """
        asked = list(dict.fromkeys(text for text in texts if text.strip()))
        one, (negative, positive) = self.endpoint, self.endpoint.outputs
        shares = [positive_share(row, negative, positive, one.host) for row in self.asker.scores(asked)]
        known = dict(zip(asked, shares, strict=True))
        found = np.array([known.get(text, 0.5) for text in texts], dtype=np.float64)
        return np.column_stack([1.0 - found, found])

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: words and signs of each text."""
        return np.array([len(_TOKEN.findall(text)) for text in texts], dtype=np.int64)

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether a text is blank."""
        return np.array([not text.strip() for text in texts], dtype=np.bool_)


def load(folder: Path, model_id: str) -> RemoteClassifier:
    """Read a model's folder; nothing is asked yet.

    Raises:
        ModelError: its file is damaged, or nobody allowed its address on this machine.
    """
    endpoint = read(folder)
    near = consent.check(endpoint, model_id)
    return opened(endpoint, model_id, near=near, counter=Counter(usage.file_of(model_id)))


def opened(endpoint: Endpoint, model_id: str, *, near: bool, counter: Counter) -> RemoteClassifier:
    """Return a model behind an endpoint; `near`: whether that may be in this machine's network."""
    line = Line(endpoint.url, near=near, timeout=endpoint.timeout, parallel=endpoint.parallel)
    return RemoteClassifier(model_id, Asker(endpoint, line, counter))


def write(folder: Path, endpoint: Endpoint) -> None:
    """Write FILE into a model's folder."""
    write_json(folder / FILE, endpoint.params)


def read(folder: Path) -> Endpoint:
    """Return what `write` wrote; ModelError where it is missing or damaged."""
    try:
        return Endpoint.of(kept.read_json(folder / FILE, {...: (str, int, float)}))
    except FileNotFoundError:
        raise ModelError(f"{FILE} is missing") from None
    except DamagedFile as error:
        raise ModelError(f"{FILE} is damaged: {error.what}") from None

"""Asks an endpoint about texts: in batches, not too fast, again after a fault that passes, never for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from sentiment_core.classifiers.remote import forms
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.line import Line, NoReply, Reply
from sentiment_core.classifiers.remote.usage import Counter
from sentiment_core.errors import ModelError, RemoteError

#: The endpoint is busy or starting, or something between it and us: worth another try.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
#: A request of several texts is made again in two parts: servers limit its bytes, or its texts.
TOO_MUCH = frozenset({413, 422})
#: What is wrong with one text is not wrong with the next: a review's error, and no end of a batch.
OF_THE_TEXT = frozenset({400, 413, 422, 424})
#: Before another try, doubled with each, unless the endpoint says how long.
WAIT_SECONDS, MOST_WAIT_SECONDS = 1.0, 120.0
#: Characters of the texts of one request: servers take 2 MB, and a character becomes up to 12 bytes.
MOST_CHARACTERS = 150_000


class Asker:
    """Gives the scores of texts; `sleep` waits, and `clock` says how late it is, in seconds."""

    def __init__(
        self,
        endpoint: Endpoint,
        line: Line,
        counter: Counter,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint, self.line, self.counter, self.sleep, self.clock = endpoint, line, counter, sleep, clock

    def scores(self, texts: Sequence[str]) -> list[forms.Scores]:
        """Return the score of each label for each text, in their order.

        Raises:
            RemoteError: the endpoint cannot be reached, refuses, or answers what is no answer.
            ModelError: it refuses one of the texts.
        """
        batches = list(_batches(texts, self.endpoint.batch_size))
        if self.endpoint.parallel == 1 or len(batches) < 2:
            return [row for batch in batches for row in self._answer(batch)]
        pool = ThreadPoolExecutor(min(self.endpoint.parallel, len(batches)))
        try:
            return [row for answer in pool.map(self._answer, batches) for row in answer]
        finally:
            pool.shutdown(cancel_futures=True)

    def _answer(self, texts: Sequence[str]) -> list[forms.Scores]:
        reply = self._reply(forms.content_of(self.endpoint.form, texts), len(texts))
        if reply.status in TOO_MUCH:
            half = len(texts) // 2
            return self._answer(texts[:half]) + self._answer(texts[half:])
        return forms.scores_in(reply.content, len(texts), self.endpoint.host)

    def _reply(self, body: bytes, n: int) -> Reply:
        """Return the first answer that is one, after as many tries as the endpoint's settings say.

        That a request of several texts is too much is such an answer.
        """
        why = ""
        for turn in range(self.endpoint.tries):
            try:
                reply = self._tried(body, n, again=turn > 0)
            except NoReply as error:
                why, wait = str(error), None
            else:
                if reply.status == 200 or (n > 1 and reply.status in TOO_MUCH):
                    return reply
                why, wait = f"it answers with status {reply.status}", _asked_to_wait(reply)
                if reply.status not in PASSING:
                    raise self._refusal(reply.status)
            if turn + 1 < self.endpoint.tries:
                self.sleep(self._checked_wait(wait, turn, why))
        tries = f"{self.endpoint.tries} {'try' if self.endpoint.tries == 1 else 'tries'}"
        raise RemoteError(f"{self.endpoint.host} gives no answer in {tries}: {why}; what is done is kept")

    def _tried(self, body: bytes, n: int, *, again: bool) -> Reply:
        endpoint = self.endpoint
        headers = {"Authorization": f"Bearer {token}"} if (token := endpoint.token()) else {}
        wait = self.counter.begin(
            n, again=again, per_second=endpoint.per_second, budget=endpoint.budget, host=endpoint.host
        )
        if wait:
            self.sleep(wait)
        began = self.clock()
        try:
            return self.line.post(forms.FORMS[endpoint.form].path, body, headers)
        finally:
            self.counter.end(self.clock() - began)

    def _checked_wait(self, asked: float | None, turn: int, why: str) -> float:
        wait = WAIT_SECONDS * 2**turn if asked is None else asked
        if wait > MOST_WAIT_SECONDS:
            host = self.endpoint.host
            later = "try again then, what is done is kept"
            raise RemoteError(f"{host} asks to wait {wait:,.0f} s ({why}); {later}")
        return wait

    def _refusal(self, status: int) -> Exception:
        host, variable = self.endpoint.host, self.endpoint.token_env
        if status in (401, 403):
            token = (
                f"the token in {variable} is not accepted" if variable else "it needs a token: --token-env"
            )
            return RemoteError(f"{host} answers with status {status}: {token}")
        if status in OF_THE_TEXT:
            return ModelError(f"{host} refuses a text (status {status}): too long for it, or not in its form")
        if 300 <= status < 400:
            return RemoteError(f"{host} sends the request elsewhere (status {status}), which is not followed")
        return RemoteError(
            f"{host} refuses the request (status {status}); is this its address, and its form?"
        )


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Yield the texts in order, as many in one request as it may have."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == size or characters + len(text) > MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch


def _asked_to_wait(reply: Reply) -> float | None:
    """Return the seconds of a Retry-After header, which may be a date; None where there is none of use."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    given = next((value for name, value in reply.headers.items() if name.lower() == "retry-after"), None)
    try:
        return _loading_time(reply) if given is None else max(0.0, float(Retry().parse_retry_after(given)))
    except (InvalidHeader, ValueError, OverflowError):
        return None


def _loading_time(reply: Reply) -> float | None:
    """Return for how many seconds the hub's inference says that it still loads the model, or None."""
    try:
        said = json.loads(reply.content) if reply.status == 503 else None
        seconds = said.get("estimated_time") if isinstance(said, dict) else None
        return float(seconds) if isinstance(seconds, int | float) and seconds >= 0 else None
    except (ValueError, RecursionError):
        return None

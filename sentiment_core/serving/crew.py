"""Who answers the questions to one model: a thread here, or processes, started again when they die.

A linear model answers in less time than a question takes to another process, so it lives in the server's own.
A network gets processes of one thread each, which on a processor is faster than one process of many threads;
one that is killed, by whatever text, takes neither the server nor the questions of others with it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

from sentiment_core import models
from sentiment_core.errors import ReelcheckError
from sentiment_core.execution import memory
from sentiment_core.execution.base import Lost, Prepare, Work, nothing
from sentiment_core.execution.processes import Pool
from sentiment_core.models import ModelCard
from sentiment_core.serving.counting import Counts
from sentiment_core.serving.questions import Asked, Why, prepare
from sentiment_core.serving.refusals import failed, overloaded, unhealthy
from sentiment_core.serving.waiting import Ticket, Waiting

#: Between looks whether a process at rest still lives, and after one that could not start.
SECONDS_BETWEEN_LOOKS, SECONDS_AFTER_FAILURE = 1.0, 5.0


class Here:
    """Answers in this process."""

    def __init__(self, prepare_work: Prepare) -> None:
        self.prepare = prepare_work
        self.work: Work | None = None

    def ask(self, asked: Sequence[Asked] | None) -> Any:
        """Return the answers; the first call loads the model."""
        self.work = self.work or self.prepare()
        return self.work(asked, nothing)

    @property
    def lives(self) -> bool:
        """Whether it can answer without being started."""
        return self.work is not None

    def end(self) -> None:
        """Do nothing."""


class Apart:
    """Answers in a process of its own; it starts with the first question, and again after it was killed."""

    def __init__(self, prepare_work: Prepare, room: float | None) -> None:
        self.prepare, self.room = prepare_work, room
        self.pool: Pool | None = None

    def ask(self, asked: Sequence[Asked] | None) -> Any:
        """Return the answers, or Lost where the process was killed twice while it had these questions."""
        if self.pool is None:
            self.pool = Pool(self.prepare, 1)
            self.pool.room = self.room
        try:
            [(_, found)] = self.pool.results([asked], nothing)
            return found
        except BaseException:
            self.end()
            raise

    @property
    def lives(self) -> bool:
        """Whether it can answer without being started."""
        return self.pool is not None and any(one.process.is_alive() for one in self.pool.workers)

    def end(self) -> None:
        """End the process, whatever it computes."""
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.end()


class Crew:
    """One model, the questions that wait for it, and its members, who answer them."""

    def __init__(self, card: ModelCard, workers: int, counts: Counts) -> None:
        self.card, self.counts = card, counts
        self.waiting = Waiting()
        self._explaining = threading.Lock()
        self.max_tokens: int | None = None
        self._stopping = threading.Event()
        work = partial(prepare, partial(models.load_model, card.model_id))
        room = memory.room(workers) if workers else None
        self.members = [Apart(work, room) for _ in range(workers)] if workers else [Here(work)]
        self._troubles: dict[int, Exception] = {}
        self._threads = [
            threading.Thread(
                target=self._serve, args=(number,), daemon=True, name=f"{card.short_name}-{number}"
            )
            for number in range(len(self.members))
        ]

    def start(self) -> None:
        """Load the model in every member, and begin to answer.

        Raises:
            ReelcheckError: the model is damaged, or its processes are killed at their start.
        """
        loading = [
            threading.Thread(target=self._revive, args=(number,)) for number in range(len(self.members))
        ]
        for thread in loading:
            thread.start()
        for thread in loading:
            thread.join()
        for trouble in self._troubles.values():
            self.end()
            raise trouble
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """End all members; questions that still wait get no answer."""
        self._stopping.set()
        self.waiting.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for member in self.members:
            member.end()

    @property
    def trouble(self) -> str:
        """Return why nobody of it can answer, or nothing."""
        if len(self._troubles) < len(self.members):
            return ""
        error = next(iter(self._troubles.values()))
        said = " ".join(str(error).split()) if isinstance(error, ReelcheckError) else type(error).__name__
        return f"{self.card.short_name} does not answer: {said}"

    def put(self, asked: Sequence[Asked]) -> list[Ticket]:
        """Let questions wait for their answers.

        Raises:
            Refusal: nobody can answer now, or an explanation is asked for while another is under way.
        """
        if trouble := self.trouble:
            raise unhealthy(trouble)
        tickets = [Ticket(one) for one in asked]
        for ticket in tickets:
            if isinstance(ticket.asked, Why):
                self._take_turn(ticket)
        self.waiting.put(tickets)
        return tickets

    def _take_turn(self, ticket: Ticket) -> None:
        """Let one explanation at a time wait or be computed, even where its asker has left meanwhile."""
        if not self._explaining.acquire(blocking=False):
            raise overloaded("this model explains another text now; explanations take turns")
        ticket.future.add_done_callback(lambda _: self._explaining.release())

    # In the members' threads -----------------------------------------------------------------------

    def _serve(self, number: int) -> None:
        """Answer batch after batch; start the member again where it died."""
        while not self._stopping.is_set():
            if not self.members[number].lives and not self._revive(number):
                self._stopping.wait(SECONDS_AFTER_FAILURE)
                continue
            if batch := self.waiting.take(SECONDS_BETWEEN_LOOKS):
                self._answer(number, batch)

    def _revive(self, number: int) -> bool:
        """Start a member, and return whether that worked."""
        try:
            self.max_tokens = self.members[number].ask(None)
            self._troubles.pop(number, None)
            self.counts.started(self.card.short_name)
        except Exception as error:
            self._troubles[number] = error
        return number not in self._troubles

    def _answer(self, number: int, batch: Sequence[Ticket]) -> None:
        """Answer questions together; where that killed the process twice, each by itself."""
        self.counts.batch(self.card.short_name, len(batch))
        try:
            found = self.members[number].ask([ticket.asked for ticket in batch])
        except Exception as error:  # the member is gone; the next look starts another
            found = [failed(f"the model failed ({type(error).__name__})")] * len(batch)
        if not isinstance(found, Lost):
            for ticket, answer in zip(batch, found, strict=True):
                ticket.future.set_result(answer)
        elif len(batch) == 1:
            batch[0].future.set_result(failed(f"the model has no answer to this text: {found.reason}"))
        else:
            for ticket in batch:
                self._answer(number, [ticket])

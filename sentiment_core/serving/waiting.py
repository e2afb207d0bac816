"""The questions to one model that wait for their answer, and which of them are asked together next."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import islice

from sentiment_core.serving.questions import Answer, Asked, Question

#: Characters that count of a text at least, since the empty one costs something too, and at most, since
#: networks read about 512 tokens; and the characters of a batch, padded to its longest text: about 4,096
#: tokens, beyond which a forward pass on a processor gets no faster per text.
LEAST, MOST, TOGETHER = 64, 2_048, 16_384
#: Of those that wait, how many are looked at for texts of like length.
LOOKED_AT = 1_024


class Ticket:
    """A question and the place where its answer will be."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.future: Future[Answer] = Future()
        # an explanation takes long: it goes alone
        self.cost = min(max(len(asked.text), LEAST), MOST) if isinstance(asked, Question) else TOGETHER


class Waiting:
    """A queue from which batches of like length are taken; the oldest question is in the next batch."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tickets: dict[int, Ticket] = {}  # by the ticket's identity, oldest first
        self._idle = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._tickets)

    def put(self, tickets: Sequence[Ticket]) -> None:
        """Add questions."""
        with self._changed:
            self._tickets |= {id(ticket): ticket for ticket in tickets}
            self._changed.notify(len(tickets))

    def take(self, timeout: float) -> list[Ticket]:
        """Return the next batch, or nothing where none came in time; nobody else gets it.

        With several takers at rest each gets its share.
        """
        with self._changed:
            self._idle += 1
            try:
                self._changed.wait_for(lambda: self._tickets or self._closed, timeout)
                chosen = self._chosen(math.ceil(len(self._tickets) / self._idle))
            finally:
                self._idle -= 1
            batch = [self._tickets.pop(one) for one in chosen]
        return [ticket for ticket in batch if ticket.future.set_running_or_notify_cancel()]

    def leave(self, tickets: Sequence[Ticket]) -> None:
        """Forget questions whose asker is gone, as far as nobody has taken them."""
        with self._changed:
            for ticket in tickets:
                self._tickets.pop(id(ticket), None)

    def close(self) -> None:
        """Let nobody wait for questions anymore."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _chosen(self, most: int) -> list[int]:
        """Return the oldest question and those most like it in length, within bounds, by identity."""
        if not self._tickets:
            return []
        costs = {one: ticket.cost for one, ticket in islice(self._tickets.items(), LOOKED_AT)}
        first = next(iter(costs))
        near = sorted(costs, key=lambda one: abs(costs[one] - costs[first]))
        chosen: list[int] = []
        longest = 0
        for one in (first, *(one for one in near if one != first)):
            longest = max(longest, costs[one])
            if chosen and (len(chosen) == most or longest * (len(chosen) + 1) > TOGETHER):
                break
            chosen.append(one)
        return chosen

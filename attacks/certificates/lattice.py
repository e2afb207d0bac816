"""Every text that an attacker can write, as a lattice of the n-grams that a linear model reads.

A step is a slot with several ways of writing it (options) and the fixed words behind it (the tail). Going
through the steps from left to right, what is still to come depends on a text so far only through its state:
its last words, as far as an n-gram can reach back to them, and for how many words it has been the original.
An n-gram that a text has and the original lacks is *added*, one of the original that it lacks is *destroyed*;
both are known at the step where they end, from the state and the option.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.certificates.slots import Slot
from sentiment_core.classifiers.linear.ngrams import Ints, Vocabulary, tokens

#: The number of a word that is in no n-gram, also of the one before the text; and of what is no n-gram.
UNKNOWN = NONE = -1

Floats = NDArray[np.float64]


class Option(NamedTuple):
    """One way of writing a slot: its words' numbers, how many words it changes, and which variant it is."""

    numbers: tuple[int, ...]
    changes: int
    variant: int


@dataclass(frozen=True)
class Step:
    """The ways through one slot: a pair is a state before it and an option.

    Attributes:
        slot: its place among the slots.
        options: the first is the original.
        state, option: int64 [pairs], sorted by the state that they lead to.
        changes: int64 [pairs], how many words the pair's option changes.
        starts: int64 [states after], the first pair that leads to each.
        pairs: where its pairs are among those of all steps.
    """

    slot: int
    options: tuple[Option, ...]
    state: Ints
    option: Ints
    changes: Ints
    starts: Ints
    pairs: slice


@dataclass(frozen=True)
class Lattice:
    """All texts, and the n-grams by which they differ from the original.

    N-grams are numbered from 0 in the order of `columns`; the number after the last one is that of none.

    Attributes:
        columns: int64 [n-grams], the model's columns, sorted.
        orders: int64 [n-grams], how many words each has.
        steps: one for each slot that can be written in several ways.
        added: int64 [pairs, most], the n-grams that each pair adds.
        destroyed: int64 [pairs], the row of `groups` that has the n-grams which the pair destroys.
        groups: int64 [groups, most]; of each step the first is what a change of its slot destroys.
        longest: words of the model's longest n-grams.
        across: columns of `added` and `groups` of n-grams that begin before their step; then come the others.
    """

    columns: Ints
    orders: Ints
    steps: tuple[Step, ...]
    added: Ints
    destroyed: Ints
    groups: Ints
    longest: int
    across: int

    def costs(self, adding: Floats, destroying: Floats) -> Floats:
        """Return float64 [pairs]: what each costs, from what adding and destroying each n-gram costs."""
        adding, destroying = np.append(adding, 0.0), np.append(destroying, 0.0)
        added: Floats = adding[self.added].sum(axis=1)
        destroyed: Floats = destroying[self.groups].sum(axis=1)
        return added + destroyed[self.destroyed]

    def differences(self, pairs: Ints) -> Ints:
        """Return int64 [n-grams]: by how much the text of these pairs, one of each step, uses each more."""
        added, destroyed = self.uses(pairs)
        return added - destroyed

    def uses(self, pairs: Ints) -> tuple[Ints, Ints]:
        """Return int64 [n-grams] twice: how many uses of each the text of these pairs adds, and destroys."""
        return self.counted(self.added[pairs]), self.counted(self.groups[self.destroyed[pairs]])

    @cached_property
    def removable(self) -> Ints:
        """Return int64 [n-grams]: how many of the original's uses of each can be destroyed."""
        return self.counted(self._whole_groups)

    @cached_property
    def removed_at_once(self) -> Ints:
        """Return int64 [n-grams]: how many uses of each one changed slot destroys, at most."""
        return np.minimum(self.removable, self._near(self.most_in_a_row(self._whole_groups)))

    @cached_property
    def addable(self) -> Ints:
        """Return int64 [n-grams]: how many uses of each can be added, at most."""
        parts = (self.most_in_a_row(self.added[step.pairs]) for step in self.steps)
        return sum(parts, np.zeros(len(self.columns), dtype=np.int64))

    @cached_property
    def added_at_once(self) -> Ints:
        """Return int64 [n-grams]: how many uses of each one changed slot adds, at most."""
        return np.minimum(self.addable, self._near(self.most_in_a_row(self.added)))

    @property
    def _whole_groups(self) -> Ints:
        return self.groups[:: self.longest + 1]

    def _near(self, at_one_step: Ints) -> Ints:
        """Return at most how many n-grams have a word of one slot, from how many of them end at one step.

        Of an n-gram of o words, o - 1 more end behind the slot's own step.
        """
        return at_one_step * self.orders

    def counted(self, numbers: Ints) -> Ints:
        """Return int64 [n-grams]: how often each is among these numbers."""
        return np.bincount(numbers.ravel(), minlength=len(self.columns) + 1)[:-1].astype(np.int64)

    def most_in_a_row(self, rows: Ints) -> Ints:
        """Return int64 [n-grams]: how often one row has each, at most."""
        most, size = np.zeros(len(self.columns) + 1, dtype=np.int64), len(self.columns) + 1
        keys = np.repeat(np.arange(len(rows)), rows.shape[1]) * size + rows.ravel()
        found, times = np.unique(keys, return_counts=True)
        np.maximum.at(most, found % size, times)
        return most[:-1]


def lattice_of(slots: Sequence[Slot], vocabulary: Vocabulary) -> Lattice:
    """Return the lattice of all texts that these slots make, as a model with this vocabulary reads them."""
    building = _Building(vocabulary)
    numbers = vocabulary.numbers
    for place, slot in enumerate(slots):
        options: dict[tuple[int, ...], Option] = {}
        for variant, (text, changes) in enumerate(slot.variants):
            read = tuple(numbers[word] for word in tokens(text))
            if read not in options or changes < options[read].changes:
                options[read] = Option(read, changes, variant)
        building.add(place, list(options.values()))
    return building.finished()


#: (order, n-gram) of each n-gram that lies inside an option and the words behind it.
_Inside = list[tuple[int, int]]


class _Building:
    """What is known of the lattice so far, and the last slot that has options, with the words behind it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.grams = _Grams(vocabulary)
        self.longest = len(vocabulary.keys)
        self.reach = self.longest - 1
        self.contexts = np.full((1, self.reach), UNKNOWN, dtype=np.int64)
        self.runs = np.full(1, self.reach, dtype=np.int64)
        self.original = self.contexts[0]
        self.open: tuple[int, list[Option]] | None = None
        self.tail: list[int] = []
        self.steps: list[Step] = []
        self.added: list[tuple[Ints, list[_Inside], Ints]] = []
        self.destroyed: list[Ints] = []
        self.groups: list[tuple[_Inside, Ints]] = []

    def add(self, place: int, options: list[Option]) -> None:
        """Add a slot: to the tail where there is one way of writing it."""
        if len(options) == 1:
            self.tail += options[0].numbers
            return
        self._close()
        self.open, self.tail = (place, options), []

    def finished(self) -> Lattice:
        """Return the lattice; nothing can be added after that."""
        self._close()
        across, inside, option, n_inside = [], [], [], 0
        for ending, lists, chosen in self.added:
            across.append(ending)
            inside += lists
            option.append(n_inside + chosen)
            n_inside += len(lists)
        chosen = np.concatenate([np.empty(0, dtype=np.int64), *option])
        across += [row[None, :] for _, row in self.groups]
        inside += [lists for lists, _ in self.groups]
        columns, of_across, of_inside = self.grams.numbered(across, inside)
        n = len(chosen)
        return Lattice(
            columns=columns,
            orders=self.grams.orders_of(columns),
            steps=tuple(self.steps),
            added=np.hstack([of_across[:n], of_inside[:n_inside][chosen]]),
            destroyed=np.concatenate([np.empty(0, dtype=np.int64), *self.destroyed]),
            groups=np.hstack([of_across[n:], of_inside[n_inside:]]),
            longest=self.longest,
            across=len(self.grams.windows),
        )

    def _close(self) -> None:
        """Make a step of the open slot and its tail; the words before the first one are only read past."""
        if self.open is None:
            self.original = _last([*self.original.tolist(), *self.tail], self.reach)
            self.contexts = self.grams.needed(self.original[None, :])
            return
        place, options = self.open
        written = [[*option.numbers, *self.tail] for option in options]
        state = np.repeat(np.arange(len(self.runs)), len(options))
        option = np.tile(np.arange(len(options)), len(self.runs))
        contexts, runs = self._after(written, state, option)
        kept, leads_to = _distinct(contexts, runs)
        order = np.argsort(leads_to, kind="stable")
        state, option = state[order], option[order]
        self._note_n_grams(options, written, state, option)
        changes = np.array([item.changes for item in options], dtype=np.int64)
        n_before = self.steps[-1].pairs.stop if self.steps else 0
        self.steps.append(
            Step(
                slot=place,
                options=tuple(options),
                state=state,
                option=option,
                changes=changes[option],
                starts=np.searchsorted(leads_to[order], np.arange(len(kept))),
                pairs=slice(n_before, n_before + len(order)),
            )
        )
        self.contexts, self.runs = contexts[kept], runs[kept]
        self.original = _last([*self.original.tolist(), *written[0]], self.reach)

    def _after(self, written: list[list[int]], state: Ints, option: Ints) -> tuple[Ints, Ints]:
        """Return the context and the run behind each pair, int64 [pairs, reach] and [pairs]."""
        reach, lengths = self.reach, np.array([len(words) for words in written], dtype=np.int64)
        contexts = _matrix([_last(words, reach) for words in written], reach)[option]
        for length in range(1, reach):
            short = lengths[option] == length  # the rest of the context is still that of the state
            contexts[short, : reach - length] = self.contexts[state[short], length:]
        unchanged = np.minimum(reach, self.runs[state] + lengths[0])
        runs = np.where(option > 0, min(reach, len(self.tail)), unchanged)
        return self.grams.needed(contexts), runs

    def _note_n_grams(
        self, options: list[Option], written: list[list[int]], state: Ints, option: Ints
    ) -> None:
        """Note what each pair adds and destroys: n-grams across its beginning, and inside."""
        grams, reach = self.grams, self.reach
        heads = _matrix([_first(words, reach) for words in written], reach)
        inside = [
            grams.inside(words, len(item.numbers)) for words, item in zip(written, options, strict=True)
        ]
        across = grams.across(np.hstack([self.contexts[state], heads[option]]))
        kept = (option == 0)[:, None] & (grams.back[None, :] <= self.runs[state][:, None])
        self.added.append((np.where(kept, NONE, across), [[], *inside[1:]], option))
        original = grams.across(np.hstack([self.original, heads[0]])[None, :])[0]
        first = len(self.groups)
        self.groups.append((inside[0], original))
        for run in range(self.longest):
            self.groups.append(([], np.where(grams.back > run, original, NONE)))
        self.destroyed.append(np.where(option > 0, first, first + 1 + self.runs[state]))


class _Grams:
    """N-grams as integers, and their columns."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.keys = vocabulary.keys
        self.base = max(1, len(vocabulary.words))
        self.reach = len(vocabulary.keys) - 1
        orders = range(2, self.reach + 2)
        #: (order, begin in context + head) of each n-gram across the border between the two.
        self.windows = [(n, at) for n in orders for at in range(self.reach - n + 1, self.reach)]
        #: How many of its words lie in the context.
        self.back = np.array([self.reach - at for _, at in self.windows], dtype=np.int64)

    def across(self, rows: Ints) -> Ints:
        """Return int64 [rows, windows]: the n-grams that begin in the context and end behind it."""
        found = np.empty((len(rows), len(self.windows)), dtype=np.int64)
        for place, (order, at) in enumerate(self.windows):
            found[:, place] = self._gram(rows[:, at : at + order])
        return found

    def inside(self, words: list[int], before: int) -> _Inside:
        """Return each n-gram that begins before this word."""
        found = []
        for start in range(before):
            gram = 0
            for order, word in enumerate(words[start : start + self.reach + 1], start=1):
                if word < 0:
                    break
                gram = gram * self.base + word
                found.append((order, gram))
        return found

    def needed(self, contexts: Ints) -> Ints:
        """Return contexts without the words that no n-gram can continue: fewer states are different."""
        contexts = contexts.copy()
        needed = np.zeros(len(contexts), dtype=bool)
        for at in range(self.reach):
            beginning, length = self._gram(contexts[:, at:]), self.reach - at
            for order in range(length + 1, self.reach + 2):
                ways, keys = self.base ** (order - length), self.keys[order - 1]
                low, high = keys.searchsorted(beginning * ways), keys.searchsorted((beginning + 1) * ways)
                needed |= (beginning >= 0) & (high > low)
            contexts[~needed, at] = UNKNOWN
        return contexts

    def numbered(self, across: list[Ints], inside: list[_Inside]) -> tuple[Ints, Ints, Ints]:
        """Return the sorted columns of all these n-grams, and the place of each among them.

        The place of an n-gram that is no feature is behind the last.
        """
        crossing = np.vstack([np.empty((0, len(self.windows)), dtype=np.int64), *across])
        orders = np.broadcast_to(np.array([n for n, _ in self.windows], dtype=np.int64), crossing.shape)
        padded = np.full((len(inside), max(map(len, inside), default=0), 2), NONE, dtype=np.int64)
        for row, grams in enumerate(inside):
            if grams:
                padded[row, : len(grams)] = grams
        found = [self._columns(orders, crossing), self._columns(padded[..., 0], padded[..., 1])]
        columns = np.unique(np.concatenate([part.ravel() for part in found]))
        columns = columns[columns != NONE]
        places = [np.where(part == NONE, len(columns), np.searchsorted(columns, part)) for part in found]
        return columns, places[0], places[1]

    def orders_of(self, columns: Ints) -> Ints:
        """Return how many words the n-gram of each column has."""
        return np.searchsorted(np.cumsum([len(keys) for keys in self.keys]), columns, side="right") + 1

    def _columns(self, orders: Ints, grams: Ints) -> Ints:
        columns, start = np.full(grams.shape, NONE, dtype=np.int64), 0
        for order, keys in enumerate(self.keys, start=1):
            wanted = (orders == order) & (grams >= 0)
            asked = grams[wanted]
            if len(keys) and len(asked):
                places = np.minimum(keys.searchsorted(asked), len(keys) - 1)
                columns[wanted] = np.where(keys[places] == asked, start + places, NONE)
            start += len(keys)
        return columns

    def _gram(self, rows: Ints) -> Ints:
        """Return int64 [rows]: the n-gram of each row of words; NONE where one is unknown."""
        grams = np.zeros(len(rows), dtype=np.int64)
        for column in rows.T:
            grams = grams * self.base + np.maximum(column, 0)
        return np.where((rows < 0).any(axis=1), NONE, grams)


def _distinct(contexts: Ints, runs: Ints) -> tuple[Ints, Ints]:
    """Return the place of the first of each different (context, run), and which one each is."""
    rows = np.column_stack([contexts, runs])
    if (rows == rows[0]).all():
        return np.zeros(1, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, which.reshape(-1)


def _first(words: Sequence[int], n: int) -> list[int]:
    return [*words[:n], *[UNKNOWN] * (n - len(words))]


def _last(words: Sequence[int], n: int) -> Ints:
    """Return int64 [n]: the last n words, with unknown ones before them where there are fewer."""
    return np.array([*[UNKNOWN] * (n - len(words)), *words[max(0, len(words) - n) :]], dtype=np.int64)


def _matrix(rows: Sequence[Sequence[int] | Ints], width: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)

"""Batches of reviews of similar length, so that little is padded; the same ones after a resume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

#: Batches whose reviews are sorted together; within them padding is least, and reviews still mix.
BATCHES_SORTED_TOGETHER = 50


def grouped_order(lengths: Sequence[int], batch_size: int, seed: int) -> list[int]:
    """Return positions so that each `batch_size` in a row are of similar length, the batches in random order.

    The stock grouping (transformers 4.57, trainer_pt_utils.py, `get_length_grouped_indices`) leaves a group's
    batches sorted from long to short and sorts few reviews together where there are few; here whole batches
    are shuffled, so more can be sorted together. The batch that is not full stays last.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(lengths))
    group = BATCHES_SORTED_TOGETHER * batch_size
    batches = [
        together[start : start + batch_size]
        for first in range(0, len(shuffled), group)
        for together in [sorted(shuffled[first : first + group].tolist(), key=lambda place: -lengths[place])]
        for start in range(0, len(together), batch_size)
    ]
    full = [batch for batch in batches if len(batch) == batch_size]
    rest = [batch for batch in batches if len(batch) < batch_size]
    order = generator.permutation(len(full))
    return [place for batch in [*(full[at] for at in order), *rest] for place in batch]


def trainer_class() -> Any:
    """Return the stock Trainer with one change: which reviews share a batch depends on seed and epoch alone.

    The stock LengthGroupedSampler draws from the global generator, so a resumed epoch would see other
    batches than the interrupted one (transformers 4.57, trainer.py, `_get_train_sampler`).
    """
    from transformers import Trainer, TrainerCallback

    class GroupedByLength(TrainerCallback):
        """A sampler that learns the epoch as a callback."""

        def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
            self.lengths, self.batch_size, self.seed, self.epoch = lengths, batch_size, seed, 0

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.epoch = int(state.epoch + 1e-6)

        def __len__(self) -> int:
            return len(self.lengths)

        def __iter__(self) -> Iterator[int]:
            return iter(grouped_order(self.lengths, self.batch_size, self.seed * 1_000_003 + self.epoch))

    class LengthGroupingTrainer(Trainer):
        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            if not self.args.group_by_length:
                return super()._get_train_sampler(train_dataset)
            size = self.args.train_batch_size * self.args.world_size
            sampler = GroupedByLength(list(self.train_dataset["length"]), size, self.args.seed)
            self.add_callback(sampler)
            return sampler

    return LengthGroupingTrainer

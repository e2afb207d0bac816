"""Three optimiser steps of a DistilBERT of the real size with random weights: seconds a step, peak memory.

    python tests/benchmarks/real_size.py --batch 16 --threads 2

It needs no hub: what a step takes does not depend on the weights' values.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from sentiment_core.classifiers.transformer import finetuning, length_grouping
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.training.presets import preset_named

STEPS = 3


def steps(batch: int, tokens: int, threads: int, **shape: int) -> dict[str, Any]:
    """Return seconds of each step and the process's peak memory in MiB.

    Args:
        batch: reviews a step, each of `tokens` tokens: no padding, the dearest batch there can be.
        tokens: up to 512.
        threads: of torch.
        shape: fields of DistilBertConfig that differ from distilbert-base-uncased.
    """
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification, TrainerCallback

    class Clock(TrainerCallback):
        """Notes when each step ends; evaluation and saving come after the last."""

        ends: list[float] = []

        def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
            self.ends = [time.perf_counter()]

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            self.ends.append(time.perf_counter())

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = DistilBertForSequenceClassification(DistilBertConfig(**shape))
    params = dict(DEFAULTS) | dict(preset_named("distilbert-imdb").params)
    params |= {"batch_size": batch, "epochs": 1.0, "group_by_length": False}
    clock = Clock()
    with tempfile.TemporaryDirectory() as scratch:
        args = finetuning.training_arguments(params, Path(scratch), n_train=batch * STEPS)
        args.load_best_model_at_end = False
        args = args.set_evaluate("no").set_save("no")
        rows = _rows(batch * STEPS, tokens, model.config.vocab_size)
        length_grouping.trainer_class()(model=model, args=args, train_dataset=rows, callbacks=[clock]).train()
    return {
        "parameters": sum(tensor.numel() for tensor in model.parameters()),
        "batch": batch,
        "tokens": tokens,
        "threads": threads,
        "device": str(args.device),
        "seconds": [round(float(seconds), 2) for seconds in np.diff(clock.ends)],
        "peak_mib": round(_peak_mib()),
    }


def _rows(n: int, tokens: int, vocabulary: int) -> Any:
    import datasets

    ids = np.random.default_rng(0).integers(0, vocabulary, (n, tokens))
    rows = {"input_ids": ids, "attention_mask": np.ones_like(ids), "labels": np.arange(n) % 2}
    return datasets.Dataset.from_dict({name: values.tolist() for name, values in rows.items()})


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # bytes there, KiB on Linux


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    print(json.dumps(steps(args.batch, args.tokens, args.threads)))


if __name__ == "__main__":
    main()

"""How long a training step takes here, tried on a few texts."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sentiment_core.classifiers.base import Params
from sentiment_core.classifiers.transformer.finetuning import freeze_embeddings, precision
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader


def seconds_per_step_and_row(params: Params, texts: Sequence[str]) -> float:
    """Return the seconds per text of a forward and a backward pass with these settings of the family."""
    import torch

    base = load_base(
        params["base"], params["revision"] or None, attention_dropout=params["attention_dropout"]
    )
    if params["freeze_embeddings"]:
        freeze_embeddings(base.model)
    rows = Reader(base.tokenizer, params["max_length"], params["truncation"]).ids(texts)
    batch = base.tokenizer.pad({"input_ids": rows}, return_tensors="pt")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    half = precision(params["precision"], device == "cuda")
    model = base.model.to(device).train()
    seconds = []
    for _ in range(2):  # the first pass sets up more than it computes
        started = time.perf_counter()
        dtype = torch.float16 if half["fp16"] else torch.bfloat16
        with torch.autocast(device, dtype=dtype, enabled=any(half.values())):
            logits = model(**batch.to(device)).logits
        logits.float().square().mean().backward()
        seconds.append((time.perf_counter() - started) / len(texts))
    return seconds[-1]

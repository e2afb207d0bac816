"""How fast fine-tuning goes, side by side: the stock way and ours on the same real reviews.

    python tests/benchmarks/bench_training.py --threads 2 --reviews 256

The stock way is that of most public notebooks: the Hugging Face Trainer, every review padded to 512 tokens,
no grouping by length. All variants have the same seed and thread count, run one after the other, and are
timed over one epoch, optimiser included, loading and saving not. Where other work shares the cores, the
processor's seconds tell more than the clock's.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from training_variants import ADAPTER_RANK, BY_NAME, Setting, Variant

from sentiment_core import data
from sentiment_core.classifiers.transformer import adapters, finetuning, length_grouping
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader

#: The losses of two ways of padding the same batches may differ by rounding only.
SAME_LOSS = 1e-3
#: Of 16 real reviews one nearly always fills 512 tokens, so that the comparison would compare nothing.
CHECK_BATCH = 4
#: Below this the Trainer's grouping, a quarter of the reviews at a time, has nothing to sort.
FEWEST_TO_GROUP = 128


@dataclass(frozen=True)
class Measured:
    """What one epoch of a variant took, and the loss of every step."""

    variant: str
    seconds: float
    processor_seconds: float
    examples_per_second: float
    padded_tokens: int
    trained_parameters: int
    losses: list[float]


def measure(variant: Variant, reviews: pd.DataFrame, setting: Setting, *, dropout: bool = True) -> Measured:
    """Train one epoch on `reviews` in this process and time it.

    Without `dropout` two ways of padding can be compared: its masks depend on the shape of a batch.
    """
    import torch
    import transformers

    params = setting.params(variant)
    torch.set_num_threads(max(1, params["threads"]))
    transformers.set_seed(setting.seed)
    off = {} if dropout else {"dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0}
    base = load_base(setting.base, **({"attention_dropout": params["attention_dropout"]} | off))
    model = _prepared(base.model, params, variant)
    with tempfile.TemporaryDirectory() as scratch:
        trainer = _recording(variant)(
            model=model,
            args=_arguments(params, Path(scratch), len(reviews)),
            train_dataset=_dataset(reviews, base.tokenizer, params, variant),
            data_collator=transformers.DataCollatorWithPadding(base.tokenizer),
        )
        trainer.remove_callback(transformers.PrinterCallback)
        _warm_up(model)
        started, worked = time.perf_counter(), time.process_time()
        trainer.train()
        seconds, work = time.perf_counter() - started, time.process_time() - worked
    trained = sum(tensor.numel() for tensor in model.parameters() if tensor.requires_grad)
    return Measured(
        variant=variant.name,
        seconds=seconds,
        processor_seconds=work * variant.processes,
        examples_per_second=len(reviews) / seconds,
        padded_tokens=trainer.tokens * variant.processes,
        trained_parameters=trained,
        losses=trainer.losses,
    )


def _prepared(model: Any, params: dict[str, Any], variant: Variant) -> Any:
    if params["freeze_embeddings"]:
        finetuning.freeze_embeddings(model)
    if variant.adapter:
        from peft import get_peft_model

        return get_peft_model(model, adapters.lora_config(model, ADAPTER_RANK))
    return model


def _arguments(params: dict[str, Any], scratch: Path, n: int) -> Any:
    """Return the settings that training takes, without what is no training: evaluation and checkpoints."""
    args = finetuning.training_arguments(params, scratch, n_train=n)
    args.load_best_model_at_end = False
    return args.set_evaluate("no").set_save("no").set_logging("no", report_to=[], level="error")


def _dataset(reviews: pd.DataFrame, tokenizer: Any, params: dict[str, Any], variant: Variant) -> Any:
    if not variant.pad_to_max:
        return finetuning.encoded(reviews, Reader(tokenizer, params["max_length"], params["truncation"]))
    import datasets

    inputs = tokenizer(
        reviews["text"].tolist(), padding="max_length", truncation=True, max_length=params["max_length"]
    )
    return datasets.Dataset.from_dict({**inputs, "labels": reviews["label"].tolist()})


def _recording(variant: Variant) -> Any:
    """Return the stock Trainer or ours, with a note of each step's loss and number of tokens."""
    from transformers import Trainer

    class Recording(Trainer if variant.pad_to_max else length_grouping.trainer_class()):
        tokens = 0

        def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            loss = super().training_step(model, inputs, *args, **kwargs)
            self.losses = [*getattr(self, "losses", []), float(loss)]
            self.tokens += inputs["input_ids"].numel()
            return loss

    return Recording


def _warm_up(model: Any) -> None:
    """Start the threads and fill the allocator, so that the first variant pays for neither."""
    import torch

    model(input_ids=torch.ones((2, 64), dtype=torch.long)).logits.sum().backward()
    model.zero_grad()


def same_losses(reviews: pd.DataFrame, setting: Setting) -> float:
    """Return the largest difference of loss between the two ways of padding the same batches in one order."""
    small = replace(setting, batch_size=CHECK_BATCH)
    stock, ours = (
        measure(BY_NAME[name], reviews, small, dropout=False).losses
        for name in ("stock", "padding per batch")
    )
    return max(abs(a - b) for a, b in zip(stock, ours, strict=True))


# --- several processes ----------------------------------------------------------------------------


def measure_in_processes(variant: Variant, reviews: pd.DataFrame, setting: Setting) -> Measured:
    """Measure a variant of several processes: this file again, under torchrun, each with its threads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reviews.to_parquet(folder / "reviews.parquet", index=False)
        (folder / "setting.json").write_text(json.dumps(asdict(setting)), encoding="utf-8")
        launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(variant.processes)]
        launcher += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0"]
        threads = str(max(1, setting.threads // variant.processes))
        done = subprocess.run(
            [*launcher, __file__, "--variants", variant.name, "--worker", name],
            env=os.environ | {"OMP_NUM_THREADS": threads}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{variant.name} failed:\n{done.stderr[-3000:]}")
        return Measured(**json.loads((folder / "measured.json").read_text(encoding="utf-8")))


def _work(folder: Path, variant: Variant) -> None:
    setting = Setting(**json.loads((folder / "setting.json").read_text(encoding="utf-8")))
    measured = measure(variant, pd.read_parquet(folder / "reviews.parquet"), setting)
    if os.environ.get("RANK", "0") == "0":
        (folder / "measured.json").write_text(json.dumps(asdict(measured)), encoding="utf-8")


# --- the report -----------------------------------------------------------------------------------


def compared(measured: list[Measured]) -> list[str]:
    """Return a line a variant: speed, the ratio to stock, what it gains over which, and what it costs."""
    by_name = {row.variant: row for row in measured}
    return [_line(row, by_name) for row in measured]


def _line(row: Measured, by_name: dict[str, Measured]) -> str:
    variant = BY_NAME[row.variant]
    parts = [f"{row.variant:22} {row.examples_per_second:7.2f}/s", _ratio("stock", row, by_name)]
    parts += [f"{row.padded_tokens:8,} tokens", f"{row.trained_parameters / 1e6:6.2f} M trained"]
    parts += [f"loss {sum(row.losses) / len(row.losses):.3f}"]
    parts += [f"gain {_ratio(variant.over, row, by_name)}"] if variant.over else []
    return "  ".join([*parts, f"cost: {variant.costs}"])


def _ratio(name: str, row: Measured, by_name: dict[str, Measured]) -> str:
    """Write how many times as fast as another variant, by the clock and by the processor's work."""
    if name not in by_name:
        return f"- x {name}"
    other = by_name[name]
    clock = row.examples_per_second / other.examples_per_second
    return f"{clock:.2f} x {name} ({other.processor_seconds / row.processor_seconds:.2f} by processor time)"


def say_whether_losses_are_the_same(reviews: pd.DataFrame, setting: Setting) -> float:
    """Print and return how far apart the losses of the two ways of padding are."""
    difference = same_losses(reviews, setting)
    verdict = "the same" if difference <= SAME_LOSS else "NOT the same"
    print(
        f"padding to {setting.max_length} or to the batch, {len(reviews)} reviews without dropout: losses "
        f"are {verdict} (largest difference {difference:.1e}, allowed {SAME_LOSS:.0e})",
        flush=True,
    )
    return difference


def main(argv: list[str] | None = None) -> None:
    """Measure the chosen variants one after the other and print a line for each as it comes."""
    args = _parsed(argv)
    chosen = [BY_NAME[name.strip()] for name in args.variants.split(",")]
    if args.worker:
        return _work(Path(args.worker), chosen[0])
    setting = Setting(threads=args.threads, seed=args.seed)
    reviews = data.load("imdb-embedded", limit=args.reviews, seed=args.seed).split("train")
    print(f"{len(reviews)} reviews of imdb-embedded, batches of {setting.batch_size}, {args.threads} threads")
    if len(reviews) < FEWEST_TO_GROUP:
        print(f"below {FEWEST_TO_GROUP} reviews length grouping does next to nothing: expect no gain from it")
    difference = say_whether_losses_are_the_same(reviews[: args.check], setting)
    measured: list[Measured] = []
    for variant in chosen:
        run = measure_in_processes if variant.processes > 1 else measure
        measured.append(run(variant, reviews, setting))
        print(compared(measured)[-1], flush=True)
        gc.collect()
    if difference > SAME_LOSS:
        sys.exit(1)


def _parsed(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reviews", type=int, default=256)
    parser.add_argument("--check", type=int, default=32, help="reviews on which the losses are compared")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", default=",".join(BY_NAME), help=f"of: {', '.join(BY_NAME)}")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()

"""What the training benchmark compares: one choice at a time over an earlier one, and its cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sentiment_core.classifiers.transformer.classifier import DEFAULTS

LEARNING_RATE = 5e-5
ADAPTER_RANK = 16


@dataclass(frozen=True)
class Variant:
    """One way of training: what it adds to which earlier one, and what that costs."""

    name: str
    over: str
    costs: str
    params: dict[str, Any] = field(default_factory=dict)
    pad_to_max: bool = False
    adapter: bool = False
    processes: int = 1


GROUPED = {"group_by_length": True}
FUSED = GROUPED | {"attention_dropout": 0.0}
FROZEN = FUSED | {"freeze_embeddings": True}
SHORTER = FROZEN | {"max_length": 256, "truncation": "head+tail"}
HALF = SHORTER | {"precision": "bf16"}
VARIANTS = (
    Variant("stock", "", "the Trainer with padding='max_length', 512 tokens", pad_to_max=True),
    Variant("padding per batch", "stock", "nothing: the same losses on the same batches"),
    Variant("+ length grouping", "padding per batch", "batches are less random: like lengths meet", GROUPED),
    Variant("+ attention dropout 0", "+ length grouping", "one of three dropouts: fused attention", FUSED),
    Variant("+ frozen embeddings", "+ attention dropout 0", "words and positions stay as pretrained", FROZEN),
    Variant("+ head+tail 256", "+ frozen embeddings", "long reviews lose their middle", SHORTER),
    Variant("+ bf16", "+ head+tail 256", "rounding: 8 bits of mantissa in matrix products", HALF),
    Variant("two processes", "+ bf16", "twice the memory; half a batch each", HALF, processes=2),
    Variant("adapter", "+ head+tail 256", f"LoRA rank {ADAPTER_RANK}, all linear layers, fp32", SHORTER,
            adapter=True),
)  # fmt: skip
BY_NAME = {variant.name: variant for variant in VARIANTS}


@dataclass(frozen=True)
class Setting:
    """What all variants share."""

    base: str = "distilbert-minilm"
    max_length: int = 512
    batch_size: int = 16
    threads: int = 2
    seed: int = 0

    def params(self, variant: Variant) -> dict[str, Any]:
        """Return the family's parameters for a variant; no length is more than `max_length`."""
        ours = dict(DEFAULTS) | {
            "base": self.base, "max_length": self.max_length, "epochs": 1.0, "seed": self.seed,
            "batch_size": self.batch_size // variant.processes, "threads": self.threads // variant.processes,
            "learning_rate": LEARNING_RATE, "group_by_length": False, "precision": "fp32",
        } | variant.params  # fmt: skip
        return ours | {"max_length": min(ours["max_length"], self.max_length)}

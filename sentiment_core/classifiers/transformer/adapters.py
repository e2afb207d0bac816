"""A fine-tuned transformer as a small difference from its base: cut by SVD, kept in peft's LoRA form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.transformer import foreign

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
#: Settings that change nothing in what a read adapter answers: where it is from, and peft's own lists.
_SAYS_NOTHING = frozenset(
    (
        "auto_mapping",
        "base_model_name_or_path",
        "inference_mode",
        "modules_to_save",
        "peft_version",
        "revision",
    )
)


def extract(tuned: Any, base: Any, rank: int, folder: Path) -> None:
    """Write what turns `base` into `tuned`: the closest rank-`rank` difference of every encoder matrix.

    The truncated SVD is the closest matrix of its rank (Eckart & Young 1936). Biases, layer norms and the
    classification head are kept whole, in half precision like the rest. Embeddings are not kept: they must
    not have been trained. Changes `base` in place.

    Raises:
        ValueError: the embeddings differ, so that the difference would not hold them.
    """
    import torch
    from peft import get_peft_model

    _check_embeddings(tuned, base)
    wanted = {name: tensor.detach().cpu() for name, tensor in tuned.state_dict().items()}
    adapted = get_peft_model(base, lora_config(base, rank))
    with torch.no_grad():
        for name, module in adapted.base_model.model.named_modules():
            if hasattr(module, "lora_A"):
                difference = wanted[f"{name}.weight"] - module.base_layer.weight
                module.lora_B["default"].weight[:], module.lora_A["default"].weight[:] = factors(
                    difference, rank
                )
                module.base_layer.bias[:] = wanted[f"{name}.bias"]
            elif hasattr(module, "modules_to_save"):
                for kind, tensor in module.modules_to_save["default"].named_parameters():
                    tensor[:] = wanted[f"{name}.{kind}"]
    adapted.half().save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card


def merge(base: Any, folder: Path) -> Any:
    """Return `base`, changed in place: the adapter in `folder` is added into its float32 weights."""
    return attach(base, folder).merge_and_unload()


def attach(base: Any, folder: Path) -> Any:
    """Return `base` with the adapter beside its weights, as peft runs it.

    The settings are made here, from the weights' rank: those in a file can name modules to import
    (peft's megatron_core) or patterns that never end.

    Raises:
        ModelError: the file's settings are not those, or its weights not all that the adapter has.
    """
    from peft import PeftModel, get_peft_model_state_dict

    shapes = foreign.shapes_in(folder / ADAPTER_WEIGHTS)
    config = lora_config(base, _rank(shapes, folder))
    _check_settings(folder, config.to_dict())
    with foreign.reading(folder.name):
        adapted = PeftModel.from_pretrained(base, str(folder), config=config, local_files_only=True)
    if lost := set(get_peft_model_state_dict(adapted)) ^ set(shapes):
        raise foreign.refusal(folder.name, f"{ADAPTER_WEIGHTS} is not of this base, for example {min(lost)}")
    return adapted.float().eval()


def _rank(shapes: dict[str, list[int]], folder: Path) -> int:
    """Return the rank that the weights have, which their file's size bounds."""
    ranks = {shape[0] for name, shape in shapes.items() if ".lora_A." in name and len(shape) == 2}
    if len(ranks) != 1 or 0 in ranks:
        raise foreign.refusal(folder.name, f"{ADAPTER_WEIGHTS} holds no adapter of one rank")
    return int(ranks.pop())


def _check_settings(folder: Path, ours: dict[str, Any]) -> None:
    """Raise where an adapter was made with settings that are not ours: it would be read as another one."""
    with foreign.reading(folder.name):
        theirs = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        if not isinstance(theirs, dict):
            raise ValueError(f"{ADAPTER_CONFIG} holds no settings")
        other = [
            name
            for name, value in theirs.items()
            if name not in _SAYS_NOTHING and value != ours.get(name) and (value or ours.get(name))
        ]
    if other:
        raise foreign.refusal(folder.name, f"{ADAPTER_CONFIG} has a {other[0]} that Reelcheck did not write")


def factors(difference: Any, rank: int) -> tuple[Any, Any]:
    """Return (B [out, rank], A [rank, in]) with the product closest to `difference`, scales shared evenly.

    A rank beyond the matrix's own is filled with zeros.
    """
    import torch

    left, scale, right = torch.linalg.svd(difference.float(), full_matrices=False)
    root = scale[:rank].sqrt()
    more = rank - len(root)
    pad = torch.nn.functional.pad
    return pad(left[:, :rank] * root, (0, more)), pad(root[:, None] * right[:rank], (0, 0, 0, more))


def lora_config(model: Any, rank: int) -> Any:
    """Return peft's settings: all linear layers of the encoder; norms and head are kept whole."""
    from peft import LoraConfig, TaskType

    return LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=rank,
        lora_alpha=rank,  # scaling = alpha / rank = 1: the product is the difference itself
        lora_dropout=0.0,
        bias="lora_only",
        target_modules=_encoder_linears(model),
        modules_to_save=_leaf_names(_encoder_layers(model), "LayerNorm") + _head_names(model),
    )


def _encoder_linears(model: Any) -> str:
    """Return a pattern of full names: RoBERTa's head has a "dense" too, as every layer of its encoder has."""
    leaves = "|".join(_leaf_names(model.base_model, "Linear"))
    return rf"{model.base_model_prefix}\..*\.({leaves})"


def _leaf_names(module: Any, kind: str) -> list[str]:
    names = {name.rsplit(".", 1)[-1] for name, part in module.named_modules() if type(part).__name__ == kind}
    return sorted(names)


def _encoder_layers(model: Any) -> Any:
    return getattr(model.base_model, "transformer", None) or model.base_model.encoder


def _head_names(model: Any) -> list[str]:
    """Return the parts beside the encoder that have weights (a dropout has none)."""
    parts = [name for name, part in model.named_children() if any(True for _ in part.parameters())]
    return [name for name in parts if name != model.base_model_prefix]


def _check_embeddings(tuned: Any, base: Any) -> None:
    import torch

    before = base.base_model.embeddings.state_dict()
    for name, tensor in tuned.base_model.embeddings.state_dict().items():
        if not torch.equal(tensor.cpu(), before[name].cpu()):
            raise ValueError(f"embedding {name!r} was trained; an adapter needs freeze_embeddings")

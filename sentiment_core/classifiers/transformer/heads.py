"""The head of a base: kept where it tells two classes apart, put in order, or made anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sentiment_core.errors import ModelError

#: What models call their outputs, in small letters.
NEGATIVE_NAMES = frozenset({"negative", "neg", "label_0", "bad"})
POSITIVE_NAMES = frozenset({"positive", "pos", "label_1", "good"})
ONE_LABEL = "single_label_classification"
#: The scale of fresh weights where a base names none (BERT's).
USUAL_SCALE = 0.02


def two_classes(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what changes in a base's settings so that it has two outputs, of which one is right."""
    changed: dict[str, Any] = {
        "num_labels": 2,
        "id2label": {0: "negative", 1: "positive"},
        "label2id": {"negative": 0, "positive": 1},
    }
    return changed | ({"problem_type": ONE_LABEL} if settings.get("problem_type") else {})


def settle(model: Any, settings: Mapping[str, Any], made_anew: Collection[str]) -> str:
    """Make output 0 negative and 1 positive, and return a line on what was done to the base's head.

    Args:
        model: a sequence classifier with two outputs.
        settings: the base's own, before `two_classes` changed them.
        made_anew: names of the weights that its file does not have, or has for another number of outputs.

    Returns:
        "" where the head is as it was, or the base has none.
    """
    name, layer = _output_layer(model)
    if layer is None or name in made_anew:
        n = _outputs(settings)
        return (
            ""
            if n in (None, 2)
            else f"a fresh two-way head: that of the base has {n:,} output{'' if n == 1 else 's'}"
        )
    if settings.get("problem_type") == "multi_label_classification":
        _fresh(layer, model)
        return "a fresh two-way head: that of the base judges each of its labels by itself"
    if _reversed(settings):
        _swap(layer)
        return "the outputs of the base were positive, negative; they are put in the order negative, positive"
    return ""


def rescale(model: Any, scale: float, shift: float) -> None:
    """Change the last layer so that the difference of the two outputs is `scale * difference + shift`.

    Raises:
        ModelError: the model has no two-way layer.
    """
    import torch

    _, layer = _output_layer(model)
    if layer is None:
        raise ModelError(f"{type(model).__name__} has no last layer of two outputs; it cannot be calibrated")
    if layer.bias is None and shift:
        layer.bias = torch.nn.Parameter(layer.weight.new_zeros(2))
    with torch.no_grad():
        layer.weight.mul_(scale)
        if layer.bias is not None:
            layer.bias.mul_(scale)
            layer.bias.add_(layer.bias.new_tensor([-shift / 2, shift / 2]))


def reverse(model: Any, name: str) -> None:
    """Exchange the two outputs; ModelError where the model has no two-way layer."""
    _, layer = _output_layer(model)
    if layer is None:
        raise ModelError(f"the outputs of '{name}' are positive, negative, and cannot be put in our order")
    _swap(layer)


def _output_layer(model: Any) -> tuple[str, Any]:
    """Return the weight's name and the layer of the last two-way layer outside the encoder, or ("", None)."""
    import torch

    inside = f"{model.base_model_prefix}."
    found = [
        (f"{name}.weight", module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module.out_features == 2 and not name.startswith(inside)
    ]
    return found[-1] if found else ("", None)


def _outputs(settings: Mapping[str, Any]) -> int | None:
    """Return how many outputs a base's own head has; None where its settings do not say."""
    names = settings.get("id2label")
    n = len(names) if isinstance(names, Mapping) else settings.get("num_labels")
    return n if isinstance(n, int) else None


def _reversed(settings: Mapping[str, Any]) -> bool:
    names = settings.get("id2label")
    if not isinstance(names, Mapping):
        return False
    first, second = (str(names.get(key, names.get(int(key), ""))).strip().lower() for key in ("0", "1"))
    return first in POSITIVE_NAMES and second in NEGATIVE_NAMES


def _fresh(layer: Any, model: Any) -> None:
    import torch

    with torch.no_grad():
        layer.weight.normal_(std=getattr(model.config, "initializer_range", USUAL_SCALE))
        if layer.bias is not None:
            layer.bias.zero_()


def _swap(layer: Any) -> None:
    import torch

    with torch.no_grad():
        layer.weight.copy_(layer.weight.flip(0))
        if layer.bias is not None:
            layer.bias.copy_(layer.bias.flip(0))

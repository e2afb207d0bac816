"""Linear layers by oneDNN instead of MKL, which takes twice as long on processors that are not Intel's.

torch gives float32 products on a processor to MKL and has no switch for it; oneDNN, which comes with torch
too, is as fast everywhere. The sums are the same in another order. What is called is private to torch
(`torch.ops.mkldnn._linear_pointwise`, torch 2.13), so it is tried once, and where it is not as expected the
layers are computed as ever. `tests/benchmarks/bench_inference.py` measures what that gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def with_fast_linears(compute: Callable[P, T]) -> Callable[P, T]:
    """Return a function as `compute`, with linear layers by oneDNN where no gradient is taken."""

    @functools.wraps(compute)
    def faster(*args: P.args, **kwargs: P.kwargs) -> T:
        mode = _mode()
        if mode is None:
            return compute(*args, **kwargs)
        with mode():
            return compute(*args, **kwargs)

    return faster


@functools.cache
def _mode() -> Any:
    """Return the class of the mode in which torch calls are taken over; None where oneDNN cannot be asked."""
    import torch
    from torch.overrides import TorchFunctionMode

    def by_onednn(x: Any, weight: Any, bias: Any = None) -> Any:
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")

    if not _is_as_expected(by_onednn):
        return None

    class FastLinears(TorchFunctionMode):
        """While it is entered, `linear` of float32 on a processor is oneDNN's."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.nn.functional.linear and not kwargs and _fits(*args):
                return by_onednn(*args)
            return func(*args, **(kwargs or {}))

    return FastLinears


def _fits(x: Any, weight: Any, bias: Any = None) -> bool:
    import torch

    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and not torch.is_grad_enabled()
        and x.numel() > 0
        # it takes a strided bias for one without strides, and says nothing
        and all(tensor is None or tensor.is_contiguous() for tensor in (x, weight, bias))
    )


def _is_as_expected(by_onednn: Callable[..., Any]) -> bool:
    import torch

    with torch.no_grad():
        x, weight = torch.arange(24.0).reshape(2, 3, 4) / 24, torch.arange(20.0).reshape(5, 4) / 20
        bias = torch.arange(5.0)
        expected = torch.nn.functional.linear(x, weight)
        try:
            found = by_onednn(x, weight, bias) - bias, by_onednn(x, weight)
        except (AttributeError, RuntimeError, TypeError):  # no such operator, or built without oneDNN
            return False
        return all(torch.allclose(product, expected, atol=1e-5) for product in found)

"""From a transformer to an ONNX file: exported by Optimum, and with int8 weights by ONNX Runtime.

Int8 is dynamic: weights are rounded once, and the scale of what flows through the network is taken of each
text, so no data is needed to set it. Weights have a scale per column, without which MiniLM loses its accuracy
(onnxruntime issue 9599), and use 7 of the 8 bits: processors without VNNI add two products of 8 bits in 16,
where all 8 overflow. On validation reviews 7 bits were no worse than 8.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.onnx.first_token import only_first_token
from sentiment_core.classifiers.onnx.network import FILE
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.foreign import first_line
from sentiment_core.errors import ModelError, ResourceMissing

#: The first with LayerNormalization as one operator, which ONNX Runtime computes at once.
OPSET = 17
TASK = "text-classification"
#: The distributions that decide what a file holds.
CONVERTERS = ("optimum-onnx", "optimum", "onnx", "onnxruntime", "torch", "transformers")


def converters() -> dict[str, str]:
    """Return the versions of what converts, by name.

    Raises:
        ResourceMissing: one is not installed.
    """
    try:
        return {name: metadata.version(name) for name in CONVERTERS}
    except metadata.PackageNotFoundError as error:
        raise ResourceMissing(
            f"converting needs the package {error.name}; pip install {error.name}"
        ) from None


def convert(classifier: TransformerClassifier, folder: Path, *, int8: bool) -> None:
    """Write a transformer into a folder: FILE, and its tokenizer.

    Raises:
        ModelError: Optimum does not know this architecture, or cannot export it.
    """
    converters()
    with tempfile.TemporaryDirectory() as name:
        plain = Path(name) / FILE if int8 else folder / FILE
        _export(classifier.model, plain)
        if int8:
            quantize(plain, folder / FILE)
    classifier.reader.tokenizer.save_pretrained(folder)


def quantize(plain: Path, target: Path) -> None:
    """Write a file with int8 weights, one scale per column, for an ONNX file in float32."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with quiet():
        prepared = plain.with_name("prepared.onnx")
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_dynamic(
            str(prepared), str(target), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
        prepared.unlink()


def _export(model: Any, file: Path) -> None:
    from optimum.exporters.onnx import export
    from optimum.exporters.tasks import TasksManager

    kind = model.config.model_type
    on_cpu = only_first_token(model if model.device.type == "cpu" else copy.deepcopy(model).cpu()).eval()
    try:
        known = TasksManager.get_supported_tasks_for_model_type(kind, "onnx", library_name="transformers")
        if TASK not in known:
            raise KeyError(kind)
        config = TasksManager.get_exporter_config_constructor(
            "onnx", model_type=kind, task=TASK, library_name="transformers"
        )(model.config, task=TASK)
    except (KeyError, ValueError, NotImplementedError):
        raise ModelError(f"a {kind} classifier cannot be converted: Optimum does not know it") from None
    try:
        with quiet():
            export(on_cpu, config, file, opset=OPSET)
    except Exception as error:  # tracing a network runs its code: anything can go wrong
        raise ModelError(f"a {kind} classifier cannot be converted: {first_line(error)}") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide what tracing and quantizing warn of: constants in a trace, a missing preparation."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(nowhere):
                yield
    finally:
        logging.disable(before)

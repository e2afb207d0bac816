"""An ONNX file as a function from token ids to logits: checked before it computes, with so many threads.

A file is a program. ONNX Runtime runs no code of the file's own, but a graph can loop for ever, and its
weights can be asked for from other files. So only graphs without branches and loops, of known operators and
with all weights inside are accepted.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.transformer import foreign

FILE = "model.onnx"
IDS, MASK, LOGITS = "input_ids", "attention_mask", "logits"
#: Of inputs beyond ids and mask: BERT's, which is 0 for a single text.
INPUTS = frozenset((IDS, MASK, "token_type_ids"))
#: ONNX's own operators, and those that ONNX Runtime's quantization writes.
DOMAINS = frozenset(("", "ai.onnx", "com.microsoft"))
CONTROL = frozenset(("If", "Loop", "Scan", "SequenceMap"))
#: protobuf's own limit for one message.
MOST_BYTES = 2**31

Ids = NDArray[np.int64]


class Network:
    """Call it with ids and mask, int64 [texts, tokens] each, and get logits, float64 [texts, 2]."""

    def __init__(self, file: Path, threads: int | None = None) -> None:
        """Open a file with so many threads, by default as many as `default_threads` says.

        Raises:
            ModelError: the file is not a sound classifier.
        """
        import onnxruntime

        self.name, self.threads = file.parent.name, threads or default_threads()
        with foreign.reading(self.name):
            _check(file)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
            options.log_severity_level = 3  # errors only: a warning would go to the answer's terminal
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
        self._others = [given.name for given in self._session.get_inputs() if given.name not in (IDS, MASK)]

    def __call__(self, ids: Ids, mask: Ids) -> NDArray[np.float64]:
        """Return the scores before softmax."""
        inputs = {IDS: ids, MASK: mask} | {name: np.zeros_like(ids) for name in self._others}
        [logits] = self._session.run([LOGITS], inputs)
        scores: NDArray[np.float64] = logits.astype(np.float64)
        if scores.shape != (len(ids), 2):
            raise foreign.refusal(self.name, f"{FILE} gives scores of shape {scores.shape}; two are needed")
        foreign.check_finite_logits(self.name, scores)
        return scores


def default_threads() -> int:
    """Return OMP_NUM_THREADS, which our worker processes set to 1, or else the cores of this process.

    ONNX Runtime does not read that variable itself.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(file: Path) -> None:
    """Raise unless the file holds a graph that ends, of known operators, with all weights inside."""
    import onnx

    if not file.is_file():
        raise foreign.refusal(file.parent.name, f"{file.name} is missing")
    if file.stat().st_size >= MOST_BYTES:
        raise foreign.refusal(file.parent.name, f"{file.name} has {MOST_BYTES >> 30} GiB or more")
    model = onnx.load(str(file), load_external_data=False)
    if trouble := _trouble(model):
        raise foreign.refusal(file.parent.name, f"{file.name} {trouble}")


def _trouble(model: Any) -> str:
    """Return what of a model is not accepted, "" where all is."""
    import onnx

    graph = model.graph
    inside = {weight.name for weight in graph.initializer}
    inputs = {given.name for given in graph.input} - inside
    if not {IDS, MASK} <= inputs <= INPUTS or [given.name for given in graph.output] != [LOGITS]:
        return f"does not take {IDS} and {MASK} to give {LOGITS}"
    if any(weight.data_location == onnx.TensorProto.EXTERNAL for weight in _weights(graph)):
        return "keeps weights in other files"
    other = sorted({node.domain for node in graph.node} - DOMAINS)
    if other or model.functions:
        return "has operators that are not ONNX's or ONNX Runtime's"
    if looped := sorted({node.op_type for node in graph.node} & CONTROL):
        return f"has a {looped[0]}, which may never end"
    return ""


def _weights(graph: Any) -> list[Any]:
    """Return every tensor of a graph: its weights, and constants that are attributes of nodes."""
    constants = [
        attribute.t for node in graph.node for attribute in node.attribute if attribute.HasField("t")
    ]
    return [*graph.initializer, *constants]

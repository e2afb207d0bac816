"""A transformer as a student: it starts from its teacher's layers and learns the teacher's answers.

The loss of a row is `hard_share * CE(label) + (1 - hard_share) * T^2 * KL(teacher_T || student_T)`, with
both models' logits divided by the temperature T (Hinton, Vinyals & Dean 2015, section 2: T^2 keeps the
gradients of the soft part as large as at T = 1). With hidden states, the mean squared error between mapped
layers is added (TinyBERT, Jiao et al. 2020, eq. 8), relative to the teacher's mean square, so that no model's
scale decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import Params, ReadsTokens, Teaching
from sentiment_core.classifiers.transformer.dropped_layers import kept_layers, layer_numbers, only_layers
from sentiment_core.classifiers.transformer.length_grouping import trainer_class
from sentiment_core.errors import ModelError


@dataclass(frozen=True)
class Lesson:
    """A prepared student's lesson.

    Attributes:
        teaching: what is learned from.
        network: the teacher's, where it reads along with the student; else None.
        layers: which of the teacher's layers each layer of the student is compared with; empty: none.
        started_from: which of the teacher's layers the student started from; empty: from its own weights.
    """

    teaching: Teaching
    network: Any | None
    layers: tuple[int, ...]
    started_from: tuple[int, ...]


def prepare(teaching: Teaching, student: Any, tokenizer: Any, params: Params) -> Lesson:
    """Let the student start from its teacher's layers where it can, and return its lesson.

    It can where it is the same network with fewer layers.

    Args:
        teaching: what is learned from.
        student: a sequence classifier, changed in place.
        tokenizer: the student's.
        params: settings of the family.

    Raises:
        ModelError: hidden states are asked for, and the two are not comparable.
    """
    teacher = teaching.teacher()
    network = teacher.model if isinstance(teacher, ReadsTokens) else None
    kept = _layers_in_common(student, network)
    started_from: tuple[int, ...] = ()
    if network is not None and len(kept) < layer_numbers(network.state_dict()) and kept:
        _check_adapter(student, network, params)
        student.load_state_dict(only_layers(network.state_dict(), kept))
        started_from = kept
    if not teaching.hidden_states:
        return Lesson(teaching, None, (), started_from)
    if network is None or not kept or not _same_tokens(tokenizer, teacher):
        raise ModelError(
            "hidden states can be compared only between transformers of the same width and tokens; leave "
            "--hidden-states out, or choose minilm-3 as the student of a teacher on distilbert-minilm"
        )
    return Lesson(teaching, network.eval(), kept, started_from)


def taught(rows: Any, teaching: Teaching) -> Any:
    """Return encoded rows with (label, teacher's log-odds, hard share) as `labels`, which are collated."""
    said = np.zeros(len(rows)) if teaching.log_odds is None else teaching.log_odds
    triples = np.column_stack([np.asarray(rows["labels"], dtype=np.float64), said, teaching.hard_share])
    return rows.remove_columns("labels").add_column("labels", triples.tolist())


def loss_of(
    logits: Any,
    labels: Any,
    log_odds: Any,
    hard_share: Any,
    temperature: float,
    smoothing: float = 0.0,
) -> Any:
    """Return the mean loss over a batch; see the module.

    Args:
        logits: float [batch, 2] of the student.
        labels: int64 [batch].
        log_odds: float [batch] of the teacher: of two logits only the difference matters to a softmax.
        hard_share: float [batch] in [0, 1].
        temperature: above 0.
        smoothing: of the labels.
    """
    import torch
    from torch.nn import functional

    hard = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    teacher = torch.stack([torch.zeros_like(log_odds), log_odds], dim=-1) / temperature
    soft = functional.kl_div(
        functional.log_softmax(logits / temperature, dim=-1),
        functional.log_softmax(teacher, dim=-1),
        reduction="none",
        log_target=True,
    ).sum(dim=-1)
    return (hard_share * hard + (1 - hard_share) * temperature**2 * soft).mean()


def hidden_loss(students: Sequence[Any], teachers: Sequence[Any], mask: Any) -> Any:
    """Return the mean over layers of the squared error per token, relative to the teacher's mean square.

    Args:
        students: float [batch, tokens, width] of each layer.
        teachers: the same of the layers that they are compared with.
        mask: int64 [batch, tokens], 0 for padding, which does not count.
    """
    read = mask.bool()
    pairs = [(one[read].float(), other[read].float()) for one, other in zip(students, teachers, strict=True)]
    return sum((one - other).square().mean() / other.square().mean() for one, other in pairs) / len(pairs)


def student_trainer_class(lesson: Lesson) -> Any:
    """Return the Trainer with one method overridden: what the loss of a batch is."""
    teaching = lesson.teaching

    class StudentTrainer(trainer_class()):  # type: ignore[misc]
        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            if inputs["labels"].ndim == 1:  # validation rows have labels only
                return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
            labels, log_odds, hard_share = inputs.pop("labels").unbind(-1)
            outputs = model(**inputs, output_hidden_states=bool(lesson.layers))
            further = 0.0
            if lesson.network is not None:
                log_odds, states = _asked(lesson.network, inputs)
                mapped = [states[1 + layer] for layer in lesson.layers]
                further = hidden_loss(outputs.hidden_states[1:], mapped, inputs["attention_mask"])
            smoothing = self.args.label_smoothing_factor
            loss = further + loss_of(
                outputs.logits.float(), labels.long(), log_odds, hard_share, teaching.temperature, smoothing
            )
            return (loss, outputs) if return_outputs else loss

    return StudentTrainer


def _asked(network: Any, inputs: Any) -> tuple[Any, Any]:
    """Return the teacher's log-odds, float [batch], and its hidden states: embeddings, then each layer."""
    import torch

    with torch.no_grad():
        said = network(**inputs, output_hidden_states=True)
    logits = said.logits.float()
    return logits[:, 1] - logits[:, 0], said.hidden_states


def _layers_in_common(student: Any, network: Any | None) -> tuple[int, ...]:
    """Return which of the teacher's layers are the student's; empty unless all their weights fit."""
    if network is None:
        return ()
    ours, theirs = student.state_dict(), network.state_dict()
    n, of = layer_numbers(ours), layer_numbers(theirs)
    if not 1 <= n <= of:
        return ()
    kept = kept_layers(of, n)
    fit = {name: tensor.shape for name, tensor in only_layers(theirs, kept).items()}
    return kept if fit == {name: tensor.shape for name, tensor in ours.items()} else ()


def _same_tokens(tokenizer: Any, teacher: Any) -> bool:
    return bool(tokenizer.get_vocab() == teacher.reader.tokenizer.get_vocab())


def _check_adapter(student: Any, network: Any, params: Params) -> None:
    """Raise before hours are spent where the result could not be written as an adapter."""
    import torch

    if not params["adapter_rank"]:
        return
    before = student.base_model.embeddings.state_dict()
    for name, tensor in network.base_model.embeddings.state_dict().items():
        if not torch.equal(tensor.cpu(), before[name].cpu()):
            raise ModelError(
                "adapter_rank is given, and the teacher's embeddings were trained: an adapter does not hold "
                "them; leave adapter_rank out"
            )

"""Fine-tuning with the Hugging Face Trainer: batches grouped by length, checkpoints, curves, resume."""

from __future__ import annotations

import functools
import math
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import KEPT_START, FitResult, Params, Progress, Teaching
from sentiment_core.classifiers.transformer import adapters, distilling
from sentiment_core.classifiers.transformer.length_grouping import trainer_class
from sentiment_core.classifiers.transformer.pretrained import Pretrained, load_base
from sentiment_core.classifiers.transformer.reading import Reader, check_length
from sentiment_core.classifiers.transformer.watching import curves, watcher
from sentiment_core.errors import ModelError
from sentiment_core.storage import workspace


def fine_tune(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress,
    start: Path | None = None,
    teaching: Teaching | None = None,
) -> FitResult:
    """Fine-tune `params["base"]` on `train`, keep the best epoch on `validation`, write it into `folder`.

    With `start`, a model's folder, training starts from that model's weights instead of its base's; with
    `start_competes` too, these are evaluated as step 0, and kept where nothing later was more accurate.

    Checkpoints go to `scratch`; if one is there, training resumes from it. Under torchrun or accelerate
    every process calls this and the first one writes. With `adapter_rank`, what is written is the difference
    from the base, and the validation figures are those of base and difference together. With `teaching`, it
    is a student: see `distilling`.
    """
    import torch
    import transformers

    if params["threads"]:
        torch.set_num_threads(params["threads"])
    transformers.set_seed(params["seed"])
    base = _starting_weights(params, start)
    check_length(base.model, params["max_length"])
    _check_adapter(params)
    lesson = distilling.prepare(teaching, base.model, base.tokenizer, params) if teaching else None
    if params["freeze_embeddings"]:
        freeze_embeddings(base.model)
    reader = Reader(base.tokenizer, params["max_length"], params["truncation"])
    kept = functools.partial(_figures_as_kept, params, validation, reader)
    rows = encoded(train, reader)
    competes = start is not None and params["start_competes"]
    unknown = competes and not any(scratch.glob("checkpoint-*"))  # a checkpoint remembers how the start did
    trainer = (distilling.student_trainer_class(lesson) if lesson else trainer_class())(
        model=base.model,
        args=training_arguments(params, scratch, n_train=len(train), eval_on_start=unknown),
        train_dataset=distilling.taught(rows, lesson.teaching) if lesson else rows,
        eval_dataset=encoded(validation, reader),
        data_collator=transformers.DataCollatorWithPadding(base.tokenizer),
        compute_metrics=_validation_metrics,
        callbacks=[watcher(progress, scratch, kept)],
    )
    trainer.remove_callback(transformers.PrinterCallback)  # it prints each log line on stdout
    trainer.train(resume_from_checkpoint=transformers.trainer_utils.get_last_checkpoint(str(scratch)))
    best = _best_evaluation(trainer.state.log_history)
    figures = {name: float(best[f"eval_{name}"]) for name in ("accuracy", "f1", "loss")}
    details = _details(trainer, base.revision) | ({"head": base.head} if base.head else {})
    tuned = trainer.model
    if competes:
        details |= {KEPT_START: best["step"] == 0}
    if details.get(KEPT_START):
        tuned, details["best_checkpoint"] = _starting_weights(params, start).model, ""
    details |= {"started_from_layers": list(lesson.started_from)} if lesson else {}
    if trainer.is_world_process_zero():
        if params["adapter_rank"]:
            details |= {"validation_before_adapter": figures}
            figures = _write_adapter(tuned, params, validation, reader, folder)
        else:
            tuned.save_pretrained(folder, safe_serialization=True)
            base.tokenizer.save_pretrained(folder)
    return FitResult(dict(params), figures, curves(trainer.state.log_history), details)


def _starting_weights(params: Params, start: Path | None) -> Pretrained:
    """Return the base, or the model in `start` with the revision of the base that it came from."""
    from sentiment_core.classifiers.transformer.classifier import open_tuned

    dropout = {"attention_dropout": params["attention_dropout"]}
    if start is None:
        return load_base(params["base"], params["revision"] or None, **dropout)
    tuned = open_tuned(start, **dropout)
    revision = workspace.read_json(start / "manifest.json").get("base_revision")
    model = tuned.model.train().requires_grad_(True)  # peft leaves what it merged frozen
    return Pretrained(model, tuned.tokenizer, str(revision or ""))


def training_arguments(params: Params, scratch: Path, *, n_train: int, eval_on_start: bool = False) -> Any:
    """Return the Trainer's settings for these parameters on the device at hand."""
    import torch
    from transformers import TrainingArguments

    on_gpu = torch.cuda.is_available()
    steps = _steps_between_evaluations(params, n_train)
    return TrainingArguments(
        output_dir=str(scratch),
        learning_rate=params["learning_rate"],
        num_train_epochs=params["epochs"],
        per_device_train_batch_size=params["batch_size"],
        per_device_eval_batch_size=params["eval_batch_size"],
        weight_decay=params["weight_decay"],
        warmup_ratio=params["warmup_ratio"],
        label_smoothing_factor=params["label_smoothing"],
        logging_steps=min(params["logging_steps"], max(1, n_train // params["batch_size"] // 4)),
        eval_strategy="steps" if steps else "epoch",
        save_strategy="steps" if steps else "epoch",
        eval_steps=steps or None,
        save_steps=steps or 500,
        eval_on_start=eval_on_start,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="accuracy",
        group_by_length=params["group_by_length"],
        seed=params["seed"],
        data_seed=params["seed"],
        use_cpu=not on_gpu,
        ddp_backend="gloo" if processes() > 1 and not on_gpu else None,
        dataloader_pin_memory=on_gpu,
        save_safetensors=True,
        report_to=[],
        disable_tqdm=True,
        log_level="error",
        **precision(params["precision"], on_gpu),
    )


def _steps_between_evaluations(params: Params, n_train: int) -> int:
    """Return evaluate_every or, where the training is shorter, all its steps; 0 evaluates every epoch."""
    an_epoch = math.ceil(n_train / (params["batch_size"] * processes()))
    return int(min(params["evaluate_every"], math.ceil(an_epoch * params["epochs"])))


def encoded(examples: pd.DataFrame, reader: Reader) -> Any:
    """Return a `datasets.Dataset` of input_ids, labels and length; padding is left to the batch."""
    import datasets

    ids = reader.ids(examples["text"].tolist())
    return datasets.Dataset.from_dict(
        {"input_ids": ids, "labels": examples["label"].tolist(), "length": [len(row) for row in ids]}
    )


def processes() -> int:
    """Return how many processes train together, as torchrun and accelerate announce it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def precision(asked: str, on_gpu: bool) -> dict[str, bool]:
    """Return the Trainer's flags: half precision by itself on a GPU; on a CPU bf16 pays only where asked."""
    import torch

    known = ("auto", "fp32", "bf16", "fp16")
    if asked not in known:
        raise ModelError(f"precision '{asked}' is not known; known: {', '.join(known)}")
    if asked == "auto":
        asked = ("bf16" if torch.cuda.is_bf16_supported() else "fp16") if on_gpu else "fp32"
    if asked == "fp16" and not on_gpu:
        raise ModelError("precision 'fp16' needs a GPU; on a CPU use fp32 or bf16")
    return {"bf16": asked == "bf16", "fp16": asked == "fp16"}


def _check_adapter(params: Params) -> None:
    if params["adapter_rank"] < 0:
        raise ModelError(
            f"adapter_rank is {params['adapter_rank']}; 0 keeps whole weights, 8 to 64 an adapter"
        )
    if params["adapter_rank"] and not params["freeze_embeddings"]:
        raise ModelError(
            "adapter_rank needs freeze_embeddings=true: an adapter does not hold trained embeddings"
        )


def _figures_as_kept(
    params: Params, validation: pd.DataFrame, reader: Reader, model: Any, figures: dict[str, float]
) -> dict[str, float]:
    """Return the validation figures of what would be kept of a model now: with adapter_rank, after the cut.

    Random numbers continue as if nothing had happened: watching a training does not change it.
    """
    if not params["adapter_rank"]:
        return figures
    import torch

    with torch.random.fork_rng(), tempfile.TemporaryDirectory() as folder:
        return _write_adapter(model, params, validation, reader, Path(folder))


def _write_adapter(
    tuned: Any, params: Params, validation: pd.DataFrame, reader: Reader, folder: Path
) -> dict[str, float]:
    """Write the difference from the base, and return the figures of what was written."""
    from sklearn.metrics import log_loss

    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier

    base, again = (load_base(params["base"], params["revision"] or None).model for _ in range(2))
    adapters.extract(tuned, base, params["adapter_rank"], folder)
    shelved = TransformerClassifier("", adapters.merge(again, folder), reader)
    answers = shelved.predict_proba(validation["text"].tolist())
    labels = validation["label"].to_numpy()
    return _accuracy_and_f1(answers, labels) | {"loss": float(log_loss(labels, answers, labels=[0, 1]))}


def freeze_embeddings(model: Any) -> None:
    """Leave the embeddings of words and positions, and their norm, as they are: half of a small model."""
    model.get_input_embeddings().requires_grad_(False)
    embeddings = getattr(model.base_model, "embeddings", None)
    if embeddings is not None:
        embeddings.requires_grad_(False)


def _validation_metrics(answers: Any) -> dict[str, float]:
    return _accuracy_and_f1(answers.predictions, answers.label_ids)


def _accuracy_and_f1(scores: Any, labels: Any) -> dict[str, float]:
    """Return both by Hugging Face `evaluate`; F1 is 0 where neither answers nor labels are positive."""
    from sentiment_core.classifiers.transformer.hf_metrics import combined

    found = combined(["accuracy", "f1"]).compute(predictions=np.argmax(scores, axis=-1), references=labels)
    return {name: float(np.nan_to_num(value)) for name, value in found.items()}


def _best_evaluation(history: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the evaluation whose weights are kept: the first of the most accurate."""
    evaluations = [row for row in history if "eval_accuracy" in row]
    return max(evaluations, key=lambda row: float(row["eval_accuracy"]))


def _details(trainer: Any, revision: str) -> dict[str, Any]:
    import torch

    return {
        "base_revision": revision,
        "device": str(trainer.args.device),
        "threads": torch.get_num_threads(),
        "processes": processes(),
        "steps": int(trainer.state.global_step),
        "best_checkpoint": Path(trainer.state.best_model_checkpoint or "").name,
    }

"""Watching the Trainer: progress, curves on the disk, and a checkpoint before it stops."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.base import (
    CURVES_FILE,
    SECONDS_FILE,
    Progress,
    SeesEvaluations,
    seconds_of_checkpoint,
)
from sentiment_core.errors import Cancelled
from sentiment_core.storage import workspace


def watcher(
    progress: Progress, scratch: Path, kept: Callable[[Any, dict[str, float]], dict[str, float]]
) -> Any:
    """Return a callback that reports every step and, when asked to stop, saves a checkpoint first.

    A progress that sees evaluations (a search) gets the figures that `kept` makes of the model and its own.
    """
    from transformers import TrainerCallback

    started, before = time.monotonic(), seconds_of_checkpoint(scratch)

    class Watcher(TrainerCallback):
        cancelled = False

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            try:
                loss = next((row["loss"] for row in reversed(state.log_history) if "loss" in row), None)
                said = "fine-tuning" if loss is None else f"fine-tuning, loss {loss:.3f}"
                progress(state.global_step, state.max_steps, said)
            except Cancelled:
                self.cancelled = True
                control.should_save = True
            return control

        def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            # All rows each time: the state that a checkpoint brings back may end before the file does.
            if state.is_world_process_zero:
                workspace.write_json(Path(args.output_dir) / CURVES_FILE, curves(state.log_history))

        def on_evaluate(
            self, args: Any, state: Any, control: Any, metrics: Any, model: Any, **kwargs: Any
        ) -> None:
            if isinstance(progress, SeesEvaluations):
                figures = {name.removeprefix("eval_"): float(value) for name, value in metrics.items()}
                progress.evaluated(state.global_step, kept(model, figures))

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.is_world_process_zero:
                seconds = before + time.monotonic() - started
                workspace.write_json(scratch / SECONDS_FILE, {"seconds": round(seconds, 3)})
            if self.cancelled:
                raise Cancelled("training was stopped; its checkpoint is kept; resume with --resume")

    return Watcher()


def curves(history: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Return the rows of the Trainer's log that hold a loss, numbers only."""
    rows = [{name: float(value) for name, value in row.items() if _is_number(value)} for row in history]
    return [row for row in rows if "loss" in row or "eval_loss" in row]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)

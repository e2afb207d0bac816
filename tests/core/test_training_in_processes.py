"""Training by several processes, as torchrun and accelerate launch start them, gives one model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sentiment_core import models

BIN = Path(sys.executable).parent
# accelerate starts several processes only with --multi_gpu; without a GPU they meet over gloo all the same
# (its --cpu means one process, or MPI).
LAUNCHERS = {
    "torchrun": ["torchrun", "--nproc-per-node", "2", "--master-port", "0", "--rdzv-backend", "c10d",
                 "--rdzv-endpoint", "127.0.0.1:0", "-m"],
    "accelerate": ["accelerate", "launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
                   "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", "-m"],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_two_processes_put_one_model_on_the_shelf(launcher, reviews, tiny_base):
    command = [
        str(BIN / LAUNCHERS[launcher][0]), *LAUNCHERS[launcher][1:], "sentiment_core",
        "train", "--data", str(reviews), "--family", "transformer", "--base", str(tiny_base),
        "--epochs", "2", "--max-length", "16", "--batch-size", "4", "--set", "learning_rate=0.02",
        "--set", "threads=1", "--alias", "pair", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    (card,) = models.list_models()
    assert card.model_id == said["model_id"] == models.resolve("pair").model_id
    assert card.manifest["details"]["processes"] == 2
    # 48 training reviews, 4 a process: 6 steps an epoch where one process alone would take 12.
    assert card.manifest["details"]["steps"] == 12
    probabilities = models.load_model("pair").predict_proba(["wonderful film", "dreadful film"])
    assert probabilities.shape == (2, 2)

"""A training under way can be watched: its curves grow in a file that its job points to."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sentiment_core.classifiers.base import CURVES_FILE
from sentiment_core.errors import Cancelled
from sentiment_core.jobs import jobs, worker
from sentiment_core.schema import Dataset
from sentiment_core.storage import runs
from sentiment_core.training import train

TEXTS = [f"a {word} film number {n}" for n in range(16) for word in ("wonderful", "dreadful")]
REVIEWS = pd.DataFrame({"text": TEXTS, "label": [1, 0] * 16})
DATASET = Dataset(
    "written-here",
    "0123456789abcdef",
    pd.concat([REVIEWS.assign(split=name) for name in ("train", "validation")], ignore_index=True),
)


@pytest.fixture(scope="module")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A DistilBERT of random weights with the tokenizer of the embedded base."""
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.transformer.pretrained import embedded_folder

    folder = tmp_path_factory.mktemp("tiny-base")
    tokenizer = AutoTokenizer.from_pretrained(embedded_folder(), local_files_only=True)
    shape = DistilBertConfig(vocab_size=len(tokenizer), dim=8, hidden_dim=16, n_layers=1, n_heads=2)
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def _params(base: str, **changes: object) -> dict[str, object]:
    given = {"base": base, "epochs": 2.0, "max_length": 16, "batch_size": 8, "logging_steps": 1, "threads": 1}
    return given | changes


def test_the_curves_grow_while_it_trains_and_end_as_the_manifest_has_them(tiny_base: str) -> None:
    told: list[Path] = []
    seen: list[list[dict[str, float]]] = []

    def watch(done: float, total: float, what: str) -> None:
        seen.append(train.curves_so_far(told[0]))

    card = train.train("transformer", DATASET, _params(tiny_base), progress=watch, announce=told.append)
    assert len(told) == 1 and not told[0].exists()  # checkpoints go once the model is on the shelf
    lengths = [len(curves) for curves in seen]
    assert lengths == sorted(lengths) and 0 < lengths[-1] < len(card.manifest["curves"])
    assert all(curves == card.manifest["curves"][: len(curves)] for curves in seen)
    assert card.manifest["resumed"] is False


def test_a_resumed_training_shows_each_step_of_its_curves_once(tiny_base: str) -> None:
    told: list[Path] = []
    params = _params(tiny_base, seed=7)

    def stop_at_five(done: float, total: float, what: str) -> None:
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        train.train("transformer", DATASET, params, progress=stop_at_five, announce=told.append)
    before = train.curves_so_far(told[0])
    card = train.train("transformer", DATASET, params, resume=True, announce=told.append)
    assert told[0] == told[1]
    assert before and before == card.manifest["curves"][: len(before)]
    steps = [row["step"] for row in card.manifest["curves"] if "loss" in row]
    assert steps == sorted(set(steps))
    assert card.manifest["resumed"] is True


@pytest.mark.parametrize("content", [None, "", "{", '{"a": 1}'])
def test_no_curves_yet_or_a_damaged_file_are_no_curves(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CURVES_FILE).write_text(content)
    assert train.curves_so_far(tmp_path) == []


def test_a_job_records_where_its_checkpoints_are_and_other_processes_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.new_run_id("job", "train", {})
    folder = runs.create("job", run_id, {"argv": ["train"], "title": "t"})
    assert jobs.scratch(run_id) is None
    jobs.show_scratch(tmp_path)
    assert jobs.scratch(run_id) is None
    monkeypatch.setattr(worker, "_current", worker.Worker(folder))
    jobs.show_scratch(tmp_path)
    assert jobs.scratch(run_id) == tmp_path

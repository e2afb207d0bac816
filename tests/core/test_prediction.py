"""Predictions come back in order from one process or several, and a killed process is one clear error."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sentiment_core.errors import Cancelled, ModelError, ReelcheckError, RunError
from sentiment_core.evaluation import prediction
from sentiment_core.evaluation.prediction import (
    CHUNK_FOR_PROCESS,
    Answers,
    chunks_by_length,
    predict_here,
    predict_in_processes,
)
from sentiment_core.schema import PREDICTION_COLUMNS

EDGE_TEXTS = ["", "a", "🎬🍿", "فيلم رائع", "word " * 2100, "<script>alert(1)</script>", "?!...", "good"]


@dataclass(frozen=True)
class CountsLetters:
    """Says nothing about sentiment, but every text gets a number that is its own."""

    model_id: str = "fake"
    max_tokens: int | None = 5

    def predict_proba(self, texts):
        positive = np.array([(hash_of(text) % 1000) / 1000 for text in texts])
        return np.stack([1 - positive, positive], axis=1)

    def token_counts(self, texts):
        return np.array([len(text.split()) for text in texts], dtype=np.int64)


class KilledByText(CountsLetters):
    def predict_proba(self, texts):
        if any("kill me" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().predict_proba(texts)


class Sleeps(CountsLetters):
    def predict_proba(self, texts):
        time.sleep(60)
        return super().predict_proba(texts)


class TellsItsProcess(CountsLetters):
    def token_counts(self, texts):
        return np.full(len(texts), os.getpid())


def hash_of(text: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(text))


def cannot_load(message: str) -> CountsLetters:
    raise ModelError(message)


def no_torch_threads() -> CountsLetters:
    import torch

    assert os.environ["OMP_NUM_THREADS"] == "1"
    return CountsLetters(model_id=str(torch.get_num_threads()))


def many_texts(n: int = 300) -> list[str]:
    rng = np.random.default_rng(0)
    return [f"review {place} " + "so " * int(rng.integers(0, 40)) for place in range(n - 8)] + EDGE_TEXTS


def test_answers_come_back_in_the_order_of_the_texts():
    texts = many_texts()
    answers = predict_here(CountsLetters(), texts)
    assert answers.prob_positive.tolist() == [(hash_of(text) % 1000) / 1000 for text in texts]
    assert answers.n_tokens.tolist() == [len(text.split()) for text in texts]
    assert answers.truncated.tolist() == [len(text.split()) > 5 for text in texts]


def test_several_processes_answer_as_one_does():
    texts = many_texts()
    one, two = predict_here(CountsLetters(), texts), predict_in_processes(CountsLetters, texts, 2)
    for name in ("prob_positive", "n_tokens", "truncated"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_work_is_dealt_to_processes_other_than_this_one():
    processes = set(predict_in_processes(TellsItsProcess, many_texts(), 2).n_tokens.tolist())
    assert os.getpid() not in processes and 1 <= len(processes) <= 2


def test_every_text_is_in_one_chunk_and_the_longest_come_first():
    texts = many_texts()
    chunks = chunks_by_length(texts, CHUNK_FOR_PROCESS)
    lengths = [len(texts[place]) for chunk in chunks for place in chunk]
    assert sorted(place for chunk in chunks for place in chunk) == list(range(len(texts)))
    assert lengths == sorted(lengths, reverse=True)
    assert max(map(len, chunks)) == CHUNK_FOR_PROCESS


def test_no_texts_give_no_answers():
    assert len(predict_here(CountsLetters(), []).prob_positive) == 0


@pytest.mark.parametrize("run", [predict_here, functools.partial(predict_in_processes, workers=2)])
def test_progress_only_grows_and_ends_with_everything_done(run):
    seen: list[tuple[float, float]] = []
    classifier = CountsLetters() if run is predict_here else CountsLetters
    run(classifier, many_texts(), progress=lambda done, total, what: seen.append((done, total)))
    shares = [done / total for done, total in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) >= 2


def test_a_killed_process_is_one_clear_error_and_not_a_hang():
    texts = [*many_texts(), "kill me"]
    started = time.monotonic()
    with pytest.raises(RunError, match=r"was killed after .* of 301 reviews.*--workers 1"):
        predict_in_processes(KilledByText, texts, 2)
    assert time.monotonic() - started < 30


def test_a_model_that_cannot_be_loaded_says_why():
    with pytest.raises(ModelError, match="weights are gone"):
        predict_in_processes(functools.partial(cannot_load, "weights are gone"), many_texts(), 2)


def test_cancelling_stops_the_processes_at_once():
    def cancel(done, total, what):
        raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        predict_in_processes(Sleeps, many_texts(), 2, cancel)
    assert time.monotonic() - started < 30
    assert no_children()


def test_each_process_computes_with_one_thread(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert len(predict_in_processes(no_torch_threads, many_texts(130), 2).prob_positive) == 130


def test_processes_do_not_run_the_callers_script_again(tmp_path: Path):
    """A page and a script without a guard are __main__; workers must not import it."""
    script = tmp_path / "no_guard.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(Path(__file__).parent)!r})
            print("top level")
            from test_prediction import CountsLetters, many_texts, predict_in_processes
            print(len(predict_in_processes(CountsLetters, many_texts(130), 2).prob_positive))
            """
        )
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:2] == ["top level", "130"], done.stderr


def test_processes_end_when_their_parent_is_killed(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path.insert(0, {str(Path(__file__).parent)!r})
            from test_prediction import Sleeps, many_texts, predict_in_processes
            import multiprocessing
            def say(done, total, what):
                print(*[child.pid for child in multiprocessing.active_children()], flush=True)
            predict_in_processes(Sleeps, many_texts(), 2, say)
            """
        )
    )
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    time.sleep(3)  # past their start, into the sleep
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(workers) == 2
    assert eventually(lambda: not any(is_running(pid) for pid in workers))


def test_one_process_does_for_linear_models_and_for_few_reviews(monkeypatch):
    monkeypatch.setattr(prediction, "_has_gpu", lambda: False)
    monkeypatch.setattr(prediction, "usable_cores", lambda: 4)
    assert prediction.worker_count(("tfidf",), 25_000) == 1
    assert prediction.worker_count(("transformer",), 63) == 1
    assert prediction.worker_count(("transformer",), 4000) == 4
    assert prediction.worker_count(("transformer",), 4000, asked=2) == 2
    assert prediction.worker_count(("transformer",), 130, asked=16) == 3  # no process without a chunk
    assert prediction.worker_count(("tfidf",), 4000, asked=3) == 3


def test_a_gpu_is_fed_by_one_process(monkeypatch):
    monkeypatch.setattr(prediction, "_has_gpu", lambda: True)
    assert prediction.worker_count(("transformer",), 4000) == 1


def test_no_worker_is_not_a_choice():
    with pytest.raises(ReelcheckError, match="workers is 0; give 1 or more"):
        prediction.worker_count(("tfidf",), 10, asked=0)


def test_the_table_has_the_columns_of_the_contract_and_keeps_the_order():
    examples = pd.DataFrame({"example_id": ["b", "a"], "text": ["x", "y"], "label": [1, 0]})
    cut, lost = np.array([True, False]), np.array([False, True])
    answers = Answers(np.array([0.5, 0.49999]), np.array([7, 8]), cut, lost)
    table = prediction.prediction_table("m", examples, answers)
    assert tuple(table.columns) == PREDICTION_COLUMNS
    assert table["example_id"].tolist() == ["b", "a"]
    assert table["predicted"].tolist() == [1, 0]  # the threshold itself is positive
    assert table["label"].tolist() == [1, 0]


def test_unlabelled_texts_have_a_missing_label():
    examples = pd.DataFrame({"example_id": ["a"], "text": ["x"]})
    table = prediction.prediction_table("m", examples, predict_here(CountsLetters(), ["x"]))
    assert table["label"].isna().all()


def no_children() -> bool:
    import multiprocessing

    return eventually(lambda: not multiprocessing.active_children())


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def eventually(condition, seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False

"""The benchmark of inference measures every way, and its report counts what it says. Tiny random weights."""

from __future__ import annotations

import time
from pathlib import Path

import bench_inference
import numpy as np
from bench_inference import PIPELINE, Measured

from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader


def test_the_pipeline_and_ours_give_the_same_answers(tiny_base, monkeypatch):
    loaded = load_base(tiny_base)
    model = TransformerClassifier("tiny", loaded.model, Reader(loaded.tokenizer, 32, "head"))
    monkeypatch.setattr(bench_inference, "ours", lambda name, max_length: model)
    monkeypatch.setattr(bench_inference, "size_of", lambda way, folder: 7)
    loaded.model.config.id2label = {0: "negative", 1: "positive"}
    loaded.model.save_pretrained(tiny_base)
    texts = ["a fine film", "dull " * 40, "moving and long", ""]
    rows = [
        bench_inference.measured(
            way, texts, Path(tiny_base), max_length=32, threads=1, cpu=True, started=time.time()
        )
        for way in (PIPELINE, "pipeline-32", "tiny")
    ]
    assert np.std(rows[0].prob_positive) > 0.01
    for row in rows:
        np.testing.assert_allclose(row.prob_positive, rows[0].prob_positive, atol=1e-5)
        assert len(row.latencies) == 4 and row.peak_bytes > 10**8 and row.load >= 0


def test_ratios_are_to_the_pipeline_at_its_defaults():
    stock = Measured(PIPELINE, 3.0, [0.2, 0.4, 0.2], 4.0, 10**9, 10**8, [0.4, 0.6])
    ours = Measured("ours", 1.0, [0.1, 0.1, 0.1], 1.0, 10**8, 10**7, [0.4, 0.5])
    head, first, second = bench_inference.report([stock, ours], [0, 1])
    assert head.split()[-1] == "accuracy" and first.split()[6:8] == ["1.00", "1.00"]
    assert " ".join(second.split()[:10]) == "ours 10.0 1.0 100.0 100.0 2.0 2.00 4.00 100 1.0e-01"
    assert "100.0% [34.2, 100.0]" in second  # Wilson, 2 of 2

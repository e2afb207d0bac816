"""The training benchmark works, and padding changes no loss. On tiny random weights; no figure is kept."""

from __future__ import annotations

import dataclasses

import bench_training
import numpy as np
import pandas as pd
import pytest
from bench_training import SAME_LOSS, Measured
from training_variants import BY_NAME, VARIANTS, Setting

from sentiment_core.classifiers.transformer.pretrained import load_base


@pytest.fixture
def setting(tiny_base: str) -> Setting:
    """The tiny model, four reviews a batch."""
    return Setting(base=tiny_base, max_length=48, batch_size=4, threads=1, seed=3)


@pytest.fixture
def reviews() -> pd.DataFrame:
    """Sixteen texts of 2 to 47 words, alternately labelled."""
    texts = [" ".join(["a fine and moving film"] * (number % 10 + 1)) + f" {number}" for number in range(16)]
    return pd.DataFrame({"text": texts, "label": np.arange(16) % 2})


def test_padding_to_the_batch_or_to_the_maximum_gives_the_same_losses(setting, reviews):
    assert bench_training.same_losses(reviews, setting) < SAME_LOSS / 10


def test_with_other_batches_the_losses_are_not_the_same(setting, reviews):
    grouped = bench_training.measure(BY_NAME["+ length grouping"], reviews, setting, dropout=False)
    stock = bench_training.measure(BY_NAME["stock"], reviews, setting, dropout=False)
    assert np.abs(np.subtract(grouped.losses, stock.losses)).max() > SAME_LOSS


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant.processes == 1], ids=str)
def test_every_variant_sees_each_review_once(variant, setting, reviews):
    measured = bench_training.measure(variant, reviews, setting)
    assert len(measured.losses) == 4 and np.isfinite(measured.losses).all()
    assert measured.examples_per_second == pytest.approx(16 / measured.seconds)
    lengths = [len(ids) for ids in load_base(setting.base).tokenizer(reviews["text"].tolist())["input_ids"]]
    if variant.name == "stock":
        assert measured.padded_tokens == 16 * 48
    else:
        assert sum(np.minimum(lengths, 48)) <= measured.padded_tokens < 16 * 48


def test_only_the_adapter_and_the_head_are_trained_where_there_is_one(setting, reviews):
    whole, frozen, adapter = (
        bench_training.measure(BY_NAME[name], reviews, setting).trained_parameters
        for name in ("stock", "+ frozen embeddings", "adapter")
    )
    assert whole - frozen == (30522 + 512 + 2) * 32  # words, positions, and the norm behind them
    assert adapter < frozen


@pytest.mark.slow
def test_two_processes_share_every_batch(setting, reviews):
    pair = dataclasses.replace(setting, threads=2)
    measured = bench_training.measure_in_processes(BY_NAME["two processes"], reviews, pair)
    assert len(measured.losses) == 4


def test_the_report_gives_each_ratio_to_the_stock_way_and_to_what_it_builds_on():
    speeds = (2, 2.2, 4.4, 5, 6, 9, 12, 15, 8)
    rows = [
        Measured(variant.name, 1 / speed, 2 / speed, speed, 100, 10**6, [0.5, 0.7])
        for variant, speed in zip(VARIANTS, speeds, strict=True)
    ]
    lines = bench_training.compared(rows)
    assert "2.20 x stock" in lines[2] and "gain 2.00 x padding per batch" in lines[2]
    assert "4.00 x stock (4.00 by processor time)" in lines[8]
    assert "gain 0.89 x + head+tail 256" in lines[8]
    assert all("cost: " in line for line in lines)


def test_the_report_of_chosen_variants_leaves_out_ratios_to_what_was_not_run():
    (line,) = bench_training.compared([Measured("adapter", 1.0, 1.0, 8, 100, 10**6, [0.5])])
    assert "- x stock" in line and "gain - x + head+tail 256" in line

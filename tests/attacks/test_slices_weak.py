"""Weak slices: planted ones are found and confirmed, noise is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from attacks.slices.weak import MOST_FOUND, WEAK_COLUMNS, search

SEEDS = 200


def made(n: int, seed: int) -> pd.DataFrame:
    """Return text properties of every type, none of which has to do with the errors (12 %)."""
    rng = np.random.default_rng(seed)
    words = rng.lognormal(5, 0.7, n).astype(int)
    return pd.DataFrame(
        {
            "words": words,
            "negations": rng.poisson(words / 60),
            "capitals_share": rng.beta(2, 40, n),
            "horror": pd.array(rng.random(n) < 0.1, dtype="boolean"),
            "comedy": pd.array(rng.random(n) < 0.3, dtype="boolean"),
            "first_person": rng.poisson(3, n),
            "language": rng.choice(["en", "fr", "de"], n, p=[0.8, 0.15, 0.05]),
            "rating": pd.array(np.where(rng.random(n) < 0.5, rng.integers(1, 11, n), -1), "Int64"),
            "error": rng.random(n) < 0.12,
        }
    ).assign(rating=lambda frame: frame["rating"].mask(frame["rating"] < 0))


def planted(n: int, seed: int, more: float = 0.25) -> pd.DataFrame:
    frame = made(n, seed)
    weak = (frame["words"] > 200) & frame["comedy"].astype(bool)
    hit = np.random.default_rng(5000 + seed).random(n) < more
    return frame.assign(error=frame["error"] | (weak & hit))


def test_pure_noise_is_confirmed_in_few_runs():
    alarms = sum(bool(search(made(1500, seed), seed=seed)["confirmed"].any()) for seed in range(SEEDS))
    # 5 % of 200 is 10; 19 is three standard deviations (3.1 each) above.
    assert alarms <= 19, alarms


def test_what_is_found_looks_worse_on_the_searched_half_than_it_is():
    tables = [search(made(1500, seed), seed=seed) for seed in range(40)]
    found = pd.concat(tables)
    assert len(found) > 100
    assert found["error_found"].mean() > 0.16  # picked for its errors
    held_out = np.nanmean([estimate.value for estimate in found["error_held_out"]])
    assert abs(held_out - 0.12) < 0.01  # and no worse than the rest where nobody looked


def test_a_planted_slice_of_two_conditions_is_found_and_confirmed():
    hits = 0
    for seed in range(SEEDS):
        frame = planted(3000, seed)
        table = search(frame, seed=seed)
        confirmed = table[table["confirmed"]]
        hits += any("comedy" in query and "words" in query for query in confirmed["query"])
    assert hits >= 180, hits  # power: at least 90 % for 25 points more errors in 7 % of 3,000 reviews


def test_the_row_can_be_counted_again_from_the_query():
    frame = planted(3000, 3, more=0.5)
    row = search(frame, seed=3).iloc[0]
    cut = float(row["query"].split("words > ")[1].split(" and ")[0])
    rows = (frame["words"] > cut) & frame["comedy"].astype(bool)
    assert "comedy" in row["query"] and "not comedy" not in row["query"]
    assert row["n_found"] + row["n_held_out"] == rows.sum()
    wrong = row["error_found"] * row["n_found"] + row["error_held_out"].value * row["n_held_out"]
    assert round(wrong) == (rows & frame["error"]).sum()
    inside, outside = row["error_held_out"], row["error_elsewhere"]
    hits = [round(side.value * side.n) for side in (inside, outside)]
    counts = [[hits[0], inside.n - hits[0]], [hits[1], outside.n - hits[1]]]
    assert np.isclose(row["p"], stats.fisher_exact(counts, alternative="greater").pvalue)
    assert inside.n + outside.n == 1500


def test_found_slices_are_few_distinct_and_of_enough_reviews():
    table = search(planted(2000, 7), seed=1, min_reviews=50)
    assert tuple(table.columns) == WEAK_COLUMNS
    assert 0 < len(table) <= MOST_FOUND and table["query"].is_unique
    assert (table["n_found"] >= 50).all()


def test_the_same_seed_finds_the_same():
    frame = planted(1000, 2)
    pd.testing.assert_frame_equal(search(frame, seed=4), search(frame, seed=4))


def test_no_error_all_errors_and_too_few_reviews_find_nothing():
    frame = made(300, 1)
    for table in (
        search(frame.assign(error=False), seed=0),
        search(frame.assign(error=True), seed=0),
        search(frame.head(20), seed=0),
        search(frame.head(0), seed=0),
        search(frame[["error"]], seed=0),
        search(frame[["error"]].assign(constant=3, missing=np.nan), seed=0),
    ):
        assert list(table.columns) == list(WEAK_COLUMNS) and table.empty

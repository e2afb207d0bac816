"""The benchmark of the linear models works, and both ways give the same probabilities."""

from __future__ import annotations

import bench_linear
import numpy as np
import pandas as pd
import pytest


def reviews() -> pd.DataFrame:
    words = ["fine", "moving", "warm", "dull", "long", "flat"]
    texts = [
        f"a {words[n % 6]} film, {words[(n * 5) % 6]} and don't {words[(n // 6) % 6]}" for n in range(60)
    ]
    return pd.DataFrame({"text": texts, "label": [int(n % 6 < 3) for n in range(60)]})


@pytest.mark.parametrize("model", ["tfidf", "nbsvm"])
def test_both_ways_give_the_same_probabilities(model):
    rows = reviews()
    texts = [*rows["text"], "", "nothing known", "😀 <script>fine</script>"]
    *_, stock = bench_linear.plain(rows, texts, model)
    *_, own = bench_linear.ours(rows, texts, model)
    assert np.std(own) > 0.1
    np.testing.assert_allclose(own, stock, atol=1e-6)

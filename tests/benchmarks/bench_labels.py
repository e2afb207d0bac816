"""How many planted label errors are found: ours, and cleanlab called directly on a plain pipeline.

    python tests/benchmarks/bench_labels.py --model tfidf --reviews 4000

A share of the labels of real reviews is turned; the model's settings are fitted out of fold, and what looks
flipped is compared with what was turned. Labels that were wrong before count as found wrongly, so that
precision is a lower bound.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from sentiment_core import data
from sentiment_core.data.storing import make_dataset
from sentiment_core.labels import suspects
from sentiment_core.statistics import wilson


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="tfidf")
    parser.add_argument("--reviews", type=int, default=4000)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows = data.load("imdb-embedded").split("test").head(args.reviews)
    turned = np.random.default_rng(args.seed).random(len(rows)) < args.share
    rows = rows.assign(label=np.where(turned, 1 - rows["label"], rows["label"]))
    names = set(rows["example_id"][turned])
    found = suspects.suspects(args.model, make_dataset("planted", rows), "all", refit=True).frame
    print(f"{len(names):,} of {len(rows):,} labels turned; settings of {args.model}, {suspects.FOLDS} folds")
    report("ours, look flipped", set(found.loc[found["kind"] == suspects.FLIP, "example_id"]), names)
    report("ours, all suspects", set(found["example_id"]), names)
    report("cleanlab directly", directly(rows), names)


def directly(rows: pd.DataFrame) -> set[str]:
    """Return what cleanlab finds with a plain TF-IDF pipeline, all at their defaults but the filter."""
    from cleanlab.filter import find_label_issues
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline

    classifier = make_pipeline(TfidfVectorizer(), LogisticRegression())
    labels = rows["label"].to_numpy()
    both = cross_val_predict(classifier, rows["text"], labels, cv=5, method="predict_proba")
    return set(rows["example_id"][find_label_issues(labels, both, filter_by="confident_learning", n_jobs=1)])


def report(what: str, found: set[str], planted: set[str]) -> None:
    """Print precision and recall with Wilson's intervals."""
    right = len(found & planted)
    lines = []
    for name, n in (("precision", len(found)), ("recall", len(planted))):
        low, high = wilson(right, n)
        lines.append(f"{name} {100 * right / max(n, 1):.1f} % [{100 * low:.1f}, {100 * high:.1f}] n = {n:,}")
    print(f"  {what:<20}{'; '.join(lines)}")


if __name__ == "__main__":
    main()

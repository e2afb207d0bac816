r"""Is a model that was improved gated right, and one that was made worse on purpose, too?

A sample of training reviews gets planted label flips, and a model learns from it. The labels that are most
suspect by out-of-fold probabilities get verdicts that say the truth; the improved model is gated against the
one before. The same number of verdicts that are wrong on purpose must be gated `fail`. Nothing is tuned here,
and the test reviews are looked at by the gate alone.

    python tests/benchmarks/bench_improvement.py --families tfidf,nbsvm
    python tests/benchmarks/bench_improvement.py --families transformer --train 200 --flips 0.25 \
        --verdicts 50 --test 400 --validation 100
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from typing import Any

import numpy as np

from attacks.gate import ledger
from attacks.gate.configuration import Config
from attacks.improvement import gathering, improve
from sentiment_core import data
from sentiment_core.data.storing import make_dataset
from sentiment_core.labels import suspects, verdicts
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import lessons, train
from sentiment_core.training.rows import with_train_size

#: Of the transformer, for the mechanism: seconds an epoch, not the best that it can be.
SMALL = {
    "base": "distilbert-minilm",
    "learning_rate": 1e-4,
    "max_length": 64,
    "epochs": 2.0,
    "freeze_embeddings": True,
    "threads": 1,
}


def main() -> None:
    """Parse the arguments, and print a block per family."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--families", default="tfidf,nbsvm")
    parser.add_argument("--data", default="imdb-embedded")
    parser.add_argument("--train", type=int, default=2000, help="training reviews")
    parser.add_argument("--flips", type=float, default=0.15, help="share of them with a planted flip")
    parser.add_argument("--verdicts", type=int, default=300)
    parser.add_argument("--test", type=int, default=4000, help="test reviews at most")
    parser.add_argument("--validation", type=int, default=1000, help="validation reviews at most")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    loaded = data.load(args.data, limit=None, seed=args.seed)
    with tempfile.TemporaryDirectory() as home:
        os.environ["REELCHECK_HOME"] = home
        dataset, flipped = planted(loaded, args)
        for family in args.families.split(","):
            measure(family, dataset, flipped, args)


def planted(loaded: Dataset, args: argparse.Namespace) -> tuple[Dataset, set[str]]:
    """Return a sample with planted flips among the training labels, and the ids of those."""
    rows = with_train_size(loaded, args.train, args.seed).examples
    for split, most in (("test", args.test), ("validation", args.validation)):
        of_split = rows.index[rows["split"] == split].to_numpy()  # a file may be in the order of its labels
        rows = rows.drop(np.random.default_rng(args.seed).permutation(of_split)[most:])
    rows = rows.reset_index(drop=True)
    training = rows.index[rows["split"] == "train"].to_numpy()
    chosen = np.random.default_rng(args.seed).choice(
        training, round(args.flips * len(training)), replace=False
    )
    labels = rows["label"].where(~rows.index.isin(chosen), 1 - rows["label"])
    dataset = make_dataset(f"{loaded.name}-flipped", rows.assign(label=labels))
    data.store(dataset)
    return dataset, set(rows.loc[chosen, "example_id"].astype(str))


def measure(family: str, dataset: Dataset, flipped: set[str], args: argparse.Namespace) -> None:
    """Train, improve by true verdicts, make worse by wrong ones, gate both, and print what came of it."""
    params = SMALL if family == "transformer" else {}
    before = train.train(family, dataset, params, alias=f"{family}-before")
    print(f"\n{family}: {args.train:,} training reviews, {len(flipped):,} labels flipped", flush=True)
    asked = suspects.suspects(before.model_id, dataset, "train", refit=True, folds=3).frame
    asked_ids = asked["example_id"].head(args.verdicts).tolist()
    right = [example_id in flipped for example_id in asked_ids]
    print(f"  {sum(right):,} of the {len(asked_ids):,} most suspect labels are planted flips", flush=True)
    said = {name: verdicts.WRONG if name in flipped else verdicts.RIGHT for name in asked_ids}
    report("true verdicts", before, said, dataset, f"{family}-better")
    clean = [name for name in dataset.split("train")["example_id"].astype(str) if name not in flipped]
    drawn = np.random.default_rng(args.seed).permutation(clean)[: args.verdicts]
    report("wrong verdicts", before, dict.fromkeys(drawn, verdicts.WRONG), dataset, f"{family}-worse")


def report(what: str, before: ModelCard, said: dict[str, str], dataset: Dataset, alias: str) -> None:
    """Improve a model by verdicts, gate it against the one before, and print both."""
    rows = [{"example_id": str(name), "verdict": verdict} for name, verdict in said.items()]
    verdicts.decide_many(dataset.fingerprint, rows, author=alias)
    started = time.perf_counter()
    part = gathering.of_verdicts(dataset)
    run_id = improve.resume(improve.start(before.model_id, [part], alias=alias))
    seconds = time.perf_counter() - started
    manifest = improve.open_improvement(run_id).manifest or {}
    print(f"  {what}: {lessons.sentence(manifest['improvement'])} ({seconds:.0f} s)")
    decision = ledger.decide_pair(alias, before.model_id, dataset, Config()).manifest or {}
    print(f"    gate: {decision['verdict'].upper()}")
    for item in decision["criteria"]:
        if item["n"]:
            print(f"    {item['verdict']:<5} {item['sentence']}", flush=True)
    withdraw(dataset, said, alias)


def withdraw(dataset: Dataset, said: dict[str, Any], author: str) -> None:
    """Take the verdicts back, so that the next ones stand alone."""
    rows = [{"example_id": str(name), "verdict": None} for name in said]
    verdicts.decide_many(dataset.fingerprint, rows, author=author)


if __name__ == "__main__":
    main()

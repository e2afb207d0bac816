"""Which reviews a model learns from, and which it is validated on."""

from __future__ import annotations

import pandas as pd

from sentiment_core import data
from sentiment_core.data.splitting import limited
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError
from sentiment_core.schema import LABEL_NAMES, Dataset

#: Share of the training rows that is held out where there is no validation split.
VALIDATION_SHARE = 0.05


def with_training_rows(dataset: Dataset, seed: int) -> Dataset:
    """Return the data set itself or, where no row is for training, a seeded 80/10/10 split of it.

    The split is stored, so that what it holds out can be evaluated on by its fingerprint.
    """
    if (dataset.examples["split"] == "train").any():
        return dataset
    divided = data.with_splits(dataset, seed)
    data.store(divided)
    return divided


def with_train_size(dataset: Dataset, size: int, seed: int) -> Dataset:
    """Return the data set with a seeded sample of its training rows, stratified by label, and all others."""
    if size < 1:
        raise DataError(f"a training size of {size} is not possible; give 4 or more")
    sample = limited(Dataset(dataset.name, dataset.fingerprint, dataset.split("train")), size, seed)
    kept = dataset.examples["example_id"].isin(sample.examples["example_id"])
    others = dataset.examples["split"] != "train"
    return make_dataset(dataset.name, dataset.examples[kept | others], dataset.dropped, dataset.read)


def rows_for_training(dataset: Dataset, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (train, validation) rows; without a validation split, 5 % of train is held out, stratified."""
    train, validation = dataset.split("train"), dataset.split("validation")
    _require_both_classes(dataset.name, train)
    return _lend_validation(train, seed) if validation.empty else (train, validation)


def _lend_validation(train: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the share from each class among texts that are in the table once, so that none is in both."""
    single = train[~train["text"].duplicated(keep=False)]
    lent = [
        group.sample(n=max(1, round(len(group) * VALIDATION_SHARE)), random_state=seed)
        for _, group in single.groupby("label")
    ]
    if len(lent) < len(LABEL_NAMES):
        raise DataError(
            f"the {len(train):,} training reviews hold too few different texts to take a validation split "
            "from; add reviews, or rows with split 'validation'"
        )
    chosen = train.index.isin(pd.concat(lent).index)
    return train[~chosen].reset_index(drop=True), train[chosen].reset_index(drop=True)


def _require_both_classes(name: str, train: pd.DataFrame) -> None:
    counts = train["label"].value_counts()
    for label, label_name in LABEL_NAMES.items():
        if counts.get(label, 0) < 2:
            raise DataError(
                f"'{name}' has {counts.get(label, 0)} {label_name} reviews to train on; "
                "at least 2 of each class are needed"
            )

"""What models' predictions say of reviews as these models read them: tokens, and whether they are cut."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def as_read(example_ids: pd.Series, predictions: Sequence[pd.DataFrame]) -> dict[str, pd.Series]:
    """Return n_tokens and truncated of each review, missing where no model was asked.

    Of several models n_tokens is the most that one reads, and a review is truncated where it is for one of
    them: the same reviews whichever model comes first.

    Args:
        example_ids: of the reviews.
        predictions: PREDICTION_COLUMNS of each model.
    """
    frames = [frame.set_index("example_id").reindex(example_ids) for frame in predictions]
    n_tokens = pd.concat([frame["n_tokens"].astype("Float64") for frame in frames], axis=1).max(axis=1)
    truncated = pd.concat([frame["truncated"].astype("boolean") for frame in frames], axis=1).any(axis=1)
    known = n_tokens.notna()
    return {
        "n_tokens": n_tokens.reset_index(drop=True),
        "truncated": truncated.astype("boolean").where(known).reset_index(drop=True),
    }

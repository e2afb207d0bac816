"""Whether a model that may abstain is harder to fool: its answers to attacked texts."""

from __future__ import annotations

import numpy as np
import pandas as pd


def answers(records: pd.DataFrame) -> pd.DataFrame:
    """Return label, clean, attacked: probabilities of positive before and after, a row per review tried.

    The text attacked is the one that the search ended on: what fooled, or its best try; a review that was
    wrong before is asked as it is. Reviews that ended in an exception are left out.

    An attack that stops at the first wrong answer leaves the model unsure, so abstaining catches much of it.
    One that searched on until the model is sure again would be caught less: these are no worst cases.
    """
    tried = records[records["outcome"] != "errored"]
    clean, after = (tried[name].to_numpy(np.float64) for name in ("prob_before", "prob_after"))
    columns = {
        "label": tried["label"].to_numpy(np.int64),
        "clean": clean,
        "attacked": np.where(tried["outcome"] == "skipped", clean, after),
    }
    return pd.DataFrame(columns).dropna().reset_index(drop=True)

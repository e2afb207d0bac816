"""How likely a review is fooled within a number of queries; searches that were cut short are censored."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.statistics import Z95

CURVE_COLUMNS = ("queries", "success", "ci_low", "ci_high", "at_risk", "succeeded", "censored")

FloatArray = NDArray[np.float64]


def budget_curve(records: pd.DataFrame) -> pd.DataFrame:
    """Return CURVE_COLUMNS, a row at 0 queries and at each number of queries at which a search ended.

    Kaplan & Meier (1958) with queries in the place of time. A success is an event. A search stopped by its
    budget or the clock is censored where it stopped: more queries might have fooled the model. A search that
    had tried everything will never succeed and therefore stays at risk forever; were it censored,
    the curve would promise that a larger budget helps. Skipped and errored reviews are not in it.

    Intervals are Greenwood's on the log-log scale (Kalbfleisch & Prentice 2002, section 1.4). Where every
    review at risk succeeds that form has none, and the lower end of the step before is kept: success within
    more queries is no less likely.
    """
    attacked = records[records["outcome"].isin(("succeeded", "failed"))]
    queries = attacked["queries"].to_numpy(np.float64)
    event = (attacked["outcome"] == "succeeded").to_numpy()
    stopped = ~event & (attacked["stopped_by"].fillna("") != "").to_numpy()
    steps = np.unique(queries[event | stopped])
    succeeded = _at(queries[event], steps)
    censored = _at(queries[stopped], steps)
    at_risk = len(attacked) - _before(succeeded) - _before(censored)
    survival: FloatArray = np.cumprod(1 - succeeded / np.maximum(at_risk, 1), dtype=np.float64)
    low, high = _log_log(survival, succeeded, at_risk)
    curve = pd.DataFrame(
        {
            "queries": steps,
            "success": 1 - survival,
            "ci_low": low,
            "ci_high": high,
            "at_risk": at_risk,
            "succeeded": succeeded,
            "censored": censored,
        }
    )
    start = pd.DataFrame([[0.0, 0.0, 0.0, 0.0, len(attacked), 0, 0]], columns=list(CURVE_COLUMNS))
    whole = pd.concat([start, curve], ignore_index=True) if len(steps) else start
    return whole.astype({"queries": int, "at_risk": int, "succeeded": int, "censored": int})


def _at(values: FloatArray, steps: FloatArray) -> FloatArray:
    """Return how many of the values lie at each step."""
    return np.bincount(np.searchsorted(steps, values), minlength=len(steps)).astype(np.float64)


def _before(numbers: FloatArray) -> FloatArray:
    return np.cumsum(numbers) - numbers


def _log_log(
    survival: FloatArray, succeeded: FloatArray, at_risk: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the 95 % interval of 1 - survival."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(succeeded / (at_risk * (at_risk - succeeded)))  # Greenwood 1926, of log S
        spread = Z95 * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = 1 - survival ** np.exp(-spread), 1 - survival ** np.exp(spread)
    low, high = np.where(survival == 1, 0.0, low), np.where(survival == 1, 0.0, high)
    if len(survival) and survival[-1] <= 0:
        low[-1], high[-1] = (low[-2] if len(low) > 1 else 0.0), 1.0
    return low, high

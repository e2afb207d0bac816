"""Which rows of a bias report say something of their own, and which found a difference, the largest first."""

from __future__ import annotations

import pandas as pd

from attacks.bias import readings
from attacks.bias.counterfactuals import HIGHER, LOWER

FOUND = (HIGHER, LOWER)


def distinct(report: pd.DataFrame) -> pd.DataFrame:
    """Leave out the second group of an attribute that has two: its row mirrors the first one's."""
    place = report.groupby(["attribute", "source"], sort=False).cumcount()
    groups = report.groupby(["attribute", "source"], sort=False)["group"].transform("size")
    return report[~((groups == 2) & (place == 1))].reset_index(drop=True)


def found(report: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which a difference was found, the largest first, what rests on few texts last."""
    rows = report[report["verdict"].isin(FOUND)].reset_index(drop=True)
    keys = [(readings.rests_on_few(row), -abs(row["change"].value)) for row in rows.to_dict("records")]
    return rows.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)

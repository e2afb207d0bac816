"""What a panel shows: how many attacked texts still say the same to people, and whether they are noticed.

Of several readers of one text the majority counts; a tie is "cannot tell" for the opinion and no call for the
writer. Every share is one of texts, with Wilson's interval; differences of the two kinds of texts have
Newcombe's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attacks.batches import verdicts
from attacks.panels import answers
from attacks.panels.making import Panel
from sentiment_core.errors import RunError
from sentiment_core.labels.verdicts import Agreement, agreements_in, cohens_kappa
from sentiment_core.schema import LABEL_NAMES, Estimate
from sentiment_core.statistics import difference_of_shares, share

NOBODY = "nobody has read one of these texts yet"
NO_VERDICT = "none of the texts that people read has an automatic verdict; run `judge`"

#: What each figure is, for a table.
TITLES: Mapping[str, str] = {
    "human_validity": "Attacked texts that still say the same to people",
    "control": "Originals that people label as they are labeled",
    "validity_lost": "What the attack lost: originals less attacked texts",
    "automatic_validity": "The same attacked texts, valid by the automatic criteria",
    "noticed": "Attacked texts that people say a machine changed",
    "false_alarms": "Originals that people say a machine changed",
    "detectability": "How well people notice: attacked texts less originals",
    "agreement": "Cohen's kappa of people and the automatic criteria",
}
#: Those that are differences of shares, and the one that is no share.
DIFFERENCES, KAPPA = ("validity_lost", "detectability"), "agreement"


@dataclass(frozen=True)
class Results:
    """The figures of a panel.

    Attributes:
        figures: by the names of TITLES.
        texts: the panel's items with `said`, `machine`, `human_valid` and `automatic` (see `judged`).
        raters: how many texts each person has read.
        opinions: agreement of every two people on what texts say.
        writers: the same on who wrote them.
    """

    figures: dict[str, Estimate]
    texts: pd.DataFrame
    raters: dict[str, int]
    opinions: Sequence[Agreement]
    writers: Sequence[Agreement]


def results(panel: Panel) -> Results:
    """Return what people have said of a panel's texts so far."""
    said = answers.current(panel.run_id)
    said = said[said["item"].isin(panel.items["item"])]
    texts = judged(panel.items, said, _standing(panel))
    return Results(
        figures(texts),
        texts,
        {str(name): int(n) for name, n in said["rater"].value_counts(sort=False).items()},
        agreements_in(_table(said, "says"), resamples=300),
        agreements_in(_table(said, "writer"), resamples=300),
    )


def _standing(panel: Panel) -> pd.DataFrame | None:
    """Return the verdicts on the attack run; None where it is not judged, or gone."""
    try:
        return verdicts.verdicts_of(panel.attack_run)
    except RunError:
        return None


def judged(items: pd.DataFrame, said: pd.DataFrame, standing: pd.DataFrame | None) -> pd.DataFrame:
    """Return a panel's items with what people and the criteria make of them.

    Args:
        items: `making.COLUMNS`.
        said: `answers.COLUMNS`.
        standing: `verdicts.STANDING_COLUMNS` of the attack run, or None.

    Returns:
        The items with `readers` (how many), `said` (the majority's opinion, "" where nobody read it),
        `machine` (whether most say so), `human_valid` (the opinion is still the label), and `automatic` (the
        criteria's verdict on an adversarial text, None without one) with its `reasons`,
        `similarity_around` and `share_changed`.
    """
    opinions = {item: _majority(group["says"]) for item, group in said.groupby("item")}
    machines = {
        item: bool((group["writer"] == answers.MACHINE).mean() > 0.5) for item, group in said.groupby("item")
    }
    readers = said["item"].value_counts()
    found = items.assign(
        readers=items["item"].map(readers).fillna(0).astype(np.int64),
        said=[opinions.get(item, "") for item in items["item"]],
        machine=[machines.get(item, False) for item in items["item"]],
    )
    found["human_valid"] = found["said"] == found["label"].map(LABEL_NAMES)
    known = {} if standing is None else standing.set_index("example_id").to_dict("index")
    verdicts_ = [
        known.get(name, {}) if adversarial else {}
        for name, adversarial in zip(found["example_id"], found["adversarial"], strict=True)
    ]
    found["automatic"] = pd.Series(
        [_verdict(one.get("automatic")) for one in verdicts_], index=found.index, dtype=object
    )
    found["reasons"] = [str(one.get("reasons") or "") for one in verdicts_]
    for name in ("similarity_around", "share_changed"):
        found[name] = pd.to_numeric(
            pd.Series([one.get(name) for one in verdicts_], index=found.index, dtype=object), errors="coerce"
        ).astype(np.float64)
    return found


def figures(texts: pd.DataFrame) -> dict[str, Estimate]:
    """Return the figures of TITLES from what `judged` gave; texts that nobody read count in none."""
    read = texts[texts["readers"] > 0]
    attacked, originals = read[read["adversarial"]], read[~read["adversarial"]]
    valid, control = _share(attacked["human_valid"]), _share(originals["human_valid"])
    noticed, alarms = _share(attacked["machine"]), _share(originals["machine"])
    known = attacked[attacked["automatic"].notna()]
    automatic = known["automatic"].astype(bool)
    return {
        "human_validity": valid,
        "control": control,
        "validity_lost": _difference(originals["human_valid"], attacked["human_valid"]),
        "automatic_validity": share(int(automatic.sum()), len(automatic), NO_VERDICT),
        "noticed": noticed,
        "false_alarms": alarms,
        "detectability": _difference(attacked["machine"], originals["machine"]),
        "agreement": _agreement(known["human_valid"], automatic),
    }


def disagreements(texts: pd.DataFrame) -> pd.DataFrame:
    """Return the attacked texts that people and the criteria judge differently, from what `judged` gave."""
    read = texts[(texts["readers"] > 0) & texts["adversarial"] & texts["automatic"].notna()]
    return read[read["human_valid"] != read["automatic"].astype(bool)]


def sentence(figures: Mapping[str, Estimate]) -> str:
    """Return the human validity beside the automatic one and the originals, in words."""
    valid = figures["human_validity"]
    if not valid.defined:
        return "Nobody has read an attacked text of this panel yet."
    said = f"To people, {_percent(valid)} of {valid.n:,} attacked texts still say what their label says"
    control, automatic = figures["control"], figures["automatic_validity"]
    said += f"; of the originals it is {_percent(control)}" if control.defined else ""
    return said + (f". The criteria call {_percent(automatic)} valid." if automatic.defined else ".")


def _percent(estimate: Estimate) -> str:
    value, low, high = (100 * part for part in (estimate.value, estimate.ci_low, estimate.ci_high))
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"


def _share(holds: pd.Series) -> Estimate:
    return share(int(holds.sum()), len(holds), NOBODY)


def _difference(one: pd.Series, other: pd.Series) -> Estimate:
    """Return one - other, shares of different texts (Newcombe 1998)."""
    if one.empty or other.empty:
        return Estimate(math.nan, math.nan, math.nan, 0, NOBODY)
    found = difference_of_shares(int(one.sum()), len(one), int(other.sum()), len(other))
    return Estimate(*found, len(one) + len(other))


def _agreement(people: pd.Series, criteria: pd.Series) -> Estimate:
    if people.empty:
        return Estimate(math.nan, math.nan, math.nan, 0, NO_VERDICT)
    return cohens_kappa(people.to_numpy(bool), criteria.to_numpy(bool))


def _majority(said: pd.Series) -> str:
    counts = said.value_counts()
    tied = (counts == counts.iloc[0]).sum() > 1
    return answers.UNSURE if tied else str(counts.index[0])


def _verdict(value: object) -> bool | None:
    return None if value is None or value != value else bool(value)


def _table(said: pd.DataFrame, column: str) -> pd.DataFrame:
    return said.pivot(index="item", columns="rater", values=column)

"""Pairs of a review and its edit as texts to train on: whole pairs, none near anything that is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.data.near_duplicates import near_duplicate_pairs
from sentiment_core.errors import DataError, ModelError
from sentiment_core.models import ModelCard
from sentiment_core.pairs import reading, splitting
from sentiment_core.training_texts import keys

#: Why a pair, or one side of it, is not trained on -> what that means.
LEFT_OUT: Mapping[str, str] = {
    "held_out": "pairs with a text that equals, or nearly equals, a review that is held out",
    "duplicate": "texts that are among the training reviews already",
}


@dataclass(frozen=True)
class PairedTexts:
    """Pairs to train on.

    Attributes:
        pairs: `reading.PAIR_COLUMNS`, those that are trained on.
        name: of their file or files.
        offered: pairs in the file, of which `pairs` is a seeded share.
        share: of the offered pairs.
        seed: of the share.
        repeats: how often each text is trained on; 2 weighs it twice.
    """

    pairs: pd.DataFrame = field(repr=False)
    name: str
    offered: int
    share: float = 1.0
    seed: int = 0
    repeats: int = 1

    @property
    def identity(self) -> dict[str, Any]:
        """Return what decides the training, JSON-ready: contents, not names."""
        return {"pairs": reading.fingerprint(self.pairs), "repeats": self.repeats}


def read(
    files: Sequence[Path], *, share: float | None = None, seed: int = 0, repeats: int = 1
) -> PairedTexts:
    """Return the pairs of one file or of two row by row; with a share the seeded part to train on.

    Raises:
        DataError: the files hold no pairs, the share is none, or `repeats` is below 1.
    """
    if repeats < 1:
        raise DataError(f"paired texts are to be repeated {repeats} times; give 1 or more")
    if not 1 <= len(files) <= 2:
        raise DataError(f"{len(files)} files are given; give one file of pairs, or two row by row")
    pairs = reading.read_pairs(*files)
    used = splitting.parts(pairs, 1.0 if share is None else share, seed)[0]
    name = " + ".join(path.name for path in files)
    return PairedTexts(used, name, len(pairs), 1.0 if share is None else share, seed, repeats)


@dataclass(frozen=True)
class Mixed:
    """Training rows with pairs behind them, a JSON-ready record of that, and the pairs' originals."""

    train: pd.DataFrame
    record: dict[str, Any]
    originals: tuple[str, ...]


def mixed_in(train: pd.DataFrame, held_out: Sequence[str], paired: PairedTexts) -> Mixed:
    """Return the training rows with both sides of the pairs behind them.

    A pair with one side that equals or nearly equals a held-out text is left out whole. A side that is among
    the training reviews already is not added again; the other side is.

    Args:
        train: EXAMPLE_COLUMNS.
        held_out: texts of every review that the model is validated or tested on.
        paired: what `read` gave.

    Raises:
        DataError: no text is left.
    """
    near = _near_held_out(paired.pairs, held_out)
    sides = _sides(paired.pairs[~near])
    known = np.isin(keys(sides["text"]), keys(train["text"]))
    duplicate = known | pd.Series(keys(sides["text"])).duplicated().to_numpy()
    added = sides[~duplicate]
    counts = {"held_out": int(near.sum()), "duplicate": int(duplicate.sum())}
    record = {
        "name": paired.name,
        "fingerprint": reading.fingerprint(paired.pairs),
        "offered": paired.offered,
        "share": paired.share,
        "seed": paired.seed,
        "repeats": paired.repeats,
        "pairs": int((~near).sum()),
        "n": len(added) * paired.repeats,
        "left_out": counts,
    }
    if added.empty:
        raise DataError(f"{paired.name} has no text to train on: {_left_out_in_words(counts)}")
    copies = [added.assign(example_id=added["example_id"] + f"+{copy}") for copy in range(paired.repeats)]
    originals = tuple(str(text) for text in paired.pairs.loc[~near, "original"])
    return Mixed(pd.concat([train, *copies], ignore_index=True), record, originals)


def check_fit_anew(card: ModelCard) -> None:
    """Raise ModelError where a fit anew would lose the pairs that a model learned: only hashes are kept."""
    record = card.manifest.get("paired")
    if record:
        raise ModelError(
            f"{card.short_name} was trained on pairs of {record['name']} too, which are not kept: fitted "
            "anew it would lose them; start from a model without pairs, and train with --paired last"
        )


def sentence(record: Mapping[str, Any]) -> str:
    """Return how many paired texts a model learned from, and why others were left out."""
    part = "" if record["share"] == 1 else f" ({100 * record['share']:g} % of {record['offered']:,})"
    rest = _left_out_in_words(record["left_out"])
    said = f"and on {record['n']:,} texts of {record['pairs']:,} pairs of {record['name']}{part}"
    return said + (f"; left out: {rest}" if rest else "")


def _left_out_in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {LEFT_OUT[why]}" for why, n in counts.items() if n)


def _near_held_out(pairs: pd.DataFrame, held_out: Sequence[str]) -> NDArray[np.bool_]:
    """Return which pairs have a side that equals or nearly equals a held-out text: bool [pairs]."""
    away = keys(held_out)
    found = np.zeros(len(pairs), dtype=bool)
    for side in ("original", "edited"):
        texts = [str(text) for text in pairs[side]]
        found |= np.isin(keys(texts), away)
        found[[place for place, _, _ in near_duplicate_pairs(texts, held_out)]] = True
    return found


def _sides(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return EXAMPLE_COLUMNS, both sides of each pair behind each other."""
    frames = [
        pd.DataFrame(
            {
                "example_id": [f"pair-{place}.{side}" for place in range(len(pairs))],
                "text": pairs[side].to_numpy(),
                "label": pairs[f"label_{side}"].to_numpy(),
                "split": "train",
                "source": f"paired:{side}",
            }
        )
        for side in ("original", "edited")
    ]
    return pd.concat(frames, ignore_index=True)

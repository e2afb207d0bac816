"""Lessons for a trained model: labels that people gave, reviews to leave out, new texts, edited texts.

A family that can trains further from the model's own weights. To keep it from forgetting, its lessons are
mixed with reviews that it learned before (experience replay: Robins 1995, "Catastrophic forgetting, rehearsal
and pseudorehearsal"). Other families are fitted again on all reviews, as the lessons change them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.errors import DataError
from sentiment_core.training.edited_reviews import near_held_out

#: What a lesson says: the text has this label; it belongs in no training; or it is an edited copy of a review
#: that keeps its label.
LABEL, LEAVE_OUT, EDITED = "label", "leave out", "edited"
#: `original` is the text that an edited one was made of, elsewhere the text itself. `held_out_too` marks
#: reviews that are held out and were asked for all the same. `earlier` marks lessons of an earlier
#: improvement, which the model knows.
COLUMNS = ("example_id", "text", "label", "lesson", "original", "source", "held_out_too", "earlier")
#: Of what is trained on, the share of replayed reviews where nothing else is asked.
REPLAY = 0.8

#: Why a lesson is not learned -> what that means.
LEFT_OUT: Mapping[str, str] = {
    "held_out": "it equals, or nearly equals, a review that is held out",
    "not_in_training": "its original is not among the training reviews",
    "duplicate": "it duplicates another lesson or a training review",
}


@dataclass(frozen=True)
class Lessons:
    """What a model is to learn, and how.

    Attributes:
        rows: COLUMNS.
        parent: the id of the model that learns.
        run_id: the run that keeps the rows.
        start: the folder of the weights to train further from; None: a model is fitted again on all reviews.
        replay: the share of replayed reviews among all that is trained on, 0 or more and below 1.
        seed: of the replayed reviews.
    """

    rows: pd.DataFrame
    parent: str
    run_id: str
    start: Path | None = None
    replay: float = REPLAY
    seed: int = 0

    @property
    def identity(self) -> dict[str, Any]:
        """Return what decides the training, JSON-ready: contents, not names."""
        content = json.dumps(self.rows[list(COLUMNS)].to_numpy().tolist(), default=str).encode()
        how = [self.replay, self.seed] if self.start else None
        return {"parent": self.parent, "lessons": hashlib.sha256(content).hexdigest()[:16], "replay": how}


@dataclass(frozen=True)
class Taught:
    """What is trained on, and the record of it: counts, what was left out, and what was replayed."""

    train: pd.DataFrame
    record: dict[str, Any]


def taught(lessons: Lessons, train: pd.DataFrame, held_out: Sequence[str]) -> Taught:
    """Return the reviews to train on.

    A text that is among the training reviews changes there; another is added, unless it is held out.

    Args:
        lessons: what to learn.
        train: EXAMPLE_COLUMNS, the reviews that the model was trained on.
        held_out: texts of every review that models are validated or tested on.

    Raises:
        DataError: the lessons change nothing.
    """
    _check_replay(lessons.replay)
    usable, left_out = _usable(lessons.rows, train, held_out)
    labels, gone = _labels(usable), set(usable.loc[usable["lesson"] == LEAVE_OUT, "text"])
    kept = train[~train["text"].isin(gone)]
    given = kept["text"].map(labels)
    relabeled = kept.assign(label=given.fillna(kept["label"]).astype(train["label"].dtype))
    further = lessons.start is not None
    before = usable["earlier"] if further else pd.Series(False, index=usable.index)
    asked = usable.loc[~before & (usable["lesson"] == LABEL), "text"]
    now = relabeled["text"].isin(set(asked)) if further else pd.Series(True, index=relabeled.index)
    new = _new(usable[~before], train, relabeled)
    changed = relabeled["label"] != kept["label"]
    counts = {
        "relabeled": int((changed & now).sum()),
        "confirmed": int((~changed & given.notna() & now).sum()),
        "removed": len(train) - len(kept),
        "added": int((new["source"] != EDITED).sum()),
        "edited": int((new["source"] == EDITED).sum()),
    }
    _check_anything(counts, left_out, "removed" if further else "confirmed")
    record = {"run": lessons.run_id, "counts": counts, "left_out": left_out}
    if not further:
        return Taught(_joined(relabeled, new), record | {"how": "fitted again", "replay": None})
    learned = _joined(relabeled[now], new)
    pool = _joined(relabeled[~now], _new(usable[before], train, relabeled))
    replayed = _replayed(pool, len(learned), lessons)
    facts = {"asked": lessons.replay, "n": len(replayed), "seed": lessons.seed}
    facts["share"] = len(replayed) / (len(learned) + len(replayed))  # less than asked where there are few
    return Taught(_joined(learned, replayed), record | {"how": "trained further", "replay": facts})


def replayed_for(n: int, share: float) -> int:
    """Return how many reviews are replayed beside n lessons, so that they are this share of all."""
    return round(n * share / (1 - share))


def sentence(record: Mapping[str, Any]) -> str:
    """Return what a model learned, what was replayed, and why other lessons were left out."""
    words = {
        "relabeled": "labels corrected",
        "confirmed": "labels confirmed",
        "removed": "reviews left out",
        "added": "reviews added",
        "edited": "edited reviews added",
    }
    said = [
        f"{record['counts'][name]:,} {what}" for name, what in words.items() if record["counts"].get(name)
    ]
    replay = record.get("replay")
    if replay:
        said.append(
            f"{replay['n']:,} training reviews replayed ({100 * replay['share']:.0f} % of the training)"
        )
    rest = [f"{n:,} lessons not used: {LEFT_OUT[why]}" for why, n in record["left_out"].items() if n]
    return f"{record['how']}: {', '.join(said)}" + ("; " + "; ".join(rest) if rest else "")


def corrected(frame: pd.DataFrame, texts: pd.Series, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of predictions with the labels that lessons give, without the reviews that they leave out.

    Args:
        frame: columns label and others.
        texts: [n], the text of each row.
        rows: lessons.
    """
    labels = _labels(rows)
    given = texts.map(labels).to_numpy()
    gone = texts.isin(set(rows.loc[rows["lesson"] == LEAVE_OUT, "text"])).to_numpy()
    label = frame["label"].where(pd.isna(given), given).astype(frame["label"].dtype)
    return frame.assign(label=label)[~gone]


def _labels(rows: pd.DataFrame) -> dict[str, int]:
    """Return the label of each text that lessons give one."""
    given = rows[rows["lesson"] == LABEL]
    return dict(zip(given["text"], given["label"].astype(int), strict=True))


def _usable(
    rows: pd.DataFrame, train: pd.DataFrame, held_out: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the lessons that can be learned, and how many cannot by reason."""
    known, edited = rows["text"].isin(set(train["text"])), rows["lesson"] == EDITED
    reasons = pd.Series("", index=rows.index)
    # of two that say the same thing of a text the newer one counts, and the rows are in order
    reasons[rows.duplicated(["text"], keep="last") | (known & edited)] = "duplicate"
    away = [text for text in held_out if text not in set(rows.loc[rows["held_out_too"], "text"])]
    new = rows[~known & ~rows["held_out_too"] & (rows["lesson"] != LEAVE_OUT)]
    near = pd.Series(near_held_out(new, away), index=new.index)
    reasons[near.index[near]] = "held_out"
    reasons[edited & ~rows["original"].isin(set(train["text"]))] = "not_in_training"
    counts = {why: int((reasons == why).sum()) for why in LEFT_OUT}
    return rows[reasons == ""], counts


def _new(usable: pd.DataFrame, train: pd.DataFrame, relabeled: pd.DataFrame) -> pd.DataFrame:
    """Return the lessons whose text is not among the training reviews, as EXAMPLE_COLUMNS.

    An edited text has the label that its original has now; without its original it is left out.
    """
    now = dict(zip(relabeled["text"], relabeled["label"], strict=True))
    gone = (usable["lesson"] == EDITED) & ~usable["original"].isin(now)
    rows = usable[~gone & ~usable["text"].isin(set(train["text"])) & (usable["lesson"] != LEAVE_OUT)]
    ids = [f"{name}+lesson.{place}" for place, name in rows["example_id"].items()]
    return pd.DataFrame(
        {
            "example_id": ids,
            "text": rows["text"].to_numpy(),
            "label": [
                now[original] if lesson == EDITED else label
                for lesson, original, label in zip(
                    rows["lesson"], rows["original"], rows["label"].astype(int), strict=True
                )
            ],
            "split": "train",
            "source": [EDITED if lesson == EDITED else LABEL for lesson in rows["lesson"]],
        }
    )


def _replayed(pool: pd.DataFrame, n_lessons: int, lessons: Lessons) -> pd.DataFrame:
    wanted = min(replayed_for(n_lessons, lessons.replay), len(pool))
    return pool.sample(n=wanted, random_state=lessons.seed)


def _joined(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame for frame in frames if len(frame)] or list(frames[:1]), ignore_index=True)


def _check_replay(share: float) -> None:
    if not 0 <= share < 1:
        raise DataError(f"the share of replayed reviews is {share:g}; give 0 or more, below 1")


def _check_anything(counts: Mapping[str, int], left_out: Mapping[str, int], empty: str) -> None:
    """Raise where nothing would be learned; the count named `empty` alone teaches nothing.

    A fit with confirmed labels gives the same model, and reviews left out cannot be unlearned.
    """
    if any(n for name, n in counts.items() if name != empty):
        return
    words = {"confirmed": "confirm labels as they are", "removed": "leave reviews out"}
    said = [f"{counts[empty]:,} {words[empty]}"] if counts[empty] else []
    said += [f"{n:,} not used: {LEFT_OUT[why]}" for why, n in left_out.items() if n]
    raise DataError(
        "the lessons change nothing that is trained on" + (f" ({'; '.join(said)})" if said else "")
    )

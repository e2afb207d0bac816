"""Reviews made from templates: some words tell the label, most do not; and texts that break careless code."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sentiment_core.data.storing import make_dataset
from sentiment_core.schema import Dataset

GOOD = [
    "wonderful",
    "brilliant",
    "moving",
    "funny",
    "charming",
    "clever",
    "gripping",
    "superb",
    "delightful",
    "touching",
]
BAD = [
    "terrible",
    "boring",
    "awful",
    "stupid",
    "clumsy",
    "tedious",
    "weak",
    "dreadful",
    "annoying",
    "lifeless",
]
VERBS = {1: ["enjoyed", "loved", "admired", "liked"], 0: ["hated", "disliked", "regretted", "endured"]}
THINGS = ["acting", "story", "camera", "music", "script", "cast", "ending", "dialogue", "pace", "photography"]
WHEN = ["last night", "on a rainy evening", "with my sister", "at the old cinema", "twice this year"]
NEUTRAL = [
    "The film follows two brothers who return to their village.",
    "It was shot in black and white over a single summer.",
    "Most of the second half happens inside a train station.",
    "There's a long scene in the kitchen, and nobody says a word.",
    "The director's earlier work was about fishermen (I haven't seen it).",
    "Don't expect car chases; this isn't that sort of movie.",
]

EDGE_TEXTS = [
    "",
    "a",
    "unheardofword",
    "good good good good good",
    "!!! ... ???",
    "I loved it 😀🎬 İstanbul, naïve café",
    "فيلم رائع جدا",
    "这部电影 很好 good film",
    "<script>alert('film')</script><br />Dull.<br/><br/>The end",
    "don't can’t won't it's 'quoted' state-of-the-art - -- foo_bar *bold* me@example.org",
    "It was a boring, awful film and the cast was weak. " * 180,
]


def made_reviews(n: int, seed: int) -> pd.DataFrame:
    """Return n reviews of 30 to 90 words: columns example_id, text, label."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    texts = [_review(int(label), rng) for label in labels]
    ids = [f"made-{seed}-{place}" for place in range(n)]
    return pd.DataFrame({"example_id": ids, "text": texts, "label": labels})


def made_dataset() -> Dataset:
    """Return 200 reviews to train on, 40 to validate and 60 to attack."""
    parts = [("train", 200), ("validation", 40), ("test", 60)]
    frames = [made_reviews(n, seed).assign(split=split) for seed, (split, n) in enumerate(parts)]
    return make_dataset("made", pd.concat(frames, ignore_index=True).assign(source="made"))


def _review(label: int, rng: np.random.Generator) -> str:
    other, fitting = (GOOD, BAD) if label == 0 else (BAD, GOOD)
    first, second = rng.choice(THINGS, 2, replace=False)
    said = [
        f"I {rng.choice(VERBS[label])} this movie when I saw it {rng.choice(WHEN)}.",
        f"The {first} was {rng.choice(fitting)}, the {second} {rng.choice(fitting)}.",
        f"What a {rng.choice(fitting)} {rng.choice(THINGS)}!",
    ]
    if rng.random() < 0.6:
        said.append(f"Only the {rng.choice(THINGS)} felt {rng.choice(other)} to me.")
    said += list(rng.choice(NEUTRAL, size=int(rng.integers(1, 5)), replace=False))
    return " ".join(rng.permutation(said))

"""Does a recorded evaluation still hold? A sample of its reviews is predicted again and compared."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sentiment_core import data
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.prediction import predict_frame

#: Another processor, or other neighbors in a batch, move a probability in its sixth digit; a changed model
#: or text moves it far more.
TOLERANCE = 1e-4
SAMPLE = 100


@dataclass(frozen=True)
class Verification:
    """The largest change of a probability among n reviews, and how many verdicts are the same."""

    run_id: str
    n: int
    largest_change: float
    same_verdicts: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether no probability moved by more than TOLERANCE."""
        return self.largest_change <= TOLERANCE

    @property
    def sentence(self) -> str:
        """Return the result in a sentence."""
        what = "holds" if self.holds else "does not hold"
        return (
            f"The record {what}: {self.n:,} of its reviews were predicted again in {self.seconds:.0f} s; "
            f"{self.same_verdicts:,} verdicts are the same, and no probability moved by more than "
            f"{self.largest_change:.1e} (allowed {TOLERANCE:.0e})."
        )


def verify(
    run_id: str, sample: int = SAMPLE, seed: int = 0, progress: Progress = no_progress
) -> Verification:
    """Predict a seeded sample of an evaluation's reviews again with its model.

    Raises:
        RunError: the sample is empty, or the reviews are not those of the record.
        DataError: the reviews are not in the workspace.
    """
    if sample < 1:
        raise RunError(f"a sample of {sample} verifies nothing; give 1 or more")
    found = records.open_evaluation(run_id)
    reviews = data.by_fingerprint(found.fingerprint).split(found.split)
    reviews = reviews.sample(n=min(sample, len(reviews)), random_state=seed)
    started = time.monotonic()
    again = predict_frame(found.model_id, reviews, workers=1, progress=progress)
    both = again.merge(found.frame, on="example_id", suffixes=("", "_before"), validate="one_to_one")
    if len(both) != len(reviews):
        raise RunError(f"{run_id!r} lacks {len(reviews) - len(both)} of its own reviews; evaluate again")
    return Verification(
        run_id,
        n=len(both),
        largest_change=float((both["prob_positive"] - both["prob_positive_before"]).abs().max()),
        same_verdicts=int((both["predicted"] == both["predicted_before"]).sum()),
        seconds=time.monotonic() - started,
    )

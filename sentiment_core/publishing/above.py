"""What the package above knows of a model for its card: attacks, probes, bias."""

from __future__ import annotations

from collections.abc import Callable

from sentiment_core.execution import above
from sentiment_core.models import ModelCard
from sentiment_core.publishing.markdown import Section

#: Gives sections of a model's card, in order.
Contributed = Callable[[ModelCard], list[Section]]


def sections(card: ModelCard) -> list[Section]:
    """Return what `attacks.publishing` says of a model.

    Raises:
        ReelcheckError: it ended with an error; the card would say of measured figures that they are not.
    """
    what = "the figures of robustness, probes and bias"
    return [Section.from_json(record) for record in above.ask("attacks.publishing", card.model_id, what=what)]

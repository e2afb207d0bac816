"""Which of an endpoint's labels is positive: it is asked about two plain sentences."""

from __future__ import annotations

from dataclasses import replace

from sentiment_core.classifiers.remote.asking import Asker
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.forms import positive_share
from sentiment_core.naming.outputs import mapped, quoted

PRAISE = "A wonderful film, the best that I have seen this year."
BLAME = "A dreadful film, the worst that I have seen this year."


def settled(asker: Asker) -> tuple[Endpoint, str]:
    """Return the endpoint with the names of its labels, and what a person should know about them.

    Raises:
        RemoteError: it gives no answer.
        ModelError: it has other than two labels, or their names do not say which is positive.
    """
    one = asker.endpoint
    praise, blame = asker.scores([PRAISE, BLAME])
    found = mapped(one.host, sorted({*praise, *blame}), one.negative, one.positive)
    shares = [positive_share(scores, *found, one.host) for scores in (praise, blame)]
    doubt = (
        ""
        if shares[0] > shares[1]
        else f"; it finds praise no more {quoted(found.positive)} than blame: are the labels right?"
    )
    return replace(one, negative=found.negative, positive=found.positive), found.sentence + doubt

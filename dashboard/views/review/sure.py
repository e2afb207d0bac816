"""How far the models disagree, and passes of one network with dropout."""

from __future__ import annotations

import streamlit as st

from dashboard.elements import public_copy, widgets
from dashboard.records import passports
from dashboard.views.review import asking
from dashboard.views.review.known import Known
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models
from sentiment_core.models import ModelCard
from sentiment_core.uncertainty import dropout
from sentiment_core.uncertainty.disagreement import Disagreement


def draw(known: Known) -> None:
    """Draw the disagreement between models, then of each network with itself."""
    st.header("How sure are the answers?", anchor=False)
    if known.disagreement is None:
        st.caption("Fewer than two models answer, so that none can disagree.")
    else:
        st.write(escape_markdown(f"Between the models: {in_words(known.disagreement, 'models')}"))
    unasked = [card for card in models.list_models() if not _passes(known, card)]
    with st.container(horizontal=True):
        for card in unasked:
            _offer(known, card)
    st.caption(
        "BALD (Houlsby et al. 2011) is the entropy of the mean answer less the mean entropy of the answers: "
        "0 bits where all say the same, however unsure, and 1 where half are certain of each side. Over 17 "
        "data sets no such measure found errors consistently better than the probability itself (Varshney "
        "et al. 2022)."
    )


def in_words(found: Disagreement, what: str) -> str:
    """Return the spread and its parts in a sentence."""
    return (
        f"{found.n_positive:,} of {found.n:,} {what} say positive; the probability of positive lies between "
        f"{100 * found.low:.1f} and {100 * found.high:.1f} %, {100 * found.mean:.1f} % on average. BALD "
        f"{found.bald:.4f} bits of {found.entropy:.4f} in all."
    )


def _passes(known: Known, card: ModelCard) -> bool:
    """Draw how far the kept passes of a model disagree; return whether there are some."""
    found = passports.passes(card.model_id, known.review.text)
    if found is not None:
        said = in_words(found, f"passes of {card.short_name} with dropout")
        same = " All are equal: this network has no dropout." if found.low == found.high else ""
        st.write(escape_markdown(said + same))
    return found is not None


def _offer(known: Known, card: ModelCard) -> None:
    """Offer to ask a network with dropout, once it is loaded; other models have nothing to offer."""
    if not passports.may_have_dropout(card):
        return
    if not passports.is_ready(card):
        asking.offer_to_load(card, "to ask it with dropout", place="passes")
        return
    if not passports.has_dropout(card.model_id):
        return
    if widgets.anything_running():
        widgets.job_list(f"review-passes-{card.model_id}")
        return
    seconds = dropout.PASSES * passports.seconds_of_one(card.model_id, known.review.text)
    label = f"Ask {card.short_name} {dropout.PASSES} times with dropout, about {format_seconds(seconds)}"
    if public_copy.button(
        escape_markdown(label), key=f"review-passes-{card.model_id}", icon=":material/play_arrow:"
    ):
        argv = ["uncertainty", "--model", card.model_id, "--data", known.choice.argument]
        argv += [f"--id={known.review.example_id}"]
        widgets.start_job(argv, f"Passes of {card.short_name} with dropout")

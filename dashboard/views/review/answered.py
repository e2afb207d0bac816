"""Each model's answer to the review, with what such an answer has been worth, as HTML. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attacks.passport.answers import Answer
from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR
from dashboard.wording import KNOWS_NOTHING, escape_html, format_interval, format_value

STYLE = """<style>
.answered {display: grid; grid-template-columns: minmax(0, max-content) max-content minmax(3rem, 1fr);
  column-gap: 0.75rem; row-gap: 0.1rem; align-items: center; font-size: 0.9rem;
  font-variant-numeric: tabular-nums;}
.answered .name {max-width: 11rem; overflow-wrap: anywhere;}
.answered .dot {display: inline-block; width: 0.65rem; height: 0.65rem; border-radius: 50%;
  margin-right: 0.4rem;}
.answered .bar {display: flex; height: 0.7rem; border-radius: 3px; overflow: hidden;}
.answered small {grid-column: 1 / -1; font-size: 0.82rem; opacity: 0.8; margin-bottom: 0.55rem;}
</style>"""


def html(answers: Sequence[Answer], label: int, colours: Mapping[str, str]) -> str:
    """Return two lines a model: its answer with a bar, and what such an answer has been worth."""
    return f"{STYLE}<div class='answered'>{''.join(_lines(one, label, colours) for one in answers)}</div>"


def _lines(answer: Answer, label: int, colours: Mapping[str, str]) -> str:
    prob = answer.prob_positive
    positive = prob >= 0.5
    words = f"{format_value(prob if positive else 1 - prob)} % {'positive' if positive else 'negative'}"
    right = "right" if positive == bool(label) else "wrong"
    said = KNOWS_NOTHING if answer.knows_nothing else f"<b>{words}</b>, {right}"
    dot = f"<span class='dot' style='background:{colours.get(answer.model_id, 'gray')}'></span>"
    return (
        f"<span class='name'>{dot}{escape_html(answer.name)}</span><span>{said}</span>"
        f"<span class='bar' title='probability of positive {prob:.4f}'>"
        f"<span style='width:{100 * (1 - prob):.2f}%;background:{NEGATIVE_COLOUR}'></span>"
        f"<span style='width:{100 * prob:.2f}%;background:{POSITIVE_COLOUR}'></span></span>"
        f"<small>{escape_html(worth_in_words(answer))}</small>"
    )


def worth_in_words(answer: Answer) -> str:
    """Return what such a probability has been worth, and what the model had seen of the review."""
    seen = {"train": "It was trained on this review. ", "validation": "It was tuned on this review. "}
    before = seen.get(answer.seen or "", "")
    if answer.worth is None:
        return f"{before}Not measured on any reviews, so that nothing is known of such an answer."
    share = answer.worth.positive
    if not share.defined:
        return f"{before}{share.reason[0].upper()}{share.reason[1:]}."
    return (
        f"{before}Of reviews scored like this, {format_value(share.value)} % were positive "
        f"{format_interval(share)}, n = {share.n:,}."
    )

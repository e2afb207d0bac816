"""The part of Attack for one review typed by hand."""

from __future__ import annotations

import streamlit as st

from attacks.composition.base import LINEAR_FAMILIES
from dashboard.elements import widgets
from dashboard.records import attacks
from dashboard.session.examples import EXAMPLES
from dashboard.views.attack import at_once, estimate, form, state
from dashboard.views.attack import plan as attack_plan
from dashboard.views.attack.plan import Single
from dashboard.wording import escape_markdown
from sentiment_core.data import clean_text
from sentiment_core.schema import LABEL_NAMES

TEXT = "attack_text"


@widgets.show_fixable
def show() -> None:
    """Draw the text, its true label, model and recipe, limits, and the button."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.session_state.setdefault(TEXT, EXAMPLES.get("positive", ""))
        typed = st.text_area(
            "A review", key=TEXT, height=240, persist_state="session",
            placeholder="Write or paste a review.",
        )  # fmt: skip
        label = st.segmented_control(
            "True label", list(LABEL_NAMES.values()), default="positive", required=True, key="attack_label"
        )
    with right:
        card, recipe, params = form.model_and_recipe("single")
        budget = st.number_input("Queries, at most", 1, 10_000_000, 2_000, 500, key="attack_single_budget")
    text = clean_text(typed or "")
    if form.show_lacking(recipe, card, params):
        return
    plan = Single(
        card.model_id, recipe.name, text, str(label), query_budget=budget and int(budget), params=params
    )
    attack_plan.check_single(plan)
    button, words = st.columns([1, 5], vertical_alignment="center")
    why_not = estimate.cannot_finish(
        len(text.split()), recipe.queries_per_word, plan.query_budget, linear=card.family in LINEAR_FAMILIES
    )
    if not text:
        words.caption("Enter a review first.")
    if why_not:
        words.warning(escape_markdown(why_not), icon=":material/hourglass_disabled:")
    if button.button(
        "Attack the review", type="primary", icon=":material/play_arrow:", key="attack-single",
        disabled=not text or bool(why_not),
        width="stretch",
    ):  # fmt: skip
        title = f"{recipe.title} against {card.short_name}, one review"
        if at_once.possible(card):
            at_once.attack(plan, recipe, title)
        else:
            state.watch(job=attacks.start(plan.argv, title))
            st.rerun()
    at_once.show_answer(plan)
    with st.expander("Terminal command", icon=":material/terminal:"):
        st.code(attack_plan.command(plan.argv), language="bash", wrap_lines=True)
    if not text and typed:
        st.caption(escape_markdown("This text is empty after cleaning."))

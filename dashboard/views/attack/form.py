"""The form that starts a batch: model and recipe, reviews, budget, and the estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attacks.batches import pace
from attacks.batches.selection import ID_SUFFIXES
from attacks.composition.base import Recipe
from attacks.engine.quick import KEEP_THE_ANSWER
from dashboard.elements import widgets
from dashboard.records import attacks, evaluations
from dashboard.records.evaluations import DataChoice
from dashboard.session import desk_place, listed, selection
from dashboard.session.address import Address
from dashboard.views.attack import estimate, options, plan
from dashboard.views.attack import state as attack_state
from dashboard.views.attack.plan import Batch
from dashboard.wording import escape_markdown, format_seconds
from sentiment_core import models
from sentiment_core.models import ModelCard

LARGEST_SEED = 2**31 - 1
DESK, SHARED, IDS, FILE = "desk", "shared", "ids", "file"
WHICH = {
    plan.ANY: "any",
    plan.RIGHT: "the model gets right",
    SHARED: "all chosen models get right",
    IDS: "these ids",
}
IN_A_FILE = "ids in a file"
DEFAULT_RECIPE = "deepwordbug"
KEY = options.KEY
#: The part of the form that a link sets: the recipe, and which reviews.
LINKED = Address("attack_form", ("recipe", "which"))
#: What a link from Errors says of the reviews that it lists.
FROM_ERRORS = Address("attack_desk", desk_place.PARAMS)


def adopt_link() -> None:
    """Set the form to what a followed link says; only before it is drawn."""
    arrived = KEY("recipe_batch") not in st.session_state
    asked = LINKED.followed(arrived=arrived)
    if asked is not None:
        st.session_state[KEY("recipe_batch")] = asked.get("recipe")
        st.session_state[KEY("which")] = asked.get("which")
    if (FROM_ERRORS.followed(arrived=arrived) or {}).get("outcome"):
        st.session_state[KEY("which")] = DESK


def write_link(recipe: Recipe) -> None:
    """Put the recipe and which reviews into the address, once one of them was chosen."""
    which = str(st.session_state[KEY("which")])
    chosen = {"recipe": recipe.name, "which": which}
    default = {"recipe": _default_recipe(attacks.recipes()), "which": plan.ANY}
    LINKED.write({name: value for name, value in chosen.items() if value != default[name]})


def show(choice: DataChoice) -> None:
    """Draw the three steps, the estimates, and the button."""
    adopt_link()
    first, second, third = st.columns([10, 11, 8], gap="large")
    with first:
        st.markdown("**1 · Model and recipe**")
        card, recipe, params = model_and_recipe()
    with second:
        st.markdown("**2 · Reviews**")
        reviews = which_reviews(card, choice)
    with third:
        st.markdown("**3 · Budget for each review**")
        limits = options.limits(offer_quick=offers_quick(card, recipe))
    write_link(recipe)
    if not show_lacking(recipe, card, params):
        facts = reviews | limits | {"params": params}
        batch = Batch(card.model_id, recipe.name, choice.fingerprint, choice.split, **facts)
        _offer(batch, card, recipe, choice)


# --- 1: model and recipe -------------------------------------------------------------------------


def model_and_recipe(place: str = "batch") -> tuple[ModelCard, Recipe, dict[str, Any]]:
    """Draw the sidebar's model, the choice of recipe, what it does, and its settings; those not its own."""
    card = selection.selection().model_a or next(iter(attack_state.cards().values()))
    st.markdown(f"Model: **{escape_markdown(card.short_name)}**", help="Chosen in the sidebar")
    recipe = _recipe(card, place)
    return card, recipe, options.settings(recipe, place)


def offers_quick(card: ModelCard, recipe: Recipe) -> bool:
    """Whether the quick mode is for such a model and recipe."""
    return "transformer" in card.families and recipe.name not in KEEP_THE_ANSWER


def show_lacking(recipe: Recipe, card: ModelCard, params: dict[str, Any]) -> bool:
    """Say what keeps the recipe from running, and how to get it; return whether anything does."""
    lacking = attack_state.missing(recipe, card.family, params)
    for item in lacking:
        st.warning(escape_markdown(f"Missing: {item.what}; {item.how_to_get}"), icon=":material/block:")
    return bool(lacking)


def _recipe(card: ModelCard, place: str) -> Recipe:
    known = attacks.recipes()
    lacking = {name: attack_state.missing(recipe, card.family) for name, recipe in known.items()}
    key, fallback = KEY(f"recipe_{place}"), _default_recipe(known)
    if st.session_state.get(key) not in known:
        st.session_state[key] = fallback
    name = st.selectbox(
        "Recipe",
        sorted(known, key=lambda name: bool(lacking[name])),  # stable: those that run here come first
        key=key,
        format_func=lambda name: known[name].title + (" (not available)" if lacking[name] else ""),
        on_change=LINKED.acted,
        persist_state="session",
    )
    recipe = known[name or next(iter(known))]
    kind = attack_state.KIND_TITLES.get(recipe.kind, recipe.kind)
    st.caption(escape_markdown(f"{recipe.description} ({kind})"), help=escape_markdown(recipe.source))
    return recipe


def _default_recipe(known: Mapping[str, Recipe]) -> str:
    return DEFAULT_RECIPE if DEFAULT_RECIPE in known else next(iter(known))


# --- 2: reviews ----------------------------------------------------------------------------------


def which_reviews(card: ModelCard, choice: DataChoice) -> dict[str, Any]:
    """Draw how many reviews, which, and the seed that draws them; return what a Batch calls them."""
    n, seed = st.columns([1, 1])
    count = options.number(n, "How many", "n", 1, 100_000, 100, 10)
    draw = options.number(
        seed,
        "Seed",
        "seed",
        0,
        LARGEST_SEED,
        0,
        1,
        help="Decides which reviews are drawn, and the search's random choices",
    )
    linked = attack_state.desk_place()
    files = listed.files(ID_SUFFIXES)
    titles = (
        ({DESK: "those shown in Errors"} if linked else {}) | WHICH | ({FILE: IN_A_FILE} if files else {})
    )
    if st.session_state.get(KEY("which")) not in titles:
        st.session_state[KEY("which")] = plan.ANY
    which = st.selectbox(
        "Which",
        list(titles),
        key=KEY("which"),
        format_func=lambda name: titles[name],
        help=None if files else escape_markdown(listed.NO_FILES),
        on_change=LINKED.acted,
        persist_state="session",
    )
    found: dict[str, Any] = {"n": count, "seed": draw, "outcome": plan.ANY}
    if which == DESK and linked:
        ids = attack_state.desk_ids(linked)
        return found | _named(ids, card, choice, most=count)
    if which == IDS:
        typed = st.text_input("Ids, separated by spaces", key=KEY("ids"), persist_state="session")
        ids = plan.read_ids(typed or "")
        return found | _named(ids, card, choice, most=len(ids))
    if which == FILE:
        file = st.selectbox(
            "File with one id per line",
            list(files),
            key=KEY("file"),
            format_func=lambda path: files.get(path, path),
            persist_state="session",
        )
        return found | {"file": str(file)}
    if which == SHARED:
        return found | {"outcome": plan.ANY, "right_by": _right_by(card)} | _lengths()
    return found | {"outcome": which} | _lengths()


def _named(ids: tuple[str, ...], card: ModelCard, choice: DataChoice, *, most: int) -> dict[str, Any]:
    """Say how many of the named reviews can be attacked; return those, since the attack skips the others."""
    wrong = attack_state.wrong_ids(ids, card, choice)
    kept = tuple(example_id for example_id in ids if example_id not in wrong)
    if wrong:
        st.caption(
            escape_markdown(
                f"{len(kept):,} of {len(ids):,} can be attacked; "
                f"{card.short_name} has {'the others' if kept else 'them'} wrong already."
            )
        )
    elif ids:
        st.caption(f"{len(ids):,} review{'' if len(ids) == 1 else 's'}.")
    if wrong and not kept:
        st.button(
            "Attack reviews that it gets right", icon=":material/check:", key=KEY("offer_right"),
            on_click=_take_right_ones,
        )  # fmt: skip
    return {"ids": kept[:most], "n": min(most, len(kept))}


def _take_right_ones() -> None:
    st.session_state[KEY("which")] = plan.RIGHT
    LINKED.acted()


def _right_by(card: ModelCard) -> tuple[str, ...]:
    shelf = attack_state.cards()
    chosen = [model for model in selection.selection().model_ids if model != card.model_id]
    others = st.multiselect(
        "Models that must get them right",
        [model for model in shelf if model != card.model_id],
        default=chosen,
        key=KEY("right_by"),
        format_func=lambda model: shelf[model].short_name,
        help="Always includes the attacked model",
    )
    return (card.model_id, *others)


def _lengths() -> dict[str, Any]:
    low, high = st.columns(2)
    least = options.number(low, "Words, at least", "min_words", 0, 100_000, 0, 50)
    most = high.number_input(
        "Words, at most",
        1,
        100_000,
        None,
        50,
        key=KEY("max_words"),
        placeholder="no limit",
        persist_state="session",
    )
    return {"min_words": least, "max_words": None if most is None else int(most)}


# --- what it will take, and the button -----------------------------------------------------------


@widgets.show_fixable
def _offer(batch: Batch, card: ModelCard, recipe: Recipe, choice: DataChoice) -> None:
    """Draw the estimate and the button; instead of them one line where the choices leave no review."""
    if batch.n < 1:
        st.button("Start the batch", icon=":material/play_arrow:", key="attack-start", disabled=True)
        return
    plan.check(batch)
    facts = attack_state.review_facts(choice.fingerprint, choice.split, batch.min_words, batch.max_words)
    queries = pace.queries_per_review(recipe.queries_per_word, facts.words, batch.query_budget)
    alike, other = attack_state.paces(card.model_id, recipe.name, batch.params, quick=batch.quick)
    expected = estimate.expected(
        batch.n, queries, 1 if batch.cluster else batch.workers, seconds_limit=batch.seconds, alike=alike,
        same_model=other, linear=not card.asks_a_network,
        reviews_per_second=evaluations.reviews_per_second(card, choice),
    )  # fmt: skip
    button, words = st.columns([1.4, 5], vertical_alignment="center")
    shared = ", for one worker of the cluster; more workers take less time" if batch.cluster else ""
    words.markdown(
        f"**About {format_seconds(expected.seconds)}**, {escape_markdown(expected.source)}{shared}. "
        f"{escape_markdown(estimate.precision(batch.n))}."
    )
    if button.button(
        "Start the batch", type="primary", icon=":material/play_arrow:", key="attack-start", width="stretch"
    ):
        title = f"{recipe.title} against {models.resolve(card.model_id).short_name}, {batch.n:,} reviews"
        attack_state.watch(job=attacks.start(batch.argv, title))
        st.rerun()
    with st.expander("Terminal command", icon=":material/terminal:"):
        st.code(plan.command(batch.argv), language="bash", wrap_lines=True)

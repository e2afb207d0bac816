"""Which reviews a page is about: length, truncation, negation, genre, language, slices, training data.

One control for every page, whose state is the page's own `Filters`: what it says stands in the page's address
under the same names everywhere, so that a link from one page to another can carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.elements.measured import Measured
from dashboard.records import evaluations, slices
from dashboard.wording import escape_markdown
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation.review_order import MOST_SLICES, Filters

Changed = Callable[[Filters], None]

TRUNCATION = {"": "any", "not:truncated": "read in full", "truncated": "cut at the limit"}
NEGATION = {"": "any", "not:negated": "none", "negated": "some", "negation-heavy": "many (8 or more)"}
TRAINING = {"any": "any", "unseen": "not in it", "seen": "in it"}
GENRE, LANGUAGE, NOT = "genre:", "language:", "not:"
#: What is offered while the reviews' languages are not known; what was detected is offered afterwards.
ENGLISH = ("language:en", "not:language:en")


@dataclass(frozen=True)
class Offer:
    """What these reviews can be filtered by.

    Attributes:
        sources: the reviews' sources, each once.
        languages: slices of the languages.
        genres: slices of the genres.
        others: every other slice, the user's own first.
        training: whether it is known which reviews the models were trained on.
    """

    sources: Sequence[str]
    languages: Sequence[str]
    genres: Sequence[str]
    others: Sequence[str]
    training: bool


def offer(models: Sequence[Measured]) -> Offer:
    """Return what the reviews can be filtered by that these models were measured on; computes nothing."""
    from attacks.own.slices import STORE
    from attacks.slices.memberships import MEMBERSHIPS

    first = models[0].evaluation
    codes = slices.languages_of(first.fingerprint, first.split)
    found = [f"{LANGUAGE}{code}" for code in codes] if codes else list(ENGLISH)
    taken = {*TRUNCATION, *NEGATION}
    genres = [name for name in MEMBERSHIPS if name.startswith(GENRE)]
    others = [name for name in MEMBERSHIPS if name not in taken and not name.startswith(GENRE)]
    known = any(model.evaluation.seen is not None for model in models)
    sources = evaluations.sources(first.fingerprint)
    return Offer(sources, found, genres, [*STORE.all(), *others], known)


def keep_valid(filters: Filters, offered: Offer) -> Filters:
    """Return the filters without what is not here (an old link, other data chosen), and say what that is."""
    gone = []
    if filters.source and filters.source not in offered.sources:
        gone.append(filters.source)
        filters = replace(filters, source="")
    if filters.training != "any" and not offered.training:
        gone.append("which reviews were in the training data")
        filters = replace(filters, training="any")
    known = tuple(name for name in filters.slices if _known(name))
    gone += [name for name in filters.slices if name not in known]
    for name in gone:
        st.caption(f":material/link_off: {escape_markdown(name[:60])} is not in this workspace")
    return replace(filters, slices=known)


def _known(name: str) -> bool:
    try:
        return bool(slices.defined([name]))
    except ReelcheckError:
        return False


def in_words(filters: Filters) -> str:
    """Say which reviews they are about: `About horror, 300 words or more`; empty for all reviews."""
    parts = [title(name) for name in filters.slices]
    if filters.words_low or filters.words_high:
        parts.append(_length(filters))
    if filters.source:
        parts.append(f"source {filters.source}")
    if filters.training != "any":
        parts.append(f"{TRAINING[filters.training].replace('it', 'the training data')}")
    if filters.search.strip():
        parts.append(f"with “{filters.search.strip()[:40]}”")
    return ", ".join(parts)


def _length(filters: Filters) -> str:
    low, high = filters.words_low, filters.words_high
    if high is None:
        return f"{low:,} words or more"
    return f"{low:,}–{high:,} words" if low else f"up to {high:,} words"


def title(name: str) -> str:
    """Return what a page calls a slice, shortly where the control that offers it says the rest."""
    from attacks.own import named

    titles = {f"{kind}": f"{title} negations" for kind, title in NEGATION.items() if kind}
    titles |= {"truncated": "cut at the limit", "not:truncated": "read in full", "not:negated": "no negation"}
    titles |= {"negated": "some negation", "negation-heavy": "many negations"}
    return titles.get(name) or named.title_of(name)


def draw(
    name: str, filters: Filters, offered: Offer, changed: Changed, *, place: DeltaGenerator | None = None,
    search: bool = False,
) -> None:  # fmt: skip
    """Draw the control: a button that says how many filters are set, and behind it one field for each.

    Args:
        name: keeps a page's session keys apart from others'.
        filters: what is set now.
        offered: what these reviews can be filtered by.
        changed: called with the filters after a change.
        place: where the button stands.
        search: whether the words to search for are among the fields; a page may have them elsewhere.
    """
    about = filters.about_reviews if search else replace(filters.about_reviews, search="")
    count = sum(
        value != getattr(Filters(), field) for field, value in vars(about).items() if field != "outcome"
    )
    count += max(0, len(filters.slices) - 1)
    label = f"{count} filter{'s' if count > 1 else ''}" if count else "All reviews"
    with (place or st).popover(
        label, width="stretch", key=f"{name}-reviews-box", icon=":material/filter_alt:"
    ):
        fields = _Fields(name, filters, changed)
        if search:
            fields.search()
        fields.length()
        left, right = st.columns(2)
        fields.kind(left, "Truncation", "truncation", TRUNCATION)
        fields.kind(right, "Negation", "negation", NEGATION)
        fields.kind(left, "Genre words", "genre", _titles(offered.genres))
        fields.kind(right, "Language", "language", _titles(offered.languages))
        if offered.training:
            fields.plain(left, "Training data", "training", TRAINING)
        if len(offered.sources) > 1:
            titles = {"": "all"} | {source: source for source in offered.sources}
            fields.plain(right, "Source", "source", titles)
        fields.others([*_taken(offered)], offered.others)
        if count:
            st.button(
                "Clear the filters",
                key=f"{name}-reviews-clear",
                icon=":material/filter_alt_off:",
                on_click=lambda: changed(without(filters)),
            )


def without(filters: Filters) -> Filters:
    """Return the filters without those about the reviews."""
    start = Filters()
    about = {
        field: getattr(start, field) for field in ("words_low", "words_high", "source", "training", "slices")
    }
    return replace(filters, search="", **about)


def _taken(offered: Offer) -> set[str]:
    """Return the slices that have a field of their own."""
    return {*TRUNCATION, *NEGATION, *offered.genres, *offered.languages} - {""}


def _titles(names: Sequence[str]) -> dict[str, str]:
    return {"": "any"} | {name: title(name) for name in names}


@dataclass(frozen=True)
class _Fields:
    """The fields; each shows what the filters say, and a change of one changes the filters."""

    name: str
    filters: Filters
    changed: Changed

    def search(self) -> None:
        key = self._set("search", self.filters.search)
        st.text_input(
            "Search in the text",
            key=key,
            type="search",
            placeholder="exact words",
            on_change=lambda: self._change(search=st.session_state[key] or ""),
        )

    def length(self) -> None:
        low, high = st.columns(2)
        low_key = self._set("words_low", self.filters.words_low)
        high_key = self._set("words_high", self.filters.words_high)
        low.number_input(
            "Minimum words",
            0,
            10**9 - 1,
            key=low_key,
            step=50,
            on_change=lambda: self._change(words_low=st.session_state[low_key] or 0),
        )
        high.number_input(
            "Maximum words",
            0,
            10**9 - 1,
            value=None,
            key=high_key,
            step=50,
            placeholder="no limit",
            on_change=lambda: self._change(words_high=st.session_state[high_key] or None),
        )

    def kind(self, place: DeltaGenerator, label: str, field: str, titles: Mapping[str, str]) -> None:
        """Draw a field for slices of which at most one is chosen."""
        now = next((name for name in self.filters.slices if name in titles), "")
        key = self._set(field, now)

        def change() -> None:
            others = [name for name in self.filters.slices if name not in titles or not name]
            chosen = st.session_state[key]
            self._change(slices=tuple([*others, chosen] if chosen else others))

        self._select(place, label, key, titles, change)

    def plain(self, place: DeltaGenerator, label: str, field: str, titles: Mapping[str, str]) -> None:
        """Draw a field of the filters."""
        key = self._set(field, getattr(self.filters, field))
        self._select(place, label, key, titles, lambda: self._change(**{field: st.session_state[key]}))

    def others(self, taken: Sequence[str], names: Sequence[str]) -> None:
        """Draw the field for every other slice; one of a link that is in no field stands here too."""
        chosen = [name for name in self.filters.slices if name not in taken]
        key = self._set("slices", chosen)
        kept = tuple(name for name in self.filters.slices if name in taken)
        st.multiselect(
            "Slices (all of them)",
            list(dict.fromkeys([*chosen, *names])),
            key=key,
            format_func=title,
            max_selections=MOST_SLICES - len(kept),
            placeholder="type to find one",
            on_change=lambda: self._change(slices=(*kept, *st.session_state[key])),
            help="Your own are made on Bias and slices",
        )

    def _select(
        self,
        place: DeltaGenerator,
        label: str,
        key: str,
        titles: Mapping[str, str],
        change: Callable[[], None],
    ) -> None:
        place.selectbox(label, list(titles), key=key, format_func=lambda name: titles[name], on_change=change)

    def _set(self, field: str, value: Any) -> str:
        key = f"{self.name}_{field}"
        st.session_state[key] = value
        return key

    def _change(self, **fields: Any) -> None:
        self.changed(replace(self.filters, **fields))

"""The sidebar's selection, kept in the session and in the URL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.records import finished
from dashboard.records.evaluations import DataChoice, evaluations
from dashboard.session.address import PAGE, Address, left, remember
from sentiment_core import models
from sentiment_core.data import names

if TYPE_CHECKING:
    from sentiment_core.evaluation.records import Evaluation
    from sentiment_core.models import ModelCard

#: Session keys of the sidebar's pickers; each is also a query parameter of the same name.
DATA, MODEL_A, MODEL_B = "data", "model_a", "model_b"
SHARED = (DATA, MODEL_A, MODEL_B)
ADDRESS = Address("shared", SHARED)


@dataclass(frozen=True)
class Selection:
    """What is chosen in the sidebar; any of it is None where the workspace has nothing to choose."""

    data: DataChoice | None
    model_a: ModelCard | None
    model_b: ModelCard | None

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The chosen models' ids, A first."""
        return tuple(card.model_id for card in (self.model_a, self.model_b) if card)


def selection() -> Selection:
    """Return what the sidebar has chosen; `navigation.draw_sidebar` has run before any page does."""
    shelf = {card.model_id: card for card in models.list_models()}
    choices = {choice.key: choice for choice in data_choices()}
    get = st.session_state.get
    return Selection(choices.get(get(DATA, "")), shelf.get(get(MODEL_A, "")), shelf.get(get(MODEL_B, "")))


def data_choices() -> list[DataChoice]:
    """Return the data sets that models on the shelf were measured on.

    Those that models learned from come first, of them the test reviews, then the most measured ones.
    """
    shelf = tuple(card.model_id for card in models.list_models())
    learned, given = tuple(sorted(_learned_from())), tuple(sorted(names.given().items()))
    return list(_choices(finished.folders("evaluation"), shelf, learned, given))


@st.cache_resource(max_entries=4, show_spinner=False)
def _choices(
    folders: tuple[str, ...],
    shelf: tuple[str, ...],
    learned: tuple[str, ...],
    given: tuple[tuple[str, str], ...],
) -> list[DataChoice]:
    counts = Counter(_data_choice(found) for found in evaluations() if found.model_id in shelf)
    return sorted(
        counts,
        key=lambda choice: (choice.fingerprint not in learned, choice.split != "test", -counts[choice]),
    )


def targets_apply(choice: DataChoice) -> bool:
    """Whether the accuracy targets apply to these reviews: IMDb's, or those that a model was trained on."""
    return "imdb" in choice.name.lower() or choice.fingerprint in _learned_from()


def _learned_from() -> set[str]:
    return {str(card.trained_on.get("fingerprint")) for card in models.list_models()}


def _data_choice(evaluation: Evaluation) -> DataChoice:
    record = evaluation.manifest["data"]
    return DataChoice(
        names.name_of(record["fingerprint"], record["name"]),
        record["fingerprint"],
        record["split"],
        int(record["n"]),
    )


# --- the address bar -----------------------------------------------------------------------------


def adopt_url(page: str) -> None:
    """Set the sidebar to what a followed link says; what the link omits is at its default."""
    asked = ADDRESS.followed(arrived=st.session_state.get(PAGE) != page)
    st.session_state[PAGE] = page
    remember(page)
    if asked is None:
        return
    for name in SHARED:
        st.session_state[name] = _resolved(name, asked.get(name))


def asked(name: str) -> str | None:
    """Return what the address asks for of one picker; a model by its id, also where an alias names it."""
    return _resolved(name, ADDRESS.asked().get(name))


def _resolved(name: str, value: str | None) -> str | None:
    return models.aliases().get(value, value) if value and name != DATA else value


def gone() -> dict[str, str]:
    """Return what the address asks for that is not here, by the picker's name; call after the pickers.

    Without a second model a page still shows the first one's figures, so that is left out.
    """
    return {
        name: named
        for name in (DATA, MODEL_A)
        if name in st.session_state and not st.session_state[name] and (named := asked(name))
    }


def write_url() -> None:
    """Put the choice into the address once somebody chose; ids, since an alias moves."""
    ADDRESS.write(shared_params())


def params_back_to(page: str) -> dict[str, str]:
    """Return the parameters of a link to a page as it was left, with what is chosen now."""
    own = {name: value for name, value in left(page).items() if name not in SHARED}
    return ({} if page == st.session_state.get(PAGE) else own) | shared_params()


def shared_params(first: str = "") -> dict[str, str]:
    """Return the choice as query parameters, for links to other pages.

    Args:
        first: id of the model that the link is about; where it is the one compared with, the two change
            places, so that both stay chosen.
    """
    chosen = {name: st.session_state[name] for name in SHARED if st.session_state.get(name)}
    if first and first == chosen.get(MODEL_B) and MODEL_A in chosen:
        chosen[MODEL_B] = chosen[MODEL_A]
    return chosen | ({MODEL_A: first} if first else {})

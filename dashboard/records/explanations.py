"""Explanations and audits as pages show them: what is kept, what a new one would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import public
from dashboard.records import evaluations, finished

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.records.evaluations import DataChoice
    from sentiment_core.explanation.audit import Audit
    from sentiment_core.explanation.base import Attribution, Explainer

#: What was explained in this session and is nowhere else: the newest so many.
OF_SESSION, MOST_OF_SESSION = "_explained_here", 16


def methods(model_id: str) -> dict[str, Explainer]:
    """Return the explainers that can explain a model, by name; the one by chance is no explanation."""
    from sentiment_core.explainers import explainers_for

    able = explainers_for(evaluations.classifier(model_id))
    return {name: explainer for name, explainer in able.items() if not explainer.chance}


def first_method(model_id: str) -> str:
    """Return the explainer to show first: the exact one, else an audit's best, else the first."""
    from sentiment_core.explanation.audit import most_faithful

    able = methods(model_id)
    exact = next((name for name, explainer in able.items() if explainer.exact), None)
    audited = newest_audit(model_id)
    trusted = most_faithful(audited) if audited else None
    return exact or (trusted if trusted in able else None) or next(iter(able))


def at_once(model_id: str, method: str, text: str, *, typed: bool = False) -> Attribution | None:
    """Return an explanation that costs nothing: an exact one, or one that was made before; else None.

    What was made of a typed text is known to its session only.
    """
    from sentiment_core.explanation import keeping

    explainer = methods(model_id)[method]
    if explainer.exact:
        return explained(model_id, method, text, typed=typed)
    here = _of_session().get((model_id, method, text))
    return here if here or typed else keeping.find(model_id, method, explainer.settled(), text)


def explained(model_id: str, method: str, text: str, *, typed: bool = False) -> Attribution:
    """Return an explanation, made now where there is none.

    That of a review is kept in the workspace and shared by all visitors; that of a typed text, and any in
    public, stays in the session and ends with it.
    """
    if not typed and not public.is_public():
        return _shared(model_id, method, text)
    found, key = _of_session(), (model_id, method, text)
    if key not in found:
        for oldest in list(found)[: len(found) - MOST_OF_SESSION + 1]:
            del found[oldest]
        found[key] = _made(model_id, method, text, keep=not typed)
    return found[key]


@st.cache_resource(max_entries=256, show_spinner=False)
def _shared(model_id: str, method: str, text: str) -> Attribution:
    return _made(model_id, method, text, keep=True)


def _made(model_id: str, method: str, text: str, *, keep: bool) -> Attribution:
    from sentiment_core.explanation.explaining import explain

    return explain(evaluations.classifier(model_id), [text], methods(model_id)[method], keep=keep)[0]


def _of_session() -> dict[tuple[str, str, str], Attribution]:
    found: dict[tuple[str, str, str], Attribution] = st.session_state.setdefault(OF_SESSION, {})
    return found


def seconds(model_id: str, method: str, text: str) -> float:
    """Return about how long an explanation of a text would take, from one prediction timed here."""
    from sentiment_core.explanation.explaining import expected_seconds

    return expected_seconds(methods(model_id)[method], len(text.split()), _seconds_of_one(model_id, text))


@st.cache_data(max_entries=256, show_spinner=False)
def _seconds_of_one(model_id: str, text: str) -> float:
    from sentiment_core.explanation.explaining import seconds_of_prediction

    return seconds_of_prediction(evaluations.classifier(model_id), text)


def audits() -> list[Audit]:
    """Return the finished audits, newest first."""
    from sentiment_core.explanation import audit

    return finished.listed(audit.KIND, audit.list_audits)


def newest_audit(model_id: str) -> Audit | None:
    """Return the newest audit of a model's explanations."""
    return next((found for found in audits() if found.model_id == model_id), None)


# --- words over many reviews ----------------------------------------------------------------------


@dataclass(frozen=True)
class GlobalWords:
    """The words of a sample of reviews: those of all answers, and those of wrong ones; n of both."""

    words: pd.DataFrame
    of_errors: pd.DataFrame
    n: int
    n_errors: int


def sample(choice: DataChoice, n: int) -> pd.DataFrame:
    """Return the reviews that `explain words --limit N` takes too."""
    from sentiment_core.data.splitting import limited

    return limited(evaluations.dataset(choice.fingerprint), n, 0).split(choice.split)


def missing(model_id: str, method: str, texts: Sequence[str]) -> int:
    """Return how many of these texts have no explanation yet; none where it is exact."""
    from sentiment_core.explanation import keeping

    explainer = methods(model_id)[method]
    if explainer.exact:
        return 0
    return sum(keeping.find(model_id, method, explainer.settled(), text) is None for text in texts)


@st.cache_resource(max_entries=16, show_spinner="Explaining a sample of the reviews")
def global_words(model_id: str, method: str, fingerprint: str, split: str, n: int) -> GlobalWords:
    """Return the words that drive a model over a sample of reviews."""
    from dashboard.records.evaluations import DataChoice
    from sentiment_core.explanation import global_words as tables
    from sentiment_core.explanation.explaining import explain

    examples = sample(DataChoice("", fingerprint, split, 0), n)
    explainer = methods(model_id)[method]
    found = explain(evaluations.classifier(model_id), examples["text"], explainer, keep=not explainer.exact)
    rows = zip(examples["example_id"], examples["label"], found, strict=True)
    explained_rows = [
        tables.Explained(str(i), one, int(label), int(one.value >= 0)) for i, label, one in rows
    ]
    wrong = sum(one.label != one.predicted for one in explained_rows)
    return GlobalWords(
        tables.words_table(explained_rows),
        tables.words_table(explained_rows, errors_only=True),
        len(explained_rows),
        wrong,
    )

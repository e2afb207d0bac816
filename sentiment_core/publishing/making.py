"""How a model came about and how it is loaded, as its card's sections; from its manifest only."""

from __future__ import annotations

from typing import Any

from sentiment_core import terminal
from sentiment_core.classifiers import FAMILIES
from sentiment_core.data import DATASETS
from sentiment_core.languages import NAMES
from sentiment_core.models import ModelCard
from sentiment_core.publishing.blocks import NOT_MEASURED, Cell, Paragraph, Table
from sentiment_core.publishing.markdown import Section, code, plain
from sentiment_core.storage import workspace

NOT_RECORDED = "not recorded"
#: Of a model that reads the beginning and the end of what is too long.
BOTH_ENDS = "head+tail"
#: Families that a repository holds as weights for plain transformers.
PLAIN = "transformer"


def title(card: ModelCard) -> str:
    """Return what a card is headed with."""
    return f"{card.short_name}: sentiment of movie reviews"


def languages(card: ModelCard) -> tuple[str, ...]:
    """Return the ISO 639-1 codes of the languages that the model learned from; none where that is unknown."""
    found = (card.manifest.get("details") or {}).get("languages")
    return tuple(code for code in found if code in NAMES) if isinstance(found, list) else ()


def intended_use(card: ModelCard) -> str:
    """Return what stands under the intended use unless a person writes something else."""
    known = [NAMES[code] for code in languages(card)]
    of = f"{' and '.join(known)} movie reviews" if known else "movie reviews"
    return (
        f"Telling positive from negative {of}, for research and for sorting what people read anyway. It is "
        "not meant for judging people, or for decisions that nobody looks at."
    )


def limits(card: ModelCard) -> str:
    """Return what stands under the limits unless a person writes something else."""
    said = [
        "It knows two answers: a review that is neutral, mixed or no review gets one of them as well.",
        "It learned from the data below; on other kinds of text its figures do not hold."
        if card.trained_on.get("fingerprint")
        else "What it learned from is not recorded; its figures hold for the data that they are measured on.",
    ]
    most = card.manifest["params"].get("max_length")
    if isinstance(most, int):
        ends = card.manifest["params"].get("truncation") == BOTH_ENDS
        which = "the first quarter and the last three quarters of these" if ends else "the first"
        said.append(f"It reads {most:,} tokens of a review at most, {which}.")
    return "\n".join(f"- {line}" for line in said)


def data(card: ModelCard) -> Section:
    """Return what the model was trained and tuned on."""
    facts = card.trained_on
    if not facts.get("fingerprint"):
        return Section("data", "Training data", (f"{NOT_RECORDED}: the model was made elsewhere.",))
    name = str(facts.get("name"))
    rows: list[tuple[Cell, ...]] = [
        ("name", name),
        ("fingerprint", f"{facts.get('fingerprint')} (a hash of all texts, labels and splits)"),
        ("training reviews", _count(facts.get("n_train"))),
        ("validation reviews", _count(facts.get("n_validation"))),
    ]
    terms = [Paragraph(DATASETS[name].terms)] if name in DATASETS else []
    return Section("data", "Training data", (Table(("fact", "value"), tuple(rows)), *terms))


def training(card: ModelCard) -> Section:
    """Return how the model was fitted."""
    found = card.manifest
    rows: list[tuple[Cell, ...]] = [
        ("family", f"{card.title} ({card.family})"),
        ("started from", base_of(card) or "nothing: fitted from scratch"),
        ("seed", _count(found.get("seed"))),
        ("settings", _pairs(_shareable(card.used_params))),
        ("validation", _pairs(found["validation"]) or NOT_MEASURED),
        ("device", str(found.get("device") or NOT_RECORDED)),
        ("versions", _pairs(found.get("versions") or {}) or NOT_RECORDED),
        ("code revision", str(found.get("git_revision") or NOT_RECORDED)),
        ("finished", card.created),
    ]
    if card.members:
        rows.insert(1, ("made of", ", ".join(card.members)))
    if source := (found.get("export") or {}).get("source"):
        rows.insert(1, ("converted from", str(source)))
    return Section("training", "Training", (Table(("fact", "value"), tuple(rows)),))


def loading(card: ModelCard) -> Section:
    """Return how the published files are used."""
    blocks = _with_transformers(card) if card.family == PLAIN else _with_reelcheck(card)
    return Section("how-to-load", "How to load it", blocks)


def base_of(card: ModelCard) -> str:
    """Return the name of the weights that it started from; of a folder on this machine its last part only."""
    base = str(card.manifest.get("base") or "")
    is_folder = base.startswith(("/", "~", ".")) or "\\" in base
    return base.replace("\\", "/").rstrip("/").rpartition("/")[2] if is_folder else base


def _with_transformers(card: ModelCard) -> tuple[str, ...]:
    example = code(
        "from transformers import pipeline",
        "classify = pipeline(",
        '    "text-classification", "OWNER/NAME", top_k=None, truncation=True',
        ")",
        'classify("A warm and witty film.")',
        language="python",
    )
    if card.manifest["params"].get("truncation") != BOTH_ENDS:
        return (example,)
    most = card.manifest["params"].get("max_length")
    return (
        example,
        f"Of a review with more than {most:,} tokens, plain transformers reads the first ones only. The "
        "figures below are for the beginning and the end of such a review, which Reelcheck reads; shorter "
        "reviews get the same answers.",
    )


def _with_reelcheck(card: ModelCard) -> tuple[str, ...]:
    home = f"$REELCHECK_HOME/models/{card.model_id}"
    steps = [
        f'hf download OWNER/NAME --local-dir "{home}"',
        *([f'mv "{home}"/members/* "$REELCHECK_HOME/models/"'] if card.members else []),
        terminal.command("sentiment_core", "predict", model=card.model_id, text="A warm and witty film."),
    ]
    return (
        f"It is no model of the transformers library ({plain(FAMILIES[card.family].title)}). Reelcheck loads "
        "it, without running any code of the repository:",
        code(*steps, language="bash"),
    )


def _shareable(params: dict[str, Any]) -> dict[str, Any]:
    """Return settings that say nothing about the machine."""
    local = str(workspace.home())
    return {
        name: value
        for name, value in params.items()
        if name not in ("base", "url", "token_env") and value not in ("", None) and local not in str(value)
    }


def _pairs(record: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in record.items() if value is not None)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _count(number: Any) -> str:
    return f"{number:,}" if isinstance(number, int) else NOT_RECORDED

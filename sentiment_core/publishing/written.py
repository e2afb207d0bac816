"""What a person writes for a model's card, and the card kept last: one file in the model's folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sentiment_core import models
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.models import CARD, ModelCard
from sentiment_core.storage import kept, workspace
from sentiment_core.storage.kept import Damaged, Shape

#: The parts that a person can write, with their titles.
PROSE = {
    "intended-use": "Intended use",
    "limits": "Limits",
    "license-terms": "License",
    "citation": "How to cite",
}
#: Of one part.
MOST_CHARACTERS = 5_000
#: The hub's identifiers of licenses are words such as `apache-2.0`.
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,39}")
_SHAPE: Shape = {
    "prose": {...: str},
    "license": str,
    "last?": {"markdown": str, "made": str, "pushed_to?": str},
}


@dataclass(frozen=True)
class Written:
    """What is kept beside a model for its card.

    Attributes:
        prose: by name in PROSE; a part that is missing has its default.
        license: the hub's identifier, "" where none is given.
        last: the card that was kept or pushed last, "" where none was.
        made: when that was.
        pushed_to: where it was pushed to, "" where it was only kept.
    """

    prose: Mapping[str, str] = field(default_factory=dict)
    license: str = ""
    last: str = ""
    made: str = ""
    pushed_to: str = ""


def of(card: ModelCard) -> Written:
    """Return what is kept for a card.

    Raises:
        ModelError: the file is damaged.
    """
    try:
        record = kept.read_json(card.folder / CARD, _SHAPE)
    except FileNotFoundError:
        return Written()
    except DamagedFile as error:
        raise ModelError(_damaged(card, error).sentence) from None
    last = record.get("last") or {}
    own = {name: text for name, text in record["prose"].items() if name in PROSE}
    return Written(
        own,
        str(record["license"]),
        str(last.get("markdown") or ""),
        str(last.get("made") or ""),
        str(last.get("pushed_to") or ""),
    )


def damaged() -> list[Damaged]:
    """Return what is wrong with the texts that are kept for cards."""
    found = []
    for card in models.list_models():
        try:
            kept.read_json(card.folder / CARD, _SHAPE)
        except FileNotFoundError:
            continue
        except DamagedFile as error:
            found.append(_damaged(card, error))
    return found


def write(card: ModelCard, prose: Mapping[str, str] | None = None, license: str | None = None) -> Written:
    """Keep parts of the prose, or the license, beside what is kept; an empty text brings the default back.

    Raises:
        ModelError: a part is not known or too long, or the license is none of the hub's form.
    """
    now = of(card)
    for name, text in (prose or {}).items():
        if name not in PROSE:
            raise ModelError(f"part {shown(name)} of the card is not known; known: {', '.join(PROSE)}")
        if len(text) > MOST_CHARACTERS:
            raise ModelError(
                f"'{PROSE[name]}' has {len(text):,} characters; {MOST_CHARACTERS:,} are allowed; shorten it"
            )
    if license and not _LICENSE.fullmatch(license):
        raise ModelError(
            f"license {shown(license)} is no identifier of the hub; give one such as apache-2.0, mit or other"
        )
    texts = {name: text.strip() for name, text in {**now.prose, **(prose or {})}.items()}
    changed = replace(
        now,
        prose={name: text for name, text in texts.items() if text},
        license=now.license if license is None else license,
    )
    _keep(card, changed)
    return changed


def keep_last(card: ModelCard, markdown: str, pushed_to: str = "") -> Written:
    """Keep a card as the last one, which the next is compared with."""
    changed = replace(of(card), last=markdown, made=workspace.utc_now(), pushed_to=pushed_to)
    _keep(card, changed)
    return changed


def _keep(card: ModelCard, written: Written) -> None:
    record: dict[str, Any] = {"prose": dict(written.prose), "license": written.license}
    if written.last:
        record["last"] = {
            "markdown": written.last,
            "made": written.made,
            "pushed_to": written.pushed_to,
        }
    workspace.write_json(card.folder / CARD, record)


def _damaged(card: ModelCard, error: DamagedFile) -> Damaged:
    fix = f"remove {CARD} from its folder, and write the texts again"
    return Damaged("text for the card of model", card.model_id, error.in_its_folder, fix)

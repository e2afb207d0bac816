"""A two-class model of the hub, put on the shelf at its commit: from then on it needs no hub.

Only safetensors, settings and a tokenizer are fetched, no code and no pickle. Outputs are put in our order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from sentiment_core import models
from sentiment_core.adoption import shelving
from sentiment_core.adoption.shelving import Adopted
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.classifiers.transformer import foreign, heads
from sentiment_core.classifiers.transformer.classifier import DEFAULTS
from sentiment_core.classifiers.transformer.pretrained import HUB_FILES
from sentiment_core.classifiers.transformer.reading import most_tokens
from sentiment_core.data import hub
from sentiment_core.errors import ModelError, ResourceMissing
from sentiment_core.models import ModelCard
from sentiment_core.naming.outputs import Outputs, mapped
from sentiment_core.naming.repositories import Named, parsed
from sentiment_core.storage import workspace

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

FAMILY = "transformer"
#: What the files that are fetched may have together.
MOST_BYTES = 2 * 1024**3
_NO_ALIAS = re.compile(r"[^a-z0-9]+")


def add(
    name: str,
    *,
    negative: str = "",
    positive: str = "",
    alias: str | None = None,
    progress: Progress = no_progress,
) -> ModelCard:
    """Fetch a model, put it on the shelf, and return it; one that is there at this commit is found again.

    Args:
        name: OWNER/NAME, or OWNER/NAME@REVISION for a branch, tag or commit.
        negative: what it calls its negative label, where its names do not say it.
        positive: the same of the positive one; one of both is enough.
        alias: a short name; by default NAME, where that is free.
        progress: called before and after the download.

    Raises:
        ModelError: it is no sound classifier of two classes, its labels are not clear, or it is too large.
        ResourceMissing: the hub does not answer.
    """
    named = parsed(name)
    if alias is not None:
        models.check_alias(alias)
    info = _asked(named)
    known = models.of_hub(f"{named.repository}@{info.sha}")
    if known is not None and not (negative or positive):
        return _called(known, alias)
    files = _wanted(info, named.repository)
    size = sum(size for _, size in files)
    progress(0, 1, f"fetching {named.repository} at {str(info.sha)[:8]}, {size / 1e6:,.0f} MB")
    folder = _fetched(named, info, [file for file, _ in files])
    progress(1, 1, f"fetched {named.repository}")
    try:
        return _shelved(named, folder, negative, positive, alias)
    except ModelError as error:  # a commit's folder has its hash for a name, which says nothing to a person
        raise ModelError(str(error).replace(f"'{folder.name}'", f"'{named.repository}'")) from error


def _shelved(named: Named, folder: Path, negative: str, positive: str, alias: str | None) -> ModelCard:
    settings = foreign.settings_of(folder)
    outputs = _outputs(named.repository, settings, negative, positive)
    opened = foreign.open_folder(folder, heads.two_classes(settings))
    if outputs.positive == _names(settings)[0]:
        heads.reverse(opened.model, named.repository)
    found = Adopted(
        FAMILY,
        named.repository,
        {
            **DEFAULTS,
            "base": named.repository,
            "revision": folder.name,
            "max_length": _length(opened),
        },
        {
            "base": named.repository,
            "base_revision": folder.name,
            "hub": {
                "repository": named.repository,
                "revision": folder.name,
                "asked": named.revision,
                **outputs._asdict(),
            },
        },
        {"outputs": outputs.sentence},
    )

    def write(target: Path) -> None:
        opened.model.config._name_or_path = ""
        opened.model.save_pretrained(target, safe_serialization=True)
        opened.tokenizer.save_pretrained(target)

    return _called(shelving.put(found, write), alias)


def _called(card: ModelCard, alias: str | None) -> ModelCard:
    """Return the model with its alias: the one that was asked for or, where that is free, its own name."""
    own = _NO_ALIAS.sub("-", card.title.partition("/")[2].casefold()).strip("-")[: models.MOST_CHARACTERS]
    chosen = alias or (own if models.ALIAS.fullmatch(own) and own not in models.aliases() else None)
    if chosen is not None and (alias or card.alias is None):
        models.set_alias(chosen, card.model_id)
    return models.resolve(card.model_id)


def _asked(named: Named) -> ModelInfo:
    """Return what the hub says of a model, asked once."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    where = f"model '{named.repository}'" + (f" at '{named.revision}'" if named.revision else "")
    if hub.offline():
        raise ResourceMissing(f"{where} is not on the shelf, and HF_HUB_OFFLINE is set; unset it to fetch it")
    try:
        return HfApi().model_info(
            named.repository,
            revision=named.revision or None,
            files_metadata=True,
            timeout=hub.PATIENCE_SECONDS,
        )
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise ModelError(f"the hub has no {where}, or it is private: HF_TOKEN holds a token for it") from None
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "unknown")
        raise ResourceMissing(f"{where} needs the hub, which answers with status {status}") from None
    except Exception as error:  # the hub's client raises many kinds when there is no network
        raise ResourceMissing(
            f"{where} is not on the shelf, and the hub cannot be reached ({type(error).__name__}); "
            "connect to the internet, or set HF_ENDPOINT to a mirror"
        ) from None


def _wanted(info: ModelInfo, repository: str) -> list[tuple[str, int]]:
    """Return the files to fetch and their bytes: those of the repository's first level that are read."""
    there = [
        (file.rfilename, file.size or 0)
        for file in info.siblings or ()
        if "/" not in file.rfilename and "\\" not in file.rfilename
    ]
    found = [row for row in there if any(PurePath(row[0]).match(one) for one in HUB_FILES)]
    if not any(name.endswith(".safetensors") for name, _ in found):
        unsafe = next((name for name, _ in there if name.endswith((".bin", ".pt", ".ckpt"))), "")
        why = f": {unsafe} could run code when it is read, and is not fetched" if unsafe else ""
        raise ModelError(f"model '{repository}' has no weights as .safetensors{why}")
    size = sum(size for _, size in found)
    if size > MOST_BYTES:
        raise ModelError(
            f"model '{repository}' has {size / 1e9:,.1f} GB of files, over the limit of "
            f"{MOST_BYTES / 1e9:,.1f} GB"
        )
    return found


def _fetched(named: Named, info: ModelInfo, files: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            named.repository,
            revision=info.sha,
            allow_patterns=list(files),
            cache_dir=workspace.cache_folder("hub"),
            etag_timeout=hub.PATIENCE_SECONDS,
        )
    except Exception as error:
        raise ResourceMissing(
            f"model '{named.repository}' could not be fetched ({foreign.first_line(error)}); "
            "the same command resumes"
        ) from None
    return Path(folder)


def _outputs(repository: str, settings: Mapping[str, Any], negative: str, positive: str) -> Outputs:
    if settings.get("problem_type") == "multi_label_classification":
        raise ModelError(f"model '{repository}' judges each of its labels by itself; two classes are needed")
    return mapped(f"model '{repository}'", _names(settings), negative, positive)


def _names(settings: Mapping[str, Any]) -> list[str]:
    """Return the names of a model's outputs in their order, as transformers gives them where it has none."""
    named = settings.get("id2label")
    if isinstance(named, Mapping) and named:
        return [str(named.get(str(place), f"LABEL_{place}")) for place in range(len(named))]
    n = settings.get("num_labels", 2)
    return [f"LABEL_{place}" for place in range(n if isinstance(n, int) and 0 <= n < 100 else 0)]


def _length(opened: foreign.Opened) -> int:
    """Return how many tokens of a text are read: as many as the model has places for, 512 at most."""
    most: tuple[Any, ...] = (512, most_tokens(opened.model), opened.tokenizer.model_max_length)
    return int(min(limit for limit in most if limit))

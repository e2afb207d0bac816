"""The folder that a hub's repository holds: weights, tokenizer, card and evaluation files."""

from __future__ import annotations

import copy
import inspect
import shutil
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.heads import two_classes
from sentiment_core.errors import ModelError
from sentiment_core.models import MANIFEST, ModelCard
from sentiment_core.publishing import making, metadata
from sentiment_core.storage import workspace

CARD_FILE = "README.md"
#: Of a model that is made of others: their folders.
MEMBERS = "members"


def fill(folder: Path, card: ModelCard, markdown: str, *, evaluation_files: bool = False) -> None:
    """Write everything that is published into a folder that exists.

    A transformer becomes whole weights that plain transformers read: its adapter is merged, its calibration
    is in its last layer, its labels are named. Any other model is published as Reelcheck keeps it.

    Raises:
        ModelError: the model or one of its members is damaged.
    """
    if any(FAMILIES[family].elsewhere for family in card.families):
        raise ModelError(f"{card.short_name} answers from elsewhere: there are no weights to publish")
    loaded = models.load_model(card.model_id)
    if isinstance(loaded, TransformerClassifier):
        _write_transformer(folder, loaded)
    else:
        _copy(card, folder)
        for member in card.members:
            _copy(models.resolve(member), folder / MEMBERS / member)
    workspace.write_text(folder / CARD_FILE, markdown)
    if evaluation_files:
        for path, text in metadata.evaluation_files(card).items():
            workspace.write_text(folder / path, text)


def listing(folder: Path) -> list[dict[str, Any]]:
    """Return `{path, bytes}` of each file in a folder, in the order of paths."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [{"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size} for path in files]


def new_folder(path: Path) -> Path:
    """Return a path for a repository's content; ModelError where something is there, or no folder above."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ModelError(f"folder '{path.name}' is there already and not empty; give --to a new one")
    if not path.absolute().parent.is_dir():
        raise ModelError(f"folder '{path.name}' cannot be made: the folder above it is not there")
    return path


def _write_transformer(folder: Path, loaded: TransformerClassifier) -> None:
    network, tokenizer = loaded.model, loaded.reader.tokenizer
    network.config.update(two_classes(network.config.to_dict()))
    network.config._name_or_path = ""  # a folder on this machine says nothing to others
    network.save_pretrained(folder, safe_serialization=True)
    _write_tokenizer(folder, tokenizer, network, loaded.max_tokens)


def _write_tokenizer(folder: Path, tokenizer: Any, network: Any, max_tokens: int) -> None:
    """Write a tokenizer that gives the network what it takes, and as many tokens as the model reads.

    A copy: a loaded model is shared. What the tokenizer gives is not among what transformers saves by itself
    (tokenization_utils_base.py: save_pretrained), and DistilBERT refuses BERT's token types.
    """
    taken = inspect.signature(network.forward).parameters
    own = copy.deepcopy(tokenizer)
    own.model_max_length = max_tokens
    own.model_input_names = [name for name in own.model_input_names if name in taken]
    own.init_kwargs["model_input_names"] = own.model_input_names  # only what is named there is saved
    own.save_pretrained(folder)


def _copy(card: ModelCard, folder: Path) -> None:
    models.check_files(card)
    for name in card.manifest["files"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(card.folder / name, folder / name)
    workspace.write_json(folder / MANIFEST, _without_paths(card))


def _without_paths(card: ModelCard) -> dict[str, Any]:
    """Return a manifest in which a base that is a folder of this machine goes by its last part."""
    base, record = making.base_of(card), dict(card.manifest)
    if base != (record.get("base") or ""):
        record["base"] = base
        for key in ("params", "params_given"):
            if "base" in (record.get(key) or {}):
                record[key] = {**record[key], "base": base}
    return record

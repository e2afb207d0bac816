"""Importing TextAttack on a machine without a network, and without leaving traces outside the workspace."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

from attacks.resources.stopwords import STOPWORDS
from sentiment_core.storage import workspace

#: TextAttack tries to download NLTK's data unless this file stands in its cache.
_INSTALLED = "post_install_check_3"
#: TA_CACHE_DIR moves these as well (textattack/shared/utils/install.py:set_cache_dir); they are put back.
_MOVED_ALONG = ("TFHUB_CACHE_DIR", "PYTORCH_TRANSFORMERS_CACHE", "HF_HOME", "XDG_CACHE_HOME", "TA_CACHE_DIR")


def textattack() -> ModuleType:
    """Import TextAttack and return it; the first time takes some seconds and loads torch and transformers.

    Its import needs a list of stop words, downloads on first use, and sets environment variables: it gets
    our list, finds its downloads marked as done, and the variables are as they were.
    """
    if "textattack" not in sys.modules:
        _import()
    return sys.modules["textattack"]


def nltk_folder() -> Path:
    """Return our own folder of NLTK data; what is fetched for the attacks goes here."""
    return workspace.cache_folder("nltk_data")


def textattack_folder() -> Path:
    """Return where TextAttack keeps downloads: the user's folder where there is one, else the workspace."""
    asked = os.environ.get("TA_CACHE_DIR")
    users = Path.home() / ".cache" / "textattack"
    if asked or users.is_dir():
        return Path(asked) if asked else users
    return workspace.cache_folder("textattack")


def _import() -> None:
    import nltk

    for library in ("huggingface_hub", "transformers", "datasets"):  # these read HF_HOME at their import
        importlib.import_module(library)
    _write_stopwords()
    nltk.data.path.insert(0, str(nltk_folder()))
    folder = textattack_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _INSTALLED).touch()
    before = {
        name: os.environ.get(name) for name in (*_MOVED_ALONG, "TOKENIZERS_PARALLELISM", "WANDB_SILENT")
    }
    os.environ["TA_CACHE_DIR"] = str(folder)
    os.environ.setdefault("FLAIR_CACHE_ROOT", str(workspace.cache_folder("flair")))
    try:
        importlib.import_module("textattack")
    finally:
        _restore(before)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _write_stopwords() -> None:
    path = nltk_folder() / "corpora" / "stopwords" / "english"
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace.write_text(path, "\n".join(STOPWORDS) + "\n")


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

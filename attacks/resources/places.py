"""Where the attacks' resources are on this machine, found by their paths and never by trying."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import sys
import tempfile
from pathlib import Path

from attacks.resources import offline
from sentiment_core.storage import workspace

DEBIAN_WORDNET = Path("/usr/share/wordnet")
#: What NLTK reads, apart from `lexnames` and `index.sense`, which Debian's package lacks and we can make.
WORDNET_FILES = (
    "cntlist.rev",
    *(f"{part}.{kind}" for part in ("index", "data") for kind in ("adj", "adv", "noun", "verb")),
    *(f"{kind}.exc" for kind in ("adj", "adv", "noun", "verb")),
)
FLAIR_VARIABLE = "FLAIR_CACHE_ROOT"


def wordnet() -> Path | None:
    """Return our copy of WordNet, else NLTK's folder or zip file, else Debian's folder."""
    copy = wordnet_copy()
    if is_wordnet(copy) and (copy / "lexnames").is_file():
        return copy
    downloads = (
        folder / "corpora" / name for folder in nltk_folders() for name in ("wordnet", "wordnet.zip")
    )
    for place in (*downloads, DEBIAN_WORDNET):
        if is_wordnet(place) or (place.suffix == ".zip" and place.is_file()):
            return place
    return None


def wordnet_copy() -> Path:
    """Return the folder in the workspace that WordNet is copied to."""
    return offline.nltk_folder() / "corpora" / "wordnet"


def is_wordnet(folder: Path) -> bool:
    """Whether the folder has WordNet's data files."""
    return all((folder / name).is_file() for name in WORDNET_FILES)


def wordnet_version() -> str:
    """Return the version that WordNet's files name ("3.0"), or "unknown"."""
    place = wordnet()
    if place is None or place.suffix == ".zip":
        return "unknown"
    licence = (place / "index.adv").read_bytes()[:3000].decode("utf-8", "replace")
    named = re.search(r"WordNet (\d+\.\d+) Copyright", licence)
    return named[1] if named else "unknown"


def nltk_folders() -> list[Path]:
    """Return where NLTK looks for data (nltk/data.py), without importing it."""
    asked = [Path(part) for part in os.environ.get("NLTK_DATA", "").split(os.pathsep) if part]
    prefix = Path(sys.prefix)
    own = [prefix / "nltk_data", prefix / "share" / "nltk_data", prefix / "lib" / "nltk_data"]
    shared = [
        Path(root) / "nltk_data" for root in ("/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib")
    ]
    return [*asked, Path.home() / "nltk_data", *own, *shared]


def nltk_data(path: str) -> Path | None:
    """Return NLTK data such as "taggers/universal_tagset", in our folder or in NLTK's, unpacked or zipped."""
    candidates = (
        folder / f"{path}{ending}"
        for folder in (offline.nltk_folder(), *nltk_folders())
        for ending in ("", ".zip")
    )
    return next((place for place in candidates if place.exists()), None)


def textattack_download(path: str, package: str | None = None) -> Path | None:
    """Return what TextAttack has downloaded from Amazon (shared/utils/install.py:download_from_s3).

    None as well where `package`, which reads it, is not installed.
    """
    place = offline.textattack_folder() / path
    return place if place.exists() and (package is None or _installed(package)) else None


def hub_folder() -> Path:
    """Return the Hugging Face hub's cache, by the same rules as huggingface_hub/constants.py."""
    if chosen := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(os.path.expanduser(chosen))
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
    return Path(os.path.expanduser(os.environ.get("HF_HOME", cache / "huggingface"))) / "hub"


def hub_snapshot(name: str) -> Path | None:
    """Return the newest snapshot of a hub model that has its configuration and weights."""
    snapshots = hub_folder() / f"models--{name.replace('/', '--')}" / "snapshots"
    whole = [
        folder
        for folder in (snapshots.iterdir() if snapshots.is_dir() else ())
        if (folder / "config.json").is_file() and any(map(_is_weights, folder.iterdir()))
    ]
    return max(whole, key=lambda folder: folder.stat().st_mtime, default=None)


def flair_model(name: str) -> Path | None:
    """Return a flair model's folder (flair/file_utils.py); flair's cache is in the workspace here."""
    root = Path(os.path.expanduser(os.environ.get(FLAIR_VARIABLE, workspace.cache_folder("flair"))))
    folder = root / "models" / name
    return folder if folder.is_dir() and any(folder.iterdir()) else None


def universal_sentence_encoder() -> Path | None:
    """Return the encoder's folder in tensorflow_hub's cache, if the package is installed too.

    The cache names a folder by the SHA-1 of the address (tensorflow_hub/compressed_module_resolver.py).
    """
    address = "https://tfhub.dev/google/universal-sentence-encoder/3"
    cache = Path(os.environ.get("TFHUB_CACHE_DIR", Path(tempfile.gettempdir()) / "tfhub_modules"))
    folder = cache / hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()
    return folder if folder.is_dir() and _installed("tensorflow_hub") else None


def intentional_homoglyphs() -> Path | None:
    """Return the list of look-alike letters, if somebody has put it into TextAttack's package."""
    package = importlib.util.find_spec("textattack")
    if package is None or package.origin is None:
        return None
    file = Path(package.origin).parent / "shared" / "intentional_homoglyphs.txt"
    return file if file.is_file() else None


def _is_weights(file: Path) -> bool:
    return file.name.startswith(("model", "pytorch_model")) and file.suffix in (".safetensors", ".bin")


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None

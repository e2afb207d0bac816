"""Reviews that somebody picked by hand, on the map: a slice whose name is made of what is in it.

They are kept as hashes of their texts, so that a name means the same reviews whatever model, page or command
asks for it, and reviews of the same text belong together. A name never means other reviews later: a page may
cache what it found, and an address can be sent to others who use the workspace.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from attacks.own.store import Store
from attacks.schema import SliceError
from sentiment_core import training_texts
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, workspace
from sentiment_core.storage.kept import Damaged
from sentiment_core.training_texts import Keys

START = "picked:"
_NAME = re.compile(rf"{START}[0-9]{{1,7}}-[0-9a-f]{{12}}")
#: More reviews than any page draws; a file of as many has 20 MB.
MOST = 1_000_000


def keep(texts: Sequence[str]) -> str:
    """Keep these reviews and return the name of the slice: `picked:312-0123456789ab`, their number in front.

    Raises:
        SliceError: there are none, or more than MOST.
    """
    return keep_keys(training_texts.keys(texts))


def keep_keys(keys: Keys) -> str:
    """Do what `keep` does, with the texts' keys (`training_texts.keys`), one per review."""
    if not 0 < len(keys) <= MOST:
        raise SliceError(f"{len(keys):,} reviews are picked; pick 1 to {MOST:,}")
    distinct = np.unique(keys)
    name = f"{len(keys)}-{_digest(distinct)}"
    if not (STORE.folder() / f"{name}.json").exists():
        STORE.save(name, {"keys": [f"{key:016x}" for key in distinct.tolist()], "saved": workspace.utc_now()})
    return f"{START}{name}"


def is_name(name: str) -> bool:
    """Whether a slice's name is one of picked reviews, here or elsewhere."""
    return bool(_NAME.fullmatch(name))


def is_kept(name: str) -> bool:
    """Whether these picked reviews are in this workspace."""
    return is_name(name) and (STORE.folder() / f"{name.removeprefix(START)}.json").is_file()


def title_of(name: str) -> str:
    """Return what a page calls picked reviews."""
    return f"{int(name.removeprefix(START).split('-')[0]):,} picked on the map"


def mask(name: str, texts: pd.Series[str]) -> pd.Series[bool]:
    """Return whether each text is among the picked reviews, a nullable boolean on the index of `texts`.

    Raises:
        SliceError: they are not kept here, or their file is damaged.
    """
    inside = np.isin(training_texts.keys(map(str, texts)), keys_of(name))
    return pd.Series(inside, index=texts.index, dtype="boolean")


def keys_of(name: str) -> Keys:
    """Return the keys of picked reviews, each once; SliceError as `mask`."""
    if not is_kept(name):
        raise SliceError(f"slice '{name[:60]}' is not in this workspace; pick the reviews on the map again")
    return STORE.open(name.removeprefix(START))


def _read(path: Path) -> Keys:
    try:
        record = kept.read_json(path, {"keys": [str]})
        keys = np.array([int(key, 16) for key in record["keys"]], dtype=np.uint64)
    except FileNotFoundError:
        raise SliceError(f"{path.name} is missing") from None
    except DamagedFile as error:
        raise SliceError(error.in_its_folder) from error
    except (ValueError, OverflowError):
        raise SliceError(f"{path.name}: a key is not 16 hex digits") from None
    if _digest(keys) != path.stem.split("-")[-1]:
        raise SliceError(f"{path.name}: it holds other reviews than its name says")
    return keys


def _digest(keys: Keys) -> str:
    return hashlib.sha256(np.sort(keys).astype("<u8").tobytes()).hexdigest()[:12]


#: What was picked; not listed among a user's slices, since nobody gave it a name.
STORE = Store("picked reviews", "picked", (".json",), _read, SliceError, "pick some on the map")


def damaged_picks() -> list[Damaged]:
    """Return what is wrong with picked reviews that cannot be read."""
    return [
        Damaged("picked reviews", Path(file).stem, why, f"pick them again, or remove {STORE.folder() / file}")
        for file, why in STORE.wrong().items()
    ]

"""IMDb from the hub: the official 25,000 training and 25,000 test reviews."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import pandas as pd

from sentiment_core.data.storing import is_remembered
from sentiment_core.errors import ResourceMissing
from sentiment_core.storage import workspace

REPOSITORY = "stanfordnlp/imdb"
SPLITS = ("train", "test")
#: The hub's client tries five times before it gives up (23 to 46 s); we ask first, and once.
PATIENCE_SECONDS = 4.0

_ADVICE = (
    "connect to the internet, set HF_ENDPOINT to a mirror, "
    "or use 'imdb-embedded' or an aclImdb folder instead"
)


def identity() -> str:
    """Return what the prepared form is remembered by: it is fetched once."""
    return f"hub:{REPOSITORY}"


def missing() -> str | None:
    """Return None when the data set is here already or its hub answers, else what is missing."""
    if is_remembered(["imdb", identity()]):
        return None
    return silence()


def silence(repository: str = REPOSITORY, name: str = "imdb") -> str | None:
    """Return what is wrong where the hub does not answer for a data set; that holds for half a minute."""
    return _silent_hub(int(time.monotonic() // 30), repository, name)


def read() -> pd.DataFrame:
    """Fetch both splits and return their rows; raises ResourceMissing within seconds without a hub."""
    kept_only = offline()
    unanswered = None if kept_only else silence()
    if unanswered:
        raise ResourceMissing(unanswered)
    try:
        parts = _kept_by_the_libraries() if kept_only else _fetched()
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ResourceMissing(
            f"data set 'imdb' could not be fetched from the hub ({reason}); {_ADVICE}"
        ) from None
    rows = [_rows(part.to_pandas(), split) for part, split in zip(parts, SPLITS, strict=True)]
    return pd.concat(rows, ignore_index=True)


def _fetched() -> Any:
    """Download the files of both splits into the workspace and return them as `datasets.Dataset`s.

    Given the repository's name, `load_dataset` would put them below HF_HOME whatever its cache_dir says
    (datasets 5.0.1, utils/file_utils.py:181, passes none on).
    """
    import datasets
    from huggingface_hub import snapshot_download

    files = {split: f"**/{split}-*.parquet" for split in SPLITS}
    folder = snapshot_download(  # nosec B615  # Parquet, which cannot be run; its fingerprint is recorded
        REPOSITORY,
        repo_type="dataset",
        allow_patterns=list(files.values()),
        cache_dir=workspace.cache_folder("hub"),
    )
    return datasets.load_dataset(  # nosec B615  # local files
        "parquet",
        data_files={split: str(Path(folder) / pattern) for split, pattern in files.items()},
        split=list(SPLITS),
        cache_dir=str(workspace.cache_folder("datasets")),
    )


def _kept_by_the_libraries() -> Any:
    """Return the splits from the libraries' own cache, if they were fetched before."""
    import datasets

    splits = list(SPLITS)
    return datasets.load_dataset(REPOSITORY, split=splits)  # nosec B615  # from the cache, see the other


def _rows(part: pd.DataFrame, split: str) -> pd.DataFrame:
    example_ids = [f"imdb-{split}-{number:05d}" for number in range(1, len(part) + 1)]
    return part[["text", "label"]].assign(example_id=example_ids, split=split, source="imdb")


def offline() -> bool:
    """Return whether the hub is not to be asked (HF_HUB_OFFLINE)."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


@lru_cache(maxsize=4)
def _silent_hub(moment: int, repository: str, name: str) -> str | None:
    """Ask the hub once for the data set; the answer holds for its half minute (`moment`)."""
    if offline():
        return f"data set {name!r} is not in this workspace and HF_HUB_OFFLINE is set; unset it, or {_ADVICE}"
    # A name lookup has no time limit, so it is made in a thread that can be abandoned.
    answers: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=lambda: answers.put(_asked(repository, name)), daemon=True).start()
    try:
        return answers.get(timeout=PATIENCE_SECONDS)
    except Empty:
        patience = f"{PATIENCE_SECONDS:.0f} s"
        return f"data set {name!r} needs the hub, which does not answer within {patience}; {_ADVICE}"


def _asked(repository: str, name: str) -> str | None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        HfApi().dataset_info(repository, timeout=PATIENCE_SECONDS)
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "unknown")
        return f"data set {name!r} needs the hub, which answers with status {status}; {_ADVICE}"
    except Exception as error:  # whatever it is, also in a thread the answer has to come
        return f"data set {name!r} needs the hub, which cannot be reached ({type(error).__name__}); {_ADVICE}"
    return None

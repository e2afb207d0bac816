"""Putting the attacks' resources where they are read from: copies, and downloads that cannot hang."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from attacks.resources import offline, places
from sentiment_core.errors import ResourceMissing
from sentiment_core.storage import workspace

_TIMEOUT_SECONDS = 20
_AMAZON = "https://textattack.s3.amazonaws.com/"

#: WordNet's 45 lexicographer files in their order, `man 5 lexnames`; the digit is the part of speech.
_LEXNAMES = """
adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body
noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location
noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process
noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body verb.change
verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation
verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative verb.weather
adj.ppl
"""
_PART_OF_SPEECH = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}


def wordnet(folder: Path | None = None) -> Path:
    """Copy WordNet into our NLTK data and return the copy; does nothing where it is there.

    A link would not do: NLTK refuses files that lie outside its folder. `lexnames` and an empty
    `index.sense`, which NLTK asks for and Debian's package lacks, are made.
    """
    source, target = folder or places.wordnet(), places.wordnet_copy()
    if source is None:
        raise ResourceMissing(
            f"WordNet is not on this machine: no {places.DEBIAN_WORDNET}, none in NLTK's folders"
        )
    if source == target:
        return target
    if not places.is_wordnet(source) and source.suffix != ".zip":
        raise ResourceMissing(f"'{source}' is not WordNet: it must have {', '.join(places.WORDNET_FILES)}")
    try:
        with workspace.written_aside(target) as aside:
            _copy_wordnet(source, aside)
    except OSError:
        if not places.is_wordnet(target):  # else another process was quicker
            raise
    return target


def textattack_download(path: str, folder: Path | None = None) -> Path:
    """Copy or download what TextAttack keeps at Amazon, into its cache.

    Not by TextAttack's own function, which has no time limit and keeps its lock after an error.
    """
    target = offline.textattack_folder() / path
    if target.exists():
        return target
    if folder is not None:
        shutil.copytree(folder, target)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    archive = target.with_name(f".{target.name}.download")
    try:
        _download(_AMAZON + path, archive)
        return _unpacked(archive, target)
    finally:
        archive.unlink(missing_ok=True)


def hub_snapshot(name: str, folder: Path | None = None) -> Path:
    """Put a model's folder into the Hugging Face hub's cache under its name, or download it there."""
    if found := places.hub_snapshot(name):
        return found
    if folder is None:
        return _from_hub(name)
    cached = places.hub_folder() / f"models--{name.replace('/', '--')}"
    target = cached / "snapshots" / "local"
    if not (folder / "config.json").is_file():
        raise ResourceMissing(f"'{folder}' holds no model: config.json is missing")
    shutil.copytree(folder, target, dirs_exist_ok=True)
    workspace.write_text(cached / "refs" / "main", "local")
    return target


def _copy_wordnet(source: Path, target: Path) -> None:
    if source.suffix == ".zip":
        _unzip_wordnet(source, target)
    else:
        for name in places.WORDNET_FILES:
            shutil.copyfile(source / name, target / name)
    (target / "index.sense").touch()
    lines = [
        f"{number:02d}\t{name}\t{_PART_OF_SPEECH[name.split('.')[0]]}\n"
        for number, name in enumerate(_LEXNAMES.split())
    ]
    (target / "lexnames").write_text("".join(lines), encoding="utf-8")


def _unzip_wordnet(archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        for name in places.WORDNET_FILES:
            try:
                content = packed.read(f"wordnet/{name}")
            except KeyError:
                raise ResourceMissing(
                    f"'{archive}' is not NLTK's WordNet: wordnet/{name} is missing"
                ) from None
            (target / name).write_bytes(content)


def _download(address: str, target: Path) -> None:
    try:
        with (
            urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as answer,  # nosec B310  # https, ours
            target.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise ResourceMissing(
            f"{address} cannot be reached ({error}); fetch it where there is a network"
        ) from error


def _unpacked(archive: Path, target: Path) -> Path:
    if not zipfile.is_zipfile(archive):
        archive.rename(target)
        return target
    with (
        workspace.written_aside(target.with_name(f".{target.name}.unpacked-archive")) as aside,
        zipfile.ZipFile(archive) as packed,
    ):
        packed.extractall(aside)
    unpacked = target.with_name(f".{target.name}.unpacked-archive")
    inner = list(unpacked.iterdir())
    (inner[0] if [entry.name for entry in inner] == [target.name] else unpacked).rename(target)
    shutil.rmtree(unpacked, ignore_errors=True)
    return target


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.txt", "*.safetensors"]
    try:
        folder = snapshot_download(  # nosec B615  # of these files none can be run
            name, allow_patterns=patterns, cache_dir=places.hub_folder(), etag_timeout=_TIMEOUT_SECONDS
        )
    except Exception as error:  # the hub's client raises many kinds when there is no network
        raise ResourceMissing(f"the hub cannot be reached for '{name}' ({type(error).__name__})") from error
    return Path(folder)

"""What some attacks need and this project does not include: whether it is here, and how to get it.

Whether something is here is decided by its path, never by trying: TextAttack's downloads hang where a network
does not answer and keep their lock after an error, and the hub's client retries for 46 seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attacks.resources import fetching, places
from sentiment_core.errors import ResourceMissing


@dataclass(frozen=True)
class Resource:
    """Data that an attack reads.

    Attributes:
        enables: what it is for, in a few words.
        how_to_get: the commands or steps, in one sentence.
        where: the folder or file it would be read from, None where it is not here; looks at paths only.
        get: put it where it is read from, out of a folder where one is named; ResourceMissing if it cannot.
    """

    name: str
    title: str
    enables: str
    how_to_get: str
    where: Callable[[], Path | None]
    get: Callable[[Path | None], Path] | None = None

    def fetch(self, folder: Path | None = None) -> Path:
        """Put the resource where the attacks read it, and return where; from `folder`, or from its home.

        Raises:
            ResourceMissing: it cannot be had from there; the message says how to get it.
        """
        if folder is not None and not os.path.isdir(os.path.expanduser(folder)):
            raise ResourceMissing(f"'{folder}' is not a folder; {self.how_to_get}")
        if self.get is None:
            raise ResourceMissing(f"{self.title} cannot be fetched from here; {self.how_to_get}")
        return self.get(Path(os.path.expanduser(folder)) if folder else None)


def resource_named(name: str) -> Resource:
    """Return a resource; ResourceMissing if nothing is called so."""
    if name not in RESOURCES:
        raise ResourceMissing(f"resource '{name}' is not known; known: {', '.join(RESOURCES)}")
    return RESOURCES[name]


def _s3(name: str, title: str, enables: str, path: str, package: str | None = None) -> Resource:
    """Return what TextAttack keeps at Amazon; it reads pickles there, so the source must be trusted."""
    first = f"pip install {package}; " if package else ""
    return Resource(
        name,
        title,
        enables,
        f"{first}with a network: python -m attacks resources fetch {name}; "
        "or: --from FOLDER (TextAttack reads pickles in it: trust its source)",
        lambda: places.textattack_download(path, package),
        lambda folder: fetching.textattack_download(path, folder),
    )


def _hub(name: str, enables: str) -> Resource:
    return Resource(
        name,
        f"{name} from the Hugging Face hub",
        enables,
        f"with a network: hf download {name}; or: python -m attacks resources fetch {name} --from FOLDER",
        lambda: places.hub_snapshot(name),
        lambda folder: fetching.hub_snapshot(name, folder),
    )


def _flair(name: str, title: str, enables: str) -> Resource:
    return Resource(
        name,
        title,
        enables,
        f"load it once with flair, while {places.FLAIR_VARIABLE} names the workspace's cache/flair "
        "(flair reads pickles in it)",
        lambda: places.flair_model(name),
    )


def _nltk(name: str, title: str, enables: str, path: str) -> Resource:
    return Resource(
        name,
        title,
        enables,
        f"with a network: python -m nltk.downloader {name}",
        lambda: places.nltk_data(path),
    )


_ALL = (
    Resource(
        "wordnet",
        "WordNet 3.0",
        "synonyms and antonyms (pwws, leap, pso-style; better antonym checks everywhere)",
        "Debian and Ubuntu: apt install wordnet-base; anywhere: python -m nltk.downloader wordnet; "
        "then nothing more, or for any other folder: python -m attacks resources fetch wordnet --from FOLDER",
        places.wordnet,
        fetching.wordnet,
    ),
    _s3(
        "counter-fitted",
        "Counter-fitted Paragram word vectors",
        "word neighbours without antonyms (textfooler, textbugger, iga, alzantot, faster-genetic, kuleshov)",
        "word_embeddings/paragramcf",
    ),
    Resource(
        "universal-sentence-encoder",
        "Universal Sentence Encoder 3, and the package tensorflow_hub",
        "likeness of meaning (textfooler, textbugger, bae, bert-attack, clare)",
        "pip install tensorflow tensorflow_hub; the model is downloaded at the first use with a network into "
        "TFHUB_CACHE_DIR",
        places.universal_sentence_encoder,
    ),
    Resource(
        "intentional-homoglyphs",
        "The file intentional_homoglyphs.txt, which TextAttack's package lacks",
        "look-alike letters (textbugger)",
        "copy textattack/shared/intentional_homoglyphs.txt from TextAttack's repository into the installed "
        "package",
        places.intentional_homoglyphs,
    ),
    _hub("bert-base-uncased", "substitutes from a masked language model (bae, bert-attack)"),
    _hub("distilroberta-base", "substitutes, insertions and merges from a language model (clare)"),
    _hub("gpt2", "likelihood of a sentence (kuleshov)"),
    _hub("unitary/toxic-bert", "Detoxify's judgement of toxicity beside the word list (bias slices)"),
    _nltk(
        "averaged_perceptron_tagger_eng",
        "NLTK's part-of-speech tagger",
        "keeping the part of speech (textfooler, bae)",
        "taggers/averaged_perceptron_tagger_eng",
    ),
    _nltk("universal_tagset", "NLTK's universal tags", "the same attacks", "taggers/universal_tagset"),
    _s3(
        "hownet",
        "HowNet substitutes",
        "substitutes with the same sememes (pso)",
        "transformations/hownet/word_candidates_sense.pkl",
    ),
    _flair(
        "upos-english-fast", "flair's fast part-of-speech tagger", "telling substitutes' word classes (pso)"
    ),
    _flair("ner-english", "flair's named entity recogniser", "finding names and places (checklist)"),
    _s3(
        "google-lm",
        "Google's 1-billion-words language model, and the package tensorflow",
        "likelihood of a substitute (alzantot)",
        "constraints/semantics/language-models/alzantot-goog-lm",
        package="tensorflow",
    ),
    _s3(
        "learning-to-write",
        "The Learning to Write language model",
        "likelihood of a substitute (faster-genetic)",
        "constraints/grammaticality/language-models/learning-to-write",
    ),
)
#: Every resource by name.
RESOURCES: dict[str, Resource] = {resource.name: resource for resource in _ALL}

"""WordNet through NLTK, read from our own copy and without NLTK's downloads."""

from __future__ import annotations

from functools import cache
from typing import Any

from attacks.resources import catalog, offline
from sentiment_core.errors import ResourceMissing


def there() -> bool:
    """Whether WordNet can be used: our copy, or one on this machine that can be copied."""
    return catalog.RESOURCES["wordnet"].where() is not None


def reader() -> Any:
    """Return NLTK's WordNet reader; the first time copies the files into the workspace and takes ~3 s.

    Raises:
        ResourceMissing: WordNet is not on this machine.
    """
    import nltk
    from nltk.corpus import wordnet

    if "_lexnames" not in vars(wordnet):  # not loaded yet: NLTK looks for the files at the first use
        if not there():
            raise ResourceMissing(f"WordNet is not here; {catalog.RESOURCES['wordnet'].how_to_get}")
        catalog.RESOURCES["wordnet"].fetch()
        folder = str(offline.nltk_folder())
        if folder not in nltk.data.path:
            nltk.data.path.insert(0, folder)
        wordnet.ensure_loaded()
    return wordnet


@cache
def opposites(word: str) -> frozenset[str]:
    """Return the lower-case lemmas that WordNet calls antonyms of `word`, directly or of a similar adjective.

    Adjectives have antonyms by cluster: "ponderous" is similar to "heavy", whose antonym is "light"
    (Miller 1995, "WordNet: a lexical database for English").
    """
    found: set[str] = set()
    for synset in reader().synsets(word):
        heads = synset.similar_tos()
        own = [lemma for lemma in synset.lemmas() if lemma.name().lower() == word.lower()]
        for lemma in [*own, *(lemma for head in heads for lemma in head.lemmas())]:
            found |= {opposite.name().lower() for opposite in lemma.antonyms()}
    return frozenset(found)

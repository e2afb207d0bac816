"""Parts of speech without downloads: textblob's PatternTagger, which brings its own lexicon and rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

#: Penn Treebank to the universal tag set (Petrov et al. 2012, "A Universal Part-of-Speech Tagset", table 1).
#: textblob 0.20 has such a function too, but its English module fails to import it (NameError).
_UNIVERSAL = {
    "NOUN": "NN NNS NNP NNPS NP",
    "VERB": "MD VB VBD VBG VBN VBP VBZ",
    "ADJ": "JJ JJR JJS",
    "ADV": "RB RBR RBS WRB",
    "PRON": "PRP PRP$ WP WP$",
    "DET": "DT PDT WDT EX",
    "ADP": "IN",
    "NUM": "CD",
    "CONJ": "CC",
    "PRT": "POS RP TO",
    ".": "SYM LS . , : ( ) \" '' `` # $",
}
_BY_PENN = {penn: tag for tag, all_penn in _UNIVERSAL.items() for penn in all_penn.split()}
OTHER = "X"
_BEFORE_NOUNS = frozenset(
    ("a", "an", "the", "my", "your", "his", "its", "our", "their", "every", "each", "no")
)
_BEFORE_VERBS = frozenset(
    ("to", "i", "you", "he", "she", "we", "they", "who", "will", "would", "can", "could", "shall", "should")
    + ("may", "might", "must", "not", "don't", "doesn't", "didn't")
)


def universal_tags(words: Sequence[str]) -> list[str]:
    """Return one universal tag a word (NOUN, VERB, ADJ, ADV, PRON, DET, ADP, NUM, CONJ, PRT, ".", "X").

    The words are one text in order: the neighbours decide where a word can be several things. An empty
    word is "X". Accuracy on reviews was not measured; the tagger is for comparing a word with its
    substitute in the same place, where its errors fall on both.
    """
    from textblob.en import parser

    plain = [_as_in_lexicon(word) for word in words]
    tags = [_universal(penn) if word else OTHER for word, penn in parser.find_tags(plain)]
    return [_by_neighbour(plain, tags, place) for place in range(len(tags))]


def _by_neighbour(words: list[str], tags: list[str], place: int) -> str:
    """Return the tag of a word that can be a noun and a verb, by the word before it ("the look", "we look").

    The tagger's lexicon has one tag per word, and few of its rules look at a neighbor.
    """
    tag, before = tags[place], words[place - 1].lower() if place else ""
    participle = words[place].endswith(("ing", "ed"))  # "his moving story"
    if tag == "VERB" and not participle and before in _BEFORE_NOUNS and "NOUN" in _possible(words[place]):
        return "NOUN"
    if tag == "NOUN" and before in _BEFORE_VERBS and "VERB" in _possible(words[place]):
        return "VERB"
    return tag


@cache
def _possible(word: str) -> frozenset[str]:
    """Return the parts of speech that lemminflect's dictionary gives a word in some sentence."""
    from lemminflect import getAllLemmas

    return frozenset(getAllLemmas(word.lower()))


def _as_in_lexicon(word: str) -> str:
    """Return shouted words in lower case: the lexicon knows "great" and takes "GREAT" for a noun."""
    return word.lower() if len(word) > 1 and word.isupper() else word


def _universal(penn: str) -> str:
    first = penn.split("|")[0].split("-")[0]  # "NN|JJ", "NNP-PERS"
    return _BY_PENN.get(first, OTHER)

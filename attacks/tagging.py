"""Parts of speech without downloads: textblob's PatternTagger, which brings its own lexicon and rules."""

from __future__ import annotations

from collections.abc import Sequence

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


def universal_tags(words: Sequence[str]) -> list[str]:
    """Return one universal tag a word (NOUN, VERB, ADJ, ADV, PRON, DET, ADP, NUM, CONJ, PRT, ".", "X").

    The words are one text in order: the neighbours decide where a word can be several things. An empty
    word is "X". Accuracy on reviews was not measured; the tagger is for comparing a word with its
    substitute in the same place, where its errors fall on both.
    """
    from textblob.en import parser

    tagged = parser.find_tags([_as_in_lexicon(word) for word in words])
    return [_universal(penn) if word else OTHER for word, (_, penn) in zip(words, tagged, strict=True)]


def _as_in_lexicon(word: str) -> str:
    """Return shouted words in lower case: the lexicon knows "great" and takes "GREAT" for a noun."""
    return word.lower() if len(word) > 1 and word.isupper() else word


def _universal(penn: str) -> str:
    first = penn.split("|")[0].split("-")[0]  # "NN|JJ", "NNP-PERS"
    return _BY_PENN.get(first, OTHER)

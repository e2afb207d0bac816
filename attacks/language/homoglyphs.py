"""Letters that look like Latin ones: our own table, chosen by eye in common fonts.

TextAttack's WordSwapHomoglyphSwap reads Unicode's list of intentional homoglyphs from a file that its package
does not contain. Here one letter stands for each, so "homoglyphs" are a smaller search than the paper's.
"""

from __future__ import annotations

#: Latin letter: code points of Cyrillic, Greek or Armenian letters that print the same, the closest first.
_LOOK_ALIKES = {
    "a": "0430", "c": "0441", "d": "0501", "e": "0435", "g": "0261", "h": "04bb", "i": "0456", "j": "0458",
    "k": "03ba", "l": "04cf", "n": "0578", "o": "043e", "p": "0440", "q": "051b", "s": "0455", "u": "057d",
    "v": "03bd", "w": "051d", "x": "0445", "y": "0443",
    "A": "0410", "B": "0412", "C": "0421", "E": "0415", "H": "041d", "I": "0406", "J": "0408", "K": "041a",
    "M": "041c", "N": "039d", "O": "041e", "P": "0420", "S": "0405", "T": "0422", "X": "0425", "Y": "04ae",
    "Z": "0396",
}  # fmt: skip

HOMOGLYPHS: dict[str, str] = {letter: chr(int(code, 16)) for letter, code in _LOOK_ALIKES.items()}

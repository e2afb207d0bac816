"""Thresholds for MiniLM, chosen from what they let through, and the sentences that say so.

The published thresholds were chosen for the Universal Sentence Encoder and for counter-fitted vectors; on
another encoder the same number means something else. `python -m attacks recipes calibrate` measures again.
"""

from __future__ import annotations

#: The evidence for each threshold: 30 + 30 sentences of about 17 words (`validity.reworded`), which also
#: served to choose it, so that fresh ones will do a little worse. In brackets: 95 % Wilson intervals.
NORMAL_MEANING, NORMAL_WORD = 0.92, 0.35
NORMAL = (
    "calibrated for MiniLM on 60 sentences of our own with one word swapped: 0.92 keeps 28 of 30 that still "
    "say the same and lets 18 of 30 pass that do not, 8 once opposites are left out; with the words' cosine "
    "of at least 0.35 as well it keeps 24 of 30 (80 % [63, 90]) and lets 4 of 30 pass (13 % [5, 30]); "
    "of that the encoder's part is small: without it 26 are kept and 4 pass"
)
STRICT_MEANING, STRICT_WORD = 0.94, 0.45
STRICT = (
    "calibrated for MiniLM on 60 sentences of our own with one word swapped: 0.94 and a cosine of the words "
    "of at least 0.45, opposites left out, keep 21 of 30 that still say the same (70 % [52, 83]) and let 2 "
    "of 30 pass that do not (7 % [2, 21])"
)
TYPO_MEANING = 0.80
TYPO = (
    "calibrated for MiniLM on 30 sentences of our own with two letters of one word swapped: 0.80 keeps 24 "
    "(80 % [63, 90]); it lets 27 of 30 other words pass, so words must be near (min_word_cosine) as well"
)
#: Shown wherever the encoder judges meaning.
WARNING = (
    "over whole reviews the encoder cannot tell: of 245 reviews that people edited to say the opposite "
    "(Kaushik et al. 2020, development split), 84 % [79, 88] have a cosine of at least 0.92 with their edit, "
    "and 70 % [64, 75] one of at least 0.94"
)
WINDOW = (
    "TextAttack's textfooler_jin_2019.py: 15 words around the change; "
    "unlike there, short texts are compared too, and always with the original, so that small steps do not "
    "add up"
)

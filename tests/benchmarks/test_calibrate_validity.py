"""The edits that the verdict is calibrated on are what they are said to be."""

from __future__ import annotations

import random
import sys

import calibrate_validity as calibration
import numpy as np

from attacks.language import encoder
from attacks.language.grammar import forms
from attacks.language.spelling import is_readable
from attacks.language.word_alignment import changed_words

REVIEW = "This film was a great and funny movie; the actors watched the ending, which I really enjoyed. "


def test_misspellings_can_be_read_and_are_as_many_as_asked_for():
    misspelt = calibration.with_misspellings(REVIEW * 5, 0.1, random.Random(2))
    changes = changed_words(REVIEW * 5, misspelt)
    assert 7 <= len(changes) <= 10
    assert sum(is_readable(change.original, change.perturbed) for change in changes) >= len(changes) - 1


def test_synonyms_keep_the_case_and_leave_articles_alone():
    changed = calibration.with_synonyms("A great film. Great FILM", 1.0, random.Random(1))
    assert changed == "A great movie. Excellent MOVIE"


def test_the_synonyms_come_in_the_same_form():
    for pair in calibration.SYNONYMS.split(","):
        word, other = pair.split()
        assert not forms(word) or not forms(other) or forms(word) & forms(other), pair


def test_the_script_reports_each_set(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(encoder, "similarities", lambda pairs: np.ones(len(pairs)))
    file = tmp_path / "pairs.tsv"
    file.write_text(f"Sentiment\tText\tbatch_id\nPositive\t{REVIEW}\t1\nNegative\tA bad, dull film.\t1\n")
    monkeypatch.setattr(sys, "argv", ["calibrate", str(file)])
    calibration.main()
    printed = capsys.readouterr().out
    assert "revised:   0.0 %" in printed and "misspellings, 10%: " in printed
    assert printed.count("    whole  >= 0.98") == 8

"""Texts that break pages which take their input for granted."""

from __future__ import annotations

EDGE_TEXTS = {
    "one character": "a",
    "one word": "good",
    "repeated word": "good " * 300,
    "emoji": "\U0001f600 \U0001f926\U0001f3fd\u200d\u2642\ufe0f great \U0001f44d",
    "arabic": "كان الفيلم رائعا جدا",
    "script": "<script>alert('x')</script> & \"quotes\" <b>bold</b>",
    "punctuation": "?!... --- ,,, ''",
    "two thousand words": "the plot goes nowhere " * 500,
    "fifty thousand characters": "x" * 50_000,
}

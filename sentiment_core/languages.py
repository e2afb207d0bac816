"""Which language a text is in, and which languages a model has learned from. Offline, by py3langid."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

#: Languages that are distinguished, by ISO 639-1 code. py3langid knows 139; with the small ones among them
#: more English is taken for something else (Nigerian Pidgin, Guianese Creole).
NAMES: Mapping[str, str] = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "ms": "Malay", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Filipino", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip

#: What py3langid calls a text that is in no language (web addresses, keys hit at random).
NO_LANGUAGE = "zxx"

#: Fewer letters say too little.
LETTERS = 20

#: Characters that are looked at: more make it slower (a millisecond for each 1,000) and no surer.
CHARACTERS = 4_000

#: Measured on the 8,348 snippets of rotten-tomatoes-embedded with 20 letters or more: of the English ones
#: one is taken for another language from this confidence on ("steve oedekerk is , alas , no woody allen"),
#: and all 45 that are in Spanish, Portuguese or French are found.
CONFIDENCE = 0.6

#: A column of this name (whatever its case) says each review's language.
COLUMNS = ("language", "lang")

#: Reviews whose language is detected to find out what a training set is in, and the share of them from
#: which a language counts as learned: less is a few strays.
SAMPLE = 200
LEARNED_FROM = 0.02

#: Named data sets of English reviews: what models count as trained on that recorded no languages.
ENGLISH_DATA = ("imdb", "imdb-embedded", "rotten-tomatoes-embedded")


def detect(text: str) -> str | None:
    """Return the code in NAMES of the language that a text seems to be in; None where it is unclear.

    None for fewer than LETTERS letters, confidence below CONFIDENCE, and what is in no language.
    """
    if sum(character.isalpha() for character in text) < LETTERS:
        return None
    code, confidence = _identifier().classify(text[:CHARACTERS])
    return str(code) if code in NAMES and confidence >= CONFIDENCE else None


def foreign_to(learned: Sequence[str], text: str) -> str | None:
    """Return the text's language where it is none of those learned; None where it is, or is unclear."""
    found = detect(text) if learned else None
    return None if found in learned else found


def of_training(examples: pd.DataFrame, seed: int = 0) -> list[str]:
    """Return the codes of the languages of training rows, the most frequent first.

    Taken from a language column where there is one that names known languages; else detected on SAMPLE rows
    drawn with `seed`. Empty where no language is clear.
    """
    said = of_column(examples)
    codes = [code_of(name) for name in said.dropna()] if said is not None else []
    if not codes or None in codes:
        texts = examples["text"].sample(n=min(SAMPLE, len(examples)), random_state=seed)
        codes = [code for text in texts if (code := detect(str(text)))]
    counted = Counter(codes).most_common()
    return [str(code) for code, count in counted if count >= LEARNED_FROM * len(codes)]


def of_model(manifest: Mapping[str, Any]) -> list[str]:
    """Return the codes of the languages that a model was trained on; empty where that is not known."""
    recorded = manifest.get("details", {}).get("languages")
    if recorded is not None:
        return [str(code) for code in recorded]
    return ["en"] if manifest.get("data", {}).get("name") in ENGLISH_DATA else []


def of_column(examples: pd.DataFrame) -> pd.Series[str] | None:
    """Return the column that says each review's language, or None where there is none or it is empty."""
    for name in examples.columns:
        if str(name).casefold() in COLUMNS and examples[name].notna().any():
            said = examples[name].astype("string").str.strip()
            return said.where(said != "")
    return None


def code_of(name: str) -> str | None:
    """Return the code in NAMES of what a column may say: `de`, `DE`, `de-AT`, `German`; None if unknown."""
    plain = name.strip().casefold()
    by_name = {title.casefold(): code for code, title in NAMES.items()}
    code = by_name.get(plain) or plain.replace("_", "-").partition("-")[0]
    return code if code in NAMES else None


def title_of(name: str) -> str:
    """Return the language's English name for what a column says; a word that is not known stays as it is."""
    code = code_of(name)
    return NAMES[code] if code else name


def in_words(codes: Sequence[str]) -> str:
    """Return languages as a person lists them: `English, German and French`."""
    names = [NAMES.get(code, code) for code in codes]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


@functools.cache
def _identifier() -> Any:
    """Load py3langid's model once: 4.6 MB, 0.6 seconds, arrays only."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*NAMES, NO_LANGUAGE])
    return identifier

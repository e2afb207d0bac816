"""A text's language is told where it can be, and a model's languages are those it was trained on."""

from __future__ import annotations

import pandas as pd
import pytest

from sentiment_core import languages
from sentiment_core.data import load
from sentiment_core.training import train

SENTENCES = {
    "en": "The story drags, but the last ten minutes are worth the wait.",
    "de": "Die Geschichte zieht sich, aber die letzten zehn Minuten lohnen das Warten.",
    "fr": "L'histoire traîne, mais les dix dernières minutes valent la peine d'attendre.",
    "es": "La historia se alarga, pero los últimos diez minutos merecen la espera.",
    "pl": "Historia się ciągnie, ale ostatnie dziesięć minut jest warte czekania.",
    "tr": "Hikâye uzuyor ama son on dakika beklemeye değiyor.",
    "ru": "История затянута, но последние десять минут стоят ожидания.",
    "ar": "القصة طويلة ومملة لكن الدقائق العشر الأخيرة تستحق الانتظار.",
    "ja": "物語は長く感じますが、最後の十分間は待つだけの価値があります。",
    "ko": "이야기는 늘어지지만 마지막 십 분은 기다릴 만한 가치가 있습니다.",
    "zh": "这个故事有些拖沓，但是最后的十分钟非常值得大家耐心等待观看。",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_language_of_a_sentence_is_detected(code):
    assert languages.detect(SENTENCES[code]) == code


@pytest.mark.parametrize(
    "text",
    ["", "a", "Mooi.", "Très bon film!", "!!! ... ??? !!!!!!!!!!!!!!!!!!!!!!", "😀🎬" * 20, "1234567890" * 5,
     "asdf qwer zxcv jkl; asdf qwer uiop", "good " * 2_000, "<script>alert('film')</script>"],
)  # fmt: skip
def test_what_is_short_or_in_no_language_is_foreign_to_no_model(text):
    assert languages.foreign_to(["en"], text) is None


def test_a_text_is_foreign_only_to_models_that_learned_other_languages():
    assert languages.foreign_to(["en"], SENTENCES["de"]) == "de"
    assert languages.foreign_to(["en", "de"], SENTENCES["de"]) is None
    assert languages.foreign_to([], SENTENCES["de"]) is None


def test_every_language_has_a_name_and_the_detector_knows_it():
    assert set(languages.NAMES) <= set(languages._identifier().labels)


@pytest.mark.parametrize(
    ("said", "code"),
    [("de", "de"), ("DE", "de"), ("de-AT", "de"), ("zh_Hans", "zh"), (" German ", "de"), ("klingon", None)],
)
def test_a_columns_word_for_a_language_is_understood(said, code):
    assert languages.code_of(said) == code
    assert languages.title_of(said) == (languages.NAMES[code] if code else said)


def test_the_language_column_says_what_was_learned():
    rows = pd.DataFrame({"text": ["x"] * 100, "Language": ["de"] * 60 + ["English"] * 39 + ["fr"]})
    assert languages.of_training(rows) == ["de", "en"]  # one review in a hundred teaches no French


def test_without_a_column_that_can_be_read_the_texts_themselves_are_asked():
    texts = [SENTENCES["en"]] * 70 + [SENTENCES["de"]] * 30
    assert languages.of_training(pd.DataFrame({"text": texts})) == ["en", "de"]
    assert languages.of_training(pd.DataFrame({"text": texts, "lang": "the usual"})) == ["en", "de"]
    assert languages.of_training(pd.DataFrame({"text": ["good", "bad"]})) == []


def test_training_records_the_languages_and_older_models_of_english_data_count_as_english(tmp_path):
    rows = [f"{SENTENCES['de']} Nummer {n},{n % 2}".replace("sich, ", "sich ") for n in range(60)]
    (tmp_path / "german.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    card = train.train("tfidf", load(str(tmp_path / "german.csv")))
    assert languages.of_model(card.manifest) == card.manifest["details"]["languages"] == ["de"]
    assert languages.of_model({"data": {"name": "imdb-embedded"}, "details": {}}) == ["en"]
    assert languages.of_model({"data": {"name": "reviews.csv"}}) == []


@pytest.mark.parametrize(
    ("codes", "words"),
    [([], ""), (["en"], "English"), (["en", "de"], "English and German"),
     (["en", "de", "fr"], "English, German and French")],
)  # fmt: skip
def test_languages_are_listed_as_a_person_lists_them(codes, words):
    assert languages.in_words(codes) == words

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from edge_texts import EDGE_TEXTS
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from dashboard.session.examples import EXAMPLES
from dashboard.views.live import batch
from sentiment_core import models
from sentiment_core.classifiers.base import Span


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    _open(app)
    assert not app.exception
    assert [button.label for button in app.button] == ["Make the demo"]


def test_every_model_answers_with_the_probability_that_it_gives(app: AppTest, tiny_workspace: Path) -> None:
    from sentiment_core import models

    text = "I found the story superb. I found the ending dull."
    _type(_open(app), text)
    shown = {name: float(value) for name, value in _bars(app)}
    expected = {
        card.short_name: round(100 * models.load_model(card.model_id).predict_proba([text])[0, 1], 1)
        for card in models.list_models()
    }
    assert shown == expected


@pytest.mark.parametrize("text", EDGE_TEXTS.values(), ids=EDGE_TEXTS.keys())
def test_no_text_breaks_the_page(app: AppTest, tiny_workspace: Path, text: str) -> None:
    _type(_open(app), text)
    assert not app.exception
    assert len(_bars(app)) + _all_html(app).count(">no answer<") == 2
    assert "<script>" not in _all_html(app)


@pytest.mark.parametrize("text", ["", "   \n\t ", "<br />"])
def test_without_a_text_nothing_is_answered(app: AppTest, tiny_workspace: Path, text: str) -> None:
    _type(_open(app), text)
    assert not app.exception
    assert _bars(app) == []


def test_tokens_truncation_and_latency_stand_under_every_bar(app: AppTest, tiny_workspace: Path) -> None:
    _type(_open(app), "one two three")
    assert len(re.findall(r"<small>3 tokens, all read · [\d.]+ m?s</small>", _all_html(app))) == 2


class ReadsEightCharacters:
    """A model that reads the first eight characters, one a token."""

    model_id, max_tokens = "short-sighted", 8

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.tile([0.25, 0.75], (len(texts), 1))

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        return np.array([len(text) for text in texts], dtype=np.int64)

    def spans(self, text: str) -> list[Span]:
        return [Span(0, 8, True), Span(8, len(text), False)]


def test_what_a_truncating_model_never_reads_is_said_and_greyed(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentiment_core import models

    monkeypatch.setattr(models, "load_model", lambda name: ReadsEightCharacters())
    _type(_open(app), "one two <three> four")
    assert not app.exception
    assert "20 tokens, 8 read" in _all_html(app)
    assert re.search(r"one two <span class='unread'[^>]*>&lt;three&gt; four</span>", _all_html(app))


GERMAN = "Die Geschichte zieht sich, aber die letzten zehn Minuten lohnen das Warten."


def test_a_text_in_a_language_that_no_model_learned_says_so(app: AppTest, tiny_workspace: Path) -> None:
    _type(_open(app), GERMAN)
    (warning,) = (element.value.replace("\\", "") for element in app.warning)
    assert warning.startswith("This reads like German. No German reviews were in the training data")
    assert warning.endswith("tfidf (English), nbsvm (English).")
    assert len(_bars(app)) == 2  # they answer all the same


def test_only_models_that_did_not_learn_the_language_are_named(app: AppTest, tiny_workspace: Path) -> None:
    from sentiment_core import models
    from sentiment_core.storage import workspace

    card = models.resolve("tfidf")
    manifest = card.manifest | {"details": {"languages": ["en", "de"]}}
    workspace.write_json(card.folder / "manifest.json", manifest)
    _type(_open(app), GERMAN)
    assert "nbsvm" in app.warning[0].value and "tfidf" not in app.warning[0].value


@pytest.mark.parametrize("text", [*EXAMPLES.values(), "Sehr langweilig!", "Très bon film", "😀" * 30])
def test_english_and_short_texts_are_warned_of_by_nothing(
    app: AppTest, tiny_workspace: Path, text: str
) -> None:
    assert not _type(_open(app), text).warning


def test_five_examples_are_there_to_click(app: AppTest, tiny_workspace: Path) -> None:
    _open(app)
    assert app.button_group[0].options == list(EXAMPLES)
    app.button_group[0].select("negation").run()
    assert not app.exception
    assert app.text_area("live_text").value == EXAMPLES["negation"]
    assert app.text_area("live_copy").value == EXAMPLES["negation"]


def test_marked_words_and_the_starting_point_add_up_to_the_answer(tiny_workspace: Path) -> None:
    from dashboard.elements.highlighting import word_contributions
    from sentiment_core import models

    text = "I found the music wonderful. I found the lead not wonderful, but lazy & <b>noisy</b>!"
    model = models.load_model("tfidf")
    words = word_contributions(text, model.word_weights(text))
    logit = model.bias + math.fsum(score for *_, score in words)
    assert 1 / (1 + math.exp(-logit)) == pytest.approx(model.predict_proba([text])[0, 1], abs=1e-9)


def test_an_edited_copy_shows_each_change_of_probability(app: AppTest, tiny_workspace: Path) -> None:
    from sentiment_core import models

    before, after = "I found the story superb.", "I found the story awful."
    _type(_open(app), before)
    app.text_area("live_copy").set_value(after).run()
    assert not app.exception
    for card in models.list_models():
        prob = models.load_model(card.model_id).predict_proba([before, after])[:, 1]
        assert f"{100 * prob[0]:.1f} → {100 * prob[1]:.1f} %" in _all_html(app)


def test_a_new_text_starts_the_copy_anew(app: AppTest, tiny_workspace: Path) -> None:
    _open(app)
    app.text_area("live_copy").set_value("something else").run()
    _type(app, "a new review")
    assert app.text_area("live_copy").value == "a new review"


def test_the_text_is_still_there_after_a_look_at_another_page(app: AppTest, tiny_workspace: Path) -> None:
    _type(_open(app), "keep me")
    app.switch_page("views/home/page.py").run()
    app.switch_page("views/live/page.py").run()
    assert app.text_area("live_text").value == "keep me"


def test_a_file_is_answered_row_by_row_and_offered_with_formulas_escaped(
    app: AppTest, tiny_workspace: Path
) -> None:
    from sentiment_core import models

    texts = [f"I found the story {word}." for word in ("superb", "awful")] * 40 + ['=HYPERLINK("http://x")']
    table = pd.DataFrame({"text": texts, "number": np.arange(len(texts))})
    _upload(_open(app), table.to_csv(index=False).encode())
    _button(app, "Answer 81 texts").click().run()
    assert not app.exception
    expected = models.load_model(app.selectbox("model_a").value).predict_proba(texts)[:, 1]
    shown = app.dataframe[-1].value
    assert shown["prob_positive"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert app.get("download_button")
    from sentiment_core.storage import spreadsheet

    assert "'=HYPERLINK" in spreadsheet.to_csv(shown).decode("utf-8-sig")


def test_a_file_and_its_answers_are_still_there_after_a_look_at_another_page(
    app: AppTest, tiny_workspace: Path
) -> None:
    _upload(_open(app), b"text\nI found it superb.\n\nI found it awful.\n")
    _button(app, "Answer 2 texts").click().run()
    app.switch_page("views/home/page.py").run()
    app.switch_page("views/live/page.py").run()
    assert not app.exception
    assert len(app.dataframe[-1].value) == 2


@pytest.mark.parametrize("name", ["mine.csv", "my own $reviews; ls 'x'.csv", "-x.csv", "رأي 🎬.csv"])
def test_a_file_that_is_too_long_is_refused_with_the_command_that_takes_it(
    app: AppTest, tiny_workspace: Path, name: str
) -> None:
    rows = "text\n" + "a b\n" * (batch.MAX_ROWS + 1)
    _upload(_open(app), rows.encode(), name)
    assert "5,001 rows" in app.error[0].value.replace("\\", "")
    (command,) = [code.value for code in app.code]
    file = [f"--file={name}"] if name.startswith("-") else ["--file", name]
    assert shlex.split(command) == [
        "python", "-m", "sentiment_core", "predict", "--model", "tfidf", *file, "--out", "answers.csv"
    ]  # fmt: skip


def test_the_sidebars_model_stands_first_and_answers_the_file(app: AppTest, tiny_workspace: Path) -> None:
    _upload(_open(app), b"text\nI found it superb.\n")
    assert [name for name, _ in _bars(app)] == ["tfidf", "nbsvm"]
    app.selectbox("model_a").set_value(models.resolve("nbsvm").model_id).run()
    assert [name for name, _ in _bars(app)] == ["nbsvm", "tfidf"]
    _button(app, "Answer 1 text").click().run()
    assert any("nbsvm calls" in text.value for text in app.markdown)
    assert [box.key for box in app.selectbox if box.label != "Method"] == [
        "data",
        "model_a",
        "model_b",
    ]  # no other picker


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00\x01binary\x00", b'{"a": 1, "b": 2}', b"one,two\n1,2\n3,4\n"]
)
def test_a_file_that_cannot_be_read_is_a_sentence(app: AppTest, tiny_workspace: Path, content: bytes) -> None:
    _upload(_open(app), content)
    assert not app.exception
    assert len(app.error) == 1


def _open(app: AppTest) -> AppTest:
    return app.run().switch_page("views/live/page.py").run()


def _type(app: AppTest, text: str) -> AppTest:
    return app.text_area("live_text").set_value(text).run()


def _upload(app: AppTest, content: bytes, name: str = "mine.csv") -> AppTest:
    return app.file_uploader("live_file").upload(name, content, "text/csv").run()


def _button(app: AppTest, label: str) -> object:
    return next(button for button in app.button if button.label == label)


def _all_html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def _bars(app: AppTest) -> list[tuple[str, str]]:
    pattern = r"</i>([^<]+)</span><span>[^<]+</span><span class='figure'>([\d.]+) % positive"
    return re.findall(pattern, _all_html(app))
